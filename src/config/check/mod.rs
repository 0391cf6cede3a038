//! Checking: from the file as typed to the configuration, every default filled in, every problem
//! noted.
//!
//! ```text
//!   [defaults]  <  [channel.defaults], from the root of the tree down  <  [[source]]
//! ```

mod access;
mod channel;
mod cluster;
mod defaults;
mod expect;
mod filter;
mod id;
mod page;
mod rule;
mod server;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Config;
use super::read::{self, Table};
use super::report::collector::{Diagnostics, KeyNote};
use super::report::diagnostic::Diagnostic;
use super::report::error::ConfigError;
use super::report::parts::Parts;

/// Help for a file without sources: the shortest file.
const SHORTEST: &str = "the shortest file is:

[[source]]
id = \"shandong/jinan/daily\"
url = \"https://example.cn/jinan/rss.xml\"";

/// Checks all files of a configuration.
///
/// # Errors
///
/// [`ConfigError`] with every problem of the files at once.
pub(super) fn files(parts: &Parts) -> Result<Config, ConfigError> {
    let mut problems = Diagnostics::default();
    let root = read::parse(parts, &mut problems);
    let table = Table::new("the file", parts.whole(), 0..0, &root);
    let config = root_table(table, &mut problems);
    let warnings = problems.finish(parts)?;
    Ok(Config { warnings, ..config })
}

/// Lists all keys that are read, table by table.
pub(super) fn describe() -> Vec<KeyNote> {
    let mut notes = Diagnostics::describing();
    root_table(Table::empty("the file"), &mut notes);
    notes.notes()
}

fn root_table(mut root: Table<'_>, problems: &mut Diagnostics) -> Config {
    let mut server = server::server(root.table("server", "[server]", problems), problems);
    let store = server::store(root.table("store", "[store]", problems), problems);
    let http = server::http(root.table("http", "[http]", problems), &server, problems);
    let alarm = server::alarm(root.table("alarm", "[alarm]", problems), problems);
    let cluster = cluster::cluster(root.table("cluster", "[cluster]", problems), problems);
    let hosts = server::hosts(root.table("host", "[host]", problems), problems);
    let rules = rule::rules(root.table("rule", "[rule]", problems), problems);
    let defaults = match root.table("defaults", "[defaults]", problems) {
        Some(table) => defaults::SourceDefaults::alone(table, problems),
        None => defaults::SourceDefaults::default(),
    };
    if let Some(zone) = defaults.timezone.as_ref().filter(|_| !server.has_timezone) {
        server.timezone = zone.clone();
    }
    let tables = root.tables("channel", "[[channel]]", problems);
    let declared = channel::declared(tables, problems);
    let tables = root.tables("source", "[[source]]", problems);
    if tables.is_empty() && root.get("source").is_none() {
        problems.lacking(Diagnostic::at(0..0, "there is no [[source]]").help(SHORTEST));
    }
    let ground = source::Ground {
        timeout: http.timeout,
        defaults: &defaults,
        channels: &declared,
        rules: &rules,
    };
    let mut targets = Vec::new();
    let sources = source::sources(tables, &ground, &mut targets, problems);
    // The files that it names were read before.
    root.read_list("include", problems, read::text);
    root.finish(&[], problems);
    let channels = channel::tree(declared, sources.keys(), &targets, &server, problems);
    Config {
        server,
        store,
        http,
        alarm,
        cluster,
        hosts,
        rules,
        channels,
        sources: sources
            .into_iter()
            .map(|(id, source)| (id, Arc::new(source)))
            .collect::<BTreeMap<_, _>>(),
        warnings: Vec::new(),
    }
}
