//! Outcome of one poll or push, as the store takes it.

use jiff::Timestamp;

use super::{DedupeKeys, HubState, Item, RobotsNote, Route, SeenEntries, SourceId, SourceState};

/// Unit of change of the store: outcome of one poll, push or hub confirmation.
///
/// Every poll ends in one, a failed one too. Written by `poll`, applied by `Store::apply`; applying
/// it twice changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Source that was polled or pushed.
    pub source: SourceId,
    /// Time at which the poll began or the push came; `first_seen` of each new item.
    pub at: Timestamp,
    /// Items that are new or changed in substance, oldest first.
    pub upserts: Vec<Upsert>,
    /// New state of the source; `None` keeps the stored one.
    pub state: Option<SourceState>,
    /// New state of its WebSub hub; `None` keeps the stored one.
    pub subscription: Option<HubState>,
    /// New seen set, by which entries are recognised at the next poll; `None` keeps the stored one.
    pub roll: Option<SeenEntries>,
    /// robots.txt files that were fetched on the way; each replaces the stored copy of its site.
    pub robots: Vec<RobotsNote>,
}

impl Commit {
    /// Makes a commit of `source` that changes nothing yet.
    #[must_use]
    pub fn new(source: SourceId, at: Timestamp) -> Commit {
        Commit {
            source,
            at,
            upserts: Vec::new(),
            state: None,
            subscription: None,
            roll: None,
            robots: Vec::new(),
        }
    }

    /// Makes the commit of a poll that began at `at` and left the source in `state`.
    #[must_use]
    pub fn of_poll(source: SourceId, at: Timestamp, state: SourceState) -> Commit {
        Commit {
            state: Some(state),
            ..Commit::new(source, at)
        }
    }

    /// Makes the commit of a change of a source's hub.
    #[must_use]
    pub fn of_hub(at: Timestamp, hub: HubState) -> Commit {
        Commit {
            subscription: Some(hub.clone()),
            ..Commit::new(hub.source, at)
        }
    }

    /// Counts the upserts that were first seen at [`Commit::at`]; the others are edits.
    #[must_use]
    pub fn n_new(&self) -> usize {
        let upserts = self.upserts.iter();
        upserts
            .filter(|upsert| upsert.item.first_seen == self.at)
            .count()
    }
}

/// One item to insert or replace, with the keys that find copies of its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// Item as it is to be stored.
    pub item: Item,
    /// Priority of this copy within a story, 0 to 131 071: twice the source's `priority` (shifted
    /// to be positive), plus 1 with a full text. The highest is shown.
    pub rank: u32,
    /// Blocking keys and text by which copies are found.
    pub join: DedupeKeys,
    /// Channels besides the source's own in which the story is published.
    pub routes: Vec<Route>,
}
