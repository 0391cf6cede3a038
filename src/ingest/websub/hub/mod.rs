//! Our own hub (WebSub, W3C Recommendation of January 2018): what is decided about those who
//! subscribe to our feeds.
//!
//! ```text
//!   somebody posts a form
//!     | request               what they ask for, and the question whether they mean it
//!     | census                whether there is room for one more of theirs
//!     | lease                 for how long they are told
//!   a feed changes
//!     | signature             what shows that we are who tells them (one module up)
//!     | retry                 when a delivery that failed is tried again
//! ```

pub mod census;
pub mod request;

use std::time::Duration;

use jiff::SignedDuration;

use crate::model::SubscriberKey;

/// Lease of a subscriber that does not say how long it wants one.
const USUAL_LEASE: SignedDuration = SignedDuration::from_hours(10 * 24);

/// Shortest lease.
const MIN_LEASE: SignedDuration = SignedDuration::from_hours(1);

/// Longest lease: a subscriber that has forgotten us costs no more than that.
pub const MAX_LEASE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Wait after the first delivery that failed; twice as long after each further one.
const MIN_RETRY: SignedDuration = SignedDuration::from_secs(5);

/// Longest wait between two attempts.
const MAX_RETRY: SignedDuration = SignedDuration::from_hours(6);

/// Longest time for which a subscriber is left alone because it asked for that.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Steps of the jitter.
const JITTER_STEPS: i32 = 1024;

/// Chooses the lease of a subscriber that asked for so many seconds: 1 hour to 30 days.
#[must_use]
pub fn lease(asked_seconds: Option<u64>) -> SignedDuration {
    let asked =
        asked_seconds.map(|n| SignedDuration::from_secs(i64::try_from(n).unwrap_or(i64::MAX)));
    asked.unwrap_or(USUAL_LEASE).clamp(MIN_LEASE, MAX_LEASE)
}

/// Computes the wait after `failures` deliveries in a row that failed: 5 seconds, doubled by each
/// further one up to 6 hours, a quarter more or less so that those that failed together do not come
/// back together; `retry_after` is honoured up to a day.
#[must_use]
pub fn retry(failures: u32, key: &SubscriberKey, retry_after: Option<Duration>) -> SignedDuration {
    let factor = 2_i32.saturating_pow(failures.saturating_sub(1).min(20));
    let wait = MIN_RETRY.saturating_mul(factor).min(MAX_RETRY);
    let [high, low, ..] = *key.as_bytes();
    let step = (u32::from(u16::from_be_bytes([high, low]))
        .wrapping_add(failures.wrapping_mul(619)))
        % JITTER_STEPS.unsigned_abs();
    let step = i32::try_from(step).unwrap_or_default();
    let jittered = wait * 3 / 4 + wait / 2 * step / JITTER_STEPS;
    let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
    jittered.max(SignedDuration::try_from(asked).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Topic, WebUrl};

    fn key(name: &str) -> SubscriberKey {
        let topic = Topic::parse("https://news.example/a.rss").unwrap();
        let callback = format!("https://{name}.example/");
        SubscriberKey::of(&topic, &WebUrl::parse(&callback).unwrap())
    }

    #[test]
    fn a_lease_is_between_an_hour_and_thirty_days() {
        assert_eq!(lease(None).as_hours(), 240);
        assert_eq!(lease(Some(0)).as_hours(), 1);
        assert_eq!(lease(Some(86_400)).as_hours(), 24);
        assert_eq!(lease(Some(u64::MAX)).as_hours(), 720);
    }

    #[test]
    fn waits_grow_to_some_hours_and_are_not_all_the_same() {
        let wait = |failures| retry(failures, &key("a"), None);
        for (failures, seconds) in [
            (1, 5),
            (2, 10),
            (5, 80),
            (40, 6 * 3600),
            (u32::MAX, 6 * 3600),
        ] {
            let found = wait(failures).as_secs_f64();
            let usual = f64::from(seconds);
            assert!(
                (usual * 0.74..usual * 1.26).contains(&found),
                "{failures}: {found}"
            );
        }
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut waits: Vec<_> = names.map(|name| retry(9, &key(name), None)).into();
        waits.sort();
        waits.dedup();
        assert_eq!(waits.len(), names.len());
    }

    #[test]
    fn a_subscriber_may_say_when_to_come_back() {
        let after = |seconds| retry(1, &key("a"), Some(Duration::from_secs(seconds)));
        assert_eq!(after(3600).as_secs(), 3600);
        assert_eq!(after(u64::MAX).as_hours(), 24);
        assert!(after(0) >= MIN_RETRY * 3 / 4);
    }
}
