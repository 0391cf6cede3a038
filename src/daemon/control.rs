//! Control socket: a door for the admin, `control` in the folder of the store.
//!
//! A client sends one line, gets `ok` or what is wrong on a line, and then what was asked
//! for. Whoever may open the folder may ask; no web page can, because a browser does not
//! speak to such sockets.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Line;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::correct;
use crate::clock;
use crate::config::Config;
use crate::store::{Store, StoreError, Swept};

/// File name of the socket, in the folder of the store.
pub const NAME: &str = "control";

/// Longest question, in bytes.
const MAX_WORD: u64 = 400;

/// Time for asking, and for each write of the answer. While a backup is under way nothing is
/// written to the store.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers at the socket until `stop`, one client at a time. If the socket cannot be made,
/// warns and returns.
pub(super) async fn run(
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    stop: CancellationToken,
) {
    let path = store.dir().join(NAME);
    let listener = match bind(&path) {
        Ok(listener) => listener,
        Err(why) => {
            warn!(
                "`gazetted backup` will not work: cannot listen at {}: {why}",
                path.display()
            );
            return;
        }
    };
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let config = Arc::clone(&config.borrow());
                answer(&store, config, stream).await;
            }
            // Out of files, most likely: not for ever, and not in a hurry.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    let _ = fs::remove_file(&path);
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

async fn answer(store: &Arc<Store>, config: Arc<Config>, stream: UnixStream) {
    let mut reader = BufReader::new(stream.take(MAX_WORD));
    let mut word = String::new();
    let asked = tokio::time::timeout(PATIENCE, reader.read_line(&mut word)).await;
    let Ok(Ok(_)) = asked else { return };
    let stream = reader.into_inner().into_inner();
    let store = Arc::clone(store);
    let word = word.trim().to_owned();
    let done = tokio::task::spawn_blocking(move || {
        let line = stream.into_std()?;
        line.set_nonblocking(false)?;
        line.set_write_timeout(Some(PATIENCE))?;
        send(&store, &config, &word, line)
    });
    match done.await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => warn!("could not answer at the control socket: {why}"),
        Err(why) => warn!("answering at the control socket panicked: {why}"),
    }
}

/// Counts what waits to be removed, and removes it first if `may_go`.
fn retain(store: &Store, may_go: bool) -> Result<serde_json::Value, StoreError> {
    let swept = match may_go {
        true => store.retain_waiting(clock::now())?,
        false => Swept::default(),
    };
    Ok(json!({"items": swept.items, "volumes": swept.volumes.len(), "waiting": store.waiting()}))
}

/// Does what `word` asks for and writes the answer; corrections are one line, backup and
/// export a stream.
fn send(store: &Store, config: &Config, word: &str, mut line: Line) -> io::Result<()> {
    if matches!(
        word.split(' ').next(),
        Some("explain" | "split" | "join" | "rechoose")
    ) {
        return match correct(store, Some(config), word, clock::now()) {
            Ok(answer) => writeln!(line, "ok\n{answer}"),
            Err(why) => writeln!(line, "{}", format!("{why:#}").replace('\n', " ")),
        };
    }
    if let Some(rest) = word.strip_prefix("retain") {
        return match retain(store, rest.trim() == "yes") {
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
