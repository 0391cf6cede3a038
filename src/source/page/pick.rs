//! What selectors find below an element.

use dom_query::{Matcher, NodeRef, Selection};
use jiff::civil;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::selector::{Selector, Way};
use super::{line, picture};
use crate::model::{Moment, Precision};
use crate::source::Setting;
use crate::text::{date, html::entities};

impl Selector {
    /// The elements that the first way with any finds.
    pub(super) fn nodes<'a>(&self, root: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
        let found = self.ways.iter().map(|way| way.nodes(root));
        found
            .into_iter()
            .find(|nodes| !nodes.is_empty())
            .unwrap_or_default()
    }

    /// The first value, as one line of text.
    pub(super) fn value(&self, root: &NodeRef<'_>) -> Option<String> {
        self.ways.iter().find_map(|way| way.values(root).next())
    }

    /// All values of the first way that has any.
    pub(super) fn values(&self, root: &NodeRef<'_>) -> Vec<String> {
        let found = self
            .ways
            .iter()
            .map(|way| way.values(root).collect::<Vec<_>>());
        found
            .into_iter()
            .find(|values| !values.is_empty())
            .unwrap_or_default()
    }

    /// The first address: the named attribute, else the one an element of its
    /// kind has. Not resolved.
    pub(super) fn reference(&self, root: &NodeRef<'_>) -> Option<String> {
        self.ways.iter().find_map(|way| {
            let nodes = way.nodes(root).into_iter();
            nodes.filter_map(|node| way.reference(&node)).next()
        })
    }

    /// The first value as markup.
    pub(super) fn markup(&self, root: &NodeRef<'_>) -> Option<String> {
        self.ways.iter().find_map(|way| {
            if way.attr.is_some() || way.regex.is_some() {
                return way.values(root).next().map(|text| escape(&text));
            }
            let found = way
                .nodes(root)
                .into_iter()
                .find(|node| !line::text(node).is_empty());
            found.map(|node| node.inner_html().trim().to_owned())
        })
    }

    /// The first date.
    pub(super) fn date(&self, root: &NodeRef<'_>, setting: &Setting<'_>) -> Option<Moment> {
        self.ways.iter().find_map(|way| {
            let mut values = way.values(root);
            values.find_map(|value| way.date(&value, setting))
        })
    }
}

impl Way {
    /// What is below `root`, or else `root` itself.
    fn nodes<'a>(&self, root: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
        match &self.matcher {
            None => vec![*root],
            Some(matcher) => matching(root, matcher),
        }
    }

    fn values(&self, root: &NodeRef<'_>) -> impl Iterator<Item = String> {
        self.nodes(root)
            .into_iter()
            .filter_map(|node| self.value_of(&node))
    }

    fn value_of(&self, node: &NodeRef<'_>) -> Option<String> {
        let raw = match &self.attr {
            Some(name) => super::tree::fold(&node.attr(name)?),
            None => line::text(node),
        };
        self.refined(raw)
    }

    fn refined(&self, raw: String) -> Option<String> {
        let value = match &self.regex {
            None => raw,
            Some(regex) => {
                let groups = regex.captures(&raw)?;
                let taken = groups.iter().skip(1).flatten().next().or(groups.get(0))?;
                taken.as_str().trim().to_owned()
            }
        };
        (!value.is_empty()).then_some(value)
    }

    fn reference(&self, node: &NodeRef<'_>) -> Option<String> {
        if self.attr.is_some() {
            return self.value_of(node);
        }
        let raw = match node.node_name()?.as_ref() {
            "img" | "source" | "amp-img" => picture::reference(node)?,
            "a" | "area" | "link" => node.attr("href")?.trim().to_owned(),
            _ => line::text(node),
        };
        self.refined(raw)
    }

    fn date(&self, value: &str, setting: &Setting<'_>) -> Option<Moment> {
        let zone = self.zone.as_ref().unwrap_or(setting.zone);
        let by_format = self.formats.iter().find_map(|format| {
            let (parts, _) = BrokenDownTime::parse_prefix(format, value).ok()?;
            resolve(&parts, setting, zone)
        });
        by_format.or_else(|| date::find(value, setting.now, zone)?.resolve(zone))
    }
}

fn matching<'a>(root: &NodeRef<'a>, matcher: &Matcher) -> Vec<NodeRef<'a>> {
    let below = Selection::from(*root).select_matcher(matcher);
    if below.is_empty() && root.is_match(matcher) {
        return vec![*root];
    }
    below.nodes().to_vec()
}

/// The instant that a format found. Without a year it is the nearest one in the
/// past, without a day it is today or, if that is still to come, yesterday.
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

fn escape(text: &str) -> String {
    let mut markup = String::new();
    entities::escape_into(text, &mut markup);
    markup
}
