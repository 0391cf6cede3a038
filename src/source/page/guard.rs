//! How deep the elements of a page nest, before a tree is built.
//!
//! A tree builder takes time quadratic in the depth: 250 KB of `<div>` cost 16
//! seconds. One pass over the tags tells the depth that it would reach, or more,
//! never much less.

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "basefont", "bgsound", "frame", "keygen",
];

/// Elements that end by themselves where the next one of their kind begins, so
/// that they nest only in others. These are not counted.
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

/// As far as a closing tag looks for what it closes.
const REACH: usize = 64;

/// Whether elements of `page` nest deeper than `limit`.
pub(super) fn is_too_deep(page: &str, limit: usize) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
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
        if is(name, RAW) {
            rest = behind_raw(rest, name);
            continue;
        }
        // In a drawing, and only there, a slash ends an element.
        let is_drawn = is_alone && !is(name, BLOCK) && !is(name, FORMATTING) && in_drawing(&open);
        if is(name, VOID) || is(name, OPTIONAL) || is_drawn {
            continue;
        }
        open.push(name);
        if open.len() > limit {
            return true;
        }
    }
    false
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
        .take(REACH)
        .take_while(|name| !is_html(name));
    near.into_iter().any(|name| is_drawing(&name))
}

/// What a tag builder would do for `</name>`, or less.
fn close(open: &mut Vec<&str>, name: &str) {
    let from = open.len().saturating_sub(REACH);
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
    let is_letter = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    if is_letter {
        &text[..end.unwrap_or(text.len())]
    } else {
        ""
    }
}

/// What follows a tag, and whether a slash ended that.
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

/// What follows the closing tag of an element that holds no markup.
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
            is_too_deep(&unit.repeat(2000), 512),
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

    proptest! {
        #[test]
        fn any_text_is_measured(text in "(<[/!a-c]|div|svg|b|>|'|\"|=| |<!--|-->|</script>|字){0,60}") {
            let _ = is_too_deep(&text, 8);
        }
    }
}
