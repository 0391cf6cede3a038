//! Guard of the tree builder: measures the nesting of a page's elements before a tree is
//! built.
//!
//! A tree builder takes time quadratic in the depth: 250 KB of `<div>` cost 16
//! seconds. One pass over the tags tells the depth that it would reach, or more,
//! never much less; it also tells what need not be parsed at all, which is a
//! third of most pages.

use std::ops::Range;

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "basefont", "bgsound", "frame", "keygen",
];

/// Elements that end by themselves where the next one of their kind begins, so that they nest
/// only in others. These are not counted.
const OPTIONAL: &[&str] = &[
    "html", "head", "body", "p", "li", "dd", "dt", "option", "optgroup", "tr", "td", "th", "tbody",
    "thead", "tfoot", "colgroup", "caption", "rt", "rp", "rb", "rtc",
];

/// Elements whose content is no markup.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// Elements that are closed alone, whatever has begun in them since.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that only a tag of a block can close across.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "button",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "ul",
    "object",
    "template",
    "marquee",
    "applet",
    "select",
];

/// Elements that no tag of a block closes across.
const SCOPE: &[&str] = &["table", "object", "template", "marquee", "applet", "select"];

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
    let mut open: Vec<&str> = Vec::new();
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
        if is(name, RAW) {
            let start = page.len() - rest.len();
            rest = behind_raw(rest, name);
            let end = page.len() - rest.len();
            if is_unread(name, &page[here..start], &page[start..end]) {
                unread.push(start..end);
            }
            continue;
        }
        // In a drawing, and only there, a slash ends an element.
        let is_drawn = is_alone && !is(name, BLOCK) && !is(name, FORMATTING) && in_drawing(&open);
        if is(name, VOID) || is(name, OPTIONAL) || is_drawn {
            continue;
        }
        open.push(name);
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

fn is(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn in_drawing(open: &[&str]) -> bool {
    let is_drawing = |name: &&&str| is(name, &["svg", "math"]);
    let is_html = |name: &&&str| is(name, BLOCK) || is(name, FORMATTING);
    let near = open
        .iter()
        .rev()
        .take(MAX_REACH_ELEMENTS)
        .take_while(|name| !is_html(name));
    near.into_iter().any(|name| is_drawing(&name))
}

/// Closes elements as a tree builder would for `</name>`, or fewer.
fn close(open: &mut Vec<&str>, name: &str) {
    let from = open.len().saturating_sub(MAX_REACH_ELEMENTS);
    let Some(at) = open[from..]
        .iter()
        .rposition(|opened| opened.eq_ignore_ascii_case(name))
    else {
        return;
    };
    let at = from + at;
    let between = &open[at + 1..];
    if is(name, FORMATTING) {
        open.remove(at);
    } else if is(name, BLOCK) {
        if !between.iter().any(|name| is(name, SCOPE)) || is(name, SCOPE) {
            open.truncate(at);
        }
    } else if !between.iter().any(|name| is(name, BLOCK)) {
        open.truncate(at);
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
    while let Some(at) = rest.find("</") {
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
