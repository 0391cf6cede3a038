//! Commands that edit feeds.toml: comments and order stay, and nothing is written that would
//! not be good.

mod add;
mod export;
mod import;
pub(super) mod source;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::config::Config;
use crate::config::edit::{Editor, save};
use crate::telemetry;

/// Commands of this folder.
#[derive(Debug, Subcommand)]
pub(super) enum Edit {
    /// Find the feed or the list of news of an address, and add it to feeds.toml
    #[command(after_help = "\
Examples:
  gazetted add https://example.cn/ --channel shandong/jinan
  gazetted add https://example.cn/rss.xml --id shandong/jinan/daily
  gazetted add --dry-run https://example.cn/

A feed goes before the list of a page. Comments and order of the file stay. Exits with 1
if there is nothing to be found, or the address is there already.")]
    Add(add::Add),
    /// Take a source out of feeds.toml
    #[command(after_help = "\
Example:
  gazetted remove shandong/jinan/daily

What it has brought stays published until it is too old; `gazetted purge` removes it.")]
    Remove(add::Remove),
    /// Add the feeds of an OPML file to feeds.toml
    #[command(after_help = "\
Examples:
  gazetted import-opml subscriptions.opml
  gazetted import-opml --channel imported --dry-run subscriptions.opml

Folders become channels. The rules of FreshRSS (XPath, JSON, full content) and of Miniflux
(scraper, rewrite, block and keep rules) are taken over; what cannot be is listed. Feeds
that are there already are passed over. Comments and order of feeds.toml stay.")]
    ImportOpml(import::ImportOpml),
    /// Write the sources of feeds.toml as OPML, for other readers
    #[command(after_help = "\
Example:
  gazetted export-opml > sources.opml")]
    ExportOpml(export::ExportOpml),
}

/// Runs the command.
pub(super) fn run(edit: &Edit) -> anyhow::Result<ExitCode> {
    telemetry::init("error");
    match edit {
        Edit::Add(arguments) => add::add(arguments),
        Edit::Remove(arguments) => add::remove(arguments),
        Edit::ImportOpml(arguments) => import::run(arguments),
        Edit::ExportOpml(arguments) => export::run(arguments),
    }
}

/// File to be edited, and manner.
#[derive(Args, Debug)]
struct Target {
    /// The configuration
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
    /// Print what the file would be, and leave it as it is
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

impl Target {
    /// Reads the file; one that is not there is an empty one.
    fn editor(&self) -> anyhow::Result<Editor> {
        let name = self.config.display();
        let text = match fs::read_to_string(&self.config) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        };
        let parsed = Editor::parse(&text);
        parsed.with_context(|| format!("{name} is no TOML; `gazetted check` shows why"))
    }

    /// Writes the file, if it is good as it has become; with `--dry-run` prints it.
    fn write(&self, editor: &Editor) -> anyhow::Result<()> {
        self.write_to(&self.config, editor)
    }

    /// Writes one of the files of the configuration.
    fn write_to(&self, path: &Path, editor: &Editor) -> anyhow::Result<()> {
        let (text, name) = (editor.text(), path.display());
        if let Err(problems) = Config::load_with(&self.config, path, &text) {
            eprint!("{problems}");
            bail!("{name} is left as it is: it would not be good");
        }
        match self.dry_run {
            true => print!("{text}"),
            false => save(path, &text).with_context(|| format!("cannot write {name}"))?,
        }
        Ok(())
    }
}
