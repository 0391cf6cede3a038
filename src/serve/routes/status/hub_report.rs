//! Hubs (WebSub) in status reports: those of sources, with the later polls they make possible, and our
//! own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Config;
use crate::ingest::websub::trust;
use crate::model::{HubState, Mode, SourceId, SourceState, Subscriber};
use crate::store::{Store, StoreError};

/// States and hub states of all sources that have one, by source.
pub type Outlook = (
    BTreeMap<SourceId, SourceState>,
    BTreeMap<SourceId, HubState>,
);

/// State of a source's hub, as JSON. The token and the secret stay between us and the hub.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct HubPush {
    state: &'static str,
    hub: String,
    topic: String,
    until: Option<String>,
    received: Option<String>,
    /// Whether the hub is trusted, so that polls are rarer.
    trusted: bool,
    trouble: Option<String>,
}

/// Reads the states and hub states of all sources, `due` being put off already where a
/// trusted hub pushes.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub fn outlook(store: &Store, config: &Config) -> Result<Outlook, StoreError> {
    outlook_of(store.states()?, store, config)
}

/// Adds the hub states to the states of sources, whose `due` is put off as in [`outlook`].
pub(super) fn outlook_of(
    mut states: BTreeMap<SourceId, SourceState>,
    store: &Store,
    config: &Config,
) -> Result<Outlook, StoreError> {
    let subscriptions = store.subscriptions()?.into_iter();
    let subscriptions: BTreeMap<SourceId, HubState> = subscriptions
        .map(|subscription| (subscription.source.clone(), subscription))
        .collect();
    for (id, subscription) in &subscriptions {
        let source = config.sources.get(id);
        let source = source.filter(|source| config.may_be_pushed(source));
        let (Some(source), Some(state)) = (source, states.get_mut(id)) else {
            continue;
        };
        let (polled, contract) = (state.polled, subscription.contract.as_ref());
        let pace = (source.interval, source.max_interval);
        let due = state.due;
        state.due = due.map(|due| trust::due(due, polled, pace.0, pace.1, contract));
    }
    Ok((states, subscriptions))
}

/// State of our own hub as JSON, as the store knows it: at most a minute old.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct SubscriberReport {
    /// Subscriptions whose lease is running.
    subscribers: usize,
    /// Subscriptions among them whose last delivery failed.
    failing: usize,
}

impl SubscriberReport {
    /// Counts subscribers.
    pub(in crate::serve) fn of(all: &[Subscriber], now: Timestamp) -> SubscriberReport {
        let running = || all.iter().filter(|subscriber| subscriber.until > now);
        SubscriberReport {
            subscribers: running().count(),
            failing: running().filter(|one| one.failures > 0).count(),
        }
    }
}

impl HubPush {
    /// Reports on the hub of a source; `None` if none was discovered.
    pub(in crate::serve) fn of(subscription: &HubState) -> Option<HubPush> {
        let contract = subscription.contract.as_ref();
        let offer = subscription.offer.as_ref();
        let hub = contract.map(|contract| &contract.hub);
        let hub = hub.or_else(|| offer?.hubs.first())?;
        let topic = contract.map(|contract| &contract.topic);
        let topic = topic.or_else(|| Some(&offer?.topic))?;
        let lease = contract.and_then(|contract| contract.lease);
        let pending = contract.and_then(|contract| contract.pending);
        let state = match (lease, pending.map(|pending| pending.mode)) {
            (_, Some(Mode::Unsubscribe)) => "ending",
            (Some(_), _) => "active",
            (None, Some(Mode::Subscribe)) => "pending",
            (None, None) => "off",
        };
        let received = contract.and_then(|contract| contract.received);
        Some(HubPush {
            state,
            hub: hub.to_string(),
            topic: topic.as_str().to_owned(),
            until: lease.map(|lease| lease.until.to_string()),
            received: received.map(|at| at.to_string()),
            trusted: contract.is_some_and(trust::is_trusted),
            trouble: subscription.trouble.clone(),
        })
    }
}
