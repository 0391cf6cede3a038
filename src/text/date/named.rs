//! Days written with the name of the month: `16 March 2018`, `Mar. 16th, 2018`.

use super::cursor::DateCursor;
use super::day::{Day, date, year};
use super::words::{Sense, Unit};

impl DateCursor<'_> {
    /// Reads the day that begins at token `at`, if it names its month.
    pub(super) fn named_day(&self, at: usize) -> Option<Day> {
        match self.tokens.month(at) {
            Some(month) => self.month_first(at, month),
            None => self.day_first(at),
        }
    }

    /// Reads `16. März 2018`, `16th of March, 2018`, `16-Mar-18`, `1er mars 2018`.
    fn day_first(&self, at: usize) -> Option<Day> {
        let day = self.tokens.number(at)?.small(1..=31)?;
        let month_at = self.past_joints(at + 1);
        // `16 3月 2018`
        let (month, end) = match self.tokens.month(month_at) {
            Some(month) => (month, month_at + 1),
            // In `张三3月16日` the first number is a name.
            None if self.tokens.is_mark(month_at + 1, Unit::Month)
                && !self.tokens.is_glued(month_at) =>
            {
                (self.tokens.number(month_at)?.small(1..=12)?, month_at + 2)
            }
            None => return None,
        };
        let has_comma = self.tokens.is_sign(end, ',') || self.tokens.is_sign(end + 1, ',');
        self.with_year(month, day, end).or_else(|| {
            // `16, March` is a list, not a date.
            let is_joined = !self.tokens.is_sign(at + 1, ',') || has_comma;
            is_joined.then(|| self.latest(month, day, end)).flatten()
        })
    }

    /// Reads `March 16, 2018`, `Mar 16 12:49:00 2018`.
    fn month_first(&self, at: usize, month: i8) -> Option<Day> {
        let day_at = self.past_joints(at + 1);
        let day = self.tokens.number(day_at)?.small(1..=31)?;
        let ordinal = usize::from(self.tokens.sense(day_at + 1) == Some(Sense::Ordinal));
        let end = day_at + 1 + ordinal;
        let is_clock = self.tokens.is_sign(end, ':');
        // In `mar, 16 mar 2018` the first word is a Tuesday.
        let is_other_day = self.tokens.month(self.past_joints(end)).is_some();
        if is_clock || is_other_day {
            return None;
        }
        self.with_year(month, day, end)
            .or_else(|| self.latest(month, day, end))
    }

    /// Completes the day with the year that stands at `at`, behind a comma or a joint.
    fn with_year(&self, month: i8, day: i8, at: usize) -> Option<Day> {
        let year_at = self.past_joints(at);
        let number = self.tokens.number(year_at)?;
        let is_clock = self.tokens.is_sign(year_at + 1, ':') && self.tokens.is_glued(year_at + 1);
        let is_short = number.digits == 2 && !self.is_strict;
        let joint = self.tokens.sign(year_at.saturating_sub(1));
        let is_joined = matches!(joint, Some('-' | '/' | '\''));
        if is_clock || is_short && !is_joined {
            return None;
        }
        let end = year_at + 1 + usize::from(self.tokens.is_mark(year_at + 1, Unit::Year));
        Some(Day::new(date(year(number)?, month, day)?, end))
    }

    /// Skips what stands between the parts of such a date, at most three tokens.
    fn past_joints(&self, at: usize) -> usize {
        let is_joint = |at: usize| match self.tokens.sign(at) {
            Some(sign) => matches!(sign, '.' | ',' | '-' | '/' | '\''),
            None => matches!(self.tokens.sense(at), Some(Sense::Filler | Sense::Ordinal)),
        };
        (at..at + 4).find(|at| !is_joint(*at)).unwrap_or(at)
    }
}
