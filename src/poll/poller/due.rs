//! Due times, and the clock they are told by.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::config::Source;
use crate::ingest::schedule;
use crate::model::{FailureKind, SourceState};

/// Error of the clock beyond which it was set, or the machine has slept.
const MIN_CLOCK_STEP: SignedDuration = SignedDuration::from_secs(60);

/// Whether the wall clock went another way than the one that only counts.
pub(super) fn has_stepped(last: (Timestamp, Instant), now: (Timestamp, Instant)) -> bool {
    let told = now.0.duration_since(last.0);
    let passed = SignedDuration::try_from(now.1.duration_since(last.1)).unwrap_or(told);
    (told - passed).abs() > MIN_CLOCK_STEP
}

/// Returns the time a source is due, given what we remember; `now` if that has passed.
///
/// A clock that was wrong must not freeze it: what lies further ahead than any
/// wait can is cut, and a poll in the future counts for nothing.
pub(super) fn due(
    source: &Source,
    state: Option<&SourceState>,
    now: Timestamp,
) -> Option<Timestamp> {
    let Some(state) = state else { return Some(now) };
    let is_from_the_future = |at: Timestamp| at.duration_since(now) > MIN_CLOCK_STEP;
    if state.polled.is_some_and(is_from_the_future) && state.trouble != Some(FailureKind::Gone) {
        return Some(now);
    }
    let due = schedule::next(source, state, now).due?;
    Some(due.min(schedule::latest(source, now)).max(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::source::Reader;

    #[test]
    fn a_clock_that_was_wrong_freezes_nothing() {
        let url = WebUrl::parse("https://paper.example/feed").unwrap();
        let source = Source::new("a/b".parse().unwrap(), url.clone(), Reader::Feed);
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let ahead: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let state = SourceState {
            asked: Some(url),
            polled: Some(ahead),
            due: ahead.checked_add(source.interval).ok(),
            ..SourceState::default()
        };
        assert_eq!(due(&source, Some(&state), now), Some(now));
        let usual = due(&source, Some(&state), ahead).unwrap();
        let wait = usual.duration_since(ahead);
        assert!(
            wait >= SignedDuration::try_from(source.interval).unwrap(),
            "{wait:?}"
        );
    }
}
