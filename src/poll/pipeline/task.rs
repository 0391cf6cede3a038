//! Task of one poll: it ends well or badly, but it ends. A panic is a failed outcome, and what cannot
//! be written is remembered in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::error;

use super::conclude::{PollProduct, Polled};
use super::context::Poll;
use super::failure;
use super::report::report;
use crate::ingest::outcome;
use crate::model::{HubDiscovery, SourceState};
use crate::poll::commit_queue::{CommitQueue, Unwritten};
use crate::poll::poll_log::PollRecord;

/// Result of a poll, for the poller.
pub(in crate::poll) struct PollDone {
    /// State of the source from now on, in memory.
    pub(in crate::poll) state: SourceState,
    /// Whether that state is in the store as well.
    pub(in crate::poll) is_written: bool,
    /// Time at which the poll began.
    pub(in crate::poll) begun: Timestamp,
    /// Number of items that the store did not have.
    pub(in crate::poll) n_new: usize,
    /// Hubs that the document offers; the outer `None` means that no whole document was read.
    pub(in crate::poll) hubs: Option<Option<HubDiscovery>>,
    /// Line of the log; `None` if it is not written.
    pub(in crate::poll) record: Option<PollRecord>,
}

/// Polls once, writes the commit, and logs one line.
pub(in crate::poll) async fn poll(poll: Poll, queue: CommitQueue) -> PollDone {
    let started = Instant::now();
    let poll = Arc::new(poll);
    let running = {
        let poll = Arc::clone(&poll);
        tokio::spawn(async move { poll.run().await })
    };
    let Polled {
        mut commit,
        is_unchanged,
        n_held,
        hubs,
    } = match AbortOnDrop(running).join().await {
        Ok(Ok(polled)) => polled,
        Ok(Err(why)) => {
            error!("cannot read the store: {why}");
            return poll.unwritten(&poll.before);
        }
        Err(panic) => {
            error!("the poll panicked: {panic}; this is a bug, please report it");
            poll.conclude(PollProduct::failed(failure::panic()))
        }
    };
    let state = SourceState {
        took: started.elapsed(),
        ..commit.state.take().unwrap_or_else(|| poll.before.clone())
    };
    commit.state = Some(state.clone());
    let n_new = commit.n_new();
    let n_changed = commit.upserts.len() - n_new;
    match queue.write(commit, poll.fence).await {
        Ok(()) => {
            report(&poll.source.id, &state, n_new, n_changed);
            let record = PollRecord {
                is_unchanged,
                bytes: poll.bytes.load(Ordering::Relaxed),
                new: n_new,
                changed: n_changed,
                held: n_held,
                ..PollRecord::of(&poll.source.id, poll.now, &state)
            };
            PollDone {
                record: Some(record),
                state,
                is_written: true,
                begun: poll.now,
                n_new,
                hubs,
            }
        }
        Err(Unwritten) => poll.unwritten(&state),
    }
}

impl Poll {
    /// Makes the result of a poll whose commit, with the state `after`, could not be written.
    fn unwritten(&self, after: &SourceState) -> PollDone {
        PollDone {
            state: outcome::unwritten(&self.source, &self.before, after, self.now),
            is_written: false,
            begun: self.now,
            n_new: 0,
            hubs: None,
            record: None,
        }
    }
}

/// Task that is aborted when its waiter is dropped.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    /// Waits for the task to end.
    async fn join(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
