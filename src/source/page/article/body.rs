//! Body of an article page, with its pictures.

use dom_query::NodeRef;

use crate::model::WebUrl;
use crate::source::page::credits::caption;
use crate::source::page::credits::caption::BodyPictures;
use crate::source::page::dom::DomPage;
use crate::source::page::dom::lines::Line;
use crate::source::page::dom::picture;
use crate::source::page::selector::Selector;

/// Body of an article.
#[derive(Debug)]
pub(in crate::source::page) struct Body {
    /// Markup, not sanitised, addresses made absolute.
    pub(in crate::source::page) markup: String,
    /// Lines of its text.
    pub(in crate::source::page) lines: Vec<Line>,
    /// Pictures and captions, in order.
    pub(in crate::source::page) plates: BodyPictures,
    /// Lines that stood at its end without being part of it, and were taken out.
    pub(in crate::source::page) around: Vec<String>,
}

/// Finds the body by a rule; every match is a part of it. `None` without text and pictures.
pub(in crate::source::page) fn by_rule(content: &Selector, page: &DomPage) -> Option<Body> {
    let parts = crate::source::page::list::outermost(content.nodes(&page.root(), &page.budget));
    let body = of_parts(&parts, &page.base);
    let is_empty = body.lines.is_empty() && body.plates.figures.is_empty();
    (!is_empty).then_some(body)
}

/// Makes the body that consists of `parts`; their addresses and pictures are repaired in
/// place.
pub(in crate::source::page) fn of_parts(parts: &[NodeRef<'_>], base: &WebUrl) -> Body {
    let (lines, plates) = caption::lines_and_plates(parts, base);
    parts.iter().for_each(|part| repair(part, base));
    let markup: Vec<String> = parts.iter().map(markup).collect();
    Body {
        markup: markup.join("\n"),
        lines,
        plates,
        around: Vec::new(),
    }
}

/// Returns the markup of a part: of a wrapper its content, of a paragraph all of it.
fn markup(part: &NodeRef<'_>) -> String {
    let name = part.node_name().unwrap_or_default();
    let is_wrapper = matches!(
        &*name,
        "div" | "td" | "section" | "article" | "main" | "body" | "span"
    );
    let markup = if is_wrapper {
        part.inner_html()
    } else {
        part.html()
    };
    markup.trim().to_owned()
}

/// Makes addresses absolute and puts pictures where a script would; pictures without address
/// are removed.
fn repair(part: &NodeRef<'_>, base: &WebUrl) {
    for node in part.descendants() {
        if node.has_name("img") {
            let address = picture::reference(&node).and_then(|address| base.join(&address));
            match address {
                Some(address) => node.set_attr("src", address.as_str()),
                None => node.remove_from_parent(),
            }
        } else if let Some(name) = played(&node) {
            let address = node.attr(name).and_then(|address| base.join(&address));
            if let Some(address) = address {
                node.set_attr(name, address.as_str());
            }
            if let Some(poster) = node.attr("poster").and_then(|poster| base.join(&poster)) {
                node.set_attr("poster", poster.as_str());
            }
        } else if let Some(href) = node.attr("href") {
            match base.join(&href) {
                Some(address) => node.set_attr("href", address.as_str()),
                None => node.remove_attr("href"),
            }
        }
    }
}

/// Returns the attribute of a player with the address of what it plays.
fn played(node: &NodeRef<'_>) -> Option<&'static str> {
    let name = node.node_name()?;
    match &*name {
        "video" | "audio" | "source" | "embed" | "iframe" => {
            let mut names = ["src", "data-src", "data-lazy-src"].into_iter();
            names.find(|name| node.has_attr(name)).or(Some("src"))
        }
        "object" => Some("data"),
        _ => None,
    }
}
