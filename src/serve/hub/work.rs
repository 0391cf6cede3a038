//! Work of our hub that takes time: it is begun as there is room for it, and its end is attended to.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::task::{Id, JoinError, spawn_blocking};
use tracing::{debug, error, info, warn};

use super::errand::Told;
use super::roster::{Started, Version};
use super::{Hub, MAX_ASKING, STORE_RETRY_AFTER, host, keep, later};
use crate::ingest::websub::hub::request::HubRequest;
use crate::ingest::websub::hub::retry;
use crate::model::{Mode, Subscriber, SubscriberKey, WebUrl};
use crate::serve::routes::channels::feed_of;

/// Time within which it is written what subscribers were told.
const WRITE_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// Time after which a subscriber is looked at again for which there was nothing to tell.
const UNREADY_WAIT: SignedDuration = SignedDuration::from_secs(10);

/// Failures in a row that are told in the log, and then no more.
const MAX_FAILURES_LOGGED: u32 = 3;

/// Bytes of a challenge.
const CHALLENGE_BYTES: usize = 32;

/// Work under way.
#[derive(Debug)]
pub(super) enum Work {
    /// A callback is asked whether it means this.
    Ask(Box<HubRequest>),
    /// A subscriber is told.
    Tell(Started),
    /// Subscribers are written.
    Write(BTreeSet<SubscriberKey>),
    /// The hub of somebody else is told.
    Ping(WebUrl),
}

/// End of work.
#[derive(Debug)]
pub(super) enum Done {
    /// Answer of a callback, and the version of the feed before it was asked.
    Asked(Result<Version, String>),
    Told(Told),
    Written(Result<(), String>),
    Pinged(Result<(), String>),
}

impl Hub {
    /// Begins work.
    pub(super) fn spawn(&mut self, work: Work, task: impl Future<Output = Done> + Send + 'static) {
        let task = self.tasks.spawn(task);
        self.works.insert(task.id(), work);
    }

    /// Begins the deliveries for which there are places.
    pub(super) fn start_deliveries(&mut self) {
        let Some(courier) = self.courier.clone() else {
            return;
        };
        while let Some((started, subscriber, feed)) = self.roster.start() {
            let courier = courier.clone();
            let telling = async move { Done::Told(courier.tell(&subscriber, &feed).await) };
            self.spawn(Work::Tell(started), telling);
        }
    }

    /// Asks callbacks, as many at a time as may be.
    pub(super) fn start_questions(&mut self, now: Timestamp) {
        let n_asking = self.works.values();
        let n_asking = n_asking.filter(|work| matches!(work, Work::Ask(_))).count();
        for _ in n_asking..MAX_ASKING {
            let Some(request) = self.questions.pop_front() else {
                return;
            };
            let (Some(courier), Some(challenge)) = (self.courier.clone(), challenge()) else {
                error!("the system gives no random numbers, nobody can subscribe");
                self.census.answered(&request.callback.host(), true, now);
                continue;
            };
            let (feed, asked) = (feed_of(&self.app, &request.topic), request.clone());
            let asking = async move {
                // What comes before the answer is news.
                let current = match &feed {
                    Some(feed) => courier.current(feed).await,
                    None => None,
                };
                let version = current.map(|(version, _)| version).unwrap_or_default();
                Done::Asked(courier.ask(&asked, &challenge).await.map(|()| version))
            };
            self.spawn(Work::Ask(Box::new(request)), asking);
        }
    }

    /// Attends to the end of work.
    pub(super) fn done(&mut self, ended: Result<(Id, Done), JoinError>, now: Timestamp) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(work) = self.works.remove(&id) else {
            return;
        };
        let done = match ended {
            Ok((_, done)) => done,
            Err(panic) => {
                error!("the hub panicked: {panic}; please report this");
                let why = "it panicked".to_owned();
                match &work {
                    Work::Ask(_) => Done::Asked(Err(why)),
                    Work::Tell(_) => Done::Told(Told::Failed(why, None)),
                    Work::Write(_) => Done::Written(Err(why)),
                    Work::Ping(_) => Done::Pinged(Err(why)),
                }
            }
        };
        match (work, done) {
            (Work::Ask(request), Done::Asked(answer)) => self.answered(*request, answer, now),
            (Work::Tell(started), Done::Told(told)) => self.told(&started, told, now),
            (Work::Write(keys), Done::Written(Err(why))) => {
                debug!("cannot write subscribers: {why}");
                self.unwritten.extend(keys);
                self.write_at = Some(later(now, STORE_RETRY_AFTER));
            }
            (Work::Ping(hub), Done::Pinged(result)) => self.pings.done(&hub, result, now),
            (Work::Ask(_) | Work::Tell(_) | Work::Write(_) | Work::Ping(_), _) => {}
        }
    }

    /// A callback has answered: the subscription begins, goes on with another lease, or ends.
    fn answered(&mut self, request: HubRequest, answer: Result<Version, String>, now: Timestamp) {
        let (host, topic) = (request.callback.host(), request.topic.as_str().to_owned());
        self.census.answered(&host, answer.is_ok(), now);
        let version = match answer {
            Ok(version) => version,
            Err(why) => {
                info!("{host} has not confirmed a request about {topic}: {why}");
                return;
            }
        };
        let key = SubscriberKey::of(&request.topic, &request.callback);
        if request.mode == Mode::Unsubscribe {
            info!("{host} does not subscribe to {topic} any more");
            return self.dismiss(&key, now);
        }
        let held = self.roster.get(&key).cloned();
        let subscriber = Subscriber {
            topic: request.topic,
            callback: request.callback,
            secret: request.secret,
            until: later(now, request.lease),
            version: match &held {
                Some(held) => held.version.clone(),
                None => version.tag,
            },
            changed: held.as_ref().map_or(version.changed, |held| held.changed),
            failures: held.as_ref().map_or(0, |held| held.failures),
            due: held.as_ref().and_then(|held| held.due),
        };
        info!("{host} subscribes to {topic} until {:.0}", subscriber.until);
        let feed = feed_of(&self.app, &subscriber.topic);
        if self.roster.add(subscriber, feed, Some(version.generation)) {
            self.census.add(&host);
            self.app.metrics.subscribers(self.roster.len());
        }
        self.write(key, now);
        self.offer_news(&key, now);
    }

    /// A subscriber has been told, or not.
    fn told(&mut self, started: &Started, told: Told, now: Timestamp) {
        let key = started.key;
        let has_answered = match &told {
            Told::Taken(_) | Told::Gone => Some(true),
            Told::Failed(..) => Some(false),
            Told::Held(_) | Told::Unready => None,
        };
        let outcome = match &told {
            Told::Taken(_) => Some("taken"),
            Told::Gone => Some("gone"),
            Told::Failed(..) => Some("failed"),
            Told::Held(_) | Told::Unready => None,
        };
        if let Some(outcome) = outcome {
            self.app.metrics.delivery(outcome);
        }
        let Some(subscriber) = self.roster.finish(started, has_answered, now) else {
            return;
        };
        match told {
            Told::Gone => {
                info!("{} does not want to be told any more", host(subscriber));
                self.dismiss(&key, now);
            }
            Told::Unready => self.roster.look_at(key, later(now, UNREADY_WAIT)),
            Told::Failed(why, retry_after) => {
                subscriber.failures = subscriber.failures.saturating_add(1);
                let then = later(now, retry(subscriber.failures, &key, retry_after));
                subscriber.due = Some(then);
                if subscriber.failures <= MAX_FAILURES_LOGGED {
                    let (host, topic) = (host(subscriber), subscriber.topic.as_str());
                    warn!("{host} was not told of {topic}: {why}; again at {then:.0}");
                }
                self.roster.look_at(key, then);
                self.write_soon(key, now);
            }
            Told::Taken(version) | Told::Held(version) => {
                (subscriber.failures, subscriber.due) = (0, None);
                (subscriber.version, subscriber.changed) = (version.tag, version.changed);
                self.roster.note(&key, version.generation);
                self.write_soon(key, now);
                self.offer_news(&key, now);
            }
        }
    }

    /// Offers a subscriber what came while it was told or asked.
    pub(super) fn offer_news(&mut self, key: &SubscriberKey, now: Timestamp) {
        let app = &self.app;
        if self
            .roster
            .lacks(key, |channel| app.store.generation(channel))
        {
            self.roster.offer(key, now);
        }
    }

    /// Writes a subscriber, or that it left, at once.
    pub(super) fn write(&mut self, key: SubscriberKey, now: Timestamp) {
        self.unwritten.insert(key);
        self.write_at = Some(now);
    }

    /// Writes a subscriber with others that change within a minute.
    fn write_soon(&mut self, key: SubscriberKey, now: Timestamp) {
        self.unwritten.insert(key);
        let soon = later(now, WRITE_WITHIN);
        self.write_at = Some(self.write_at.map_or(soon, |at| at.min(soon)));
    }

    /// Whether subscribers are being written: one frame at a time, so that none overtakes another.
    pub(super) fn is_writing(&self) -> bool {
        let mut works = self.works.values();
        works.any(|work| matches!(work, Work::Write(_)))
    }

    /// Writes those that are to be written by now.
    pub(super) fn start_write(&mut self, now: Timestamp) {
        if self.is_writing() || self.write_at.is_none_or(|at| at > now) {
            return;
        }
        self.write_at = None;
        let keys = self.unwritten.clone();
        let (kept, gone) = self.changes();
        let app = self.app.clone();
        let writing = async move {
            let written = spawn_blocking(move || keep(&app, kept, gone)).await;
            Done::Written(match written {
                Ok(written) => written,
                Err(panic) => Err(panic.to_string()),
            })
        };
        self.spawn(Work::Write(keys), writing);
    }

    /// Takes what is to be written: subscribers as they are, and the keys of those that left.
    pub(super) fn changes(&mut self) -> (Vec<Subscriber>, Vec<SubscriberKey>) {
        let keys = std::mem::take(&mut self.unwritten);
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for key in keys {
            match self.roster.get(&key) {
                Some(subscriber) => kept.push(subscriber.clone()),
                None => gone.push(key),
            }
        }
        (kept, gone)
    }
}

/// Makes a challenge that nobody can guess: 64 hexadecimal digits. `None` where the system has no
/// random numbers.
fn challenge() -> Option<String> {
    let mut bytes = [0; CHALLENGE_BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}
