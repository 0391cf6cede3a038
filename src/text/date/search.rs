//! Search: all dates in a text, and the one that it is about.

use super::cursor::DateCursor;
use super::day::Day;
use super::found::FoundDate;
use super::time::Time;
use super::words::Label;
use crate::model::Precision;

/// Farthest place of a label before its date, in tokens.
const MAX_LABEL_TOKENS: usize = 4;

/// Date in a text, with what speaks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateCandidate {
    /// Date as found.
    pub(super) found: FoundDate,
    /// Index of its first token.
    pub(super) start: usize,
    /// Index of the token behind its last.
    pub(super) end: usize,
    is_absolute: bool,
    has_year: bool,
    label: Option<Label>,
}

impl DateCandidate {
    /// Scores how likely this is the date that is looked for; −100 to 95.
    fn score(&self) -> i32 {
        let by_label = match self.label {
            Some(Label::Published) => 60,
            Some(Label::Date) => 20,
            Some(Label::Updated) => -30,
            Some(Label::Other) => -100,
            None => 0,
        };
        let by_time = if self.found.precision > Precision::Day {
            20
        } else {
            0
        };
        by_label
            + by_time
            + if self.has_year { 10 } else { 0 }
            + if self.is_absolute { 5 } else { 0 }
    }
}

impl DateCursor<'_> {
    /// Chooses the date that the text is most likely about: what is said to be the publication
    /// first, then what is more exact, then what comes first.
    pub(super) fn best(&self) -> Option<DateCandidate> {
        let candidates = self.candidates();
        let best = candidates
            .iter()
            .rev()
            .max_by_key(|candidate| candidate.score())?;
        (best.label != Some(Label::Other)).then_some(*best)
    }

    /// Finds every date in the text, in order.
    pub(super) fn candidates(&self) -> Vec<DateCandidate> {
        let mut found: Vec<DateCandidate> = Vec::new();
        let mut time_before: Option<(usize, Time)> = None;
        let mut at = 0;
        while at < self.tokens.len() {
            if let Some(candidate) = self.candidate(at, time_before) {
                at = candidate.end.max(at + 1);
                time_before = None;
                found.push(candidate);
            } else if let Some(time) = self.time_at(at) {
                time_before = Some((at, time));
                at = time.end.max(at + 1);
            } else {
                at += 1;
            }
        }
        self.label(&mut found);
        found
    }

    fn candidate(&self, at: usize, time_before: Option<(usize, Time)>) -> Option<DateCandidate> {
        let absolute = self.named_day(at).or_else(|| self.numeric_day(at));
        let Some(day) = absolute else {
            let (found, end) = self.relative(at)?;
            let (found, end) = self.zoned(found, end);
            return Some(DateCandidate {
                found,
                start: at,
                end,
                is_absolute: false,
                has_year: false,
                label: None,
            });
        };
        let before = time_before.filter(|(_, time)| self.past_gap(time.end) >= at);
        let behind = day.time.or_else(|| self.time_behind(day.end));
        let (start, time) = match (behind, before) {
            (Some(time), _) => (at, Some(time)),
            (None, Some((start, time))) => (start, Some(time)),
            (None, None) => (at, None),
        };
        let date = match time {
            Some(time) if time.is_next_day => day.date.tomorrow().ok()?,
            _ => day.date,
        };
        let found = FoundDate {
            civil: time.map_or(date.at(0, 0, 0, 0), |time| date.to_datetime(time.time)),
            offset: None,
            precision: time.map_or(Precision::Day, |time| time.precision),
        };
        let end = behind.map_or(day.end, |time| time.end.max(day.end));
        let (found, end) = if behind.is_some() {
            self.zoned(found, end)
        } else {
            (found, end)
        };
        let (day, found, end) = self.year_behind(day, found, end);
        let (found, end) = if found.offset.is_none() {
            self.zoned(found, end)
        } else {
            (found, end)
        };
        Some(DateCandidate {
            found,
            start,
            end,
            is_absolute: true,
            has_year: day.has_year,
            label: None,
        })
    }

    /// Completes `found` with the zone that stands at `end`; a day alone has none.
    fn zoned(&self, found: FoundDate, end: usize) -> (FoundDate, usize) {
        if found.precision == Precision::Day {
            return (found, end);
        }
        match self.zone_at(end, found.civil) {
            Some((offset, end)) => (
                FoundDate {
                    offset: Some(offset),
                    ..found
                },
                end,
            ),
            None => (found, end),
        }
    }

    /// Completes a day with the year behind the time, where asctime and its like have it: `Jan  4
    /// 16:29:06 UTC 2004`.
    fn year_behind(&self, day: Day, found: FoundDate, end: usize) -> (Day, FoundDate, usize) {
        let year = self.tokens.number(end).filter(|number| number.digits == 4);
        let year = year
            .and_then(|number| i16::try_from(number.value).ok())
            .filter(|year| *year >= 1900);
        let is_open = !day.has_year && found.precision > Precision::Day;
        match year
            .filter(|_| is_open)
            .and_then(|year| found.civil.with().year(year).build().ok())
        {
            Some(civil) => (
                Day {
                    has_year: true,
                    ..day
                },
                FoundDate { civil, ..found },
                end + 1,
            ),
            None => (day, found, end),
        }
    }

    /// Sets each candidate's label: the one before it, or the one directly behind it.
    fn label(&self, candidates: &mut [DateCandidate]) {
        let mut from = 0;
        for index in 0..candidates.len() {
            let next = candidates
                .get(index + 1)
                .map_or(self.tokens.len(), |next| next.start);
            let candidate = &mut candidates[index];
            let first = from.max(candidate.start.saturating_sub(MAX_LABEL_TOKENS * 2));
            let before = self.label_before(first, candidate.start);
            let behind = self.label_behind(candidate.end, next, before.is_some());
            from = behind.map_or(candidate.end, |(_, end)| end);
            candidate.label = before
                .filter(|label| *label != Label::Date)
                .or(behind.map(|(label, _)| label))
                .or(before);
        }
    }

    /// Finds the last label from token `first` to `end`. `时间` alone says little: in `更新时间` it is
    /// the word before that counts.
    fn label_before(&self, first: usize, end: usize) -> Option<Label> {
        let labels = (first..end)
            .rev()
            .filter_map(|at| self.tokens.label(at).map(|label| (at, label)));
        let (at, last) = labels.into_iter().next()?;
        if end - at > MAX_LABEL_TOKENS {
            return None;
        }
        let more = at
            .checked_sub(1)
            .and_then(|before| self.tokens.label(before));
        match (last, more) {
            (Label::Date, Some(more)) => Some(more),
            _ => Some(last),
        }
    }

    /// Finds the label in `2018-03-16 发布`; with a colon behind, it belongs to what follows.
    fn label_behind(&self, at: usize, next: usize, has_label: bool) -> Option<(Label, usize)> {
        let label = self
            .tokens
            .label(at)
            .filter(|label| *label != Label::Date)?;
        let end = at + 1 + usize::from(self.tokens.label(at + 1).is_some());
        let is_close = next <= end + 1 && next < self.tokens.len();
        let belongs_to_next = self.tokens.is_sign(end, ':') || has_label && is_close;
        (!belongs_to_next).then_some((label, end))
    }

    /// Whether numbers stand outside the tokens of `candidate`, or signs that
    /// belong to a broken time.
    pub(super) fn has_leftovers(&self, candidate: &DateCandidate) -> bool {
        let mut depth = 0;
        let outside = |at: &usize| !(candidate.start..candidate.end).contains(at);
        (0..self.tokens.len()).filter(outside).any(|at| {
            depth += match self.tokens.sign(at) {
                Some('(') => 1,
                Some(')') => -1,
                _ => 0,
            };
            depth == 0
                && (self.tokens.number(at).is_some()
                    || matches!(self.tokens.sign(at), Some('+' | ':')))
        })
    }
}
