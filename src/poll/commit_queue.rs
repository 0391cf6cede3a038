//! Commits on their way to the store.
//!
//! One thread writes. What has gathered while it wrote, and for a moment after
//! the first has come, goes in together, so that many polls share one flush;
//! each poll learns when its own commit is safe.
//!
//! While the store cannot be written, commits wait here and polls wait for
//! them: nothing is fetched that could not be kept, and nothing is fetched twice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

use super::folding::Folding;
use crate::cluster::{Cluster, ClusterError};
use crate::model::{Commit, LogEffect, LogOp};
use crate::store::{Applied, Store, StoreError};

/// Commits that wait while others are written; polls wait beyond that.
const MAX_BATCH_COMMITS: usize = 64;

/// Items that are enough for one batch: what follows from each of them takes some ten
/// kilobytes until it is written.
const MAX_BATCH_ITEMS: usize = 256;

/// Time for which a commit waits for others to share its flush: most polls find nothing new, and
/// their few bytes cost a flush all the same.
const GROUP_COMMIT_WINDOW: Duration = Duration::from_millis(20);

/// Time after which the store is tried again; doubled with each further failure.
const FIRST_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Longest time between two attempts.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);

/// Time between two looks whether a volume is to be folded, where commits come by a log.
const FOLD_LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Policy while the store cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryPolicy {
    /// Give up.
    None,
    /// Try again until it can, or all who would write are gone.
    Endless,
}

/// Hands commits to the thread that writes them.
#[derive(Clone, Debug)]
pub(super) struct CommitQueue {
    way: Way,
    /// Closed when the last writer is gone.
    _alive: Sender<()>,
}

/// Way of a commit into the store.
#[derive(Clone, Debug)]
enum Way {
    /// To the thread that writes.
    Thread(mpsc::Sender<WriteRequest>),
    /// Through the log that several nodes share, which also this one follows.
    Log(Cluster),
}

/// A commit that was not written; the store has said why in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unwritten;

#[derive(Debug)]
struct WriteRequest {
    commit: Commit,
    reply: oneshot::Sender<Result<(), Unwritten>>,
}

impl CommitQueue {
    /// Starts the thread, and one that folds what has grown large; they end when the last `CommitQueue` is
    /// gone.
    pub(super) fn start(
        store: Arc<Store>,
        patience: RetryPolicy,
    ) -> std::io::Result<(CommitQueue, JoinHandle<()>)> {
        let folding = Folding::start(Arc::clone(&store))?;
        CommitQueue::start_with(patience, move |commits| {
            let applied = store.commit(commits);
            folding.look();
            applied
        })
    }

    fn start_with(
        patience: RetryPolicy,
        apply: impl Fn(&[Commit]) -> Result<Applied, StoreError> + Send + 'static,
    ) -> std::io::Result<(CommitQueue, JoinHandle<()>)> {
        let (letters, receive) = mpsc::channel(MAX_BATCH_COMMITS);
        let (alive, gone) = std::sync::mpsc::channel();
        let desk = WriterThread {
            apply,
            patience,
            gone,
        };
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || desk.write_all(receive))?;
        let writer = CommitQueue {
            way: Way::Thread(letters),
            _alive: alive,
        };
        Ok((writer, thread))
    }

    /// Sends commits through the log of a cluster. The thread only has folded what has grown large.
    pub(super) fn start_by_log(
        store: Arc<Store>,
        cluster: Cluster,
    ) -> std::io::Result<(CommitQueue, JoinHandle<()>)> {
        let folding = Folding::start(store)?;
        let (alive, gone) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                while gone.recv_timeout(FOLD_LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    folding.look();
                }
            })?;
        let writer = CommitQueue {
            way: Way::Log(cluster),
            _alive: alive,
        };
        Ok((writer, thread))
    }

    /// Returns when the commit is on disk. `fence` is the number of the commit that it follows on, in a
    /// cluster.
    pub(super) async fn write(&self, commit: Commit, fence: Option<u64>) -> Result<(), Unwritten> {
        let letters = match &self.way {
            Way::Thread(letters) => letters,
            Way::Log(cluster) => return submit(cluster, commit, fence).await,
        };
        let (reply, answer) = oneshot::channel();
        letters
            .send(WriteRequest { commit, reply })
            .await
            .map_err(|_| Unwritten)?;
        answer.await.unwrap_or(Err(Unwritten))
    }
}

/// Sends a commit through the log, and waits until it has come back.
async fn submit(cluster: &Cluster, commit: Commit, fence: Option<u64>) -> Result<(), Unwritten> {
    let source = commit.source.clone();
    match cluster.submit(LogOp::Commit(Box::new(commit)), fence).await {
        Ok(LogEffect::Done(_)) => Ok(()),
        Ok(LogEffect::Stale) => {
            info!(source.id = %source, "{source}: another node has polled it meanwhile; its commit counts");
            Err(Unwritten)
        }
        Ok(LogEffect::Refused(why)) => {
            error!(source.id = %source, "{source}: {why}");
            Err(Unwritten)
        }
        Err(ClusterError::Stopping) => Err(Unwritten),
        Err(why) => {
            error!(source.id = %source, "{source}: {why}");
            Err(Unwritten)
        }
    }
}

/// Commits that are written together.
struct CommitGroup {
    commits: Vec<Commit>,
    replies: Vec<oneshot::Sender<Result<(), Unwritten>>>,
    n_items: usize,
}

impl CommitGroup {
    fn of(first: WriteRequest) -> CommitGroup {
        let mut batch = CommitGroup {
            commits: Vec::new(),
            replies: Vec::new(),
            n_items: 0,
        };
        batch.push(first);
        batch
    }

    fn push(&mut self, letter: WriteRequest) {
        self.n_items += letter.commit.upserts.len();
        self.commits.push(letter.commit);
        self.replies.push(letter.reply);
    }

    fn is_full(&self) -> bool {
        self.commits.len() >= MAX_BATCH_COMMITS || self.n_items >= MAX_BATCH_ITEMS
    }

    /// Takes what has come.
    fn gather(&mut self, letters: &mut mpsc::Receiver<WriteRequest>) {
        while !self.is_full()
            && let Ok(letter) = letters.try_recv()
        {
            self.push(letter);
        }
    }
}

/// Thread that writes: applies a batch of commits, then answers each.
struct WriterThread<F> {
    apply: F,
    patience: RetryPolicy,
    gone: Receiver<()>,
}

impl<F: Fn(&[Commit]) -> Result<Applied, StoreError>> WriterThread<F> {
    fn write_all(&self, mut letters: mpsc::Receiver<WriteRequest>) {
        while let Some(first) = letters.blocking_recv() {
            let mut batch = CommitGroup::of(first);
            batch.gather(&mut letters);
            if !batch.is_full() {
                std::thread::sleep(GROUP_COMMIT_WINDOW);
                batch.gather(&mut letters);
            }
            let CommitGroup {
                commits, replies, ..
            } = batch;
            let results = match self.write(&commits) {
                Ok(result) => vec![result; commits.len()],
                // One of them made it panic: the others must not suffer for that.
                Err(Panicked) => commits.chunks(1).map(|one| self.write_one(one)).collect(),
            };
            for (reply, result) in replies.into_iter().zip(results) {
                // A poll that was cancelled does not ask any more.
                let _ = reply.send(result);
            }
        }
    }

    fn write_one(&self, commit: &[Commit]) -> Result<(), Unwritten> {
        self.write(commit).unwrap_or_else(|Panicked| {
            let source = commit.first().map(|commit| &commit.source);
            let source = source.map(tracing::field::display);
            error!(
                source.id = source,
                "writing the store panicked; please report this"
            );
            Err(Unwritten)
        })
    }

    fn write(&self, commits: &[Commit]) -> Result<Result<(), Unwritten>, Panicked> {
        let mut wait = FIRST_RETRY_DELAY;
        let mut was_in_trouble = false;
        loop {
            match catch_unwind(AssertUnwindSafe(|| (self.apply)(commits))) {
                Ok(Ok(Applied { .. })) => {
                    if was_in_trouble {
                        info!(commits = commits.len(), "the store can be written again");
                    }
                    return Ok(Ok(()));
                }
                Err(_) => return Err(Panicked),
                Ok(Err(why)) if self.patience == RetryPolicy::None => {
                    error!(commits = commits.len(), "cannot write to the store: {why}");
                    return Ok(Err(Unwritten));
                }
                Ok(Err(why)) if !was_in_trouble => error!(
                    commits = commits.len(),
                    "cannot write to the store: {why}; polling waits, what is published stays, \
                     it is tried again until it succeeds"
                ),
                Ok(Err(_)) => {}
            }
            was_in_trouble = true;
            match self.gone.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) | Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(Unwritten)),
            }
            wait = (wait * 2).min(MAX_RETRY_DELAY);
        }
    }
}

/// Applying a batch panicked.
struct Panicked;

#[cfg(test)]
mod tests;
