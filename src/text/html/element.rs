//! Allow-list of elements, and how each nests.

/// One element of the allow-list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Name, in lower case.
    pub(super) name: &'static str,
    /// Nesting.
    pub(super) kind: ElementKind,
}

/// Nesting of an element: what it ends, and where it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// Text level.
    Inline,
    /// Text level, and browsers open it again in the next block: `b`.
    Format,
    /// `a`: does not hold another.
    Link,
    /// Text level, without content.
    Void,
    /// `img`
    Image,
    /// Ends an open paragraph.
    Block,
    /// `p`
    Paragraph,
    /// `h1` to `h6`: do not hold one another.
    Heading,
    /// `hr`: ends an open paragraph and has no content.
    Rule,
    /// `ul` and `ol`
    List,
    /// `li`
    Item,
    /// `dt` and `dd`
    Term,
    /// `rt` and `rp`: in `ruby` only.
    Gloss,
    /// `table`
    Table,
    /// `thead`, `tbody`, `tfoot`
    Rows,
    /// `tr`
    Row,
    /// `td`, `th`
    Cell,
    /// `caption`
    Caption,
}

impl ElementKind {
    /// Whether the element has no content and no end tag.
    pub(super) fn is_void(self) -> bool {
        matches!(
            self,
            ElementKind::Void | ElementKind::Image | ElementKind::Rule
        )
    }

    /// Whether the element ends an open paragraph.
    pub(super) fn ends_paragraph(self) -> bool {
        use ElementKind::{Block, Heading, Item, List, Paragraph, Rule, Table, Term};
        matches!(
            self,
            Block | Heading | Item | List | Paragraph | Rule | Table | Term
        )
    }

    /// Whether nothing in the element reaches out of it.
    pub(super) fn is_wall(self) -> bool {
        matches!(
            self,
            ElementKind::Cell | ElementKind::Caption | ElementKind::Table
        )
    }

    /// Whether the element stands in tables only.
    pub(super) fn is_table_part(self) -> bool {
        matches!(
            self,
            ElementKind::Rows | ElementKind::Row | ElementKind::Cell | ElementKind::Caption
        )
    }
}

/// Bytes of the longest name below.
const MAX_NAME: usize = 10;

/// Finds the element that the tag `name`, in any case, stands for. Old names stand for new ones.
pub(super) fn element(name: &str) -> Option<Element> {
    let mut lower = [0; MAX_NAME];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let (name, kind) = known(lower)?;
    Some(Element { name, kind })
}

fn known(name: &[u8]) -> Option<(&'static str, ElementKind)> {
    use ElementKind::{
        Block, Caption, Cell, Format, Gloss, Heading, Image, Inline, Item, Link, List, Paragraph,
        Row, Rows, Rule, Table, Term, Void,
    };
    Some(match name {
        b"p" => ("p", Paragraph),
        b"br" => ("br", Void),
        b"a" => ("a", Link),
        b"img" | b"image" => ("img", Image),
        b"div" | b"center" | b"fieldset" | b"form" | b"hgroup" | b"main" | b"nav" => ("div", Block),
        b"span" => ("span", Inline),
        b"strong" => ("strong", Format),
        b"em" => ("em", Format),
        b"b" => ("b", Format),
        b"i" => ("i", Format),
        b"u" => ("u", Format),
        b"s" | b"strike" => ("s", Format),
        b"small" => ("small", Format),
        b"code" | b"tt" => ("code", Format),
        b"li" => ("li", Item),
        b"ul" | b"dir" | b"menu" => ("ul", List),
        b"ol" => ("ol", List),
        b"blockquote" => ("blockquote", Block),
        b"h1" => ("h1", Heading),
        b"h2" => ("h2", Heading),
        b"h3" => ("h3", Heading),
        b"h4" => ("h4", Heading),
        b"h5" => ("h5", Heading),
        b"h6" => ("h6", Heading),
        b"hr" => ("hr", Rule),
        b"pre" => ("pre", Block),
        b"figure" => ("figure", Block),
        b"figcaption" => ("figcaption", Block),
        b"section" => ("section", Block),
        b"article" => ("article", Block),
        b"aside" => ("aside", Block),
        b"header" => ("header", Block),
        b"footer" => ("footer", Block),
        b"address" => ("address", Block),
        b"details" => ("details", Block),
        b"summary" => ("summary", Block),
        b"dl" => ("dl", Block),
        b"dt" => ("dt", Term),
        b"dd" => ("dd", Term),
        b"table" => ("table", Table),
        b"caption" => ("caption", Caption),
        b"thead" => ("thead", Rows),
        b"tbody" => ("tbody", Rows),
        b"tfoot" => ("tfoot", Rows),
        b"tr" => ("tr", Row),
        b"td" => ("td", Cell),
        b"th" => ("th", Cell),
        b"sub" => ("sub", Inline),
        b"sup" => ("sup", Inline),
        b"abbr" | b"acronym" => ("abbr", Inline),
        b"bdi" => ("bdi", Inline),
        b"cite" => ("cite", Inline),
        b"del" => ("del", Inline),
        b"dfn" => ("dfn", Inline),
        b"ins" => ("ins", Inline),
        b"kbd" => ("kbd", Inline),
        b"mark" => ("mark", Inline),
        b"q" => ("q", Inline),
        b"samp" => ("samp", Inline),
        b"time" => ("time", Inline),
        b"var" => ("var", Inline),
        b"ruby" => ("ruby", Inline),
        b"rt" => ("rt", Gloss),
        b"rp" => ("rp", Gloss),
        b"wbr" => ("wbr", Void),
        _ => return None,
    })
}
