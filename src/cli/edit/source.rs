//! `gazetted source`: changes of a source in feeds.toml.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::config::edit::save;
use crate::config::{Config, ConfigError, rename};
use crate::model::SourceId;

/// Commands of `gazetted source`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Source {
    /// Give a source another id in feeds.toml; what is remembered of it goes over
    #[command(after_help = "\
Examples:
  gazetted source rename shandong/jinan/daily shandong/jinan/times
  gazetted source rename --dry-run shandong/jinan/daily shandong/jinan/times

Writes the new id and `was = [\"…\"]` into feeds.toml and changes nothing else in it.
The store is moved when the daemon reads the file: send it SIGHUP, or start it.
Exits with 0 when written, 1 where the ids clash, 78 if feeds.toml is not good.")]
    Rename(Rename),
}

/// Arguments of `rename`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Rename {
    /// The id that the source has
    old: SourceId,
    /// The id that it gets
    new: SourceId,
    /// The configuration
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
    /// Show the lines that would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command. Exits with 78 if the file is not good, before or after.
pub(in crate::cli) fn run(source: &Source) -> anyhow::Result<ExitCode> {
    let Source::Rename(rename) = source;
    let file = &rename.config;
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    if let Err(error) = checked(file, &text) {
        eprint!("{error}");
        return Ok(ExitCode::from(crate::cli::EXIT_CONFIG));
    }
    let edited = rename::source(&text, &rename.old, &rename.new)?;
    if let Err(error) = checked(file, &edited) {
        eprint!("{error}");
        bail!("with `{}` the file would not be good", rename.new);
    }
    print!("{}", changes(&text, &edited));
    if rename.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    save(file, &edited).with_context(|| format!("cannot write {}", file.display()))?;
    println!(
        "{} is written; the daemon goes by it after SIGHUP",
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Checks the text of a file as `check` does.
fn checked(file: &Path, text: &str) -> Result<Config, ConfigError> {
    Config::parse(&file.to_string_lossy(), text)
}

/// Lists the lines that differ, with their numbers: `-` as they are, `+` as they will be.
fn changes(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (rest_old, rest_new) = (&old[head..], &new[head..]);
    let tail = rest_old.iter().rev().zip(rest_new.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let gone = &rest_old[..rest_old.len() - tail];
    let come = &rest_new[..rest_new.len() - tail];
    let line = |sign: char, lines: &[&str]| -> String {
        let numbered = (head + 1..).zip(lines);
        numbered
            .map(|(nth, line)| format!("{sign} {nth:>4} {line}\n"))
            .collect()
    };
    line('-', gone) + &line('+', come)
}
