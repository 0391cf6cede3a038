//! Schedule of polls: when to come back to a source. The latest of all that is wished
//! decides, each wish within its limits.
//!
//! Computed from what is remembered, so that a restart gives the same answer and a reload
//! counts from the last poll.

pub mod arrivals;
pub mod breaker;
pub mod explain;
pub mod faith;
pub mod hints;
pub(super) mod skip;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{FailureKind, SourceId, SourceState};
use crate::text::fingerprint;

/// Longest wait, 24 hours: however often a source failed and whatever it asks for, it waits
/// no longer than this, or its own interval.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// First wait of a source that does not let us in (401, 403, 451); doubled with each further
/// failure.
const FIRST_DENIED_WAIT: Duration = Duration::from_secs(4 * 60 * 60);

/// Divisor of the time without news: a source that has been quiet for this many waits waits
/// that long.
const QUIET_DIVISOR: u32 = 64;

/// Divisor of the wait: over such a part of it, sources that fall due together are spread.
const SPREAD_DIVISOR: u32 = 16;

/// Next poll, and what speaks against doing it sooner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPoll {
    /// Time of the poll; `None`: never by itself (410).
    pub due: Option<Timestamp>,
    /// Delays considered, ascending by the times they name; empty for a source never polled
    /// at this address.
    pub waits: Vec<PollDelay>,
}

/// Delay: one thing that speaks against polling before some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollDelay {
    /// Reason of the delay.
    pub reason: Reason,
    /// Earliest time of a poll, as far as this goes.
    pub until: Timestamp,
    /// Whether more was wished than is granted (`max_interval`; 24 hours for `Retry-After`).
    pub is_clamped: bool,
}

/// Reason against polling sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Interval of the source, dealt out by its habits.
    Interval,
    /// Nothing new for long.
    Quiet,
    /// Failures in a row, of some kind.
    Failures(FailureKind),
    /// `Retry-After`.
    RetryAfter,
    /// `Cache-Control` or `Expires`.
    Fresh,
    /// RSS `ttl`.
    Ttl,
    /// `sy:updatePeriod` and its like (RSS module Syndication).
    Period,
    /// RSS `skipHours` or `skipDays`.
    Skip,
}

/// Computes the next poll of `source`: the latest of its interval, back-off, `Retry-After`,
/// HTTP freshness, RSS `ttl` and `sy:updatePeriod`, each within its limits, plus a spread of
/// at most 1/16 of the wait that is fixed per source and poll; then moved past `skipHours`
/// and `skipDays`.
///
/// Deterministic in its arguments: a restart gives the same answer. `due == now` if it was
/// never polled at this address; `due == None` after 410.
#[must_use]
pub fn next(source: &Source, state: &SourceState, now: Timestamp) -> NextPoll {
    let is_known = state.asked.as_ref() == Some(&source.url);
    let Some(polled) = state.polled.filter(|_| is_known) else {
        let waits = Vec::new();
        return NextPoll {
            due: Some(now),
            waits,
        };
    };
    if state.trouble == Some(FailureKind::Gone) {
        let waits = vec![PollDelay {
            reason: Reason::Failures(FailureKind::Gone),
            until: Timestamp::MAX,
            is_clamped: false,
        }];
        return NextPoll { due: None, waits };
    }
    let mut waits = wishes(source, state, polled);
    waits.extend(own(source, state, polled));
    let latest = waits.iter().map(|wait| wait.until).max().unwrap_or(polled);
    let due = spread(&source.id, polled, latest);
    let skipped = skip::over(&state.wishes, due);
    if skipped > due {
        waits.push(PollDelay {
            reason: Reason::Skip,
            until: skipped,
            is_clamped: false,
        });
    }
    waits.sort_by_key(|wait| wait.until);
    NextPoll {
        due: Some(due.max(skipped)),
        waits,
    }
}

/// Lists the delays that we hold right: the interval and the quiet, within `min_interval` and
/// `max_interval`; after a failure the back-off alone.
fn own(source: &Source, state: &SourceState, polled: Timestamp) -> Vec<PollDelay> {
    let until = |reason, wait| PollDelay {
        reason,
        until: after(polled, wait),
        is_clamped: false,
    };
    if let Some(trouble) = state.trouble.filter(|_| state.failures > 0) {
        let wait = back_off(source.interval, trouble, state.failures);
        return vec![until(Reason::Failures(trouble), wait)];
    }
    let limits = |wait: Duration| wait.clamp(source.min_interval, source.max_interval);
    let interval = arrivals::wait(&state.rhythm, &source.timezone, source.interval, polled);
    // A fixed interval is what `min_interval = max_interval` asks for.
    let mut waits = vec![until(Reason::Interval, limits(interval))];
    let quiet = state.news.map(|news| polled.duration_since(news));
    let quiet = quiet.and_then(|quiet| Duration::try_from(quiet).ok());
    if let Some(quiet) = quiet
        .map(|quiet| quiet / QUIET_DIVISOR)
        .filter(|quiet| *quiet > interval)
    {
        waits.push(until(Reason::Quiet, limits(quiet)));
    }
    waits
}

/// Computes the back-off after so many failures in a row. The first is the interval, twice
/// that after 404 and 429, four hours where we are not let in; doubled with each further
/// failure, at least the interval, at most [`MAX_WAIT`] (or the interval, if that is longer).
fn back_off(interval: Duration, trouble: FailureKind, failures: u32) -> Duration {
    let doubled = |first: Duration, times: u32| {
        let wait = first.saturating_mul(2_u32.saturating_pow(times));
        wait.min(MAX_WAIT).max(interval)
    };
    match trouble {
        FailureKind::Denied => doubled(FIRST_DENIED_WAIT, failures - 1),
        FailureKind::NotFound | FailureKind::Throttled => doubled(interval, failures),
        // Once is nothing.
        _ => doubled(interval, failures - 1),
    }
}

/// Lists the delays that the source and its server wish (poll hints), each clamped.
fn wishes(source: &Source, state: &SourceState, polled: Timestamp) -> Vec<PollDelay> {
    let longest = source.max_interval;
    let wishes = &state.wishes;
    let period = wishes.period.map(|period| match wishes.base {
        Some(base) => to_next_period(polled, base, period),
        None => period,
    });
    let mut waits: Vec<PollDelay> = [
        (Reason::Fresh, state.fresh_for),
        (Reason::Ttl, wishes.ttl),
        (Reason::Period, period),
    ]
    .into_iter()
    .filter_map(|(reason, wait)| Some((reason, wait?)))
    .map(|(reason, wait)| PollDelay {
        reason,
        until: after(polled, wait.min(longest)),
        is_clamped: wait > longest,
    })
    .collect();
    waits.extend(state.retry_at.filter(|at| *at > polled).map(|at| {
        let latest = after(polled, MAX_WAIT.max(source.interval));
        PollDelay {
            reason: Reason::RetryAfter,
            until: at.min(latest),
            is_clamped: at > latest,
        }
    }));
    waits
}

/// Measures the time from `at` to the next multiple of `period` since `base`.
fn to_next_period(at: Timestamp, base: Timestamp, period: Duration) -> Duration {
    let length = i128::from(period.as_secs().max(1));
    let since = i128::from(at.as_second()) - i128::from(base.as_second());
    let left = length - since.rem_euclid(length);
    Duration::from_secs(u64::try_from(left).unwrap_or(0))
}

/// Moves `due` back by a part of the wait, at most 1/16, that differs from source to source
/// and is the same at every computation, so that what failed together does not come back
/// together.
fn spread(source: &SourceId, polled: Timestamp, due: Timestamp) -> Timestamp {
    let wait = due.duration_since(polled).as_millis();
    let room = u64::try_from(wait / i128::from(SPREAD_DIVISOR)).unwrap_or(0);
    after(due, Duration::from_millis(phase(source, polled, room)))
}

/// Computes a number of milliseconds below `room` that depends on nothing but the source and
/// the time.
fn phase(source: &SourceId, at: Timestamp, room: u64) -> u64 {
    let mut bytes = source.as_str().as_bytes().to_vec();
    bytes.extend(at.as_second().to_le_bytes());
    fingerprint::hash_bytes(&bytes)
        .checked_rem(room)
        .unwrap_or(0)
}

/// Computes the time later than which no source is due, however its due time came about; the
/// scheduler cuts what a wrong clock made.
#[must_use]
pub fn latest(source: &Source, now: Timestamp) -> Timestamp {
    let longest = MAX_WAIT.max(source.interval).max(source.max_interval);
    skip::longest_from(after(now, longest + longest / SPREAD_DIVISOR))
}

/// Computes the time to poll a source that should have been polled by now, or is new: soon,
/// but not together with `n_others` like it.
///
/// They begin within `window` at most, the interval, about four a second where there is room
/// for that.
#[must_use]
pub fn start(source: &Source, n_others: usize, now: Timestamp) -> Timestamp {
    let window =
        Duration::from_millis(250).saturating_mul(u32::try_from(n_others).unwrap_or(u32::MAX));
    let window = window.min(source.interval).as_millis();
    let room = u64::try_from(window).unwrap_or(u64::MAX);
    // The place in the window stays the same, whenever it opens.
    after(
        now,
        Duration::from_millis(phase(&source.id, Timestamp::UNIX_EPOCH, room)),
    )
}

fn after(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}
