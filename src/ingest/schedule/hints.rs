//! Poll hints: statements of a feed about how often it wants to be asked, made sense of.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::PollHints;
use crate::source::About;

/// Minute, in seconds.
const MINUTE_SECONDS: u64 = 60;
/// Hour, in seconds.
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
/// Day, in seconds.
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

/// Longest time that is no mistake, in seconds; a hint beyond it counts for nothing.
const MAX_HINT_SECONDS: u64 = 366 * DAY_SECONDS;

/// Mask of all hours of a day; bit 0 is the hour from midnight.
const ALL_HOURS: u32 = (1 << 24) - 1;
/// Mask of all days of a week; bit 0 is Monday.
const ALL_DAYS: u8 = (1 << 7) - 1;

/// Days of `skipDays`, from Monday, by the first three letters.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads the poll hints in `about`. One that makes no sense is left out: a `ttl` that is no
/// number of minutes, hours that leave none to ask in.
///
/// RSS 2.0 (`ttl`, `skipHours`, `skipDays`), and its module Syndication (`sy:updatePeriod`
/// …).
#[must_use]
pub fn wishes(about: &About) -> PollHints {
    let schedule = &about.schedule;
    let hours = schedule.skip_hours.iter().filter_map(|text| hour(text));
    let skip_hours = hours.fold(0, |mask, hour| mask | 1 << hour);
    let days = schedule.skip_days.iter().filter_map(|text| day(text));
    let skip_days = days.fold(0, |mask, day| mask | 1 << day);
    let period = period(
        schedule.update_period.as_deref(),
        schedule.update_frequency.as_deref(),
    );
    let base = schedule.update_base.as_deref().and_then(instant);
    PollHints {
        ttl: about.ttl.as_deref().and_then(ttl),
        skip_hours: if skip_hours == ALL_HOURS {
            0
        } else {
            skip_hours
        },
        skip_days: if skip_days == ALL_DAYS { 0 } else { skip_days },
        period,
        base: base.filter(|_| period.is_some()),
    }
}

/// Parses a `ttl`, in minutes.
fn ttl(text: &str) -> Option<Duration> {
    let minutes: u64 = text.trim().parse().ok()?;
    sensible(minutes.checked_mul(MINUTE_SECONDS)?)
}

/// Parses an hour of `skipHours`, GMT. RSS 2.0 counts 0 to 23, RSS 0.91 counted 1 to 24; 24
/// is midnight in both.
fn hour(text: &str) -> Option<u8> {
    let hour: u8 = text.trim().parse().ok()?;
    (hour <= 24).then_some(hour % 24)
}

fn day(text: &str) -> Option<usize> {
    let text = text.trim().to_ascii_lowercase();
    DAYS.iter().position(|day| text.starts_with(day))
}

/// Computes the period between two updates. The module's defaults are a day and once.
fn period(period: Option<&str>, frequency: Option<&str>) -> Option<Duration> {
    let length = match period
        .map(|word| word.trim().to_ascii_lowercase())
        .as_deref()
    {
        Some("hourly") => HOUR_SECONDS,
        Some("daily") => DAY_SECONDS,
        Some("weekly") => 7 * DAY_SECONDS,
        Some("monthly") => 30 * DAY_SECONDS,
        Some("yearly") => 365 * DAY_SECONDS,
        Some(_) => return None,
        None if frequency.is_some() => DAY_SECONDS,
        None => return None,
    };
    let frequency: u64 = match frequency {
        Some(text) => text.trim().parse().ok()?,
        None => 1,
    };
    sensible(length.checked_div(frequency)?)
}

/// Parses W3C's date and time, of which the module allows the seconds to be missing.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let whole = text.parse().ok();
    whole.or_else(|| {
        let (head, zone) = text.split_at_checked("2000-01-01T12:00".len())?;
        format!("{head}:00{zone}").parse().ok()
    })
}

fn sensible(seconds: u64) -> Option<Duration> {
    (1..=MAX_HINT_SECONDS)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::Schedule;

    fn of(ttl: &str, schedule: Schedule) -> PollHints {
        wishes(&About {
            ttl: Some(ttl.to_owned()).filter(|ttl| !ttl.is_empty()),
            schedule,
            ..About::default()
        })
    }

    #[track_caller]
    fn check_ttl(text: &str, minutes: impl Into<Option<u64>>) {
        let want = minutes.into().map(|n| Duration::from_secs(n * 60));
        assert_eq!(of(text, Schedule::default()).ttl, want, "ttl {text:?}");
    }

    #[track_caller]
    fn check_period(period: &str, frequency: &str, minutes: impl Into<Option<u64>>) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let schedule = Schedule {
            update_period: text(period),
            update_frequency: text(frequency),
            ..Schedule::default()
        };
        let want = minutes.into().map(|n| Duration::from_secs(n * 60));
        assert_eq!(of("", schedule).period, want, "{period:?} {frequency:?}");
    }

    #[test]
    fn a_ttl_is_minutes_or_nothing() {
        check_ttl("60", 60);
        check_ttl(" 5 ", 5);
        for bad in [
            "0",
            "-5",
            "abc",
            "1.5",
            "99999999999999999999",
            "9999999999",
        ] {
            check_ttl(bad, None);
        }
    }

    #[test]
    fn a_period_is_divided_by_its_frequency() {
        check_period("hourly", "", 60);
        check_period("hourly", "2", 30);
        check_period("Daily ", "1", 24 * 60);
        check_period("", "4", 6 * 60);
        check_period("weekly", "7", 24 * 60);
        check_period("", "", None);
        check_period("fortnightly", "1", None);
        check_period("hourly", "0", None);
        check_period("hourly", "-1", None);
        check_period("hourly", "often", None);
    }

    #[test]
    fn hours_and_days_are_masks_and_nobody_skips_all_of_them() {
        let schedule = |hours: &[&str], days: &[&str]| Schedule {
            skip_hours: hours.iter().map(|text| (*text).to_owned()).collect(),
            skip_days: days.iter().map(|text| (*text).to_owned()).collect(),
            ..Schedule::default()
        };
        let some = of(
            "",
            schedule(&["0", " 3", "24", "25", "x"], &["Saturday", "sun", "Day"]),
        );
        assert_eq!(some.skip_hours, 0b1001);
        assert_eq!(some.skip_days, 0b110_0000);
        let hours: Vec<String> = (0..24).map(|hour: u8| hour.to_string()).collect();
        let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
        assert_eq!(of("", schedule(&hours, &DAYS)), PollHints::default());
    }

    #[test]
    fn a_base_may_leave_the_seconds_out() {
        let base = |text: &str| {
            let schedule = Schedule {
                update_period: Some("hourly".to_owned()),
                update_base: Some(text.to_owned()),
                ..Schedule::default()
            };
            of("", schedule).base.map(|base| base.to_string())
        };
        assert_eq!(
            base("2000-01-01T12:00+00:00").as_deref(),
            Some("2000-01-01T12:00:00Z")
        );
        assert_eq!(
            base("2000-01-01T12:00:30Z").as_deref(),
            Some("2000-01-01T12:00:30Z")
        );
        assert_eq!(base("noon"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,30}") {
            let schedule = Schedule {
                skip_hours: vec![text.clone()],
                skip_days: vec![text.clone()],
                update_period: Some(text.clone()),
                update_frequency: Some(text.clone()),
                update_base: Some(text.clone()),
            };
            let _ = of(&text, schedule);
        }
    }
}
