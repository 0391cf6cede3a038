//! Commits on their way to the store.
//!
//! One thread writes. What has gathered while it wrote goes in together, so
//! that many polls share one flush; each poll learns when its own commit is
//! safe.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};
use tracing::error;

use crate::model::Commit;
use crate::store::{Applied, Store};

/// Commits that wait while others are written; polls wait beyond that.
const WAITING: usize = 64;

/// Hands commits to the thread that writes them.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Letter>);

/// A commit that was not written; the store has said why in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unwritten;

#[derive(Debug)]
struct Letter {
    commit: Commit,
    reply: oneshot::Sender<Result<(), Unwritten>>,
}

impl Writer {
    /// Starts the thread; it ends when the last `Writer` is gone.
    pub(super) fn start(store: Arc<Store>) -> std::io::Result<(Writer, JoinHandle<()>)> {
        let (send, receive) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_all(&store, receive))?;
        Ok((Writer(send), thread))
    }

    /// Returns when the commit is on disk.
    pub(super) async fn write(&self, commit: Commit) -> Result<(), Unwritten> {
        let (reply, answer) = oneshot::channel();
        self.0
            .send(Letter { commit, reply })
            .await
            .map_err(|_| Unwritten)?;
        answer.await.unwrap_or(Err(Unwritten))
    }
}

fn write_all(store: &Store, mut letters: mpsc::Receiver<Letter>) {
    let mut batch = Vec::with_capacity(WAITING);
    while letters.blocking_recv_many(&mut batch, WAITING) > 0 {
        let (commits, replies): (Vec<Commit>, Vec<_>) = batch
            .drain(..)
            .map(|letter| (letter.commit, letter.reply))
            .unzip();
        let result = apply(store, &commits);
        for reply in replies {
            // A poll that was cancelled does not ask any more.
            let _ = reply.send(result);
        }
    }
}

fn apply(store: &Store, commits: &[Commit]) -> Result<(), Unwritten> {
    match catch_unwind(AssertUnwindSafe(|| store.apply(commits))) {
        Ok(Ok(Applied { .. })) => Ok(()),
        Err(_) => {
            error!("writing the store panicked; please report this");
            Err(Unwritten)
        }
        Ok(Err(why)) => {
            error!(commits = commits.len(), "cannot write to the store: {why}");
            Err(Unwritten)
        }
    }
}
