//! A subscriber of hubs (WebSub, W3C Recommendation of January 2018): what to
//! ask, when, and what to make of the answers.
//!
//! ```text
//!   source offers a hub
//!     | step                  subscribe, renew, unsubscribe, or wait
//!     | asked, refused        what the hub said to that
//!     | callback              whether we meant what the hub wants verified
//!     | confirmed, denied     what it then promises
//!     | signature             whether what it pushes is its own
//!     | trust                 how much rarer to poll for it
//! ```

pub mod callback;
pub mod hub;
pub mod request;
pub mod signature;
pub mod trust;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{HubState, HubSubscription, Lease, Mode, Pending, WebUrl};

/// Lease we ask for, in seconds; a hub may give another.
pub const LEASE_SECONDS: u64 = 10 * 24 * 60 * 60;

/// Shortest lease; a shorter one counts as this: nobody is asked more often.
const MIN_LEASE: SignedDuration = SignedDuration::from_hours(1);

/// Longest lease; a longer one counts as this: a hub that forgets us is found out.
const MAX_LEASE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Lease of a hub that does not say how long it pushes.
const UNSAID_LEASE: SignedDuration = SignedDuration::from_hours(24);

/// Time left at which a lease is renewed, at most; else a quarter of the lease.
const MAX_RENEWAL_LEAD: SignedDuration = SignedDuration::from_hours(24);

/// Time after which a hub that has not verified a request is asked again; four times as long
/// after each further request, up to [`MAX_PAUSE`].
const MIN_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Longest time after which a hub that refuses is asked again.
const MAX_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// Requests to end a subscription; after them its lease runs out.
const MAX_FAREWELLS: u32 = 3;

/// Whether the configuration wants a source to be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Wanted, if there is a hub.
    Push,
    /// Not wanted, or the source is not configured any more.
    Poll,
}

/// Action for the subscription of a source, decided by [`step`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubAction {
    /// Nothing, until then if there is a then.
    Rest(Option<Timestamp>),
    /// Make a subscription at this hub, then ask.
    Begin(WebUrl),
    /// Ask the hub of the subscription.
    Ask(Mode),
    /// Drop the subscription.
    Forget,
}

/// Decides the action for a source at `now`: subscribe, renew, unsubscribe, or wait. Hubs are
/// tried in turn.
#[must_use]
pub fn step(subscription: &HubState, wish: Wish, now: Timestamp) -> HubAction {
    let contract = subscription.contract.as_ref();
    let offer = subscription.offer.as_ref().filter(|_| wish == Wish::Push);
    let Some(offer) = offer else {
        return match contract {
            Some(contract) => farewell(subscription, contract, now),
            None => HubAction::Rest(None),
        };
    };
    let due = due(subscription, now);
    let fits = |contract: &&HubSubscription| {
        contract.topic == offer.topic && offer.hubs.contains(&contract.hub)
    };
    let n_hubs = offer.hubs.len().max(1);
    let turn = usize::try_from(subscription.failures).unwrap_or(usize::MAX) % n_hubs;
    let Some(hub) = offer.hubs.get(turn) else {
        return HubAction::Rest(None);
    };
    match contract.filter(fits) {
        Some(contract) if has_mode(contract, Mode::Unsubscribe) => HubAction::Ask(Mode::Subscribe),
        Some(HubSubscription {
            lease: Some(lease), ..
        }) => at(
            due.max(renewal(lease)),
            HubAction::Ask(Mode::Subscribe),
            now,
        ),
        Some(contract) if contract.hub == *hub => at(due, HubAction::Ask(Mode::Subscribe), now),
        Some(_) | None => at(due, HubAction::Begin(hub.clone()), now),
    }
}

/// Decides how to end a subscription: ask at most three times, then forget.
fn farewell(subscription: &HubState, contract: &HubSubscription, now: Timestamp) -> HubAction {
    let is_leaving = has_mode(contract, Mode::Unsubscribe);
    let is_over = contract.lease.is_none() && contract.pending.is_none();
    if is_over {
        return HubAction::Forget;
    }
    match is_leaving {
        false => HubAction::Ask(Mode::Unsubscribe),
        true if subscription.failures < MAX_FAREWELLS => at(
            due(subscription, now),
            HubAction::Ask(Mode::Unsubscribe),
            now,
        ),
        true => at(due(subscription, now), HubAction::Forget, now),
    }
}

/// Applies the passing of time to a hub state: ends or cuts a lease. `None` if nothing
/// changes.
#[must_use]
pub fn age(subscription: &HubState, now: Timestamp) -> Option<HubState> {
    let lease = subscription.contract.as_ref()?.lease?;
    let latest = later(now, MAX_LEASE);
    if lease.until > now && lease.until <= latest {
        return None;
    }
    let mut aged = subscription.clone();
    let contract = aged.contract.as_mut()?;
    if lease.until <= now {
        contract.lease = None;
        contract.credit = 0;
    } else {
        // The clock was ahead when it was granted.
        contract.lease = Some(Lease {
            until: latest,
            ..lease
        });
    }
    Some(aged)
}

/// Records that the hub of the subscription is about to be asked; sets when to ask again.
pub fn asked(subscription: &mut HubState, mode: Mode, now: Timestamp) {
    let Some(contract) = &mut subscription.contract else {
        return;
    };
    let is_other = contract.pending.is_some_and(|pending| pending.mode != mode);
    let is_first = is_other || (mode == Mode::Unsubscribe && contract.pending.is_none());
    if is_first {
        subscription.failures = 0;
    }
    if has_mode(contract, mode) && subscription.trouble.is_none() {
        let (hub, us) = (contract.hub.host(), contract.callback.host());
        let why = format!("{hub} has not verified our last request; can it reach {us}?");
        subscription.trouble = Some(why);
    }
    contract.pending = Some(Pending { mode, since: now });
    subscription.failures = subscription.failures.saturating_add(1);
    subscription.due = Some(later(now, pause(subscription.failures)));
}

/// Records that the hub did not take the request; `retry_after` is honoured up to 24 hours.
pub fn refused(
    subscription: &mut HubState,
    why: String,
    retry_after: Option<Duration>,
    now: Timestamp,
) {
    let Some(contract) = &subscription.contract else {
        return;
    };
    if contract.pending.is_none() {
        // It was confirmed all the same.
        return;
    }
    subscription.trouble = Some(why);
    let asked = retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
    put_off(subscription, asked.unwrap_or_default(), now);
}

/// Records that the hub has verified that we meant it: a lease begins, goes on, or the
/// subscription ends. Does nothing if it was not asked.
pub fn confirmed(
    subscription: &mut HubState,
    mode: Mode,
    lease_seconds: Option<u64>,
    now: Timestamp,
) {
    let Some(contract) = &mut subscription.contract else {
        return;
    };
    if !has_mode(contract, mode) {
        return;
    }
    contract.pending = None;
    subscription.failures = 0;
    subscription.due = None;
    subscription.trouble = None;
    match mode {
        Mode::Subscribe => {
            let since = contract.lease.map_or(now, |lease| lease.since);
            let until = later(now, lease(lease_seconds));
            contract.lease = Some(Lease { since, until });
        }
        Mode::Unsubscribe => subscription.contract = None,
    }
}

/// Records that the hub will not push, or not any more; it is asked again a day later,
/// another one at once.
pub fn denied(subscription: &mut HubState, reason: Option<&str>, now: Timestamp) {
    let Some(contract) = &mut subscription.contract else {
        return;
    };
    if has_mode(contract, Mode::Unsubscribe) {
        subscription.contract = None;
        return;
    }
    let hub = contract.hub.host();
    (contract.pending, contract.lease, contract.credit) = (None, None, 0);
    subscription.trouble = Some(match reason {
        Some(reason) => format!("{hub} denies the subscription: {reason}"),
        None => format!("{hub} denies the subscription"),
    });
    subscription.failures = subscription.failures.max(1);
    put_off(subscription, MAX_PAUSE, now);
}

/// Puts the next request off: the next hub at once, if there is one that was not tried; else
/// later.
fn put_off(subscription: &mut HubState, wait: SignedDuration, now: Timestamp) {
    let n_hubs = subscription
        .offer
        .as_ref()
        .map_or(0, |offer| offer.hubs.len());
    let is_held = subscription
        .contract
        .as_ref()
        .is_some_and(|contract| contract.lease.is_some());
    let n_tried = usize::try_from(subscription.failures).unwrap_or(usize::MAX);
    subscription.due = if n_tried < n_hubs && !is_held {
        Some(now)
    } else {
        let wait = wait.min(MAX_PAUSE).max(pause(subscription.failures));
        Some(later(now, wait))
    };
}

fn has_mode(contract: &HubSubscription, mode: Mode) -> bool {
    contract.pending.is_some_and(|pending| pending.mode == mode)
}

/// Returns the due time; one that a wrong clock made, more than [`MAX_PAUSE`] ahead, does not
/// count.
fn due(subscription: &HubState, now: Timestamp) -> Timestamp {
    let due = subscription.due.unwrap_or(now);
    due.min(later(now, MAX_PAUSE))
}

fn at(when: Timestamp, step: HubAction, now: Timestamp) -> HubAction {
    match when <= now {
        true => step,
        false => HubAction::Rest(Some(when)),
    }
}

fn pause(n_asked: u32) -> SignedDuration {
    let factor = 4_i32.saturating_pow(n_asked.saturating_sub(1).min(10));
    MIN_PAUSE.saturating_mul(factor).min(MAX_PAUSE)
}

fn lease(seconds: Option<u64>) -> SignedDuration {
    let said = seconds
        .map(|seconds| SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)));
    said.unwrap_or(UNSAID_LEASE).clamp(MIN_LEASE, MAX_LEASE)
}

fn renewal(lease: &Lease) -> Timestamp {
    let length = lease.until.duration_since(lease.since);
    let left = (length / 4).min(MAX_RENEWAL_LEAD);
    lease.until.saturating_sub(left).unwrap_or(lease.until)
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
