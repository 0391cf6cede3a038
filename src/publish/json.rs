//! JSON Feed 1.1, with all sightings of a story under `_gazetted`.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::excerpt::excerpt;
use super::{Address, Edition, Format, published, updated};
use crate::model::{Enclosure, Related, Route, Sighting, Story};

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: Cow<'a, str>,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    language: &'a str,
    items: Vec<Entry<'a>>,
}

/// Item of the feed: a story by its canonical item.
#[derive(Serialize)]
struct Entry<'a> {
    id: String,
    url: String,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    _gazetted: Extension<'a>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "is_unknown")]
    size_in_bytes: u64,
}

/// Our extension, `_gazetted`: all sightings, related stories, and channels routed to. Its
/// keys are wire format.
#[derive(Serialize)]
struct Extension<'a> {
    story_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    sightings: Vec<Copy<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Next<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Sent<'a>>,
}

/// Story to read next.
#[derive(Serialize)]
struct Next<'a> {
    story_url: String,
    title: &'a str,
}

/// Channel that the story was routed to, and the reason.
#[derive(Serialize)]
struct Sent<'a> {
    channel: &'a str,
    why: &'a str,
}

/// Copy of the story (sighting), the canonical one included.
#[derive(Serialize)]
struct Copy<'a> {
    item: String,
    source: &'a str,
    source_title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    title: &'a str,
    date: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    authors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
}

/// Renders the feed of a channel.
pub(super) fn render(edition: &Edition<'_>) -> Vec<u8> {
    let channel = edition.channel;
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: edition.title(),
        home_page_url: edition.home_page(),
        feed_url: edition.feed(Format::Json),
        description: channel.description.as_deref(),
        language: &channel.language,
        items: edition
            .stories
            .iter()
            .map(|story| entry(edition, story))
            .collect(),
    };
    serde_json::to_vec_pretty(&feed).expect("strings and lists can be written as JSON")
}

fn entry<'a>(edition: &Edition<'a>, story: &'a Story) -> Entry<'a> {
    let item = &story.canonical;
    let body = item.content.as_ref().or(item.summary.as_ref());
    Entry {
        id: story.id.urn(),
        url: edition.site.link(story),
        title: &item.title,
        content_html: body.map(|html| html.as_str()),
        // The format demands one of the two.
        content_text: body.is_none().then_some(&item.title),
        // Beside the text; where the teaser stands for the text, once is enough.
        summary: item.content.is_some().then(|| excerpt(item)),
        image: item.image.as_ref().map(|image| image.url.as_str()),
        date_published: date(published(story)),
        date_modified: date(updated(story)),
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        tags: &item.categories,
        language: edition
            .site
            .language_beside(story, &edition.channel.language),
        attachments: item.enclosures.iter().map(attachment).collect(),
        _gazetted: Extension {
            story_url: Address::Story(story.id).under(edition.site.public_url),
            origin: item.origin.as_deref(),
            sightings: story
                .sightings
                .iter()
                .map(|seen| copy(edition, seen))
                .collect(),
            related: story
                .related
                .iter()
                .map(|other| next(edition, other))
                .collect(),
            routes: story.routes.iter().map(sent).collect(),
        },
    }
}

fn copy<'a>(edition: &Edition<'a>, sighting: &'a Sighting) -> Copy<'a> {
    Copy {
        item: sighting.item.to_string(),
        source: sighting.source.as_str(),
        source_title: edition.site.source_title(&sighting.source),
        url: sighting.url.as_ref().map(|url| url.as_str()),
        title: &sighting.title,
        date: date(sighting.at),
        authors: &sighting.authors,
        origin: sighting.origin.as_deref(),
    }
}

fn next<'a>(edition: &Edition<'_>, other: &'a Related) -> Next<'a> {
    Next {
        story_url: Address::Story(other.story).under(edition.site.public_url),
        title: &other.title,
    }
}

fn sent(route: &Route) -> Sent<'_> {
    Sent {
        channel: route.to.as_str(),
        why: &route.why,
    }
}

fn attachment(file: &Enclosure) -> Attachment<'_> {
    Attachment {
        url: file.url.as_str(),
        mime_type: file.kind.as_deref().unwrap_or("application/octet-stream"),
        size_in_bytes: file.length,
    }
}

fn is_unknown(size: &u64) -> bool {
    *size == 0
}

/// Formats a time as RFC 3339 in UTC, to the second.
fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
