//! Lines of text, as a page shows them.
//!
//! One line per block, as a reader's eye meets them; what is hidden or runs is
//! left out. Titles, dates, sources and bylines are all found on lines.

use dom_query::{NodeId, NodeRef};
use html5ever::LocalName;

/// Line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source::page) struct Line {
    /// Text, white space folded, never empty.
    pub(in crate::source::page) text: String,
    /// Block that the line begins in.
    pub(in crate::source::page) block: NodeId,
    /// Text nodes that its text is in.
    pub(in crate::source::page) parts: Vec<NodeId>,
    /// Number of its characters in links, white space aside.
    pub(in crate::source::page) linked: usize,
    /// Number of pictures before its end.
    pub(in crate::source::page) pictures: usize,
}

/// Collects the lines below `root`.
pub(in crate::source::page) fn lines(root: &NodeRef<'_>) -> Vec<Line> {
    view(root).lines
}

/// View of a page: all that is seen below a node, in document order.
pub(in crate::source::page) struct LineView<'a> {
    pub(in crate::source::page) lines: Vec<Line>,
    /// Elements `img`.
    pub(in crate::source::page) pictures: Vec<NodeRef<'a>>,
    /// Elements that say they are not shown.
    pub(in crate::source::page) hidden: Vec<NodeRef<'a>>,
}

/// Collects lines, pictures and hidden elements below `root`.
pub(in crate::source::page) fn view<'a>(root: &NodeRef<'a>) -> LineView<'a> {
    let mut pictures = Vec::new();
    let mut hidden = Vec::new();
    let mut writer = Writer {
        lines: Vec::new(),
        text: String::new(),
        parts: Vec::new(),
        linked: 0,
        pictures: 0,
        block: root.id,
        is_joint: false,
    };
    let mut links = 0_usize;
    let mut blocks = vec![root.id];
    walk(root, |step| {
        match step {
            Step::Text(text, node) => {
                let block = *blocks.last().unwrap_or(&root.id);
                writer.push(text, block, links > 0);
                writer.parts.push(node.id);
            }
            Step::Enter(name, node) => match name {
                "a" => links += 1,
                "br" => writer.flush(),
                "img" => {
                    pictures.push(*node);
                    writer.pictures += 1;
                }
                name if is_inline(name) => writer.is_joint = true,
                _ => {
                    writer.flush();
                    blocks.push(node.id);
                }
            },
            Step::Leave(name) => match name {
                "a" => links -= 1,
                "br" => {}
                name if is_inline(name) => writer.is_joint = true,
                _ => {
                    writer.flush();
                    blocks.pop();
                }
            },
            Step::Hidden(node) => hidden.push(*node),
        }
        true
    });
    writer.flush();
    LineView {
        lines: writer.lines,
        pictures,
        hidden,
    }
}

/// Counts the letters of lines.
pub(in crate::source::page) fn letters(lines: &[Line]) -> usize {
    let letters = lines.iter().flat_map(|line| line.text.chars());
    letters.filter(|c| c.is_alphabetic()).count()
}

/// Collects all text below `root` as one line.
pub(in crate::source::page) fn text(root: &NodeRef<'_>) -> String {
    let mut text = String::new();
    walk(root, |step| {
        collect(&mut text, &step);
        true
    });
    text.truncate(text.trim_end().len());
    text
}

/// Collects all text below `root` as one line, if that has at most `max` characters.
pub(in crate::source::page) fn short_text(root: &NodeRef<'_>, max: usize) -> Option<String> {
    let mut text = String::new();
    walk(root, |step| {
        collect(&mut text, &step);
        // No character is longer than four bytes.
        text.len() <= max * 4
    });
    text.truncate(text.trim_end().len());
    text.chars().nth(max).is_none().then_some(text)
}

fn collect(text: &mut String, step: &Step<'_, '_>) {
    match step {
        Step::Text(part, _) => append(text, part),
        Step::Enter(name, _) | Step::Leave(name) if !is_inline(name) => blank(text),
        Step::Enter(..) | Step::Leave(_) | Step::Hidden(_) => {}
    }
}

/// Step of a walk over a tree.
enum Step<'t, 'n> {
    Text(&'t str, &'t NodeRef<'n>),
    Enter(&'t str, &'t NodeRef<'n>),
    Leave(&'t str),
    /// Element that says it is not shown; its content is left out.
    Hidden(&'t NodeRef<'n>),
}

/// Walks over what is shown below `root`, without recursion, for as long as `visit` returns
/// true.
fn walk<'n>(root: &NodeRef<'n>, mut visit: impl FnMut(Step<'_, 'n>) -> bool) {
    enum Todo<'n> {
        Enter(NodeRef<'n>),
        Leave(LocalName),
    }
    let mut todo = vec![Todo::Enter(*root)];
    while let Some(next) = todo.pop() {
        let node = match next {
            Todo::Leave(name) => {
                if !visit(Step::Leave(&name)) {
                    return;
                }
                continue;
            }
            Todo::Enter(node) => node,
        };
        if node.is_text() {
            if !visit(Step::Text(&node.text(), &node)) {
                return;
            }
            continue;
        }
        let name = node.qual_name_ref().map(|name| name.local.clone());
        if let Some(name) = name {
            if node.id != root.id && is_silent(&name) {
                continue;
            }
            let is_hidden = node.id != root.id && is_hidden(&node);
            let step = if is_hidden {
                Step::Hidden(&node)
            } else {
                Step::Enter(&name, &node)
            };
            if !visit(step) {
                return;
            }
            if is_hidden {
                continue;
            }
            todo.push(Todo::Leave(name));
        }
        todo.extend(node.children_it(true).map(Todo::Enter));
    }
}

/// Collector of text until a line ends.
struct Writer {
    lines: Vec<Line>,
    text: String,
    parts: Vec<NodeId>,
    linked: usize,
    pictures: usize,
    block: NodeId,
    /// Whether another element has begun or ended since the last text.
    is_joint: bool,
}

impl Writer {
    fn push(&mut self, part: &str, block: NodeId, is_link: bool) {
        if self.text.trim_end().is_empty() {
            self.block = block;
        }
        // 01-14 and 17:58, each in its span, are no 1417.
        let is_number = |c: char| c.is_ascii_digit();
        if self.is_joint && self.text.ends_with(is_number) && part.starts_with(is_number) {
            self.text.push(' ');
        }
        self.is_joint = false;
        append(&mut self.text, part);
        if is_link {
            self.linked += part.chars().filter(|c| !c.is_whitespace()).count();
        }
    }

    fn flush(&mut self) {
        let text = self.text.trim_end();
        if !text.is_empty() {
            self.lines.push(Line {
                text: text.to_owned(),
                block: self.block,
                parts: std::mem::take(&mut self.parts),
                linked: self.linked,
                pictures: self.pictures,
            });
        }
        self.text.clear();
        self.parts.clear();
        self.linked = 0;
    }
}

/// Appends `part` with its white space folded; invisible characters are dropped.
fn append(text: &mut String, part: &str) {
    let is_unseen = |c: char| matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}');
    let mut rest = part;
    while let Some(at) = rest.find(|c: char| c.is_whitespace() || is_unseen(c)) {
        text.push_str(&rest[..at]);
        let mut behind = rest[at..].chars();
        if !behind.next().is_some_and(is_unseen) {
            blank(text);
        }
        rest = behind.as_str();
    }
    text.push_str(rest);
}

fn blank(text: &mut String) {
    if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

/// Whether text goes on through such an element.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "nobr"
            | "o:p"
            | "q"
            | "rp"
            | "rt"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
    )
}

/// Whether nothing in such an element is shown.
fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "head"
            | "title"
            | "textarea"
            | "select"
            | "option"
            | "button"
            | "iframe"
            | "object"
            | "svg"
            | "canvas"
            | "audio"
            | "video"
    )
}

/// Whether the element itself says that it is not shown. A body that does is shown by a
/// script.
pub(in crate::source::page) fn is_hidden(node: &NodeRef<'_>) -> bool {
    node.element_ref().is_some_and(|element| {
        let is_said = element.attrs.iter().any(|attr| match &*attr.name.local {
            "hidden" => true,
            "style" => says_hidden(&attr.value),
            _ => false,
        });
        is_said && !matches!(&*element.node_name(), "html" | "body")
    })
}

/// Shows the hidden element that says more than all that is shown, and returns whether there
/// was one: scripts show it, as they do where a server sends a page in pieces.
pub(in crate::source::page) fn reveal(view: &LineView<'_>) -> bool {
    let n_shown: usize = view.lines.iter().map(|line| line.text.len()).sum();
    let more = view.hidden.iter().find(|node| text(node).len() > n_shown);
    if let Some(node) = more {
        node.remove_attrs(&["hidden", "style"]);
    }
    more.is_some()
}

fn says_hidden(style: &str) -> bool {
    let bytes = style.as_bytes();
    let is_possible = ["none", "hidd"].iter().any(|word| {
        let mut parts = bytes.windows(word.len());
        parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    });
    if !is_possible {
        return false;
    }
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let style = style.to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}
