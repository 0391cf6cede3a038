//! When an article was published and where it came from: the line under its title.

use std::sync::LazyLock;

use jiff::tz::Offset;
use regex::Regex;

use super::origin;
use crate::model::{Moment, Precision, WebUrl};
use crate::source::Setting;
use crate::text::date;

/// The longest line that gives a date rather than tells of one, in characters.
const MAX: usize = 120;

/// A date with its time, to see what stands beside it.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:19|20)\d{2}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}\s*日?\s*(?:星期.)?\s*T?(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?";
    Regex::new(pattern).expect("a constant pattern")
});

/// A date in an address: `/2019-09-11/`, `/20190911/`, `/2019/09/11/`, `/2019/0911/`, `_20190911`.
static IN_URL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"[/_-]((?:19|20)\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?:\D|$)";
    Regex::new(pattern).expect("a constant pattern")
});

/// A date, with the offset that was written with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) moment: Moment,
    pub(super) offset: Option<Offset>,
}

impl Dated {
    pub(super) fn find(text: &str, setting: &Setting<'_>) -> Option<Dated> {
        let found = date::find(text, setting.now, setting.zone)?;
        Dated::of(found, setting)
    }

    fn of(found: date::Found, setting: &Setting<'_>) -> Option<Dated> {
        let moment = found.resolve(setting.zone)?;
        let day = 24 * 60 * 60;
        let at = moment.at.as_second();
        let is_likely = at > 0 && at <= setting.now.as_second() + day;
        is_likely.then_some(Dated {
            moment,
            offset: found.offset,
        })
    }

    fn is_exact(&self) -> bool {
        self.moment.precision > Precision::Day
    }

    /// The other one where both are of the same day and only it has a time.
    pub(super) fn or_finer(self, other: Option<Dated>) -> Dated {
        const DAY: i64 = 24 * 60 * 60;
        let apart = |other: &Dated| other.moment.at.as_second() - self.moment.at.as_second();
        let is_finer = |other: &Dated| {
            !self.is_exact() && other.is_exact() && (-DAY / 2..DAY).contains(&apart(other))
        };
        other.filter(is_finer).unwrap_or(self)
    }
}

/// The date on the lines between title and text, to the minute if one has it.
pub(super) fn date_on(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let mut found: Option<Dated> = None;
    for line in lines.iter().filter(|line| line.chars().nth(MAX).is_none()) {
        let changed = ["更新", "截至", "截止", "Updated", "Last modified"];
        let is_other = changed.iter().any(|word| line.contains(word));
        if is_other && found.is_some() {
            continue;
        }
        match Dated::find(line, setting) {
            Some(dated) if dated.is_exact() && !is_other => return Some(dated),
            dated => found = found.or(dated),
        }
    }
    found
}

/// Whether a line gives a date and little else.
pub(super) fn is_date_line(line: &str) -> bool {
    let is_short = line.chars().nth(70).is_none();
    is_short && !line.ends_with(['。', '.', '！']) && DATE.is_match(line)
}

/// Whether the year is on one of the lines: without it a date is a guess.
pub(super) fn has_year(lines: &[&str]) -> bool {
    lines
        .iter()
        .any(|line| line.chars().nth(MAX).is_none() && DATE.is_match(line))
}

/// A date that a page gives to machines.
pub(super) fn date_in_meta(text: &str, setting: &Setting<'_>) -> Option<Dated> {
    Dated::find(text, setting)
}

/// The day in an address.
pub(super) fn date_in_url(url: &WebUrl, setting: &Setting<'_>) -> Option<Dated> {
    let groups = IN_URL.captures(url.as_str())?;
    let number = |group: usize| groups[group].parse::<i16>().ok();
    let month = i8::try_from(number(2)?).ok()?;
    let day = i8::try_from(number(3)?).ok()?;
    let date = jiff::civil::Date::new(number(1)?, month, day).ok()?;
    let found = date::Found {
        civil: date.at(0, 0, 0, 0),
        offset: None,
        precision: Precision::Day,
    };
    Dated::of(found, setting)
}

/// What stands on the line of the date without a label.
pub(super) fn origin_by_date(lines: &[&str]) -> Option<String> {
    let line = lines[date_line(lines)?];
    let date = DATE.find(line)?;
    let mut own = [&line[date.end()..], &line[..date.start()]].into_iter();
    own.find_map(origin::beside_date)
}

fn date_line(lines: &[&str]) -> Option<usize> {
    let has_date = |line: &&str| line.chars().nth(MAX).is_none() && DATE.is_match(line);
    lines.iter().position(has_date)
}

/// What stands on the line next to that of the date.
pub(super) fn origin_near_date(lines: &[&str]) -> Option<String> {
    let at = date_line(lines)?;
    let next = lines
        .get(at + 1)
        .filter(|next| next.chars().nth(20).is_none());
    let before = at.checked_sub(1).map(|at| lines[at]);
    let before = before.filter(|line| line.chars().nth(12).is_none());
    let mut places = next.copied().into_iter().chain(before);
    places.find_map(origin::beside_date)
}
