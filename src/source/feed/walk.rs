//! Walk through an XML feed: containers are walked through, everything else is read as one tree at
//! a time.

use super::newest::Newest;
use super::vocabulary::about::Builder;
use super::vocabulary::construct::Dialect;
use super::vocabulary::entry;
use super::vocabulary::scope::Scope;
use super::xml::{Attributes, Element, Events, Ns, XmlEvent, XmlTree, fold, unescape};
use crate::model::Draft;
use crate::source::gate::Limits;
use crate::source::{About, ReadError};

/// Feed as a walk brought it back.
#[derive(Debug)]
pub(super) struct Walked {
    /// Metadata of the feed.
    pub(super) about: About,
    /// Entries that ended, in document order.
    pub(super) drafts: Vec<Draft>,
    /// Name of the format: `rss20`, `atom10` …
    pub(super) format: &'static str,
    /// Names of the repairs that were needed.
    pub(super) repaired: Vec<&'static str>,
    /// Whether the end of the document was there.
    pub(super) is_complete: bool,
}

/// Reads the feed that begins with `text`.
///
/// # Errors
///
/// [`ReadError::TooMuch`] beyond a limit, unless there are enough entries before that.
pub(super) fn read(text: &str, scope: &Scope<'_>, limits: Limits) -> Result<Walked, ReadError> {
    let mut walk = Walk {
        events: Events::new(text, limits),
        scopes: vec![scope.clone()],
        builder: Builder::new(Dialect::Rss),
        dialect: Dialect::Rss,
        format: None,
        drafts: Newest::of(limits.entries),
        language: None,
    };
    let is_complete = walk.run()?;
    let inherited = walk.builder.inherited();
    let mut about = walk.builder.finish();
    if about.language.is_none() {
        about.language = walk.language;
    }
    let (mut drafts, is_cut) = walk.drafts.finish();
    if is_cut {
        walk.events.note("too many entries");
    }
    for draft in &mut drafts {
        if draft.language.is_none() {
            draft.language.clone_from(&about.language);
        }
        if draft.authors.is_empty() {
            draft.authors.clone_from(&inherited);
        }
    }
    Ok(Walked {
        about,
        drafts,
        format: walk.format.unwrap_or("rss"),
        repaired: walk.events.repaired().collect(),
        is_complete,
    })
}

/// Elements that hold the fields and entries of a feed.
const CONTAINERS: [&str; 6] = ["rss", "rdf", "feed", "channel", "items", "atom"];

struct Walk<'s, 'a> {
    events: Events<'a>,
    /// Scopes of the document and of each open container.
    scopes: Vec<Scope<'s>>,
    builder: Builder,
    dialect: Dialect,
    format: Option<&'static str>,
    drafts: Newest,
    /// `xml:lang` of the feed.
    language: Option<String>,
}

impl<'a> Walk<'_, 'a> {
    /// Walks to the end of the first root; `false` if there was none.
    fn run(&mut self) -> Result<bool, ReadError> {
        let mut tree = XmlTree::default();
        loop {
            let event = match self.events.next() {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(false),
                // There are enough entries before what is too much.
                Err(ReadError::TooMuch { .. }) if self.drafts.is_full() => return Ok(true),
                Err(error) => return Err(error),
            };
            match event {
                XmlEvent::Start(element) => {
                    let mut buffer = [0; 16];
                    let name = fold(element.local, &mut buffer);
                    let is_known =
                        element.ns.is_core() || element.ns == Ns::Rdf || self.scopes.len() == 1;
                    let is_entry = is_known && matches!(name, "item" | "entry");
                    if is_known && !is_entry && CONTAINERS.contains(&name) {
                        self.enter(element, name, &mut tree);
                        continue;
                    }
                    if !tree.fill(element, &mut self.events)? {
                        return Ok(false);
                    }
                    if is_entry {
                        self.see(element, name);
                    }
                    let (Some(node), Some(scope)) = (tree.root(), self.scopes.last()) else {
                        continue;
                    };
                    if !is_entry {
                        self.builder.take(&node, scope);
                    } else {
                        self.drafts.push(entry::read(&node, self.dialect, scope));
                        if self.scopes.len() == 1 {
                            return Ok(true);
                        }
                    }
                }
                XmlEvent::End => {
                    self.scopes.pop();
                    if self.scopes.len() == 1 {
                        self.look_behind();
                        return Ok(true);
                    }
                }
                XmlEvent::Text(_) | XmlEvent::CData(_) => {}
            }
        }
    }

    fn enter(&mut self, element: Element<'a>, name: &str, tree: &mut XmlTree<'a>) {
        self.see(element, name);
        let value = |wanted: &str| {
            Attributes::new(element.attributes)
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| unescape(value))
                .filter(|value| !value.trim().is_empty())
        };
        let base = value("xml:base").or_else(|| value("base"));
        let language = value("xml:lang");
        let Some(outer) = self.scopes.last() else {
            return;
        };
        let scope = outer.enter(base.as_deref(), language.as_deref());
        if self.language.is_none() {
            self.language = scope.language();
        }
        tree.only(element);
        if let Some(node) = tree.root() {
            self.builder.attributes(&node, &scope);
        }
        self.scopes.push(scope);
    }

    /// Notes what `element` says about the format.
    fn see(&mut self, element: Element<'a>, name: &str) {
        let version = || {
            Attributes::new(element.attributes)
                .find(|(name, _)| name.eq_ignore_ascii_case("version"))
                .map_or("", |(_, value)| value.trim())
        };
        let format = match (name, element.ns) {
            ("rss", _) => rss(version()),
            ("rdf", _) if element.attributes.contains("netscape.com/rdf/simple/0.9") => "rss090",
            ("channel" | "item", Ns::Rss090) => "rss090",
            ("channel" | "item" | "items", Ns::Rss1) => "rss10",
            ("channel", _) if self.format.is_none() && element.local == "CHANNEL" => "cdf",
            ("feed" | "entry", Ns::Atom) => "atom10",
            ("feed" | "entry", Ns::Atom03) => "atom03",
            ("feed", _) => match version().is_empty() {
                true => "atom",
                false => "atom03",
            },
            _ => return,
        };
        if self.format.is_some() {
            return;
        }
        self.format = Some(format);
        self.dialect = match format {
            "atom03" => Dialect::Atom03,
            "atom" | "atom10" => Dialect::Atom10,
            _ => Dialect::Rss,
        };
        self.builder.speak(self.dialect);
    }

    fn look_behind(&mut self) {
        let rest = self.events.rest().trim();
        if rest.is_empty() {
            return;
        }
        let is_root = rest.starts_with("<rss") || rest.starts_with("<feed");
        self.events.note(match is_root {
            true => "several roots",
            false => "text behind the end",
        });
    }
}

/// Names the format of an `rss` element with this version.
fn rss(version: &str) -> &'static str {
    match version.replace(',', ".").as_str() {
        "0.90" => "rss090",
        "0.91" => "rss091",
        "0.92" => "rss092",
        "0.93" => "rss093",
        "0.94" => "rss094",
        "1.0" => "rss10",
        other if other.starts_with('2') => "rss20",
        _ => "rss",
    }
}
