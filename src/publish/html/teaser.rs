//! Stories as entries of a list.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::image_address::{Shown, Size};
use super::shell::{Shell, href};
use super::when::When;
use super::words::Words;
use crate::model::{Item, Story};
use crate::publish::excerpt::excerpt;
use crate::publish::{Address, Site, published};

/// Manner in which a page speaks of stories.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    /// Zone of its times.
    pub(super) zone: &'a TimeZone,
    pub(super) words: &'static Words,
    /// Language of the words.
    pub(super) language: &'a str,
}

impl<'a> Voice<'a> {
    /// Takes the words of a page.
    pub(super) fn of(shell: &Shell<'a>, zone: &'a TimeZone) -> Voice<'a> {
        Voice {
            zone,
            words: shell.words,
            language: shell.language,
        }
    }
}

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
    /// Lead picture, small.
    pub(super) thumb: Option<Shown>,
}

/// Entries of one day, in the zone of the channel.
pub(super) struct Day<'a> {
    pub(super) name: String,
    pub(super) teasers: Vec<Teaser<'a>>,
}

impl<'a> Teaser<'a> {
    /// Builds the entry of a story.
    pub(super) fn new(site: &Site<'a>, story: &'a Story, voice: Voice<'_>) -> Teaser<'a> {
        Teaser::sized(site, story, voice, Size::Thumb)
    }

    /// Builds the entry of a story with a picture of another size.
    pub(super) fn sized(
        site: &Site<'a>,
        story: &'a Story,
        voice: Voice<'_>,
        size: Size,
    ) -> Teaser<'a> {
        let item = &story.canonical;
        let words = voice.words;
        let n_copies = n_sources(story);
        Teaser {
            title: &item.title,
            language: site.language_beside(story, voice.language),
            href: href(site.public_url, &Address::Story(story.id)),
            text: excerpt(item),
            origin: origin(site, item),
            thumb: site.lead_image(item, size),
            pictures: picture_mark(item, words),
            copies: (n_copies > 1).then(|| words.n_sources(n_copies)),
            when: When::of(published(story), voice.zone, words),
        }
    }
}

/// Lists the stories in their order, as one list.
pub(super) fn teasers<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    voice: Voice<'_>,
) -> Vec<Teaser<'a>> {
    let teaser = |story: &'a Arc<Story>| Teaser::new(site, story, voice);
    stories.iter().map(teaser).collect()
}

/// Lists stories with their pictures, as cards; those whose picture pages do not show are left out.
pub(super) fn cards<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    voice: Voice<'_>,
) -> Vec<Teaser<'a>> {
    let card = |story: &'a Arc<Story>| Teaser::sized(site, story, voice, Size::Card);
    let cards = stories.iter().map(card);
    cards.filter(|card| card.thumb.is_some()).collect()
}

/// Groups the stories by day, in their order; stories out of order give a day twice.
pub(super) fn days<'a>(
    site: &Site<'a>,
    stories: &'a [Arc<Story>],
    voice: Voice<'_>,
) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for story in stories {
        let teaser = Teaser::new(site, story, voice);
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
pub(super) fn n_sources(story: &Story) -> usize {
    let mut sources: Vec<_> = story.sightings.iter().map(|seen| &seen.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.len()
}
