//! JSON Feed 1.1, with all sightings of a story under `_gazetted`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::excerpt::excerpt;
use super::{Address, Edition, Format, History, Texts, published, updated};
use crate::model::{
    Enclosure, EpisodeKind, FeedNote, Related, Route, SideFile, Sighting, Story, WebUrl,
};

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: Cow<'a, str>,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<JsonHub>,
    #[serde(rename = "_gazetted", skip_serializing_if = "Option::is_none")]
    archive: Option<Archive<'a>>,
    items: Vec<JsonItem<'a>>,
}

/// Hub at which one can subscribe to the feed.
#[derive(Serialize)]
struct JsonHub {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
}

/// Our extension of an archive, `_gazetted`: its neighbours (RFC 5005), by relation.
#[derive(Serialize)]
struct Archive<'a> {
    is_archive: bool,
    links: BTreeMap<&'a str, &'a str>,
}

/// Item of the feed: a story by its canonical item.
#[derive(Serialize)]
struct JsonItem<'a> {
    id: String,
    url: String,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<Cow<'a, str>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "is_unknown")]
    size_in_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u32>,
}

/// Our extension, `_gazetted`: all sightings, related stories, and channels routed to. Its
/// keys are wire format.
#[derive(Serialize)]
struct Extension<'a> {
    story_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    contributors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_feed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_credit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    episode: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    season: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    episode_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transcripts: Vec<Beside<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chapters: Option<Beside<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<Reply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<Original<'a>>,
    sightings: Vec<Copy<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Next<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Sent<'a>>,
}

/// File beside an episode.
#[derive(Serialize)]
struct Beside<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

/// Entry that is replied to.
#[derive(Serialize)]
struct Reply<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// The feed it was taken from, as that said of itself.
#[derive(Serialize)]
struct Original<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    authors: &'a [String],
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
    let feed = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: edition.title(),
        home_page_url: edition.home_page(),
        feed_url: edition.here(Format::Json),
        next_url: edition.history.older(),
        archive: archive(edition.history),
        description: channel.description.as_deref(),
        language: &channel.language,
        hubs: edition.hubs().into_iter().map(JsonHub::of).collect(),
        items: edition
            .stories
            .iter()
            .map(|story| entry(edition, story))
            .collect(),
    };
    serde_json::to_vec_pretty(&feed).expect("strings and lists can be written as JSON")
}

/// Renders one story of the feed as its item, on one line.
#[must_use]
pub fn item(edition: &Edition<'_>, story: &Story) -> String {
    serde_json::to_string(&entry(edition, story)).expect("an item can be written as JSON")
}

impl JsonHub {
    fn of(url: String) -> JsonHub {
        JsonHub {
            kind: "WebSub",
            url,
        }
    }
}

fn archive(history: &History) -> Option<Archive<'_>> {
    let links = history.links.iter();
    history.is_archive.then(|| Archive {
        is_archive: true,
        links: links
            .map(|(relation, href)| (*relation, href.as_str()))
            .collect(),
    })
}

fn entry<'a>(edition: &Edition<'a>, story: &'a Story) -> JsonItem<'a> {
    let item = &story.canonical;
    let content = item.content.as_ref();
    let content = content.filter(|_| edition.texts == Texts::Full);
    let is_beginning = item.content.is_some() && content.is_none() && item.summary.is_none();
    let body = content.or(item.summary.as_ref());
    let instead = || match is_beginning {
        true => Cow::Owned(excerpt(item)),
        false => Cow::Borrowed(item.title.as_str()),
    };
    JsonItem {
        id: story.id.urn(),
        url: edition.site.link(story),
        title: &item.title,
        content_html: body.map(|html| html.as_str()),
        // The format demands one of the two.
        content_text: body.is_none().then(instead),
        // Beside the text; where the teaser stands for the text, once is enough.
        summary: content
            .map(|_| excerpt(item))
            .filter(|text| !text.is_empty()),
        image: item.image.as_ref().map(|image| image.url.as_str()),
        date_published: date(published(story)),
        date_modified: date(updated(story)),
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        tags: &item.categories,
        language: edition
            .site
            .language_beside(story, &edition.channel.language),
        attachments: item.enclosures.iter().map(attachment).collect(),
        _gazetted: extension(edition, story),
    }
}

/// Builds the extension `_gazetted`, for what JSON Feed has no names for.
fn extension<'a>(edition: &Edition<'a>, story: &'a Story) -> Extension<'a> {
    let item = &story.canonical;
    let notes = &item.notes;
    let address = |url: &'a Option<WebUrl>| url.as_ref().map(WebUrl::as_str);
    let image = item.image.as_ref();
    Extension {
        story_url: Address::Story(story.id).under(edition.site.public_url),
        guid: item.guid.as_deref(),
        origin: item.origin.as_deref(),
        contributors: &notes.contributors,
        rights: notes.rights.as_deref(),
        licence: address(&notes.licence),
        comments: address(&notes.comments),
        comments_feed: address(&notes.comments_feed),
        comments_count: notes.comments_count,
        image_caption: image.and_then(|image| image.caption.as_deref()),
        image_credit: image.and_then(|image| image.credit.as_deref()),
        explicit: notes.is_explicit,
        episode: notes.episode,
        season: notes.season,
        episode_type: notes.episode_kind.map(EpisodeKind::name),
        transcripts: notes.transcripts.iter().map(beside).collect(),
        chapters: notes.chapters.as_ref().map(beside),
        in_reply_to: notes.reply_to.as_ref().map(|reply| Reply {
            id: &reply.id,
            url: reply.url.as_ref().map(WebUrl::as_str),
        }),
        feed: notes.feed.as_ref().map(original),
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
    }
}

fn beside(file: &SideFile) -> Beside<'_> {
    Beside {
        url: file.url.as_str(),
        mime_type: &file.kind,
        language: file.language.as_deref(),
    }
}

fn original(note: &FeedNote) -> Original<'_> {
    Original {
        id: note.id.as_deref(),
        title: note.title.as_deref(),
        link: note.link.as_ref().map(WebUrl::as_str),
        updated: note.updated.map(date),
        rights: note.rights.as_deref(),
        authors: &note.authors,
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
        title: file.title.as_deref(),
        size_in_bytes: file.length,
        duration_in_seconds: file.duration,
    }
}

fn is_unknown(size: &u64) -> bool {
    *size == 0
}

/// Formats a time as RFC 3339 in UTC, to the second.
fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
