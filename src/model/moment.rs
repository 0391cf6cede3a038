//! Points in time as newspapers give them.

use jiff::Timestamp;

/// Time of publication or change, and how exactly it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Instant; the start of the day, in the zone of the source, where only a day was given.
    pub at: Timestamp,
    /// Exactness of `at`.
    pub precision: Precision,
}

/// Exactness of a date as written, from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Day only: `2018-03-16`.
    Day,
    /// To the minute: `2018-03-16 12:49`.
    Minute,
    /// To the second: `2018-03-16 12:49:07`.
    Second,
}
