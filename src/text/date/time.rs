//! Times of day: `12:49:07`, `下午3点半`, `3.20 pm`, `15h30`.

use jiff::civil;

use super::cursor::DateCursor;
use super::token::Number;
use super::words::{Half, Sense, Unit};
use crate::model::Precision;

/// Time of day as found among the tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    /// Time; 00:00 for 24:00.
    pub(super) time: civil::Time,
    /// Whether it is past the midnight at the end of the day: 24:00, `晚上12点`.
    pub(super) is_next_day: bool,
    /// Exactness: minute or second.
    pub(super) precision: Precision,
    /// Index of the token behind it.
    pub(super) end: usize,
}

impl Time {
    fn new(hour: i8, minute: i8, second: Option<i8>, end: usize) -> Option<Time> {
        // A leap second counts as the one before it.
        let second_or_zero = second.unwrap_or(0).min(59);
        let is_next_day = hour == 24 && minute == 0 && second_or_zero == 0;
        let hour = if hour == 24 { 0 } else { hour };
        Some(Time {
            time: civil::Time::new(hour, minute, second_or_zero, 0).ok()?,
            is_next_day,
            precision: if second.is_some() {
                Precision::Second
            } else {
                Precision::Minute
            },
            end,
        })
    }

    /// Reads `1249` or `124907`, as part of a longer number.
    pub(super) fn packed(value: i64, n_digits: usize, end: usize) -> Option<Time> {
        let part = |unit: i64| i8::try_from(value / unit % 100).ok();
        match n_digits {
            4 => Time::new(part(100)?, part(1)?, None, end),
            6 => Time::new(part(10_000)?, part(100)?, part(1), end),
            _ => None,
        }
    }

    /// Moves the time into the half of the day that was named.
    pub(super) fn in_half(self, half: Half) -> Option<Time> {
        let hour = self.time.hour();
        let (hour, is_next_day) = match half {
            Half::Am => (if hour == 12 { 0 } else { hour }, false),
            Half::Pm => (if hour < 12 { hour + 12 } else { hour }, false),
            Half::Noon => (if hour < 4 { hour + 12 } else { hour }, false),
            Half::Evening if hour == 12 => (0, true),
            Half::Evening => (
                if (4..12).contains(&hour) {
                    hour + 12
                } else {
                    hour
                },
                false,
            ),
        };
        let time = self.time.with().hour(hour).build().ok()?;
        Some(Time {
            time,
            is_next_day: is_next_day || self.is_next_day,
            ..self
        })
    }
}

impl DateCursor<'_> {
    /// Reads the time behind a date that ends before `at`.
    pub(super) fn time_behind(&self, at: usize) -> Option<Time> {
        let start = self.past_gap(at);
        if let Some(time) = self.time_at(start) {
            return Some(time);
        }
        let number = self.tokens.number(start)?;
        let is_separated = start > at && self.tokens.sense(start - 1) == Some(Sense::Separator);
        let is_packed = is_separated || self.is_strict && start == at;
        is_packed
            .then(|| Time::packed(number.value, number.digits, start + 1))
            .flatten()
    }

    /// Reads the time that begins at `at`.
    pub(super) fn time_at(&self, at: usize) -> Option<Time> {
        let half = self.half(at);
        let at = at + usize::from(half.is_some());
        let hour = self.tokens.number(at)?.small(0..=24)?;
        let time = self.behind_hour(hour, at + 1).or_else(|| {
            // `3pm`, but not `16`.
            let (_, end) = self.half_behind(at + 1)?;
            Some(Time {
                end,
                ..Time::new(hour, 0, None, at + 1)?
            })
        })?;
        match half {
            Some(half) => time.in_half(half),
            None => Some(time),
        }
        .and_then(|time| self.with_half_behind(time, at + 1))
    }

    /// Reads the time of an `hour` whose sign or mark stands at `at`.
    pub(super) fn behind_hour(&self, hour: i8, at: usize) -> Option<Time> {
        let time = match self.tokens.sign(at) {
            Some(':') => self.clock(hour, at),
            Some('.') => self.dotted(hour, at),
            Some(_) => None,
            None if self.tokens.is_mark(at, Unit::Hour) => self.spoken(hour, at + 1),
            None if self.tokens.slice(at, at + 1).eq_ignore_ascii_case("uhr") => {
                self.spoken(hour, at + 1)
            }
            None => None,
        }?;
        Some(Time {
            end: self.past_fraction(time),
            ..time
        })
    }

    /// Reads `:49:07` behind the hour.
    fn clock(&self, hour: i8, at: usize) -> Option<Time> {
        let minute = self.tokens.number(at + 1)?.small(0..=59)?;
        let behind = at + 2;
        if !self.tokens.is_sign(behind, ':') {
            // `12:49分`
            let end = behind + usize::from(self.tokens.is_mark(behind, Unit::Minute));
            return Time::new(hour, minute, None, end);
        }
        match self.tokens.number(behind + 1) {
            Some(second) => Time::new(hour, minute, Some(second.small(0..=60)?), behind + 2),
            // `12:49: 标题`
            None => Time::new(hour, minute, None, behind),
        }
    }

    /// Reads `.49` behind the hour: must be two digits, and not go on.
    fn dotted(&self, hour: i8, at: usize) -> Option<Time> {
        let minute = self
            .tokens
            .number(at + 1)
            .filter(|number| number.digits == 2)?;
        let is_glued = self.tokens.is_glued(at) && self.tokens.is_glued(at + 1);
        let minute = minute.small(0..=59).filter(|_| is_glued)?;
        let second = match self.tokens.is_sign(at + 2, '.') && self.tokens.is_glued(at + 3) {
            true => self
                .tokens
                .number(at + 3)
                .filter(|number| number.digits == 2),
            false => None,
        };
        match second {
            Some(second) => Time::new(hour, minute, Some(second.small(0..=60)?), at + 4),
            None if self.tokens.is_sign(at + 2, '.') && self.tokens.number(at + 3).is_some() => {
                None
            }
            None => Time::new(hour, minute, None, at + 2),
        }
    }

    /// Reads `49分07秒` behind an hour that was called one.
    fn spoken(&self, hour: i8, at: usize) -> Option<Time> {
        let minute = match self.tokens.sense(at) {
            Some(Sense::HalfOf) => return Time::new(hour, 30, None, at + 1),
            Some(Sense::Sharp) => return Time::new(hour, 0, None, at + 1),
            _ => self.tokens.number(at),
        };
        if let Some(quarters) = minute.filter(|_| self.tokens.sense(at + 1) == Some(Sense::Quarter))
        {
            return Time::new(hour, quarters.small(1..=3)? * 15, None, at + 2);
        }
        let is_marked = self.tokens.is_mark(at + 1, Unit::Minute);
        let is_minute =
            |number: &Number| is_marked || number.digits == 2 && self.tokens.is_glued(at);
        let Some(minute) = minute
            .filter(is_minute)
            .and_then(|number| number.small(0..=59))
        else {
            return Time::new(hour, 0, None, at);
        };
        let behind = at + 1 + usize::from(is_marked);
        let is_second = self.tokens.is_mark(behind + 1, Unit::Second);
        match self.tokens.number(behind).filter(|_| is_second) {
            Some(second) => Time::new(hour, minute, Some(second.small(0..=60)?), behind + 2),
            None => Time::new(hour, minute, None, behind),
        }
    }

    /// Skips fractions of seconds.
    fn past_fraction(&self, time: Time) -> usize {
        let has_fraction = time.precision == Precision::Second
            && matches!(self.tokens.sign(time.end), Some('.' | ',' | ':'))
            && self.tokens.is_glued(time.end)
            && self.tokens.is_glued(time.end + 1)
            && self.tokens.number(time.end + 1).is_some();
        time.end + if has_fraction { 2 } else { 0 }
    }

    /// Applies `pm` behind a time whose hour ended at `hour_end`.
    fn with_half_behind(&self, time: Time, hour_end: usize) -> Option<Time> {
        // `3pm` has been read with its half already.
        let at = if self.half_behind(hour_end).is_some() {
            hour_end
        } else {
            time.end
        };
        match self.half_behind(at) {
            Some((half, end)) => Time { end, ..time }.in_half(half),
            None => Some(time),
        }
    }

    /// Reads `pm`, `p.m.` or `p. m.` at `at`.
    fn half_behind(&self, at: usize) -> Option<(Half, usize)> {
        if let Some(half @ (Half::Am | Half::Pm)) = self.half(at) {
            return Some((half, at + 1 + usize::from(self.tokens.is_sign(at + 1, '.'))));
        }
        let half = match self.tokens.slice(at, at + 1) {
            "a" | "A" | "π" => Half::Am,
            "p" | "P" | "μ" => Half::Pm,
            _ => return None,
        };
        let is_dotted = self.tokens.is_sign(at + 1, '.');
        let is_whole = is_dotted && matches!(self.tokens.slice(at + 2, at + 3), "m" | "M" | "μ");
        let end = at + 3 + usize::from(self.tokens.is_sign(at + 3, '.'));
        is_whole.then_some((half, end))
    }

    /// Whether am or pm is said behind the time that follows `at`.
    pub(super) fn has_half(&self, at: usize) -> bool {
        (at..at + 8).any(|at| self.half_behind(at).is_some())
    }

    fn half(&self, at: usize) -> Option<Half> {
        match self.tokens.sense(at)? {
            Sense::Half(half) => Some(half),
            _ => None,
        }
    }
}
