//! Body of an article page that has no rule: the densest text.
//!
//! `dom_smoothie` (Readability) finds it; before that goes what is no article on any page,
//! after it what stands at its end without being part of it.

use dom_query::{Document as Dom, NodeRef};
use dom_smoothie::{Config, Readability};

use super::body::{self, Body};
use super::boilerplate;
use crate::source::page::credits::person;
use crate::source::page::dom::DomPage;
use crate::source::page::dom::lines;
use crate::source::page::dom::lines::{Line, is_hidden};
use crate::source::page::dom::players;

/// Characters below which an attempt counts as failed.
const MIN_TEXT_CHARS: usize = 500;
/// Characters below which an attempt on a Chinese, Japanese or Korean page counts as failed:
/// Chinese says as much in a third of the characters.
const MIN_CJK_TEXT_CHARS: usize = 140;

/// Finds the body, if there is text enough for one. `lines` are those of the page.
///
/// All else of the page is gone afterwards.
pub(in crate::source::page) fn body(
    page: &mut DomPage,
    title: Option<&str>,
    lines: &[Line],
) -> Option<Body> {
    let dom = std::mem::take(&mut page.dom);
    let players = players::of(&dom);
    clear(&dom);
    let is_cjk = is_cjk(lines.iter().flat_map(|line| line.text.chars()));
    let config = Config {
        char_threshold: if is_cjk {
            MIN_CJK_TEXT_CHARS
        } else {
            MIN_TEXT_CHARS
        },
        disable_json_ld: true,
        keep_classes: true,
        ..Config::default()
    };
    // The tree of the page is gone before that of the body is made.
    let reader = Readability::with_document(dom, None, Some(config));
    let article = reader.ok()?.parse().ok()?;
    let dom = Dom::fragment(article.content);
    let root = dom.root();
    players::put_back(&root, &players);
    let around = boilerplate::cut(&root, title);
    let body = body::of_parts(&[root], &page.base);
    (!body.lines.is_empty()).then_some(Body { around, ..body })
}

/// Removes elements that are no article on any page, and hidden ones.
fn clear(dom: &Dom) {
    let root = dom.root();
    let noise = root.descendants_it().filter(|node| {
        let name = node.qual_name_ref();
        let is_noise = name.is_some_and(|name| is_noise(&name.local));
        is_noise || is_hidden(node)
    });
    let noise: Vec<NodeRef<'_>> = noise.collect();
    let of_page = std::cell::OnceCell::new();
    for node in noise {
        // Some servers put all of the page into a form.
        let is_page = || {
            let of_page = of_page.get_or_init(|| lines::text(&root).len());
            lines::text(&node).len() * 2 > *of_page
        };
        if node.has_name("form") && is_page() {
            node.rename("div");
        } else {
            node.remove_from_parent();
        }
    }
}

fn is_noise(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "link"
            | "template"
            | "form"
            | "nav"
            | "iframe"
            | "object"
            | "embed"
            | "input"
            | "button"
            | "select"
            | "textarea"
    )
}

/// Whether more than a quarter of a text's first 4 000 letters are Chinese, Japanese or
/// Korean.
pub(in crate::source::page) fn is_cjk(text: impl Iterator<Item = char>) -> bool {
    let sample = text.filter(|c| c.is_alphabetic()).take(4000);
    let (n_han, n_all) = sample.fold((0_usize, 0_usize), |(han, all), c| {
        (han + usize::from(person::is_cjk(c)), all + 1)
    });
    n_han * 4 > n_all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::dom::Scripts;
    use crate::source::page::testing::{document, setting};

    fn text(html: &str) -> String {
        let mut page =
            setting(|setting| DomPage::open(&document(html), setting, Scripts::Dropped)).unwrap();
        let body = body(&mut page, None, &[]);
        let lines = body.into_iter().flat_map(|body| body.lines);
        lines.map(|line| line.text).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_form_around_the_page_is_not_taken_out() {
        let text = text(
            "<body><form id=aspnetForm><div><p>大明湖景区今日起免费开放，市民可凭身份证入园游览，不收门票。</p>
             <p>景区提醒，节假日请错峰出行，注意安全，爱护花草，文明游园，谢谢大家的配合与理解。</p></div>
             <form class=comment><p>发表评论，请先登录，谢谢。</p></form><input name=x></form></body>",
        );
        assert!(
            text.contains("免费开放") && text.contains("错峰出行"),
            "{text}"
        );
    }
}
