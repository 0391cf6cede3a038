//! Atom 1.0, RFC 4287.

use atom_syndication as atom;
use chrono::DateTime;
use jiff::Timestamp;

use super::xml::legal;
use super::{Address, Edition, Format, published, updated};
use crate::model::{Enclosure, Related, SafeHtml, Sighting, Story};

/// Renders the feed of a channel. `updated` is 1970 while there is nothing.
pub(super) fn render(edition: &Edition<'_>) -> Vec<u8> {
    let address = edition.feed(Format::Atom);
    let description = edition.channel.description.as_deref();
    let feed = atom::Feed {
        title: plain(&edition.title()),
        subtitle: description.map(plain),
        id: address.clone(),
        updated: date(edition.changed.unwrap_or(Timestamp::UNIX_EPOCH)),
        authors: vec![person(&edition.site.config.server.title)],
        generator: Some(atom::Generator {
            value: "gazetted".to_owned(),
            ..atom::Generator::default()
        }),
        links: vec![
            link("self", address, Some("application/atom+xml")),
            link("alternate", edition.home_page(), Some("text/html")),
        ],
        entries: edition
            .stories
            .iter()
            .map(|story| entry(edition, story))
            .collect(),
        lang: Some(legal(&edition.channel.language).into_owned()),
        ..atom::Feed::default()
    };
    let layout = atom::WriteConfig {
        write_document_declaration: true,
        indent_size: Some(1),
    };
    feed.write_with_config(Vec::new(), layout)
        .expect("memory can be written to")
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
        categories: item.categories.iter().map(|name| category(name)).collect(),
        links: links(edition, story),
        source: Some(source(edition, story)),
        summary: item
            .summary
            .as_ref()
            .map(|html| markup(html, language.as_deref())),
        content: item.content.as_ref().map(|html| atom::Content {
            lang: language.clone(),
            value: Some(legal(html.as_str()).into_owned()),
            content_type: Some("html".to_owned()),
            ..atom::Content::default()
        }),
        ..atom::Entry::default()
    }
}

fn links(edition: &Edition<'_>, story: &Story) -> Vec<atom::Link> {
    let mut links = vec![link(
        "alternate",
        edition.site.link(story),
        Some("text/html"),
    )];
    links.extend(story.canonical.enclosures.iter().map(enclosure));
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
    let title = edition.site.source_title(&item.source);
    let card = edition.site.sources.get(&item.source);
    let mut links = Vec::new();
    if let Some(card) = card {
        if card.is_feed {
            links.push(link("self", card.url.to_string(), None));
        }
        let home = card.site.as_ref().unwrap_or(&card.url);
        if card.site.is_some() || !card.is_feed {
            links.push(link("alternate", home.to_string(), Some("text/html")));
        }
    }
    atom::Source {
        title: plain(title),
        id: match card {
            Some(card) => card.url.to_string(),
            None => story.id.urn(),
        },
        updated: date(updated(story)),
        authors: vec![person(item.origin.as_deref().unwrap_or(title))],
        links,
        ..atom::Source::default()
    }
}

fn enclosure(file: &Enclosure) -> atom::Link {
    let mut link = link("enclosure", file.url.to_string(), None);
    link.mime_type = file.kind.as_deref().map(|kind| legal(kind).into_owned());
    link.length = (file.length > 0).then(|| file.length.to_string());
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
