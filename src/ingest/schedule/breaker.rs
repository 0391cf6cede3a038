//! Circuit breaker of a host: opens for all its sources when the host, and not one of its
//! pages, wants or needs a rest.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use jiff::Timestamp;

use super::MAX_WAIT;
use crate::config::{Host, RetryScope};
use crate::model::{BreakerState, FailureKind, SourceState};

/// First rest of a host that throttles without saying for how long; doubled with each further
/// failure, up to [`MAX_WAIT`].
const FIRST_REST: Duration = Duration::from_secs(5 * 60);

/// Failures in a row, with no good answer to any source between them, from which on they are
/// the host's.
const MIN_REPEATED_FAILURES: u32 = 3;

/// Outcome of a request, as far as it tells of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Answer that the host meant, good or bad.
    Proper,
    /// Failure that may be the host's.
    Failed {
        /// Kind of failure.
        trouble: FailureKind,
        /// Whether the answer was 503, which says of itself that it is for now.
        is_unavailable: bool,
        /// `Retry-After`, as sent.
        retry_after: Option<Duration>,
    },
}

/// Computes the next state of the host's breaker; `None` if nothing has changed.
///
/// 429 is about the host and 503 about the address that was asked, unless `retry_scope` says
/// otherwise. Failures that repeat without a good answer in between are the host's in any
/// case.
#[must_use]
pub fn note(
    rule: &Host,
    before: Option<BreakerState>,
    answer: Answer,
    now: Timestamp,
) -> Option<BreakerState> {
    let failures = before.map_or(0, |note| note.failures);
    let closed = (failures > 0).then_some(BreakerState {
        at: now,
        until: now,
        failures: 0,
    });
    let Answer::Failed {
        trouble,
        is_unavailable,
        retry_after,
    } = answer
    else {
        return closed;
    };
    let scope = match trouble {
        FailureKind::Throttled => rule.retry_scope.unwrap_or(RetryScope::Host),
        FailureKind::Server if is_unavailable => rule.retry_scope.unwrap_or(RetryScope::Feed),
        FailureKind::Network | FailureKind::Server => RetryScope::Feed,
        FailureKind::Denied | FailureKind::NotFound | FailureKind::Gone | FailureKind::Content => {
            return closed;
        }
        FailureKind::Own => return None,
    };
    let failures = failures.saturating_add(1);
    let is_hosts = scope == RetryScope::Host;
    let is_forced_apart = rule.retry_scope == Some(RetryScope::Feed);
    let wait = match (is_hosts, failures.checked_sub(MIN_REPEATED_FAILURES)) {
        (true, _) => retry_after.unwrap_or_else(|| rest(failures - 1)),
        (false, Some(more)) if !is_forced_apart => rest(more),
        _ => Duration::ZERO,
    };
    let until = now.checked_add(jiff::SignedDuration::try_from(wait.min(MAX_WAIT)).ok()?);
    Some(BreakerState {
        at: now,
        until: until.unwrap_or(Timestamp::MAX),
        failures,
    })
}

/// Collects the breaker of each host: of all that its sources remember, the latest. `host_of`
/// says which host a host name belongs to.
pub fn latest_by_host<'a, K: Eq + Hash>(
    states: impl IntoIterator<Item = &'a SourceState>,
    host_of: impl Fn(&str) -> K,
) -> HashMap<K, BreakerState> {
    let mut notes: HashMap<K, BreakerState> = HashMap::new();
    for state in states {
        let (Some(note), Some(asked)) = (state.host, &state.asked) else {
            continue;
        };
        let held = notes.entry(host_of(&asked.host())).or_insert(note);
        if note.at > held.at {
            *held = note;
        }
    }
    notes
}

/// Computes the rest after `times` earlier ones.
fn rest(times: u32) -> Duration {
    FIRST_REST
        .saturating_mul(2_u32.saturating_pow(times))
        .min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn failed(trouble: FailureKind, retry_after: impl Into<Option<u64>>) -> Answer {
        Answer::Failed {
            trouble,
            is_unavailable: trouble == FailureKind::Server,
            retry_after: retry_after.into().map(Duration::from_secs),
        }
    }

    fn rule(retry_scope: impl Into<Option<RetryScope>>) -> Host {
        Host {
            retry_scope: retry_scope.into(),
            ..Host::default()
        }
    }

    /// Checks the time for which all sources of the host stay away after these answers, in seconds.
    #[track_caller]
    fn check(rule: &Host, answers: &[Answer], seconds: u64) {
        let mut held = None;
        for answer in answers {
            held = note(rule, held, *answer, now()).or(held);
        }
        let until = held.map_or(now(), |note| note.until);
        let want = i64::try_from(seconds).unwrap();
        assert_eq!(until.duration_since(now()).as_secs(), want, "{answers:?}");
    }

    #[test]
    fn a_429_is_about_the_host() {
        let rule = rule(None);
        check(&rule, &[failed(FailureKind::Throttled, 120)], 120);
        check(&rule, &[failed(FailureKind::Throttled, 31_536_000)], 86_400);
        check(&rule, &[failed(FailureKind::Throttled, None)], 5 * MINUTE);
        check(
            &rule,
            &[failed(FailureKind::Throttled, None); 3],
            20 * MINUTE,
        );
        check(&rule, &[failed(FailureKind::Throttled, None); 40], 86_400);
    }

    #[test]
    fn a_503_is_about_its_address_unless_it_repeats() {
        let rule = rule(None);
        let unavailable = failed(FailureKind::Server, 3600);
        check(&rule, &[unavailable], 0);
        check(
            &rule,
            &[unavailable, Answer::Proper, unavailable, unavailable],
            0,
        );
        check(&rule, &[unavailable; 3], 5 * MINUTE);
        check(&rule, &[failed(FailureKind::Network, None); 4], 10 * MINUTE);
    }

    #[test]
    fn the_admin_may_say_whom_it_is_about() {
        check(
            &rule(RetryScope::Host),
            &[failed(FailureKind::Server, 90)],
            90,
        );
        let apart = rule(RetryScope::Feed);
        check(&apart, &[failed(FailureKind::Throttled, 90)], 0);
        check(&apart, &[failed(FailureKind::Throttled, None); 9], 0);
    }

    #[test]
    fn a_proper_answer_closes_the_breaker() {
        let rule = rule(None);
        check(
            &rule,
            &[failed(FailureKind::Throttled, 120), Answer::Proper],
            0,
        );
        assert_eq!(note(&rule, None, Answer::Proper, now()), None);
        assert_eq!(
            note(&rule, None, failed(FailureKind::NotFound, None), now()),
            None
        );
    }
}
