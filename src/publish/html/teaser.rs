//! A story as one entry of a list.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::shell::{href, language};
use super::when::When;
use super::words::Words;
use crate::model::{Item, Story};
use crate::publish::excerpt::excerpt;
use crate::publish::{Address, Site};

/// A story as one entry of a list.
pub(super) struct Teaser<'a> {
    pub(super) title: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) href: String,
    pub(super) text: String,
    /// Who reported it: 来源 or, without one, whom we poll.
    pub(super) origin: &'a str,
    /// `图文`, if there is a picture.
    pub(super) pictures: Option<&'static str>,
    /// `3 家来源`, if there are several.
    pub(super) copies: Option<String>,
    pub(super) when: When,
}

/// The entries of one day.
pub(super) struct Day<'a> {
    pub(super) name: String,
    pub(super) teasers: Vec<Teaser<'a>>,
}

impl<'a> Teaser<'a> {
    pub(super) fn new(site: &Site<'a>, story: &'a Story, zone: &TimeZone) -> Teaser<'a> {
        let item = &story.canonical;
        let words = Words::of(&site.config.server.language);
        let n_copies = n_sources(story);
        Teaser {
            title: &item.title,
            language: site.language_beside(story, language(site)),
            href: href(site.public_url, &Address::Story(story.id)),
            text: excerpt(item),
            origin: origin(site, item),
            pictures: item.image.as_ref().map(|_| words.pictures),
            copies: (n_copies > 1).then(|| words.copies(n_copies)),
            when: When::of(item.date(), zone, words),
        }
    }
}

/// The stories as one list, in their order.
pub(super) fn teasers<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    zone: &TimeZone,
) -> Vec<Teaser<'a>> {
    let teaser = |story: &'a Arc<Story>| Teaser::new(site, story, zone);
    stories.iter().map(teaser).collect()
}

/// The stories as lists, a list a day, in their order.
pub(super) fn days<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    zone: &TimeZone,
) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for story in stories {
        let teaser = Teaser::new(site, story, zone);
        match days.last_mut() {
            Some(day) if day.name == teaser.when.day => day.teasers.push(teaser),
            _ => days.push(Day {
                name: teaser.when.day.clone(),
                teasers: vec![teaser],
            }),
        }
    }
    days
}

/// Who reported an item: 来源 or, without one, whom we poll.
pub(super) fn origin<'a>(site: &Site<'a>, item: &'a Item) -> &'a str {
    match item.origin.as_deref() {
        Some(origin) => origin,
        None => site.source_title(&item.source),
    }
}

fn n_sources(story: &Story) -> usize {
    let mut sources: Vec<_> = story.sightings.iter().map(|seen| &seen.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}
