//! `gazetted cluster status`, `drain`, `seed`: several nodes on one log.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Target, ask};
use crate::clock;
use crate::cluster::seed;
use crate::daemon::Request;
use crate::store::Store;

/// Time that the others have to take the polls of a node over.
const DRAIN_WAIT: Duration = Duration::from_secs(30);

/// Pause between two looks whether they have.
const DRAIN_PAUSE: Duration = Duration::from_millis(300);

/// Commands about a cluster.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClusterCommand {
    /// Show the nodes, how far each has applied the log, and who polls which site
    #[command(after_help = "\
Examples:
  gazetted cluster status
  gazetted cluster status --json | jq .lag_seconds

Asks the running daemon of this machine. Exits with 0 if it has applied all of the log, 1 if not,
or if no daemon runs.")]
    Status(Status),
    /// Hand the polls of this node over to the others, as before a restart
    #[command(after_help = "\
Example:
  gazetted cluster drain && systemctl restart gazetted

Readers are served until the daemon stops. Exits with 0 once the others poll all sites, 1 if
there is nobody to take them.")]
    Drain(Drain),
    /// Make the store of this machine the beginning of a cluster
    #[command(after_help = "\
Example:
  gazetted cluster seed --config feeds.toml

For a store that has news already: once, on one node, with its daemon stopped; the others begin
with an empty folder. Exits with 0 when the store is in the cluster, 1 if the cluster has begun.")]
    Seed(Seed),
}

/// Arguments of `gazetted cluster status`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted cluster drain`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Drain {
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted cluster seed`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Seed {
    /// Delete a log that is there: all other nodes have to begin anew
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    target: Target,
}

/// Runs one of the commands.
pub(super) fn run(command: &ClusterCommand) -> anyhow::Result<ExitCode> {
    match command {
        ClusterCommand::Status(arguments) => status(&arguments.target),
        ClusterCommand::Drain(arguments) => drain(&arguments.target),
        ClusterCommand::Seed(arguments) => begin(arguments),
    }
}

fn status(target: &Target) -> anyhow::Result<ExitCode> {
    let status = look(target)?;
    let is_level = status["condition"] == "level";
    let mut out = io::stdout().lock();
    match target.json {
        true => writeln!(out, "{status}")?,
        false => show(&status, out)?,
    }
    Ok(match is_level {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Asks the daemon for the state of the cluster.
fn look(target: &Target) -> anyhow::Result<Value> {
    let mut answer = ask(&target.place, &Request::Cluster)?;
    answer.next().context("the daemon said nothing")?
}

/// Prints the state of a cluster for people.
fn show(status: &Value, mut out: impl Write) -> anyhow::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    writeln!(
        out,
        "cluster {}, node {}: {}{}",
        text(&status["cluster"]),
        text(&status["node"]),
        text(&status["condition"]),
        status["why"]
            .as_str()
            .map(|why| format!(" ({why})"))
            .unwrap_or_default(),
    )?;
    writeln!(
        out,
        "log: message {} of {}, {} behind{}",
        status["sequence"],
        status["last"],
        status["lag_messages"],
        match status["lag_seconds"].as_f64() {
            Some(seconds) if seconds > 0.0 => format!(", {seconds:.1} s"),
            _ => String::new(),
        },
    )?;
    let members = status["members"].as_array().cloned().unwrap_or_default();
    let width = members
        .iter()
        .map(|one| text(&one["node"]).chars().count())
        .max();
    for member in &members {
        let mut notes = Vec::new();
        if member["draining"] == true {
            notes.push("hands its polls over".to_owned());
        }
        if member["same_config"] == false {
            notes.push("another feeds.toml".to_owned());
        }
        let node = text(&member["node"]);
        let sites = status["sites"].as_object();
        let n_sites = sites.map_or(0, |sites| {
            sites.values().filter(|owner| **owner == node).count()
        });
        writeln!(
            out,
            "  {node:width$}  {:5}  {}  message {}  {n_sites} sites{}",
            text(&member["role"]),
            text(&member["version"]),
            member["sequence"],
            notes
                .iter()
                .map(|note| format!("  ({note})"))
                .collect::<String>(),
            width = width.unwrap_or_default(),
        )?;
    }
    for (site, owner) in status["sites"].as_object().into_iter().flatten() {
        writeln!(out, "  {site}: {}", owner.as_str().unwrap_or("nobody"))?;
    }
    Ok(())
}

/// Hands polls over, and waits until the others have them.
fn drain(target: &Target) -> anyhow::Result<ExitCode> {
    for line in ask(&target.place, &Request::Drain)? {
        line?;
    }
    let deadline = Instant::now() + DRAIN_WAIT;
    loop {
        let status = look(target)?;
        let own = &status["node"];
        let owners = status["sites"].as_object();
        let owners: Vec<&Value> = owners
            .into_iter()
            .flat_map(serde_json::Map::values)
            .collect();
        let is_done = owners.iter().all(|owner| *owner != own && !owner.is_null());
        let is_alone = !owners.is_empty() && owners.iter().all(|owner| owner.is_null());
        let is_seen = status["members"].as_array().into_iter().flatten();
        let is_seen = is_seen
            .into_iter()
            .any(|one| one["node"] == *own && one["draining"] == true);
        if is_done && is_seen {
            writeln!(io::stdout(), "the other nodes poll all sites now")?;
            return Ok(ExitCode::SUCCESS);
        }
        if is_seen && is_alone || Instant::now() > deadline {
            bail!("there is no other node that polls: this one does not any more either");
        }
        thread::sleep(DRAIN_PAUSE);
    }
}

fn begin(arguments: &Seed) -> anyhow::Result<ExitCode> {
    let config = arguments.target.place.checked();
    let config = config.context("feeds.toml cannot be read, or is not good: `gazetted check`")?;
    let cluster = config
        .cluster
        .context("there is no [cluster] in feeds.toml")?;
    let store = Arc::new(Store::open_existing(
        &arguments.target.place.dir(),
        clock::now(),
    )?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(seed(&cluster, &store, arguments.again))?;
    writeln!(
        io::stdout(),
        "the store is the beginning of cluster `{}` now: start the daemon",
        cluster.name
    )?;
    Ok(ExitCode::SUCCESS)
}
