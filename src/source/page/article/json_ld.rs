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
    /// Names in `author` and `creator` that are none of organisations.
    pub(super) authors: Vec<String>,
    /// Those of `authors` that are of the type `Person`.
    pub(super) people: Vec<String>,
    /// Names of others there.
    pub(super) bodies: Vec<String>,
    /// Name of `publisher`.
    pub(super) publisher: Option<String>,
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
            return of_article(found, &value);
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

fn of_article(article: &Value, all: &Value) -> JsonLdArticle {
    let published = ["datePublished", "pubDate", "dateCreated"]
        .iter()
        .find_map(|key| article[*key].as_str());
    let mut writers = Writers::default();
    for key in ["author", "creator"] {
        writers.add(&article[key], all);
    }
    JsonLdArticle {
        title: article["headline"].as_str().map(fold),
        published: published.map(fold),
        modified: article["dateModified"].as_str().map(fold),
        authors: writers.people,
        people: writers.typed,
        bodies: writers.bodies,
        publisher: texts(&article["publisher"], "name").into_iter().next(),
        image: texts(&article["image"], "url").into_iter().next(),
    }
}

/// Upper limit of the authors of one article.
const MAX_WRITERS: usize = 64;

/// Authors of an article: people (also those that are typed so), and others.
#[derive(Default)]
struct Writers {
    people: Vec<String>,
    typed: Vec<String>,
    bodies: Vec<String>,
}

impl Writers {
    /// Adds those that a value names: a name, a thing with one or with the `@id` of another in
    /// `all`, or a list of either.
    fn add(&mut self, value: &Value, all: &Value) {
        match value {
            Value::String(name) => self.note(name, false),
            Value::Array(values) => {
                let values = values.iter().take(MAX_WRITERS);
                values.for_each(|value| self.add(value, all));
            }
            Value::Object(object) => {
                let linked = || {
                    let id = object.get("@id")?.as_str()?;
                    all.get("@graph")
                        .or(Some(all))?
                        .as_array()?
                        .iter()
                        .find(|other| {
                            other.get("@id").and_then(Value::as_str) == Some(id)
                                && other.get("name").is_some()
                        })
                };
                let named = match object.get("name") {
                    Some(_) => Some(value),
                    None => linked(),
                };
                let Some(named) = named else { return };
                let is_body = named["@type"]
                    .as_str()
                    .is_some_and(|kind| kind.ends_with("Organization"));
                let names = texts(&named["name"], "name");
                if named["@type"].as_str() == Some("Person") {
                    self.typed.extend(names.iter().cloned());
                }
                names.iter().for_each(|name| self.note(name, is_body));
            }
            _ => {}
        }
    }

    fn note(&mut self, name: &str, is_body: bool) {
        let name = fold(name);
        let list = if is_body {
            &mut self.bodies
        } else {
            &mut self.people
        };
        let is_new = !name.is_empty() && !name.starts_with("http") && !list.contains(&name);
        if is_new && list.len() < MAX_WRITERS {
            list.push(name);
        }
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
