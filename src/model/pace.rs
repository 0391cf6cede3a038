//! What decides when a source is asked again.

use std::time::Duration;

use jiff::Timestamp;

/// Hours of a week.
pub const WEEK_HOURS: usize = 7 * 24;

/// What a source says about how often it wants to be asked, as far as that
/// makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Wishes {
    /// RSS `ttl`.
    pub ttl: Option<Duration>,
    /// RSS `skipHours`: bit 0 is the hour from midnight, GMT.
    pub skip_hours: u32,
    /// RSS `skipDays`: bit 0 is Monday, GMT.
    pub skip_days: u8,
    /// `sy:updatePeriod` over `sy:updateFrequency`.
    pub period: Option<Duration>,
    /// `sy:updateBase`: the periods are counted from here.
    pub base: Option<Timestamp>,
}

/// When a source brings news, by hour of the week.
///
/// Counts fade with the weeks, so that a paper that changes its habits is
/// followed. Empty until the first news with a known time.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rhythm {
    /// Weeks since 1970 when the counts last faded.
    pub week: u32,
    /// News by hour, from Monday midnight in the zone of the source; none or
    /// [`WEEK_HOURS`] of them.
    pub counts: Vec<u16>,
}

/// What kind of trouble a poll had; it decides how long to stay away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer at all: name, connection, deadline.
    Network,
    /// 401, 403, 451.
    Denied,
    /// 404.
    NotFound,
    /// 410: it stays away for good.
    Gone,
    /// 429, or what `throttle_status` lists.
    Throttled,
    /// Other answers that are none: 5xx, a broken transfer.
    Server,
    /// An answer that nothing could be made of.
    Content,
    /// Ours: it was not asked, or we failed.
    Own,
}

/// What was last learned about a host through one of its sources.
///
/// The latest note of all sources of a host is what holds for the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostNote {
    /// When.
    pub at: Timestamp,
    /// No source of it is asked before.
    pub until: Timestamp,
    /// Failures in a row that were the host's.
    pub failures: u32,
}
