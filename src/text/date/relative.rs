//! Dates told from now: `3小时前`, `il y a 3 jours`, `昨天 10:00`, `上周五`, `刚刚`.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::cursor::DateCursor;
use super::found::FoundDate;
use super::time::Time;
use super::words::{Half, Sense, Unit};
use crate::model::Precision;

/// Most tokens of a text whose day is told from now without a time: words may stand around it,
/// though not a whole text.
const MAX_WORDS: usize = 8;

/// Most tokens of a text that is a short weekday: `to` is Thursday in Sweden, `sun` and `sat` are
/// words of their own.
const MAX_ABBREVIATED: usize = 2;

impl DateCursor<'_> {
    /// Reads a date told from now at `at`; returns it and the index of the token behind it.
    pub(super) fn relative(&self, at: usize) -> Option<(FoundDate, usize)> {
        match self.tokens.sense(at) {
            Some(Sense::Now) => Some((self.found(self.now, Precision::Minute), at + 1)),
            Some(Sense::Day(back, half)) => self.day_back(at, back, half),
            Some(Sense::LastWeek(weekday)) => {
                let monday = self.weekday_before(1)?;
                let day = monday.checked_sub((8 - i64::from(weekday)).days()).ok()?;
                self.on(day, None, at + 1)
            }
            Some(Sense::AgoFirst) => {
                let (found, end) = self.counted(at + 1)?;
                Some((found, end))
            }
            // In a date element a weekday belongs to the date behind it.
            _ if self.tokens.word(at).weekday > 0 && !self.is_strict => {
                let day = self.weekday_before(self.tokens.word(at).weekday)?;
                let is_told = !self.is_abbreviated(at)
                    || self.tokens.len() <= MAX_ABBREVIATED
                    || self.time_behind(at + 1).is_some();
                self.on(day, None, at + 1).filter(|_| is_told)
            }
            _ => {
                let (found, end) = self.counted(at)?;
                (self.tokens.sense(end) == Some(Sense::Ago)).then_some((found, end + 1))
            }
        }
    }

    fn found(&self, civil: jiff::civil::DateTime, precision: Precision) -> FoundDate {
        FoundDate {
            civil,
            offset: None,
            precision,
        }
    }

    fn day_back(&self, at: usize, back: i8, half: Option<Half>) -> Option<(FoundDate, usize)> {
        let day = self.now.date().checked_sub(i64::from(back).days()).ok()?;
        self.on(day, half, at + 1)
    }

    /// Joins `day` with the time behind `at`. Without one the text has to be short: every article
    /// says `yesterday` somewhere.
    fn on(&self, day: Date, half: Option<Half>, at: usize) -> Option<(FoundDate, usize)> {
        let time = self.time_behind(at).map(|time| match half {
            Some(half) => time.in_half(half).unwrap_or(time),
            None => time,
        });
        match time {
            Some(time) => Some((self.at_time(day, time)?, time.end)),
            None if self.tokens.len() <= MAX_WORDS => {
                Some((self.found(day.at(0, 0, 0, 0), Precision::Day), at))
            }
            None => None,
        }
    }

    fn at_time(&self, day: Date, time: Time) -> Option<FoundDate> {
        let day = if time.is_next_day {
            day.tomorrow().ok()?
        } else {
            day
        };
        Some(self.found(day.to_datetime(time.time), time.precision))
    }

    fn is_abbreviated(&self, at: usize) -> bool {
        let word = self.tokens.slice(at, at + 1);
        word.len() <= 3 && word.is_ascii()
    }

    /// Returns the latest such weekday (1 for Monday) that is not in the future.
    fn weekday_before(&self, weekday: i8) -> Option<Date> {
        let today = self.now.date();
        let back = (today.weekday().to_monday_one_offset() - weekday).rem_euclid(7);
        today.checked_sub(i64::from(back).days()).ok()
    }

    /// Reads `2小时30分钟`, `半个月`, `an hour and 5 minutes`, subtracted from now.
    fn counted(&self, at: usize) -> Option<(FoundDate, usize)> {
        let mut at = at;
        let mut total = Span::new();
        let mut finest = None;
        for _ in 0..4 {
            let Some((span, unit, end)) = self.count(at) else {
                break;
            };
            total = total
                .checked_add((span, jiff::SpanRelativeTo::days_are_24_hours()))
                .ok()
                .or_else(|| total.checked_add((span, self.now.date())).ok())?;
            finest = Some(unit);
            at = end;
            let is_joint =
                self.tokens.is_sign(at, ',') || self.tokens.sense(at) == Some(Sense::Filler);
            if is_joint && self.count(at + 1).is_some() {
                at += 1;
            }
        }
        let then = self.now.checked_sub(total).ok()?;
        let found = match finest? {
            Unit::Second => self.found(then, Precision::Second),
            Unit::Hour | Unit::Minute => self.found(then, Precision::Minute),
            _ => self.found(then.date().at(0, 0, 0, 0), Precision::Day),
        };
        Some((found, at))
    }

    /// Reads one number of at most three digits with its unit.
    fn count(&self, at: usize) -> Option<(Span, Unit, usize)> {
        let is_half = self.tokens.sense(at) == Some(Sense::HalfOf);
        let count = match self.tokens.sense(at) {
            Some(Sense::One) => 1,
            Some(Sense::HalfOf) => 0,
            // `an` is a year in French.
            Some(Sense::Unit(Unit::Year)) if self.is_unit(at + 1) => 1,
            _ => {
                self.tokens
                    .number(at)
                    .filter(|number| number.digits <= 3)?
                    .value
            }
        };
        let unit_at = at + 1 + usize::from(self.tokens.slice(at + 1, at + 2) == "多");
        let unit = match self.tokens.sense(unit_at)? {
            Sense::Unit(unit)
            | Sense::Mark(
                unit @ (Unit::Year | Unit::Day | Unit::Hour | Unit::Minute | Unit::Second),
            ) => unit,
            Sense::Week => Unit::Week,
            _ => return None,
        };
        let span = match (unit, is_half) {
            (Unit::Year, true) => 6.months(),
            (Unit::Month, true) => 15.days(),
            (Unit::Day, true) => 12.hours(),
            (Unit::Hour, true) => 30.minutes(),
            (Unit::Minute, true) => 30.seconds(),
            (_, true) => return None,
            (Unit::Year, _) => Span::new().try_years(count).ok()?,
            (Unit::Month, _) => Span::new().try_months(count).ok()?,
            (Unit::Week, _) => Span::new().try_weeks(count).ok()?,
            (Unit::Day, _) => Span::new().try_days(count).ok()?,
            (Unit::Hour, _) => Span::new().try_hours(count).ok()?,
            (Unit::Minute, _) => Span::new().try_minutes(count).ok()?,
            (Unit::Second, _) => Span::new().try_seconds(count).ok()?,
        };
        Some((span, unit, unit_at + 1))
    }

    fn is_unit(&self, at: usize) -> bool {
        matches!(self.tokens.sense(at), Some(Sense::Unit(_)))
    }
}
