//! `gazetted try`: one poll of a source, printed; nothing is stored.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::visit::{Visit, visit};
use crate::cli::ask::Asker;
use crate::cli::inspect::jsonl;
use crate::config::{Config, Source};
use crate::daemon::select;
use crate::ingest::item::filter;
use crate::model::{Draft, SourceId, WebUrl};
use crate::source::Reader;
use crate::source::page;
use crate::telemetry;

/// Id of a source that is not in feeds.toml.
const UNNAMED: &str = "try/it";

/// Arguments of `gazetted try`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Try {
    /// The address of a feed or page, or the id of a source in feeds.toml
    #[arg(value_name = "URL|ID")]
    what: String,
    /// The configuration [default for an id: feeds.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A network that is not public and may be asked all the same; may be given several times
    #[arg(long, value_name = "CIDR")]
    allow_private: Vec<IpNet>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Polls a source once and prints what came through, stage by stage, then its entries as they would be
/// taken. Exits with 1 if nothing came through.
pub(in crate::cli) fn run(arguments: &Try) -> anyhow::Result<ExitCode> {
    telemetry::init("error");
    let (config, source) = match WebUrl::parse(&arguments.what) {
        Some(url) => unnamed(arguments, url)?,
        None => named(arguments)?,
    };
    let asker = Asker::new(Some(&config))?;
    let mut source = source;
    let mut visited = visit(&asker, &config, &source);
    // An address may be of a feed or of a page; one of a source says which it is.
    let is_unnamed = source.id.as_str() == UNNAMED;
    if is_unnamed
        && visited
            .failure()
            .is_some_and(|why| why.contains("is not a feed"))
    {
        let page = Source::new(source.id.clone(), source.url.clone(), page());
        let again = visit(&asker, &config, &page);
        if again.failure().is_none() {
            eprintln!("it is a page; `gazetted discover` prints its list as a source to paste");
            (source, visited) = (page, again);
        }
    }
    let mut out = io::stdout().lock();
    match arguments.json {
        true => writeln!(out, "{:#}", as_json(&visited, &source))?,
        false => print(&visited, &source, &mut out)?,
    }
    Ok(match visited.failure() {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn page() -> Reader {
    Reader::Page(Box::new(page::Rules { list: None }))
}

/// Makes a source of an address, with nothing but defaults.
fn unnamed(arguments: &Try, url: WebUrl) -> anyhow::Result<(Config, Source)> {
    let mut config = match &arguments.config {
        Some(file) => Config::load(file)?,
        None => Config::parse(
            "try",
            &format!("[[source]]\nid = \"{UNNAMED}\"\nurl = \"http://localhost/\"\n"),
        )?,
    };
    config.http.allow_private.extend(&arguments.allow_private);
    let id: SourceId = UNNAMED.parse().context("a constant name")?;
    Ok((config, Source::new(id, url, Reader::Feed)))
}

/// Finds a source of feeds.toml.
fn named(arguments: &Try) -> anyhow::Result<(Config, Source)> {
    let file = arguments
        .config
        .clone()
        .unwrap_or_else(|| "feeds.toml".into());
    let mut config = Config::load(&file)?;
    config.http.allow_private.extend(&arguments.allow_private);
    let found = select(&config, std::slice::from_ref(&arguments.what))?;
    let [id] = found.as_slice() else {
        bail!(
            "`{}` is a channel with {} sources; name one of them",
            arguments.what,
            found.len()
        );
    };
    let source = Source::clone(&config.sources[id]);
    Ok((config, source))
}

/// Disposition of an entry by the filters of its source.
fn fate(draft: &Draft, source: &Source) -> &'static str {
    match filter::is_dropped(draft, &source.filters) {
        true => "dropped by a filter",
        false => "taken",
    }
}

fn print(visited: &Visit, source: &Source, out: &mut dyn Write) -> io::Result<()> {
    let title = visited.title.as_deref().unwrap_or("-");
    writeln!(out, "{}: {title}", source.url)?;
    for stage in &visited.stages {
        write!(out, "{}", stage.lines())?;
    }
    if !visited.drafts.is_empty() {
        writeln!(out)?;
    }
    for draft in &visited.drafts {
        let date = draft.date().map(|date| jsonl::iso(&date, &source.timezone));
        let mark = match fate(draft, source) {
            "taken" => String::new(),
            other => format!("  ({other})"),
        };
        writeln!(
            out,
            "{:20}  {}{mark}\n{:20}  {}",
            date.as_deref().unwrap_or("-"),
            draft.title.as_deref().unwrap_or("-"),
            "",
            draft.link.as_ref().map_or("-", WebUrl::as_str)
        )?;
    }
    Ok(())
}

fn as_json(visited: &Visit, source: &Source) -> Value {
    let entries = visited.drafts.iter().map(|draft| {
        json!({
            "title": draft.title,
            "url": draft.link.as_ref().map(WebUrl::as_str),
            "guid": draft.guid,
            "published": draft.date().map(|date| date.at.to_string()),
            "fate": fate(draft, source),
        })
    });
    json!({
        "url": source.url.as_str(),
        "title": visited.title,
        "passed": visited.failure().is_none(),
        "failure": visited.failure(),
        "stages": visited.stages.iter().map(super::stage::Stage::as_json).collect::<Vec<_>>(),
        "entries": entries.collect::<Vec<_>>(),
    })
}
