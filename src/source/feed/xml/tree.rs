//! Trees of one entry at a time.
//!
//! A tree is a list in document order in which every element knows where it
//! ends: nothing recurses, and the list is used again for the next entry.

use std::borrow::Cow;

use super::attribute::Attributes;
use super::reference::unescape;
use super::repair::{Element, Events, XmlEvent};
use super::{Ns, fold};
use crate::source::ReadError;

/// Most elements and texts of one tree; more than anybody puts into one entry.
const MAX_PARTS: usize = 200_000;

/// One element with everything in it, as a list of parts in document order.
#[derive(Debug, Default)]
pub(crate) struct XmlTree<'a> {
    parts: Vec<Part<'a>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// Element, and the index behind its last part.
    Element(Element<'a>, usize),
    Text(&'a str),
    CData(&'a str),
}

/// View of one element of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'t, 'a> {
    tree: &'t XmlTree<'a>,
    at: usize,
    end: usize,
    element: Element<'a>,
}

impl<'a> XmlTree<'a> {
    /// Reads what `element`, which just began, holds. `false` if the document ends before it does.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooMuch`] beyond [`MAX_PARTS`], or a limit of `events`.
    pub(crate) fn fill(
        &mut self,
        element: Element<'a>,
        events: &mut Events<'a>,
    ) -> Result<bool, ReadError> {
        self.parts.clear();
        self.parts.push(Part::Element(element, 0));
        let mut open = vec![0];
        while let Some(event) = events.next()? {
            let index = self.parts.len();
            if index == MAX_PARTS {
                return Err(ReadError::TooMuch {
                    what: "too many elements in one entry",
                    limit: MAX_PARTS,
                });
            }
            match event {
                XmlEvent::Start(element) => {
                    open.push(index);
                    self.parts.push(Part::Element(element, 0));
                }
                XmlEvent::Text(text) => self.parts.push(Part::Text(text)),
                XmlEvent::CData(text) => self.parts.push(Part::CData(text)),
                XmlEvent::End => {
                    if let Some(began) = open.pop()
                        && let Part::Element(_, end) = &mut self.parts[began]
                    {
                        *end = index;
                    }
                    if open.is_empty() {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Holds `element` without anything in it.
    pub(crate) fn only(&mut self, element: Element<'a>) {
        self.parts.clear();
        self.parts.push(Part::Element(element, 1));
    }

    /// Returns the element; call only after [`XmlTree::fill`] was `true`, or after [`XmlTree::only`].
    pub(crate) fn root(&self) -> Option<Node<'_, 'a>> {
        self.node(0)
    }

    fn node(&self, at: usize) -> Option<Node<'_, 'a>> {
        match self.parts.get(at) {
            Some(Part::Element(element, end)) => Some(Node {
                tree: self,
                at,
                end: *end,
                element: *element,
            }),
            _ => None,
        }
    }
}

impl<'t, 'a> Node<'t, 'a> {
    /// Returns its vocabulary.
    pub(crate) fn ns(&self) -> Ns {
        self.element.ns
    }

    /// Returns its name without prefix, in lower case, in `buffer`.
    pub(crate) fn name<'b>(&self, buffer: &'b mut [u8; 24]) -> &'b str {
        fold(self.element.local, buffer)
    }

    /// Whether the element has this name, given in lower case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.element.local.eq_ignore_ascii_case(name)
    }

    /// Returns the value of the attribute with this name, trimmed, if it is not empty; prefixes and
    /// case do not count unless `name` has a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        if self.element.attributes.is_empty() {
            return None;
        }
        let is_it = |written: &str| {
            written.eq_ignore_ascii_case(name)
                || written.split_once(':').is_some_and(|(prefix, local)| {
                    prefix != "xmlns" && prefix != "xml" && local == name
                })
        };
        let (_, value) = Attributes::new(self.element.attributes).find(|(name, _)| is_it(name))?;
        let value = unescape(value);
        let trimmed = value.trim();
        match trimmed.len() {
            0 => None,
            all if all == value.len() => Some(value),
            _ => Some(Cow::Owned(trimmed.to_owned())),
        }
    }

    /// Whether the element has this attribute, even an empty one.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        Attributes::new(self.element.attributes)
            .any(|(written, _)| written.eq_ignore_ascii_case(name))
    }

    /// Iterates over the elements directly in it.
    pub(crate) fn children(&self) -> impl Iterator<Item = Node<'t, 'a>> + use<'t, 'a> {
        let (tree, end) = (self.tree, self.end);
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            while at < end {
                match tree.node(at) {
                    Some(node) => {
                        at = node.end;
                        return Some(node);
                    }
                    None => at += 1,
                }
            }
            None
        })
    }

    /// Finds the first element directly in it with this name, given in lower case.
    pub(crate) fn child(&self, name: &str) -> Option<Node<'t, 'a>> {
        self.children().find(|child| child.is(name))
    }

    /// Whether the element holds elements.
    pub(crate) fn has_children(&self) -> bool {
        self.children().next().is_some()
    }

    /// Returns what it holds as a list of parts, and the index of the first in its tree.
    pub(super) fn content(&self) -> (&'t [Part<'a>], usize) {
        let first = self.at + 1;
        (&self.tree.parts[first..self.end], first)
    }

    /// Returns all its text, at any depth, with references decoded.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        let (parts, _) = self.content();
        let value = |part: &Part<'a>| match part {
            Part::Element(..) => Cow::Borrowed(""),
            Part::Text(text) => unescape(text),
            Part::CData(text) => Cow::Borrowed(*text),
        };
        match parts {
            [] => Cow::Borrowed(""),
            [one] => value(one),
            many => {
                let mut all = String::new();
                many.iter().for_each(|part| all.push_str(&value(part)));
                Cow::Owned(all)
            }
        }
    }

    /// Returns its text without white space around it, if there is any.
    pub(crate) fn line(&self) -> Option<String> {
        let text = self.text();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}
