//! The loop: starts what is due, remembers what came of it, until told to stop.

mod clock_check;
mod fill;
mod hubs;
mod orders;
mod renamed;
mod shared;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use rustix::process::{Resource, getrlimit};
use tokio::sync::{RwLock, Semaphore, mpsc, watch};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use clock_check::{MAX_CLOCK_CHECK_INTERVAL, has_stepped, unbelievable};
use shared::Sharing;

use super::commit_queue::{CommitQueue, RetryPolicy};
use super::hosts::queue::Queue;
use super::hosts::registry::HostRegistry;
use super::hosts::robots::RobotsCache;
use super::maintenance::Maintenance;
use super::pipeline::task::{PollDone, poll};
use super::pipeline::{Poll, PollContext};
use super::poll_log::PollLog;
use super::subscriber::Subscriber;
use super::watchdog::Watchdog;
use crate::clock;
use crate::config::Config;
use crate::fetch::Client;
use crate::ingest::outcome;
use crate::model::{DailyIntake, SourceId, SourceState};
use crate::store::Store;

pub use orders::{Ordered, PollOrder};

/// Duration of a poll beyond which it holds one of the places for slow ones.
const SLOW_POLL_THRESHOLD: Duration = Duration::from_secs(5);

/// Time between two looks whether polls may begin again, on a node of a cluster.
const LEASE_LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Computes the number of polls at the same time, at most `wanted`: one for each eight files that
/// we may have open, as readers and the store want theirs too. A failure for want of a file
/// would be booked against a source.
fn places(wanted: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current;
    let most = files.map(|files| usize::try_from(files / 8).unwrap_or(usize::MAX));
    most.map_or(wanted, |most| wanted.min(most.max(1)))
}

/// Mode of a run: until stopped, or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// Until what is due now has been polled.
    Once,
    /// Until told to stop.
    Forever,
}

/// Polls the sources of a configuration into a store.
#[derive(Debug)]
pub struct Poller {
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    client: Client,
    hosts: Arc<HostRegistry>,
    robots: Arc<RobotsCache>,
    parse_permits: Arc<Semaphore>,
    crash_gate: Arc<RwLock<()>>,
    pushed: Arc<Mutex<HashMap<SourceId, DailyIntake>>>,
    queue: Queue,
    states: BTreeMap<SourceId, SourceState>,
    /// Start times of sources that were late at the start, or are new.
    starts: HashMap<SourceId, Timestamp>,
    running: HashMap<Id, SourceId>,
    aborts: HashMap<Id, AbortHandle>,
    tasks: JoinSet<PollDone>,
    /// Whether sources were found at other addresses since hosts were told apart.
    has_moved: bool,
    /// Time the queue was last filled.
    filled: Instant,
    n_unwritten: usize,
    subscriber: Subscriber,
    /// Sources whose hub has said something doubtful since they were polled.
    doubted: HashSet<SourceId>,
    /// Orders of an admin.
    orders: mpsc::Receiver<PollOrder>,
    /// Sources whose next document is to be taken as it is.
    released: HashSet<SourceId>,
    log: Arc<PollLog>,
    beat: Watchdog,
    /// Sharing of the polls with other nodes; `None` without a cluster.
    sharing: Option<Sharing>,
}

impl Poller {
    /// Makes a poller that knows what the store remembers.
    ///
    /// # Errors
    ///
    /// An error if the store cannot be read, or HTTPS cannot be set up.
    pub fn new(store: Arc<Store>, config: watch::Receiver<Arc<Config>>) -> anyhow::Result<Poller> {
        let mut states = store
            .states()
            .context("cannot read what the store knows of the sources")?;
        if !store.damage().is_empty() {
            states.values_mut().for_each(outcome::distrust);
        }
        let subscriptions = store
            .subscriptions()
            .context("cannot read what the store knows of hubs")?;
        let client = Client::new(&config.borrow().http)?;
        let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Poller {
            store,
            config,
            client,
            hosts: Arc::new(HostRegistry::remembered(states.values())),
            robots: Arc::default(),
            parse_permits: Arc::new(Semaphore::new(n_cores)),
            crash_gate: Arc::default(),
            pushed: Arc::default(),
            queue: Queue::default(),
            states,
            starts: HashMap::new(),
            running: HashMap::new(),
            tasks: JoinSet::new(),
            has_moved: false,
            filled: Instant::now(),
            n_unwritten: 0,
            subscriber: Subscriber::new(subscriptions),
            doubted: HashSet::new(),
            orders: mpsc::channel(1).1,
            released: HashSet::new(),
            log: Arc::default(),
            beat: Watchdog::of_systemd(),
            aborts: HashMap::new(),
            sharing: None,
        })
    }

    /// Polls. What has been fetched when `shutdown` comes is written; what is
    /// still on its way is given up and fetched again after the next start.
    ///
    /// # Errors
    ///
    /// An error if the thread that writes cannot be started; with [`RunMode::Once`] also if
    /// something could not be written.
    pub async fn run(mut self, span: RunMode, shutdown: CancellationToken) -> anyhow::Result<()> {
        let patience = match span {
            RunMode::Once => RetryPolicy::None,
            RunMode::Forever => RetryPolicy::Endless,
        };
        let store = Arc::clone(&self.store);
        let (writer, thread) = match &self.sharing {
            Some(sharing) => CommitQueue::start_by_log(store, sharing.cluster.clone())?,
            None => CommitQueue::start(store, patience)?,
        };
        self.subscriber.review(clock::now());
        self.fill_queue(span, clock::now());
        let mut last = (clock::now(), Instant::now());
        let mut sweep = Maintenance::default();
        anyhow::ensure!(
            span == RunMode::Forever || clock::is_believable(last.0),
            "{}",
            unbelievable(last.0)
        );
        loop {
            let now = clock::now();
            if !clock::is_believable(now) {
                self.wait_for_clock(now, &shutdown).await;
                if shutdown.is_cancelled() {
                    break;
                }
                continue;
            }
            if has_stepped(last, (now, Instant::now())) {
                warn!("the clock was set, or the machine slept: looking at every source anew");
                sweep.put_off(&self.store, self.sharing.is_some(), now);
                self.starts.clear();
                self.subscriber.review(now);
                self.fill_queue(span, now);
            } else if self.has_moved && self.filled.elapsed() > self.patience() {
                self.fill_queue(span, now);
            }
            last = (now, Instant::now());
            let cluster = self.sharing.as_ref().map(|sharing| &sharing.cluster);
            sweep.begin(&self.store, &self.config.borrow(), cluster, now);
            self.start_due(&writer, now);
            self.tend(&writer, now);
            if span == RunMode::Once && self.is_done(now) {
                break;
            }
            self.beat.tick();
            let wake = self.beat.or(self.wake(now));
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(done) = self.tasks.join_next_with_id() => self.finish(span, done),
                event = self.subscriber.next() => self.hear(event, &writer),
                Some(order) = self.orders.recv() => self.obey(order),
                event = Sharing::next(&mut self.sharing) => self.share(event, span).await,
                Ok(()) = self.config.changed() => self.reload(span),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
        self.tasks.shutdown().await;
        self.subscriber.shutdown().await;
        self.store.stop_packing();
        sweep.end().await;
        self.store.give_up_reading();
        drop(writer);
        let written = tokio::task::spawn_blocking(move || thread.join()).await;
        anyhow::ensure!(
            matches!(written, Ok(Ok(()))),
            "the thread that writes the store died"
        );
        let n_unwritten = self.n_unwritten;
        anyhow::ensure!(
            span == RunMode::Forever || n_unwritten == 0,
            "{n_unwritten} polls could not be written to the store; see above"
        );
        Ok(())
    }

    /// Whether all that could be polled once has been. Hosts that want to be
    /// left alone are not waited for.
    fn is_done(&mut self, now: Timestamp) -> bool {
        let n_dropped = self.queue.drop_held(now);
        if n_dropped > 0 {
            info!("{n_dropped} sources are left for later: their hosts want to be left alone");
        }
        self.tasks.is_empty() && self.queue.is_done() && self.subscriber.is_idle()
    }

    fn start_due(&mut self, writer: &CommitQueue, now: Timestamp) {
        // What is fetched could not be kept; the store says so itself.
        if self.store.check_place().is_err() || !self.may_begin() {
            return;
        }
        let config = Arc::clone(&self.config.borrow());
        for id in self.queue.start(now) {
            let Some(source) = config.sources.get(&id) else {
                self.queue.finish(&id, None, false);
                continue;
            };
            self.starts.remove(&id);
            let fence = self.latest(&id);
            if let Some(due) = self.is_early(source, now) {
                self.queue.finish(&id, Some(due), false);
                continue;
            }
            let (context, state) = (self.context(&config), self.before_poll(&id));
            let mut one = Poll::new(context, Arc::clone(source), state, clock::now());
            one.fence = fence;
            let handle = self.tasks.spawn(poll(one, writer.clone()));
            self.running.insert(handle.id(), id);
            self.aborts.insert(handle.id(), handle);
        }
    }

    /// Makes the context of a poll under the configuration in force.
    fn context(&self, config: &Arc<Config>) -> PollContext {
        PollContext {
            config: Arc::clone(config),
            client: self.client.clone(),
            store: Arc::clone(&self.store),
            hosts: Arc::clone(&self.hosts),
            robots: Arc::clone(&self.robots),
            parse_permits: Arc::clone(&self.parse_permits),
            crash_gate: Arc::clone(&self.crash_gate),
            pushed: Arc::clone(&self.pushed),
        }
    }

    fn finish(&mut self, span: RunMode, done: Result<(Id, PollDone), JoinError>) {
        let (task, done) = match done {
            Ok((task, done)) => (task, Some(done)),
            Err(error) => (error.id(), None),
        };
        self.aborts.remove(&task);
        let Some(id) = self.running.remove(&task) else {
            return;
        };
        let config = Arc::clone(&self.config.borrow());
        let (Some(done), Some(source)) = (done, config.sources.get(&id)) else {
            return self.queue.finish(&id, None, false);
        };
        let now = clock::now();
        self.weigh(&id, &done);
        let state = done.state;
        if let Some(record) = done.record {
            self.log.note(record);
        }
        self.n_unwritten += usize::from(!done.is_written);
        let due = match span {
            RunMode::Once => None,
            RunMode::Forever => self
                .due(source, Some(&state), now)
                .map(|due| {
                    if self.released.contains(&id) {
                        now
                    } else {
                        due
                    }
                })
                .filter(|_| source.is_polled()),
        };
        let is_slow = state.took > SLOW_POLL_THRESHOLD;
        let host = self.hosts.host(&source.url.host());
        if let Some(note) = self.hosts.note(&host) {
            self.queue.hold(&host, note.until);
        }
        let address = self.states.get(&id).and_then(|state| state.address);
        self.has_moved |= address != state.address;
        self.states.insert(id.clone(), state);
        self.queue.finish(&id, due, is_slow);
    }

    fn reload(&mut self, span: RunMode) {
        let http = self.config.borrow_and_update().http.clone();
        match Client::new(&http) {
            Ok(client) => self.client = client,
            Err(why) => error!("[http] of the new configuration is not used: {why}"),
        }
        self.subscriber.review(clock::now());
        self.fill_queue(span, clock::now());
    }

    /// Returns the time for which hosts stay told apart as they are: the more sources, the more
    /// work it is.
    fn patience(&self) -> Duration {
        let n_sources = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        (Duration::from_millis(1).saturating_mul(n_sources)).min(MAX_CLOCK_CHECK_INTERVAL)
    }

    /// Returns the time to look again, if nothing else happens.
    fn wake(&self, now: Timestamp) -> Instant {
        if !self.may_begin() {
            return Instant::now() + LEASE_LOOK_INTERVAL;
        }
        let next = self.queue.next_start().into_iter();
        let next = next.chain(self.subscriber.wake()).min();
        let wait =
            next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        Instant::now()
            + wait
                .unwrap_or(MAX_CLOCK_CHECK_INTERVAL)
                .min(MAX_CLOCK_CHECK_INTERVAL)
    }
}
