//! History of a channel (RFC 5005): pages that lead back from the newest, and archives by month.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::{Edition, Format};

/// Namespace of the elements for history.
pub(super) const NAMESPACE: (&str, &str) = ("fh", "http://purl.org/syndication/history/1.0");

/// Place of a document in the history of its channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whole address of the document, if it is another than that of the channel's feed.
    pub here: Option<String>,
    /// Whether the document is an archive: it changes by edits and take-downs only.
    pub is_archive: bool,
    /// Whole addresses of its neighbours, by relation, as in `prev-archive`.
    pub links: Vec<(&'static str, String)>,
}

/// Place of a feed that knows no history.
pub static NO_HISTORY: History = History {
    here: None,
    is_archive: false,
    links: Vec::new(),
};

impl History {
    /// Returns the address of the document with the next older stories, if there is one.
    #[must_use]
    pub(super) fn older(&self) -> Option<&str> {
        let way = if self.is_archive {
            "prev-archive"
        } else {
            "next"
        };
        let found = self.links.iter().find(|(relation, _)| *relation == way);
        found.map(|(_, address)| address.as_str())
    }
}

impl Edition<'_> {
    /// Returns the whole address of this document.
    #[must_use]
    pub(super) fn here(&self, format: Format) -> String {
        let here = self.history.here.clone();
        here.unwrap_or_else(|| self.feed(format))
    }
}

/// Month in UTC, of the years 1 to 9998; written as in `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// First day.
    first: Date,
}

impl Month {
    /// Returns the month of an instant; `None` outside of the years.
    #[must_use]
    pub fn of(at: Timestamp) -> Option<Month> {
        let date = TimeZone::UTC.to_datetime(at).date();
        Month::new(date.year(), date.month())
    }

    fn new(year: i16, month: i8) -> Option<Month> {
        let first = Date::new(year, month, 1).ok()?;
        (1..=9998).contains(&year).then_some(Month { first })
    }

    /// Returns the first instant of the month.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let start = self.first.to_datetime(Time::midnight());
        TimeZone::UTC.to_timestamp(start).unwrap_or(Timestamp::MIN)
    }

    /// Returns the first instant behind the month.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = self.first.last_of_month().tomorrow();
        let next = next.map(|next| next.to_datetime(Time::midnight()));
        let next = next.and_then(|next| TimeZone::UTC.to_timestamp(next));
        next.unwrap_or(Timestamp::MAX)
    }

    /// Returns the month after this one, within the years.
    #[must_use]
    pub fn next(self) -> Option<Month> {
        Month::of(self.end())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// Error: a text that is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a month such as 2026-10")]
pub struct BadMonth;

impl FromStr for Month {
    type Err = BadMonth;

    /// Parses four digits, a dash, two digits.
    fn from_str(text: &str) -> Result<Month, BadMonth> {
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = text.split_once('-').ok_or(BadMonth)?;
        if year.len() != 4 || month.len() != 2 || !is_digits(year) || !is_digits(month) {
            return Err(BadMonth);
        }
        let year = year.parse().map_err(|_| BadMonth)?;
        let month = month.parse().map_err(|_| BadMonth)?;
        Month::new(year, month).ok_or(BadMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_from_its_first_day_to_the_next_one() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(month.to_string(), "2026-12");
        assert_eq!(month.start().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(month.end().to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(month.next(), "2027-01".parse().ok());
        assert_eq!(Month::of(month.start()), Some(month));
        assert_eq!(Month::of(month.end()), month.next());
        let last: Month = "9998-12".parse().unwrap();
        assert_eq!(last.next(), None);
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in [
            "", "2026", "2026-13", "2026-00", "0000-01", "9999-01", "2026-1", "+026-10",
        ] {
            assert_eq!(text.parse::<Month>(), Err(BadMonth), "{text}");
        }
    }
}
