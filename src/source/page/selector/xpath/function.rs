//! Functions of XPath 1.0 that work on values alone.

use std::ops::RangeInclusive;

use super::value::{XPathValue, number_of};

/// Returns the number of arguments a function takes; `None` if there is no such function.
pub(super) fn takes(name: &str) -> Option<RangeInclusive<usize>> {
    Some(match name {
        "last" | "position" | "true" | "false" => 0..=0,
        "string" | "normalize-space" | "string-length" | "number" | "name" | "local-name" => 0..=1,
        "count" | "not" | "boolean" | "sum" | "floor" | "ceiling" | "round" | "id"
        | "lower-case" => 1..=1,
        "contains" | "starts-with" | "ends-with" | "substring-before" | "substring-after"
        | "matches" => 2..=2,
        "substring" => 2..=3,
        "translate" => 3..=3,
        "concat" => 2..=32,
        _ => return None,
    })
}

/// Calls a function on texts; `None` if it is not one of texts.
pub(super) fn call(name: &str, given: &[String]) -> Option<XPathValue<'static>> {
    let text = |at: usize| given.get(at).map_or("", String::as_str);
    let number = |at: usize| number_of(text(at));
    Some(match name {
        "true" => XPathValue::Flag(true),
        "false" => XPathValue::Flag(false),
        "string" => XPathValue::Text(text(0).to_owned()),
        "concat" => XPathValue::Text(given.concat()),
        "normalize-space" => XPathValue::Text(crate::source::page::dom::fold(text(0))),
        "lower-case" => XPathValue::Text(text(0).to_lowercase()),
        "string-length" => XPathValue::Number(count(text(0).chars().count())),
        "number" => XPathValue::Number(number(0)),
        "floor" => XPathValue::Number(number(0).floor()),
        "ceiling" => XPathValue::Number(number(0).ceil()),
        "round" => XPathValue::Number((number(0) + 0.5).floor()),
        "contains" => XPathValue::Flag(text(0).contains(text(1))),
        "starts-with" => XPathValue::Flag(text(0).starts_with(text(1))),
        "ends-with" => XPathValue::Flag(text(0).ends_with(text(1))),
        "matches" => XPathValue::Flag(matches(text(0), text(1))),
        "substring-before" => {
            let at = text(0).find(text(1)).unwrap_or(0);
            XPathValue::Text(text(0)[..at].to_owned())
        }
        "substring-after" => {
            let at = text(0).find(text(1)).map(|at| at + text(1).len());
            XPathValue::Text(at.map_or("", |at| &text(0)[at..]).to_owned())
        }
        "substring" => {
            let length = if given.len() > 2 {
                number(2)
            } else {
                f64::INFINITY
            };
            XPathValue::Text(substring(text(0), number(1), length))
        }
        "translate" => XPathValue::Text(translate(text(0), text(1), text(2))),
        _ => return None,
    })
}

/// Converts a count to a number; no page has so many of anything that it would not be exact.
#[expect(clippy::cast_precision_loss, reason = "there are few of anything")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

fn matches(text: &str, pattern: &str) -> bool {
    let pattern = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 16)
        .build();
    pattern.is_ok_and(|pattern| pattern.is_match(text))
}

/// Cuts characters from the `first`, counted from 1, as XPath rounds.
fn substring(text: &str, first: f64, length: f64) -> String {
    let first = (first + 0.5).floor();
    let end = first + (length + 0.5).floor();
    let places = text.chars().enumerate();
    let is_in = |at: usize| count(at + 1) >= first && count(at + 1) < end;
    places
        .filter(|(at, _)| is_in(*at))
        .map(|(_, c)| c)
        .collect()
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let changed = |c: char| match from.chars().position(|own| own == c) {
        None => Some(c),
        Some(at) => to.get(at).copied(),
    };
    text.chars().filter_map(changed).collect()
}
