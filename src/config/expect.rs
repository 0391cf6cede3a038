//! What is normal for a source, and how its rules are tried.

use std::time::Duration;

use jiff::civil::Weekday;

use crate::model::WebUrl;

/// `[source.expect]`: what is normal. What breaks it is held back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// News come at least so often, days that are not in `days` not counted.
    pub every: Option<Duration>,
    /// A document has at least so many items.
    pub min_items: Option<u32>,
    /// Of the items of a document, at most this share is new, from 0 to 1.
    pub new_ratio_max: Option<f64>,
    /// The days on which news come.
    pub days: Days,
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

/// Their names, from Monday.
pub(super) const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Default for Days {
    fn default() -> Days {
        Days(0x7f)
    }
}

impl Days {
    /// The days in `mon-fri`, `sat,sun`, `mon-wed,fri`.
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

    /// Whether this is one of them.
    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// `[[source.test]]`: what the rules must make of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// An article page, or with `min_items` a list page; the source's own
    /// address if absent.
    pub url: Option<WebUrl>,
    /// The headline.
    pub title: Option<String>,
    /// Something that the text says.
    pub contains: Option<String>,
    /// The page is a list, with at least so many items.
    pub min_items: Option<usize>,
}
