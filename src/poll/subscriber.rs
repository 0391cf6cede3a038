//! The subscriber: which subscriptions there are, which of them are at work, and
//! when to look at them next. What to do then is decided by [`crate::ingest::websub`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};

use super::commit_queue::CommitQueue;
use super::pipeline::PollContext;
use super::pipeline::push::Push;
use crate::clock;
use crate::fetch::{self, FetchError, Post, Posted};
use crate::ingest::websub::request;
use crate::model::{
    CallbackToken, Commit, HubNotice, HubState, HubSubscription, Mode, Secret, SourceId,
};
use crate::store::StoreError;

/// Hubs that are asked, and subscriptions that are written, at the same time.
const MAX_ERRANDS: usize = 8;

/// Pushed documents that are read at the same time; the next ones wait where
/// they came in.
const MAX_PUSHES: usize = 2;

/// Time after which a write that failed is tried again.
const STORE_RETRY_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// All subscriptions.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    all: BTreeMap<SourceId, HubState>,
    by_key: HashMap<[u8; 8], SourceId>,
    /// Notices of hubs; `None` means that nobody hears them, and none is asked.
    notices: Option<mpsc::Receiver<HubNotice>>,
    agenda: BTreeSet<(Timestamp, SourceId)>,
    unwritten: BTreeSet<SourceId>,
    errands: HashMap<Id, SourceId>,
    pushes: HashMap<Id, SourceId>,
    /// A push to a source of which another is being read.
    held: Option<(SourceId, HubNotice)>,
    tasks: JoinSet<ErrandDone>,
}

/// Something that calls for the subscriber.
#[derive(Debug)]
pub(super) enum SubscriberEvent {
    /// A hub told us something.
    Heard(HubNotice),
    /// An errand or a push about this source has ended.
    Done(SourceId, ErrandDone),
    /// Panic of the task.
    Died(SourceId, JoinError),
}

/// Result of an errand or a push.
#[derive(Debug)]
pub(super) enum ErrandDone {
    /// The subscription is on disk.
    Kept,
    /// Not kept: nothing was asked.
    Unkept,
    /// The hub was asked.
    Asked(Result<Posted, FetchError>),
    /// A push was read.
    Pushed(Result<Pushed, StoreError>),
}

/// Result of a push.
#[derive(Debug)]
pub(super) enum Pushed {
    /// Written: on disk.
    Written {
        /// Entries that were not there.
        n_new: usize,
        /// Entries that were there, and are others now.
        n_changed: usize,
        /// Whether all of it could be used.
        is_whole: bool,
    },
    /// Not written: the store refused.
    Unwritten,
    /// Refused: not what the hub is there for.
    Doubtful(String),
}

impl Subscriber {
    /// Makes a subscriber that has these subscriptions, and hears no hub yet.
    pub(super) fn new(all: Vec<HubState>) -> Subscriber {
        let mut subscriber = Subscriber::default();
        for subscription in all {
            let key = CallbackToken::key_of(&subscription.source);
            subscriber.by_key.insert(key, subscription.source.clone());
            let source = subscription.source.clone();
            subscriber.all.insert(source, subscription);
        }
        subscriber
    }

    /// Takes over what the store has of subscriptions, as other nodes may have written it; but of those that are
    /// not written yet.
    pub(super) fn refresh(&mut self, all: Vec<HubState>) {
        for subscription in all {
            let source = &subscription.source;
            let is_busy = self.errands.values().any(|busy| busy == source);
            if self.unwritten.contains(source) || is_busy {
                continue;
            }
            let key = CallbackToken::key_of(source);
            self.by_key.insert(key, source.clone());
            self.all.insert(source.clone(), subscription);
        }
    }

    /// From now on, hubs are heard, and asked.
    pub(super) fn listen(&mut self, notices: mpsc::Receiver<HubNotice>) {
        self.notices = Some(notices);
    }

    /// Whether hubs are heard.
    pub(super) fn is_listening(&self) -> bool {
        self.notices.is_some()
    }

    /// Whether nothing is at work, and all is on disk.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.unwritten.is_empty()
    }

    /// Returns the state of a source's hub.
    pub(super) fn of(&self, source: &SourceId) -> Option<&HubState> {
        self.all.get(source)
    }

    /// Finds the source that a token belongs to.
    pub(super) fn owner(&self, token: &CallbackToken) -> Option<SourceId> {
        let source = self.by_key.get(&token.key())?;
        let contract = self.all.get(source)?.contract.as_ref()?;
        (contract.token == *token).then(|| source.clone())
    }

    /// Remembers what has become of a subscription; it is written when it is
    /// looked at next, which is at once.
    pub(super) fn keep(&mut self, subscription: HubState, now: Timestamp) {
        let source = subscription.source.clone();
        if self.all.get(&source) == Some(&subscription) {
            return;
        }
        let key = CallbackToken::key_of(&source);
        self.by_key.insert(key, source.clone());
        self.all.insert(source.clone(), subscription);
        self.unwritten.insert(source.clone());
        self.agenda.insert((now, source));
    }

    /// Marks every subscription to be looked at: the configuration is another one.
    pub(super) fn review(&mut self, now: Timestamp) {
        self.agenda = self
            .all
            .keys()
            .map(|source| (now, source.clone()))
            .collect();
    }

    /// This one is to be looked at then.
    pub(super) fn look_at(&mut self, source: SourceId, when: Timestamp) {
        self.agenda.insert((when, source));
    }

    /// Returns the next one that is to be looked at by now.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<SourceId> {
        while self.errands.len() < MAX_ERRANDS {
            let (when, source) = self.agenda.pop_first()?;
            if when > now {
                self.agenda.insert((when, source));
                return None;
            }
            // It is looked at again when its errand has ended.
            let is_busy = self.errands.values().any(|busy| *busy == source);
            if !is_busy {
                return Some(source);
            }
        }
        None
    }

    /// Returns the time to look at the next errand, if nothing happens before.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        let has_room = self.errands.len() < MAX_ERRANDS;
        self.agenda
            .first()
            .map(|(when, _)| *when)
            .filter(|_| has_room)
    }

    /// Writes a subscription, if it is not written.
    pub(super) fn write(&mut self, source: &SourceId, writer: &CommitQueue) {
        if !self.unwritten.remove(source) {
            return;
        }
        let Some(subscription) = self.all.get(source).cloned() else {
            return;
        };
        let writer = writer.clone();
        let task = self.tasks.spawn(async move {
            match writer
                .write(Commit::of_hub(clock::now(), subscription), None)
                .await
            {
                Ok(()) => ErrandDone::Kept,
                Err(_) => ErrandDone::Unkept,
            }
        });
        self.errands.insert(task.id(), source.clone());
    }

    /// Writes a subscription, and asks its hub.
    pub(super) fn ask(
        &mut self,
        source: &SourceId,
        mode: Mode,
        tools: PollContext,
        writer: &CommitQueue,
    ) {
        self.unwritten.remove(source);
        let Some(subscription) = self.all.get(source).cloned() else {
            return;
        };
        let Some(contract) = subscription.contract.clone() else {
            return;
        };
        let (source_id, writer) = (source.clone(), writer.clone());
        let task = self.tasks.spawn(async move {
            // A hub may verify before it answers: we have to know by then.
            match writer
                .write(Commit::of_hub(clock::now(), subscription), None)
                .await
            {
                Ok(()) => ErrandDone::Asked(tools.ask(&source_id, &contract, mode).await),
                Err(_) => ErrandDone::Unkept,
            }
        });
        self.errands.insert(task.id(), source.clone());
    }

    /// Reads what was pushed: `reading` does that.
    pub(super) fn take(
        &mut self,
        source: &SourceId,
        writer: &CommitQueue,
        reading: impl Future<Output = Result<Push, StoreError>> + Send + 'static,
    ) {
        let writer = writer.clone();
        let task = self.tasks.spawn(async move {
            match reading.await {
                Ok(push) => ErrandDone::Pushed(Ok(settle(push, &writer).await)),
                Err(why) => ErrandDone::Pushed(Err(why)),
            }
        });
        self.pushes.insert(task.id(), source.clone());
    }

    /// Whether a push to this source is being read. What it brings is not on disk
    /// yet, so that the same in another one would count as new.
    pub(super) fn is_reading(&self, source: &SourceId) -> bool {
        self.pushes.values().any(|busy| busy == source)
    }

    /// This notice is an event once more when the push at hand has been read; the
    /// next ones wait behind it.
    pub(super) fn hold(&mut self, source: SourceId, notice: HubNotice) {
        self.held = Some((source, notice));
    }

    /// Waits for the next event; for ever, if there cannot be one.
    pub(super) async fn next(&mut self) -> SubscriberEvent {
        loop {
            let held = self.held.take();
            self.held = match held {
                Some((source, notice)) if !self.is_reading(&source) => {
                    return SubscriberEvent::Heard(notice);
                }
                held => held,
            };
            let may_take = self.pushes.len() < MAX_PUSHES && self.held.is_none();
            let done = tokio::select! {
                Some(done) = self.tasks.join_next_with_id() => done,
                Some(notice) = hear(&mut self.notices), if may_take => return SubscriberEvent::Heard(notice),
                else => std::future::pending().await,
            };
            let task = done.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
            let source = self
                .errands
                .remove(&task)
                .or_else(|| self.pushes.remove(&task));
            if let Some(source) = source {
                return match done {
                    Ok((_, done)) => self.ended(source, done),
                    Err(panic) => SubscriberEvent::Died(source, panic),
                };
            }
        }
    }

    fn ended(&mut self, source: SourceId, done: ErrandDone) -> SubscriberEvent {
        let now = clock::now();
        match &done {
            // One that only polls once tries once.
            ErrandDone::Unkept if !self.is_listening() => {}
            ErrandDone::Unkept => {
                self.unwritten.insert(source.clone());
                let later = now.checked_add(STORE_RETRY_AFTER).unwrap_or(now);
                self.look_at(source.clone(), later);
            }
            ErrandDone::Kept | ErrandDone::Asked(_) => self.look_at(source.clone(), now),
            ErrandDone::Pushed(_) => {}
        }
        SubscriberEvent::Done(source, done)
    }

    /// Ends what is at work.
    pub(super) async fn shutdown(&mut self) {
        self.tasks.shutdown().await;
    }
}

impl PollContext {
    async fn ask(
        &self,
        source: &SourceId,
        contract: &HubSubscription,
        mode: Mode,
    ) -> Result<Posted, FetchError> {
        let host = contract.hub.host();
        let spacing = self.config.host(&host).spacing;
        self.hosts.take_turn(&host, spacing).await;
        let contact = self.config.server.contact.as_deref();
        let user_agent = fetch::user_agent(contact, source);
        let form = request::form(contract, mode);
        let post = Post {
            url: &contract.hub,
            body: form.into(),
            content_type: "application/x-www-form-urlencoded",
            headers: &[],
            user_agent: &user_agent,
            timeout: self.config.http.timeout,
        };
        self.client.post(post, clock::now()).await
    }
}

/// Makes the token and the secret of a new subscription, known to the hub and nobody else; `None`
/// where the system has no random numbers.
pub(super) fn credentials(source: &SourceId) -> Option<(CallbackToken, Secret)> {
    let random = SystemRandom::new();
    let (mut token, mut secret) = ([0; 16], [0; 32]);
    random.fill(&mut token).ok()?;
    random.fill(&mut secret).ok()?;
    Some((CallbackToken::new(source, token), Secret::new(secret)))
}

/// Returns the next notice; none for ever, if nobody sends any.
async fn hear(notices: &mut Option<mpsc::Receiver<HubNotice>>) -> Option<HubNotice> {
    notices.as_mut()?.recv().await
}

async fn settle(push: Push, writer: &CommitQueue) -> Pushed {
    let (commit, is_whole) = match push {
        Push::Taken { commit, is_whole } => (commit, is_whole),
        Push::Doubtful(why) => return Pushed::Doubtful(why),
    };
    let n_all = commit.upserts.len();
    let n_new = commit.n_new();
    match writer.write(*commit, None).await {
        Ok(()) => Pushed::Written {
            n_new,
            n_changed: n_all - n_new,
            is_whole,
        },
        Err(_) => Pushed::Unwritten,
    }
}
