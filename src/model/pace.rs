//! Scheduling inputs of a source: poll hints, arrival histogram, failure kind, circuit breaker.

use std::time::Duration;

use jiff::Timestamp;

/// Hours of a week: length of the arrival histogram.
pub const WEEK_HOURS: usize = 7 * 24;

/// Poll hints of a feed: how often its publisher wants to be asked, as far as that makes sense.
///
/// Written by `ingest::schedule::hints` from each document read (durations of 1 second to 366 days; hints
/// that make no sense are `None` or 0), read by `ingest::schedule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PollHints {
    /// RSS `ttl` (minutes there).
    pub ttl: Option<Duration>,
    /// RSS `skipHours`: a mask of 24 bits, bit 0 is the hour from midnight, GMT; never all.
    pub skip_hours: u32,
    /// RSS `skipDays`: a mask of 7 bits, bit 0 is Monday, GMT; never all.
    pub skip_days: u8,
    /// RSS module Syndication: `sy:updatePeriod` divided by `sy:updateFrequency`.
    pub period: Option<Duration>,
    /// `sy:updateBase`: origin of the periods; only with `period`.
    pub base: Option<Timestamp>,
}

/// Arrival histogram of a source: news by hour of the week, with exponential decay.
///
/// Each piece of news adds 16 to its hour; each week leaves 7/8 of the counts, so that a paper that
/// changes its habits is followed. Empty until the first news with a known time. Written and read
/// by `ingest::schedule::arrivals`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ArrivalHistogram {
    /// Week of the last decay, counted from Monday, 5 January 1970.
    pub week: u32,
    /// Decayed counts by hour, from Monday midnight in the zone of the source; none, or
    /// [`WEEK_HOURS`] of them.
    pub counts: Vec<u16>,
}

/// Kind of a failed poll; decides how long the source is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No answer at all: name, connection, deadline. Also an outage of our own network.
    Network,
    /// Status 401, 403 or 451.
    Denied,
    /// Status 404.
    NotFound,
    /// Status 410: the source is never asked again by itself.
    Gone,
    /// Status 429, or one that `throttle_status` lists.
    Throttled,
    /// Broken answer: status 5xx, a broken transfer.
    Server,
    /// Answer that nothing could be made of, or that was held back.
    Content,
    /// Failure of our own: the host was not asked, or we failed.
    Own,
}

/// Circuit breaker of one host, as last seen through one of its sources (Nygard, Release It!).
///
/// Written by `ingest::schedule::breaker` after each poll; the latest of all sources of a host holds for the
/// host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerState {
    /// Time of this note.
    pub at: Timestamp,
    /// End of the open state: no source of the host is asked before; at most 24 hours after `at`,
    /// and equal to `at` while the breaker is closed.
    pub until: Timestamp,
    /// Failures of the host in a row, over all its sources; 0 after a good answer.
    pub failures: u32,
}
