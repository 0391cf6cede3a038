//! One poll that ends well or badly, but ends: a panic is a failed outcome, and
//! what cannot be written is remembered in memory.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::error;

use super::failure;
use super::report::report;
use super::{Offered, PollContext};
use crate::clock;
use crate::config::Source;
use crate::ingest::outcome;
use crate::ingest::outcome::Outcome;
use crate::model::{Commit, SourceState};
use crate::poll::commit_queue::{CommitQueue, Unwritten};

/// What came of a poll.
pub(in crate::poll) struct Done {
    pub(in crate::poll) state: SourceState,
    pub(in crate::poll) is_written: bool,
    /// When it began.
    pub(in crate::poll) begun: Timestamp,
    /// Entries that were not there.
    pub(in crate::poll) n_new: usize,
    pub(in crate::poll) offered: Offered,
}

/// One poll.
pub(in crate::poll) async fn poll(
    tools: PollContext,
    writer: CommitQueue,
    source: Arc<Source>,
    before: SourceState,
) -> Done {
    let started = Instant::now();
    let now = clock::now();
    let tools = Arc::new(tools);
    let visit = {
        let (source, before, tools) = (Arc::clone(&source), before.clone(), Arc::clone(&tools));
        tokio::spawn(async move { tools.poll(&source, &before, now).await })
    };
    let unwritten = |state: &SourceState| Done {
        state: outcome::unwritten(&source, &before, state, now),
        is_written: false,
        begun: now,
        n_new: 0,
        offered: None,
    };
    let (mut commit, offered) = match AbortOnDrop(visit).join().await {
        Ok(Ok(done)) => done,
        Ok(Err(why)) => {
            error!("cannot read the store: {why}");
            return unwritten(&before);
        }
        Err(panic) => {
            error!("the poll panicked: {panic}; this is a bug, please report it");
            let state = tools.conclude(&source, &before, &failure::panicked(), now);
            let commit = Commit {
                source: source.id.clone(),
                at: now,
                upserts: Vec::new(),
                state: Some(state),
                subscription: None,
                roll: None,
                robots: tools.take_notes(),
            };
            (commit, None)
        }
    };
    let mut state = commit.state.take().unwrap_or_else(|| before.clone());
    state.took = started.elapsed();
    commit.state = Some(state.clone());
    let n_new = commit.n_new();
    let n_changed = commit.upserts.len() - n_new;
    match writer.write(commit).await {
        Ok(()) => {
            report(&source.id, &state, n_new, n_changed, started.elapsed());
            Done {
                state,
                is_written: true,
                begun: now,
                n_new,
                offered,
            }
        }
        Err(Unwritten) => unwritten(&state),
    }
}

impl PollContext {
    /// What to remember after a poll, also of the host.
    pub(in crate::poll) fn conclude(
        &self,
        source: &Source,
        before: &SourceState,
        outcome: &Outcome,
        now: Timestamp,
    ) -> SourceState {
        let name = source.url.host();
        let host = self.network.host(&name);
        let place = outcome::HostContext {
            rule: &self.config.host(&name),
            note: self.network.note(&host),
            is_outage: self.network.judge(&host, before, outcome, now),
        };
        let mut state = outcome::next_state(source, before, outcome, &place, now);
        state.address = self.client.address(&name).or(state.address);
        if let Some(note) = state.host.filter(|note| note.at == now) {
            self.network.remember(&host, note);
        }
        state
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn join(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
