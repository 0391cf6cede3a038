//! Page of a story: its place in the region tree, its text, and who else carried it.

use std::sync::Arc;

use askama::Template;
use jiff::tz::TimeZone;

use super::document;
use super::image_address::{Shown, Size};
use super::pictures::linked;
use super::shell::{ChannelLink, Shell, href, neighbours, trail};
use super::teaser::{Teaser, Voice, cards, origin, teasers};
use super::when::When;
use super::words::Words;
use crate::model::{ChannelId, Image, Item, Revision, Route, Sighting, SourceId, Story, WebUrl};
use crate::publish::excerpt::excerpt;
use crate::publish::{Address, Selection, Site, View, published, updated};
use crate::text::html::{first_picture, to_text};

/// Stories that stand beside one; none of them is that one, and none stands twice.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The one that editors recommend (新闻推荐).
    pub recommended: Option<Arc<Story>>,
    /// Those about the same thing (相关新闻).
    pub related: Vec<Arc<Story>>,
    /// Those like it (猜你喜欢).
    pub like: Vec<Arc<Story>>,
    /// The newest of its channel (频道推荐).
    pub more: Vec<Arc<Story>>,
    /// Those that most sources carry (热点阅读).
    pub hot: Vec<Arc<Story>>,
    /// Those with pictures (图文看点).
    pub pictures: Vec<Arc<Story>>,
}

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage<'a> {
    shell: Shell<'a>,
    trail: Vec<ChannelLink<'a>>,
    neighbours: Vec<ChannelLink<'a>>,
    home: Option<ChannelLink<'a>>,
    /// Description of the channel.
    tagline: Option<&'a str>,
    title: &'a str,
    language: Option<&'a str>,
    origin: &'a str,
    source_href: String,
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
    topics: Vec<(&'a str, String)>,
    original: Option<&'a str>,
    copies: Vec<Copy<'a>>,
    edits: Vec<Edit<'a>>,
    routes: Vec<Sent<'a>>,
    recommended: Option<Teaser<'a>>,
    related: Vec<Teaser<'a>>,
    like: Vec<Teaser<'a>>,
    more: Vec<Teaser<'a>>,
    hot: Vec<Teaser<'a>>,
    cards: Vec<Teaser<'a>>,
}

struct StoryPicture<'a> {
    url: &'a str,
    /// As the page shows it; `None` for a link.
    shown: Option<Shown>,
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
    source_href: String,
    url: Option<&'a str>,
    /// Headline, where it is another than ours.
    title: Option<&'a str>,
    byline: String,
    when: When,
}

/// Correction of the item: what was before, and the time of the change.
struct Edit<'a> {
    /// Earlier headline, where that has changed.
    title: Option<&'a str>,
    /// Whether the text has changed.
    is_text: bool,
    until: When,
}

/// Other channel that the story was routed to, and the reason.
struct Sent<'a> {
    channel: ChannelLink<'a>,
    why: &'a str,
}

/// Renders the page of one story; `revisions` are earlier versions of its canonical item,
/// oldest first.
#[must_use]
pub fn render(site: &Site<'_>, story: &Story, revisions: &[Revision], beside: &Beside) -> Vec<u8> {
    let item = &story.canonical;
    let home = site.home(story);
    let root = ChannelId::root();
    let zone = site.zone(home.map_or(&root, |home| &home.id));
    let mut shell = Shell::new(site, home.map(|home| (home, View::Newest)), &item.title);
    shell.canonical = Some(Address::Story(story.id).under(site.public_url));
    shell.about = Some(excerpt(item)).filter(|text| !text.is_empty());
    shell.image = site.whole_image(item);
    shell.is_article = true;
    let voice = Voice::of(&shell, &zone);
    let words = voice.words;
    let body = item.content.as_ref().or(item.summary.as_ref());
    let body = body.map(|html| without_caption(html.as_str(), item));
    let text = body.map_or_else(String::new, to_text);
    let shown = |src: &str| site.image(&WebUrl::parse(src)?, item.id, Size::Wide);
    document(&StoryPage {
        trail: home.map_or_else(Vec::new, |home| trail(site, home)),
        neighbours: home.map_or_else(Vec::new, |home| neighbours(site, home)),
        tagline: home.and_then(|home| home.description.as_deref()),
        home: home.map(|home| ChannelLink::new(site, home, &root)),
        title: &item.title,
        language: site.language_beside(story, shell.language),
        origin: origin(site, item),
        source_href: source_href(site, &item.source),
        published: When::of(published(story), &zone, words),
        updated: changed_later(story, &zone, words),
        byline: item.authors.join(words.comma),
        body: body.map(|html| linked(html, words, &shown)),
        is_teaser: item.content.is_none() && item.summary.is_some(),
        image: picture(site, item, &text),
        captions: captions(item, &text),
        files: files(item),
        comments: item.notes.comments.as_ref().map(|url| url.as_str()),
        comments_count: item.notes.comments_count,
        rights: item.notes.rights.as_deref(),
        licence: item.notes.licence.as_ref().map(|url| url.as_str()),
        topics: topics(site, item),
        original: item.url.as_ref().map(|url| url.as_str()),
        copies: copies(site, story, &zone, words),
        edits: edits(item, revisions, &zone, words),
        routes: routes(site, story),
        recommended: beside
            .recommended
            .as_ref()
            .map(|other| Teaser::new(site, other, voice)),
        related: teasers(site, &beside.related, voice),
        like: teasers(site, &beside.like, voice),
        more: teasers(site, &beside.more, voice),
        hot: teasers(site, &beside.hot, voice),
        cards: cards(site, &beside.pictures, voice),
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

/// Returns the lead picture, unless the text begins with it.
fn cover(item: &Item) -> Option<&Image> {
    let image = item.image.as_ref()?;
    let shown = item.content.as_ref().or(item.summary.as_ref());
    let shown = shown.and_then(|html| first_picture(html.as_str()));
    let is_shown = shown.is_some_and(|picture| picture.src == image.url.as_str());
    (!is_shown).then_some(image)
}

/// Cuts the caption of the lead picture off the beginning of the text, where pages that show the
/// picture above the text have left it.
fn without_caption<'a>(markup: &'a str, item: &Item) -> &'a str {
    let caption = cover(item).and_then(|image| image.caption.as_deref());
    let cut = caption.and_then(|caption| {
        let (first, rest) = markup.split_once("</p>")?;
        (to_text(first).trim() == caption.trim()).then_some(rest)
    });
    cut.unwrap_or(markup)
}

/// Chooses the lead picture, unless the text begins with it, and its caption, unless the text
/// has that.
fn picture<'a>(site: &Site<'_>, item: &'a Item, text: &str) -> Option<StoryPicture<'a>> {
    let image = cover(item)?;
    let caption = image.caption.as_deref();
    Some(StoryPicture {
        url: image.url.as_str(),
        shown: site.lead_image(item, Size::Wide),
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

/// Lists the topics of an item, each with the address of its page.
fn topics<'a>(site: &Site<'_>, item: &'a Item) -> Vec<(&'a str, String)> {
    let topic = |topic: &'a String| {
        let page = Address::Selection(Selection::Tag(topic));
        (topic.as_str(), href(site.public_url, &page))
    };
    item.categories.iter().map(topic).collect()
}

/// Builds the address of a source's page.
fn source_href(site: &Site<'_>, source: &SourceId) -> String {
    let page = Address::Selection(Selection::Source(source));
    href(site.public_url, &page)
}

/// Lists the corrections of an item, the latest first; a version that differs from the one after
/// it in nothing that is shown is left out.
fn edits<'a>(
    item: &'a Item,
    revisions: &'a [Revision],
    zone: &TimeZone,
    words: &Words,
) -> Vec<Edit<'a>> {
    let mut edits: Vec<Edit<'a>> = Vec::new();
    let mut after = (&item.title, &item.summary, &item.content);
    for revision in revisions.iter().rev() {
        let before = (&revision.title, &revision.summary, &revision.content);
        let edit = Edit {
            title: (before.0 != after.0).then_some(revision.title.as_str()),
            is_text: before.1 != after.1 || before.2 != after.2,
            until: When::of(revision.until, zone, words),
        };
        if edit.title.is_some() || edit.is_text {
            edits.push(edit);
        }
        after = before;
    }
    edits
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
        source_href: source_href(site, &seen.source),
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
