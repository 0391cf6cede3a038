//! Page of a story: its place in the region tree, its text, and who else carried it.

use std::sync::Arc;

use askama::Template;
use jiff::tz::TimeZone;

use super::document;
use super::pictures::linked;
use super::shell::{ChannelLink, Shell, href, neighbours, trail};
use super::teaser::{Teaser, origin};
use super::when::When;
use super::words::Words;
use crate::model::{ChannelId, Item, Related, Revision, Route, Sighting, Story};
use crate::publish::{Address, Site, View, published, updated};
use crate::text::html::{first_picture, to_text};

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage<'a> {
    shell: Shell<'a>,
    own_url: String,
    trail: Vec<ChannelLink<'a>>,
    neighbours: Vec<ChannelLink<'a>>,
    home: Option<ChannelLink<'a>>,
    title: &'a str,
    language: Option<&'a str>,
    origin: &'a str,
    published: When,
    updated: Option<When>,
    byline: String,
    body: Option<String>,
    is_teaser: bool,
    image: Option<StoryPicture<'a>>,
    captions: Vec<&'a str>,
    files: Vec<File<'a>>,
    comments: Option<&'a str>,
    comments_count: Option<u64>,
    rights: Option<&'a str>,
    licence: Option<&'a str>,
    topics: &'a [String],
    original: Option<&'a str>,
    copies: Vec<Copy<'a>>,
    earlier: Vec<Earlier<'a>>,
    related: Vec<Link<'a>>,
    routes: Vec<Sent<'a>>,
    more: Vec<Teaser<'a>>,
}

struct StoryPicture<'a> {
    url: &'a str,
    caption: Option<&'a str>,
    credit: Option<&'a str>,
}

struct File<'a> {
    url: &'a str,
    title: &'a str,
    kind: &'a str,
}

/// Copy of the story elsewhere.
struct Copy<'a> {
    source: &'a str,
    url: Option<&'a str>,
    /// Headline, where it is another than ours.
    title: Option<&'a str>,
    byline: String,
    when: When,
}

/// Earlier headline of the item, and the time of its correction.
struct Earlier<'a> {
    title: &'a str,
    until: When,
}

/// Link to a story to read next.
struct Link<'a> {
    href: String,
    title: &'a str,
}

/// Other channel that the story was routed to, and the reason.
struct Sent<'a> {
    channel: ChannelLink<'a>,
    why: &'a str,
}

/// Renders the page of one story; `revisions` are earlier versions of its canonical item,
/// oldest first, `more` are other stories of its channel.
#[must_use]
pub fn render(
    site: &Site<'_>,
    story: &Story,
    revisions: &[Revision],
    more: &[Arc<Story>],
) -> Vec<u8> {
    let item = &story.canonical;
    let home = site.home(story);
    let root = ChannelId::root();
    let zone = site.zone(home.map_or(&root, |home| &home.id));
    let shell = Shell::new(site, home.map(|home| (home, View::Newest)), &item.title);
    let words = shell.words;
    let body = item.content.as_ref().or(item.summary.as_ref());
    let text = body.map_or_else(String::new, |html| to_text(html.as_str()));
    let others = more.iter().filter(|other| other.id != story.id);
    document(&StoryPage {
        own_url: Address::Story(story.id).under(site.public_url),
        trail: home.map_or_else(Vec::new, |home| trail(site, home)),
        neighbours: home.map_or_else(Vec::new, |home| neighbours(site, home)),
        home: home.map(|home| ChannelLink::new(site, home, &root)),
        title: &item.title,
        language: site.language_beside(story, shell.language),
        origin: origin(site, item),
        published: When::of(published(story), &zone, words),
        updated: changed_later(story, &zone, words),
        byline: item.authors.join(words.comma),
        body: body.map(|html| linked(html.as_str(), words)),
        is_teaser: item.content.is_none() && item.summary.is_some(),
        image: picture(item, &text),
        captions: captions(item, &text),
        files: files(item),
        comments: item.notes.comments.as_ref().map(|url| url.as_str()),
        comments_count: item.notes.comments_count,
        rights: item.notes.rights.as_deref(),
        licence: item.notes.licence.as_ref().map(|url| url.as_str()),
        topics: &item.categories,
        original: item.url.as_ref().map(|url| url.as_str()),
        copies: copies(site, story, &zone, words),
        earlier: earlier(item, revisions, &zone, words),
        related: related(site, story),
        routes: routes(site, story),
        more: others
            .map(|other| Teaser::new(site, other, &zone))
            .collect(),
        shell,
    })
}

/// Returns the time of the last change, if it is a minute or more after publication: only
/// that would a reader of a newspaper call later.
fn changed_later(story: &Story, zone: &TimeZone, words: &Words) -> Option<When> {
    let updated = updated(story);
    let is_later = updated.as_second() - published(story).as_second() >= 60;
    is_later.then(|| When::of(updated, zone, words))
}

/// Chooses the lead picture, unless the text begins with it, and its caption, unless the text
/// has that.
fn picture<'a>(item: &'a Item, text: &str) -> Option<StoryPicture<'a>> {
    let image = item.image.as_ref()?;
    let shown = item.content.as_ref().or(item.summary.as_ref());
    let shown = shown.and_then(|html| first_picture(html.as_str()));
    if shown.is_some_and(|picture| picture.src == image.url.as_str()) {
        return None;
    }
    let caption = image.caption.as_deref();
    Some(StoryPicture {
        url: image.url.as_str(),
        caption: caption.filter(|caption| !text.contains(caption)),
        credit: image.credit.as_deref(),
    })
}

/// Lists the captions that stand neither beside the lead picture nor in the text.
fn captions<'a>(item: &'a Item, text: &str) -> Vec<&'a str> {
    let lead = item
        .image
        .as_ref()
        .and_then(|image| image.caption.as_deref());
    let captions = item.captions.iter().map(String::as_str);
    captions
        .filter(|caption| Some(*caption) != lead && !text.contains(caption))
        .collect()
}

fn files(item: &Item) -> Vec<File<'_>> {
    let files = item.enclosures.iter();
    files
        .map(|file| File {
            url: file.url.as_str(),
            title: file.title.as_deref().unwrap_or(file.url.as_str()),
            kind: file.kind.as_deref().unwrap_or_default(),
        })
        .collect()
}

/// Lists headlines that are not the present one, each once, the latest first.
fn earlier<'a>(
    item: &Item,
    revisions: &'a [Revision],
    zone: &TimeZone,
    words: &Words,
) -> Vec<Earlier<'a>> {
    let mut earlier: Vec<Earlier<'a>> = Vec::new();
    for revision in revisions.iter().rev() {
        let is_new = earlier.iter().all(|other| other.title != revision.title);
        if is_new && revision.title != item.title {
            earlier.push(Earlier {
                title: &revision.title,
                until: When::of(revision.until, zone, words),
            });
        }
    }
    earlier
}

fn related<'a>(site: &Site<'a>, story: &'a Story) -> Vec<Link<'a>> {
    let link = |other: &'a Related| Link {
        href: href(site.public_url, &Address::Story(other.story)),
        title: &other.title,
    };
    story.related.iter().map(link).collect()
}

fn routes<'a>(site: &Site<'a>, story: &'a Story) -> Vec<Sent<'a>> {
    let sent = |route: &'a Route| {
        let channel = site.config.channels.get(&route.to)?;
        Some(Sent {
            channel: ChannelLink::new(site, channel, &ChannelId::root()),
            why: &route.why,
        })
    };
    story.routes.iter().filter_map(sent).collect()
}

fn copies<'a>(site: &Site<'a>, story: &'a Story, zone: &TimeZone, words: &Words) -> Vec<Copy<'a>> {
    let copy = |seen: &'a Sighting| Copy {
        source: site.source_title(&seen.source),
        url: seen.url.as_ref().map(|url| url.as_str()),
        title: (seen.title != story.canonical.title).then_some(&*seen.title),
        byline: seen.authors.join(words.comma),
        when: When::of(seen.at, zone, words),
    };
    let others = story
        .sightings
        .iter()
        .filter(|seen| seen.item != story.canonical.id);
    others.map(copy).collect()
}
