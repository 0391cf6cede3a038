//! Zones behind a time: `Z`, `+08:00`, `GMT+8`, `CEST`, `(北京时间)`, `Asia/Shanghai`.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::cursor::DateCursor;

/// Largest offset from Greenwich, in hours: no place on earth is further.
const MAX_HOURS: i32 = 14;

impl DateCursor<'_> {
    /// Reads the offset that stands at `at` behind the time `civil`; returns it and the index of
    /// the token behind it.
    pub(super) fn zone_at(&self, at: usize, civil: DateTime) -> Option<(Offset, usize)> {
        let is_open = self.tokens.is_sign(at, '(');
        let start = at + usize::from(is_open);
        let found = self
            .numeric_offset(start, self.is_strict)
            .or_else(|| self.region(start, civil))
            .or_else(|| self.named_offset(start, civil));
        let (offset, end) = found?;
        let end = end + usize::from(is_open && self.tokens.is_sign(end, ')'));
        // `-05:00Z` and `+0000 (GMT)` say it twice.
        let is_doubled =
            self.tokens.slice(end, end + 1).eq_ignore_ascii_case("z") && self.tokens.is_glued(end);
        Some((offset, end + usize::from(is_doubled)))
    }

    /// Reads `+08:00`, `+0800`, `+08`, `+8`. Out of range means UTC.
    fn numeric_offset(&self, at: usize, is_expected: bool) -> Option<(Offset, usize)> {
        let sign = match self.tokens.sign(at)? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let number = self
            .tokens
            .number(at + 1)
            .filter(|_| self.tokens.is_glued(at + 1))?;
        let has_minutes = self.tokens.is_sign(at + 2, ':') && self.tokens.is_glued(at + 2);
        let (hours, minutes, end) = match number.digits {
            1 | 2 if has_minutes => {
                let minutes = self
                    .tokens
                    .number(at + 3)
                    .filter(|number| number.digits == 2)?;
                (number.value, minutes.value, at + 4)
            }
            // In running text `12:49 -20` is anything.
            1 | 2 if is_expected || sign > 0 => (number.value, 0, at + 2),
            3 | 4 if is_expected || self.tokens.is_glued(at) || sign > 0 => {
                (number.value / 100, number.value % 100, at + 2)
            }
            _ => return None,
        };
        if minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        let is_possible = seconds <= MAX_HOURS * 3600;
        let seconds = if is_possible { sign * seconds } else { 0 };
        Some((Offset::from_seconds(seconds).ok()?, end))
    }

    /// Reads `CEST`, `GMT+8`, `UTC+08:00`.
    fn named_offset(&self, at: usize, civil: DateTime) -> Option<(Offset, usize)> {
        let name = self.tokens.slice(at, at + 1);
        let Some(seconds) = self.tokens.word(at).zone else {
            // The military letters were misdefined in RFC 822; RFC 5322 has them mean UTC.
            let is_letter = name.len() == 1 && name.as_bytes()[0].is_ascii_uppercase();
            return (self.is_strict && is_letter).then_some((Offset::UTC, at + 1));
        };
        let is_utc = seconds == 0 && !name.eq_ignore_ascii_case("z");
        if is_utc && let Some(shifted) = self.numeric_offset(at + 1, true) {
            return Some(shifted);
        }
        // Lower case is a word: `est`, `met`, `et`.
        if !self.is_strict && name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "z" {
            return None;
        }
        let offset = self
            .own_offset(name, civil)
            .or_else(|| Offset::from_seconds(seconds).ok())?;
        Some((offset, at + 1))
    }

    /// Returns the offset of the source's own zone, if that is what it calls itself: CST is in
    /// Shanghai what it is not in Chicago.
    fn own_offset(&self, name: &str, civil: DateTime) -> Option<Offset> {
        let instant = self.zone.to_timestamp(civil).ok()?;
        let info = self.zone.to_offset_info(instant);
        info.abbreviation()
            .eq_ignore_ascii_case(name)
            .then(|| info.offset())
    }

    /// Reads `America/Los_Angeles`.
    fn region(&self, at: usize, civil: DateTime) -> Option<(Offset, usize)> {
        if !self.tokens.is_sign(at + 1, '/') || !self.tokens.is_glued(at + 2) {
            return None;
        }
        let zone = TimeZone::get(self.tokens.slice(at, at + 3)).ok()?;
        let instant = zone.to_timestamp(civil).ok()?;
        Some((zone.to_offset(instant), at + 3))
    }
}
