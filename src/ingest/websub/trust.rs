//! Trust in a hub: how much rarer a source is polled while its hub pushes.
//!
//! A push that brings something new before a poll does earns trust, and then the
//! polls are a check. A poll that finds what no push brought ends it; after that
//! it has to be earned more than once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::HubSubscription;

/// Factor by which polls are rarer.
const INTERVAL_FACTOR: u32 = 6;

/// Pushes that earn back trust that was lost.
const MIN_REGAINING_PUSHES: u32 = 3;

/// Computes the due time of a source that would be due at `due`, was `polled` last, and is
/// polled every `interval`, at the longest every `longest`, without its hub.
///
/// Never sooner than `due`; and no later than the lease ends, if that is later.
#[must_use]
pub fn due(
    due: Timestamp,
    polled: Option<Timestamp>,
    interval: Duration,
    longest: Duration,
    contract: Option<&HubSubscription>,
) -> Timestamp {
    let trusted = contract.filter(|contract| is_trusted(contract));
    let (Some(lease), Some(polled)) = (trusted.and_then(|contract| contract.lease), polled) else {
        return due;
    };
    let rarer = interval.saturating_mul(INTERVAL_FACTOR).min(longest);
    let rarer = SignedDuration::try_from(rarer).unwrap_or(SignedDuration::MAX);
    let rarer = polled.saturating_add(rarer).unwrap_or(Timestamp::MAX);
    due.max(rarer.min(lease.until))
}

/// Whether the hub is believed to push all that is new.
#[must_use]
pub fn is_trusted(contract: &HubSubscription) -> bool {
    let needed = if contract.has_missed {
        MIN_REGAINING_PUSHES
    } else {
        1
    };
    contract.lease.is_some() && contract.credit >= needed
}

/// Records that a push that was in order came at `now`, with `n_new` new entries.
pub fn pushed(contract: &mut HubSubscription, n_new: usize, now: Timestamp) {
    contract.received = Some(now);
    if n_new > 0 {
        contract.credit = contract.credit.saturating_add(1);
    }
}

/// Records that a poll that began at `begun` found so many new entries; the poll before it
/// was at `before`.
///
/// News that was there before the hub had promised anything is not held against it, nor what
/// arrived at the same time.
pub fn polled(
    contract: &mut HubSubscription,
    before: Option<Timestamp>,
    begun: Timestamp,
    n_new: usize,
) {
    let Some(lease) = contract.lease else {
        return;
    };
    let is_covered = before.is_some_and(|before| before >= lease.since);
    let has_pushed_since = contract.received.is_some_and(|received| received >= begun);
    if n_new > 0 && is_covered && !has_pushed_since {
        contract.credit = 0;
        contract.has_missed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::websub::tests::{contract, now};
    use crate::model::Lease;

    const HOUR: Duration = Duration::from_secs(3600);

    fn held() -> HubSubscription {
        HubSubscription {
            lease: Some(Lease {
                since: now(),
                until: in_hours(10 * 24),
            }),
            ..contract()
        }
    }

    fn in_hours(hours: i64) -> Timestamp {
        now() + SignedDuration::from_hours(hours)
    }

    /// Computes the hours until the next poll of a source with an interval of one.
    fn hours(contract: &HubSubscription, longest: u32) -> i64 {
        let due = due(
            in_hours(1),
            Some(now()),
            HOUR,
            HOUR * longest,
            Some(contract),
        );
        due.duration_since(now()).as_hours()
    }

    #[test]
    fn polls_are_rarer_while_pushes_come() {
        let mut contract = held();
        assert_eq!(hours(&contract, 24), 1, "nothing was pushed yet");
        pushed(&mut contract, 1, in_hours(1));
        assert_eq!(hours(&contract, 24), 6);
        assert_eq!(hours(&contract, 4), 4, "max_interval holds");
        contract.lease = None;
        assert_eq!(hours(&contract, 24), 1, "nobody pushes any more");
    }

    #[test]
    fn a_push_without_news_earns_nothing() {
        let mut contract = held();
        pushed(&mut contract, 0, in_hours(1));
        assert!(!is_trusted(&contract));
        assert_eq!(contract.received, Some(in_hours(1)));
    }

    #[test]
    fn what_no_push_brought_ends_it() {
        let mut contract = held();
        pushed(&mut contract, 1, in_hours(1));
        polled(&mut contract, Some(in_hours(2)), in_hours(3), 0);
        assert!(is_trusted(&contract), "nothing was missed");
        polled(&mut contract, Some(in_hours(2)), in_hours(3), 1);
        assert_eq!(hours(&contract, 24), 1);
        pushed(&mut contract, 1, in_hours(4));
        pushed(&mut contract, 1, in_hours(5));
        assert!(!is_trusted(&contract), "twice is not enough after that");
        pushed(&mut contract, 1, in_hours(6));
        assert_eq!(hours(&contract, 24), 6);
    }

    #[test]
    fn a_hub_answers_only_for_its_own_time() {
        let mut contract = held();
        pushed(&mut contract, 1, in_hours(1));
        polled(&mut contract, Some(in_hours(-1)), in_hours(2), 5);
        polled(&mut contract, None, in_hours(2), 5);
        assert!(is_trusted(&contract), "that was there before");
        pushed(&mut contract, 1, in_hours(3));
        polled(&mut contract, Some(in_hours(2)), in_hours(3), 1);
        assert!(is_trusted(&contract), "that came at the same time");
    }

    #[test]
    fn the_end_of_a_lease_is_looked_at() {
        let mut contract = held();
        pushed(&mut contract, 1, in_hours(1));
        contract.lease = Some(Lease {
            since: now(),
            until: in_hours(3),
        });
        assert_eq!(hours(&contract, 24), 3);
    }
}
