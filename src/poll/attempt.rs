//! One poll that ends well or badly, but ends: a panic is a failed outcome, and
//! what cannot be written is remembered in memory.

use std::sync::Arc;

use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::error;

use super::once::Tools;
use super::report::report;
use super::trouble;
use super::writer::{Unwritten, Writer};
use crate::clock;
use crate::config::Source;
use crate::ingest::plan;
use crate::model::{Commit, SourceState, Upsert};

/// What came of a poll.
pub(super) struct Done {
    pub(super) state: SourceState,
    pub(super) is_written: bool,
}

/// One poll.
pub(super) async fn poll(
    tools: Tools,
    writer: Writer,
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
    let mut commit = match AbortOnDrop(visit).join().await {
        Ok(Ok(commit)) => commit,
        Ok(Err(why)) => {
            error!("cannot read the store: {why}");
            return Done {
                state: plan::unwritten(&source, &before, &before, now),
                is_written: false,
            };
        }
        Err(panic) => {
            error!("the poll panicked: {panic}; this is a bug, please report it");
            let state = tools.conclude(&source, &before, &trouble::panicked(), now);
            Commit {
                source: source.id.clone(),
                at: now,
                upserts: Vec::new(),
                state,
            }
        }
    };
    commit.state.took = started.elapsed();
    let is_new = |upsert: &&Upsert| upsert.item.first_seen == commit.at;
    let n_new = commit.upserts.iter().filter(is_new).count();
    let n_changed = commit.upserts.len() - n_new;
    let state = commit.state.clone();
    match writer.write(commit).await {
        Ok(()) => {
            report(&source.id, &state, n_new, n_changed, started.elapsed());
            Done {
                state,
                is_written: true,
            }
        }
        Err(Unwritten) => Done {
            state: plan::unwritten(&source, &before, &state, now),
            is_written: false,
        },
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
