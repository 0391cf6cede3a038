//! Hours and days that a feed wants to be left alone (RSS 2.0, `skipHours` and
//! `skipDays`), both in GMT.

use jiff::{SignedDuration, Timestamp};

use crate::model::PollHints;

/// Seconds of an hour.
const HOUR_SECONDS: i64 = 3600;

/// Longest time a source may be quiet by its own wish, in hours: a weekend and a holiday.
const MAX_QUIET_HOURS: i64 = 72;

/// Finds the first time from `due` on that is not skipped; `due` itself if that would be more
/// than 72 hours away.
#[must_use]
pub(in crate::ingest) fn over(wishes: &PollHints, due: Timestamp) -> Timestamp {
    if !is_skipped(wishes, due) {
        return due;
    }
    let hour = due.as_second().div_euclid(HOUR_SECONDS);
    let free = (1..=MAX_QUIET_HOURS)
        .filter_map(|later| Timestamp::from_second((hour + later) * HOUR_SECONDS).ok())
        .find(|at| !is_skipped(wishes, *at));
    // Within the free hour it keeps its place, so that not all come on the dot.
    let place = SignedDuration::from_secs(due.as_second().rem_euclid(HOUR_SECONDS));
    free.and_then(|at| at.checked_add(place).ok())
        .unwrap_or(due)
}

/// Computes the latest that [`over`] can make of a time that is due now.
pub(in crate::ingest) fn longest_from(now: Timestamp) -> Timestamp {
    let longest = SignedDuration::from_hours(MAX_QUIET_HOURS + 1);
    now.checked_add(longest).unwrap_or(Timestamp::MAX)
}

fn is_skipped(wishes: &PollHints, at: Timestamp) -> bool {
    let hours = at.as_second().div_euclid(HOUR_SECONDS);
    let hour = hours.rem_euclid(24);
    // 1 January 1970 was a Thursday.
    let day = (hours.div_euclid(24) + 3).rem_euclid(7);
    wishes.skip_hours >> hour & 1 == 1 || wishes.skip_days >> day & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(skip_hours: u32, skip_days: u8, due: &str, want: &str) {
        let wishes = PollHints {
            skip_hours,
            skip_days,
            ..PollHints::default()
        };
        assert_eq!(over(&wishes, due.parse().unwrap()).to_string(), want);
    }

    #[test]
    fn skipped_hours_are_waited_out() {
        check(0b1111, 0, "2026-11-23T01:30:00Z", "2026-11-23T04:30:00Z");
        check(
            1 << 23 | 1,
            0,
            "2026-11-23T23:10:00Z",
            "2026-11-24T01:10:00Z",
        );
        check(0b1111, 0, "2026-11-23T04:00:00Z", "2026-11-23T04:00:00Z");
    }

    #[test]
    fn skipped_days_are_waited_out() {
        // The 28th of November 2026 is a Saturday.
        check(
            0,
            0b110_0000,
            "2026-11-28T06:15:00Z",
            "2026-11-30T00:15:00Z",
        );
        check(
            0,
            0b110_0000,
            "2026-11-27T23:59:59Z",
            "2026-11-27T23:59:59Z",
        );
        check(
            1,
            0b110_0000,
            "2026-11-28T06:15:00Z",
            "2026-11-30T01:15:00Z",
        );
    }

    #[test]
    fn nobody_is_left_alone_for_a_week() {
        check(
            0,
            0b111_1110,
            "2026-11-24T06:15:00Z",
            "2026-11-24T06:15:00Z",
        );
    }
}
