//! `gazetted status`: how the sources are doing, and why each is polled when it is.
//!
//! A running daemon is asked at its control socket, or over HTTP; where none runs, its store is read.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::log::print;
use super::send;
use crate::cli::EXIT_CONFIG;
use crate::cli::store::state_dir::StateDir;
use crate::clock;
use crate::config::{Config, ConfigError};
use crate::daemon::{Pauses, Request};
use crate::serve;
use crate::store::{Store, StoreError};

/// Time a daemon has to accept the connection, and then for each read of its answer.
const STATUS_TIMEOUT: Duration = Duration::from_secs(10);

/// Arguments of `gazetted status`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Status {
    /// Only this source, and everything about its next poll
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
    #[command(flatten)]
    place: StateDir,
    /// The address of the daemon [default: server.listen]
    #[arg(long, value_name = "ADDRESS")]
    daemon: Option<SocketAddr>,
    /// Go on with a line for each poll, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the state of all sources, a line each, or of one in detail.
pub(super) fn run(arguments: &Status) -> anyhow::Result<ExitCode> {
    let report = match report(arguments)? {
        Ok(report) => report,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    if let Some(why) = report["configuration"]["trouble"].as_str() {
        eprintln!(
            "gazetted: the daemon goes by an older feeds.toml, the new one is not good: {why}"
        );
    }
    let rows = report["sources"].as_array().cloned().unwrap_or_default();
    match &arguments.source {
        None if arguments.json => writeln!(io::stdout(), "{report:#}")?,
        None => rows
            .iter()
            .try_for_each(|row| writeln!(io::stdout(), "{}", line(row)))?,
        Some(name) => {
            let found = rows.iter().find(|row| row["id"] == name.as_str());
            let found = found.with_context(|| format!("there is no source `{name}`"))?;
            match arguments.json {
                true => writeln!(io::stdout(), "{found:#}")?,
                false => writeln!(io::stdout(), "{}", story(found))?,
            }
        }
    }
    if arguments.watch {
        let what = arguments.source.iter().cloned().collect();
        for record in super::ask(&arguments.place, &Request::Watch { what })? {
            print(&record?, arguments.json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Gets the report of `/status.json` from the daemon, or makes it from the store where none
/// runs; the inner error is that of a configuration without which that cannot be done.
fn report(arguments: &Status) -> anyhow::Result<Result<Value, ConfigError>> {
    if let Some(daemon) = arguments.daemon {
        return ask(daemon).map(Ok);
    }
    if let Some(answer) = send(&arguments.place, &Request::Status)? {
        return answer.one().map(Ok);
    }
    let mut config = match Config::load(arguments.place.config()) {
        Ok(config) => config,
        Err(problems) => return Ok(Err(problems)),
    };
    let dir = arguments.place.dir();
    if let Ok(pauses) = Pauses::open(&dir) {
        pauses.mark(&mut config);
    }
    let (states, subscriptions) = match dir.join("layout").exists() {
        // It may run on another store, or not yet.
        false => match ask(config.server.listen) {
            Ok(report) => return Ok(Ok(report)),
            Err(_) => (BTreeMap::new(), BTreeMap::new()),
        },
        true => match Store::open_existing(&dir, clock::now()) {
            Ok(store) => serve::outlook(&store, &config)?,
            Err(StoreError::AlreadyOpen(_)) => return ask(config.server.listen).map(Ok),
            Err(why) => return Err(why.into()),
        },
    };
    let report = serve::report(&config, &states, &subscriptions, clock::now());
    let report = serde_json::to_value(report).context("a report is JSON")?;
    Ok(Ok(report))
}

/// Asks a daemon for its report, page by page.
fn ask(daemon: SocketAddr) -> anyhow::Result<Value> {
    let mut report = ask_page(daemon, "status.json")?;
    while let Some(Value::String(next)) =
        report.as_object_mut().and_then(|page| page.remove("next"))
    {
        let mut page = ask_page(daemon, &next)?;
        let more = page["sources"].as_array_mut().map(std::mem::take);
        let sources = report["sources"].as_array_mut();
        let sources = sources.context("what the daemon says is not its status")?;
        sources.extend(more.unwrap_or_default());
        report["next"] = page["next"].take();
    }
    Ok(report)
}

/// Asks a daemon for a page of its report. HTTP/1.0, so that the answer ends with the connection.
fn ask_page(daemon: SocketAddr, page: &str) -> anyhow::Result<Value> {
    let mut address = daemon;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::from(Ipv4Addr::LOCALHOST));
    }
    let context = || {
        format!(
            "a daemon uses the store, but does not answer at {address}; name its address with --daemon"
        )
    };
    let mut stream = TcpStream::connect_timeout(&address, STATUS_TIMEOUT).with_context(context)?;
    stream.set_read_timeout(Some(STATUS_TIMEOUT))?;
    write!(
        stream,
        "GET /{page} HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(context)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.with_context(context)? + 4);
    let is_good = head.split(|byte| *byte == b' ').nth(1) == Some(b"200");
    anyhow::ensure!(is_good, "the daemon at {address} does not tell its status");
    serde_json::from_slice(body)
        .context("what the daemon says is not its status; is it another program?")
}

/// Formats the line of a source: id, health, next poll, and the failure or else the sentence
/// that decides the poll, as in
/// `shandong/jinan/daily  good  2026-11-23T12:30:00Z  its interval is 30m …`
fn line(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let why = row["next"]
        .as_array()
        .and_then(|words| words.last()?.as_str());
    let why = match row["message"].as_str() {
        Some(message) => message,
        None => why.unwrap_or_default(),
    };
    let mend = match row["repair"].is_object() {
        true => "; `gazetted status` with its id shows rules that find its list",
        false => "",
    };
    format!(
        "{}  {}  {}  {why}{mend}",
        text("id"),
        text("health"),
        text("due")
    )
}

fn story(row: &Value) -> String {
    let text = |key: &str| row[key].as_str();
    let mut lines = vec![format!(
        "{}: {}",
        text("id").unwrap_or_default(),
        text("message").or(text("health")).unwrap_or_default()
    )];
    for (key, name) in [
        ("polled", "last poll"),
        ("succeeded", "last good poll"),
        ("news", "last news"),
        ("due", "next poll"),
    ] {
        lines.push(format!("{name:<15} {}", text(key).unwrap_or("never")));
    }
    if let Some(n @ 1..) = row["seen"]["replaced"].as_u64() {
        lines.push(format!(
            "{:<15} {n}; `encoding` may say what it is in",
            "undecodable"
        ));
    }
    let repairs = row["seen"]["repaired"].as_array().into_iter().flatten();
    let repairs: Vec<&str> = repairs.filter_map(Value::as_str).collect();
    if !repairs.is_empty() {
        lines.push(format!("{:<15} {}", "repaired", repairs.join(", ")));
    }
    if let Some(says) = row["repair"]["says"].as_str() {
        let toml = row["repair"]["toml"].as_array().into_iter().flatten();
        lines.push(format!("{:<15} {says}:", "to mend it"));
        lines.extend(
            toml.filter_map(Value::as_str)
                .map(|line| format!("    {line}")),
        );
    }
    let words = row["next"].as_array().into_iter().flatten();
    lines.extend(
        words
            .filter_map(Value::as_str)
            .map(|words| format!("  - {words}")),
    );
    lines.join("\n")
}
