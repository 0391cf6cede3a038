//! All that follows from one poll.

use jiff::Timestamp;

use super::{Item, Join, Route, SourceId, SourceState};

/// All that follows from one poll; the only thing that changes the store.
///
/// Every poll ends in one, a failed one too. Applying it twice changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Who was polled.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
    /// Items that are new, or changed in substance, oldest first.
    pub upserts: Vec<Upsert>,
    /// What to remember of the source.
    pub state: SourceState,
}

/// One item to write, with what joins it to other copies of its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// The item.
    pub item: Item,
    /// Which copy of a story wins: higher is better.
    pub rank: u32,
    /// What finds those copies.
    pub join: Join,
    /// The other channels that it goes to.
    pub routes: Vec<Route>,
}
