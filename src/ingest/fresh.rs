//! Sort keys: the place of an item among all others, decided once, when it is first seen.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Moment, Precision};

/// Age beyond which the date of a new entry is not its sort key. An entry that appears with
/// an older date was held back by its publisher (or its feed was), and stands where readers
/// find it: at the time we saw it. On the first poll of a source the archive keeps its dates.
const LATE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Age beyond which a date is a mistake, also on a first poll.
const ANCIENT: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Observation of an entry: the circumstances in which it was first seen.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// Time of the poll.
    pub now: Timestamp,
    /// Time zone of the source.
    pub zone: &'a TimeZone,
    /// Whether this is the first time that the source is read.
    pub is_first_poll: bool,
    /// Index of the entry in the document, from the top.
    pub index: usize,
}

/// Computes the sort key: the published date where it can be believed, else the time we saw
/// it. Never in the future, so nothing is pinned on top.
///
/// Items without a time of day, and undated ones, keep the order of their document: each
/// stands a millisecond below the one above it.
#[must_use]
pub fn sort_key(published: Option<Moment>, sight: &Sight<'_>) -> Timestamp {
    let below = SignedDuration::from_millis(i64::try_from(sight.index).unwrap_or(0));
    let seen = sight.now.checked_sub(below).unwrap_or(sight.now);
    let Some(moment) = published else { return seen };
    let oldest = if sight.is_first_poll { ANCIENT } else { LATE };
    let age = sight.now.duration_since(moment.at);
    if moment.at > sight.now || age > oldest {
        return seen;
    }
    match moment.precision {
        Precision::Minute | Precision::Second => moment.at,
        Precision::Day => end_of_day(moment.at, sight.zone)
            .map_or(seen, |end| end.checked_sub(below).unwrap_or(end).min(seen)),
    }
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

    #[track_caller]
    fn check(published: Option<(&str, Precision)>, is_first_poll: bool, want: &str) {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let sight = Sight {
            now: NOW.parse().unwrap(),
            zone: &zone,
            is_first_poll,
            index: 0,
        };
        let moment = published.map(|(at, precision)| Moment {
            at: at.parse().unwrap(),
            precision,
        });
        let got = sort_key(moment, &sight);
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
            Some(("2026-01-01T11:00:00Z", Precision::Minute)),
            true,
            "2026-01-01T11:00:00Z",
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
        check(Some(("2016-08-01T00:00:00Z", Precision::Minute)), true, NOW);
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
    fn undated_items_keep_their_order() {
        let zone = TimeZone::UTC;
        let sight = |index| Sight {
            now: NOW.parse().unwrap(),
            zone: &zone,
            is_first_poll: false,
            index,
        };
        assert!(sort_key(None, &sight(0)) > sort_key(None, &sight(1)));
    }
}
