//! The page of a channel: its neighbours, its children, its stories.

use std::borrow::Cow;

use askama::Template;

use super::document;
use super::shell::{ChannelLink, Shell, below, href, neighbours, trail};
use super::teaser::{Day, Teaser, days, teasers};
use super::when::When;
use super::words::Words;
use crate::publish::{Address, Edition, Format, View};

/// Position of a listing page among the pages of its channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Whether there are newer pages.
    pub is_past: bool,
    /// Cursor of the next older page, for `?before=`; `None` on the last page and on views
    /// without older pages.
    pub older: Option<String>,
}

impl Paging {
    /// Builds the link to the next older page of the channel whose page is at `href`.
    pub(super) fn link_older(&self, href: &str) -> Option<String> {
        let before = self.older.as_ref()?;
        Some(format!("{href}?before={before}"))
    }
}

/// Document for feed readers that a person has opened in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedFeed {
    /// Feed of the page's channel and view.
    Feed(Format),
    /// List of all channels with their feeds in this format.
    List(Format),
}

/// Word on such a document, and the way to it.
struct Notice {
    sentence: &'static str,
    address: String,
    document: String,
}

#[derive(Template)]
#[template(path = "channel.html")]
struct ChannelPage<'a> {
    shell: Shell<'a>,
    title: Cow<'a, str>,
    language: Option<&'a str>,
    description: Option<&'a str>,
    notice: Option<Notice>,
    changed: Option<When>,
    trail: Vec<ChannelLink<'a>>,
    neighbours: Vec<ChannelLink<'a>>,
    below: Vec<ChannelLink<'a>>,
    days: Vec<Day<'a>>,
    /// Stories of the hot view, in one list; empty in others, which use `days`.
    hottest: Vec<Teaser<'a>>,
    /// Other views of the channel: name and address.
    views: Vec<(&'static str, String)>,
    /// Address of the newest page, on older ones.
    newer: Option<String>,
    older: Option<String>,
}

impl Notice {
    fn new(edition: &Edition<'_>, opened: OpenedFeed, words: &Words) -> Notice {
        let public_url = edition.site.public_url;
        let (sentence, address) = match opened {
            OpenedFeed::Feed(format) => {
                let feed = Address::Feed(&edition.channel.id, edition.view, format);
                (words.this_is_a_feed, feed.under(public_url))
            }
            OpenedFeed::List(format) => {
                let list = Address::Channels.under(public_url);
                let address = format!("{list}?format={}", format.ending());
                (words.this_is_a_list, address)
            }
        };
        let mark = if address.contains('?') { '&' } else { '?' };
        Notice {
            sentence,
            document: format!("{address}{mark}raw=1"),
            address,
        }
    }
}

/// Renders a page of a channel.
#[must_use]
pub fn render(edition: &Edition<'_>, paging: &Paging) -> Vec<u8> {
    page(edition, paging, None)
}

/// Renders the page of a channel for a person who opened one of its feeds, or the list of all
/// channels, in a browser: it says first what that is for, and its address.
#[must_use]
pub fn explain(edition: &Edition<'_>, opened: OpenedFeed) -> Vec<u8> {
    page(edition, &Paging::default(), Some(opened))
}

fn page(edition: &Edition<'_>, paging: &Paging, opened: Option<OpenedFeed>) -> Vec<u8> {
    let site = &edition.site;
    let channel = edition.channel;
    let zone = site.zone(&channel.id);
    let shell = Shell::new(site, Some((channel, edition.view)), &edition.title());
    let here = ChannelLink::new(site, channel, &channel.id);
    let words = shell.words;
    document(&ChannelPage {
        title: edition.title(),
        language: here.language,
        description: channel.description.as_deref(),
        notice: opened.map(|opened| Notice::new(edition, opened, words)),
        changed: edition.changed.map(|at| When::of(at, &zone, words)),
        trail: trail(site, channel),
        neighbours: neighbours(site, channel),
        below: below(site, &channel.id, &channel.id),
        days: match edition.view {
            View::Newest | View::Pictures => days(site, edition.stories, &zone),
            View::Hot => Vec::new(),
        },
        hottest: match edition.view {
            View::Newest | View::Pictures => Vec::new(),
            View::Hot => teasers(site, edition.stories, &zone),
        },
        views: [View::Newest, View::Hot, View::Pictures]
            .into_iter()
            .filter(|view| *view != edition.view)
            .map(|view| {
                let address = Address::Listing(&channel.id, view);
                (words.view(view), href(site.public_url, &address))
            })
            .collect(),
        older: paging.link_older(&here.href),
        newer: paging.is_past.then_some(here.href),
        shell,
    })
}
