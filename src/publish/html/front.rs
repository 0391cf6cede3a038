//! The front page: the region tree, the newest stories, and what is new in each
//! region.

use std::sync::Arc;

use askama::Template;

use super::channel::Paging;
use super::document;
use super::shell::{ChannelLink, Shell};
use super::teaser::{Day, Teaser, days};
use super::when::When;
use crate::config::Channel;
use crate::model::{ChannelId, Story};
use crate::publish::{Edition, Site, View, tree};

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
    teasers: Vec<Teaser<'a>>,
}

/// Renders the page of the root, with a section for each region that has news.
#[must_use]
pub fn render(edition: &Edition<'_>, sections: &[Section<'_>], paging: &Paging) -> Vec<u8> {
    let site = &edition.site;
    let zone = site.zone(&edition.channel.id);
    let shell = Shell::new(site, Some((edition.channel, View::Newest)), "");
    let words = shell.words;
    let (lead, rest) = match edition.stories.split_first() {
        Some((first, rest)) => (Some(Teaser::new(site, first, &zone)), rest),
        None => (None, edition.stories),
    };
    document(&FrontPage {
        description: edition.channel.description.as_deref(),
        changed: edition.changed.map(|at| When::of(at, &zone, words)),
        regions: regions(site),
        lead,
        days: days(site, rest, &zone),
        sections: sections.iter().map(|section| part(site, section)).collect(),
        older: paging.link_older(&shell.home),
        shell,
    })
}

/// Lists the two upper levels of the region tree.
fn regions<'a>(site: &Site<'a>) -> Vec<Region<'a>> {
    let root = ChannelId::root();
    let tree = tree(site.config);
    let below = |parent: &ChannelId| tree.get(parent).into_iter().flatten();
    let link = |channel: &&'a Channel| ChannelLink::new(site, channel, &root);
    below(&root)
        .map(|channel| Region {
            link: link(channel),
            below: below(&channel.id).map(link).collect(),
        })
        .collect()
}

fn part<'a>(site: &Site<'a>, section: &Section<'a>) -> Part<'a> {
    let zone = site.zone(&section.channel.id);
    let stories = section.stories.iter();
    Part {
        link: ChannelLink::new(site, section.channel, &ChannelId::root()),
        teasers: stories
            .map(|story| Teaser::new(site, story, &zone))
            .collect(),
    }
}
