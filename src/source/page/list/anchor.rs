//! Links of a page, each with its context.

use std::collections::HashMap;
use std::sync::LazyLock;

use dom_query::{NodeId, NodeRef};
use regex::Regex;

use super::floor;
use super::item::{self, headline, width};
use crate::model::WebUrl;
use crate::source::page::dom::vocabulary::{is_kind, says_aside};
use crate::source::page::dom::{DomPage, lines};
use crate::text::site;

/// Upper limit of links looked at on one page.
const MAX_ANCHORS: usize = 20_000;

/// Class of the headline in a card.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[-_\s])(?:title|tit|headline|subject|bt)(?:$|[-_\s\d])";
    Regex::new(pattern).expect("a constant pattern")
});

/// Addresses of sections, people and doings, not of articles.
static NO_ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)/(?:tags?|category|categories|author|authors|users?|login|register|search|page|about|contact|list|topics?|rss|feed|comments?|member|download|help|privacy|terms)(?:[/_-]?\d*)?(?:/|$|\.|\?)|^/?(?:index\.\w+)?$|/index\.\w+$|/list_|/nodes?[_/-]?\d+\.s?html?$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Forms of addresses that articles have.
static ARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)\d{4,}|/20\d\d[/-]?\d|\.s?html?$|(?:[a-z0-9%]+[-_]){3,}|[?&](?:id|p|aid|tid|docid|newsid|articleid|contentid)=\d+|/\d+/?$|-\d+\.|/p/|/article/|/story/|/news/.+\d";
    Regex::new(pattern).expect("a constant pattern")
});

/// Link with its headline and context.
#[derive(Clone, Debug)]
pub(in crate::source::page) struct Anchor<'a> {
    pub(in crate::source::page) node: NodeRef<'a>,
    pub(in crate::source::page) url: WebUrl,
    /// Headline: the text of the link or, in a card, its heading.
    pub(in crate::source::page) title: String,
    /// Whole text, for a card of which the title is a part; else `None`.
    pub(in crate::source::page) card: Option<String>,
    /// Width of the title, see [`width`].
    pub(in crate::source::page) width: usize,
    /// Hash of names and classes of the elements from the root down; links in the same kind
    /// of place share it.
    pub(in crate::source::page) path: u64,
    /// Hash of the names alone, without classes.
    pub(in crate::source::page) tags: u64,
    /// Whether the link stands in what surrounds the news.
    pub(in crate::source::page) is_aside: bool,
    /// Whether its address is one of an article.
    pub(in crate::source::page) is_article: bool,
    /// Whether it leads to the same site.
    pub(in crate::source::page) is_own: bool,
    /// Whether it is a heading, in one, or holds one.
    pub(in crate::source::page) is_heading: bool,
}

impl Anchor<'_> {
    /// Whether every page of the site has this link, or it leads to no page but a site: never
    /// news.
    fn is_around(&self, page: &DomPage) -> bool {
        floor::is_home(&self.url) && self.is_own
            || self.url == page.url
            || floor::leads_around(&self.title)
    }

    /// Whether the address is one of an article, and nothing else is likely.
    pub(super) fn is_numbered(&self) -> bool {
        self.is_article && floor::is_article_address(&self.url)
    }
}

/// Context that an element hands down to its links.
#[derive(Clone, Copy)]
struct AnchorContext {
    path: u64,
    tags: u64,
    is_aside: bool,
    is_hidden: bool,
    is_heading: bool,
}

/// Lists the links below `root` that lead to other pages, in document order, at most [`MAX_ANCHORS`].
pub(in crate::source::page) fn anchors<'a>(root: &NodeRef<'a>, page: &DomPage) -> Vec<Anchor<'a>> {
    let mut places: HashMap<NodeId, AnchorContext> = HashMap::new();
    let mut found = Vec::new();
    let start = AnchorContext {
        path: 0,
        tags: 0,
        is_aside: false,
        is_hidden: false,
        is_heading: false,
    };
    for node in root.descendants_it().filter(NodeRef::is_element) {
        let outer = node
            .parent()
            .and_then(|parent| places.get(&parent.id).copied());
        let place = inner(outer.unwrap_or(start), &node);
        places.insert(node.id, place);
        if node.has_name("a") && !place.is_hidden {
            let anchor = anchor(&node, place, page);
            found.extend(anchor.filter(|anchor| !anchor.is_around(page)));
        }
        if found.len() >= MAX_ANCHORS {
            break;
        }
    }
    found
}

/// Derives the context of an element from that of its parent.
fn inner(outer: AnchorContext, node: &NodeRef<'_>) -> AnchorContext {
    let name = node.node_name().unwrap_or_default();
    let class = node.class().unwrap_or_default();
    let id = node.id_attr().unwrap_or_default();
    let kind = class
        .split_whitespace()
        .find(|class| is_kind(class))
        .unwrap_or_default();
    let is_surround = matches!(&*name, "nav" | "footer" | "aside" | "header");
    // An article's classes name its subjects: `tag-nav`, `category-hot`.
    let is_item = matches!(&*name, "html" | "body" | "article");
    let is_said = !is_item && (says_aside(&class) || says_aside(&id));
    AnchorContext {
        path: mix(mix(outer.path, &name), kind),
        tags: mix(outer.tags, &name),
        is_aside: outer.is_aside || is_surround || is_said,
        is_heading: outer.is_heading || is_heading(&name),
        is_hidden: outer.is_hidden || &*name == "noscript",
    }
}

/// Hashes a name into a path (FNV-1a), one name after the other.
fn mix(hash: u64, name: &str) -> u64 {
    let bytes = name.bytes().chain([b'/']);
    bytes.fold(hash ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Makes the link of an `a`; `None` without an address, for a place on the page itself, or
/// without text.
fn anchor<'a>(node: &NodeRef<'a>, place: AnchorContext, page: &DomPage) -> Option<Anchor<'a>> {
    let href = node.attr("href")?;
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = page.base.join(href)?;
    let title = title(node)?;
    let target = url.to_url();
    let path = target.query().map_or_else(
        || target.path().to_owned(),
        |query| format!("{}?{query}", target.path()),
    );
    Some(Anchor {
        node: *node,
        width: width(&title),
        card: Some(lines::text(node)).filter(|card| card.len() > title.len()),
        title,
        path: place.path,
        tags: place.tags,
        is_aside: place.is_aside,
        is_heading: place.is_heading || node.descendants_it().any(|below| has_heading(&below)),
        is_own: site::of(&url.host()) == site::of(&page.url.host()),
        is_article: ARTICLE.is_match(&path) && !NO_ARTICLE.is_match(&path),
        url,
    })
}

/// Finds the headline of a link; in a card its heading, or the element whose class calls it
/// the title.
fn title(node: &NodeRef<'_>) -> Option<String> {
    let says_title = |below: &NodeRef<'_>| {
        let class = below.class().unwrap_or_default();
        TITLE.is_match(&class)
    };
    let text = |below: NodeRef<'_>| {
        let text = item::shorn(&lines::text(&below));
        Some(text).filter(|text| !text.is_empty())
    };
    let heading = node.descendants_it().find(has_heading).and_then(text);
    heading
        .or_else(|| {
            // A date in large type is no title.
            let titles = node.descendants_it().filter(says_title);
            titles.filter_map(text).find(|text| width(text) > 6)
        })
        .or_else(|| headline(node))
}

fn has_heading(node: &NodeRef<'_>) -> bool {
    node.node_name().is_some_and(|name| is_heading(&name))
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt")
}
