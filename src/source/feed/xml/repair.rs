//! Repair: tokens to elements that open and close.

use std::collections::BTreeSet;

use super::attribute::{Attributes, split_name};
use super::name::Ns;
use super::token::{XmlToken, XmlTokens};
use super::{fold, reference};
use crate::source::ReadError;
use crate::source::gate::{Limits, Meter};

/// Most declared prefixes that are in force at one place.
const MAX_BINDINGS: usize = 128;

/// Elements of HTML that have no end tag.
const VOID: [&str; 10] = [
    "area", "br", "col", "embed", "hr", "img", "input", "param", "track", "wbr",
];

/// Fields of entries and feeds that hold one line of text: the next field ends one that was left
/// open.
const LINES: [&str; 14] = [
    "author",
    "category",
    "comments",
    "copyright",
    "generator",
    "guid",
    "id",
    "language",
    "lastbuilddate",
    "link",
    "pubdate",
    "published",
    "title",
    "updated",
];

/// Fields that begin after an open line.
const FIELDS: [&str; 18] = [
    "author",
    "category",
    "comments",
    "content",
    "copyright",
    "description",
    "enclosure",
    "generator",
    "guid",
    "id",
    "language",
    "lastbuilddate",
    "link",
    "pubdate",
    "published",
    "summary",
    "title",
    "updated",
];

/// Start tag, with its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Vocabulary of the name.
    pub(crate) ns: Ns,
    /// Name as written, with its prefix.
    pub(crate) name: &'a str,
    /// Name as written, without its prefix.
    pub(crate) local: &'a str,
    /// Text between name and `>`, as written.
    pub(crate) attributes: &'a str,
}

/// Event of a document, in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlEvent<'a> {
    /// Start of an element.
    Start(Element<'a>),
    /// End of the innermost element.
    End,
    /// Text with references in it.
    Text(&'a str),
    /// Text as it is.
    CData(&'a str),
}

/// Iterator over the events of a document. Every end belongs to a start; elements that are still
/// open when the document ends never get one.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    tokens: XmlTokens<'a>,
    meter: Meter,
    open: Vec<Element<'a>>,
    /// Declared prefixes: prefix, vocabulary, and the depth at which it was declared.
    bindings: Vec<(&'a str, Ns, usize)>,
    /// Number of ends that are due before `held`.
    due: usize,
    held: Option<XmlToken<'a>>,
    repaired: BTreeSet<&'static str>,
}

impl<'a> Events<'a> {
    /// Makes the events of `text`, counted against `limits`.
    pub(crate) fn new(text: &'a str, limits: Limits) -> Events<'a> {
        Events {
            tokens: XmlTokens::new(text),
            meter: Meter::new(limits),
            open: Vec::new(),
            bindings: Vec::new(),
            due: 0,
            held: None,
            repaired: BTreeSet::new(),
        }
    }

    /// Iterates over the names of the repairs so far.
    pub(crate) fn repaired(&self) -> impl Iterator<Item = &'static str> {
        let bare = self.tokens.had_bare_less_than.then_some("bare <");
        self.repaired.iter().copied().chain(bare)
    }

    /// Notes a repair that was made elsewhere.
    pub(crate) fn note(&mut self, what: &'static str) {
        self.repaired.insert(what);
    }

    /// Returns the text that has not been read.
    pub(crate) fn rest(&self) -> &'a str {
        self.tokens.rest()
    }

    /// Returns the next event, `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooMuch`] at the first element beyond a limit.
    pub(crate) fn next(&mut self) -> Result<Option<XmlEvent<'a>>, ReadError> {
        loop {
            if self.due > 0 {
                self.due -= 1;
                self.close();
                return Ok(Some(XmlEvent::End));
            }
            let Some(token) = self.held.take().or_else(|| self.tokens.next()) else {
                return Ok(None);
            };
            match token {
                XmlToken::Text(text) => {
                    self.repaired.extend(reference::faults(text));
                    return Ok(Some(XmlEvent::Text(text)));
                }
                XmlToken::CData(text) => return Ok(Some(XmlEvent::CData(text))),
                XmlToken::Cut => {}
                XmlToken::End { name } => self.due = self.ended_by(name),
                XmlToken::Start {
                    name,
                    attributes,
                    is_empty,
                } => {
                    let unclosed = self.left_open_before(name);
                    if unclosed > 0 {
                        self.note("unclosed tag");
                        self.due = unclosed;
                        self.held = Some(token);
                        continue;
                    }
                    let element = self.open(name, attributes)?;
                    let is_void = element.name == element.local && is_void(name);
                    self.due = usize::from(is_empty || is_void);
                    return Ok(Some(XmlEvent::Start(element)));
                }
            }
        }
    }

    fn open(&mut self, name: &'a str, attributes: &'a str) -> Result<Element<'a>, ReadError> {
        let depth = self.open.len() + 1;
        let mut n_attributes = 0;
        if !attributes.is_empty() {
            for (name, value) in Attributes::new(attributes) {
                n_attributes += 1;
                self.repaired.extend(reference::faults(value));
                let prefix = match name.strip_prefix("xmlns") {
                    Some("") => Some(""),
                    Some(rest) => rest.strip_prefix(':'),
                    None => None,
                };
                if let Some(prefix) = prefix
                    && self.bindings.len() < MAX_BINDINGS
                {
                    self.bindings.push((prefix, bound(prefix, value), depth));
                }
            }
        }
        self.meter.element(depth, n_attributes)?;
        let (prefix, local) = split_name(name);
        let element = Element {
            ns: self.resolve(prefix),
            name,
            local,
            attributes,
        };
        self.open.push(element);
        Ok(element)
    }

    fn close(&mut self) {
        self.open.pop();
        let depth = self.open.len();
        while self.bindings.last().is_some_and(|(_, _, at)| *at > depth) {
            self.bindings.pop();
        }
    }

    fn resolve(&mut self, prefix: &str) -> Ns {
        let declared = self
            .bindings
            .iter()
            .rev()
            .find(|(name, _, _)| *name == prefix);
        match declared {
            Some((_, ns, _)) => *ns,
            None if prefix.is_empty() => Ns::Plain,
            None if prefix == "xml" => Ns::Xml,
            None => {
                self.note("undeclared prefix");
                Ns::by_prefix(prefix).unwrap_or(Ns::Other)
            }
        }
    }

    /// Counts the elements that this end tag ends; 0 drops it.
    fn ended_by(&mut self, name: &str) -> usize {
        let is_it = |open: &Element<'_>| open.name.eq_ignore_ascii_case(name);
        let found = self.open.iter().rev().position(is_it);
        match found {
            Some(0) => {
                if self.open.last().is_some_and(|open| open.name != name) {
                    self.note("wrong-case name");
                }
                1
            }
            Some(above) => {
                self.note("unclosed tag");
                above + 1
            }
            None => {
                if !is_void(name) {
                    self.note("stray end tag");
                }
                0
            }
        }
    }

    /// Counts the elements that were left open if `name` begins here.
    fn left_open_before(&self, name: &str) -> usize {
        let Some(top) = self.open.last() else {
            return 0;
        };
        let (mut buffer, mut top_buffer) = ([0; 16], [0; 16]);
        let name = fold(name, &mut buffer);
        if matches!(name, "item" | "entry") {
            // An entry inside `atom:source` or an extension is part of it.
            let holds_entries = |open: &Element<'_>| !open.ns.is_core() || open.local == "source";
            let is_it = |open: &Element<'_>| open.name.eq_ignore_ascii_case(name);
            let is_end = |open: &Element<'_>| is_it(open) || holds_entries(open);
            let found = self.open.iter().rev().position(is_end);
            let is_same = |above: &usize| is_it(&self.open[self.open.len() - 1 - above]);
            return found.filter(is_same).map_or(0, |above| above + 1);
        }
        if self.open.len() < 2 || !top.ns.is_core() || !FIELDS.contains(&name) {
            return 0;
        }
        let parent = self.open[self.open.len() - 2];
        let is_field = matches!(
            fold(parent.local, &mut [0; 16]),
            "item" | "entry" | "channel" | "feed"
        );
        let is_line = LINES.contains(&fold(top.name, &mut top_buffer));
        usize::from(is_field && is_line)
    }
}

fn bound(prefix: &str, value: &str) -> Ns {
    let address = reference::unescape(value);
    match Ns::by_address(&address) {
        Some(ns) => ns,
        None if prefix.is_empty() => Ns::Plain,
        None => Ns::by_prefix(prefix).unwrap_or(Ns::Other),
    }
}

fn is_void(name: &str) -> bool {
    VOID.contains(&fold(name, &mut [0; 16]))
}
