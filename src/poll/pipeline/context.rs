//! Context that all polls share, and the subject of one of them.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::{RwLock, Semaphore};

use crate::config::{Config, Source};
use crate::fetch::{Client, FetchError};
use crate::ingest::outcome::Failure;
use crate::model::{DailyIntake, ListRepair, SourceId, SourceState};
use crate::poll::hosts::registry::HostRegistry;
use crate::poll::hosts::robots::{RobotsCache, RobotsLog};
use crate::store::{Store, StoreError};
use crate::sync;

/// Shared context of all polls; made by the poller from the configuration in force.
#[derive(Clone, Debug)]
pub(in crate::poll) struct PollContext {
    pub(in crate::poll) config: Arc<Config>,
    pub(in crate::poll) client: Client,
    pub(in crate::poll) store: Arc<Store>,
    pub(in crate::poll) hosts: Arc<HostRegistry>,
    pub(in crate::poll) robots: Arc<RobotsCache>,
    /// Permits for CPU-bound work (parsing, comparing), one for each core.
    pub(in crate::poll) parse_permits: Arc<Semaphore>,
    /// Taken for reading by each parse, for writing by one whose document was being read when the
    /// process died: that one is parsed alone, so that the next crash tells for sure.
    pub(in crate::poll) crash_gate: Arc<RwLock<()>>,
    /// New items that hubs pushed, by source: a push leaves the state of its source as it is.
    pub(in crate::poll) pushed: Arc<Mutex<HashMap<SourceId, DailyIntake>>>,
}

impl PollContext {
    /// Runs CPU-bound or blocking `work` on a thread of its own, once a permit is free.
    ///
    /// # Panics
    ///
    /// Passes on a panic of `work`; [`task`](super::task) makes a failed outcome of it.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let _permit = self.parse_permits.acquire().await;
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}

/// Subject of one poll or push: which source, what is known of it, and when.
#[derive(Debug)]
pub(in crate::poll) struct Poll {
    pub(in crate::poll) context: PollContext,
    pub(in crate::poll) source: Arc<Source>,
    /// State of the source before this poll.
    pub(in crate::poll) before: SourceState,
    /// Time at which the poll began or the push came.
    pub(in crate::poll) now: Timestamp,
    /// Answers of robots.txt files that were fetched on the way; they go into the commit.
    pub(in crate::poll) robots_log: RobotsLog,
    /// Bytes of the documents that were fetched so far, decoded.
    pub(in crate::poll) bytes: AtomicU64,
    /// Rules that would find the list, where those of the source did not.
    pub(in crate::poll) repair: Mutex<Option<ListRepair>>,
    /// Number of the commit that `before` is of, in the log of a cluster.
    pub(in crate::poll) fence: Option<u64>,
}

impl Poll {
    /// Makes a poll that begins at `now`.
    pub(in crate::poll) fn new(
        context: PollContext,
        source: Arc<Source>,
        before: SourceState,
        now: Timestamp,
    ) -> Poll {
        Poll {
            context,
            source,
            before,
            now,
            robots_log: RobotsLog::default(),
            bytes: AtomicU64::default(),
            repair: Mutex::default(),
            fence: None,
        }
    }
}

/// Early end of a poll. `?` carries it through the stages; only [`Poll::run`] looks at it.
#[derive(Debug)]
pub(super) enum Stop {
    /// The source is in trouble: an ordinary outcome, which goes into a commit.
    Failed(Failure),
    /// The store is in trouble: nothing can be committed.
    Store(StoreError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Store(error)
    }
}

impl Poll {
    /// Returns how many new items hubs pushed for the source within the day.
    pub(super) fn n_pushed(&self) -> u32 {
        let pushed = sync::lock(&self.context.pushed);
        let intake = pushed.get(&self.source.id);
        intake.map_or(0, |intake| intake.of(self.now))
    }

    /// Counts new items that a hub pushed.
    pub(super) fn note_pushed(&self, n_new: usize) {
        let n_new = u32::try_from(n_new).unwrap_or(u32::MAX);
        let mut pushed = sync::lock(&self.context.pushed);
        let intake = pushed.entry(self.source.id.clone()).or_default();
        *intake = intake.after(n_new, self.now);
    }

    /// Describes a failed request to `host` as a failure of the poll.
    pub(super) fn fetch_failure(&self, error: &FetchError, host: &str) -> Failure {
        super::failure::fetch(error, &self.context.config.host(host))
    }
}
