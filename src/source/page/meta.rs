//! What a page says about itself to machines: `<meta>` and JSON-LD.

use std::collections::HashMap;

use serde_json::Value;

use super::tree::{Page, fold};

/// The most bytes of one JSON-LD block.
const MAX_JSON: usize = 256 << 10;

/// What a page says to machines; every field as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) title: Option<String>,
    pub(super) published: Option<String>,
    /// When it last changed; better than nothing.
    pub(super) modified: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) origin: Option<String>,
    pub(super) image: Option<String>,
    /// What it says of itself in a sentence or two.
    pub(super) summary: Option<String>,
    /// Whether it asks not to be shown elsewhere.
    pub(super) is_reserved: bool,
    /// `rel=canonical`, else `og:url`: what the page itself calls its address.
    pub(super) canonical: Option<String>,
}

/// Reads `<meta>` and JSON-LD.
pub(super) fn read(page: &Page) -> Meta {
    let mut named: HashMap<String, String> = HashMap::new();
    for node in page.dom.select("meta[content]").nodes() {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|key| node.attr(key));
        let content = node
            .attr("content")
            .map(|content| fold(&content))
            .unwrap_or_default();
        if let Some(name) = name.filter(|_| !content.is_empty()) {
            named.entry(name.to_ascii_lowercase()).or_insert(content);
        }
    }
    let first = |names: &[&str]| names.iter().find_map(|name| named.get(*name).cloned());
    let linked = linked(page);
    let author = first(&[
        "author",
        "article:author",
        "dc.creator",
        "parsely-author",
        "sailthru.author",
        "byl",
    ]);
    let author = author.filter(|author| !author.starts_with("http"));
    let named_address = page.dom.select("link[rel~='canonical'][href]");
    let named_address = named_address
        .nodes()
        .first()
        .and_then(|node| node.attr("href"));
    Meta {
        canonical: named_address
            .map(|href| href.trim().to_owned())
            .or_else(|| first(&["og:url"])),
        title: first(&["og:title", "articletitle", "twitter:title", "dc.title"]).or(linked.title),
        published: linked.published.or_else(|| {
            first(&[
                "article:published_time",
                "og:published_time",
                "datepublished",
                "dateupdate",
                "pubdate",
                "publishdate",
                "publish_date",
                "og:release_date",
                "apub:time",
                "weibo: article:create_at",
                "date",
                "dc.date",
                "dc.date.issued",
                "dcterms.date",
                "parsely-pub-date",
                "sailthru.date",
                "article.published",
                "bytedance:published_time",
                "cxenseparse:recs:publishtime",
                "firstpublishedtime",
            ])
        }),
        modified: first(&[
            "article:modified_time",
            "og:updated_time",
            "datemodified",
            "last-modified",
        ]),
        authors: if linked.authors.is_empty() {
            author.into_iter().collect()
        } else {
            linked.authors
        },
        origin: first(&["contentsource", "mediaid", "source", "article:source"]),
        image: first(&["og:image", "twitter:image", "og:image:url"]).or(linked.image),
        summary: first(&["og:description", "description", "twitter:description"]),
        is_reserved: first(&["gazetted"])
            .or_else(|| first(&["robots"]))
            .is_some_and(|robots| is_reserved(&robots)),
    }
}

/// Whether a robots tag asks that a text is not shown elsewhere.
fn is_reserved(robots: &str) -> bool {
    let mut words = robots.split([',', ' ', ';']).map(str::trim);
    let reserving = ["noindex", "noarchive", "nosnippet", "none"];
    words.any(|word| reserving.iter().any(|own| own.eq_ignore_ascii_case(word)))
}

/// What JSON-LD says of the article.
fn linked(page: &Page) -> Meta {
    let scripts = page.dom.select("script[type='application/ld+json']");
    for script in scripts.nodes().iter().take(16) {
        let text = script.text();
        if text.len() > MAX_JSON {
            continue;
        }
        let Ok(value) = serde_json::from_str::<Value>(text.trim()) else {
            continue;
        };
        if let Some(found) = article_in(&value) {
            return of_article(found);
        }
    }
    Meta::default()
}

/// The first object that is an article: the value, in its list or its `@graph`.
fn article_in(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(values) => values.iter().take(64).find_map(article_in),
        Value::Object(_) if is_article(value) => Some(value),
        Value::Object(object) => object.get("@graph").and_then(article_in),
        _ => None,
    }
}

fn is_article(value: &Value) -> bool {
    let is_kind = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| kind.ends_with("Article") || kind.ends_with("Posting"))
    };
    let has_date = value.get("datePublished").is_some();
    let kind = &value["@type"];
    is_kind(kind)
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(is_kind))
        || has_date
}

fn of_article(article: &Value) -> Meta {
    let published = ["datePublished", "pubDate", "dateCreated"]
        .iter()
        .find_map(|key| article[*key].as_str());
    let authors = texts(&article["author"], "name");
    Meta {
        canonical: None,
        title: article["headline"].as_str().map(fold),
        published: published.map(fold),
        authors: authors
            .into_iter()
            .filter(|name| !name.starts_with("http"))
            .collect(),
        image: texts(&article["image"], "url").into_iter().next(),
        ..Meta::default()
    }
}

/// A text, an object with one under `key`, or a list of either.
fn texts(value: &Value, key: &str) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(fold(text)),
        Value::Object(object) => object.get(key).and_then(Value::as_str).map(fold),
        _ => None,
    };
    let found: Vec<String> = match value {
        Value::Array(values) => values.iter().take(64).filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    };
    found.into_iter().filter(|text| !text.is_empty()).collect()
}
