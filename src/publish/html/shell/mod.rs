//! Frame of every page: masthead, navigation, links to feeds.

mod notice;
mod theme;

use std::sync::LazyLock;

use super::words::Words;
use super::{href_of, view_title};
use crate::config::Channel;
use crate::model::{ChannelId, WebUrl};
use crate::publish::{Address, Format, Site, View};
use crate::text::fingerprint;

pub(super) use notice::Notice;
pub use theme::{Theme, ThemeMistake};

/// Style sheet of all pages; served at [`Address::Style`](crate::publish::Address).
pub const STYLE: &str = include_str!("../style.css");

/// Computes the version of [`STYLE`], 16 hexadecimal digits of its hash: pages link to it by
/// version, so that it may be cached for a year.
#[must_use]
pub fn style_version() -> &'static str {
    static VERSION: LazyLock<String> =
        LazyLock::new(|| format!("{:016x}", fingerprint::hash(STYLE)));
    &VERSION
}

/// Frame of a page.
pub(super) struct Shell<'a> {
    pub(super) words: &'static Words,
    /// Language of the listing's own words, BCP 47.
    pub(super) language: &'a str,
    /// Title of the whole site.
    pub(super) site: &'a str,
    /// Title of the window and the bookmark.
    pub(super) title: String,
    pub(super) home: String,
    pub(super) style: String,
    pub(super) icon: String,
    /// Markup of the theme, as the admin wrote it.
    pub(super) head: &'a str,
    pub(super) masthead: &'a str,
    pub(super) footer: &'a str,
    /// Whole address of the page, where it has one of its own.
    pub(super) canonical: Option<String>,
    /// Description of the page, plain text.
    pub(super) about: Option<String>,
    /// Whole address of the picture that stands for the page.
    pub(super) image: Option<String>,
    /// Whether it is an article, for those who show it elsewhere.
    pub(super) is_article: bool,
    /// Whether search engines may list it.
    pub(super) is_indexed: bool,
    /// Title without that of the site.
    pub(super) own_title: String,
    pub(super) channels: String,
    /// Lists of all channels in the formats that are not the usual one: name and address.
    pub(super) lists: Vec<(&'static str, String)>,
    /// Address of the status page; `None` where the admin has it at a listener of its own.
    pub(super) status: Option<String>,
    pub(super) feeds: Vec<FeedLink>,
    /// Word for a person who opened a feed, of which this page stands in the place.
    pub(super) notice: Option<Notice>,
    /// Address of the search; `None` where there is none.
    pub(super) search: Option<String>,
    /// Whether this is the front page, whose masthead is its heading.
    pub(super) is_front: bool,
}

/// Link to a feed, for discovery and for people.
pub(super) struct FeedLink {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) href: String,
}

/// Link to a channel.
pub(super) struct ChannelLink<'a> {
    pub(super) title: &'a str,
    /// Language of the title where it is another than the listing's.
    pub(super) language: Option<&'a str>,
    pub(super) href: String,
    pub(super) is_here: bool,
}

impl<'a> Shell<'a> {
    /// Builds the frame of a page; `shown` is the channel whose feeds it links to, `title`
    /// the page's own, empty for the front page.
    pub(super) fn new(
        site: &Site<'a>,
        shown: Option<(&'a Channel, View)>,
        title: &str,
    ) -> Shell<'a> {
        let server = &site.config.server;
        let is_front = title.is_empty();
        let wanted = shown.map_or(&server.language, |(channel, _)| &channel.language);
        let words = site.words(wanted);
        Shell {
            words,
            language: words.language(wanted),
            site: &server.title,
            title: match is_front {
                true => server.title.clone(),
                false => format!("{title} – {}", server.title),
            },
            home: href(
                site.public_url,
                &Address::Listing(&ChannelId::root(), View::Newest),
            ),
            style: format!(
                "{}?v={}",
                href(site.public_url, &Address::Style),
                match site.theme.and_then(Theme::style) {
                    Some((_, version)) => version,
                    None => style_version(),
                }
            ),
            head: site.theme.map_or("", |theme| &theme.head),
            masthead: site.theme.map_or("", |theme| &theme.masthead),
            footer: site.theme.map_or("", |theme| &theme.footer),
            icon: href(site.public_url, &Address::Icon),
            canonical: shown
                .map(|(channel, view)| Address::Listing(&channel.id, view).under(site.public_url)),
            about: shown.and_then(|(channel, _)| channel.description.clone()),
            image: None,
            is_article: false,
            is_indexed: server.indexing,
            own_title: match is_front {
                true => server.title.clone(),
                false => title.to_owned(),
            },
            channels: href(site.public_url, &Address::Channels),
            lists: lists(site.public_url),
            status: server
                .admin
                .is_none()
                .then(|| href(site.public_url, &Address::Status)),
            feeds: shown.map_or_else(Vec::new, |(channel, view)| feeds(site, channel, view)),
            notice: None,
            search: server
                .search
                .then(|| href(site.public_url, &Address::Search(""))),
            is_front,
        }
    }
}

impl Site<'_> {
    /// Returns the words for a language: of the theme, or ours.
    pub(super) fn words(&self, language: &str) -> &'static Words {
        let own = self.theme.and_then(|theme| theme.words(language));
        own.unwrap_or_else(|| Words::of(language))
    }
}

impl<'a> ChannelLink<'a> {
    /// Builds the link to a channel; `here` is the channel of the page, to be marked.
    pub(super) fn new(site: &Site<'a>, channel: &'a Channel, here: &ChannelId) -> ChannelLink<'a> {
        let around = site.config.channels.get(here);
        let around = around.map_or(&site.config.server.language, |here| &here.language);
        let around = site.words(around).language(around);
        let is_other = !channel.language.eq_ignore_ascii_case(around);
        ChannelLink {
            title: site.title(channel),
            language: is_other.then_some(&*channel.language),
            href: href(
                site.public_url,
                &Address::Listing(&channel.id, View::Newest),
            ),
            is_here: channel.id == *here,
        }
    }
}

/// Builds the address of a document of ours as a page of ours links to it: without scheme and
/// host, so that it holds for whoever came by another name.
pub(super) fn href(public_url: &WebUrl, address: &Address<'_>) -> String {
    href_of(public_url, &address.path())
}

/// Lists the way from the top to a channel, the channel included, the root not.
pub(super) fn trail<'a>(site: &Site<'a>, channel: &Channel) -> Vec<ChannelLink<'a>> {
    let mut trail: Vec<ChannelLink<'a>> = channel
        .id
        .lineage()
        .filter(|id| !id.is_root())
        .filter_map(|id| site.config.channels.get(&id))
        .map(|above| ChannelLink::new(site, above, &channel.id))
        .collect();
    trail.reverse();
    trail
}

/// Lists the channels beside a channel, itself included.
pub(super) fn neighbours<'a>(site: &Site<'a>, channel: &Channel) -> Vec<ChannelLink<'a>> {
    match channel.id.parent() {
        Some(parent) => below(site, &parent, &channel.id),
        None => Vec::new(),
    }
}

/// Lists the channels directly below a channel; `here` is the one of the page, to be marked.
pub(super) fn below<'a>(
    site: &Site<'a>,
    parent: &ChannelId,
    here: &ChannelId,
) -> Vec<ChannelLink<'a>> {
    let children = site.config.children(parent);
    children
        .into_iter()
        .map(|child| ChannelLink::new(site, child, here))
        .collect()
}

/// Lists the lists of all channels, by format.
fn lists(public_url: &WebUrl) -> Vec<(&'static str, String)> {
    let base = href(public_url, &Address::Channels);
    let list = |format: Format| (name(format), format!("{base}?format={}", format.ending()));
    Format::ALL.into_iter().map(list).collect()
}

/// Returns the name of a format for readers.
fn name(format: Format) -> &'static str {
    match format {
        Format::Rss => "RSS",
        Format::Atom => "Atom",
        Format::Json => "JSON",
    }
}

fn feeds(site: &Site<'_>, channel: &Channel, view: View) -> Vec<FeedLink> {
    let about = match view {
        View::Newest => site.title(channel).to_owned(),
        view => view_title(site, channel, view),
    };
    feed_links(&about, |format| {
        href(site.public_url, &Address::Feed(&channel.id, view, format))
    })
}

/// Builds the links to the feeds of something that is called `about`.
pub(super) fn feed_links(about: &str, href: impl Fn(Format) -> String) -> Vec<FeedLink> {
    let link = |format: Format| {
        let name = name(format);
        FeedLink {
            name,
            kind: format.media_type().split(';').next().unwrap_or_default(),
            title: format!("{about} ({name})"),
            href: href(format),
        }
    };
    Format::ALL.into_iter().map(link).collect()
}
