//! Texts as pages show them: pictures by addresses of ours, or as links, so that a page of ours makes no
//! third-party request; headings below that of the page.

use super::image_address::Shown;
use super::words::Words;
use crate::text::html::{Outline, to_text};

/// Elements that make a browser fetch something.
const LOADING: &[&str] = &[
    "audio", "embed", "iframe", "img", "object", "source", "track", "video",
];

/// Replaces everything in sanitised `markup` that a browser would fetch by itself: a picture with
/// what `shown` gives for its address, all else, and a picture without, with a link to it, or with
/// its text where it stands in a link already. Headings get the levels that follow on the page's own.
pub(super) fn linked(markup: &str, words: &Words, shown: &dyn Fn(&str) -> Option<Shown>) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    let mut is_in_link = false;
    let (mut outline, mut level) = (Outline::default(), 2);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = &rest[..end_of_tag(rest)];
        let name = name(tag);
        if LOADING.contains(&name.trim_start_matches('/')) {
            let src = attribute(tag, "src");
            let picture = src.filter(|_| name == "img");
            let picture = picture.and_then(|src| shown(to_text(src).trim()));
            if let Some(picture) = picture {
                show(&mut out, tag, &picture);
            } else if let Some(src) = src {
                replace(&mut out, tag, src, is_in_link, words);
            }
        } else {
            match name {
                "a" => is_in_link = true,
                "/a" => is_in_link = false,
                _ => {}
            }
            match heading(name) {
                Some((is_end, own)) => {
                    if !is_end {
                        level = outline.next(own);
                    }
                    let end = if is_end { "/" } else { "" };
                    let attributes = &tag[1 + name.len()..];
                    out.push_str(&format!("<{end}h{level}{attributes}"));
                }
                None => out.push_str(tag),
            }
        }
        rest = &rest[tag.len()..];
    }
    out.push_str(rest);
    out
}

/// Reads the name of a heading's tag: whether it is an end tag, and the level, 1 to 6.
fn heading(name: &str) -> Option<(bool, u8)> {
    let (is_end, name) = match name.strip_prefix('/') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some((is_end, level))
}

/// Writes a picture, with the text that stands in its place where it cannot be had.
fn show(out: &mut String, tag: &str, picture: &Shown) {
    let alt = attribute(tag, "alt").unwrap_or_default().trim();
    let alt = alt.replace('<', "&lt;").replace('>', "&gt;");
    let src = picture.src.replace('&', "&amp;").replace('"', "%22");
    let dense = picture.srcset.as_ref();
    let dense = dense.map_or_else(String::new, |set| format!(" srcset=\"{set}\""));
    out.push_str(&format!(
        "<img src=\"{src}\"{dense} alt=\"{alt}\" loading=\"lazy\" decoding=\"async\">"
    ));
}

/// Writes the link (or text) for one such element; its label is its `alt`, if it has any.
fn replace(out: &mut String, tag: &str, src: &str, is_in_link: bool, words: &Words) {
    let label = match name(tag) {
        "img" => words.picture,
        _ => words.media,
    };
    // Values are escaped already, apart from brackets.
    let alt = attribute(tag, "alt").unwrap_or_default().trim();
    let alt = alt.replace('<', "&lt;").replace('>', "&gt;");
    let caption = match alt.is_empty() {
        true => label.to_owned(),
        false => format!("{label}{}{alt}", words.colon),
    };
    if is_in_link {
        out.push_str(&format!("<span class=\"picture\">{caption}</span>"));
    } else {
        out.push_str(&format!(
            "<a class=\"picture\" href=\"{src}\" rel=\"nofollow noopener noreferrer\">{caption}</a>"
        ));
    }
}

/// Measures the tag that `text` begins with, in bytes; all of `text` if the tag never ends.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Reads the name of a tag: `img` of `<img src=…>`, `/a` of `</a>`.
fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches('<');
    let end = inner.find(|c: char| c.is_ascii_whitespace() || c == '>');
    let name = &inner[..end.unwrap_or(inner.len())];
    match name.strip_prefix('/') {
        Some(_) => name,
        None => name.trim_end_matches('/'),
    }
}

/// Reads the value of an attribute, which the sanitiser has put between double quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once("=\"")?;
        let (value, next) = after.split_once('"')?;
        if before.rsplit(|c: char| c.is_ascii_whitespace()).next() == Some(name) {
            return Some(value);
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        let got = linked(given, Words::of("en"), &|_| None);
        assert_eq!(got, want, "given {given}");
    }

    #[test]
    fn headings_follow_on_that_of_the_page() {
        check(
            r#"<h1 lang="de">a</h1><h4>b</h4><hr><h2>c</h2>"#,
            r#"<h2 lang="de">a</h2><h3>b</h3><hr><h3>c</h3>"#,
        );
    }

    #[test]
    fn pictures_become_links() {
        check(
            r#"<p>a<img src="https://x.cn/1.jpg" alt="Bridge &amp; river">b</p>"#,
            "<p>a<a class=\"picture\" href=\"https://x.cn/1.jpg\" rel=\"nofollow noopener noreferrer\">Picture: Bridge &amp; river</a>b</p>",
        );
        check(
            r#"<img alt="a > b <i>" src="https://x.cn/1.jpg"/>"#,
            "<a class=\"picture\" href=\"https://x.cn/1.jpg\" rel=\"nofollow noopener noreferrer\">Picture: a &gt; b &lt;i&gt;</a>",
        );
    }

    #[test]
    fn pictures_are_shown_by_addresses_of_ours() {
        let shown = |src: &str| {
            (src == "https://x.cn/1.jpg?a&b").then(|| Shown {
                src: "/image/x".to_owned(),
                srcset: Some("/image/x 1x, /image/y 2x".to_owned()),
            })
        };
        let got = |markup: &str| linked(markup, Words::of("en"), &shown);
        assert_eq!(
            got(r#"<p><img src="https://x.cn/1.jpg?a&amp;b" alt="A > b"></p>"#),
            "<p><img src=\"/image/x\" srcset=\"/image/x 1x, /image/y 2x\" alt=\"A &gt; b\" \
             loading=\"lazy\" decoding=\"async\"></p>"
        );
        assert!(got(r#"<img src="https://x.cn/2.jpg">"#).starts_with("<a class"));
        assert!(got(r#"<video src="https://x.cn/1.jpg?a&amp;b"></video>"#).starts_with("<a class"));
    }

    #[test]
    fn a_link_does_not_stand_in_a_link() {
        check(
            r#"<a href="https://x.cn/"><img src="https://x.cn/1.jpg"></a><b>x</b>"#,
            r#"<a href="https://x.cn/"><span class="picture">Picture</span></a><b>x</b>"#,
        );
    }

    #[test]
    fn what_loads_nothing_is_kept() {
        check("1 &lt; 2 <em>x</em>", "1 &lt; 2 <em>x</em>");
        check(
            r#"<b title="<img src=x>">y</b>"#,
            r#"<b title="<img src=x>">y</b>"#,
        );
        check("<imgx>", "<imgx>");
        check(
            "<video src=\"https://x.cn/v\"></video>",
            "<a class=\"picture\" href=\"https://x.cn/v\" rel=\"nofollow noopener noreferrer\">Audio or video</a>",
        );
        check("<img>", "");
    }

    #[test]
    fn ends_in_the_middle_do_no_harm() {
        check("a<", "a<");
        check("<img src=\"x", "");
        check("<b title=\"", "<b title=\"");
    }

    proptest::proptest! {
        #[test]
        fn anything_is_survived(given in "[<>a-z/=\"' 济&]{0,40}") {
            let once = linked(&given, Words::of("zh"), &|_| None);
            proptest::prop_assert!(given.contains('<') || once == given);
        }
    }
}
