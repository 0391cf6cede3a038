//! How hubs are doing, and what that means for the next polls.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Config;
use crate::ingest::websub::trust;
use crate::model::{Mode, SourceId, SourceState, Subscription};
use crate::store::{Store, StoreError};

/// What is known of the sources: of their polls, and of their hubs.
pub type Outlook = (
    BTreeMap<SourceId, SourceState>,
    BTreeMap<SourceId, Subscription>,
);

/// A source and its hub, as JSON. The token and the secret stay between us and
/// the hub.
#[derive(Debug, Serialize)]
pub(super) struct Push {
    state: &'static str,
    hub: String,
    topic: String,
    until: Option<String>,
    received: Option<String>,
    /// Whether polls are rarer for it.
    trusted: bool,
    trouble: Option<String>,
}

/// What is known of the sources, with the polls when they will be; reads the
/// store.
///
/// # Errors
///
/// If the disk refuses.
pub fn outlook(store: &Store, config: &Config) -> Result<Outlook, StoreError> {
    let mut states = store.states()?;
    let subscriptions = store.subscriptions()?.into_iter();
    let subscriptions: BTreeMap<SourceId, Subscription> = subscriptions
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

impl Push {
    /// How the hub of a source is doing; nothing, if it has none.
    pub(super) fn of(subscription: &Subscription) -> Option<Push> {
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
        Some(Push {
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
