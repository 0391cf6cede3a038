//! Content of elements: what the content model of HTML lets stand nowhere is put into an item, made a
//! division, or ended before a block. <https://html.spec.whatwg.org/#kinds-of-content>

use super::Cleaner;
use crate::text::html::element::{Element, ElementKind};

/// `li`
const ITEM: Element = Element {
    name: "li",
    kind: ElementKind::Item,
};

/// `dd`
const DESCRIPTION: Element = Element {
    name: "dd",
    kind: ElementKind::Term,
};

/// Fate of an element that is to be opened.
pub(super) enum Place {
    /// Element that is opened.
    Open(Element),
    /// No element: what stands in it is a line of what is open.
    Line,
    /// No element, and no line of its own.
    Nothing,
}

impl Cleaner<'_> {
    /// Opens what must be around content that is not an item, in a list outside of its items.
    pub(super) fn enter_item(&mut self) {
        match self.open.last().map(|open| open.name) {
            Some("ul" | "ol") => self.write_open(ITEM),
            Some("dl") => self.write_open(DESCRIPTION),
            _ => {}
        }
    }

    /// Finds the place of an element in what is open, and ends what cannot hold it.
    pub(super) fn place(&mut self, element: Element) -> Place {
        let inside = self.inside();
        let is_in = |names: &[&str]| {
            let open = &self.open[inside..];
            open.iter().any(|open| names.contains(&open.name))
        };
        let element = match element.name {
            "li" if !is_in(&["ul", "ol"]) => division(element.kind),
            "dt" | "dd" if !is_in(&["dl"]) => division(element.kind),
            "figcaption" if !is_in(&["figure"]) => division(element.kind),
            "summary" if !self.is_beginning("details") => division(element.kind),
            "div" if self.open.last().is_some_and(|open| open.name == "dl") => {
                self.dropped.push("div");
                return Place::Nothing;
            }
            _ => element,
        };
        if !element.kind.ends_paragraph() {
            return Place::Open(element);
        }
        if let Some(line) = self.open[inside..].iter().rposition(is_text_only) {
            use ElementKind::{Heading, Item, List, Rule, Table, Term};
            let is_apart = matches!(element.kind, Heading | Item | List | Rule | Table | Term);
            if !is_apart {
                self.dropped.push(element.name);
                return Place::Line;
            }
            self.end_from(inside + line);
        }
        self.end_styles();
        Place::Open(element)
    }

    /// Whether the innermost element has that name and holds nothing yet.
    fn is_beginning(&self, name: &str) -> bool {
        let begun = self.starts.last().map_or(0, |(_, begun)| *begun);
        let is_it = self.open.last().is_some_and(|open| open.name == name);
        is_it && self.out[begun..].trim().is_empty()
    }

    /// Makes a division of `details` that is about to end, from `start` on with content from `content`
    /// on, and has no `summary` to begin with: a browser would hide it behind a word of its own.
    pub(super) fn open_up(&mut self, (start, content): (usize, usize)) -> bool {
        if self.out[content..].trim_start().starts_with("<summary") {
            return false;
        }
        self.out.replace_range(start..content, "<div>");
        self.pre_start = usize::MAX;
        true
    }

    /// Ends text-level elements before a block, but for links, which hold blocks too.
    fn end_styles(&mut self) {
        use ElementKind::{Format, Gloss, Inline, Link};
        let is_level = |open: &Element| matches!(open.kind, Format | Gloss | Inline | Link);
        let block = self.open.iter().rposition(|open| !is_level(open));
        let from = block.map_or(0, |block| block + 1);
        let style = self.open[from..].iter().position(|open| open.kind != Link);
        if let Some(style) = style {
            self.end_but_styles((from + style, from + style));
        }
    }

    /// Takes note of the end tag of an element that was not opened; whether it was one.
    pub(super) fn end_dropped(&mut self, name: &str) -> bool {
        let Some(at) = self.dropped.iter().rposition(|dropped| *dropped == name) else {
            return false;
        };
        self.dropped.truncate(at);
        self.is_line_due = true;
        true
    }

    /// Begins the line that an element which was not opened would have begun.
    pub(super) fn begin_line(&mut self) {
        if !std::mem::take(&mut self.is_line_due) {
            return;
        }
        let inside = self.inside();
        let Some(line) = self.open[inside..].iter().rposition(is_text_only) else {
            return;
        };
        let begun = self.starts[inside + line].1;
        if self.out[begun..].trim().is_empty() {
            return;
        }
        match self.open[inside + line].name {
            "pre" if self.out.ends_with('\n') => {}
            "pre" => self.out.push('\n'),
            _ if self.out.ends_with("<br>") => {}
            _ => self.out.push_str("<br>"),
        }
    }
}

/// Whether an element holds lines of text, and no blocks.
pub(super) fn is_text_only(open: &Element) -> bool {
    open.kind == ElementKind::Heading || open.name == "pre" || open.name == "summary"
}

/// Makes a division of what is no item: it still ends where an item would.
fn division(kind: ElementKind) -> Element {
    Element { name: "div", kind }
}
