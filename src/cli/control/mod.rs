//! Commands that speak to the running daemon, through its control socket.

mod change;
mod cluster;
mod log;
mod poll;
mod reindex;
mod status;

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::store::state_dir::StateDir;
use crate::clock;
use crate::daemon::{CONTROL, Request, answer_of_store};
use crate::store::{Store, StoreError};
use crate::telemetry;

/// Time that a daemon has to say what it knows.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Time that a daemon may take to start, or to stop.
const START_WAIT: Duration = Duration::from_secs(10);

/// Pause between two looks at a daemon that starts or stops.
const START_PAUSE: Duration = Duration::from_millis(50);

/// Commands of this folder.
#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Tell how the sources are doing, and why each is polled when it is
    #[command(after_help = "\
Examples:
  gazetted status
  gazetted status shandong/jinan/daily
  gazetted status --watch
  gazetted status --json

Asks the running daemon, whatever feeds.toml is like at present, or reads its store where
none runs. Exits with 0 whatever the sources do, 78 if feeds.toml is not good and no daemon
runs, 1 if there is no such source.")]
    Status(status::Status),
    /// Let the daemon read feeds.toml again, and say whether it did
    #[command(after_help = "\
Example:
  gazetted reload

Exits with 0 if the file is in force, 78 if it is not good: then the old one stays.")]
    Reload(change::Reload),
    /// Say what a changed feeds.toml would do, before it is read
    #[command(after_help = "\
Examples:
  gazetted plan
  gazetted plan --json draft.toml | jq 'select(.change == \"removed\")'

Compares the file with what the daemon goes by at present: sources added, removed, renamed and
moved, and what changed rules would have done to the newest stories. Exits with 0 if it is
good, 78 if not.")]
    Plan(change::Plan),
    /// Poll sources now, and say what came
    #[command(after_help = "\
Examples:
  gazetted poll shandong/jinan/daily
  gazetted poll shandong
  gazetted poll --all

Names are ids of sources, or channels with all below them. A host that wants to be left
alone still is. Exits with 0 if all polls were good, 1 if not.")]
    Poll(poll::Poll),
    /// Take what is held back: poll, and take what comes as it is
    #[command(after_help = "\
Example:
  gazetted release shandong/jinan/daily

For a source that is `held_back` or `rebuilt` and is right about it: its next document is
taken whole, and what is normal for it is learned anew. What [source.expect] demands still
counts. Exits with 0 if all polls were good, 1 if not.")]
    Release(poll::Release),
    /// Let sources rest, over restarts, until `resume`
    #[command(after_help = "\
Examples:
  gazetted pause shandong/jinan/daily
  gazetted pause shandong

What they have brought stays published. Works while the daemon runs, and when it does not.")]
    Pause(change::Pause),
    /// Let sources go on that rest
    #[command(after_help = "\
Examples:
  gazetted resume shandong/jinan/daily
  gazetted resume --all")]
    Resume(change::Pause),
    /// Show the last polls of a source, ten at most, since the daemon started
    #[command(after_help = "\
Examples:
  gazetted log shandong/jinan/daily
  gazetted log --json shandong/jinan/daily | jq .outcome")]
    Log(log::Log),
    /// Remove all that a source has brought, for good
    #[command(after_help = "\
Example:
  gazetted purge shandong/jinan/former

For a source that was taken out of feeds.toml, or is paused. Stories that other sources
carried stay, with the copies of these. Nothing of it comes back, should it be polled again.")]
    Purge(change::Purge),
    /// Take a story down: readers get it no more
    #[command(after_help = "\
Examples:
  gazetted takedown 61d7…9a --reason 'court order 7 of 2026'
  gazetted takedown https://example.cn/2026/1.html
  gazetted takedown --undo 61d7…9a
  gazetted takedown --list

The story is named by its id, as behind /story/ in an address, or by the address of one of
its copies. It is gone from pages and feeds with all its copies, also those to come; Atom
feeds say so for thirty days. Works while the daemon runs, and when it does not.")]
    Takedown(change::TakedownArgs),
    /// Build the search index anew
    #[command(after_help = "\
Examples:
  gazetted reindex
  gazetted reindex --json

Nobody need do so: an index that is lost or damaged is built anew by the daemon, which searches
what is in it already. Works while the daemon runs, and when it does not.")]
    Reindex(reindex::Reindex),
    /// Tell how the nodes of a cluster are doing, hand polls over, begin a cluster
    #[command(
        subcommand,
        after_help = "\
Examples:
  gazetted cluster status
  gazetted cluster drain && systemctl restart gazetted"
    )]
    Cluster(cluster::ClusterCommand),
}

/// Location of the daemon, and form of the answer.
#[derive(Args, Debug)]
struct Target {
    #[command(flatten)]
    place: StateDir,
    /// Print lines of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(admin: &Admin) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    match admin {
        Admin::Status(arguments) => status::run(arguments),
        Admin::Reload(arguments) => change::reload(arguments),
        Admin::Plan(arguments) => change::plan(arguments),
        Admin::Poll(arguments) => poll::poll(arguments),
        Admin::Release(arguments) => poll::release(arguments),
        Admin::Pause(arguments) => change::pause(arguments),
        Admin::Resume(arguments) => change::resume(arguments),
        Admin::Log(arguments) => log::run(arguments),
        Admin::Purge(arguments) => change::purge(arguments),
        Admin::Takedown(arguments) => change::take_down(arguments),
        Admin::Reindex(arguments) => reindex::run(arguments),
        Admin::Cluster(command) => cluster::run(command),
    }
}

/// Sends a request to the daemon; `None` where none is running.
///
/// # Errors
///
/// If there is a socket that may not be opened, or the daemon breaks off.
fn send(place: &StateDir, request: &Request) -> anyhow::Result<Option<Answer>> {
    let path = place.dir().join(CONTROL);
    let line = match UnixStream::connect(&path) {
        Ok(line) => line,
        Err(why) if why.kind() == ErrorKind::PermissionDenied => {
            bail!(
                "{} may not be opened: run this as the user of the daemon",
                path.display()
            )
        }
        // None runs, or one that died has left it.
        Err(_) => return Ok(None),
    };
    if matches!(request, Request::Status | Request::Log { .. }) {
        // Others may have to wait for a publisher, or for the disk.
        line.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    }
    writeln!(&line, "{}", serde_json::to_string(request)?)?;
    Ok(Some(Answer(BufReader::new(line))))
}

/// Sends a request to the daemon.
///
/// # Errors
///
/// As [`send`], and if none is running.
fn ask(place: &StateDir, request: &Request) -> anyhow::Result<Answer> {
    let answer = send(place, request)?;
    answer.with_context(|| {
        format!(
            "no daemon uses the store in {}: start one with `gazetted run`, or name its folder with --state",
            place.dir().display()
        )
    })
}

/// Answerer of a request.
enum Reached {
    /// The daemon, whose answer begins.
    Daemon(Answer),
    /// The store, ours for as long as this is held: no daemon runs, and none can start.
    Store(Box<Store>),
    /// Nobody: there is no store yet.
    Nobody,
}

/// Sends a request to the daemon, or opens the store where none runs. A daemon that starts or stops has
/// the store, and does not answer: it is waited for, at most [`START_WAIT`].
///
/// # Errors
///
/// As [`send`], and those of [`Store::open_existing`].
fn reach(place: &StateDir, request: &Request) -> anyhow::Result<Reached> {
    let deadline = Instant::now() + START_WAIT;
    loop {
        if let Some(answer) = send(place, request)? {
            return Ok(Reached::Daemon(answer));
        }
        match Store::open_existing(&place.dir(), clock::now()) {
            Ok(store) => return Ok(Reached::Store(Box::new(store))),
            Err(StoreError::AlreadyOpen(_)) if Instant::now() < deadline => {
                thread::sleep(START_PAUSE)
            }
            Err(StoreError::NotThere(_)) => return Ok(Reached::Nobody),
            Err(why) => return Err(why.into()),
        }
    }
}

/// Has a request about the store done by the daemon, or in the store where none is running; returns the
/// lines of the answer.
fn ask_or_open(place: &StateDir, request: &Request) -> anyhow::Result<Vec<Value>> {
    match reach(place, request)? {
        Reached::Daemon(answer) => answer.collect(),
        Reached::Nobody => Err(StoreError::NotThere(place.dir()).into()),
        Reached::Store(store) => {
            let lines = answer_of_store((&store, None), place.checked().as_ref(), request)?;
            lines.context("this needs a running daemon")
        }
    }
}

/// Lines of an answer. One with `error` is an error, and the last.
struct Answer(BufReader<UnixStream>);

impl Iterator for Answer {
    type Item = anyhow::Result<Value>;

    fn next(&mut self) -> Option<anyhow::Result<Value>> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(read(&line)),
            Err(why) => Some(Err(
                anyhow::Error::new(why).context("the daemon does not answer")
            )),
        }
    }
}

impl Answer {
    /// Returns the one line of an answer.
    fn one(mut self) -> anyhow::Result<Value> {
        let line = self.next();
        line.context("the daemon broke off; its log says why")?
    }
}

fn read(line: &str) -> anyhow::Result<Value> {
    let value: Value =
        serde_json::from_str(line).context("the daemon broke off; its log says why")?;
    match value["error"].as_str() {
        Some(why) => bail!("{why}"),
        None => Ok(value),
    }
}
