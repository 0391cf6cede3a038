//! `gazetted generate`: man pages and completions of shells, for packages.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

/// Shells that get completions.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Arguments of `gazetted generate`.
#[derive(Args, Debug)]
pub(super) struct Generate {
    /// The folder to write them to; made if it is not there
    folder: PathBuf,
}

/// Writes a man page for each command, and a file for each shell.
pub(super) fn run(arguments: &Generate, command: Command) -> anyhow::Result<ExitCode> {
    let folder = &arguments.folder;
    let cannot = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    clap_mangen::generate_to(command.clone(), folder).with_context(cannot)?;
    for shell in SHELLS {
        let mut command = command.clone();
        clap_complete::generate_to(shell, &mut command, "gazetted", folder).with_context(cannot)?;
    }
    Ok(ExitCode::SUCCESS)
}
