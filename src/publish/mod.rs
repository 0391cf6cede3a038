//! Rendering of stories to bytes: one file per output format.
//!
//! Pure and deterministic: the same [`Edition`](crate::publish::Edition) gives the same
//! bytes, on every machine and after every restart. No time is read here.

mod address;
pub mod alarms;
mod atom;
mod excerpt;
mod history;
pub mod html;
mod json;
mod media;
mod opml;
mod rhythm;
mod rss;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use address::{Address, Selection, Subject};
pub use atom::Deletion;
pub use history::{BadMonth, History, Month, NO_HISTORY};
pub use json::item as json_item;
pub use opml::{render as opml, sitemap};

use crate::config::{Channel, Config, Source};
use crate::model::{ChannelId, SourceId, Story, StoryId, WebUrl};
use crate::source::Reader;
use crate::text::identifiers::secret;

/// Context common to all our documents.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Looks and words of the admin's; `None` for ours.
    pub theme: Option<&'a html::Theme>,
    /// Configuration; the whole tree is needed for titles of parents and siblings.
    pub config: &'a Config,
    /// Address that readers use; ends in a slash.
    pub public_url: &'a WebUrl,
    /// Cards of all configured sources; may be empty for documents that name none.
    pub sources: &'a BTreeMap<SourceId, SourceCard>,
    /// Key for addresses of pictures; `None` where there is no proxy.
    pub images: Option<&'a html::ImageKey>,
}

/// Channel with the stories that one of its documents shows.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// Context of all documents.
    pub site: Site<'a>,
    /// Channel that is published, or that lends its language and its rhythm to another subject.
    pub channel: &'a Channel,
    /// Subject of the document.
    pub subject: Subject<'a>,
    /// Stories shown, in the order of the view.
    pub stories: &'a [Arc<Story>],
    /// Time of the last change of anything shown; `None` while there is nothing.
    pub changed: Option<Timestamp>,
    /// View that chose the stories.
    pub view: View,
    /// Stories of the channel that were taken down lately; Atom feeds name them.
    pub deleted: &'a [Deletion],
    /// Place of the document in the history of the channel.
    pub history: &'a History,
    /// Extent to which the stories are told.
    pub texts: Texts,
}

/// Extent to which a feed tells its stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Texts {
    /// Teasers, and texts as far as the papers gave them.
    #[default]
    Full,
    /// Teasers, or beginnings of texts.
    Teasers,
}

/// Choice and order of a channel's stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// All, newest first.
    Newest,
    /// Recent ones that most sources carry, hottest first.
    Hot,
    /// Ones with a lead picture, newest first.
    Pictures,
}

impl View {
    /// Views that have an address of their own below the channel's.
    pub const NAMED: [View; 2] = [View::Hot, View::Pictures];

    /// Returns the last part of the view's address, behind the channel; `None` for the
    /// newest.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            View::Newest => None,
            View::Hot => Some("hot"),
            View::Pictures => Some("pictures"),
        }
    }
}

/// Card of a source: title and addresses for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCard {
    /// Title by the admin, else by the source's last document, else its id; never empty.
    pub title: String,
    /// Address that we poll, without name and password.
    pub url: WebUrl,
    /// Home page, as the admin or the source's last document names it; without name and
    /// password.
    pub site: Option<WebUrl>,
    /// Whether the source is a feed: only a feed's address is given to readers as one.
    pub is_feed: bool,
    /// Whether that address is a page for people.
    pub is_page: bool,
}

/// Format of a channel's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0
    Rss,
    /// Atom 1.0, RFC 4287
    Atom,
    /// JSON Feed 1.1
    Json,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

    /// Returns the ending of the feed's address, without a dot: `rss` of
    /// `shandong/jinan.rss`.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Json => "json",
        }
    }

    /// Returns the media type, with charset.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// Renders the feed of a channel.
    #[must_use]
    pub fn render(self, edition: &Edition<'_>) -> Vec<u8> {
        match self {
            Format::Rss => rss::render(edition),
            Format::Atom => atom::render(edition),
            Format::Json => json::render(edition),
        }
    }
}

impl SourceCard {
    /// Makes the card of `source`, which calls itself `title` and its home `site` in its last
    /// document; the configuration goes before both.
    ///
    /// Secrets in an address stay with us.
    #[must_use]
    pub fn of(source: &Source, title: Option<&str>, site: Option<&WebUrl>) -> SourceCard {
        let titles = [source.title.as_deref(), title];
        let title = titles
            .into_iter()
            .flatten()
            .find(|title| !title.trim().is_empty());
        let site = source.site_url.as_ref().or(site);
        SourceCard {
            title: title.unwrap_or(source.id.as_str()).to_owned(),
            url: secret::without_path(&source.url),
            site: site.map(|site| match secret::is_told(site.as_str(), &source.url) {
                true => secret::without_path(site),
                false => secret::without(site),
            }),
            is_feed: matches!(source.reader, Reader::Feed),
            is_page: matches!(source.reader, Reader::Page(_)),
        }
    }
}

impl SourceCard {
    /// Makes the card of a source that left feeds.toml, which called itself `title` in its last
    /// document; without a title it goes by the host of its home page. `None` without either.
    /// `ours` stands for an address where none is known.
    #[must_use]
    pub fn former(title: Option<&str>, site: Option<&WebUrl>, ours: &WebUrl) -> Option<SourceCard> {
        let title = title.map(str::trim).filter(|title| !title.is_empty());
        let site = site.map(secret::without);
        let host = site.as_ref().map(WebUrl::host);
        Some(SourceCard {
            title: title.map(str::to_owned).or(host)?,
            url: site.clone().unwrap_or_else(|| ours.clone()),
            site,
            is_feed: false,
            is_page: true,
        })
    }
}

impl<'a> Site<'a> {
    /// Returns the title of a channel for readers; that of the root is the title of the site.
    #[must_use]
    pub fn title(&self, channel: &'a Channel) -> &'a str {
        match channel.id.is_root() {
            true => &self.config.server.title,
            false => &channel.title,
        }
    }

    /// Returns the title of a source for readers; its id if we no longer poll it.
    #[must_use]
    pub fn source_title(&self, id: &'a SourceId) -> &'a str {
        let card = self.sources.get(id);
        card.map_or(id.as_str(), |card| &card.title)
    }

    /// Finds the channel that a story stands in: that of the canonical item's source or,
    /// where that is gone, the nearest one above that is left.
    #[must_use]
    pub fn home(&self, story: &Story) -> Option<&'a Channel> {
        let lineage = story.canonical.source.channel().lineage();
        lineage
            .into_iter()
            .find_map(|id| self.config.channels.get(&id))
    }

    /// Returns the language of a story where it is another than `around`, that of its
    /// surroundings; a story that names none has that of its channel.
    fn language_beside(&self, story: &'a Story, around: &str) -> Option<&'a str> {
        let told = story.canonical.language.as_deref();
        let own = told.or_else(|| Some(self.home(story)?.language.as_str()))?;
        (!own.eq_ignore_ascii_case(around)).then_some(own)
    }

    /// Chooses the time zone of a channel: its own, or the one most of its sources are in; that of the
    /// listing for the root, and where there are none.
    #[must_use]
    pub fn zone(&self, channel: &ChannelId) -> TimeZone {
        if channel.is_root() {
            return self.config.server.timezone.clone();
        }
        let told = self.config.channels.get(channel);
        if let Some(zone) = told.and_then(|channel| channel.timezone.clone()) {
            return zone;
        }
        let mut counts: Vec<(usize, &TimeZone)> = Vec::new();
        for source in self.config.sources_in(channel) {
            let mut known = counts.iter_mut();
            match known.find(|(_, zone)| is_same(zone, &source.timezone)) {
                Some((count, _)) => *count += 1,
                None => counts.push((1, &source.timezone)),
            }
        }
        let most = counts.into_iter().rev().max_by_key(|(count, _)| *count);
        most.map_or(&self.config.server.timezone, |(_, zone)| zone)
            .clone()
    }

    /// Returns the address to read a story at: its source's or, if that gave none, ours.
    #[must_use]
    fn link(&self, story: &Story) -> String {
        match &story.canonical.url {
            Some(url) => url.to_string(),
            None => Address::Story(story.id).under(self.public_url),
        }
    }
}

/// Maps each channel that has children to them, in one pass.
fn tree(config: &Config) -> BTreeMap<ChannelId, Vec<&Channel>> {
    let mut tree: BTreeMap<ChannelId, Vec<&Channel>> = BTreeMap::new();
    for channel in config.channels.values() {
        if let Some(parent) = channel.id.parent() {
            tree.entry(parent).or_default().push(channel);
        }
    }
    for children in tree.values_mut() {
        // As in `Config::children`.
        children.sort_by_key(|channel| channel.position);
    }
    tree
}

/// Returns the time of publication of the copy that is shown, as its source gave it.
///
/// Without one that had passed when the item came: the story's place in listings, or, if the copy came
/// later than the story began, the time at which it was seen; never later than we noticed.
#[must_use]
pub fn published(story: &Story) -> Timestamp {
    let item = &story.canonical;
    let is_first = StoryId::begun_by(item.id) == story.id;
    let mut later = story.sightings.iter().filter(|_| !is_first);
    let told = item.published.filter(|at| *at <= item.first_seen);
    told.unwrap_or_else(|| {
        let seen = later.find(|seen| seen.item == item.id);
        seen.map_or(item.sort_key, |seen| seen.at.min(story.changed))
    })
}

/// Computes the time of an item's last change in substance; never before it was published,
/// and never later than we noticed.
#[must_use]
pub fn updated(story: &Story) -> Timestamp {
    let published = published(story);
    let told = story.canonical.updated.unwrap_or(published);
    told.min(story.changed).max(published)
}

/// Whether two zones are one, by their names where they have any: to compare their rules takes the time of
/// a story.
fn is_same(one: &TimeZone, other: &TimeZone) -> bool {
    match (one.iana_name(), other.iana_name()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_feed_is_named_as_one() {
        let is_feed = |reader: Reader| {
            let url = WebUrl::parse("https://paper.example/api").unwrap();
            let source = Source::new("a/b".parse().unwrap(), url, reader);
            SourceCard::of(&source, None, None).is_feed
        };
        assert!(is_feed(Reader::Feed));
        assert!(!is_feed(Reader::Page(Box::default())));
        assert!(!is_feed(Reader::Json(Box::default())));
        assert!(!is_feed(Reader::Sitemap(Box::default())));
    }
}
