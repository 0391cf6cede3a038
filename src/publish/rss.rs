//! RSS 2.0.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};

use super::excerpt::excerpt;
use super::media;
use super::xml::legal;
use super::{Address, Edition, Format, Texts, View, history, published, updated};
use crate::model::{Enclosure, EpisodeKind, Item, SideFile, Story, WebUrl};

/// Namespaces of what items say beside RSS.
const NAMESPACES: [(&str, &str); 8] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    (
        "creativeCommons",
        "http://backend.userland.com/creativeCommonsRssModule",
    ),
    history::NAMESPACE,
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("podcast", "https://podcastindex.org/namespace/1.0"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
];

/// Renders the feed of a channel.
pub(super) fn render(edition: &Edition<'_>) -> Vec<u8> {
    let title = edition.title();
    let description = edition.channel.description.as_deref().unwrap_or(&title);
    let feed = rss::Channel {
        title: legal(&title).into_owned(),
        link: edition.home_page(),
        description: legal(description).into_owned(),
        language: Some(legal(&edition.channel.language).into_owned()),
        last_build_date: edition.changed.and_then(date),
        generator: Some("gazetted".to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        ttl: Some((edition.site.rhythm(&edition.channel.id).as_secs() / 60).to_string()),
        items: edition
            .stories
            .iter()
            .map(|story| item(edition, story))
            .collect(),
        extensions: about(edition),
        namespaces: NAMESPACES
            .map(|(name, uri)| (name.to_owned(), uri.to_owned()))
            .into(),
        ..rss::Channel::default()
    };
    feed.pretty_write_to(Vec::new(), b' ', 1)
        .expect("memory can be written to")
}

/// Builds the item of a story from its canonical item; its guid is the story's URN and no
/// permalink.
fn item(edition: &Edition<'_>, story: &Story) -> rss::Item {
    let item = &story.canonical;
    rss::Item {
        title: Some(legal(&item.title).into_owned()),
        link: Some(edition.site.link(story)),
        description: description(item),
        content: content(edition, item),
        categories: item.categories.iter().map(|name| category(name)).collect(),
        // RSS knows one enclosure per item; readers take the first.
        enclosure: item.enclosures.first().map(enclosure),
        guid: Some(rss::Guid {
            value: story.id.urn(),
            permalink: false,
        }),
        pub_date: date(published(story)),
        source: Some(source(edition, story)),
        extensions: beside(edition, story),
        comments: item.notes.comments.as_ref().map(ToString::to_string),
        dublin_core_ext: dublin_core(edition, story),
        ..rss::Item::default()
    }
}

/// Builds Dublin Core: creator, language, the source's name for it, and as publisher the paper
/// that the source took it from: `dc:source` would say in other words what `source` says.
fn dublin_core(edition: &Edition<'_>, story: &Story) -> Option<DublinCoreExtension> {
    let item = &story.canonical;
    let texts = |texts: &[String]| -> Vec<String> {
        let texts = texts.iter().map(|text| legal(text).into_owned());
        texts.collect()
    };
    let text = |text: Option<&str>| -> Vec<String> {
        text.map(|text| legal(text).into_owned())
            .into_iter()
            .collect()
    };
    let language = edition
        .site
        .language_beside(story, &edition.channel.language);
    let said = DublinCoreExtension {
        creators: texts(&item.authors),
        contributors: texts(&item.notes.contributors),
        identifiers: text(item.guid.as_deref()),
        languages: text(language),
        rights: text(item.notes.rights.as_deref()),
        publishers: text(item.origin.as_deref()),
        ..DublinCoreExtension::default()
    };
    (said != DublinCoreExtension::default()).then_some(said)
}

/// Returns the text of an item, if the feed tells it.
fn content(edition: &Edition<'_>, item: &Item) -> Option<String> {
    let is_told = edition.texts == Texts::Full;
    let html = item.content.as_ref().filter(|_| is_told)?;
    Some(legal(html.as_str()).into_owned())
}

/// Chooses the description: the teaser or, beside a text without one, the beginning of the
/// text: lists in readers show nothing else. The headline stands for a text that is but pictures,
/// as no `content:encoded` may be without a description.
fn description(item: &Item) -> Option<String> {
    let teaser = item.summary.as_ref();
    let teaser = teaser.map(|html| legal(html.as_str()).into_owned());
    if let Some(teaser) = teaser.filter(|teaser| !teaser.trim().is_empty()) {
        return Some(teaser);
    }
    let mut text = excerpt(item);
    if text.is_empty() && item.content.is_some() {
        text.clone_from(&item.title);
    }
    let text = legal(&text).replace('&', "&amp;").replace('<', "&lt;");
    (!text.is_empty()).then_some(text)
}

/// Builds `source`, the source that brought the story. `url` has to lead to XML: for a page
/// that we scrape, that is our own feed of its channel.
fn source(edition: &Edition<'_>, story: &Story) -> rss::Source {
    let id = &story.canonical.source;
    let card = edition.site.sources.get(id).filter(|card| card.is_feed);
    let url = match card {
        Some(card) => card.url.to_string(),
        None => {
            let home = edition.site.home(story).unwrap_or(edition.channel);
            Address::Feed(&home.id, View::Newest, Format::Rss).under(edition.site.public_url)
        }
    };
    rss::Source {
        url,
        title: Some(legal(edition.site.source_title(id)).into_owned()),
    }
}

fn category(name: &str) -> rss::Category {
    rss::Category {
        name: legal(name).into_owned(),
        domain: None,
    }
}

fn enclosure(file: &Enclosure) -> rss::Enclosure {
    let kind = file.kind.as_deref().unwrap_or("application/octet-stream");
    rss::Enclosure {
        url: file.url.to_string(),
        length: file.length.to_string(),
        mime_type: legal(kind).into_owned(),
    }
}

/// Builds the feed's own address (`<atom:link rel="self">`), its hubs (`rel="hub"`), its neighbours
/// in history, and `fh:archive`, by which an archive says that it is one.
fn about(edition: &Edition<'_>) -> ExtensionMap {
    let here = edition.here(Format::Rss);
    let neighbours = edition.history.links.iter();
    let neighbours = neighbours.map(|(relation, href)| (*relation, href.as_str()));
    let links = std::iter::once(("self", here.as_str())).chain(neighbours);
    let links = links.map(|(relation, href)| {
        let kind = "application/rss+xml";
        element(
            "atom:link",
            &[("href", href), ("rel", relation), ("type", kind)],
        )
    });
    let hubs = edition.hubs().into_iter();
    let hubs = hubs.map(|hub| element("atom:link", &[("href", &*hub), ("rel", "hub")]));
    let mark = edition
        .history
        .is_archive
        .then(|| element("fh:archive", &[]));
    extensions([
        ("atom", "link", links.chain(hubs).collect()),
        ("fh", "archive", mark.into_iter().collect()),
    ])
}

/// Builds the elements that RSS lacks: links to all other copies and to related stories, as
/// in Atom, and the lead picture (`media:content`).
fn beside(edition: &Edition<'_>, story: &Story) -> ExtensionMap {
    let item = &story.canonical;
    let others = story.sightings.iter().filter(|seen| seen.item != item.id);
    let via = others.filter_map(|seen| {
        let title = edition.site.source_title(&seen.source);
        Some(link("via", seen.url.as_ref()?.as_str(), title))
    });
    let related = story.related.iter().map(|other| {
        let href = Address::Story(other.story).under(edition.site.public_url);
        link("related", &href, &other.title)
    });
    let files = item.enclosures.iter().skip(1);
    let media = item.image.iter().map(media::image);
    let media = media.chain(files.map(media::file)).map(media_element);
    let notes = &item.notes;
    let updated = updated(story);
    let is_changed = updated.as_second() > published(story).as_second();
    let changed = is_changed.then(|| updated.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let count = notes.comments_count.map(|count| count.to_string());
    let address = |url: &Option<WebUrl>| url.as_ref().map(ToString::to_string);
    let more = [
        ("atom", "link", via.chain(related).collect()),
        ("atom", "updated", said("atom:updated", changed)),
        (
            "creativeCommons",
            "license",
            said("creativeCommons:license", address(&notes.licence)),
        ),
        ("media", "content", media.collect()),
        ("slash", "comments", said("slash:comments", count)),
        (
            "wfw",
            "commentRss",
            said("wfw:commentRss", address(&notes.comments_feed)),
        ),
    ];
    extensions(more.into_iter().chain(podcast(item)))
}

/// Elements by prefix and name, as the writer takes them.
type Named = (&'static str, &'static str, Vec<Extension>);

/// Builds what programs for podcasts look for (Apple's elements, and those of Podcasting 2.0);
/// the picture of an episode only beside something to play.
fn podcast(item: &Item) -> [Named; 8] {
    let notes = &item.notes;
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let word = |word: Option<&str>| word.map(str::to_owned);
    let explicit = notes.is_explicit.map(|is_explicit| match is_explicit {
        true => "true",
        false => "false",
    });
    let duration = item.enclosures.first().and_then(|file| file.duration);
    let picture = item.image.as_ref().filter(|_| media::is_episode(item));
    let picture = picture.map(|image| element("itunes:image", &[("href", image.url.as_str())]));
    let transcripts = notes.transcripts.iter();
    let transcripts = transcripts.map(|file| side_file("podcast:transcript", file));
    let chapters = notes.chapters.iter();
    let chapters = chapters.map(|file| side_file("podcast:chapters", file));
    let kind = notes.episode_kind.map(EpisodeKind::name);
    [
        (
            "itunes",
            "duration",
            said("itunes:duration", number(duration)),
        ),
        (
            "itunes",
            "episode",
            said("itunes:episode", number(notes.episode)),
        ),
        (
            "itunes",
            "episodeType",
            said("itunes:episodeType", word(kind)),
        ),
        (
            "itunes",
            "explicit",
            said("itunes:explicit", word(explicit)),
        ),
        ("itunes", "image", picture.into_iter().collect()),
        (
            "itunes",
            "season",
            said("itunes:season", number(notes.season)),
        ),
        ("podcast", "chapters", chapters.collect()),
        ("podcast", "transcript", transcripts.collect()),
    ]
}

fn side_file(name: &str, file: &SideFile) -> Extension {
    let mut attributes = vec![("url", file.url.as_str()), ("type", &*file.kind)];
    attributes.extend(file.language.as_deref().map(|tag| ("language", tag)));
    element(name, &attributes)
}

/// Builds an element with a text, if there is one.
fn said(name: &str, text: Option<String>) -> Vec<Extension> {
    let text = text.map(|value| Extension {
        value: Some(value),
        ..element(name, &[])
    });
    text.into_iter().collect()
}

/// `media:content`
fn media_element(content: media::MediaContent) -> Extension {
    let children = content.children.into_iter().map(|(name, text)| {
        let child = Extension {
            value: Some(text),
            ..element(&format!("media:{name}"), &[])
        };
        (name.to_owned(), vec![child])
    });
    let attributes = content.attributes.iter();
    let attributes: Vec<(&str, &str)> = attributes
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Extension {
        children: children.collect(),
        ..element("media:content", &attributes)
    }
}

fn link(rel: &str, href: &str, title: &str) -> Extension {
    let attributes = [
        ("href", href),
        ("rel", rel),
        ("type", "text/html"),
        ("title", title),
    ];
    element("atom:link", &attributes)
}

fn element(name: &str, attributes: &[(&str, &str)]) -> Extension {
    let attributes = attributes.iter();
    Extension {
        name: name.to_owned(),
        attrs: attributes
            .map(|(name, value)| ((*name).to_owned(), legal(value).into_owned()))
            .collect(),
        ..Extension::default()
    }
}

/// Groups elements by prefix and name, as the writer takes them.
fn extensions(all: impl IntoIterator<Item = Named>) -> ExtensionMap {
    let some = all
        .into_iter()
        .filter(|(.., elements)| !elements.is_empty());
    let mut map = ExtensionMap::new();
    for (prefix, name, elements) in some {
        let named = map.entry(prefix.to_owned()).or_default();
        named.insert(name.to_owned(), elements);
    }
    map
}

/// Formats a date for RSS: `Fri, 16 Mar 2018 04:49:00 GMT`; `None` for a year that has no
/// four digits.
fn date(at: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
}
