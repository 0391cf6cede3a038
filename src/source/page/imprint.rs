//! When an article was published and where it came from: the line under its title.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
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

/// The date on the lines between title and text, to the minute if one has it.
pub(super) fn date_on(lines: &[&str], setting: &Setting<'_>) -> Option<Moment> {
    let mut found: Option<Moment> = None;
    for line in lines.iter().filter(|line| line.chars().nth(MAX).is_none()) {
        let is_other = ["更新", "截至", "截止", "Updated"]
            .iter()
            .any(|word| line.contains(word));
        if is_other && found.is_some() {
            continue;
        }
        let moment = date::find(line, setting.now, setting.zone)
            .and_then(|found| found.resolve(setting.zone));
        let Some(moment) = moment.filter(|moment| is_likely(moment, setting)) else {
            continue;
        };
        if moment.precision > Precision::Day && !is_other {
            return Some(moment);
        }
        found = found.or(Some(moment));
    }
    found
}

/// A date that a page gives to machines.
pub(super) fn date_in_meta(text: &str, setting: &Setting<'_>) -> Option<Moment> {
    let found = date::parse_feed_date(text, setting.now, setting.zone);
    let found =
        found.or_else(|| date::find(text, setting.now, setting.zone)?.resolve(setting.zone));
    found.filter(|moment| is_likely(moment, setting))
}

/// The day in an address.
pub(super) fn date_in_url(url: &WebUrl, zone: &TimeZone) -> Option<Moment> {
    let groups = IN_URL.captures(url.as_str())?;
    let day = jiff::civil::Date::new(
        groups[1].parse().ok()?,
        groups[2].parse().ok()?,
        groups[3].parse().ok()?,
    );
    let at = zone.to_timestamp(day.ok()?.at(0, 0, 0, 0)).ok()?;
    Some(Moment {
        at,
        precision: Precision::Day,
    })
}

/// The finer one, where both are of the same day; else the first.
pub(super) fn finer(
    first: Option<Moment>,
    other: Option<Moment>,
    zone: &TimeZone,
) -> Option<Moment> {
    let (Some(one), Some(two)) = (first, other) else {
        return first.or(other);
    };
    let is_same_day = zone.to_datetime(one.at).date() == zone.to_datetime(two.at).date();
    let is_finer = one.precision == Precision::Day && two.precision > Precision::Day;
    if is_same_day && is_finer {
        other
    } else {
        first
    }
}

fn is_likely(moment: &Moment, setting: &Setting<'_>) -> bool {
    let day = 24 * 60 * 60;
    let is_past = moment.at.as_second() <= setting.now.as_second() + day;
    is_past && moment.at.as_second() > 0
}

/// What stands beside the date without a label: on its line, or on the next.
pub(super) fn origin_beside_date(lines: &[&str]) -> Option<String> {
    let at = lines
        .iter()
        .position(|line| line.chars().nth(MAX).is_none() && DATE.is_match(line))?;
    let line = lines[at];
    let date = DATE.find(line)?;
    let own = [&line[date.end()..], &line[..date.start()]];
    let next = lines
        .get(at + 1)
        .filter(|next| next.chars().nth(20).is_none());
    let before = at
        .checked_sub(1)
        .map(|at| lines[at])
        .filter(|line| line.chars().nth(12).is_none());
    let mut places = own.into_iter().chain(next.copied()).chain(before);
    places.find_map(origin::beside_date)
}
