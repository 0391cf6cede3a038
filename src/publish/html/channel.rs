//! The page of a channel: its neighbours, its children, its stories.

use std::sync::Arc;

use askama::Template;

use super::document;
use super::shell::{ChannelLink, Notice, Shell, below, href, neighbours, trail};
use super::teaser::{Day, Teaser, Voice, cards, days, teasers};
use super::when::When;
use crate::model::Story;
use crate::publish::{Address, Edition, Format, View};

/// Position of a listing page among the pages of its channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// Whether there are newer pages.
    pub is_past: bool,
    /// Cursor of the next newer page, for `?after=`; `None` on the newest.
    pub newer: Option<String>,
    /// Cursor of the next older page, for `?before=`; `None` on the last page and on views
    /// without older pages.
    pub older: Option<String>,
}

/// Stories that stand beside the newest ones of a channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelBeside {
    /// Those that most sources carry, hottest first.
    pub hot: Vec<Arc<Story>>,
    /// Those with pictures, newest first.
    pub pictures: Vec<Arc<Story>>,
}

impl Paging {
    /// Builds the link to the next newer page.
    pub(super) fn link_newer(&self, href: &str) -> Option<String> {
        let after = self.newer.as_ref()?;
        Some(format!("{href}?after={after}"))
    }

    /// Builds the link to the next older page of the channel whose page is at `href`.
    pub(super) fn link_older(&self, href: &str) -> Option<String> {
        let before = self.older.as_ref()?;
        Some(format!("{href}?before={before}"))
    }
}

/// Tab of a channel's page: a view.
struct Tab {
    name: &'static str,
    href: String,
    is_here: bool,
}

/// Document for feed readers that a person has opened in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedFeed {
    /// Feed of the page's channel and view.
    Feed(Format),
    /// List of all channels with their feeds in this format.
    List(Format),
}

#[derive(Template)]
#[template(path = "channel.html")]
struct ChannelPage<'a> {
    shell: Shell<'a>,
    title: &'a str,
    description: Option<&'a str>,
    changed: Option<When>,
    trail: Vec<ChannelLink<'a>>,
    neighbours: Vec<ChannelLink<'a>>,
    below: Vec<ChannelLink<'a>>,
    tabs: Vec<Tab>,
    days: Vec<Day<'a>>,
    /// Stories of the hot view, ranked; empty in others.
    hottest: Vec<Teaser<'a>>,
    /// Stories of the view with pictures.
    cards: Vec<Teaser<'a>>,
    /// Hot stories beside the newest ones.
    hot: Vec<Teaser<'a>>,
    hot_href: String,
    /// Stories with pictures beside the newest ones.
    beside_cards: Vec<Teaser<'a>>,
    pictures_href: String,
    nothing: &'static str,
    /// Address of the newest page, on older ones.
    first: Option<String>,
    newer: Option<String>,
    older: Option<String>,
}

/// Renders a page of a channel.
#[must_use]
pub fn render(edition: &Edition<'_>, beside: &ChannelBeside, paging: &Paging) -> Vec<u8> {
    page(edition, beside, (paging, None))
}

/// Renders the page of a channel for a person who opened one of its feeds, or the list of all
/// channels, in a browser: it says first what that is for, and its address.
#[must_use]
pub fn explain(edition: &Edition<'_>, opened: OpenedFeed) -> Vec<u8> {
    let beside = ChannelBeside::default();
    page(edition, &beside, (&Paging::default(), Some(opened)))
}

/// Renders a page at its place among those of its channel, opened as a feed or not.
fn page(
    edition: &Edition<'_>,
    beside: &ChannelBeside,
    (paging, opened): (&Paging, Option<OpenedFeed>),
) -> Vec<u8> {
    let site = &edition.site;
    let (channel, view) = (edition.channel, edition.view);
    let zone = site.zone(&channel.id);
    let mut shell = Shell::new(site, Some((channel, view)), &edition.title());
    let words = shell.words;
    shell.notice = opened.map(|opened| match opened {
        OpenedFeed::Feed(format) => {
            let feed = Address::Feed(&channel.id, view, format);
            Notice::on_feed(&feed, site.public_url, words)
        }
        OpenedFeed::List(format) => Notice::on_list(format, site.public_url, words),
    });
    let voice = Voice::of(&shell, &zone);
    let first = edition.stories.first();
    shell.image = first.and_then(|story| site.whole_image(&story.canonical));
    let here = ChannelLink::new(site, channel, &channel.id);
    let view_href = |of: View| href(site.public_url, &Address::Listing(&channel.id, of));
    let tab = |of: View| Tab {
        name: voice.words.view(of),
        href: view_href(of),
        is_here: of == view && !paging.is_past,
    };
    let shown = |wanted: View| if view == wanted { edition.stories } else { &[] };
    let cards = cards(site, shown(View::Pictures), voice);
    // Where pages show no pictures they are listed like others.
    let listed = match cards.is_empty() {
        true => shown(View::Pictures),
        false => &[],
    };
    document(&ChannelPage {
        title: site.title(channel),
        description: channel.description.as_deref(),
        changed: edition.changed.map(|at| When::of(at, &zone, voice.words)),
        trail: trail(site, channel),
        neighbours: neighbours(site, channel),
        below: below(site, &channel.id, &channel.id),
        tabs: [View::Newest, View::Hot, View::Pictures].map(tab).into(),
        days: match view {
            View::Newest => days(site, edition.stories, voice),
            View::Hot | View::Pictures => days(site, listed, voice),
        },
        hottest: teasers(site, shown(View::Hot), voice),
        cards,
        hot: teasers(site, &beside.hot, voice),
        hot_href: view_href(View::Hot),
        beside_cards: super::teaser::cards(site, &beside.pictures, voice),
        pictures_href: view_href(View::Pictures),
        nothing: match view {
            View::Hot => voice.words.no_heat,
            View::Newest | View::Pictures => voice.words.nothing_yet,
        },
        older: paging.link_older(&here.href),
        newer: paging.link_newer(&here.href),
        first: paging.is_past.then_some(here.href),
        shell,
    })
}
