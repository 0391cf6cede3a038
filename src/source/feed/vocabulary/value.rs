//! Values of elements that mean the same in entries and in feeds: dates, texts, categories, links.

use std::collections::HashSet;

use super::construct::{Dialect, Text, one_line};
use super::link;
use super::scope::Scope;
use crate::model::{Moment, Reply, WebLink};
use crate::source::feed::xml::{Node, unescape};

/// Sets an empty slot: the first value wins.
pub(in crate::source::feed) fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

/// Sets a slot to `value`, if there is one: the last value wins.
pub(in crate::source::feed) fn over<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

/// Reads the date in an element.
pub(in crate::source::feed) fn date(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Moment> {
    scope.date(node.text().trim())
}

/// Reads the content of an element, as it was written.
pub(in crate::source::feed) fn text(
    node: &Node<'_, '_>,
    dialect: Dialect,
    scope: &Scope<'_>,
) -> Option<String> {
    let text = Text::of(node, dialect, scope);
    (!text.is_empty()).then_some(text.value)
}

/// Reads the category in an element: its name for people, its term, or its text.
pub(in crate::source::feed) fn category(node: &Node<'_, '_>) -> Option<String> {
    let named = node.line().or_else(|| {
        ["term", "text", "label", "resource"]
            .iter()
            .find_map(|name| node.attribute(name))
            .map(|value| value.into_owned())
    });
    Some(tag(&named?))
}

/// Reads the word for machines in a category, with that for people.
pub(in crate::source::feed) fn category_label(node: &Node<'_, '_>) -> Option<(String, String)> {
    let label = tag(&node.attribute("label")?);
    let term = category(node).filter(|term| *term != label && !label.is_empty())?;
    Some((term, label))
}

/// Reads a category that was written as markup, as (plain text, markup).
pub(in crate::source::feed) fn category_markup(node: &Node<'_, '_>) -> Option<(String, String)> {
    let text = category(node).filter(|_| node.has_children())?;
    Some((text, node.markup().trim().to_owned()))
}

/// Makes one line of a category; many are escaped once too often.
pub(in crate::source::feed) fn tag(text: &str) -> String {
    one_line(&unescape(text))
}

/// Keeps the first of equal categories.
pub(in crate::source::feed) fn dedup(categories: &mut Vec<String>) {
    let mut seen = HashSet::new();
    categories.retain(|category| seen.insert(category.clone()));
}

/// Makes a link to a page, as RSS has it.
pub(in crate::source::feed) fn page_link(href: String) -> WebLink {
    WebLink {
        href,
        rel: Some("alternate".to_owned()),
        kind: Some("text/html".to_owned()),
        ..WebLink::default()
    }
}

/// Reads keywords between commas.
pub(in crate::source::feed) fn keywords(node: &Node<'_, '_>) -> Vec<String> {
    let text = node.text();
    let words = text.split([',', ';', '，', '、']).map(one_line);
    words.filter(|word| !word.is_empty()).collect()
}

/// Reads the reference to the entry that is replied to.
pub(in crate::source::feed) fn reply(node: &Node<'_, '_>, scope: &Scope<'_>) -> Reply {
    Reply {
        href: node.attribute("href").map(|href| scope.resolve(&href)),
        id: node.attribute("ref").map(|id| id.into_owned()),
    }
}

/// Reads a licence as a link.
pub(in crate::source::feed) fn licence(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<WebLink> {
    let mut found = link::of(node, scope)?;
    found.rel = Some("license".to_owned());
    Some(found)
}

/// Whether `text` is `yes`, exactly as iTunes wants it.
pub(in crate::source::feed) fn is_yes(text: &str) -> bool {
    text == "yes"
}

/// Reads `itunes:explicit`, if it says anything.
pub(in crate::source::feed) fn is_explicit(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "explicit" => Some(true),
        "no" | "false" | "clean" => Some(false),
        _ => None,
    }
}
