//! Control socket: a door for the admin, `control` in the folder of the store.
//!
//! A client sends one line. A [`Request`] in JSON is answered by lines of JSON, of which one with
//! `error` is the last; a word (`backup`, `export`, `retain`, those of `gazetted story`) by `ok` or
//! what is wrong on a line, and then what was asked for. Whoever may open the folder may ask; no web page can, because a browser does not
//! speak to such sockets.

mod answer;
mod request;
mod select;
mod stored;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Line;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use request::Request;
pub use select::select;
pub use stored::answer_of_store;

use super::correct;
use crate::clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::daemon::clustering::by_log;
use crate::model::{LogOp, RetentionRules, SourceId};
use crate::poll::{PollLog, PollOrder};
use crate::search::SearchIndex;
use crate::store::{Retention, Store, StoreError};
use answer::Client;

/// File name of the socket, in the folder of the store.
pub const NAME: &str = "control";

/// Longest request, in bytes.
const MAX_REQUEST: u64 = 16 << 10;

/// Time for asking, and for each write of the answer. While a backup is under way nothing is
/// written to the store.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(30);

/// Clients that are answered at the same time; the next one waits.
const MAX_CLIENTS: usize = 16;

/// Question to the loop of the daemon; the answer is a count, or a sentence that says why not.
#[derive(Debug)]
pub(super) enum Ask {
    /// Reads feeds.toml again; counts its sources.
    Reload(oneshot::Sender<Result<usize, String>>),
    /// Lets sources rest from `now` on, or go on; counts those that changed.
    Pause {
        /// Sources.
        sources: Vec<SourceId>,
        /// Beginning of the pause; `None` ends it.
        now: Option<Timestamp>,
        /// Channel for the answer.
        reply: oneshot::Sender<Result<usize, String>>,
    },
}

/// Context in which requests are answered.
#[derive(Clone, Debug)]
pub(super) struct ControlContext {
    pub(super) store: Arc<Store>,
    /// Index of the stories; `None` where they cannot be searched.
    pub(super) index: Option<Arc<SearchIndex>>,
    pub(super) config: watch::Receiver<Arc<Config>>,
    /// Reason why the feeds.toml read last is not in force.
    pub(super) refused: watch::Receiver<Option<String>>,
    pub(super) polls: Arc<PollLog>,
    pub(super) orders: mpsc::Sender<PollOrder>,
    pub(super) asks: mpsc::Sender<Ask>,
    /// Membership in a cluster; `None` for a daemon that runs alone.
    pub(super) cluster: Option<Cluster>,
    pub(super) stop: CancellationToken,
}

/// Makes the socket in `dir`, the folder of the store; who connects is answered once [`run`] runs. If it
/// cannot be made, warns and returns `None`.
pub(super) fn listen(dir: &Path) -> Option<UnixListener> {
    let path = dir.join(NAME);
    let bound = bind(&path);
    let warn = |why: &io::Error| {
        let path = path.display();
        warn!("commands will not reach the daemon: cannot listen at {path}: {why}");
    };
    bound.inspect_err(warn).ok()
}

/// Answers at the socket until the context says stop, and removes it.
pub(super) async fn run(context: ControlContext, listener: UnixListener) {
    let path = context.store.dir().join(NAME);
    let mut clients = JoinSet::new();
    loop {
        while clients.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = context.stop.cancelled() => break,
            Some(_) = clients.join_next(), if clients.len() >= MAX_CLIENTS => continue,
            accepted = listener.accept(), if clients.len() < MAX_CLIENTS => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let context = context.clone();
                clients.spawn(async move { context.serve(stream).await });
            }
            // Out of files, most likely: not for ever, and not in a hurry.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    let _ = fs::remove_file(&path);
    while clients.join_next().await.is_some() {}
}

/// Binds the socket, for its owner alone (mode 600). The store is locked by us, so that a
/// socket that is there is a leftover.
fn bind(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

impl ControlContext {
    /// Answers one client: a request in JSON, or a word.
    async fn serve(&self, stream: UnixStream) {
        let mut reader = BufReader::new(stream.take(MAX_REQUEST));
        let mut line = String::new();
        let asked = tokio::time::timeout(CONTROL_TIMEOUT, reader.read_line(&mut line)).await;
        let Ok(Ok(_)) = asked else { return };
        let mut client = Client(reader.into_inner().into_inner());
        if !line.starts_with('{') {
            return self.serve_word(line.trim().to_owned(), client.0).await;
        }
        match serde_json::from_str::<Request>(&line) {
            Ok(request) => self.answer(request, &mut client).await,
            Err(why) => client.refuse(&format!("this is no request: {why}")).await,
        }
    }

    async fn serve_word(&self, word: String, stream: UnixStream) {
        let (store, cluster) = (Arc::clone(&self.store), self.cluster.clone());
        let config = Arc::clone(&self.config.borrow());
        let done = tokio::task::spawn_blocking(move || {
            let line = stream.into_std()?;
            line.set_nonblocking(false)?;
            line.set_write_timeout(Some(CONTROL_TIMEOUT))?;
            send((&store, cluster.as_ref()), &config, &word, line)
        });
        match done.await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => warn!("could not answer at the control socket: {why}"),
            Err(why) => warn!("answering at the control socket panicked: {why}"),
        }
    }
}

/// Counts what waits to be removed, and removes it first if `may_go`.
fn retain(
    (store, cluster): (&Store, Option<&Cluster>),
    config: &Config,
    may_go: bool,
) -> anyhow::Result<serde_json::Value> {
    let at = clock::now();
    let (items, volumes) = match (may_go, cluster) {
        (false, _) => (0, 0),
        (true, None) => {
            let swept = store.retain_waiting(at)?;
            (swept.items, swept.volumes.len())
        }
        (true, Some(_)) if store.waiting().is_none() => (0, 0),
        (true, Some(cluster)) => {
            let retain = LogOp::Retain {
                rules: RetentionRules::from(&Retention::of(config)),
                at,
                is_allowed: true,
            };
            let done = by_log(cluster, retain)?;
            let (items, volumes) = done.split_once(' ').unwrap_or_default();
            (items.parse()?, volumes.parse()?)
        }
    };
    Ok(json!({"items": items, "volumes": volumes, "waiting": store.waiting()}))
}

/// Does what `word` asks for and writes the answer; corrections are one line, backup and
/// export a stream.
fn send(
    (store, cluster): (&Store, Option<&Cluster>),
    config: &Config,
    word: &str,
    mut line: Line,
) -> io::Result<()> {
    if matches!(
        word.split(' ').next(),
        Some("explain" | "split" | "join" | "rechoose")
    ) {
        return match correct((store, cluster), Some(config), word, clock::now()) {
            Ok(answer) => writeln!(line, "ok\n{answer}"),
            Err(why) => writeln!(line, "{}", format!("{why:#}").replace('\n', " ")),
        };
    }
    if let Some(rest) = word.strip_prefix("retain") {
        return match retain((store, cluster), config, rest.trim() == "yes") {
            Ok(answer) => writeln!(line, "ok\n{answer}"),
            Err(why) => writeln!(line, "{}", format!("{why:#}").replace('\n', " ")),
        };
    }
    type Work = fn(&Store, &mut dyn Write) -> Result<u64, StoreError>;
    let work: Work = match word {
        "backup" => |store, out| store.back_up(out).map(|copied| copied.records),
        "export" => |store, out| store.export(out).map(|exported| exported.lines),
        _ => {
            return writeln!(
                line,
                "unknown: ask for backup, export, retain, explain, split, join or rechoose"
            );
        }
    };
    writeln!(line, "ok")?;
    let mut out = BufWriter::with_capacity(1 << 16, line);
    let records = work(store, &mut out).map_err(io::Error::other)?;
    out.flush()?;
    info!(records, "sent a {word} of the store");
    Ok(())
}
