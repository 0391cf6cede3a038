//! Promises of the sanitiser.

use ammonia::Builder;
use proptest::prelude::*;

use super::{sanitize, to_text};
use crate::model::WebUrl;

fn clean(markup: &str) -> String {
    let base = WebUrl::parse("https://a.de/x/").unwrap();
    sanitize(markup, Some(&base)).as_str().to_owned()
}

#[track_caller]
fn check(given: &str, want: &str) {
    assert_eq!(clean(given), want, "given {given}");
    assert_eq!(clean(want), want, "a second time, given {given}");
    assert_eq!(second_opinion(want), want, "by ammonia, given {given}");
}

/// Sanitises markup with a sanitiser that builds a tree, by the same allow-list.
fn second_opinion(markup: &str) -> String {
    let generic = [
        "lang", "dir", "rel", "title", "datetime", "start", "value", "colspan", "rowspan",
    ];
    Builder::default()
        .add_tags(["section", "footer", "ruby", "rt", "rp"])
        .add_generic_attributes(generic)
        .add_tag_attributes("img", ["loading", "referrerpolicy"])
        .add_tag_attributes("a", ["href"])
        .rm_tag_attributes("a", ["rel"])
        .link_rel(None)
        .clean(markup)
        .to_string()
}

#[test]
fn what_runs_is_dropped() {
    check("a<script>b</script>c", "ac");
    check("<p onclick=x style=\"x\" class=y id=z>a</p>", "<p>a</p>");
    check("<svg><script>x</script><p>y</svg>a", "a");
    check("<a href=\"java&Tab;script:alert(1)\">a</a>", "a");
}

#[test]
fn links_are_whole_and_lead_to_the_web() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    check(
        "<a href=b target=_blank>c</a>",
        &format!("<a href=\"https://a.de/x/b\" {rel}>c</a>"),
    );
    check(
        "<a href=/\\b.de>c</a>",
        &format!("<a href=\"https://b.de/\" {rel}>c</a>"),
    );
    check(
        "<a href='mailto:x@y'>c</a><a name=d>e</a><a href=''>f</a>",
        "cef",
    );
}

#[test]
fn images_are_lazy_public_and_visible() {
    let rest = "loading=\"lazy\" referrerpolicy=\"no-referrer\"";
    check(
        "<img src=b.jpg alt='c' width=300px onerror=x>",
        &format!("<img src=\"https://a.de/x/b.jpg\" alt=\"c\" width=\"300\" {rest}>"),
    );
    check(
        "<img src=t.gif data-original=//b.de/c.jpg>",
        &format!("<img src=\"https://b.de/c.jpg\" {rest}>"),
    );
    check(
        "<img srcset='a.jpg 1x, b.jpg 2x'>",
        &format!("<img src=\"https://a.de/x/b.jpg\" {rest}>"),
    );
    check(
        "<img data-src=b.jpg src='data:x'><noscript><img src=b.jpg></noscript>",
        &format!("<img src=\"https://a.de/x/b.jpg\" {rest}>"),
    );
    check(
        "a<img src=http://127.0.0.1/b><img src=//192.168.0.1/c><img src='data:image/png,x'>",
        "a",
    );
    check(
        "a<img src=b width=1 height=1><img src=b height=0><img src=b style='display: none'>",
        "a",
    );
}

#[test]
fn players_leave_a_link() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    let rest = "loading=\"lazy\" referrerpolicy=\"no-referrer\"";
    check(
        "<p>a</p><iframe src=//b.de/c title='The &lt;lift'>old</iframe><p>d</p>",
        &format!("<p>a</p><p><a href=\"https://b.de/c\" {rel}>▶ The &lt;lift</a></p><p>d</p>"),
    );
    check(
        "<p>a <audio src=b.mp3></audio></p>",
        &format!("<p>a <a href=\"https://a.de/x/b.mp3\" {rel}>▶ a.de</a></p>"),
    );
    check(
        "<video poster=b.jpg><source src=b.mp4>Cannot play.</video>",
        &format!(
            "<p><a href=\"https://a.de/x/b.mp4\" {rel}>\
             <img src=\"https://a.de/x/b.jpg\" alt=\"▶ a.de\" {rest}></a></p>"
        ),
    );
    check(
        "<object><param name=movie value=b.swf>no</object>a<audio src=c/>d",
        &format!(
            "<p><a href=\"https://a.de/x/b.swf\" {rel}>▶ a.de</a></p>a\
             <p><a href=\"https://a.de/x/c/\" {rel}>▶ a.de</a></p>d"
        ),
    );
    check(
        "a<iframe src=http://127.0.0.1/></iframe><iframe src=b width=0 height=0></iframe>b",
        "ab",
    );
    check("<video>Cannot play.</video>a", "a");
}

#[test]
fn a_picture_shows_what_its_sources_name() {
    let rest = "loading=\"lazy\" referrerpolicy=\"no-referrer\"";
    let image = format!("<img src=\"https://a.de/x/b.jpg\" alt=\"c\" {rest}>");
    check(
        "<picture><source srcset=b.webp><source srcset=b.jpg><img alt=c></picture>",
        &image,
    );
    check(
        "<picture><source srcset=b.webp><img src=b.jpg alt=c></picture>",
        &image,
    );
    check(
        "<picture><source srcset=b.jpg></picture><img>",
        &image.replace("alt=\"c\"", "alt=\"\""),
    );
}

#[test]
fn what_is_empty_goes_and_lines_stay_apart() {
    check(
        "<p>a</p><p> </p><p><b></b>&nbsp;</p><p>b</p>",
        "<p>a</p><p>b</p>",
    );
    check("a<div></div>b", "a<br>b");
    check("<i>a</i><p></p>b<b> </b>c", "<i>a</i><br>b c");
    check("<div><p></p></div><h2><a href=x></a></h2>a", "a");
    check(
        "<ul><li></li></ul><table><tr><td></td></tr></table>",
        "<ul><li></li></ul><table><tbody><tr><td></td></tr></tbody></table>",
    );
}

#[test]
fn nothing_reaches_out_of_its_item() {
    check("<!-- a", "");
    check("<plaintext>a</div></body></html>", "a");
    check("<textarea>a", "a");
    check("</p></div>a", "a");
    check("<table>", "<table></table>");
    check("<b>a", "<b>a</b>");
}

#[test]
fn text_stays_text() {
    check(
        "1 < 2 & 3 &lt;b&gt; \"&nbsp;\"",
        "1 &lt; 2 &amp; 3 &lt;b&gt; \"&nbsp;\"",
    );
    check("a\0\u{1b}b\u{202E}c\r\nd\u{FFFE}", "abc\nd");
    check("&#x202E;a&#0;", "a");
}

#[test]
fn blocks_end_paragraphs() {
    check("<p>a<p>b", "<p>a</p><p>b</p>");
    check("<p><b>a<p>c</b>d", "<p><b>a</b></p><p><b>c</b>d</p>");
    check("<p>a<div>b</div>c</p>", "<p>a</p><div>b</div>c");
    check("<b><p>a</b>b</p>", "<p><b>a</b>b</p>");
}

#[test]
fn items_end_items() {
    check(
        "<ul><li>a<li>b<ul><li>c</ul>d</ul>",
        "<ul><li>a</li><li>b<ul><li>c</li></ul>d</li></ul>",
    );
    check(
        "<dl><dt>a<dd>b<dt>c</dl>",
        "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
    );
    check("<h1>a</h2>b", "<h1>a</h1>b");
}

#[test]
fn tables_are_made_whole() {
    let whole = "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>";
    check("<table><tr><td>a<td>b</table>", whole);
    check("<td>a</td>b", "ab");
    check(
        "<table>a",
        "<table><tbody><tr><td>a</td></tr></tbody></table>",
    );
    check(
        "<table><td><b>a<td>b</b>",
        "<table><tbody><tr><td><b>a</b></td><td>b</td></tr></tbody></table>",
    );
}

#[test]
fn ruby_stays_readable() {
    check(
        "<ruby>漢<rp>(<rt>かん<rp>)</ruby>字",
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字",
    );
    check(
        "<ruby>漢<b>字<i>x</b><rt>かん</ruby>",
        "<ruby>漢<b>字<i>x</i></b><rt><i>かん</i></rt></ruby>",
    );
}

#[test]
fn preformatted_text_keeps_its_lines() {
    check("<pre>\n\n a\n  b</pre>", "<pre> a\n  b</pre>");
}

#[test]
fn what_may_stand_nowhere_is_put_where_it_may() {
    check("a<li>b<li>c</li>d", "a<div>b</div><div>c</div>d");
    check("<dt>a<dd>b", "<div>a</div><div>b</div>");
    check("<figcaption>a</figcaption>", "<div>a</div>");
    check(
        "<ul>a<li>b<ul>c</ul></ul>",
        "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>",
    );
    check(
        "<ul><ul><li>a</ul></ul>",
        "<ul><li><ul><li>a</li></ul></li></ul>",
    );
    check(
        "<dl>a</dl><dl><div><dt>b<dd>c</div></dl>",
        "<dl><dd>a</dd></dl><dl><dt>b</dt><dd>c</dd></dl>",
    );
    check("<span><div>a</div></span>", "<div>a</div>");
    check("<b>a<div>b</div>", "<b>a</b><div><b>b</b></div>");
    check(
        "<a href=y><div>a</div></a>",
        "<a href=\"https://a.de/x/y\" rel=\"noopener noreferrer nofollow\"><div>a</div></a>",
    );
    check(
        "<div><pre><div>a</div><div>b</div>c</pre>d</div>",
        "<div><pre>a\nb\nc</pre>d</div>",
    );
    check("<pre>a<ul><li>b</ul>", "<pre>a</pre><ul><li>b</li></ul>");
    check(
        "<div><h2><div>a</div><p>b</p></h2>c</div>",
        "<div><h2>a<br>b</h2>c</div>",
    );
}

/// Finds an element that stands where the content model of HTML does not let it stand.
fn misplaced(markup: &str) -> Option<String> {
    const LINES: [&str; 9] = ["p", "h1", "h2", "pre", "summary", "span", "em", "sup", "b"];
    const BLOCKS: [&str; 12] = [
        "p",
        "div",
        "ul",
        "ol",
        "dl",
        "h1",
        "h2",
        "pre",
        "blockquote",
        "table",
        "hr",
        "figure",
    ];
    let mut open: Vec<&str> = Vec::new();
    for piece in markup.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            let parent = open.last().copied();
            let is_in = match name {
                "li" => matches!(parent, Some("ul" | "ol")),
                "dt" | "dd" => parent == Some("dl"),
                _ => !matches!(parent, Some("ul" | "ol" | "dl")),
            };
            let holder = open.iter().rev().find(|open| **open != "a");
            let is_line = holder.is_some_and(|holder| LINES.contains(holder));
            if !is_in || is_line && BLOCKS.contains(&name) {
                return Some(format!("{name} in {open:?}"));
            }
            if !matches!(name, "br" | "hr" | "img") {
                open.push(name);
            }
        }
        let is_item_wanted = matches!(open.last(), Some(&("ul" | "ol" | "dl")));
        if is_item_wanted && !text.trim().is_empty() {
            return Some(format!("text in {open:?}"));
        }
    }
    None
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = clean(&"<div>".repeat(50_000));
    assert!(deep.len() < 2_000);
    assert_eq!(clean(&deep), deep);
    for bomb in [
        "<a href=x>",
        "<p><b>",
        "<b 1><i><u><s>",
        "<svg>",
        "<!-->",
        "<table><b>",
        "<p><b><i><u>",
        "<ul><li>",
        "<span><p></span>",
        "</p",
        "<x y=\"",
    ] {
        let bomb = bomb.repeat(200_000 / bomb.len());
        assert!(clean(&bomb).len() < 12 * bomb.len());
    }
    let long = clean(&"字&amp;".repeat(400_000));
    assert!(long.len() <= 1024 * 1024 + 4);
    assert_eq!(clean(&long), long);
}

const PIECES: &str = "(</?(p|b|i|a href=x|a|div|span|ul|li|dl|dt|dd|h1|h2|table|tbody|tr|td|caption|pre|ruby|rt|blockquote|br|hr|svg|script|x|details|summary|figure|figcaption|ol|sup|em|code|picture|video|iframe src=y|audio src=z|object)( lang=de)?>|<img src=x>|<!--|-->|<|>|&|&lt;|&#13;|\n| |字|a|\"|\u{202E}){0,24}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn cleaning_twice_changes_nothing(markup in PIECES) {
        let once = clean(&markup);
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn cleaning_ruby_twice_changes_nothing(markup in "(</?(ruby|rt|rp|i|b|em|p|li|ul)>|字){0,20}") {
        let once = clean(&markup);
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn everything_stands_where_it_may(markup in PIECES) {
        let once = clean(&markup);
        prop_assert_eq!(misplaced(&once), None, "{}", once);
    }

    #[test]
    fn a_parser_sees_what_was_written(markup in PIECES) {
        let once = clean(&markup);
        prop_assert_eq!(second_opinion(&once), once);
    }

    #[test]
    fn anything_goes(markup in "[<>/!\\-a-ep&;=\"' \\PC]*") {
        let once = clean(&markup);
        prop_assert_eq!(&clean(&once), &once);
        prop_assert_eq!(&second_opinion(&once), &once);
        let _ = to_text(&markup);
    }
}
