//! Stories as entries of a list.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::shell::{href, language};
use super::when::When;
use super::words::Words;
use crate::model::{Item, Story};
use crate::publish::excerpt::excerpt;
use crate::publish::{Address, Site, published};

/// Entry of a story in a list.
pub(super) struct Teaser<'a> {
    pub(super) title: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) href: String,
    /// Excerpt of at most 360 bytes, plain text; may be empty.
    pub(super) text: String,
    /// Name of who reported it: 来源 or, without one, the title of the source.
    pub(super) origin: &'a str,
    /// Mark of a story with a picture: `图文`.
    pub(super) pictures: Option<&'static str>,
    /// Number of sources, if there are several: `3 家来源`.
    pub(super) copies: Option<String>,
    pub(super) when: When,
}

/// Entries of one day, in the zone of the channel.
pub(super) struct Day<'a> {
    pub(super) name: String,
    pub(super) teasers: Vec<Teaser<'a>>,
}

impl<'a> Teaser<'a> {
    /// Builds the entry of a story, its time in `zone`.
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
            pictures: picture_mark(item, words),
            copies: (n_copies > 1).then(|| words.copies(n_copies)),
            when: When::of(published(story), zone, words),
        }
    }
}

/// Lists the stories in their order, as one list.
pub(super) fn teasers<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    zone: &TimeZone,
) -> Vec<Teaser<'a>> {
    let teaser = |story: &'a Arc<Story>| Teaser::new(site, story, zone);
    stories.iter().map(teaser).collect()
}

/// Groups the stories by day, in their order; stories out of order give a day twice.
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

/// Returns the name of who reported an item: 来源 or, without one, the title of the source.
pub(super) fn origin<'a>(site: &Site<'a>, item: &'a Item) -> &'a str {
    match item.origin.as_deref() {
        Some(origin) => origin,
        None => site.source_title(&item.source),
    }
}

/// Returns the mark of an item with a picture: `图文`.
pub(super) fn picture_mark(item: &Item, words: &Words) -> Option<&'static str> {
    item.image.as_ref().map(|_| words.pictures)
}

/// Counts the sources that carry a story, several copies of one source once.
fn n_sources(story: &Story) -> usize {
    let mut sources: Vec<_> = story.sightings.iter().map(|seen| &seen.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}
