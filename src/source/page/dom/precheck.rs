//! Guard of the tree builder: measures the nesting of a page's elements before a tree is
//! built.
//!
//! A tree builder takes time quadratic in the depth: 250 KB of `<div>` cost 16
//! seconds. One pass over the tags tells the depth that it would reach, or more,
//! never much less; it also tells what need not be parsed at all, which is a
//! third of most pages.

use std::ops::Range;

/// Kind of an element, by how its tags nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Without content, or ended by the next one of its kind, so that it nests only in others;
    /// not counted.
    Free,
    /// Content is no markup.
    Raw,
    /// Closed alone, whatever has begun in it since.
    Formatting,
    /// Closed across by the tag of a block only.
    Block,
    /// Block that no tag of another block closes across.
    Scope,
    /// Drawing, in which a slash ends an element.
    Drawing,
    /// All others.
    Other,
}

impl Kind {
    /// Tells the kind of an element by its name in any case.
    fn of(name: &str) -> Kind {
        let mut lower = [0; 12];
        let Some(lower) = lower.get_mut(..name.len()) else {
            return Kind::Other;
        };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link"
            | b"meta" | b"param" | b"source" | b"track" | b"wbr" | b"basefont" | b"bgsound"
            | b"frame" | b"keygen" | b"html" | b"head" | b"body" | b"p" | b"li" | b"dd" | b"dt"
            | b"option" | b"optgroup" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot"
            | b"colgroup" | b"caption" | b"rt" | b"rp" | b"rb" | b"rtc" => Kind::Free,
            b"script" | b"style" | b"textarea" | b"title" | b"xmp" | b"iframe" | b"noembed"
            | b"noframes" => Kind::Raw,
            b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small"
            | b"strike" | b"strong" | b"tt" | b"u" => Kind::Formatting,
            b"address" | b"article" | b"aside" | b"blockquote" | b"button" | b"center"
            | b"details" | b"dialog" | b"dir" | b"div" | b"dl" | b"fieldset" | b"figcaption"
            | b"figure" | b"footer" | b"form" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6"
            | b"header" | b"hgroup" | b"listing" | b"main" | b"menu" | b"nav" | b"ol" | b"pre"
            | b"search" | b"section" | b"summary" | b"ul" => Kind::Block,
            b"table" | b"object" | b"template" | b"marquee" | b"applet" | b"select" => Kind::Scope,
            b"svg" | b"math" => Kind::Drawing,
            _ => Kind::Other,
        }
    }

    fn is_block(self) -> bool {
        matches!(self, Kind::Block | Kind::Scope)
    }
}

/// Element that is open: its name as written, and its kind.
type Open<'t> = (&'t str, Kind);

/// Distance, in open elements, within which a closing tag looks for what it closes.
const MAX_REACH_ELEMENTS: usize = 64;

/// Number of elements that any page may have.
const FREE_ELEMENTS: usize = 50_000;

/// Bytes per element that a page with more of them must have, or a tree of it would be more
/// than twenty times as large as the page.
const MIN_BYTES_PER_ELEMENT: usize = 40;

/// Excess of a page, for which it is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::page) enum Excess {
    /// Elements nested deeper than the limit.
    Depth,
    /// More elements than this limit.
    Elements(usize),
}

/// Finds the parts of `page` that nobody reads: comments, and the insides of scripts and
/// styles. Byte ranges, ascending.
///
/// # Errors
///
/// [`Excess`] if its elements nest deeper than `limit`, or are too many for its size.
pub(in crate::source::page) fn unread(
    page: &str,
    limit: usize,
) -> Result<Vec<Range<usize>>, Excess> {
    let max_elements = FREE_ELEMENTS.max(page.len() / MIN_BYTES_PER_ELEMENT);
    let mut n_elements = 0;
    let mut unread = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut rest = page;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        let here = page.len() - rest.len();
        if let Some(comment) = rest.strip_prefix("!--") {
            let behind = behind_comment(comment);
            rest = behind.unwrap_or_default();
            if behind.is_some() {
                unread.push(here - 1..page.len() - rest.len());
            }
            continue;
        }
        let is_end = rest.starts_with('/');
        let name = tag_name(rest.trim_start_matches('/'));
        if name.is_empty() {
            continue;
        }
        let is_alone;
        (rest, is_alone) = behind_tag(rest);
        if is_end {
            close(&mut open, name);
            continue;
        }
        n_elements += 1;
        if n_elements > max_elements {
            return Err(Excess::Elements(max_elements));
        }
        let kind = Kind::of(name);
        if kind == Kind::Raw {
            let start = page.len() - rest.len();
            rest = behind_raw(rest, name);
            let end = page.len() - rest.len();
            if is_unread(name, &page[here..start], &page[start..end]) {
                unread.push(start..end);
            }
            continue;
        }
        // In a drawing, and only there, a slash ends an element.
        let is_html = kind.is_block() || kind == Kind::Formatting;
        if kind == Kind::Free || is_alone && !is_html && in_drawing(&open) {
            continue;
        }
        open.push((name, kind));
        if open.len() > limit {
            return Err(Excess::Depth);
        }
    }
    Ok(unread)
}

/// Copies `page` without the parts that nobody reads.
pub(in crate::source::page) fn without(page: &str, unread: &[Range<usize>]) -> String {
    let mut lean = String::with_capacity(page.len());
    let mut from = 0;
    for part in unread {
        lean.push_str(&page[from..part.start]);
        from = part.end;
    }
    lean.push_str(&page[from..]);
    lean
}

/// Returns the text behind a comment; `<!-->` is one too. `None` if it never ends.
fn behind_comment(text: &str) -> Option<&str> {
    for empty in [">", "->"] {
        if let Some(behind) = text.strip_prefix(empty) {
            return Some(behind);
        }
    }
    let end = memchr::memmem::find(text.as_bytes(), b"-->")?;
    Some(&text[end + 3..])
}

/// Whether the inside of such an element is neither shown nor data. A script with a comment
/// in it may not end where it seems to.
fn is_unread(name: &str, tag: &str, inside: &str) -> bool {
    let is_data = || tag.contains("json") || inside.contains("<!--");
    name.eq_ignore_ascii_case("style") || (name.eq_ignore_ascii_case("script") && !is_data())
}

fn in_drawing(open: &[Open<'_>]) -> bool {
    let kinds = open.iter().rev().map(|(_, kind)| *kind);
    kinds
        .take(MAX_REACH_ELEMENTS)
        .take_while(|kind| !kind.is_block() && *kind != Kind::Formatting)
        .any(|kind| kind == Kind::Drawing)
}

/// Closes elements as a tree builder would for `</name>`, or fewer.
fn close(open: &mut Vec<Open<'_>>, name: &str) {
    let from = open.len().saturating_sub(MAX_REACH_ELEMENTS);
    let Some(at) = open[from..]
        .iter()
        .rposition(|(opened, _)| opened.eq_ignore_ascii_case(name))
    else {
        return;
    };
    let at = from + at;
    let mut between = open[at + 1..].iter().map(|(_, kind)| *kind);
    match open[at].1 {
        Kind::Formatting => {
            open.remove(at);
        }
        Kind::Scope => open.truncate(at),
        Kind::Block if !between.any(|kind| kind == Kind::Scope) => open.truncate(at),
        Kind::Block => {}
        _ if !between.any(Kind::is_block) => open.truncate(at),
        _ => {}
    }
}

fn tag_name(text: &str) -> &str {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return "";
    }
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    &text[..end.unwrap_or(text.len())]
}

/// Returns the text behind a tag, and whether a slash ended that.
fn behind_tag(text: &str) -> (&str, bool) {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (&text[at + 1..], before == b'/'),
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() || before != b'=' {
            before = byte;
        }
    }
    ("", false)
}

/// Returns the text from the closing tag on of an element that holds no markup.
fn behind_raw<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"</") {
        let tag = &rest[at..];
        if tag_name(&tag[2..]).eq_ignore_ascii_case(name) {
            return tag;
        }
        rest = &tag[2..];
    }
    ""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(unit: &str, want: bool) {
        assert_eq!(
            unread(&unit.repeat(2000), 512) == Err(Excess::Depth),
            want,
            "given {unit} again and again"
        );
    }

    #[test]
    fn what_nests_is_counted() {
        check("<div>", true);
        check("<DIV class='a>b'>", true);
        check("<p><b a=1>", true);
        check("<span><div></span>", true);
        check("<div></x>", true);
        check("<table><tr><td>", true);
        check("<x/>", true);
        check("<ul><li>", true);
    }

    #[test]
    fn what_does_not_nest_is_not_counted() {
        check("<div></div>", false);
        check("<p>text", false);
        check("<li><a href='/'>x</a>", false);
        check("<tr><td><font>x</font>", false);
        check("<b><i>x</b></i>", false);
        check("<img><br>", false);
        check("<!-- <div> -->", false);
        check("<script>'<div>'</script>", false);
        check("<svg><path d='M0'/></svg>", false);
        check("<div><span>x</div>", false);
        check("1 < 2", false);
    }

    #[track_caller]
    fn lean(page: &str, want: &str) {
        let unread = unread(page, 512).unwrap();
        assert_eq!(without(page, &unread), want, "given {page}");
    }

    #[test]
    fn what_nobody_reads_is_left_out() {
        lean("<p>a<!-- b --!> c -->d</p>", "<p>ad</p>");
        lean("<!--><p>a</p>", "<p>a</p>");
        lean(
            "<SCRIPT src=x>1<2</script><p>a",
            "<SCRIPT src=x></script><p>a",
        );
        lean("<style>p>a{}</style><p>a", "<style></style><p>a");
        lean("<p title='<!--'>a</p><!-- b -->", "<p title='<!--'>a</p>");
        lean(
            "<textarea><script>x</script></textarea>",
            "<textarea><script>x</script></textarea>",
        );
        let data = r#"<script type="application/ld+json">{"a":1}</script>"#;
        lean(data, data);
        let nested = "<script><!-- <script></script> --></script><p>a";
        lean(nested, nested);
        lean("<p>a<!-- b", "<p>a<!-- b");
    }

    #[test]
    fn elements_cost_memory_and_are_counted() {
        let many = |unit: &str, n_bytes: usize| unread(&unit.repeat(n_bytes / unit.len()), 512);
        assert_eq!(many("<br>", 1 << 20), Err(Excess::Elements(50_000)));
        let most = Err(Excess::Elements((10 << 20) / 40));
        assert_eq!(many("<b>x</b>", 10 << 20), most);
        assert!(many("<br>", 100 << 10).is_ok());
        let item = "<li><a href='/2018/0316/123456.html'>大明湖今日起免费开放游客凭证入园</a></li>";
        assert!(many(item, 10 << 20).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_measured(text in "(<[/!a-c]|div|svg|b|>|'|\"|=| |<!--|-->|</script>|字){0,60}") {
            let unread = unread(&text, 8).unwrap_or_default();
            let _ = without(&text, &unread);
        }
    }
}
