//! The front page: the region tree, what is hot, what has pictures, the newest stories, and what
//! is new in each region.

use std::sync::Arc;

use askama::Template;

use super::channel::Paging;
use super::document;
use super::image_address::Size;
use super::shell::{ChannelLink, Shell, href};
use super::teaser::{Day, Teaser, Voice, cards, days, teasers};
use super::when::When;
use crate::config::Channel;
use crate::model::{ChannelId, Story};
use crate::publish::{Address, Edition, Site, View, tree};

/// Stories that stand out on the front page.
#[derive(Clone, Debug, Default)]
pub struct FrontPicks {
    /// The one at the top.
    pub lead: Option<Arc<Story>>,
    /// Those that most sources carry, hottest first.
    pub hot: Vec<Arc<Story>>,
    /// Those with pictures, newest first.
    pub pictures: Vec<Arc<Story>>,
}

/// Section of the front page: a channel below the root, with its newest stories.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Channel of the section.
    pub channel: &'a Channel,
    /// Newest stories of the channel and all below it, newest first; few.
    pub stories: &'a [Arc<Story>],
}

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage<'a> {
    shell: Shell<'a>,
    description: Option<&'a str>,
    changed: Option<When>,
    regions: Vec<Region<'a>>,
    lead: Option<Teaser<'a>>,
    hot: Vec<Teaser<'a>>,
    hot_href: String,
    cards: Vec<Teaser<'a>>,
    pictures_href: String,
    days: Vec<Day<'a>>,
    sections: Vec<Part<'a>>,
    older: Option<String>,
}

struct Region<'a> {
    link: ChannelLink<'a>,
    below: Vec<ChannelLink<'a>>,
}

struct Part<'a> {
    link: ChannelLink<'a>,
    /// Views of the region besides the newest: name and address.
    views: [(&'static str, String); 2],
    teasers: Vec<Teaser<'a>>,
}

/// Renders the page of the root, with a section for each region that has news.
#[must_use]
pub fn render(
    edition: &Edition<'_>,
    picks: &FrontPicks,
    sections: &[Section<'_>],
    paging: &Paging,
) -> Vec<u8> {
    let site = &edition.site;
    let root = &edition.channel.id;
    let zone = site.zone(root);
    let mut shell = Shell::new(site, Some((edition.channel, View::Newest)), "");
    let voice = Voice::of(&shell, &zone);
    let view = |view| href(site.public_url, &Address::Listing(root, view));
    let lead = picks.lead.as_deref();
    shell.image = lead.and_then(|lead| site.whole_image(&lead.canonical));
    document(&FrontPage {
        description: edition.channel.description.as_deref(),
        changed: edition.changed.map(|at| When::of(at, &zone, voice.words)),
        regions: regions(site),
        lead: lead.map(|lead| Teaser::sized(site, lead, voice, Size::Wide)),
        hot: teasers(site, &picks.hot, voice),
        hot_href: view(View::Hot),
        cards: cards(site, &picks.pictures, voice),
        pictures_href: view(View::Pictures),
        days: days(site, edition.stories, voice),
        sections: sections
            .iter()
            .map(|section| part(site, section, voice))
            .collect(),
        older: paging.link_older(&shell.home),
        shell,
    })
}

/// Lists the two upper levels of the region tree.
pub(super) fn regions_of<'a>(site: &Site<'a>) -> Vec<(ChannelLink<'a>, Vec<ChannelLink<'a>>)> {
    let root = ChannelId::root();
    let tree = tree(site.config);
    let below = |parent: &ChannelId| tree.get(parent).into_iter().flatten();
    let link = |channel: &&'a Channel| ChannelLink::new(site, channel, &root);
    below(&root)
        .map(|channel| (link(channel), below(&channel.id).map(link).collect()))
        .collect()
}

fn regions<'a>(site: &Site<'a>) -> Vec<Region<'a>> {
    let all = regions_of(site).into_iter();
    all.map(|(link, below)| Region { link, below }).collect()
}

fn part<'a>(site: &Site<'a>, section: &Section<'a>, voice: Voice<'_>) -> Part<'a> {
    let zone = site.zone(&section.channel.id);
    let voice = Voice {
        zone: &zone,
        ..voice
    };
    Part {
        link: ChannelLink::new(site, section.channel, &ChannelId::root()),
        views: View::NAMED.map(|view| {
            let page = Address::Listing(&section.channel.id, view);
            (voice.words.view(view), href(site.public_url, &page))
        }),
        teasers: teasers(site, section.stories, voice),
    }
}
