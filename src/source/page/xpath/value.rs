//! Values of expressions.

use std::collections::HashSet;

use dom_query::{NodeId, NodeRef};

/// Node of a page: an element, a text, or an attribute.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) node: NodeRef<'a>,
    /// Name of the attribute, if it is one of `node`.
    pub(super) attribute: Option<String>,
}

/// Value of an expression (XPath 1.0, 1).
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Places(Vec<Place<'a>>),
    Text(String),
    Number(f64),
    Flag(bool),
}

impl<'a> Place<'a> {
    pub(super) fn of(node: NodeRef<'a>) -> Place<'a> {
        Place {
            node,
            attribute: None,
        }
    }

    /// Returns all text in it.
    pub(super) fn text(&self) -> String {
        match &self.attribute {
            Some(name) => self.node.attr(name).unwrap_or_default().to_string(),
            None => self.node.text().to_string(),
        }
    }

    fn key(&self) -> (NodeId, Option<&str>) {
        (self.node.id, self.attribute.as_deref())
    }
}

impl Value<'_> {
    /// Converts the value to a boolean (XPath 1.0, 4.3).
    pub(super) fn flag(&self) -> bool {
        match self {
            Value::Places(places) => !places.is_empty(),
            Value::Text(text) => !text.is_empty(),
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Flag(flag) => *flag,
        }
    }

    /// Converts the value to a text: of several places the first (XPath 1.0, 4.2).
    pub(super) fn text(&self) -> String {
        match self {
            Value::Places(places) => places.first().map(Place::text).unwrap_or_default(),
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
        }
    }

    /// Converts the value to a number, NaN if it is none (XPath 1.0, 4.4).
    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Flag(flag) => f64::from(u8::from(*flag)),
            other => number_of(&other.text()),
        }
    }
}

/// Parses a number; NaN if the text is none.
pub(super) fn number_of(text: &str) -> f64 {
    text.trim().parse().unwrap_or(f64::NAN)
}

/// Removes doubles and sorts places by document order: a tree's nodes are numbered as they
/// were met.
pub(super) fn in_order(mut places: Vec<Place<'_>>) -> Vec<Place<'_>> {
    let mut seen = HashSet::new();
    let keep: Vec<bool> = places
        .iter()
        .map(|place| {
            let (node, name) = place.key();
            seen.insert((node, name.map(str::to_owned)))
        })
        .collect();
    let mut keep = keep.into_iter();
    places.retain(|_| keep.next().unwrap_or(false));
    places.sort_by_key(|place| place.node.id);
    places
}
