//! Date as found in a text, and the instant it names.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil};

use crate::model::{Moment, Precision};

/// Date as found, before a zone is assumed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// Date and time as written; midnight where only a day was given.
    pub civil: civil::DateTime,
    /// Offset from UTC, where one was written.
    pub offset: Option<Offset>,
    /// Exactness of `civil`.
    pub precision: Precision,
}

impl FoundDate {
    /// Computes the instant, with `zone` for a date that names none. A time that the clocks skipped
    /// counts as if they had not; of two, the first counts.
    ///
    /// `None` for what programs write for "no date" (1970-01-01), and outside the years
    /// 1900 to 9998.
    #[must_use]
    pub fn resolve(&self, zone: &TimeZone) -> Option<Moment> {
        let at = match self.offset {
            Some(offset) => offset.to_timestamp(self.civil).ok()?,
            None => zone.to_timestamp(self.civil).ok()?,
        };
        let moment = Moment {
            at,
            precision: self.precision,
        };
        is_meant(self, at).then_some(moment)
    }
}

/// Whether a date is one: what programs write for "no date" is not, and no news is from outside
/// these years.
fn is_meant(found: &FoundDate, at: Timestamp) -> bool {
    let epoch = civil::date(1970, 1, 1);
    let is_epoch = found.civil.date() == epoch || Offset::UTC.to_datetime(at).date() == epoch;
    !is_epoch && (1900..=9998).contains(&found.civil.year())
}
