//! Days written with numbers: `2018-03-16`, `16.3.18`, `3月16日`, `20180316`.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::cursor::DateCursor;
use super::time::Time;
use super::token::Number;
use super::words::{Sense, Unit};

/// Day as found among the tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    /// Calendar date.
    pub(super) date: Date,
    /// Whether the year was written; else the latest that fits was taken.
    pub(super) has_year: bool,
    /// Index of the token behind it.
    pub(super) end: usize,
    /// Time of day, where it was written as part of the same number.
    pub(super) time: Option<Time>,
}

impl Day {
    pub(super) fn new(date: Date, end: usize) -> Day {
        Day {
            date,
            has_year: true,
            end,
            time: None,
        }
    }
}

/// Makes a date from numbers that may not be one.
pub(super) fn date(year: i64, month: i8, day: i8) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

/// Reads a year of four digits, from 1900 on, or of two: from 70 they are of the last century.
pub(super) fn year(number: Number) -> Option<i64> {
    match number.digits {
        4 if number.value >= 1900 => Some(number.value),
        2 if number.value >= 70 => Some(1900 + number.value),
        2 => Some(2000 + number.value),
        _ => None,
    }
}

impl DateCursor<'_> {
    /// Reads the day that begins at token `at` with a number or an era.
    pub(super) fn numeric_day(&self, at: usize) -> Option<Day> {
        if let Some(Sense::Era(before)) = self.tokens.sense(at) {
            return self.era_day(at, i64::from(before));
        }
        let first = self.tokens.number(at)?;
        self.compact(at, first)
            .or_else(|| self.year_first(at, first))
            .or_else(|| self.republic(at, first))
            .or_else(|| self.year_last(at, first))
            .or_else(|| self.without_year(at, first))
            .or_else(|| self.without_month(at, first))
    }

    /// Reads `民国107年3月16日`, `令和元年5月1日`.
    fn era_day(&self, at: usize, before: i64) -> Option<Day> {
        let count = match self.tokens.sense(at + 1) {
            Some(Sense::First) => 1,
            _ => {
                self.tokens
                    .number(at + 1)
                    .filter(|number| number.digits <= 3)?
                    .value
            }
        };
        let behind = self.tokens.is_mark(at + 2, Unit::Year).then_some(at + 3)?;
        self.month_and_day(before + count, behind)
    }

    /// Reads `107.03.16`, `107/03/16`: years since 1911, as offices in Taiwan write them.
    fn republic(&self, at: usize, number: Number) -> Option<Day> {
        let is_year = number.digits == 3 && (100..=140).contains(&number.value);
        let sign = self
            .tokens
            .sign(at + 1)
            .filter(|sign| matches!(sign, '.' | '/' | '-'))?;
        let is_pair = |at: usize| self.tokens.number(at).is_some_and(|part| part.digits == 2);
        let is_whole = is_pair(at + 2) && self.tokens.is_sign(at + 3, sign) && is_pair(at + 4);
        // An address or a version goes on.
        let goes_on =
            self.tokens.is_sign(at + 5, sign) || self.tokens.is_sign(at.wrapping_sub(1), sign);
        if self.is_strict || !is_year || !is_whole || goes_on {
            return None;
        }
        self.month_and_day(number.value + 1911, at + 2)
    }

    /// Reads `20180316`, `201803161249`, `20180316T124905`.
    fn compact(&self, at: usize, number: Number) -> Option<Day> {
        let glued_before = self.tokens.is_glued(at) && !self.follows_opening(at);
        if glued_before || !matches!(number.digits, 8 | 12 | 14) {
            return None;
        }
        let unit = 10_i64.pow(u32::try_from(number.digits - 8).ok()?);
        let day = number.value / unit;
        let date = date(
            day / 10_000,
            i8::try_from(day / 100 % 100).ok()?,
            i8::try_from(day % 100).ok()?,
        )?;
        if !(1900..=2100).contains(&date.year()) {
            return None;
        }
        let time = match number.digits {
            8 => None,
            n_digits => Some(Time::packed(number.value % unit, n_digits - 8, at + 1)?),
        };
        Some(Day {
            time,
            ..Day::new(date, at + 1)
        })
    }

    /// Reads `2018-03-16`, `2018年3月16日`, `2018. március 16.`, `2018-W11-5`, `2018-075`.
    fn year_first(&self, at: usize, number: Number) -> Option<Day> {
        let year = year(number)?;
        if number.digits == 2 && !self.tokens.is_mark(at + 1, Unit::Year) {
            return None;
        }
        let is_glued = self.tokens.is_glued(at + 1) && self.tokens.is_glued(at + 2);
        if self.tokens.is_sign(at + 1, '-') && is_glued {
            if let Some(day) = self
                .week_date(at + 2, year)
                .or_else(|| self.ordinal_date(at + 2, year))
            {
                return Some(day);
            }
        } else if self.tokens.sense(at + 1) == Some(Sense::Week) && self.tokens.is_glued(at + 1) {
            return self.week_date(at + 1, year);
        }
        let behind = match self.tokens.sign(at + 1) {
            Some('-' | '/' | '.' | ',') => at + 2,
            Some(_) => return None,
            None if self.tokens.is_mark(at + 1, Unit::Year) => at + 2,
            None if self.is_strict || self.tokens.month(at + 1).is_some() => at + 1,
            None => return None,
        };
        self.month_and_day(year, behind)
    }

    /// Reads `3月16日` or `03-16` behind a year.
    fn month_and_day(&self, year: i64, at: usize) -> Option<Day> {
        let month = match self.tokens.number(at) {
            Some(number) => number.small(1..=12)?,
            None => self.tokens.month(at)?,
        };
        let sep = at + 1;
        let mut at = match self.tokens.sign(sep) {
            Some('-' | '/' | '.') => sep + 1,
            Some(_) => return None,
            None if self.tokens.is_mark(sep, Unit::Month) => sep + 1,
            None => sep,
        };
        // `2018年3月.16日`
        at += usize::from(self.tokens.is_sign(at, '.'));
        let number = self.tokens.number(at)?;
        let end = at + 1 + usize::from(self.tokens.is_mark(at + 1, Unit::Day));
        let end = end
            + usize::from(self.tokens.is_sign(end, '.') && self.tokens.number(end + 1).is_none());
        match number.small(1..=31) {
            Some(day) => Some(Day::new(date(year, month, day)?, end)),
            None => self.run_together(year, month, number, at),
        }
    }

    /// Reads `2019-09-2612:11`: the day and the hour, run together.
    fn run_together(&self, year: i64, month: i8, number: Number, at: usize) -> Option<Day> {
        let is_clock = self.tokens.is_sign(at + 1, ':') && self.tokens.is_glued(at + 1);
        if !is_clock || !matches!(number.digits, 3 | 4) {
            return None;
        }
        let unit = if number.digits == 4 { 100 } else { 10 };
        let date = date(year, month, i8::try_from(number.value / unit).ok()?)?;
        let time = self.behind_hour(i8::try_from(number.value % unit).ok()?, at + 1)?;
        Some(Day {
            time: Some(time),
            ..Day::new(date, time.end)
        })
    }

    /// Reads `W11-5` or `W115` behind a year (ISO 8601).
    fn week_date(&self, at: usize, year: i64) -> Option<Day> {
        if self.tokens.sense(at) != Some(Sense::Week) {
            return None;
        }
        let number = self.tokens.number(at + 1)?;
        let (week, day, end) = match number.digits {
            3 => (number.value / 10, number.value % 10, at + 2),
            2 if self.tokens.is_sign(at + 2, '-') => {
                (number.value, self.tokens.number(at + 3)?.value, at + 4)
            }
            2 => (number.value, 1, at + 2),
            _ => return None,
        };
        let weekday = Weekday::from_monday_one_offset(i8::try_from(day).ok()?).ok()?;
        let week =
            ISOWeekDate::new(i16::try_from(year).ok()?, i8::try_from(week).ok()?, weekday).ok()?;
        Some(Day::new(week.date(), end))
    }

    /// Reads `075` behind a year: the day of the year.
    fn ordinal_date(&self, at: usize, year: i64) -> Option<Day> {
        let number = self.tokens.number(at).filter(|number| number.digits == 3)?;
        let is_clock = self.tokens.is_sign(at + 1, ':') || self.tokens.is_sign(at + 1, '-');
        if is_clock {
            return None;
        }
        let first = date(year, 1, 1)?;
        let date = first
            .with()
            .day_of_year(i16::try_from(number.value).ok()?)
            .build()
            .ok()?;
        Some(Day::new(date, at + 1))
    }

    /// Reads `16.03.2018`, `03/16/2018`, `18-03-16`.
    fn year_last(&self, at: usize, first: Number) -> Option<Day> {
        let (sep, step) = match self.tokens.sign(at + 1) {
            Some(sep @ ('.' | '/' | '-')) => (sep, 2),
            None if self.is_strict && self.tokens.number(at + 1).is_some() => (' ', 1),
            _ => return None,
        };
        let (second, third) = (
            self.tokens.number(at + step)?,
            self.tokens.number(at + 2 * step)?,
        );
        let end = at + 2 * step + 1;
        let is_chain =
            step == 2 && (!self.tokens.is_sign(at + 3, sep) || self.goes_on(at, end, sep));
        let is_hour = third.digits <= 2 && self.tokens.is_sign(end, ':');
        if is_chain || is_hour || first.digits > 2 || second.digits > 2 {
            return None;
        }
        let (a, b) = (
            i8::try_from(first.value).ok()?,
            i8::try_from(second.value).ok()?,
        );
        let last = year(third);
        let by_day = last.and_then(|year| date(year, b, a));
        let by_month = last.and_then(|year| date(year, a, b));
        let by_year = (first.digits == 2 && third.digits <= 2)
            .then(|| date(year(first)?, b, third.small(1..=31)?))
            .flatten();
        let date = match sep {
            '-' => by_year.or(by_day).or(by_month),
            '.' => by_day.or(by_year),
            ' ' => by_day.or(by_month),
            _ => self.likeliest(at, end, &[by_day, by_month, by_year]),
        };
        Some(Day::new(date?, end))
    }

    /// Chooses among readings with slashes, which everybody writes as they like. A weekday or am/pm
    /// decides; then what is not in the future; then the order given.
    fn likeliest(&self, at: usize, end: usize, readings: &[Option<Date>]) -> Option<Date> {
        let weekday = (1..=3).find_map(|back| {
            let weekday = self.tokens.word(at.checked_sub(back)?).weekday;
            Weekday::from_monday_one_offset(weekday).ok()
        });
        let mut readings: Vec<Date> = readings.iter().flatten().copied().collect();
        if self.has_half(end) && readings.len() > 1 {
            readings.swap(0, 1);
        }
        let tomorrow = self.now.date().tomorrow().unwrap_or(Date::MAX);
        let fits = |date: &&Date| weekday.is_some_and(|weekday| date.weekday() == weekday);
        let past = |date: &&Date| **date <= tomorrow;
        readings
            .iter()
            .find(fits)
            .or_else(|| readings.iter().find(past))
            .or(readings.first())
            .copied()
    }

    /// Reads `3月16日`, `03-16`, `3/16`; the latest such day.
    fn without_year(&self, at: usize, first: Number) -> Option<Day> {
        let second = self.tokens.number(at + 2)?;
        let is_marked = self.tokens.is_mark(at + 1, Unit::Month);
        let sep = self
            .tokens
            .sign(at + 1)
            .filter(|sep| matches!(sep, '-' | '/' | '.'));
        let end = at + 3;
        if is_marked {
            let (month, day) = (first.small(1..=12)?, second.small(1..=31)?);
            let end = end + usize::from(self.tokens.is_mark(end, Unit::Day));
            return self.latest(month, day, end);
        }
        let sep = sep?;
        if self.goes_on(at, end, sep)
            || !self.tokens.is_glued(at + 1)
            || !self.tokens.is_glued(at + 2)
        {
            return None;
        }
        // `3-2` is a score, `1/2` a page.
        let end = end + usize::from(sep == '.' && self.tokens.is_sign(end, '.'));
        let is_padded = first.digits == 2 && second.digits == 2;
        let is_whole = at == 0 && end == self.tokens.len();
        let has_time = self.time_behind(end).is_some();
        let is_certain = match sep {
            '.' => is_padded && (is_whole || has_time),
            _ => has_time || is_padded && self.stands_alone(at, end),
        };
        if !is_certain {
            return None;
        }
        let (a, b) = (first.small(1..=31)?, second.small(1..=31)?);
        match sep == '.' || a > 12 {
            true => self.latest(b, a, end),
            false => self.latest(a, b, end),
        }
    }

    /// Reads `16日 12:49`: the latest such day, if a time stands behind it.
    fn without_month(&self, at: usize, number: Number) -> Option<Day> {
        let day = number.small(1..=31)?;
        let end = at + 2;
        let is_day = self.tokens.is_mark(at + 1, Unit::Day) && self.time_behind(end).is_some();
        let today = self.now.date();
        let months = std::iter::successors(is_day.then(|| today.first_of_month()), |month| {
            month.yesterday().ok().map(Date::first_of_month)
        });
        let days = months
            .take(3)
            .filter_map(|month| month.with().day(day).build().ok());
        let date = days.into_iter().find(|date| *date <= today)?;
        Some(Day {
            has_year: false,
            ..Day::new(date, end)
        })
    }

    /// Makes the latest day of this month and number that is tomorrow at the latest.
    pub(super) fn latest(&self, month: i8, day: i8, end: usize) -> Option<Day> {
        let tomorrow = self.now.date().tomorrow().ok()?;
        let this = i64::from(tomorrow.year());
        let found = (0..8)
            .filter_map(|back| date(this - back, month, day))
            .find(|date| *date <= tomorrow)?;
        Some(Day {
            has_year: false,
            ..Day::new(found, end)
        })
    }

    /// Whether more numbers are chained to those from `at` to `end`, as in `10.12.1.3`.
    fn goes_on(&self, at: usize, end: usize, sep: char) -> bool {
        let behind = self.tokens.is_sign(end, sep)
            && self.tokens.is_glued(end)
            && self.tokens.is_glued(end + 1)
            && self.tokens.number(end + 1).is_some();
        let before = at.checked_sub(1).is_some_and(|before| {
            let is_chained = self
                .tokens
                .sign(before)
                .is_some_and(|sign| matches!(sign, '-' | '/' | '.'));
            is_chained && self.tokens.is_glued(at)
        });
        behind || before
    }

    /// Whether no letters or numbers touch the tokens from `at` to `end`.
    fn stands_alone(&self, at: usize, end: usize) -> bool {
        let touches_before = self.tokens.is_glued(at) && !self.follows_opening(at);
        let touches_behind = self.tokens.is_glued(end)
            && (self.tokens.number(end).is_some() || self.tokens.is_unknown(end));
        !touches_before && !touches_behind
    }

    /// Whether punctuation that opens or divides stands before `at`, or Chinese text.
    fn follows_opening(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return true;
        };
        match self.tokens.sign(before) {
            Some(sign) => !matches!(sign, '-' | '/' | '.' | '#' | '@' | '_' | '+' | '='),
            None => self
                .tokens
                .slice(before, at)
                .ends_with(super::words::is_ideographic),
        }
    }
}
