//! Atom 1.0, RFC 4287.

use atom_syndication as atom;
use atom_syndication::extension::{Extension, ExtensionMap};
use chrono::DateTime;
use jiff::Timestamp;
use url::Url;

use super::excerpt::excerpt;
use super::media;
use super::xml::legal;
use super::{Address, Edition, Format, Texts, history, published, updated};
use crate::model::{Enclosure, Item, Related, SafeHtml, Sighting, Story, StoryId, WebUrl};

/// Namespaces of what entries say beside Atom.
const NAMESPACES: [(&str, &str); 3] = [
    history::NAMESPACE,
    ("media", "http://search.yahoo.com/mrss/"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
];

/// Namespace of stories that readers are to forget (RFC 6721).
const TOMBSTONES: (&str, &str) = ("at", "http://purl.org/atompub/tombstones/1.0");

/// Story that readers are to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Story.
    pub story: StoryId,
    /// Time of its takedown.
    pub at: Timestamp,
    /// Reason, one line; empty if none was given.
    pub reason: String,
}

/// Renders the feed of a channel. `updated` is 1970 while there is nothing.
pub(super) fn render(edition: &Edition<'_>) -> Vec<u8> {
    let description = edition.channel.description.as_deref();
    let feed = atom::Feed {
        title: plain(&edition.title()),
        subtitle: description.map(plain),
        id: edition.feed(Format::Atom),
        updated: date(edition.changed.unwrap_or(Timestamp::UNIX_EPOCH)),
        authors: vec![person(&edition.site.config.server.title)],
        generator: Some(atom::Generator {
            value: "gazetted".to_owned(),
            ..atom::Generator::default()
        }),
        links: about(edition),
        extensions: archive_mark(edition),
        entries: edition
            .stories
            .iter()
            .map(|story| entry(edition, story))
            .collect(),
        lang: Some(legal(&edition.channel.language).into_owned()),
        namespaces: NAMESPACES
            .map(|(name, uri)| (name.to_owned(), uri.to_owned()))
            .into(),
        ..atom::Feed::default()
    };
    let feed = with_deletions(feed, edition.deleted);
    let layout = atom::WriteConfig {
        write_document_declaration: true,
        indent_size: Some(1),
    };
    feed.write_with_config(Vec::new(), layout)
        .expect("memory can be written to")
}

/// Adds the stories that readers are to forget (RFC 6721).
fn with_deletions(mut feed: atom::Feed, deleted: &[Deletion]) -> atom::Feed {
    if deleted.is_empty() {
        return feed;
    }
    let (name, uri) = TOMBSTONES;
    feed.namespaces.insert(name.to_owned(), uri.to_owned());
    let elements = deleted.iter().map(|Deletion { story, at, reason }| {
        let comment = (!reason.is_empty()).then(|| {
            let comment = Extension {
                name: "at:comment".to_owned(),
                value: Some(legal(reason).into_owned()),
                ..Extension::default()
            };
            ("comment".to_owned(), vec![comment])
        });
        Extension {
            name: "at:deleted-entry".to_owned(),
            attrs: [
                ("ref".to_owned(), story.urn()),
                ("when".to_owned(), date(*at).to_rfc3339()),
            ]
            .into(),
            children: comment.into_iter().collect(),
            ..Extension::default()
        }
    });
    let named = feed.extensions.entry(name.to_owned()).or_default();
    named.insert("deleted-entry".to_owned(), elements.collect());
    feed
}

/// Builds the links of the feed itself: its address, its page, its hubs, and its neighbours in
/// history.
fn about(edition: &Edition<'_>) -> Vec<atom::Link> {
    let kind = Some("application/atom+xml");
    let mut links = vec![
        link("self", edition.here(Format::Atom), kind),
        link("alternate", edition.home_page(), Some("text/html")),
    ];
    let hubs = edition.hubs().into_iter();
    links.extend(hubs.map(|hub| link("hub", hub, None)));
    let neighbours = edition.history.links.iter();
    links.extend(neighbours.map(|(relation, href)| link(relation, href.clone(), kind)));
    links
}

/// Builds `fh:archive`, by which an archive says that it is one.
fn archive_mark(edition: &Edition<'_>) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    if edition.history.is_archive {
        let element = Extension {
            name: "fh:archive".to_owned(),
            ..Extension::default()
        };
        let named = map.entry("fh".to_owned()).or_default();
        named.insert("archive".to_owned(), vec![element]);
    }
    map
}

/// Builds the entry of a story: its canonical item, with links to all other copies and to
/// related stories.
fn entry(edition: &Edition<'_>, story: &Story) -> atom::Entry {
    let item = &story.canonical;
    let language = edition
        .site
        .language_beside(story, &edition.channel.language)
        .map(|tag| legal(tag).into_owned());
    let mut title = plain(&item.title);
    title.lang.clone_from(&language);
    atom::Entry {
        title,
        id: story.id.urn(),
        updated: date(updated(story)),
        published: Some(date(published(story))),
        authors: item.authors.iter().map(|name| person(name)).collect(),
        contributors: people(&item.notes.contributors),
        rights: item.notes.rights.as_deref().map(plain),
        extensions: beside(item),
        categories: item.categories.iter().map(|name| category(name)).collect(),
        links: links(edition, story),
        source: Some(source(edition, story)),
        summary: summary(edition, item, language.as_deref()),
        content: content(edition, item).map(|html| atom::Content {
            lang: language.clone(),
            value: Some(legal(html.as_str()).into_owned()),
            content_type: Some("html".to_owned()),
            ..atom::Content::default()
        }),
        ..atom::Entry::default()
    }
}

/// Returns the text of an item, if the feed tells it.
fn content<'a>(edition: &Edition<'_>, item: &'a Item) -> Option<&'a SafeHtml> {
    let is_told = edition.texts == Texts::Full;
    item.content.as_ref().filter(|_| is_told)
}

/// Builds the teaser; in a feed of teasers the beginning of the text where there is none. One of
/// nothing but space is none.
fn summary(edition: &Edition<'_>, item: &Item, language: Option<&str>) -> Option<atom::Text> {
    let told = item.summary.as_ref();
    let told = told.map(|html| markup(html, language));
    let told = told.filter(|text| !text.value.trim().is_empty());
    let beginning = || {
        let mut text = plain(&excerpt(item));
        text.lang = language.map(str::to_owned);
        Some(text).filter(|text| !text.value.is_empty())
    };
    match edition.texts {
        Texts::Full => told,
        Texts::Teasers => told.or_else(beginning),
    }
}

fn links(edition: &Edition<'_>, story: &Story) -> Vec<atom::Link> {
    let mut links = vec![link(
        "alternate",
        edition.site.link(story),
        Some("text/html"),
    )];
    links.extend(story.canonical.enclosures.iter().map(enclosure));
    let notes = &story.canonical.notes;
    let noted = [
        ("license", &notes.licence, None),
        ("replies", &notes.comments, Some("text/html")),
        (
            "replies",
            &notes.comments_feed,
            Some("application/atom+xml"),
        ),
    ];
    let noted = noted.into_iter();
    links.extend(
        noted.filter_map(|(rel, url, kind)| Some(link(rel, url.as_ref()?.to_string(), kind))),
    );
    let others = story
        .sightings
        .iter()
        .filter(|sighting| sighting.item != story.canonical.id);
    links.extend(others.filter_map(|sighting| elsewhere(edition, sighting)));
    links.extend(story.related.iter().map(|other| related(edition, other)));
    links
}

/// Builds the link (`via`) to another copy of the story; `None` if that has no address.
fn elsewhere(edition: &Edition<'_>, sighting: &Sighting) -> Option<atom::Link> {
    let mut link = link("via", sighting.url.as_ref()?.to_string(), Some("text/html"));
    let title = edition.site.source_title(&sighting.source);
    link.title = Some(legal(title).into_owned());
    Some(link)
}

/// Builds the link (`related`) to a story to read next.
fn related(edition: &Edition<'_>, other: &Related) -> atom::Link {
    let href = Address::Story(other.story).under(edition.site.public_url);
    let mut link = link("related", href, Some("text/html"));
    link.title = Some(legal(&other.title).into_owned());
    link
}

/// Builds the `source` of an entry, the feed that the story was taken from; it stands for the
/// author where nobody is named.
fn source(edition: &Edition<'_>, story: &Story) -> atom::Source {
    let item = &story.canonical;
    let note = item.notes.feed.as_ref();
    let copied = note.and_then(|note| note.title.as_deref());
    let title = copied.unwrap_or_else(|| edition.site.source_title(&item.source));
    let card = edition.site.sources.get(&item.source);
    let mut links = Vec::new();
    if copied.is_some() {
        let home = note.and_then(|note| note.link.as_ref());
        links.extend(home.map(|home| link("alternate", home.to_string(), Some("text/html"))));
    } else if let Some(card) = card {
        if card.is_feed {
            links.push(link("self", card.url.to_string(), None));
        }
        let page = card.is_page.then_some(&card.url);
        let home = card.site.as_ref().or(page);
        links.extend(home.map(|home| link("alternate", home.to_string(), Some("text/html"))));
    }
    atom::Source {
        title: plain(title),
        id: source_id(story, card.map(|card| &card.url)),
        updated: date(note.and_then(|note| note.updated).unwrap_or(updated(story))),
        rights: note.and_then(|note| note.rights.as_deref()).map(plain),
        authors: match note.map(|note| note.authors.as_slice()) {
            Some(names @ [_, ..]) if item.origin.is_none() || copied.is_some() => people(names),
            _ => vec![person(item.origin.as_deref().unwrap_or(title))],
        },
        links,
        ..atom::Source::default()
    }
}

/// Returns the id that the feed gives itself, if it can be one: an absolute IRI.
fn source_id(story: &Story, url: Option<&WebUrl>) -> String {
    let note = story.canonical.notes.feed.as_ref();
    let own = note.and_then(|note| note.id.as_deref());
    let own = own.filter(|id| Url::parse(id).is_ok() && !id.contains(char::is_whitespace));
    let own = own.filter(|id| is_urn(id) || !id.starts_with("urn:"));
    let own = own.map(|id| legal(id).into_owned());
    own.or_else(|| url.map(ToString::to_string))
        .unwrap_or_else(|| story.id.urn())
}

/// Whether an id is a URN (RFC 8141, 2): a namespace of 2 to 32 letters, digits and hyphens, and
/// something in it. Programs that check ids stumble over another.
fn is_urn(id: &str) -> bool {
    let rest = id.strip_prefix("urn:").unwrap_or_default();
    let Some((namespace, name)) = rest.split_once(':') else {
        return false;
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    (2..=32).contains(&namespace.len())
        && namespace.chars().all(|c| is_letter(c) || c == '-')
        && namespace.starts_with(is_letter)
        && namespace.ends_with(is_letter)
        && !name.is_empty()
}

/// Pictures and the length of the discussion, which Atom has no elements for.
fn beside(item: &Item) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    if let Some(image) = &item.image {
        let content = media::image(image);
        let children = content.children.into_iter().map(|(name, text)| {
            let child = Extension {
                name: format!("media:{name}"),
                value: Some(text),
                ..Extension::default()
            };
            (name.to_owned(), vec![child])
        });
        let attributes = content.attributes.into_iter();
        let element = Extension {
            name: "media:content".to_owned(),
            attrs: attributes
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            children: children.collect(),
            ..Extension::default()
        };
        let named = map.entry("media".to_owned()).or_default();
        named.insert("content".to_owned(), vec![element]);
    }
    if let Some(count) = item.notes.comments_count {
        let element = Extension {
            name: "thr:total".to_owned(),
            value: Some(count.to_string()),
            ..Extension::default()
        };
        let named = map.entry("thr".to_owned()).or_default();
        named.insert("total".to_owned(), vec![element]);
    }
    if let Some(reply) = &item.notes.reply_to {
        let href = reply.url.as_ref().map(ToString::to_string);
        let href = href.map(|href| ("href".to_owned(), href));
        let id = ("ref".to_owned(), legal(&reply.id).into_owned());
        let element = Extension {
            name: "thr:in-reply-to".to_owned(),
            attrs: href.into_iter().chain([id]).collect(),
            ..Extension::default()
        };
        let named = map.entry("thr".to_owned()).or_default();
        named.insert("in-reply-to".to_owned(), vec![element]);
    }
    map
}

fn people(names: &[String]) -> Vec<atom::Person> {
    names.iter().map(|name| person(name)).collect()
}

fn enclosure(file: &Enclosure) -> atom::Link {
    let mut link = link("enclosure", file.url.to_string(), None);
    link.mime_type = file.kind.as_deref().map(|kind| legal(kind).into_owned());
    link.length = (file.length > 0).then(|| file.length.to_string());
    link.title = file.title.as_deref().map(|title| legal(title).into_owned());
    link
}

fn link(rel: &str, href: String, kind: Option<&str>) -> atom::Link {
    atom::Link {
        href,
        rel: rel.to_owned(),
        mime_type: kind.map(str::to_owned),
        ..atom::Link::default()
    }
}

fn category(name: &str) -> atom::Category {
    atom::Category {
        term: legal(name).into_owned(),
        ..atom::Category::default()
    }
}

fn person(name: &str) -> atom::Person {
    atom::Person {
        name: legal(name).into_owned(),
        ..atom::Person::default()
    }
}

fn plain(text: &str) -> atom::Text {
    atom::Text::plain(legal(text))
}

fn markup(html: &SafeHtml, language: Option<&str>) -> atom::Text {
    let mut text = atom::Text::html(legal(html.as_str()));
    text.lang = language.map(str::to_owned);
    text
}

/// Converts an instant to the writer's type, whole seconds in UTC.
fn date(at: Timestamp) -> atom::FixedDateTime {
    let instant = DateTime::from_timestamp(at.as_second(), 0);
    instant.unwrap_or_default().fixed_offset()
}
