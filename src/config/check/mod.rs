//! Checking: from the file as typed to the configuration, every default filled in, every problem
//! noted.
//!
//! ```text
//!   [defaults]  <  [channel.defaults], from the root of the tree down  <  [[source]]
//! ```

mod access;
mod channel;
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

use toml::de::DeTable;

use super::Config;
use super::read::Table;
use super::report::collector::Diagnostics;
use super::report::diagnostic::Diagnostic;
use super::report::error::ConfigError;

/// Help for a file without sources: the shortest file.
const SHORTEST: &str = "the shortest file is:

[[source]]
id = \"shandong/jinan/daily\"
url = \"https://example.cn/jinan/rss.xml\"";

/// Tables of later versions.
const LATER: &[&str] = &["include"];

/// Checks a whole file; `name` stands for it in messages.
///
/// # Errors
///
/// [`ConfigError`] with every problem of the file at once.
pub(super) fn file(name: &str, text: &str) -> Result<Config, ConfigError> {
    let mut problems = Diagnostics::default();
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().unwrap_or(text.len()..text.len());
        problems.add_syntax(text, at, error.message().replace('\n', "; "));
    }
    let config = root_table(
        Table::new("the file", text, 0..0, root.get_ref()),
        &mut problems,
    );
    let warnings = problems.finish(name, text)?;
    Ok(Config { warnings, ..config })
}

fn root_table(mut root: Table<'_>, problems: &mut Diagnostics) -> Config {
    let mut server = server::server(root.table("server", "[server]", problems), problems);
    let store = server::store(root.table("store", "[store]", problems), problems);
    let http = server::http(root.table("http", "[http]", problems), &server, problems);
    let hosts = server::hosts(root.table("host", "[host]", problems), problems);
    let rules = rule::rules(root.table("rule", "[rule]", problems), problems);
    let defaults = match root.table("defaults", "[defaults]", problems) {
        Some(table) => defaults::SourceDefaults::alone(table, problems),
        None => defaults::SourceDefaults::default(),
    };
    if let Some(zone) = &defaults.timezone {
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
    root.finish(LATER, problems);
    let channels = channel::tree(declared, sources.keys(), &targets, &server, problems);
    Config {
        server,
        store,
        http,
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
