//! Wrong clocks: one that cannot be right, one that was set, and times that lie ahead.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::Poller;
use crate::clock;
use crate::config::Source;
use crate::ingest::schedule;
use crate::model::{FailureKind, SourceState};

/// Longest time between two looks at the clock, in case it was set.
pub(super) const MAX_CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Error of the clock beyond which it was set, or the machine has slept.
const MIN_CLOCK_STEP: SignedDuration = SignedDuration::from_secs(60);

impl Poller {
    /// Waits until the clock may be right: what is read before would be dated wrongly for good.
    pub(super) async fn wait_for_clock(&mut self, now: Timestamp, shutdown: &CancellationToken) {
        error!("{}; polling waits", unbelievable(now));
        while !clock::is_believable(clock::now()) {
            self.beat.tick();
            let wake = self.beat.or(Instant::now() + MAX_CLOCK_CHECK_INTERVAL);
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }
}

/// Says that a time cannot be the present, for people.
pub(super) fn unbelievable(now: Timestamp) -> String {
    format!("the clock of this machine says {now}, which cannot be; set it, by NTP or by hand")
}

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
