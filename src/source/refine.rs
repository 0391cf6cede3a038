//! Refining a value that a selector found: a part of it, an address, a date.

use jiff::civil;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::{Timestamp, tz::TimeZone};
use regex::{Regex, RegexBuilder};

use super::Setting;
use super::typed::{BadSelector, Part, Trouble, Typed, short};
use crate::model::{Moment, Precision};
use crate::text::date;

/// Most memory that a compiled regex may take, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// Compiled steps that refine a value: regex, template, date formats.
#[derive(Clone, Debug, Default)]
pub(super) struct Refine {
    regex: Option<Regex>,
    template: Option<String>,
    formats: Vec<String>,
    zone: Option<TimeZone>,
}

impl Refine {
    pub(super) fn new(typed: &Typed) -> Result<Refine, Trouble> {
        let formats = typed.format.iter().map(|text| format(text));
        Ok(Refine {
            regex: typed.regex.as_deref().map(regex).transpose()?,
            template: typed.template.as_deref().map(template).transpose()?,
            formats: formats.collect::<Result<_, _>>()?,
            zone: typed.timezone.as_deref().map(timezone).transpose()?,
        })
    }

    /// Whether a value is taken as it is.
    pub(super) fn is_plain(&self) -> bool {
        self.regex.is_none() && self.template.is_none()
    }

    /// Refines `raw`: the regex's first group, put into the template; `None` if nothing is left.
    pub(super) fn apply(&self, raw: String) -> Option<String> {
        let value = match &self.regex {
            None => raw,
            Some(regex) => {
                let groups = regex.captures(&raw)?;
                let taken = groups.iter().skip(1).flatten().next().or(groups.get(0))?;
                taken.as_str().trim().to_owned()
            }
        };
        if value.is_empty() {
            return None;
        }
        Some(match &self.template {
            Some(template) => template.replace("{}", &value),
            None => value,
        })
    }

    /// Parses the date in a refined value: by the formats in order, else as in running text.
    pub(super) fn date(&self, value: &str, setting: &Setting<'_>) -> Option<Moment> {
        let zone = self.zone.as_ref().unwrap_or(setting.zone);
        let by_format = self.formats.iter().find_map(|format| {
            let (parts, _) = BrokenDownTime::parse_prefix(format, value).ok()?;
            resolve(&parts, setting, zone)
        });
        by_format.or_else(|| date::find(value, setting.now, zone)?.resolve(zone))
    }
}

/// Compiles a regex on its own, as `list.url_pattern` is one.
///
/// # Errors
///
/// [`BadSelector`] if it is not a regex, or one that takes more than 1 MiB.
pub fn pattern(text: &str) -> Result<Regex, BadSelector> {
    regex(text).map_err(|trouble| trouble.of(0))
}

fn regex(text: &str) -> Result<Regex, Trouble> {
    short(Part::Regex, text)?;
    let built = RegexBuilder::new(text).size_limit(MAX_REGEX).build();
    built.map_err(|error| {
        Trouble::start(
            Part::Regex,
            &format!("not a regex: {}", last_line(&error.to_string())),
        )
    })
}

fn format(text: &str) -> Result<String, Trouble> {
    short(Part::Format, text)?;
    let sample = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    match strtime::format(text, &sample) {
        Ok(_) if text.contains('%') => Ok(text.to_owned()),
        Ok(_) => Err(Trouble::start(
            Part::Format,
            "a format needs at least one %, as in %Y-%m-%d %H:%M",
        )),
        Err(error) => Err(Trouble::start(
            Part::Format,
            &format!("not a date format: {error}"),
        )),
    }
}

fn timezone(name: &str) -> Result<TimeZone, Trouble> {
    TimeZone::get(name).map_err(|_| {
        let message = format!("there is no time zone `{name}`, write it as in Asia/Shanghai");
        Trouble::start(Part::Timezone, &message)
    })
}

fn template(text: &str) -> Result<String, Trouble> {
    short(Part::Template, text)?;
    match text.contains("{}") {
        true => Ok(text.to_owned()),
        false => Err(Trouble::start(
            Part::Template,
            "a template needs {} where the value goes, as in https://example.cn/{}.html",
        )),
    }
}

fn last_line(message: &str) -> &str {
    let line = message.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// Computes the instant that a format found. Without a year it is the nearest one in the past,
/// without a day it is today or, if that is still to come, yesterday.
fn resolve(parts: &BrokenDownTime, setting: &Setting<'_>, zone: &TimeZone) -> Option<Moment> {
    let precision = match (parts.hour(), parts.second()) {
        (None, _) => Precision::Day,
        (Some(_), None) => Precision::Minute,
        (Some(_), Some(_)) => Precision::Second,
    };
    if let Ok(at) = parts.to_timestamp() {
        return Some(Moment { at, precision });
    }
    let time = match precision {
        Precision::Day => civil::Time::midnight(),
        Precision::Minute | Precision::Second => parts.to_time().ok()?,
    };
    let now = zone.to_datetime(setting.now);
    let day = match (parts.to_date(), parts.month(), parts.day()) {
        (Ok(date), _, _) => date,
        (Err(_), Some(month), Some(day)) => {
            let years = (now.year().saturating_sub(8)..=now.year()).rev();
            let days = years.filter_map(|year| civil::Date::new(year, month, day).ok());
            days.into_iter()
                .find(|date| date.to_datetime(time) <= now)?
        }
        (Err(_), None, None) if now.time() >= time => now.date(),
        (Err(_), None, None) => now.date().yesterday().ok()?,
        _ => return None,
    };
    let at = zone.to_timestamp(day.to_datetime(time)).ok()?;
    Some(Moment { at, precision })
}
