//! JSON-LD: statements of a page about its article for search engines.

use html5ever::tendril::StrTendril;
use serde_json::Value;

use crate::source::page::dom::fold;

/// Longest JSON-LD block, in bytes.
const MAX_JSON: usize = 256 << 10;

/// Statements of JSON-LD about an article; every field as written.
#[derive(Debug, Default)]
pub(super) struct JsonLdArticle {
    /// `headline`
    pub(super) title: Option<String>,
    /// `datePublished`, else `pubDate` or `dateCreated`
    pub(super) published: Option<String>,
    /// `dateModified`
    pub(super) modified: Option<String>,
    /// Names of `author`.
    pub(super) authors: Vec<String>,
    /// First address of `image`.
    pub(super) image: Option<String>,
}

/// Reads the first block that describes an article; empty if there is none.
pub(super) fn read(scripts: &[StrTendril]) -> JsonLdArticle {
    for text in scripts {
        if text.len() > MAX_JSON {
            continue;
        }
        let Some(value) = json(text) else {
            continue;
        };
        if let Some(found) = article_in(&value) {
            return of_article(found);
        }
    }
    JsonLdArticle::default()
}

/// Parses JSON as pages have it: in a CDATA section or comment, with line breaks in texts.
fn json(text: &str) -> Option<Value> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '/' | '*' | ';');
    let text = text.trim_matches(is_around);
    let text = text
        .trim_start_matches("<![CDATA[")
        .trim_start_matches("<!--")
        .trim_end_matches("-->")
        .trim_end_matches("]]>")
        .trim_matches(is_around);
    serde_json::from_str(text).ok().or_else(|| {
        let is_broken = text.contains(|c: char| c.is_control());
        let mended = text.replace(|c: char| c.is_control(), " ");
        is_broken.then(|| serde_json::from_str(&mended).ok())?
    })
}

/// Finds the first object that is an article: the value, in its list or its `@graph`.
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

fn of_article(article: &Value) -> JsonLdArticle {
    let published = ["datePublished", "pubDate", "dateCreated"]
        .iter()
        .find_map(|key| article[*key].as_str());
    let authors = texts(&article["author"], "name");
    JsonLdArticle {
        title: article["headline"].as_str().map(fold),
        published: published.map(fold),
        modified: article["dateModified"].as_str().map(fold),
        authors: authors
            .into_iter()
            .filter(|name| !name.starts_with("http"))
            .collect(),
        image: texts(&article["image"], "url").into_iter().next(),
    }
}

/// Lists the texts of a value: a text, an object with one under `key`, or a list of either;
/// at most 64.
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
