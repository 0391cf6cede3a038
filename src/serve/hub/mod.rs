//! Our own hub (WebSub, W3C Recommendation of January 2018): who subscribes to our feeds is told as
//! soon as they change.
//!
//! ```text
//!   POST /hub ─▶ routes::hub ─▶ Hub ─▶ census       is there room for one more of theirs?
//!                                │ ──▶ errand::ask   does the callback mean it?           (network)
//!                                │ ──▶ Store::keep_subscribers                             (disk)
//!   Store::commits ─────────────▶│ ──▶ roster, lanes who is to be told, and whose turn it is
//!                                │ ──▶ errand::tell  the feed as readers get it, signed   (network)
//!                                └ ──▶ ping          hubs of others
//! ```
//!
//! A subscriber is told the newest version only, however many it missed. What it was told last is
//! written within a minute, so that after a restart those are told that lack something.

mod errand;
mod lanes;
mod ping;
mod roster;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info};

use crate::clock;
use crate::cluster::Cluster;
use crate::config::{Config, Http};
use crate::fetch::Client;
use crate::ingest::websub::hub::MAX_LEASE;
use crate::ingest::websub::hub::census::{Census, Refusal};
use crate::ingest::websub::hub::request::HubRequest;
use crate::model::{ChannelId, LogOp, Mode, Subscriber, SubscriberKey};
use crate::serve::app::{App, HubCall, HubRefusal};
use crate::serve::routes::channels::{Feed, feed_of};
use errand::Courier;
use ping::Pings;
use roster::Roster;
use work::{Done, Work};

/// Requests that the hub has not looked at yet; the next one waits at the door.
const MAX_CALLS: usize = 64;

/// Callbacks that are asked at the same time whether they mean it; so few, and those that do not answer
/// take ten seconds each, so that nobody can make much noise through us.
const MAX_ASKING: usize = 64;

/// Longest time between two looks at what there is to do.
const MAX_SLEEP: Duration = Duration::from_secs(3600);

/// Time after which a store that could not be read or written is tried again.
const STORE_RETRY_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Hub: state of all subscriptions, and the work under way.
pub struct Hub {
    app: App,
    calls: mpsc::Receiver<HubCall>,
    courier: Option<Courier>,
    /// Settings that the courier's client was made from.
    http: Option<Http>,
    census: Census,
    roster: Roster,
    /// Whether the store has been read.
    is_loaded: bool,
    /// Changes of subscribers that other nodes make, in a cluster.
    others: Option<watch::Receiver<u64>>,
    /// Whether this node tells subscribers; one of a cluster does.
    is_telling: bool,
    /// Requests that wait for a place to be asked.
    questions: VecDeque<HubRequest>,
    /// Generation of each channel that was looked at last.
    seen: BTreeMap<ChannelId, u64>,
    /// Subscribers that the store knows otherwise, or not at all, or that it still knows.
    unwritten: BTreeSet<SubscriberKey>,
    /// Time at which to write them.
    write_at: Option<Timestamp>,
    pings: Pings,
    works: HashMap<Id, Work>,
    tasks: JoinSet<Done>,
}

impl Hub {
    /// Opens a hub for the feeds of `app`; returns both. It works while [`Hub::run`] does.
    #[must_use]
    pub fn open(app: App) -> (App, Hub) {
        let (sender, calls) = mpsc::channel(MAX_CALLS);
        let app = app.hosting(sender);
        let hub = Hub {
            others: app.cluster.as_ref().map(Cluster::subscribers),
            is_telling: app.cluster.is_none(),
            app: app.clone(),
            calls,
            courier: None,
            http: None,
            census: Census::default(),
            roster: Roster::default(),
            is_loaded: false,
            questions: VecDeque::new(),
            seen: BTreeMap::new(),
            unwritten: BTreeSet::new(),
            write_at: None,
            pings: Pings::default(),
            works: HashMap::new(),
            tasks: JoinSet::new(),
        };
        (app, hub)
    }

    /// Takes requests and tells subscribers until `stop`; then what they have been told is written.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut commits = self.app.store.commits();
        let mut configs = self.app.configs();
        self.configure();
        self.pings.begin(&self.app);
        loop {
            let now = clock::now();
            self.look(now).await;
            let sleep = self.sleep(now);
            tokio::select! {
                () = stop.cancelled() => break,
                Some(call) = self.calls.recv() => self.hear(call, clock::now()),
                Some(done) = self.tasks.join_next_with_id() => self.done(done, clock::now()),
                Ok(()) = commits.changed() => self.news(clock::now()),
                () = written(&mut self.others) => {}
                Ok(()) = configs.changed() => self.configure(),
                () = tokio::time::sleep(sleep) => {}
            }
        }
        self.tasks.shutdown().await;
        // One that was being written may be so or not: twice does no harm.
        let works = std::mem::take(&mut self.works);
        for work in works.into_values() {
            if let Work::Write(keys) = work {
                self.unwritten.extend(keys);
            }
        }
        let (kept, gone) = self.changes();
        let app = self.app.clone();
        if app.cluster.is_some() && kept.is_empty() && gone.is_empty() {
            return;
        }
        let written = spawn_blocking(move || keep(&app, kept, gone)).await;
        if let Ok(Err(why)) = written {
            debug!("cannot write what subscribers were told: {why}");
        }
    }

    /// Follows the configuration: another client, other feeds.
    fn configure(&mut self) {
        let config = self.app.config();
        if self.http.as_ref() != Some(&config.http) {
            match Client::new(&config.http) {
                Ok(client) => {
                    self.courier = Some(Courier::new(self.app.clone(), client, &config));
                    self.http = Some(config.http.clone());
                }
                Err(why) => error!("the hub cannot ask anybody: {why}"),
            }
        }
        let app = &self.app;
        self.roster.assign(|topic| feed_of(app, topic));
        self.pings.configure(&config);
        // Another title is news as well.
        self.seen.clear();
        self.news(clock::now());
    }

    /// Does what is due.
    async fn look(&mut self, now: Timestamp) {
        self.share();
        if !self.is_loaded {
            self.load(now).await;
        }
        let app = self.app.clone();
        while let Some(key) = self.roster.due(now) {
            let Some(subscriber) = self.roster.get(&key) else {
                continue;
            };
            if subscriber.until <= now {
                info!(
                    "the subscription of {} to {} is over",
                    host(subscriber),
                    subscriber.topic.as_str()
                );
                self.dismiss(&key, now);
            } else if self
                .roster
                .lacks(&key, |channel| app.store.generation(channel))
            {
                self.roster.offer(&key, now);
            }
        }
        if self.config().server.hub {
            if self.is_telling {
                self.start_deliveries();
            }
            self.start_questions(now);
        }
        self.start_write(now);
        if let Some(courier) = self.courier.clone().filter(|_| self.is_telling) {
            for (hub, form) in self.pings.due(&self.app, now) {
                let (courier, url) = (courier.clone(), hub.clone());
                let ping = async move { Done::Pinged(courier.ping(&url, form).await) };
                self.spawn(Work::Ping(hub), ping);
            }
        }
    }

    /// In a cluster: takes over what others have written of subscribers, and tells these if that is this node's
    /// part now.
    fn share(&mut self) {
        let (Some(cluster), Some(others)) = (&self.app.cluster, &mut self.others) else {
            return;
        };
        let is_telling = cluster.does_chores();
        let begins = is_telling && !self.is_telling;
        self.is_telling = is_telling;
        if others.has_changed().unwrap_or(false) || begins {
            others.mark_unchanged();
            self.is_loaded = false;
        }
    }

    /// Returns the time until something is due.
    fn sleep(&self, now: Timestamp) -> Duration {
        let unread = (!self.is_loaded).then(|| later(now, STORE_RETRY_AFTER));
        let write_at = self.write_at.filter(|_| !self.is_writing());
        let ping_at = self.courier.as_ref().and_then(|_| self.pings.wake());
        let wakes = [self.roster.wake(), write_at, unread, ping_at];
        let next = wakes.into_iter().flatten().min();
        let left = next.map(|then| then.duration_since(now).max(SignedDuration::ZERO));
        let left = left.and_then(|left| Duration::try_from(left).ok());
        left.unwrap_or(MAX_SLEEP).min(MAX_SLEEP)
    }

    /// Reads who subscribed before the start. Who lacks nothing is not told; a lease that a fast clock
    /// made too long is cut.
    async fn load(&mut self, now: Timestamp) {
        let app = self.app.clone();
        let read = spawn_blocking(move || read(&app)).await;
        let Ok(Ok(found)) = read else {
            return;
        };
        self.is_loaded = true;
        let keys: BTreeSet<SubscriberKey> = found.iter().map(|(one, ..)| one.key()).collect();
        for key in self.roster.keys() {
            if !keys.contains(&key) && !self.unwritten.contains(&key) {
                self.forget(&key);
            }
        }
        for (mut subscriber, feed, generation) in found {
            subscriber.until = subscriber.until.min(later(now, MAX_LEASE));
            subscriber.due = None;
            let (key, host) = (subscriber.key(), host(&subscriber));
            if let Some((channel, _)) = &feed {
                let generation = self.app.store.generation(channel);
                self.seen.insert(channel.clone(), generation);
            }
            if self.roster.add(subscriber, feed, generation) {
                self.census.add(&host);
            }
            self.offer_news(&key, now);
        }
        self.app.metrics.subscribers(self.roster.len());
    }

    /// Looks for channels that have changed, and offers them to their subscribers.
    fn news(&mut self, now: Timestamp) {
        let channels: Vec<ChannelId> = self.roster.channels().cloned().collect();
        for channel in channels {
            let generation = self.app.store.generation(&channel);
            if self.seen.insert(channel.clone(), generation) != Some(generation) {
                self.roster.offer_all(&channel, now);
            }
        }
        self.pings.news(&self.app);
    }

    /// Answers a request; one that is taken will be asked about.
    fn hear(&mut self, call: HubCall, now: Timestamp) {
        let taken = self.admit(&call.request, now);
        if taken.is_ok() {
            self.questions.push_back(call.request);
        }
        // Who asked may have left.
        let _ = call.reply.send(taken);
    }

    fn admit(&mut self, request: &HubRequest, now: Timestamp) -> Result<(), HubRefusal> {
        let refuse = |status, why: String| Err(HubRefusal { status, why });
        let Some(courier) = self.courier.as_ref().filter(|_| self.is_loaded) else {
            let why = "this hub is not ready yet".to_owned();
            return refuse(StatusCode::SERVICE_UNAVAILABLE, why);
        };
        let key = SubscriberKey::of(&request.topic, &request.callback);
        let is_known = self.roster.contains(&key);
        let is_ours = feed_of(&self.app, &request.topic).is_some();
        // A feed that is gone may still be left.
        let is_leaving = is_known && request.mode == Mode::Unsubscribe;
        if !is_ours && !is_leaving {
            let why = "hub.topic is no feed of this site".to_owned();
            return refuse(StatusCode::NOT_FOUND, why);
        }
        if let Err(why) = courier.judge(&request.callback) {
            return refuse(StatusCode::FORBIDDEN, format!("hub.callback: {why}"));
        }
        let is_new = !is_known && request.mode == Mode::Subscribe;
        match self.census.ask(&request.callback.host(), is_new, now) {
            Ok(()) => Ok(()),
            Err(why @ Refusal::Full) => refuse(StatusCode::SERVICE_UNAVAILABLE, why.to_string()),
            Err(why) => refuse(StatusCode::TOO_MANY_REQUESTS, why.to_string()),
        }
    }

    /// Ends a subscription.
    fn dismiss(&mut self, key: &SubscriberKey, now: Timestamp) {
        if self.forget(key) {
            self.write(*key, now);
        }
    }

    /// Takes a subscriber off the roster; returns whether it was there.
    fn forget(&mut self, key: &SubscriberKey) -> bool {
        let host = self.roster.remove(key);
        if let Some(host) = &host {
            self.census.remove(host);
            self.app.metrics.subscribers(self.roster.len());
        }
        host.is_some()
    }

    fn config(&self) -> Arc<Config> {
        self.app.config()
    }
}

/// Waits until other nodes have written subscribers; for ever without a cluster.
async fn written(others: &mut Option<watch::Receiver<u64>>) {
    if let Some(others) = others
        && others.changed().await.is_ok()
    {
        return others.mark_changed();
    }
    std::future::pending().await
}

/// Writes subscribers into this store, or those of all nodes. Blocks.
fn keep(app: &App, kept: Vec<Subscriber>, gone: Vec<SubscriberKey>) -> Result<(), String> {
    match &app.cluster {
        Some(cluster) => {
            let submitted = cluster.submit_blocking(LogOp::Subscribers { kept, gone });
            submitted.map(drop).map_err(|why| why.to_string())
        }
        None => {
            let written = app.store.keep_subscribers(&kept, &gone);
            written.map_err(|why| why.to_string())
        }
    }
}

/// Subscriber as the store knows it, the feed of its topic, and the generation that it has of it.
type Found = (Subscriber, Option<Feed>, Option<u64>);

/// Reads all subscribers, and compares what they were told last with what there is.
fn read(app: &App) -> Result<Vec<Found>, crate::store::StoreError> {
    let mut changes: BTreeMap<ChannelId, Option<Timestamp>> = BTreeMap::new();
    let mut found = Vec::new();
    for subscriber in app.store.subscribers()? {
        let feed = feed_of(app, &subscriber.topic);
        let mut generation = None;
        if let Some((channel, _)) = &feed {
            let now = app.store.generation(channel);
            let changed = match changes.get(channel) {
                Some(changed) => *changed,
                None => app.store.changed(channel)?,
            };
            changes.insert(channel.clone(), changed);
            generation = (changed == subscriber.changed).then_some(now);
        }
        found.push((subscriber, feed, generation));
    }
    Ok(found)
}

fn host(subscriber: &Subscriber) -> String {
    subscriber.callback.host()
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
