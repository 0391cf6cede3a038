//! When an article was published and where it came from: the line under its title.

use std::sync::LazyLock;

use dom_query::NodeRef;
use jiff::civil::Date;
use jiff::tz::Offset;
use regex::Regex;

use super::origin;
use crate::model::{Moment, Precision, WebUrl};
use crate::source::Setting;
use crate::text::date;

/// The longest line that gives a date rather than tells of one, in characters.
const MAX: usize = 120;

/// The longest line that is a date far from the title, or without a year, in
/// characters.
const SHORT: usize = 60;

/// A year, without which a date is a guess.
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:19|20)\d{2}|[〇零]").expect("a constant pattern"));

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
    /// The day as it was written.
    day: Date,
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
            day: found.civil.date(),
        })
    }

    fn is_exact(&self) -> bool {
        self.moment.precision > Precision::Day
    }

    /// The other one where both are of the same day and only it has a time.
    pub(super) fn or_finer(self, other: Option<Dated>) -> Dated {
        let is_finer =
            |other: &Dated| !self.is_exact() && other.is_exact() && self.day == other.day;
        other.filter(is_finer).unwrap_or(self)
    }

    /// `day` where that is the day before or after: sites that give machines
    /// universal time show people their own day.
    pub(super) fn or_day_of(self, day: Option<Dated>) -> Dated {
        let is_universal = self.offset == Some(Offset::UTC);
        let is_near = |other: &Dated| {
            let next = [self.day.tomorrow(), self.day.yesterday()];
            next.iter().flatten().any(|day| *day == other.day)
        };
        day.filter(|day| is_universal && is_near(day))
            .unwrap_or(self)
    }
}

/// The date on the lines between title and text, to the minute if one has it.
pub(super) fn date_on(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let mut found: Option<Dated> = None;
    let is_short = |line: &&&str| line.chars().nth(MAX).is_none();
    for line in lines
        .iter()
        .filter(is_short)
        .filter(|line| YEAR.is_match(line))
    {
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

/// A date without a year on those lines: `3小时前`, `03-16 12:49`.
pub(super) fn guess_on(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let is_guess = |line: &&&str| line.chars().nth(SHORT).is_none() && !YEAR.is_match(line);
    lines
        .iter()
        .filter(is_guess)
        .find_map(|line| Dated::find(line, setting))
}

/// Whether a line gives a date and little else.
pub(super) fn is_date_line(line: &str) -> bool {
    let is_short = line.chars().nth(70).is_none();
    is_short && !line.ends_with(['。', '.', '！']) && DATE.is_match(line)
}

/// The first date with a year on a short line, wherever it stands.
pub(super) fn date_anywhere<'l>(
    lines: impl Iterator<Item = &'l str>,
    setting: &Setting<'_>,
) -> Option<Dated> {
    let is_short = |line: &&str| line.chars().nth(SHORT).is_none();
    let is_right = |line: &&str| line.contains(['©', '®']) || line.contains("opyright");
    let lines = lines
        .filter(is_short)
        .filter(|line| YEAR.is_match(line) && !is_right(line));
    lines.take(200).find_map(|line| Dated::find(line, setting))
}

/// The date of the first `<time>` that is meant for machines too.
pub(super) fn date_in_time(root: &NodeRef<'_>, setting: &Setting<'_>) -> Option<Dated> {
    let times = root.descendants_it().filter(|node| node.has_name("time"));
    let mut texts = times.take(20).filter_map(|node| node.attr("datetime"));
    texts.find_map(|text| Dated::find(&text, setting))
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
    let date = Date::new(number(1)?, month, day).ok()?;
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
