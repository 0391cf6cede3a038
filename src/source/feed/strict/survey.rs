//! Survey of a document: whether it holds only what the packages can.

use crate::source::feed::xml::{Attributes, Element, Events, Ns, XmlEvent};
use crate::source::gate::Limits;

/// Package that can read a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0.
    Atom,
}

/// Leaves of `channel` that package `rss` keeps.
const RSS_FEED: &[&str] = &[
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "pubDate",
    "lastBuildDate",
    "category",
    "generator",
    "docs",
    "ttl",
    "atom:link",
];
/// Leaves of `image`.
const RSS_IMAGE: &[&str] = &["url", "title", "link", "width", "height", "description"];
/// Leaves of `item` that package `rss` keeps.
const RSS_ENTRY: &[&str] = &[
    "title",
    "link",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "content:encoded",
    "dc:creator",
    "slash:comments",
    "wfw:commentRss",
];
/// Leaves of `feed` that package `atom_syndication` keeps.
const ATOM_FEED: &[&str] = &["title", "id", "updated", "link", "subtitle", "rights"];
/// Leaves of `entry` that package `atom_syndication` keeps.
const ATOM_ENTRY: &[&str] = &[
    "title",
    "id",
    "updated",
    "published",
    "link",
    "summary",
    "content",
    "category",
    "rights",
];
/// Leaves of `author`.
const ATOM_PERSON: &[&str] = &["name", "uri", "email"];

/// Elements that may stand more than once.
const MANY: [&str; 5] = ["item", "entry", "category", "atom:link", "author"];

/// Attributes that the packages keep, or that say nothing.
const ATTRIBUTES: [&str; 14] = [
    "version",
    "isPermaLink",
    "domain",
    "url",
    "length",
    "type",
    "href",
    "rel",
    "hreflang",
    "title",
    "term",
    "scheme",
    "label",
    "xmlns",
];

/// Finds the package that can hold all that `text` says, if one can.
pub(super) fn family(text: &str, limits: Limits) -> Option<Family> {
    let mut survey = Survey {
        family: None,
        path: Vec::new(),
        n_entries: 0,
        limits,
    };
    let mut events = Events::new(text, limits);
    while let Some(event) = events.next().ok()? {
        match event {
            XmlEvent::Start(element) => survey.start(&element)?,
            XmlEvent::End => survey.end()?,
            XmlEvent::Text(text) => survey.text(text, false)?,
            XmlEvent::CData(text) => survey.text(text, true)?,
        }
        if survey.path.is_empty() {
            break;
        }
    }
    let is_whole = survey.path.is_empty() && events.rest().trim().is_empty();
    let is_clean = is_whole && events.repaired().next().is_none();
    survey.family.filter(|_| is_clean)
}

struct Survey<'a> {
    family: Option<Family>,
    /// Open elements, and what each of them holds already.
    path: Vec<Level<'a>>,
    n_entries: usize,
    limits: Limits,
}

struct Level<'a> {
    name: &'a str,
    children: Vec<&'a str>,
    has_text: bool,
    is_leaf: bool,
}

impl<'a> Survey<'a> {
    fn start(&mut self, element: &Element<'a>) -> Option<()> {
        let name = element.name;
        let is_leaf = match self.path.len() {
            0 => {
                self.family = Some(root(element)?);
                false
            }
            _ => self.child(element)?,
        };
        for (attribute, value) in Attributes::new(element.attributes) {
            let is_known = attribute.starts_with("xmlns:") || ATTRIBUTES.contains(&attribute);
            if !is_known || value.contains('&') || value.trim().len() != value.len() {
                return None;
            }
            match (name, attribute, value) {
                ("guid", "isPermaLink", "true" | "false") => {}
                ("guid", _, _) => return None,
                ("link" | "enclosure" | "atom:link", "type", _) => {}
                (_, "type", "text" | "html") => {}
                (_, "type", _) => return None,
                _ => {}
            }
        }
        self.path.push(Level {
            name,
            children: Vec::new(),
            has_text: false,
            is_leaf,
        });
        Some(())
    }

    /// Checks a child; returns whether it is a leaf, `None` if the packages do not hold it.
    fn child(&mut self, element: &Element<'a>) -> Option<bool> {
        let is_entry = self.path.len() > 1;
        let parent = self.path.last_mut()?;
        if parent.is_leaf {
            return None;
        }
        let name = element.name;
        let is_atom = self.family == Some(Family::Atom);
        let expected = match name.split_once(':') {
            None if is_atom => Ns::Atom,
            None => Ns::Plain,
            Some(("atom", _)) => Ns::Atom,
            Some(("content", _)) => Ns::Content,
            Some(("dc", _)) => Ns::Dc,
            Some(("slash", _)) => Ns::Slash,
            Some(("wfw", _)) => Ns::Wfw,
            Some(_) => return None,
        };
        let leaves = match (parent.name, is_atom) {
            ("rss", false) if name == "channel" => &[],
            ("channel", false) => RSS_FEED,
            ("image", false) => RSS_IMAGE,
            ("item", false) => RSS_ENTRY,
            ("feed", true) => ATOM_FEED,
            ("entry", true) => ATOM_ENTRY,
            ("author", true) => ATOM_PERSON,
            _ => return None,
        };
        let is_leaf = leaves.contains(&name);
        let is_group = match (name, is_atom) {
            ("channel" | "item" | "image", false) => !is_entry || parent.name == "channel",
            ("entry", true) => parent.name == "feed",
            ("author", true) => matches!(parent.name, "feed" | "entry"),
            _ => false,
        };
        let may_repeat = MANY.contains(&name) || is_atom && name == "link";
        let is_repeated = !may_repeat && parent.children.contains(&name);
        // The packages forget who was named first.
        let is_rival = matches!(name, "author" | "dc:creator")
            && !is_atom
            && parent
                .children
                .iter()
                .any(|held| matches!(*held, "author" | "dc:creator"));
        let is_early = name == "atom:link" && !parent.children.contains(&"link");
        let is_other = element.ns != expected || !(is_leaf || is_group);
        if is_repeated || is_rival || is_early || is_other {
            return None;
        }
        if matches!(name, "item" | "entry") {
            self.n_entries += 1;
            if self.n_entries > self.limits.entries {
                return None;
            }
        } else {
            parent.children.push(name);
        }
        Some(is_leaf)
    }

    fn text(&mut self, text: &str, is_cdata: bool) -> Option<()> {
        let Some(level) = self.path.last_mut() else {
            return Some(());
        };
        if !level.is_leaf {
            return text.trim().is_empty().then_some(());
        }
        if self.family == Some(Family::Atom)
            && matches!(level.name, "updated" | "published")
            && !is_plain_date(text)
        {
            return None;
        }
        let is_first = !std::mem::replace(&mut level.has_text, true);
        (is_first && (is_cdata || has_plain_references(text))).then_some(())
    }

    fn end(&mut self) -> Option<()> {
        let level = self.path.pop()?;
        let has = |name: &str| level.children.contains(&name);
        // What the packages would make up if it were missing.
        let is_whole = match level.name {
            "channel" => has("title") && has("link") && has("description"),
            "image" => has("url") && has("title") && has("link"),
            "feed" | "entry" if self.family == Some(Family::Atom) => {
                has("title") && has("id") && has("updated")
            }
            "author" if self.family == Some(Family::Atom) => has("name"),
            "link" | "category" if self.family == Some(Family::Atom) => !level.has_text,
            "enclosure" | "atom:link" => !level.has_text,
            _ => !level.is_leaf || level.has_text,
        };
        is_whole.then_some(())
    }
}

fn root(element: &Element<'_>) -> Option<Family> {
    let version = Attributes::new(element.attributes).find(|(name, _)| *name == "version");
    match (element.name, element.ns) {
        ("rss", Ns::Plain) if version.is_some_and(|(_, version)| version == "2.0") => {
            Some(Family::Rss)
        }
        ("feed", Ns::Atom) if version.is_none() => Some(Family::Atom),
        _ => None,
    }
}

/// Whether every `&` begins one of XML's own five references.
fn has_plain_references(text: &str) -> bool {
    const OWN: [&str; 5] = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
    memchr::memchr_iter(b'&', text.as_bytes())
        .all(|at| OWN.iter().any(|own| text[at..].starts_with(own)))
}

/// Whether this is a date by the book, of our time: the package takes others, and then forgets the
/// hour.
fn is_plain_date(text: &str) -> bool {
    let is_ours = text.starts_with("20") || text.starts_with("199");
    let bytes = text.as_bytes();
    let has = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let has_zone = text.ends_with('Z') || bytes.len() > 22 && has(bytes.len() - 3, b':');
    let has_shape = has(10, b'T') && has(13, b':') && has(16, b':') && has_zone;
    is_ours && has_shape && text.parse::<jiff::Timestamp>().is_ok()
}
