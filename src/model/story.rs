//! Stories as readers get them.

use jiff::Timestamp;

use super::{Item, ItemId, Route, SourceId, StoryId, WebUrl};

/// One event, however many sources carried it: a cluster of items, one of which is shown.
///
/// Assembled by the store from a story record and its items, read by `publish`.
#[doc(alias = "cluster")]
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Id, that of the first item; never changes, whatever joins.
    pub id: StoryId,
    /// Item that is shown: of the highest rank, the first of these, or a later version of the same
    /// page by its source. Chosen by `ingest::dedupe::story::canonical`.
    pub canonical: Item,
    /// All copies, first seen first; the canonical one is among them.
    pub sightings: Vec<Sighting>,
    /// Time of the last commit that changed something a reader sees of it.
    pub changed: Timestamp,
    /// Channels besides those of its sources in which it is published, and why.
    pub routes: Vec<Route>,
    /// Stories to read next, computed when a page is rendered; always empty in the store.
    pub related: Vec<Related>,
}

/// Story to read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Id of that story.
    pub story: StoryId,
    /// Headline of that story.
    pub title: String,
}

/// Appearance of a story in one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Item that is the copy.
    pub item: ItemId,
    /// Source that carried it.
    pub source: SourceId,
    /// Address of the article there.
    pub url: Option<WebUrl>,
    /// Headline there.
    pub title: String,
    /// Time of publication there, or else of the poll that first saw it.
    pub at: Timestamp,
    /// Names of the authors there.
    pub authors: Vec<String>,
    /// 来源 there: name of the agency or newspaper it was taken from.
    pub origin: Option<String>,
    /// Priority of this copy; the highest is shown. See [`Upsert`](super::Upsert).
    pub rank: u32,
}
