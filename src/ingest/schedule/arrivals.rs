//! Arrival histogram of a source: the hours at which it brings news, and how to spend a given
//! number of polls on them.
//!
//! News that waits for the next poll waits on average half the time between two polls. If
//! news comes at the rate λ, a poll every τ costs λτ/2 of waiting and 1/τ requests; the best
//! τ for a given number of requests is proportional to 1/√λ. So polls are dealt out over the
//! week in proportion to √λ.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::{ArrivalHistogram, WEEK_HOURS};

/// Weight of one piece of news in the count of its hour, so that counts can fade in small
/// steps.
const NEWS_WEIGHT: u16 = 16;

/// Age of news, in seconds, from which on it says nothing about the habits of today.
const MAX_NEWS_AGE_SECONDS: i64 = 28 * 86_400;

/// Pieces of news that make habits half believable.
const HALF_BELIEF_NEWS: f32 = 8.0;

/// Part of a count that is kept from week to week, in eighths.
const KEPT_EIGHTHS: u32 = 7;

/// Seconds of an hour.
const HOUR_SECONDS: i64 = 3600;

/// Monday, 5 January 1970, in seconds since 1970.
const FIRST_MONDAY_SECONDS: i64 = 4 * 86_400;

/// Counts news that came at these times, in the zone of the source, after fading older
/// counts. News from the future or older than four weeks is left out.
pub fn learn(
    rhythm: &mut ArrivalHistogram,
    arrivals: impl IntoIterator<Item = Timestamp>,
    zone: &TimeZone,
    now: Timestamp,
) {
    fade(rhythm, now);
    for at in arrivals {
        let age = now.as_second() - at.as_second();
        if !(0..MAX_NEWS_AGE_SECONDS).contains(&age) {
            continue;
        }
        if rhythm.counts.is_empty() {
            rhythm.counts = vec![0; WEEK_HOURS];
        }
        let count = &mut rhythm.counts[hour_of_week(at, zone)];
        *count = count.saturating_add(NEWS_WEIGHT);
    }
}

/// Computes the wait after a poll at `from`, so that over a week there are as many polls as
/// with one every `interval`.
///
/// The same as `interval` for a source without habits.
#[must_use]
pub fn wait(
    rhythm: &ArrivalHistogram,
    zone: &TimeZone,
    interval: Duration,
    from: Timestamp,
) -> Duration {
    if rhythm.counts.len() != WEEK_HOURS {
        return interval;
    }
    let rates = rates(&rhythm.counts);
    let mut left = interval.as_secs_f32();
    let mut waited = 0.0_f32;
    let mut hour = hour_of_week(from, zone);
    let into = from
        .as_second()
        .saturating_add(i64::from(zone.to_offset(from).seconds()))
        .rem_euclid(HOUR_SECONDS);
    let mut room = (HOUR_SECONDS - into) as f32;
    // A week has the polls of a week in it, so this ends.
    for _ in 0..=2 * WEEK_HOURS {
        let rate = rates[hour];
        if left <= room * rate {
            return Duration::from_secs_f32(waited + left / rate);
        }
        left -= room * rate;
        waited += room;
        room = HOUR_SECONDS as f32;
        hour = (hour + 1) % WEEK_HOURS;
    }
    interval
}

/// Computes the density of polls in each hour of the week, relative to the average, which is
/// 1. Neighbouring hours and the same hour of other days count along.
fn rates(counts: &[u16]) -> [f32; WEEK_HOURS] {
    let count = |hour: usize| f32::from(counts[hour % WEEK_HOURS]);
    let total: f32 = counts.iter().copied().map(f32::from).sum();
    let mean = total / WEEK_HOURS as f32;
    let n_news = total / f32::from(NEWS_WEIGHT);
    let belief = n_news / (n_news + HALF_BELIEF_NEWS);
    let mut by_hour = [0.0_f32; 24];
    for (hour, count) in counts.iter().enumerate() {
        by_hour[hour % 24] += f32::from(*count) / 7.0;
    }
    let mut rates = [1.0_f32; WEEK_HOURS];
    if mean <= 0.0 {
        return rates;
    }
    for (hour, rate) in rates.iter_mut().enumerate() {
        let (before, after) = (hour + WEEK_HOURS - 1, hour + 1);
        let here = count(hour).mul_add(0.6, (count(before) + count(after)) * 0.2);
        let day = by_hour[hour % 24];
        let seen = here.mul_add(0.6, day * 0.4) / mean;
        *rate = (belief * seen + (1.0 - belief)).max(MIN_RATE_SHARE).sqrt();
    }
    let mean = rates.iter().sum::<f32>() / WEEK_HOURS as f32;
    rates.iter_mut().for_each(|rate| *rate /= mean);
    rates
}

/// Least rate of news in an hour, as a part of the mean rate: however quiet an hour was, some
/// may come in it.
const MIN_RATE_SHARE: f32 = 0.06;

/// Returns the hour of the week in local time, 0 from Monday midnight.
fn hour_of_week(at: Timestamp, zone: &TimeZone) -> usize {
    let local = at.as_second() + i64::from(zone.to_offset(at).seconds());
    let hours = (local - FIRST_MONDAY_SECONDS).div_euclid(HOUR_SECONDS);
    usize::try_from(hours.rem_euclid(WEEK_HOURS as i64)).expect("a remainder is not negative")
}

/// Fades the counts by an eighth for each week since the last time.
fn fade(rhythm: &mut ArrivalHistogram, now: Timestamp) {
    let week =
        (now.as_second() - FIRST_MONDAY_SECONDS).div_euclid(WEEK_HOURS as i64 * HOUR_SECONDS);
    let week = u32::try_from(week).unwrap_or(0);
    // Also back: a clock that ran ahead must not stop the fading.
    let n_weeks = week.saturating_sub(rhythm.week).min(64);
    for _ in 0..n_weeks.min(if rhythm.counts.is_empty() { 0 } else { 64 }) {
        for count in &mut rhythm.counts {
            *count = u16::try_from(u32::from(*count) * KEPT_EIGHTHS / 8).unwrap_or(u16::MAX);
        }
    }
    rhythm.week = week;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Makes a paper that prints at seven in the morning, Shanghai, on weekdays.
    fn morning_paper() -> (ArrivalHistogram, TimeZone) {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let mut rhythm = ArrivalHistogram::default();
        for week in 0..3 {
            for day in 0..5 {
                let first = at("2026-11-01T23:10:00Z").as_second();
                let at = Timestamp::from_second(first + (week * 7 + day) * 86_400).unwrap();
                learn(&mut rhythm, vec![at; 10], &zone, at);
            }
        }
        (rhythm, zone)
    }

    #[test]
    fn a_source_without_habits_is_asked_evenly() {
        let wait = wait(
            &ArrivalHistogram::default(),
            &TimeZone::UTC,
            HALF_AN_HOUR,
            at("2026-11-23T07:00:00Z"),
        );
        assert_eq!(wait, HALF_AN_HOUR);
    }

    #[test]
    fn polls_are_close_when_news_is_likely_and_far_apart_when_not() {
        let (rhythm, zone) = morning_paper();
        let wait = |from: &str| wait(&rhythm, &zone, HALF_AN_HOUR, at(from));
        let busy = wait("2026-11-23T07:05:00+08:00");
        let night = wait("2026-11-23T01:00:00+08:00");
        let weekend = wait("2026-11-22T15:00:00+08:00");
        assert!(busy < HALF_AN_HOUR / 3, "{busy:?}");
        assert!(night > HALF_AN_HOUR, "{night:?}");
        assert!(weekend > HALF_AN_HOUR, "{weekend:?}");
    }

    #[test]
    fn over_a_week_there_are_as_many_polls_as_with_a_fixed_interval() {
        let (rhythm, zone) = morning_paper();
        let begin = at("2026-11-23T00:00:00+08:00");
        let mut now = begin;
        let mut n_polls = 0_u64;
        while now.duration_since(begin).as_hours() < WEEK_HOURS as i64 {
            now += wait(&rhythm, &zone, HALF_AN_HOUR, now);
            n_polls += 1;
        }
        assert!((330..=342).contains(&n_polls), "{n_polls}");
    }

    #[test]
    fn habits_fade_with_the_weeks() {
        let (mut rhythm, zone) = morning_paper();
        let before: u32 = rhythm.counts.iter().copied().map(u32::from).sum();
        learn(&mut rhythm, [], &zone, at("2027-03-01T00:00:00Z"));
        let after: u32 = rhythm.counts.iter().copied().map(u32::from).sum();
        assert!(after < before / 4, "{before} {after}");
    }

    #[test]
    fn old_dates_and_dates_to_come_teach_nothing() {
        let mut rhythm = ArrivalHistogram::default();
        let dates = ["2018-03-16T12:49:00Z", "2030-01-01T00:00:00Z"].map(at);
        learn(
            &mut rhythm,
            dates,
            &TimeZone::UTC,
            at("2026-11-23T12:00:00Z"),
        );
        assert!(rhythm.counts.is_empty());
    }

    proptest! {
        #[test]
        fn a_wait_is_never_nothing_and_never_for_ever(
            counts in proptest::collection::vec(any::<u16>(), WEEK_HOURS),
            second in 0_i64..4_000_000_000, minutes in 1_u64..2880,
        ) {
            let rhythm = ArrivalHistogram { week: 0, counts };
            let interval = Duration::from_secs(minutes * 60);
            let from = Timestamp::from_second(second).unwrap();
            let wait = wait(&rhythm, &TimeZone::UTC, interval, from);
            prop_assert!(wait >= interval / 32, "{:?} of {:?}", wait, interval);
            prop_assert!(wait <= interval * 8, "{:?} of {:?}", wait, interval);
        }
    }
}
