//! Hubs (WebSub) in status reports: those of sources, with the later polls they make possible, and our
//! own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::{Config, Source};
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
    let mut outlook = (store.states()?, subscriptions(store)?);
    put_off(&mut outlook, config);
    Ok(outlook)
}

/// Reads the states and hub states of these sources alone, as [`outlook`] does.
pub(super) fn outlook_of(
    shown: &[&Source],
    store: &Store,
    config: &Config,
) -> Result<Outlook, StoreError> {
    let ids = || shown.iter().map(|source| &source.id);
    let mut outlook = (store.states_of(ids())?, store.subscriptions_of(ids())?);
    put_off(&mut outlook, config);
    Ok(outlook)
}

/// Reads all hub states, by source.
pub(in crate::serve::routes) fn subscriptions(
    store: &Store,
) -> Result<BTreeMap<SourceId, HubState>, StoreError> {
    let subscriptions = store.subscriptions()?.into_iter();
    Ok(subscriptions
        .map(|subscription| (subscription.source.clone(), subscription))
        .collect())
}

/// Puts off `due` in the states where a trusted hub pushes.
fn put_off((states, subscriptions): &mut Outlook, config: &Config) {
    for (id, subscription) in subscriptions {
        let (Some(source), Some(state)) = (config.sources.get(id), states.get_mut(id)) else {
            continue;
        };
        let polled = state.polled;
        state.due = state
            .due
            .map(|own| due((own, polled), source, subscription, config));
    }
}

/// Computes the due time of a source with a hub, from that which it would have without one and the
/// time at which it was `polled` last; never sooner.
pub(in crate::serve::routes) fn due(
    (due, polled): (Timestamp, Option<Timestamp>),
    source: &Source,
    subscription: &HubState,
    config: &Config,
) -> Timestamp {
    if !config.may_be_pushed(source) {
        return due;
    }
    let contract = subscription.contract.as_ref();
    trust::due(due, polled, source.interval, source.max_interval, contract)
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
