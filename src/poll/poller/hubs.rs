//! Hubs in the loop: subscriptions are tended beside the polls, and polls are rarer while
//! pushes come.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{Poller, RunMode};
use crate::clock;
use crate::config::{Config, Source};
use crate::ingest::websub;
use crate::ingest::websub::{HubAction, Wish, trust};
use crate::model::{HubNotice, HubState, HubSubscription, Mode, SourceId, SourceState};
use crate::poll::commit_queue::CommitQueue;
use crate::poll::pipeline::Poll;
use crate::poll::pipeline::task::PollDone;
use crate::poll::subscriber;
use crate::poll::subscriber::{Pushed, SubscriberEvent, credentials};

impl Poller {
    /// Makes a poller that subscribes to hubs as well: what they say comes by `notices`.
    #[must_use]
    pub fn listening(mut self, notices: mpsc::Receiver<HubNotice>) -> Poller {
        self.subscriber.listen(notices);
        self
    }

    /// Looks at the subscriptions that are due.
    pub(super) fn tend(&mut self, writer: &CommitQueue, now: Timestamp) {
        if !self.may_begin() {
            return;
        }
        while let Some(source) = self.subscriber.next_due(now) {
            self.tend_one(&source, writer, now);
        }
    }

    fn tend_one(&mut self, source: &SourceId, writer: &CommitQueue, now: Timestamp) {
        let Some(before) = self.subscriber.of(source).cloned() else {
            return;
        };
        if !self.tends(source) {
            return self.subscriber.write(source, writer);
        }
        let mut subscription = websub::age(&before, now).unwrap_or_else(|| before.clone());
        let has_lapsed = lease_of(&before).is_some() && lease_of(&subscription).is_none();
        let config = Arc::clone(&self.config.borrow());
        let ask = match self.subscriber.is_listening() {
            true => self.decide(&mut subscription, &config, now),
            false => None,
        };
        if let Some(why) = &subscription.trouble
            && subscription.trouble != before.trouble
        {
            warn!(source.id = %source, "{source}: {why}");
        }
        self.subscriber.keep(subscription, now);
        match ask {
            Some(mode) => {
                let context = self.context(&config);
                self.subscriber.ask(source, mode, context, writer);
            }
            None => self.subscriber.write(source, writer),
        }
        if has_lapsed && self.subscriber.is_listening() {
            warn!(source.id = %source, "{source}: the hub's promise to push has ended");
            self.fill_queue(RunMode::Forever, now);
        }
    }

    /// Decides what to ask of the hub now, if anything; puts the next look into the agenda.
    fn decide(
        &mut self,
        subscription: &mut HubState,
        config: &Config,
        now: Timestamp,
    ) -> Option<Mode> {
        let source = config.sources.get(&subscription.source);
        let is_wished = source.is_some_and(|source| config.may_be_pushed(source));
        let wish = if is_wished { Wish::Push } else { Wish::Poll };
        // Under another public_url, the hub would call in vain.
        let has_moved = |contract: &HubSubscription| {
            let callback = config.callback(&contract.token);
            callback.as_ref() != Some(&contract.callback)
        };
        if wish == Wish::Push && subscription.contract.as_ref().is_some_and(has_moved) {
            (subscription.contract, subscription.due) = (None, None);
        }
        let mode = match websub::step(subscription, wish, now) {
            HubAction::Rest(next) => {
                let end = lease_of(subscription);
                let next = next.into_iter().chain(end).min();
                if let Some(next) = next {
                    self.subscriber.look_at(subscription.source.clone(), next);
                }
                return None;
            }
            HubAction::Forget => {
                subscription.contract = None;
                return None;
            }
            HubAction::Ask(mode) => mode,
            HubAction::Begin(hub) => {
                let Some((token, secret)) = credentials(&subscription.source) else {
                    error!("the system gives no random numbers, hubs are not asked");
                    return None;
                };
                let topic = subscription.offer.as_ref()?.topic.clone();
                let callback = config.callback(&token)?;
                let contract = HubSubscription::new(topic, hub, (callback, token), secret);
                subscription.contract = Some(contract);
                Mode::Subscribe
            }
        };
        websub::asked(subscription, mode, now);
        Some(mode)
    }

    /// Something happened that has to do with hubs.
    pub(super) fn hear(&mut self, event: SubscriberEvent, writer: &CommitQueue) {
        let now = clock::now();
        match event {
            SubscriberEvent::Heard(notice) => self.heard(notice, writer, now),
            SubscriberEvent::Done(source, subscriber::ErrandDone::Asked(asked)) => {
                let why = match asked {
                    Ok(posted) if (200..300).contains(&posted.status) => return,
                    Ok(posted) => {
                        let why = format!("it answered {} {}", posted.status, posted.reason);
                        (why.trim_end().to_owned(), posted.retry_after)
                    }
                    Err(error) => (error.to_string(), error.retry_after()),
                };
                self.refused(&source, why, now);
            }
            SubscriberEvent::Done(source, subscriber::ErrandDone::Pushed(pushed)) => {
                self.pushed(&source, pushed, now)
            }
            SubscriberEvent::Done(
                _,
                subscriber::ErrandDone::Kept | subscriber::ErrandDone::Unkept,
            ) => {}
            SubscriberEvent::Died(source, panic) => {
                error!("{source}: reading a push panicked: {panic}; please report this");
                self.doubt(source, now);
            }
        }
    }

    fn heard(&mut self, notice: HubNotice, writer: &CommitQueue, now: Timestamp) {
        let (HubNotice::Confirmed { token, .. }
        | HubNotice::Denied { token, .. }
        | HubNotice::Pushed { token, .. }) = &notice;
        let Some(source) = self.subscriber.owner(token) else {
            return;
        };
        let Some(mut subscription) = self.subscriber.of(&source).cloned() else {
            return;
        };
        let is_push = matches!(notice, HubNotice::Pushed { .. });
        if is_push && self.subscriber.is_reading(&source) {
            return self.subscriber.hold(source, notice);
        }
        match notice {
            HubNotice::Confirmed {
                mode,
                lease_seconds,
                ..
            } => {
                let hub = subscription.contract.as_ref().map(|c| c.hub.host());
                let hub = hub.unwrap_or_default();
                websub::confirmed(&mut subscription, mode, lease_seconds, now);
                match lease_of(&subscription) {
                    Some(until) => {
                        info!(source.id = %source, "{source}: {hub} pushes until {until:.0}");
                    }
                    None => info!(source.id = %source, "{source}: {hub} does not push any more"),
                }
                self.subscriber.keep(subscription, now);
            }
            HubNotice::Denied { reason, .. } => {
                websub::denied(&mut subscription, reason.as_deref(), now);
                let why = subscription.trouble.clone().unwrap_or_default();
                warn!(source.id = %source, "{source}: {why}; it is polled as if it had no hub");
                self.subscriber.keep(subscription, now);
                self.fill_queue(RunMode::Forever, now);
            }
            HubNotice::Pushed { document, .. } => {
                let config = Arc::clone(&self.config.borrow());
                let (Some(declared), Some(contract)) =
                    (config.sources.get(&source), subscription.contract)
                else {
                    return;
                };
                let context = self.context(&config);
                self.latest(&source);
                let before = self.states.get(&source).cloned().unwrap_or_default();
                let declared = Arc::clone(declared);
                let push = Poll::of_push(context, declared, before, now);
                let reading = async move { push.push(&contract.topic, document).await };
                self.subscriber.take(&source, writer, reading);
            }
        }
    }

    fn refused(
        &mut self,
        source: &SourceId,
        (why, retry_after): (String, Option<std::time::Duration>),
        now: Timestamp,
    ) {
        let Some(mut subscription) = self.subscriber.of(source).cloned() else {
            return;
        };
        let hub = subscription.contract.as_ref().map(|c| c.hub.to_string());
        let hub = hub.unwrap_or_default();
        warn!(source.id = %source, "{source}: the hub {hub} does not take our request: {why}");
        websub::refused(&mut subscription, why, retry_after, now);
        self.subscriber.keep(subscription, now);
    }

    fn pushed(
        &mut self,
        source: &SourceId,
        pushed: Result<Pushed, crate::store::StoreError>,
        now: Timestamp,
    ) {
        match pushed {
            Ok(Pushed::Written {
                n_new,
                n_changed,
                is_whole,
            }) => {
                info!(
                    source.id = %source,
                    items.new = n_new,
                    items.changed = n_changed,
                    "{source}: pushed"
                );
                if let Some(mut subscription) = self.subscriber.of(source).cloned() {
                    if let Some(contract) = &mut subscription.contract {
                        trust::pushed(contract, n_new, now);
                    }
                    self.subscriber.keep(subscription, now);
                }
                if is_whole {
                    return;
                }
            }
            Ok(Pushed::Doubtful(why)) => warn!(
                source.id = %source,
                "{source}: what the hub pushed is doubtful: {why}; asking the source itself"
            ),
            Ok(Pushed::Unwritten) => {}
            Err(why) => error!("cannot read the store: {why}"),
        }
        self.doubt(source.clone(), now);
    }

    /// Makes the source itself be asked, as soon as its floor allows.
    fn doubt(&mut self, source: SourceId, now: Timestamp) {
        if self.doubted.insert(source) {
            self.fill_queue(RunMode::Forever, now);
        }
    }

    /// Judges a poll for the source's hub; to be called while what was known of the source before
    /// is still known.
    pub(super) fn weigh(&mut self, source: &SourceId, poll: &PollDone) {
        self.doubted.remove(source);
        let held = self.subscriber.of(source).cloned();
        let is_known = held.is_some();
        let mut subscription = held.unwrap_or_else(|| HubState::new(source.clone()));
        if let Some(contract) = &mut subscription.contract {
            let before = self.states.get(source).and_then(|state| state.polled);
            trust::polled(contract, before, poll.begun, poll.n_new);
        }
        if let Some(offer) = &poll.hubs {
            subscription.offer.clone_from(offer);
        }
        if is_known || subscription.offer.is_some() {
            self.subscriber.keep(subscription, clock::now());
        }
    }

    /// Returns the state of a source. A push counts as news: the source is not quiet.
    pub(super) fn known(&self, source: &SourceId) -> SourceState {
        let mut state = self.states.get(source).cloned().unwrap_or_default();
        let contract = self.subscriber.of(source).and_then(|s| s.contract.as_ref());
        let received = contract.and_then(|contract| contract.received);
        state.news = state.news.max(received);
        state
    }

    /// Returns the time a source is due; with hubs that push, later than without.
    pub(super) fn due(
        &self,
        source: &Source,
        state: Option<&SourceState>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let due = super::clock_check::due(source, state, now)?;
        let polled = state.and_then(|state| state.polled);
        if self.doubted.contains(&source.id) {
            let floor = polled.and_then(|polled| polled.checked_add(source.min_interval).ok());
            return Some(due.min(floor.unwrap_or(now).max(now)));
        }
        let is_heard = self.subscriber.is_listening() && self.config.borrow().may_be_pushed(source);
        let contract = self
            .subscriber
            .of(&source.id)
            .and_then(|s| s.contract.as_ref());
        let contract = contract.filter(|_| is_heard);
        let (interval, longest) = (source.interval, source.max_interval);
        Some(trust::due(due, polled, interval, longest, contract))
    }
}

fn lease_of(subscription: &HubState) -> Option<Timestamp> {
    let contract = subscription.contract.as_ref()?;
    contract.lease.map(|lease| lease.until)
}
