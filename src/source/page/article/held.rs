//! The text of an article that a page holds for its script to show: in a hidden
//! field, or as a string.

use dom_query::{Document as Dom, NodeRef};

use super::super::dom::DomPage;
use super::super::dom::lines::{Line, letters};
use super::super::dom::script;
use super::super::dom::written::quoted;
use super::body::{self, Body};
use crate::model::Document;
use crate::source::Setting;
use crate::text::charset;

/// Letters from which on what a page holds is a text.
const MIN_HELD_LETTERS: usize = 60;

/// Letters from which on what a page shows is a text.
const MIN_SHOWN_LETTERS: usize = 200;

/// The most bytes of a text.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// The most strings of a page that are looked at.
const MAX_STRINGS: usize = 40;

/// Beginnings of strings that hold paragraphs.
const STARTS: &[&str] = &[
    "<p>", "<p ", "<P>", "<P ", "<div", "<section", "<span", "\\u003cp", "\\u003Cp", "&lt;p",
];

/// `found`, unless it says little and the page holds a text that says more.
pub(super) fn instead(
    found: Option<Body>,
    page: &DomPage,
    document: &Document,
    setting: &Setting<'_>,
) -> Option<Body> {
    let n_found = found.as_ref().map_or(0, |body| letters(&body.lines));
    if n_found >= MIN_SHOWN_LETTERS || found.as_ref().is_some_and(|body| has_sentence(&body.lines))
    {
        return found;
    }
    let content_type = document.content_type.as_deref();
    let decoded = charset::decode_html(&document.body, content_type, setting.encoding);
    let held = markup(&decoded.text).and_then(|markup| {
        let dom = Dom::fragment(markup);
        remove_scripts(&dom);
        let body = body::of_parts(&[dom.root()], &page.base);
        let is_more = letters(&body.lines) >= MIN_HELD_LETTERS.max(n_found);
        (is_more && has_sentence(&body.lines)).then_some(body)
    });
    held.or(found)
}

fn remove_scripts(dom: &Dom) {
    let root = dom.root();
    let scripts = root
        .descendants_it()
        .filter(|node| node.has_name("script") || node.has_name("style"));
    let scripts: Vec<NodeRef<'_>> = scripts.collect();
    scripts.iter().for_each(NodeRef::remove_from_parent);
}

/// Whether one of the lines is a sentence of some length.
fn has_sentence(lines: &[Line]) -> bool {
    let is_sentence = |line: &Line| {
        let is_long = line.text.chars().nth(20).is_some();
        is_long && line.linked == 0 && line.text.contains(['。', '！', '？', '.', '!', '?'])
    };
    lines
        .iter()
        .any(|line| is_sentence(line) && line.text.contains(['。', '，', ' ']))
}

/// Returns the longest markup that a page holds without showing it.
fn markup(page: &str) -> Option<String> {
    let mut held: Vec<String> = Vec::new();
    let mut rest = page;
    while held.len() < MAX_STRINGS
        && let Some(field) = script::element(rest, "textarea")
    {
        held.push(unescaped(&rest[field.inside]));
        rest = &rest[field.whole.end..];
    }
    for text in script::texts(page) {
        held.extend(strings(text).take(MAX_STRINGS));
    }
    let is_markup = |text: &String| text.len() <= MAX_TEXT_BYTES && text.contains("<p");
    held.into_iter().filter(is_markup).max_by_key(String::len)
}

/// Returns the strings of a script that hold paragraphs.
fn strings(script: &str) -> impl Iterator<Item = String> {
    let starts = script.match_indices(['"', '\'', '`']).filter(|(at, _)| {
        let inside = script[at + 1..].trim_start();
        STARTS.iter().any(|start| inside.starts_with(start))
    });
    starts.filter_map(|(at, _)| {
        let (text, _) = quoted(&script[at..])?;
        Some(unescaped(&text))
    })
}

/// Markup that was written as text.
fn unescaped(text: &str) -> String {
    if text.contains("<p") || !text.contains("&lt;p") {
        return text.to_owned();
    }
    let tags = text.replace("&lt;", "<").replace("&gt;", ">");
    tags.replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use crate::source::page::testing::{document, setting};
    use crate::source::page::{ArticleRules, article};

    #[track_caller]
    fn check(html: &str, want: bool) {
        let document = document(html);
        let article =
            setting(|setting| article::read(&ArticleRules::default(), &document, setting));
        let text = article.unwrap().content.unwrap_or_default();
        assert_eq!(text.contains("乘势而为"), want, "given {html}: {text}");
        assert!(!text.contains("当前位置"), "given {html}: {text}");
    }

    #[test]
    fn a_text_is_taken_from_where_the_script_has_it() {
        let text = format!(
            "<p>{}</p>",
            "乘势而为，方显大智慧。过去的一年有了新提升。".repeat(4)
        );
        let around = |held: &str| {
            format!(
                "<title>大明湖免费开放</title><div>当前位置：<a href=/>首页</a></div><h1>大明湖免费开放</h1>{held}\
                 <div>主办：地方人民政府办公室 版权所有 Copyright 2020</div>"
            )
        };
        check(
            &around(&format!("<textarea style='display:none'>{text}</textarea>")),
            true,
        );
        check(
            &around(&format!("<script>var c = '{text}'; show(c)</script>")),
            true,
        );
        let escaped = text.replace('<', "\\u003c").replace('"', "\\\"");
        check(
            &around(&format!(
                "<script>var a = {{\"content\": \"{escaped}\"}}</script>"
            )),
            true,
        );
    }

    #[test]
    fn what_is_shown_is_kept() {
        let shown = "大明湖景区今日起免费开放，市民可凭身份证入园游览，不收门票。".repeat(5);
        check(
            &format!(
                "<h1>大明湖免费开放</h1><div><p>{shown}</p></div><script>var c = '<p>乘势而为，方显大智慧。</p>'</script>"
            ),
            false,
        );
    }
}
