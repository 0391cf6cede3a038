//! What readers get.

use jiff::Timestamp;

use super::{Item, ItemId, Route, SourceId, StoryId, WebUrl};

/// One event, however many sources carried it.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Never changes, whatever joins.
    pub id: StoryId,
    /// The copy we show.
    pub canonical: Item,
    /// All copies, first seen first; the canonical one is among them.
    pub sightings: Vec<Sighting>,
    /// When what a reader sees of it last changed.
    pub changed: Timestamp,
    /// The other channels it goes to, and why.
    pub routes: Vec<Route>,
    /// Stories to read next; the store knows none.
    pub related: Vec<Related>,
}

/// A story to read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The story.
    pub story: StoryId,
    /// Its headline.
    pub title: String,
}

/// That a source carried a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The copy.
    pub item: ItemId,
    /// Who carried it.
    pub source: SourceId,
    /// Where to read it there.
    pub url: Option<WebUrl>,
    /// The headline there.
    pub title: String,
    /// When the source published it, or else when we first saw it there.
    pub at: Timestamp,
    /// Who wrote it there.
    pub authors: Vec<String>,
    /// 来源 there.
    pub origin: Option<String>,
    /// Which copy wins: higher is better.
    pub rank: u32,
}
