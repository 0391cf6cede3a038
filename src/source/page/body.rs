//! Body of an article page, with its pictures.

use dom_query::NodeRef;

use super::caption::{self, Plates};
use super::line::Line;
use super::picture;
use super::selector::Selector;
use super::tree::Page;
use crate::model::WebUrl;

/// Body of an article.
#[derive(Debug)]
pub(super) struct Body {
    /// Markup, not sanitised, addresses made absolute.
    pub(super) markup: String,
    /// Lines of its text.
    pub(super) lines: Vec<Line>,
    /// Pictures and captions, in order.
    pub(super) plates: Plates,
    /// Lines that stood at its end without being part of it, and were taken out.
    pub(super) around: Vec<String>,
}

/// Finds the body by a rule; every match is a part of it. `None` without text and pictures.
pub(super) fn by_rule(content: &Selector, page: &Page) -> Option<Body> {
    let parts = super::list::outermost(content.nodes(&page.root()));
    let body = of_parts(&parts, &page.base);
    let is_empty = body.lines.is_empty() && body.plates.figures.is_empty();
    (!is_empty).then_some(body)
}

/// Makes the body that consists of `parts`; their addresses and pictures are repaired in
/// place.
pub(super) fn of_parts(parts: &[NodeRef<'_>], base: &WebUrl) -> Body {
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
        } else if let Some(href) = node.attr("href") {
            match base.join(&href) {
                Some(address) => node.set_attr("href", address.as_str()),
                None => node.remove_attr("href"),
            }
        }
    }
}
