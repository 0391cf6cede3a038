//! JSON Feed 1.0 and 1.1, and what people take for it.

use serde_json::{Map, Value};

use super::address;
use super::construct::{escaped, one_line};
use super::entry::page_link;
use super::scope::Scope;
use crate::model::{Content, Draft, Media, Person, WebLink, WebUrl};
use crate::source::gate::Limits;
use crate::source::{About, ReadError, Reading};

/// Reads the feed in `text`.
pub(super) fn read(text: &str, scope: &Scope<'_>, limits: Limits) -> Result<Reading, ReadError> {
    gate(text, limits)?;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let top = match values.next() {
        Some(Ok(top)) => top,
        Some(Err(error)) if error.is_eof() => return Err(ReadError::Incomplete),
        Some(Err(error)) => return Err(ReadError::Broken(format!("bad JSON: {error}"))),
        None => return Err(ReadError::Empty),
    };
    let no_feed = || ReadError::NotAFeed {
        found: "JSON that is no feed".to_owned(),
        feeds: Vec::new(),
    };
    let Value::Object(feed) = top else {
        return Err(no_feed());
    };
    let version = line(&feed, "version").unwrap_or_default();
    let is_feed =
        version.contains("jsonfeed.org") || feed.get("items").is_some_and(Value::is_array);
    if !is_feed {
        return Err(no_feed());
    }
    let about = about(&feed, scope);
    let items = feed.get("items").and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let drafts = items
        .iter()
        .filter_map(Value::as_object)
        .take(limits.entries)
        .map(|item| draft(item, &about, scope))
        .collect();
    Ok(Reading {
        about,
        drafts,
        format: match version.ends_with("1.1") {
            true => "json11",
            false => "json10",
        },
        complete: true,
        ..Reading::default()
    })
}

/// Counts values before memory is taken for them.
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

fn draft(item: &Map<String, Value>, about: &About, scope: &Scope<'_>) -> Draft {
    let page = url(item, "url", scope);
    let external = url(item, "external_url", scope);
    let guid = line(item, "id");
    let permalink = guid.clone().filter(|id| address::is_web(id));
    let address = page.clone().or_else(|| external.clone()).or(permalink);
    let language = line(item, "language").or_else(|| about.language.clone());
    let body = |name: &str, kind: &str| {
        let value = text(item, name).filter(|value| !value.trim().is_empty())?;
        let value = match kind {
            "text/html" => scope.resolve_all(value),
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
    let own = authors(item, scope);
    let enclosures = list(item, "attachments")
        .iter()
        .filter_map(Value::as_object);
    let tags = list(item, "tags").iter().filter_map(scalar);
    let summary = line(item, "summary");
    Draft {
        guid,
        link: address.as_deref().and_then(WebUrl::parse),
        address,
        title: line(item, "title").map(|title| one_line(&title)),
        is_summary_text: summary.is_some(),
        summary: summary.map(|summary| escaped(&summary)),
        content: html.into_iter().chain(plain).collect(),
        published: line(item, "date_published").and_then(|date| scope.date(&date)),
        updated: line(item, "date_modified").and_then(|date| scope.date(&date)),
        authors: match own.is_empty() {
            true => about.authors.clone(),
            false => own,
        },
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
        description: line(file, "title"),
        credit: None,
    })
}

/// `authors` of 1.1 and `author` of 1.0; people write strings for both.
fn authors(object: &Map<String, Value>, scope: &Scope<'_>) -> Vec<Person> {
    let all = match list(object, "authors") {
        [] if object.get("authors").is_some_and(Value::is_object) => object
            .get("authors")
            .map(std::slice::from_ref)
            .unwrap_or_default(),
        [] => object
            .get("author")
            .map(std::slice::from_ref)
            .unwrap_or_default(),
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
        other => super::person::parse(&scalar(other)?),
    };
    all.iter().filter_map(person).collect()
}

fn list<'v>(object: &'v Map<String, Value>, name: &str) -> &'v [Value] {
    let list = object.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// A string, or what is as good as one.
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

fn url(object: &Map<String, Value>, name: &str, scope: &Scope<'_>) -> Option<String> {
    line(object, name).map(|reference| scope.resolve(&reference))
}
