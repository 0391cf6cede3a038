//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use gazetted::cli::parse;

/// The commands.
#[derive(Parser)]
enum Command {
    /// Read a feed and show what is in it.
    Parse(parse::Args),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Parse(args) => parse::run(&args),
    }
}
