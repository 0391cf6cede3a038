//! Dates as the open web writes them.

use jiff::{
    Timestamp, civil,
    tz::{Offset, TimeZone},
};

use crate::model::{Moment, Precision};

/// A date as found, before a zone is assumed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Date and time as written; midnight where only a day was given.
    pub civil: civil::DateTime,
    /// The offset, where one was written.
    pub offset: Option<Offset>,
    /// How exactly it was given.
    pub precision: Precision,
}

impl Found {
    /// The instant, with `zone` for what names none.
    #[must_use]
    pub fn resolve(&self, _zone: &TimeZone) -> Option<Moment> {
        todo!()
    }
}

/// A date in a feed's date element: RFC 822, RFC 3339 and everything that is meant to be one.
#[must_use]
pub fn parse_feed_date(_text: &str, _now: Timestamp, _zone: &TimeZone) -> Option<Moment> {
    todo!()
}

/// The date in a piece of running text, relative ones included (`3小时前`, `昨天 10:00`).
#[must_use]
pub fn find(_text: &str, _now: Timestamp, _zone: &TimeZone) -> Option<Found> {
    todo!()
}
