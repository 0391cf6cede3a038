//! Expectations of a source: its normal yield, and test cases for its rules.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Weekday;

use crate::model::WebUrl;

/// `[source.expect]`: the normal yield of a source. A document that breaks it is held back.
///
/// Read by `ingest::anomaly`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Longest time without news, 1 hour to 366 days; days that are not in `days` are not counted.
    pub every: Option<Duration>,
    /// Fewest items of a document, 1 to 2 000.
    pub min_items: Option<u32>,
    /// Greatest share of new items in a document, from 0 to 1.
    pub new_ratio_max: Option<f64>,
    /// Days on which news come.
    pub days: Days,
}

/// Set of days of the week: bit 0 is Monday. Default all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

/// Names of the days as typed, from Monday.
pub(in crate::config) const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Default for Days {
    fn default() -> Days {
        Days(0x7f)
    }
}

impl Days {
    /// Parses `mon-fri`, `sat,sun`, `mon-wed,fri`; a range may run over the end of the week. `None`
    /// for anything else.
    ///
    /// ```
    /// use gazetted::config::Days;
    /// use jiff::civil::Weekday;
    /// let days = Days::parse("mon-wed, fri").unwrap();
    /// assert!(days.has(Weekday::Friday) && !days.has(Weekday::Thursday));
    /// assert_eq!(Days::parse("fri-mon").unwrap(), Days::parse("mon,fri,sat,sun").unwrap());
    /// assert!(Days::parse("weekdays").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Days> {
        let number = |name: &str| {
            let name = name.trim().to_ascii_lowercase();
            NAMES.iter().position(|known| *known == name)
        };
        let mut days = 0;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (mut day, last) = (number(first)?, number(last)?);
            days |= 1 << last;
            while day != last {
                days |= 1 << day;
                day = (day + 1) % 7;
            }
        }
        Some(Days(days))
    }

    /// Whether `day` is in the set.
    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// `[[source.test]]`: test case of a source's rules; run by `gazetted check --live`, and by
/// `gazetted check` where there is a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Article page, or with `min_items` a list page; the source's own address if absent.
    pub url: Option<WebUrl>,
    /// Expected headline.
    pub title: Option<String>,
    /// Words expected in the text.
    pub contains: Option<String>,
    /// Fewest items expected; makes the page a list.
    pub min_items: Option<usize>,
    /// Page kept beside feeds.toml, for a test without the network; relative to that folder.
    /// Written by `check --live --save`, read by `check`.
    pub snapshot: Option<PathBuf>,
}
