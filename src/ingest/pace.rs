//! When to come back to a source: the latest of all that is wished, each wish
//! within its limits.
//!
//! Computed from what is remembered, so that a restart gives the same answer
//! and a reload counts from the last poll.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::rhythm;
use super::skip;
use crate::config::Source;
use crate::model::{SourceId, SourceState, Trouble};
use crate::text::fingerprint;

/// However often it failed and whatever it asks for, no source waits longer
/// than this, or its own interval.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A source that does not let us in is asked again after this, then after
/// twice that, and so on.
const DENIED: Duration = Duration::from_secs(4 * 60 * 60);

/// A source that has been quiet for this many waits waits that long.
const QUIET: u32 = 64;

/// Sources that fall due together are spread over this part of their wait.
const SPREAD: u32 = 16;

/// When to poll next, and what speaks against doing it sooner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Then; never by itself if absent.
    pub due: Option<Timestamp>,
    /// What was considered, in the order of the times it names.
    pub waits: Vec<Wait>,
}

/// One thing that speaks against polling before some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What.
    pub reason: Reason,
    /// Not before.
    pub until: Timestamp,
    /// Whether more was wished than is granted.
    pub is_clamped: bool,
}

/// What speaks against polling sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its interval, dealt out by its habits.
    Interval,
    /// It has brought nothing new for long.
    Quiet,
    /// Failures in a row, of some kind.
    Failures(Trouble),
    /// `Retry-After`.
    RetryAfter,
    /// `Cache-Control` or `Expires`.
    Fresh,
    /// RSS `ttl`.
    Ttl,
    /// `sy:updatePeriod` and its like.
    Period,
    /// RSS `skipHours` or `skipDays`.
    Skip,
}

/// When to poll `source` next.
///
/// At once (`due` is `now`) if it was never polled at this address.
#[must_use]
pub fn next(source: &Source, state: &SourceState, now: Timestamp) -> Next {
    let is_known = state.asked.as_ref() == Some(&source.url);
    let Some(polled) = state.polled.filter(|_| is_known) else {
        let waits = Vec::new();
        return Next {
            due: Some(now),
            waits,
        };
    };
    if state.trouble == Some(Trouble::Gone) {
        let waits = vec![Wait {
            reason: Reason::Failures(Trouble::Gone),
            until: Timestamp::MAX,
            is_clamped: false,
        }];
        return Next { due: None, waits };
    }
    let mut waits = wishes(source, state, polled);
    waits.extend(own(source, state, polled));
    let latest = waits.iter().map(|wait| wait.until).max().unwrap_or(polled);
    let due = spread(&source.id, polled, latest);
    let skipped = skip::over(&state.wishes, due);
    if skipped > due {
        waits.push(Wait {
            reason: Reason::Skip,
            until: skipped,
            is_clamped: false,
        });
    }
    waits.sort_by_key(|wait| wait.until);
    Next {
        due: Some(due.max(skipped)),
        waits,
    }
}

/// What we hold right: the interval, and distance from what fails.
fn own(source: &Source, state: &SourceState, polled: Timestamp) -> Vec<Wait> {
    let until = |reason, wait| Wait {
        reason,
        until: after(polled, wait),
        is_clamped: false,
    };
    if let Some(trouble) = state.trouble.filter(|_| state.failures > 0) {
        let wait = back_off(source.interval, trouble, state.failures);
        return vec![until(Reason::Failures(trouble), wait)];
    }
    let limits = |wait: Duration| wait.clamp(source.min_interval, source.max_interval);
    let interval = rhythm::wait(&state.rhythm, &source.timezone, source.interval, polled);
    // A fixed interval is what `min_interval = max_interval` asks for.
    let mut waits = vec![until(Reason::Interval, limits(interval))];
    let quiet = state.news.map(|news| polled.duration_since(news));
    let quiet = quiet.and_then(|quiet| Duration::try_from(quiet).ok());
    if let Some(quiet) = quiet
        .map(|quiet| quiet / QUIET)
        .filter(|quiet| *quiet > interval)
    {
        waits.push(until(Reason::Quiet, limits(quiet)));
    }
    waits
}

/// How long to stay away after so many failures in a row.
fn back_off(interval: Duration, trouble: Trouble, failures: u32) -> Duration {
    let doubled = |first: Duration, times: u32| {
        let wait = first.saturating_mul(2_u32.saturating_pow(times));
        wait.min(MAX_WAIT).max(interval)
    };
    match trouble {
        Trouble::Denied => doubled(DENIED, failures - 1),
        Trouble::NotFound | Trouble::Throttled => doubled(interval, failures),
        // Once is nothing.
        _ => doubled(interval, failures - 1),
    }
}

/// What the source and its server wish.
fn wishes(source: &Source, state: &SourceState, polled: Timestamp) -> Vec<Wait> {
    let longest = source.max_interval;
    let wishes = &state.wishes;
    let period = wishes.period.map(|period| match wishes.base {
        Some(base) => to_next_period(polled, base, period),
        None => period,
    });
    let mut waits: Vec<Wait> = [
        (Reason::Fresh, state.fresh_for),
        (Reason::Ttl, wishes.ttl),
        (Reason::Period, period),
    ]
    .into_iter()
    .filter_map(|(reason, wait)| Some((reason, wait?)))
    .map(|(reason, wait)| Wait {
        reason,
        until: after(polled, wait.min(longest)),
        is_clamped: wait > longest,
    })
    .collect();
    waits.extend(state.retry_at.filter(|at| *at > polled).map(|at| {
        let latest = after(polled, MAX_WAIT.max(source.interval));
        Wait {
            reason: Reason::RetryAfter,
            until: at.min(latest),
            is_clamped: at > latest,
        }
    }));
    waits
}

/// From `at` to the next multiple of `period` since `base`.
fn to_next_period(at: Timestamp, base: Timestamp, period: Duration) -> Duration {
    let length = i128::from(period.as_secs().max(1));
    let since = i128::from(at.as_second()) - i128::from(base.as_second());
    let left = length - since.rem_euclid(length);
    Duration::from_secs(u64::try_from(left).unwrap_or(0))
}

/// Moves `due` back by a part of the wait that differs from source to source
/// and is the same at every computation, so that what failed together does not
/// come back together.
fn spread(source: &SourceId, polled: Timestamp, due: Timestamp) -> Timestamp {
    let wait = due.duration_since(polled).as_millis();
    let room = u64::try_from(wait / i128::from(SPREAD)).unwrap_or(0);
    after(due, Duration::from_millis(phase(source, polled, room)))
}

/// A number below `room` that depends on nothing but the source and the time.
fn phase(source: &SourceId, at: Timestamp, room: u64) -> u64 {
    let mut bytes = source.as_str().as_bytes().to_vec();
    bytes.extend(at.as_second().to_le_bytes());
    fingerprint::hash_bytes(&bytes)
        .checked_rem(room)
        .unwrap_or(0)
}

/// No source is due later than this, however it came about.
#[must_use]
pub fn latest(source: &Source, now: Timestamp) -> Timestamp {
    let longest = MAX_WAIT.max(source.interval).max(source.max_interval);
    skip::longest_from(after(now, longest + longest / SPREAD))
}

/// When a source is polled that should have been by now, or is new: soon, but
/// not together with `n_others` like it. They begin within `window` at most,
/// about four a second where there is room for that.
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

#[cfg(test)]
mod tests;
