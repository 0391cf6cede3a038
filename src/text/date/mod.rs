//! Date parsing: dates as the open web writes them.
//!
//! Text is taken apart into numbers, words and signs; days and times are read
//! from those. All of it takes time linear in the text, and long text is cut.

mod cursor;
mod day;
mod found;
mod named;
mod relative;
mod search;
#[cfg(test)]
mod tests;
mod time;
mod token;
mod words;
mod zone;

use jiff::{Timestamp, tz::TimeZone};

use crate::model::{Moment, Precision};
use cursor::DateCursor;

pub use found::FoundDate;

/// Longest date in a date element, in bytes; more is cut.
const MAX_DATE_BYTES: usize = 256;

/// Part of a running text that is searched, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// Parses a feed's date element, cut at 256 bytes: RFC 822, RFC 3339 and everything that is meant
/// to be one. `None` if more than a date is in it.
///
/// ```
/// use gazetted::text::date::parse_feed_date;
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let read = |text| parse_feed_date(text, Timestamp::UNIX_EPOCH, &TimeZone::UTC);
/// let at = read("Fri, 16 Mar 2018 8:0:0 +08:00").unwrap().at;
/// assert_eq!(at.to_string(), "2018-03-16T00:00:00Z");
/// assert_eq!(read("2018-W11-5"), read("16. März 2018"));
/// assert_eq!(read("Fri, 30 Feb 2018 08:00:00 GMT"), None);
/// ```
#[must_use]
pub fn parse_feed_date(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Moment> {
    let text = cut(text.trim(), MAX_DATE_BYTES);
    if let Some(at) = number_of_seconds(text, now) {
        return at.map(|at| Moment {
            at,
            precision: Precision::Second,
        });
    }
    let cursor = DateCursor::over(text, now, zone, true);
    let found = match cursor.candidates().first() {
        Some(candidate) if !cursor.has_leftovers(candidate) => candidate.found,
        Some(_) => return None,
        None => coarse(&cursor)?,
    };
    found.resolve(zone)
}

/// Finds the date in a piece of running text, of which the first 4 KiB count, relative ones
/// included (`3小时前`, `昨天 10:00`).
///
/// ```
/// use gazetted::text::date::find;
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let now: Timestamp = "2018-03-16T07:00:00Z".parse().unwrap();
/// let found = find("来源：济南日报  2018-03-16 12:49:00  编辑：王鹏", now, &TimeZone::UTC).unwrap();
/// assert_eq!(found.civil.to_string(), "2018-03-16T12:49:00");
/// assert_eq!(find("3小时前", now, &TimeZone::UTC).unwrap().civil.hour(), 4);
/// assert_eq!(find("电话：0531-85196051", now, &TimeZone::UTC), None);
/// ```
#[must_use]
pub fn find(text: &str, now: Timestamp, zone: &TimeZone) -> Option<FoundDate> {
    let text = cut(text.trim(), MAX_TEXT_BYTES);
    if let Some(at) = number_of_seconds(text, now) {
        let offset = zone.to_offset(at?);
        let civil = offset.to_datetime(at?);
        return Some(FoundDate {
            civil,
            offset: Some(offset),
            precision: Precision::Second,
        });
    }
    let found = DateCursor::over(text, now, zone, false).best()?.found;
    found.resolve(zone).map(|_| found)
}

/// Reads seconds or milliseconds since 1970, if the text is nothing but such a number.
///
/// `Some(None)` if it is such a number, though not of a year we know.
fn number_of_seconds(text: &str, now: Timestamp) -> Option<Option<Timestamp>> {
    let is_number =
        matches!(text.len(), 9..=11 | 13) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = text.parse().ok().filter(|_| is_number)?;
    let seconds = if text.len() == 13 {
        number / 1000
    } else {
        number
    };
    let at = Timestamp::from_second(seconds).ok();
    let latest = now.as_second() + 10 * 366 * 24 * 3600;
    Some(at.filter(|_| {
        text.len() != 11 && (300_000_000..latest.max(4_000_000_000)).contains(&seconds)
    }))
}

/// Reads `2003` and `2003-12`: W3CDTF allows these, and nothing else does.
fn coarse(cursor: &DateCursor<'_>) -> Option<FoundDate> {
    let year = cursor
        .tokens
        .number(0)
        .filter(|number| number.digits == 4 && number.value >= 1900)?;
    let month = match cursor.tokens.len() {
        1 => 1,
        3 if cursor.tokens.is_sign(1, '-') => cursor.tokens.number(2)?.small(1..=12)?,
        _ => return None,
    };
    let date = day::date(year.value, month, 1)?;
    Some(FoundDate {
        civil: date.at(0, 0, 0, 0),
        offset: None,
        precision: Precision::Day,
    })
}

/// Returns the beginning of `text`, in at most `max` bytes.
fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
