//! The stretches of time that volumes are named after: thirds of a month.
//!
//! A third (旬: from the 1st, the 11th and the 21st) is short enough that
//! retention, which removes whole volumes, gives space back soon, and long
//! enough that copies of one story stand in two neighbouring volumes at most.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Year that periods are counted from.
const FIRST_YEAR: i32 = 1970;

/// Periods of one year: three a month.
const PERIODS_PER_YEAR: i32 = 36;

/// Third of a month (UTC: from the 1st, the 11th, the 21st), counted from 1970-01-01 = 0.
///
/// Written as its first day, `2026-11-11`; on disk two bytes, big-endian. Names a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period(u16);

impl Period {
    /// Returns the period that `at` lies in; the first one for all that is earlier, the last one (in
    /// 3790) for all that is later.
    #[must_use]
    pub fn of(at: Timestamp) -> Period {
        let date = Offset::UTC.to_datetime(at).date();
        let third = (i32::from(date.day()) - 1) / 10;
        let month = i32::from(date.month()) - 1;
        let year = i32::from(date.year()) - FIRST_YEAR;
        let count = year * PERIODS_PER_YEAR + month * 3 + third.min(2);
        Period(u16::try_from(count.max(0)).unwrap_or(u16::MAX))
    }

    /// Returns the period before; the first one has itself.
    #[must_use]
    pub const fn previous(self) -> Period {
        Period(self.0.saturating_sub(1))
    }

    /// Returns the end, which is the beginning of the next period.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = Period(self.0.saturating_add(1)).first_day();
        let midnight = next.at(0, 0, 0, 0);
        Offset::UTC.to_timestamp(midnight).unwrap_or(Timestamp::MAX)
    }

    /// Returns the first day.
    fn first_day(self) -> Date {
        let count = i32::from(self.0);
        let year = FIRST_YEAR + count / PERIODS_PER_YEAR;
        let month = count % PERIODS_PER_YEAR / 3 + 1;
        let day = count % 3 * 10 + 1;
        Date::new(year as i16, month as i8, day as i8).expect("a u16 of thirds ends in 3790")
    }

    /// Encodes the count, big-endian, so that bytes sort as periods do.
    pub(in crate::store) const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Decodes the count; every value is a period.
    pub(in crate::store) const fn from_bytes(bytes: [u8; 2]) -> Period {
        Period(u16::from_be_bytes(bytes))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first_day())
    }
}

/// Error for text that is not the first day of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a period is written as its first day: 2026-11-01, 2026-11-11 or 2026-11-21")]
pub struct BadPeriod;

impl FromStr for Period {
    type Err = BadPeriod;

    fn from_str(text: &str) -> Result<Period, BadPeriod> {
        let date: Date = text.parse().map_err(|_| BadPeriod)?;
        let at = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        let period = Period::of(at.map_err(|_| BadPeriod)?);
        // One spelling only: a folder named `2026-11-02` is not ours.
        (period.to_string() == text)
            .then_some(period)
            .ok_or(BadPeriod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(given: &str, want: &str) {
        let period = Period::of(at(given));
        assert_eq!(period.to_string(), want);
        assert_eq!(want.parse(), Ok(period));
        assert_eq!(Period::from_bytes(period.to_bytes()), period);
    }

    #[test]
    fn periods_are_thirds_of_months_of_utc() {
        check("2026-11-10T23:59:59Z", "2026-11-01");
        check("2026-11-11T00:00:00Z", "2026-11-11");
        check("2026-10-31T23:59:59Z", "2026-10-21");
        check("2026-12-01T07:59:59+08:00", "2026-11-21");
        check("2026-12-01T00:00:00Z", "2026-12-01");
        check("1970-01-01T00:00:00Z", "1970-01-01");
        check("-000001-12-01T00:00:00Z", "1970-01-01");
        check("9999-01-01T00:00:00Z", "3790-06-01");
    }

    #[test]
    fn other_names_are_no_periods() {
        for bad in [
            "",
            "2026",
            "2026-11",
            "2026-11-02",
            "2026-11-31",
            "2026-13-01",
            "+002026-11-01",
            "9999-12-01",
            "2026-11-01x",
            "2026-11-01.damaged-1",
        ] {
            assert!(bad.parse::<Period>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn january_follows_december() {
        let january: Period = "2027-01-01".parse().unwrap();
        assert_eq!(january.previous().to_string(), "2026-12-21");
        assert_eq!(january.previous().end(), at("2027-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn a_period_holds_its_times(second in 0_i64..40_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            let period = Period::of(at);
            prop_assert!(at < period.end());
            prop_assert!(at >= period.previous().end() || period.previous() == period);
            prop_assert_eq!(Period::of(period.end()), Period::from_bytes((u16::from_be_bytes(period.to_bytes()) + 1).to_be_bytes()));
        }
    }
}
