//! Orders of an admin: sources that are to be polled now, or whose held entries are to be
//! taken.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tracing::info;

use super::Poller;
use crate::clock;
use crate::model::{Baseline, SourceId, SourceState};
use crate::poll::hosts::queue::Advanced;
use crate::poll::poll_log::PollLog;

/// Order to poll some sources as soon as their hosts allow.
#[derive(Debug)]
pub struct PollOrder {
    /// Sources.
    pub sources: Vec<SourceId>,
    /// Whether their documents are to be taken as they are, whatever was normal before.
    pub is_release: bool,
    /// Channel for what was done about each of them, in their order.
    pub reply: oneshot::Sender<Vec<Ordered>>,
}

/// Effect of an order on one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// Polled now, or as soon as there is room.
    Due,
    /// Being polled already.
    Running,
    /// Polled once its host, which wants to be left alone, may be asked again.
    Held {
        /// End of its rest.
        until: Timestamp,
    },
    /// Polled by another node of the cluster.
    Elsewhere,
    /// Not polled: switched off, paused, or not in feeds.toml.
    Off,
}

impl Poller {
    /// Makes a poller that takes orders as well.
    #[must_use]
    pub fn ordered(mut self, orders: mpsc::Receiver<PollOrder>) -> Poller {
        self.orders = orders;
        self
    }

    /// Makes a poller that notes its polls in `log`.
    #[must_use]
    pub fn logging(mut self, log: Arc<PollLog>) -> Poller {
        self.log = log;
        self
    }

    /// Makes the sources of an order due.
    pub(super) fn obey(&mut self, order: PollOrder) {
        let now = clock::now();
        let config = Arc::clone(&self.config.borrow());
        let PollOrder {
            sources,
            is_release,
            reply,
        } = order;
        let mut done = Vec::with_capacity(sources.len());
        for source in &sources {
            let ordered = match self.queue.advance(source, now) {
                Advanced::Due => Ordered::Due,
                Advanced::Running => Ordered::Running,
                Advanced::Held(until) => Ordered::Held { until },
                Advanced::Unknown => Ordered::Off,
            };
            let is_ours = config.sources.get(source);
            let is_ours = is_ours.is_none_or(|source| self.owns(&source.url.host()));
            let ordered = match is_ours {
                true => ordered,
                false => Ordered::Elsewhere,
            };
            let is_taken = !matches!(ordered, Ordered::Off | Ordered::Elsewhere);
            if let Some(sharing) = self.sharing.as_mut().filter(|_| is_taken) {
                sharing.ordered.insert(source.clone());
            }
            if is_release && is_taken {
                self.released.insert(source.clone());
            }
            done.push(ordered);
        }
        info!(
            sources = sources.len(),
            release = is_release,
            "polls were ordered"
        );
        // Who ordered may have left; the polls are made all the same.
        let _ = reply.send(done);
    }

    /// Returns the state from which a source is polled: what is known of it, or, once after a release,
    /// as much as of one with a new address, whose first document is taken as it is.
    pub(super) fn before_poll(&mut self, source: &SourceId) -> SourceState {
        let state = self.known(source);
        match self.released.remove(source) {
            false => state,
            true => SourceState {
                asked: None,
                validators: None,
                body_hash: None,
                baseline: Baseline::default(),
                ..state
            },
        }
    }
}
