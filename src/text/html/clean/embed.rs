//! Pictures of several sources, players, and elements in which nothing is left.

use url::Url;

use super::content::is_text_only;
use super::{Cleaner, MAX_DEPTH};
use crate::text::html::attribute;
use crate::text::html::element;
use crate::text::html::element::{Element, ElementKind};
use crate::text::html::entities;
use crate::text::html::player::{self, Player};
use crate::text::html::token::Tag;

/// `p`
const PARAGRAPH: Element = Element {
    name: "p",
    kind: ElementKind::Paragraph,
};

/// Whether nothing is to be seen in cleaned markup.
pub(super) fn is_blank(markup: &str) -> bool {
    let mut texts = markup.split("&nbsp;");
    texts.all(|text| text.chars().all(char::is_whitespace))
}

/// Whether an element says nothing if nothing stands in it.
pub(super) fn is_nothing_empty(element: Element) -> bool {
    use ElementKind::{Block, Format, Heading, Inline, Link, Paragraph};
    let is_container = !matches!(element.name, "summary" | "ruby");
    let kinds = matches!(
        element.kind,
        Paragraph | Heading | Block | Format | Inline | Link
    );
    kinds && is_container || element.name == "div"
}

impl Cleaner<'_> {
    /// Takes note of a `picture` and of what its sources name; the last of them is
    /// the one for old browsers.
    pub(super) fn source(&mut self, tag: &Tag<'_>) {
        if tag.name.eq_ignore_ascii_case("picture") {
            (self.is_in_picture, self.picture) = (true, None);
        } else if tag.name.eq_ignore_ascii_case("source") && self.is_in_picture {
            self.picture = player::source(tag, self.base).or(self.picture.take());
        }
    }

    /// Ends a `picture`; one without an image of its own shows what its sources name.
    pub(super) fn end_picture(&mut self) {
        self.is_in_picture = false;
        if let Some(url) = self.picture.take() {
            self.enter_cell();
            self.enter_item();
            self.begin_line();
            self.open_again();
            self.image(&url, "");
        }
    }

    /// Writes an image, unless it is the one before it; says whether it did.
    fn image(&mut self, url: &Url, alt: &str) -> bool {
        let before = self.out.len();
        self.out.push_str("<img");
        attribute::poster(url, alt, &mut self.out);
        self.out.push('>');
        let is_repeated = self.is_repeated(before);
        if is_repeated {
            self.out.truncate(before);
        }
        !is_repeated
    }

    /// Writes a link in place of a player, as a paragraph unless it stands in a line.
    pub(super) fn player(&mut self, player: &Player) {
        if player.href.is_none() && player.poster.is_none() {
            return;
        }
        self.enter_cell();
        self.enter_item();
        self.end_within_walls(|open| open.kind == ElementKind::Link);
        let at = self.open.len();
        let is_line = |open: &Element| {
            use ElementKind::{Format, Heading, Inline, Paragraph, Term};
            matches!(open.kind, Paragraph | Heading | Inline | Format | Term) || is_text_only(open)
        };
        let has_line = !self.reopen.is_empty() || self.open[self.inside()..].iter().any(is_line);
        let is_alone = !has_line && at < MAX_DEPTH;
        if is_alone {
            self.write_open(PARAGRAPH);
        }
        self.begin_line();
        self.open_again();
        if let Some(href) = &player.href {
            self.out.push_str("<a");
            attribute::link_to(href, &mut self.out);
            self.out.push('>');
        }
        let is_pictured = match &player.poster {
            Some(poster) => self.image(poster, &player.label),
            None => false,
        };
        if player.href.is_some() {
            if !is_pictured {
                entities::escape_text_into(&player.label, &mut self.out);
            }
            self.out.push_str("</a>");
        }
        if is_alone {
            self.close_down_to(at);
        }
    }

    /// Takes back an element in which nothing stands; lines that it held apart stay so.
    pub(super) fn take_back(&mut self, element: Element, start: usize, content: usize) {
        let space = self.out.split_off(content);
        self.out.truncate(start);
        if self.pre_start > start {
            self.pre_start = usize::MAX;
        }
        let is_block = element.kind.ends_paragraph();
        if !is_block {
            self.out.push_str(&space);
        } else if !self.ends_line() {
            self.out.push_str("<br>");
        }
    }

    /// Whether what comes next begins a line.
    fn ends_line(&self) -> bool {
        let parent = self.starts.last().map_or(0, |(_, content)| *content);
        let out = &self.out[parent..];
        let Some(tag) = out.trim_end().strip_suffix('>') else {
            return out.trim_end().is_empty();
        };
        let tag = &tag[tag.rfind('<').unwrap_or(0)..];
        tag == "<br" || tag == "<hr" || {
            let ended = tag.strip_prefix("</").and_then(element::element);
            ended.is_some_and(|element| element.kind.ends_paragraph())
        }
    }
}
