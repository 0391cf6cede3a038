//! Values of expressions.

use std::collections::HashSet;

use dom_query::{NodeId, NodeRef};

/// Node of a page: an element, a text, or an attribute.
#[derive(Clone, Debug)]
pub(super) struct XPathNode<'a> {
    pub(super) node: NodeRef<'a>,
    /// Name of the attribute, if it is one of `node`.
    pub(super) attribute: Option<String>,
}

/// Value of an expression (XPath 1.0, 1).
#[derive(Clone, Debug)]
pub(super) enum XPathValue<'a> {
    Places(Vec<XPathNode<'a>>),
    Text(String),
    Number(f64),
    Flag(bool),
}

impl<'a> XPathNode<'a> {
    pub(super) fn of(node: NodeRef<'a>) -> XPathNode<'a> {
        XPathNode {
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

impl XPathValue<'_> {
    /// Converts the value to a boolean (XPath 1.0, 4.3).
    pub(super) fn flag(&self) -> bool {
        match self {
            XPathValue::Places(places) => !places.is_empty(),
            XPathValue::Text(text) => !text.is_empty(),
            XPathValue::Number(number) => *number != 0.0 && !number.is_nan(),
            XPathValue::Flag(flag) => *flag,
        }
    }

    /// Converts the value to a text: of several places the first (XPath 1.0, 4.2).
    pub(super) fn text(&self) -> String {
        match self {
            XPathValue::Places(places) => places.first().map(XPathNode::text).unwrap_or_default(),
            XPathValue::Text(text) => text.clone(),
            XPathValue::Number(number) => number.to_string(),
            XPathValue::Flag(flag) => flag.to_string(),
        }
    }

    /// Converts the value to a number, NaN if it is none (XPath 1.0, 4.4).
    pub(super) fn number(&self) -> f64 {
        match self {
            XPathValue::Number(number) => *number,
            XPathValue::Flag(flag) => f64::from(u8::from(*flag)),
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
pub(super) fn in_order(mut places: Vec<XPathNode<'_>>) -> Vec<XPathNode<'_>> {
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
