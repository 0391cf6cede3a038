//! DOM of a web page, once it has passed the gate.

pub(super) mod lines;
pub(super) mod picture;
pub(super) mod players;
pub(super) mod precheck;
pub(in crate::source) mod script;
pub(super) mod vocabulary;
pub(in crate::source) mod written;

use dom_query::{Document as Dom, NodeData, NodeRef};
use memchr::memmem;

use crate::model::{Document, WebUrl};
use crate::source::budget::Budget;
use crate::source::{ReadError, Setting};
use crate::text::charset;
use precheck::Excess;

/// Length of the beginning in which control characters make a document binary, in characters.
const SNIFFED_CHARS: usize = 1024;

/// Characters that are escaped in one text as large as a page may be.
const MAX_REFERENCES: usize = 1000;

/// Upper limit of bytes that writing a page may look at: a second or less.
const MAX_WRITING: usize = MAX_REFERENCES * (10 << 20);

/// Whether the insides of scripts and styles are wanted, and comments. Rules may ask for
/// them, nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scripts {
    Kept,
    Dropped,
}

impl Scripts {
    /// Chooses for a page that is read by rules, or not.
    pub(super) fn for_rules(has_rules: bool) -> Scripts {
        if has_rules {
            Scripts::Kept
        } else {
            Scripts::Dropped
        }
    }
}

/// Web page, decoded and parsed.
pub(super) struct DomPage {
    pub(super) dom: Dom,
    /// Address that it came from.
    pub(super) url: WebUrl,
    /// Base of relative references: `<base>`, else `url`.
    pub(super) base: WebUrl,
    /// Encoding that the bytes were decoded as.
    pub(super) encoding: &'static str,
    /// Undecodable byte sequences.
    pub(super) replaced: u32,
    /// Whether the end of the page (`</html`) was there.
    pub(super) complete: bool,
    /// Budget of the selectors that look into it.
    pub(super) budget: Budget,
}

impl DomPage {
    /// Decodes and parses a page.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooMuch`] for a page that is too large, nested too deep, or costly to
    /// write; [`ReadError::Empty`]; [`ReadError::Broken`] for binary data.
    pub(super) fn open(
        document: &Document,
        setting: &Setting<'_>,
        scripts: Scripts,
    ) -> Result<DomPage, ReadError> {
        let limits = &setting.limits;
        if document.body.len() > limits.bytes {
            return Err(too_much("more bytes", limits.bytes));
        }
        let content_type = document.content_type.as_deref();
        let decoded = charset::decode_html(&document.body, content_type, setting.encoding);
        let text = written::expanded(decoded.text.as_ref());
        let text = text.as_ref();
        if text.trim_ascii().is_empty() {
            return Err(ReadError::Empty);
        }
        if is_binary(text) {
            return Err(ReadError::Broken("this is not text".to_owned()));
        }
        let unread = precheck::unread(text, limits.html_depth).map_err(|excess| match excess {
            Excess::Depth => too_much("elements nested too deep", limits.html_depth),
            Excess::Elements(most) => too_much("more elements than a page of its size has", most),
        })?;
        let dom = match scripts {
            Scripts::Kept => Dom::from(text),
            Scripts::Dropped => Dom::from(precheck::without(text, &unread)),
        };
        if writing(&dom) > MAX_WRITING {
            return Err(too_much("too many & in long texts", MAX_REFERENCES));
        }
        let base = base(&dom, text, &document.url);
        Ok(DomPage {
            dom,
            url: document.url.clone(),
            base,
            encoding: decoded.encoding,
            replaced: decoded.replaced,
            complete: has_end(text),
            budget: Budget::default(),
        })
    }

    /// Returns the node that everything is in.
    pub(super) fn root(&self) -> NodeRef<'_> {
        self.dom.root()
    }

    /// Reads the page's `<title>`; `None` if absent or empty.
    pub(super) fn title(&self) -> Option<String> {
        let root = self.root();
        let head = root.descendants_it().find(|node| node.has_name("head"))?;
        let title = head.descendants_it().find(|node| node.has_name("title"))?;
        let title = fold(&title.text());
        (!title.is_empty()).then_some(title)
    }

    /// Lists the addresses of `<link>`s in its head that have this relation (WebSub, 4), as
    /// written.
    pub(super) fn linked(&self, rel: &str) -> Vec<String> {
        let root = self.root();
        let head = root.descendants_it().find(|node| node.has_name("head"));
        let links = head.iter().flat_map(NodeRef::descendants_it);
        let links = links.filter(|node| node.has_name("link"));
        let is_meant = |node: &NodeRef<'_>| {
            let rels = node.attr("rel").unwrap_or_default();
            rels.split_ascii_whitespace()
                .any(|name| name.eq_ignore_ascii_case(rel))
        };
        let hrefs = links.filter(is_meant).filter_map(|node| node.attr("href"));
        hrefs.map(|href| href.trim().to_owned()).collect()
    }

    /// Returns the language the page names, `lang` of `<html>`.
    pub(super) fn language(&self) -> Option<String> {
        let root = self.root();
        let html = root.descendants_it().find(|node| node.has_name("html"))?;
        let language = html.attr("lang")?;
        let language = language.trim();
        (!language.is_empty()).then(|| language.to_owned())
    }
}

/// Keeps the letters and digits of a text, in lower case.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Folds white space to single blanks, none at the ends.
pub(in crate::source) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Counts the bytes that writing the tree as markup looks at. For each character that it
/// escapes, html5ever searches the rest of the text for others: a megabyte of `&` would cost
/// minutes.
fn writing(dom: &Dom) -> usize {
    let of_node = |node: NodeRef<'_>| {
        node.query_or(0, |inner| match &inner.data {
            // In a script nothing is escaped.
            NodeData::Text { contents } if !is_in_raw(&node) => escaped(contents),
            NodeData::Element(element) => {
                element.attrs.iter().map(|attr| escaped(&attr.value)).sum()
            }
            _ => 0,
        })
    };
    let root = dom.root();
    let nodes = root.descendants_it().map(of_node);
    nodes.fold(0, usize::saturating_add)
}

/// Counts the same for one text.
fn escaped(text: &str) -> usize {
    let n_escaped = memchr::memchr2_iter(b'&', 0xC2, text.as_bytes()).count();
    n_escaped.saturating_mul(text.len())
}

fn is_in_raw(text: &NodeRef<'_>) -> bool {
    let outer = text.parent();
    outer.is_some_and(|outer| outer.has_name("script") || outer.has_name("style"))
}

fn too_much(what: &'static str, limit: usize) -> ReadError {
    ReadError::TooMuch { what, limit }
}

fn is_binary(text: &str) -> bool {
    let is_odd = |c: char| c == '\0' || (c.is_control() && !c.is_whitespace() && c != '\u{1b}');
    let n_odd = text
        .chars()
        .take(SNIFFED_CHARS)
        .filter(|c| is_odd(*c))
        .count();
    text.starts_with("%PDF-") || n_odd > SNIFFED_CHARS / 50
}

/// Finds the base of references; most pages do not name one, and are not searched.
fn base(dom: &Dom, text: &str, url: &WebUrl) -> WebUrl {
    let is_said = ["<base", "<BASE", "<Base"]
        .iter()
        .any(|tag| memmem::find(text.as_bytes(), tag.as_bytes()).is_some());
    let root = dom.root();
    let mut bases = root.descendants_it().filter(|node| node.has_name("base"));
    let href = is_said
        .then(|| bases.find_map(|node| node.attr("href")))
        .flatten();
    href.and_then(|href| url.join(&href))
        .unwrap_or_else(|| url.clone())
}

/// Whether `</html` is there, in any case; pages put comments and scripts behind it.
fn has_end(text: &str) -> bool {
    const END: &[u8] = b"</html";
    text.as_bytes()
        .windows(END.len())
        .rev()
        .any(|part| part.eq_ignore_ascii_case(END))
}
