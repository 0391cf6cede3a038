//! The page of a selection of stories: of a source, a tag or a place, its newest first.

use askama::Template;

use super::channel::Paging;
use super::document;
use super::shell::{ChannelLink, Notice, Shell, feed_links, href, trail};
use super::teaser::{Day, Voice, days};
use crate::publish::{Address, Edition, Format, Selection, View};

#[derive(Template)]
#[template(path = "selection.html")]
struct SelectionPage<'a> {
    shell: Shell<'a>,
    title: &'a str,
    /// Sentence on what is shown.
    about: &'static str,
    website: Option<&'a str>,
    trail: Vec<ChannelLink<'a>>,
    days: Vec<Day<'a>>,
    first: Option<String>,
    older: Option<String>,
}

/// Renders the page of the selection that is the subject of the edition; `opened` is the format of the
/// feed that a person opened, in whose place it is shown.
#[must_use]
pub fn render(
    edition: &Edition<'_>,
    selection: Selection<'_>,
    (paging, opened): (&Paging, Option<Format>),
) -> Vec<u8> {
    let site = &edition.site;
    let title = edition.title();
    let zone = site.zone(&edition.channel.id);
    let mut shell = Shell::new(site, Some((edition.channel, View::Newest)), &title);
    let page = Address::Selection(selection);
    shell.feeds = feed_links(&title, |format| {
        href(site.public_url, &Address::SelectionFeed(selection, format))
    });
    shell.canonical = Some(page.under(site.public_url));
    shell.about = None;
    shell.notice = opened.map(|format| {
        let feed = Address::SelectionFeed(selection, format);
        Notice::on_feed(&feed, site.public_url, shell.words)
    });
    let here = href(site.public_url, &page);
    let voice = Voice::of(&shell, &zone);
    let website = match selection {
        Selection::Source(source) => site.sources.get(source).and_then(|card| card.site.as_ref()),
        Selection::Tag(_) | Selection::Place(_) => None,
    };
    document(&SelectionPage {
        title: &title,
        about: match selection {
            Selection::Source(_) => voice.words.source_page,
            Selection::Tag(_) => voice.words.tag_page,
            Selection::Place(_) => voice.words.place_page,
        },
        website: website.map(|site| site.as_str()),
        trail: trail(site, edition.channel),
        days: days(site, edition.stories, voice),
        older: paging.link_older(&here),
        first: paging.is_past.then_some(here),
        shell,
    })
}
