//! Several nodes on one log.
//!
//! ```text
//!   poll, admin ── submit ──▶ publish ──▶ stream of JetStream: one order for all
//!                                             │ follow, on every node
//!                                             ▼
//!                                       Store::apply_log ──▶ readers of this node
//!
//!   lease   who is a member, second by second     sharing   who polls which site
//!   snapshot   a backup that an empty node begins with, and the log trimmed behind it
//! ```
//!
//! A node applies nothing that did not come out of the log, also of its own, so that all stores are the same at
//! the same number. A message is fenced by the number of the commit that it follows on: a node that was
//! paused or cut off overwrites nothing. Nothing of this runs without `[cluster]`.

mod apply;
mod bus;
mod error;
mod fitness;
mod follow;
mod lease;
mod members;
mod message;
mod publish;
mod snapshot;
mod status;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use error::ClusterError;
pub use members::{Member, View};
pub use snapshot::{join, seed};
pub use status::{ClusterStatus, Condition};

use crate::clock;
use crate::config::Cluster as ClusterConfig;
use crate::model::LogEffect;
use crate::store::Store;
use crate::sync;
use crate::text::site;
use bus::Bus;
use message::{Codec, MessageId};
use status::Part;

/// Membership of this node in a cluster; all clones are one.
#[derive(Clone, Debug)]
pub struct Cluster {
    shared: Arc<Shared>,
    bus: Arc<Bus>,
    /// Runtime of its tasks.
    runtime: Handle,
}

/// State of the membership, shared by its tasks.
#[derive(Debug)]
struct Shared {
    config: Arc<ClusterConfig>,
    store: Arc<Store>,
    /// Hash of the configuration, of the last reload.
    config_hash: RwLock<String>,
    /// Address that readers reach this node at.
    address: String,
    /// Identity of this process.
    process: String,
    stop: CancellationToken,
    /// Signal that nobody waits for the log any more but polls.
    closing: CancellationToken,
    view: watch::Sender<View>,
    /// End of the own lease, as this node counts it.
    held_until: RwLock<Option<Instant>>,
    /// Number of the own lease.
    lease: AtomicU64,
    is_draining: AtomicBool,
    /// Wakes the keeper of the lease.
    renew: Notify,
    /// Wakes the follower: there may be more in the log.
    more: Notify,
    /// Number of the last message that was applied.
    applied: watch::Sender<u64>,
    /// Number of commits about hubs that were applied.
    hubs: watch::Sender<u64>,
    /// Number of changes of the subscribers of our own hub that were applied.
    subscribers: watch::Sender<u64>,
    condition: RwLock<status::Known>,
    /// Own messages whose effect somebody waits for.
    waiting: Mutex<HashMap<MessageId, oneshot::Sender<(u64, LogEffect)>>>,
    codec: Codec,
    /// Own messages that are in the log and not fetched from it, by their numbers.
    own: Mutex<BTreeMap<u64, Bytes>>,
    /// Messages that this process has published.
    n_published: AtomicU64,
}

impl Cluster {
    /// Joins: connects, takes a lease, follows the log, until `stop`. Returns at once; all of it goes on in
    /// the background, whether the servers are there or not.
    ///
    /// # Errors
    ///
    /// If the certificates cannot be read.
    pub async fn start(
        config: ClusterConfig,
        store: Arc<Store>,
        (address, config_hash): (String, String),
        stop: CancellationToken,
    ) -> Result<(Cluster, ClusterTasks), ClusterError> {
        let config = Arc::new(config);
        let bus = Bus::connect(Arc::clone(&config)).await?;
        let position = store.log_position()?.map_or(0, |place| place.sequence);
        let shared = Arc::new(Shared {
            process: process(&config.node, clock::now()),
            config,
            store,
            config_hash: RwLock::new(config_hash),
            address,
            closing: stop.child_token(),
            stop,
            view: watch::Sender::default(),
            held_until: RwLock::default(),
            lease: AtomicU64::default(),
            is_draining: AtomicBool::default(),
            renew: Notify::new(),
            more: Notify::new(),
            applied: watch::Sender::new(position),
            hubs: watch::Sender::default(),
            subscribers: watch::Sender::default(),
            condition: RwLock::new(status::Known::new(clock::now())),
            waiting: Mutex::default(),
            codec: Codec::default(),
            own: Mutex::default(),
            n_published: AtomicU64::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(lease::LeaseKeeper::new(Arc::clone(&shared), bus.clone()).run());
        tasks.spawn(follow::run(Arc::clone(&shared), bus.clone()));
        tasks.spawn(snapshot::run(Arc::clone(&shared), bus.clone()));
        let runtime = Handle::current();
        let cluster = Cluster {
            shared,
            bus: Arc::new(bus),
            runtime,
        };
        Ok((cluster, ClusterTasks(tasks)))
    }

    /// Returns the name of this node.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.shared.config.node
    }

    /// Whether this node polls the sources of `host`.
    #[must_use]
    pub fn owns(&self, host: &str) -> bool {
        let view = self.shared.view.borrow();
        view.owner(site::of(host)) == Some(self.node())
    }

    /// Whether this node does what one of all has to do: the sweep, snapshots.
    #[must_use]
    pub fn does_chores(&self) -> bool {
        self.shared.does_chores()
    }

    /// Returns the number of the own lease while it holds and the log can be followed: while it is the same,
    /// nobody else asks the sources that this node owns.
    #[must_use]
    pub fn lease(&self) -> Option<u64> {
        let is_fit = self.shared.known().is_fit();
        (is_fit && self.shared.is_held()).then(|| self.shared.lease())
    }

    /// Returns a receiver of the members; it wakes when polls are shared otherwise.
    #[must_use]
    pub fn view(&self) -> watch::Receiver<View> {
        self.shared.view.subscribe()
    }

    /// Returns a receiver that wakes when something about hubs was applied.
    #[must_use]
    pub fn hubs(&self) -> watch::Receiver<u64> {
        self.shared.hubs.subscribe()
    }

    /// Returns a receiver that wakes when subscribers of our own hub were written.
    #[must_use]
    pub fn subscribers(&self) -> watch::Receiver<u64> {
        self.shared.subscribers.subscribe()
    }

    /// Returns the life of a lease: as long another node may go on to ask sources that it has just lost.
    #[must_use]
    pub fn lease_ttl(&self) -> Duration {
        members::LEASE_TTL
    }

    /// Notes the hash of a configuration that was reloaded.
    pub fn note_config(&self, hash: String) {
        *sync::write(&self.shared.config_hash) = hash;
    }

    /// Ends the waits of admins and subscribers for the log: the daemon stops.
    pub fn close(&self) {
        self.shared.closing.cancel();
    }

    /// Hands the polls of this node over to the others.
    pub fn drain(&self) {
        self.shared.is_draining.store(true, Ordering::Relaxed);
        self.shared.renew.notify_one();
        info!("polls are handed over, as before a restart");
    }

    /// Returns the state of the cluster as this node sees it.
    #[must_use]
    pub fn status(&self) -> ClusterStatus {
        self.shared.status()
    }
}

/// Tasks of a membership.
#[derive(Debug)]
pub struct ClusterTasks(JoinSet<()>);

impl ClusterTasks {
    /// Waits for their end, after the stop was told.
    pub async fn end(mut self) {
        while let Some(ended) = self.0.join_next().await {
            if let Err(why) = ended {
                error!("a task of the cluster panicked: {why}");
            }
        }
    }
}

impl Shared {
    fn lease(&self) -> u64 {
        self.lease.load(Ordering::Acquire)
    }

    fn begin_lease(&self) {
        self.lease.fetch_add(1, Ordering::AcqRel);
    }

    fn hold_until(&self, end: Instant) {
        *sync::write(&self.held_until) = Some(end);
    }

    /// Whether the own lease holds, by the clock that only counts.
    fn is_held(&self) -> bool {
        let end = *sync::read(&self.held_until);
        end.is_some_and(|end| Instant::now() < end)
    }

    fn does_chores(&self) -> bool {
        let view = self.view.borrow();
        self.is_held() && view.owner("chores") == Some(self.config.node.as_str())
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, status::Known> {
        sync::read(&self.condition)
    }

    /// Keeps an own message that JetStream has confirmed, so that it need not be fetched.
    fn keep_own(&self, sequence: u64, bytes: Bytes) {
        let applied = *self.applied.borrow();
        let mut own = sync::lock(&self.own);
        own.retain(|sequence, _| *sequence > applied);
        if sequence > applied {
            own.insert(sequence, bytes);
        }
    }

    /// Takes the own messages from this number on, as far as they follow each other.
    fn take_own(&self, from: u64) -> Vec<(u64, Bytes)> {
        let mut own = sync::lock(&self.own);
        let mut taken = Vec::new();
        while let Some(bytes) = own.remove(&(from + taken.len() as u64)) {
            taken.push((from + taken.len() as u64, bytes));
        }
        taken
    }

    /// Describes this node to the others.
    fn describe(&self) -> Member {
        Member {
            role: self.config.role.as_str().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: sync::read(&self.config_hash).clone(),
            sequence: *self.applied.borrow(),
            process: self.process.clone(),
            is_draining: self.is_draining.load(Ordering::Relaxed),
            is_fit: self.known().is_fit(),
            address: self.address.clone(),
        }
    }

    /// Notes that JetStream answered.
    fn reached(&self, part: Part) {
        let mut known = sync::write(&self.condition);
        let Some((since, _)) = known.away[part as usize].take() else {
            return;
        };
        if known.away().is_none() {
            let seconds = clock::now().duration_since(since).as_secs();
            info!("JetStream answers, after {seconds} s");
        }
    }

    /// Notes that JetStream did not answer; says so once.
    fn unreached(&self, part: Part, why: &ClusterError) {
        let mut known = sync::write(&self.condition);
        if known.away().is_none_or(|(_, said)| said == status::NOT_YET) {
            warn!(
                "{why}; polls wait, readers are served what is there, it is tried until it succeeds"
            );
        }
        let since = known.away[part as usize].take().map(|(since, _)| since);
        let since = since.unwrap_or_else(clock::now);
        known.away[part as usize] = Some((since, why.to_string()));
    }

    /// Notes that this store cannot follow the log any more; says so once.
    fn unfit(&self, why: &str) {
        let mut known = sync::write(&self.condition);
        if known.unfit.as_deref() != Some(why) {
            error!("{why}");
            known.unfit = Some(why.to_owned());
            self.renew.notify_one();
        }
    }
}

/// Makes up an identity of this process.
fn process(node: &str, now: Timestamp) -> String {
    let words = format!("{node} {} {}", std::process::id(), now.as_nanosecond());
    blake3::hash(words.as_bytes()).to_hex()[..16].to_owned()
}
