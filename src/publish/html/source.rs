//! The page of a source: who it is, and its newest stories.

use askama::Template;

use super::channel::Paging;
use super::document;
use super::shell::{ChannelLink, Shell, feed_links, href, trail};
use super::teaser::{Day, Voice, days};
use crate::model::SourceId;
use crate::publish::{Address, Edition, View};

#[derive(Template)]
#[template(path = "source.html")]
struct SourcePage<'a> {
    shell: Shell<'a>,
    title: &'a str,
    website: Option<&'a str>,
    trail: Vec<ChannelLink<'a>>,
    days: Vec<Day<'a>>,
    newer: Option<String>,
    older: Option<String>,
}

/// Renders the page of the source that is the subject of the edition.
#[must_use]
pub fn render(edition: &Edition<'_>, source: &SourceId, paging: &Paging) -> Vec<u8> {
    let site = &edition.site;
    let title = site.source_title(source);
    let zone = site.zone(&edition.channel.id);
    let mut shell = Shell::new(site, Some((edition.channel, View::Newest)), title);
    shell.feeds = feed_links(title, |format| {
        href(site.public_url, &Address::SourceFeed(source, format))
    });
    shell.canonical = Some(Address::Source(source).under(site.public_url));
    shell.about = None;
    let here = href(site.public_url, &Address::Source(source));
    let voice = Voice::of(&shell, &zone);
    let card = site.sources.get(source);
    document(&SourcePage {
        title,
        website: card
            .and_then(|card| card.site.as_ref())
            .map(|site| site.as_str()),
        trail: trail(site, edition.channel),
        days: days(site, edition.stories, voice),
        older: paging.link_older(&here),
        newer: paging.is_past.then_some(here),
        shell,
    })
}
