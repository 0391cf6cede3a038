//! Sanitiser: any markup in, markup of the allow-list out, in one pass and without a tree.
//!
//! Whatever the input is, the output consists of escaped text, start tags of
//! the allow-list with quoted attributes, and the end tags that belong to them,
//! nested so that every parser builds the same tree from it. That makes it safe:
//! no reader can see a tag in it that this file did not write. `ammonia`, asked
//! in the tests, finds nothing to change in it.

mod content;
mod embed;
mod table;

use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use content::{Place, is_text_only};

use crate::text::html::attribute;
use crate::text::html::element::{Element, ElementKind, element};
use crate::text::html::entities;
use crate::text::html::player;
use crate::text::html::token::{HtmlToken, HtmlTokens, Tag};

/// Most elements within elements; tags of deeper ones are dropped, their text stays.
const MAX_DEPTH: usize = 128;

/// Length at which the result is cut, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Most text styles that are opened again in the next block.
const MAX_REOPENED: usize = 3;

/// Elements that go with all they hold.
const SILENT: &[&str] = &[
    "script", "style", "template", "title", "svg", "select", "datalist", "noembed", "noframes",
    "head",
];

/// Silent elements that hold no markup: without an end tag, they take the rest.
const RAW: &[&str] = &["script", "style", "title"];

/// Cleans `markup` from a page at `base`; linear in its length.
pub(super) fn clean(markup: &str, base: Option<&Url>) -> String {
    let mut cleaner = Cleaner {
        out: String::with_capacity(markup.len() + markup.len() / 8),
        open: Vec::new(),
        starts: Vec::new(),
        reopen: Vec::new(),
        base,
        is_in_picture: false,
        picture: None,
        pre_start: usize::MAX,
        last_image: String::new(),
        dropped: Vec::new(),
        is_line_due: false,
    };
    let mut tokens = HtmlTokens::of(markup);
    let mut endless: Vec<&str> = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            HtmlToken::Text(text) => cleaner.text(text),
            HtmlToken::Close(name) => cleaner.close(name),
            HtmlToken::Open(tag) if player::is_player(tag.name) => {
                let player = player::read(&tag, &mut tokens, &mut endless, base);
                if let Some(player) = player {
                    cleaner.player(&player);
                }
            }
            HtmlToken::Open(tag) => match element(tag.name) {
                Some(element) => cleaner.open(element, &tag),
                None => {
                    cleaner.source(&tag);
                    skip(&tag, &mut tokens, &mut endless);
                }
            },
        }
        if cleaner.out.len() >= MAX_BYTES {
            break;
        }
    }
    cleaner.close_down_to(0);
    cleaner.out
}

/// Skips what a silent element holds. Each end tag is searched in vain at most once.
fn skip(tag: &Tag<'_>, tokens: &mut HtmlTokens<'_>, endless: &mut Vec<&'static str>) {
    let silent = SILENT
        .iter()
        .find(|silent| silent.eq_ignore_ascii_case(tag.name));
    if let Some(silent) = silent.filter(|silent| !endless.contains(silent)) {
        let is_ended = tokens.skip_raw(silent);
        if !is_ended && RAW.contains(silent) {
            tokens.skip_all();
        } else if !is_ended {
            endless.push(silent);
        }
    }
}

struct Cleaner<'a> {
    out: String,
    open: Vec<Element>,
    /// Start and end in `out` of the tag of each of them.
    starts: Vec<(usize, usize)>,
    /// Text styles that a block ended and that go on with the next text.
    reopen: Vec<Element>,
    base: Option<&'a Url>,
    /// Offset in `out` of the content of the last `pre`. Parsers drop a line break there.
    pre_start: usize,
    /// Last image as written; `noscript` repeats what a script shows.
    last_image: String,
    is_in_picture: bool,
    /// Address that the sources of an open `picture` name.
    picture: Option<Url>,
    /// Names of the elements that were not opened where they stand, and have not ended.
    dropped: Vec<&'static str>,
    /// Whether what comes next begins a line of a heading or of preformatted text.
    is_line_due: bool,
}

impl Cleaner<'_> {
    fn text(&mut self, text: &str) {
        let text = &entities::decode(text);
        if text.chars().all(char::is_whitespace) {
            return self.push_text(text);
        }
        self.enter_cell();
        self.enter_item();
        self.begin_line();
        self.open_again();
        self.push_text(text);
    }

    /// Writes text, cut where it would become too long.
    fn push_text(&mut self, text: &str) {
        let room = MAX_BYTES.saturating_sub(self.out.len() + '…'.len_utf8());
        let before = self.out.len();
        entities::escape_text_into(text, &mut self.out);
        if before == self.pre_start {
            let n_breaks = self.out[before..]
                .bytes()
                .take_while(|byte| *byte == b'\n')
                .count();
            self.out.drain(before..before + n_breaks);
        }
        if self.out.len() - before <= room {
            return;
        }
        self.out.truncate(before);
        let mut escaped = String::new();
        for grapheme in text.graphemes(true) {
            escaped.clear();
            entities::escape_text_into(grapheme, &mut escaped);
            if self.out.len() + escaped.len() > before + room {
                break;
            }
            self.out.push_str(&escaped);
        }
        self.out.push('…');
        // Nothing fits any more.
        let left = MAX_BYTES.saturating_sub(self.out.len());
        self.out.extend(std::iter::repeat_n(' ', left));
    }

    fn open(&mut self, element: Element, tag: &Tag<'_>) {
        let kind = element.kind;
        if kind.is_table_part() {
            if !self.make_place_in_table(kind) {
                return;
            }
        } else {
            self.enter_cell();
        }
        if kind.ends_paragraph() {
            self.end_within_walls(|open| open.kind == ElementKind::Paragraph);
        }
        let element = match self.place(element) {
            Place::Open(element) => element,
            Place::Line => {
                self.is_line_due = true;
                return;
            }
            Place::Nothing => return,
        };
        let name = element.name;
        match kind {
            ElementKind::Heading => self.end_within_walls(|open| open.kind == ElementKind::Heading),
            ElementKind::Link => self.end_within_walls(|open| open.kind == ElementKind::Link),
            ElementKind::Item => self.end_item(ElementKind::Item, &["ul", "ol"]),
            ElementKind::Term => self.end_item(ElementKind::Term, &["dl"]),
            ElementKind::Gloss if !self.end_gloss() => return,
            _ => {}
        }
        if !kind.is_table_part() && !matches!(name, "li" | "dt" | "dd") {
            self.enter_item();
        }
        if !kind.ends_paragraph() && !kind.is_table_part() {
            self.begin_line();
            // A gloss stands in its `ruby` itself; styles go on within it.
            if kind != ElementKind::Gloss {
                self.open_again();
            }
        }
        if self.open.len() >= MAX_DEPTH && !kind.is_void() {
            return;
        }
        let before = self.out.len();
        self.out.push('<');
        self.out.push_str(name);
        let mut is_kept = attribute::write(element, tag, self.base, &mut self.out).is_some();
        if kind == ElementKind::Image
            && let Some(url) = self.picture.take()
            && !is_kept
        {
            self.out.truncate(before + 1 + name.len());
            is_kept = attribute::image_at(&url, tag, &mut self.out).is_some();
        }
        self.out.push('>');
        if !is_kept || kind == ElementKind::Image && self.is_repeated(before) {
            self.out.truncate(before);
        } else if !kind.is_void() {
            self.open.push(element);
            self.starts.push((before, self.out.len()));
        }
        if name == "pre" {
            self.pre_start = self.out.len();
        }
    }

    /// Whether the image written from `start` on is the same as the one before it.
    fn is_repeated(&mut self, start: usize) -> bool {
        let image = &self.out[start..];
        let is_repeated = image == self.last_image;
        image.clone_into(&mut self.last_image);
        is_repeated
    }

    fn close(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("picture") {
            return self.end_picture();
        }
        let Some(Element { name, kind }) = element(name) else {
            return;
        };
        if kind.is_void() {
            if name == "br" {
                self.enter_cell();
                self.enter_item();
                self.out.push_str("<br>");
            }
            return;
        }
        if let Some(at) = self.reopen.iter().position(|style| style.name == name) {
            self.reopen.remove(at);
            return;
        }
        if self.end_dropped(name) {
            return;
        }
        let is_same = |open: &Element| match kind {
            ElementKind::Heading => open.kind == kind,
            // One that stood in no list is a division.
            ElementKind::Item | ElementKind::Term => {
                open.kind == kind && (open.name == name || open.name == "div")
            }
            _ => open.name == name && open.kind == kind,
        };
        let walls: fn(ElementKind) -> bool = match kind {
            ElementKind::Table => |_| false,
            kind if kind.is_table_part() => |kind| kind == ElementKind::Table,
            _ => ElementKind::is_wall,
        };
        // The table stops its parts; a cell stops what is in it.
        let reach = self
            .open
            .iter()
            .rposition(|open| walls(open.kind))
            .map_or(0, |wall| wall + 1);
        if let Some(at) = self.open[reach..].iter().rposition(is_same) {
            self.end_from(reach + at);
        }
    }

    /// Ends the outermost element of this cell that `is_it`.
    fn end_within_walls(&mut self, is_it: impl Fn(&Element) -> bool) {
        let inside = self.inside();
        if let Some(at) = self.open[inside..].iter().position(is_it) {
            self.end_from(inside + at);
        }
    }

    /// Ends the item before in the same list.
    fn end_item(&mut self, kind: ElementKind, lists: &[&str]) {
        let inside = self.inside();
        let list = self.open[inside..]
            .iter()
            .rposition(|open| lists.contains(&open.name));
        let from = list.map_or(inside, |list| inside + list + 1);
        if let Some(at) = self.open[from..].iter().position(|open| open.kind == kind) {
            self.end_from(from + at);
        }
    }

    /// Ends what stands in the innermost `ruby`; `false` if there is none.
    fn end_gloss(&mut self) -> bool {
        let inside = self.inside();
        let ruby = self.open[inside..]
            .iter()
            .rposition(|open| open.name == "ruby");
        if let Some(ruby) = ruby {
            self.end_from(inside + ruby + 1);
        }
        ruby.is_some()
    }

    /// Returns the index in `open` at which the innermost cell begins.
    fn inside(&self) -> usize {
        self.open
            .iter()
            .rposition(|open| open.kind.is_wall())
            .map_or(0, |wall| wall + 1)
    }

    /// Ends the open elements from `at` on; text styles within them go on with the next text.
    fn end_from(&mut self, at: usize) {
        let is_style = self
            .open
            .get(at)
            .is_some_and(|open| open.kind == ElementKind::Format);
        self.end_but_styles((at, at + usize::from(is_style)));
    }

    /// Ends the open elements from `at` on; text styles from `kept` on go on with the next text.
    fn end_but_styles(&mut self, (at, kept): (usize, usize)) {
        let has_wall = self.open[at..].iter().any(|open| open.kind.is_wall());
        let styles = self.open[kept.min(self.open.len())..]
            .iter()
            .filter(|open| open.kind == ElementKind::Format);
        let styles: Vec<Element> = styles.copied().collect();
        self.close_down_to(at);
        if has_wall {
            self.reopen.clear();
            return;
        }
        for style in styles {
            let is_new = !self.reopen.contains(&style) && !self.open.contains(&style);
            if is_new && self.reopen.len() < MAX_REOPENED {
                self.reopen.push(style);
            }
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some(element) = self.open.pop() else {
                break;
            };
            let (start, content) = self.starts.pop().unwrap_or_default();
            if is_text_only(&element) || element.name == "dl" {
                self.dropped.clear();
                self.is_line_due = false;
            }
            if embed::is_blank(&self.out[content..]) && embed::is_nothing_empty(element) {
                self.take_back(element, start, content);
                continue;
            }
            let is_opened_up = element.name == "details" && self.open_up((start, content));
            let name = if is_opened_up { "div" } else { element.name };
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    fn open_again(&mut self) {
        for style in std::mem::take(&mut self.reopen) {
            if self.open.len() < MAX_DEPTH {
                self.write_open(style);
            }
        }
    }

    fn write_open(&mut self, element: Element) {
        let before = self.out.len();
        self.out.push('<');
        self.out.push_str(element.name);
        self.out.push('>');
        self.open.push(element);
        self.starts.push((before, self.out.len()));
    }
}
