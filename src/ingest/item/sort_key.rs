//! Sort keys: the place of an item among all others, decided once, when it is first seen.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::arrival::{Arrival, below};
use crate::model::{Moment, Precision};

/// An entry that appears at the head of its feed with an older date than this was
/// held back by its publisher, and stands where readers find it: at the time we
/// saw it.
const MAX_BACKDATE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Span of Unix time, its first year, whose dates are zeros of a database, as are those before.
const ZERO_DATES_SPAN: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Observation of an entry: the circumstances in which it was first seen.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Time of the poll.
    pub now: Timestamp,
    /// Time zone of the source.
    pub zone: &'a TimeZone,
    /// Index of the entry in the document, from the top.
    pub index: usize,
    /// Arrival in its document.
    pub arrival: Arrival,
}

/// Returns a date, unless it is the zero of a database.
#[must_use]
pub fn believable(date: Moment) -> Option<Moment> {
    let since_zero = date.at.duration_since(Timestamp::UNIX_EPOCH);
    (since_zero > ZERO_DATES_SPAN).then_some(date)
}

/// Computes the sort key: the published date where it can be believed, else the time we saw
/// it. Never in the future, so nothing is pinned on top.
///
/// Items without a time of day, and undated ones, keep the order of their document: each
/// stands a millisecond below the one above it.
#[must_use]
pub fn sort_key(published: Option<Moment>, sight: &Observation<'_>) -> Timestamp {
    let seen = below(sight.now, sight.index);
    let Some(moment) = published else {
        return sight.arrival.undated;
    };
    let is_old = sight.now.duration_since(moment.at) > MAX_BACKDATE;
    if moment.at > sight.now || is_old && !sight.arrival.is_history(moment.at) {
        return seen;
    }
    match moment.precision {
        Precision::Minute | Precision::Second => moment.at,
        Precision::Day => {
            end_of_day(moment.at, sight.zone).map_or(seen, |end| below(end, sight.index).min(seen))
        }
    }
}

/// Returns the date to show: the published one; where only a day was given, the place
/// that an item has within it.
#[must_use]
pub fn shown(published: Option<Moment>, sort_key: Timestamp) -> Option<Timestamp> {
    let moment = published?;
    let into_day = sort_key.duration_since(moment.at);
    let is_within = !into_day.is_negative() && into_day < SignedDuration::from_hours(24);
    Some(match moment.precision {
        Precision::Day if is_within => sort_key,
        _ => moment.at,
    })
}

fn end_of_day(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    Some(
        at.to_zoned_datetime(zone.clone())
            .end_of_day()
            .ok()?
            .timestamp(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T12:00:00Z";

    fn sight(is_archive: bool, zone: &TimeZone) -> Observation<'_> {
        let now = NOW.parse().unwrap();
        Observation {
            now,
            zone,
            index: 0,
            arrival: Arrival {
                is_archive,
                ..Arrival::alone(now, 0)
            },
        }
    }

    #[track_caller]
    fn check(published: Option<(&str, Precision)>, is_archive: bool, want: &str) {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let moment = published.map(|(at, precision)| Moment {
            at: at.parse().unwrap(),
            precision,
        });
        let got = sort_key(moment, &sight(is_archive, &zone));
        assert_eq!(got, want.parse().unwrap(), "{published:?}");
    }

    #[test]
    fn a_believable_date_counts() {
        check(
            Some(("2026-11-23T11:00:00Z", Precision::Minute)),
            false,
            "2026-11-23T11:00:00Z",
        );
        check(
            Some(("2016-01-01T11:00:00Z", Precision::Minute)),
            true,
            "2016-01-01T11:00:00Z",
        );
    }

    #[test]
    fn the_future_is_never_pinned() {
        check(
            Some(("2026-11-23T13:00:00Z", Precision::Minute)),
            false,
            NOW,
        );
        check(Some(("9999-01-01T00:00:00Z", Precision::Minute)), true, NOW);
    }

    #[test]
    fn old_news_that_appears_late_is_seen() {
        check(
            Some(("2026-08-01T00:00:00Z", Precision::Minute)),
            false,
            NOW,
        );
    }

    #[test]
    fn a_bare_day_ends_before_the_next() {
        check(Some(("2026-11-22T16:00:00Z", Precision::Day)), false, NOW);
        check(
            Some(("2026-11-20T16:00:00Z", Precision::Day)),
            false,
            "2026-11-21T15:59:59.999999999Z",
        );
    }

    #[test]
    fn a_bare_day_is_shown_where_it_stands_and_late_news_at_its_date() {
        let day = Moment {
            at: "2026-11-20T16:00:00Z".parse().unwrap(),
            precision: Precision::Day,
        };
        let end: Timestamp = "2026-11-21T15:59:59Z".parse().unwrap();
        assert_eq!(shown(Some(day), end), Some(end));
        assert_eq!(shown(Some(day), NOW.parse().unwrap()), Some(day.at));
        assert_eq!(shown(None, end), None);
    }

    #[test]
    fn zeros_are_no_dates() {
        let at = |text: &str| Moment {
            at: text.parse().unwrap(),
            precision: Precision::Second,
        };
        assert_eq!(believable(at("1970-01-01T00:00:00Z")), None);
        assert_eq!(believable(at("0001-01-01T00:00:00Z")), None);
        assert!(believable(at("1998-01-01T00:00:00Z")).is_some());
    }
}
