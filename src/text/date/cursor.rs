//! Cursor: a text as tokens, and what may stand between the parts of a date.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::token::DateTokens;
use super::words::{Label, Sense, Unit};

/// Most tokens between a date and its time.
const MAX_GAP: usize = 6;

/// Text as tokens, with what a date in it is read by; every reader takes the index of a token.
pub(super) struct DateCursor<'a> {
    pub(super) tokens: DateTokens<'a>,
    /// Current time, in the source's zone.
    pub(super) now: DateTime,
    pub(super) zone: &'a TimeZone,
    /// Whether the text is meant to be a date and nothing else.
    pub(super) is_strict: bool,
}

impl<'a> DateCursor<'a> {
    /// Splits `text` into tokens, to be read as of `now` in `zone`.
    pub(super) fn over(text: &'a str, now: Timestamp, zone: &'a TimeZone, is_strict: bool) -> Self {
        DateCursor {
            tokens: DateTokens::of(text),
            now: zone.to_datetime(now),
            zone,
            is_strict,
        }
    }
}

impl DateCursor<'_> {
    /// Skips what may stand between a date and its time, at most [`MAX_GAP`] tokens or short
    /// brackets.
    pub(super) fn past_gap(&self, at: usize) -> usize {
        let mut end = at;
        while end < at + MAX_GAP {
            let is_gap = match self.tokens.sign(end) {
                Some('(') => match self.past_bracket(end) {
                    Some(behind) => {
                        end = behind;
                        continue;
                    }
                    None => false,
                },
                Some(sign) => matches!(sign, ',' | '-' | '|' | '/' | '.' | ';' | '@'),
                None => self.tokens.word(end).weekday > 0 || self.is_joint(end),
            };
            if !is_gap {
                break;
            }
            end += 1;
        }
        end
    }

    fn is_joint(&self, at: usize) -> bool {
        match self.tokens.sense(at) {
            Some(Sense::Filler | Sense::Separator | Sense::One | Sense::Unit(Unit::Hour)) => true,
            Some(Sense::Label(label)) => label == Label::Date,
            _ => {
                self.tokens.slice(at, at + 1).eq_ignore_ascii_case("am")
                    && self.tokens.number(at + 1).is_some()
            }
        }
    }

    /// Skips a short bracket that opens at `at`: `(周五)`, `(金)`.
    fn past_bracket(&self, at: usize) -> Option<usize> {
        let close = (at + 1..at + 4).find(|at| self.tokens.is_sign(*at, ')'))?;
        let has_number = (at..close).any(|at| self.tokens.number(at).is_some());
        (!has_number).then_some(close + 1)
    }
}
