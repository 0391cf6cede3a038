//! JSON Feed 1.0 and 1.1, and what people take for it.

pub(super) mod repair;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::vocabulary::address;
use super::vocabulary::construct::{escaped, one_line};
use super::vocabulary::value::page_link;

use super::newest::Newest;
use super::vocabulary::scope::Scope;
use crate::model::{Content, Draft, Media, Person, WebLink, WebUrl};
use crate::source::gate::Limits;
use crate::source::{About, ParsedDocument, ReadError};

/// Reads the feed in `text`; if it is no JSON, once more after [`repair::json`].
///
/// # Errors
///
/// [`ReadError::TooMuch`] for too many values, [`ReadError::NotAFeed`] for other JSON,
/// [`ReadError::Broken`] and [`ReadError::Incomplete`] if no entry can be read.
pub(super) fn read(
    text: &str,
    scope: &Scope<'_>,
    limits: Limits,
) -> Result<ParsedDocument, ReadError> {
    gate(text, limits)?;
    let mut feed = Feed::new(scope, limits.entries);
    let mut repaired = Vec::new();
    let mut outcome = feed.fill(text);
    if outcome.as_ref().is_err_and(|error| !error.is_eof()) {
        feed = Feed::new(scope, limits.entries);
        outcome = feed.fill(&repair::json(text));
        repaired.push("bad JSON");
    }
    let (mut drafts, is_cut) = feed.drafts.finish();
    if is_cut {
        repaired.push("too many entries");
    }
    let is_complete = match outcome {
        Ok(()) => true,
        Err(_) if !drafts.is_empty() => false,
        Err(error) if error.is_eof() => return Err(ReadError::Incomplete),
        Err(error) => return Err(ReadError::Broken(format!("bad JSON: {error}"))),
    };
    let version = line(&feed.fields, "version").unwrap_or_default();
    if !feed.has_items && !version.contains("jsonfeed.org") {
        return Err(ReadError::NotAFeed {
            found: "JSON that is no feed".to_owned(),
            feeds: Vec::new(),
        });
    }
    let about = about(&feed.fields, scope);
    for draft in &mut drafts {
        if draft.authors.is_empty() {
            draft.authors.clone_from(&about.authors);
        }
        if draft.language.is_none() {
            draft.language.clone_from(&about.language);
        }
    }
    Ok(ParsedDocument {
        about,
        drafts,
        format: match version.ends_with("1.1") {
            true => "json11",
            false => "json10",
        },
        repaired,
        complete: is_complete,
        ..ParsedDocument::default()
    })
}

/// Feed while it is read, one item at a time.
struct Feed<'s, 'c> {
    scope: &'c Scope<'s>,
    fields: Map<String, Value>,
    has_items: bool,
    drafts: Newest,
}

impl<'s, 'c> Feed<'s, 'c> {
    fn new(scope: &'c Scope<'s>, max_entries: usize) -> Feed<'s, 'c> {
        Feed {
            scope,
            fields: Map::new(),
            has_items: false,
            drafts: Newest::of(max_entries),
        }
    }

    fn fill(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_any(Top(self))
    }
}

/// Visitor of the outermost value.
struct Top<'f, 's, 'c>(&'f mut Feed<'s, 'c>);

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                map.next_value_seed(Items(self.0))?;
            } else {
                let value = map.next_value()?;
                self.0.fields.insert(key, value);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Visitor of the value of `items`.
struct Items<'f, 's, 'c>(&'f mut Feed<'s, 'c>);

impl<'de> DeserializeSeed<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, items: D) -> Result<(), D::Error> {
        items.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.has_items = true;
        while let Some(item) = list.next_element::<Value>()? {
            if let Value::Object(item) = item {
                self.0.drafts.push(draft(&item, self.0.scope));
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Counts values, by their commas and brackets, before memory is taken for them.
fn gate(text: &str, limits: Limits) -> Result<(), ReadError> {
    let n_values = text
        .bytes()
        .filter(|byte| matches!(byte, b',' | b'[' | b'{'))
        .count();
    match n_values > limits.elements {
        true => Err(ReadError::TooMuch {
            what: "too many values",
            limit: limits.elements,
        }),
        false => Ok(()),
    }
}

fn about(feed: &Map<String, Value>, scope: &Scope<'_>) -> About {
    let address = url(feed, "home_page_url", scope);
    let feed_url = url(feed, "feed_url", scope);
    let mut links: Vec<WebLink> = address.iter().cloned().map(page_link).collect();
    links.extend(feed_url.iter().map(|href| WebLink {
        href: href.clone(),
        rel: Some("self".to_owned()),
        ..WebLink::default()
    }));
    links.extend(url(feed, "next_url", scope).map(|href| WebLink {
        href,
        rel: Some("next".to_owned()),
        ..WebLink::default()
    }));
    let hubs = list(feed, "hubs").iter().filter_map(Value::as_object);
    About {
        title: line(feed, "title"),
        link: address.as_deref().and_then(WebUrl::parse),
        address,
        feed_url,
        hubs: hubs.filter_map(|hub| url(hub, "url", scope)).collect(),
        subtitle: line(feed, "description"),
        language: line(feed, "language"),
        image: url(feed, "icon", scope),
        icon: url(feed, "favicon", scope),
        authors: authors(feed, scope),
        links,
        ..About::default()
    }
}

fn draft(item: &Map<String, Value>, scope: &Scope<'_>) -> Draft {
    let page = url(item, "url", scope);
    let external = url(item, "external_url", scope);
    let guid = line(item, "id");
    let permalink = guid.clone().filter(|id| address::is_web(id));
    let address = page.clone().or_else(|| external.clone()).or(permalink);
    let link = address.as_deref().and_then(WebUrl::parse);
    let language = line(item, "language");
    let body = |name: &str, kind: &str| {
        let value = text(item, name).filter(|value| !value.trim().is_empty())?;
        let value = match kind {
            "text/html" => scope.resolve_open(link.as_ref().map(WebUrl::as_str), value),
            _ => value,
        };
        Some(Content {
            value: scope.cap(value),
            kind: kind.to_owned(),
            language: language.clone(),
            src: None,
        })
    };
    let html = body("content_html", "text/html");
    let plain = body("content_text", "text/plain");
    let mut links: Vec<WebLink> = page.into_iter().map(page_link).collect();
    links.extend(external.map(|href| WebLink {
        href,
        rel: Some("related".to_owned()),
        ..WebLink::default()
    }));
    let enclosures = one_or_many(item, "attachments").iter();
    let enclosures = enclosures.filter_map(Value::as_object);
    let tags = one_or_many(item, "tags").iter();
    let tags = tags.flat_map(|tag| tags_in(tag, item.get("tags").is_some_and(Value::is_array)));
    let summary = line(item, "summary");
    Draft {
        guid,
        link,
        address,
        title: line(item, "title").map(|title| one_line(&title)),
        is_summary_text: summary.is_some(),
        summary: summary.map(|summary| escaped(&summary)),
        content: html.into_iter().chain(plain).collect(),
        published: line(item, "date_published").and_then(|date| scope.date(&date)),
        updated: line(item, "date_modified").and_then(|date| scope.date(&date)),
        authors: authors(item, scope),
        categories: tags.map(|tag| one_line(&tag)).collect(),
        enclosures: enclosures
            .filter_map(|file| attachment(file, scope))
            .collect(),
        image: url(item, "image", scope).or_else(|| url(item, "banner_image", scope)),
        language,
        links,
        ..Draft::default()
    }
}

fn attachment(file: &Map<String, Value>, scope: &Scope<'_>) -> Option<Media> {
    Some(Media {
        url: url(file, "url", scope)?,
        kind: line(file, "mime_type"),
        length: line(file, "size_in_bytes").or_else(|| line(file, "size")),
        title: line(file, "title"),
        duration: line(file, "duration_in_seconds"),
        ..Media::default()
    })
}

/// Reads `authors` of 1.1 or `author` of 1.0; people write strings for both.
fn authors(object: &Map<String, Value>, scope: &Scope<'_>) -> Vec<Person> {
    let all = match one_or_many(object, "authors") {
        [] => one_or_many(object, "author"),
        many => many,
    };
    let person = |value: &Value| match value {
        Value::Object(author) => {
            let person = Person {
                name: line(author, "name"),
                email: line(author, "email"),
                url: url(author, "url", scope),
            };
            (person != Person::default()).then_some(person)
        }
        other => super::vocabulary::person::parse(&scalar(other)?),
    };
    all.iter().filter_map(person).collect()
}

/// Returns a list, or the one thing that somebody wrote in its place; nothing for `null`.
fn one_or_many<'v>(object: &'v Map<String, Value>, name: &str) -> &'v [Value] {
    match object.get(name) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(many)) => many,
        Some(one) => std::slice::from_ref(one),
    }
}

/// Returns the tag in a member of a list, or those in a string in its place, between commas.
fn tags_in(value: &Value, is_member: bool) -> Vec<String> {
    let text = match value {
        Value::Object(tag) => {
            let mut names = ["label", "name", "title", "term", "tag"].iter();
            return names.find_map(|name| line(tag, name)).into_iter().collect();
        }
        other => scalar(other).unwrap_or_default(),
    };
    if is_member {
        return vec![text];
    }
    let words = text.split([',', '，', '、']).map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn list<'v>(object: &'v Map<String, Value>, name: &str) -> &'v [Value] {
    let list = object.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// Reads a string, or a number as one.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    scalar(object.get(name)?)
}

fn line(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = text(object, name)?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Returns an address, or the one in an object that stands in its place.
fn url(object: &Map<String, Value>, name: &str, scope: &Scope<'_>) -> Option<String> {
    let inside = || match one_or_many(object, name).first()? {
        Value::Object(inner) => ["url", "src", "href"]
            .iter()
            .find_map(|name| line(inner, name)),
        other => scalar(other).filter(|text| !text.trim().is_empty()),
    };
    let reference = line(object, name).or_else(inside)?;
    Some(scope.resolve(&reference))
}
