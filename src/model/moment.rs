//! Points in time as newspapers give them.

use jiff::Timestamp;

/// When something was published, and how exactly that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant; the start of the day where only a day was given.
    pub at: Timestamp,
    /// How exactly it was given.
    pub precision: Precision,
}

/// How exactly a date was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `2018-03-16`
    Day,
    /// `2018-03-16 12:49`
    Minute,
    /// `2018-03-16 12:49:07`
    Second,
}
