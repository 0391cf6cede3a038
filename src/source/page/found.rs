//! The body of an article page that has no rule: the densest text.
//!
//! `dom_smoothie` (Readability) finds it; before that goes what is no article
//! on any page, after it what stands at its end without being part of it.

use dom_query::{Document as Dom, Matcher, NodeRef};
use dom_smoothie::{Config, Readability};
use std::sync::LazyLock;

use super::body::{self, Body};
use super::line::{self, is_hidden};
use super::person;
use super::tail;
use super::tree::Page;

/// Characters below which an attempt counts as failed: Chinese says as much in
/// a third of the characters.
const ENOUGH: usize = 500;
const ENOUGH_HAN: usize = 140;

/// What is no article on any page.
static NOISE: LazyLock<Matcher> = LazyLock::new(|| {
    let css = "script, style, link, template, form, nav, iframe, object, embed, input, button, select, textarea";
    Matcher::new(css).expect("a constant selector")
});

/// The body, if there is text enough for one.
pub(super) fn body(page: &Page, title: Option<&str>) -> Option<Body> {
    let dom = page.dom.clone();
    clear(&dom);
    let is_cjk = is_cjk(&line::text(&dom.root()));
    let config = Config {
        char_threshold: if is_cjk { ENOUGH_HAN } else { ENOUGH },
        disable_json_ld: true,
        keep_classes: true,
        ..Config::default()
    };
    let mut reader = Readability::with_document(dom, None, Some(config)).ok()?;
    let article = reader.parse().ok()?;
    let dom = Dom::fragment(article.content);
    let root = dom.root();
    let around = tail::cut(&root, title);
    let body = body::of_parts(&[root], &page.base);
    (!body.lines.is_empty()).then_some(Body { around, ..body })
}

fn clear(dom: &Dom) {
    for node in dom.select_matcher(&NOISE).nodes() {
        if !is_root(node) {
            node.remove_from_parent();
        }
    }
    let hidden: Vec<NodeRef<'_>> = dom.root().descendants_it().filter(is_hidden).collect();
    for node in hidden {
        if !is_root(&node) {
            node.remove_from_parent();
        }
    }
}

fn is_root(node: &NodeRef<'_>) -> bool {
    node.has_name("body") || node.has_name("html")
}

/// Whether a good part of a text is Chinese, Japanese or Korean.
pub(super) fn is_cjk(text: &str) -> bool {
    let sample = text.chars().filter(|c| c.is_alphabetic()).take(4000);
    let (n_han, n_all) = sample.fold((0_usize, 0_usize), |(han, all), c| {
        (han + usize::from(person::is_cjk(c)), all + 1)
    });
    n_han * 4 > n_all
}
