//! All that follows from one poll.

use jiff::Timestamp;

use super::{Item, Join, RobotsNote, Roll, Route, SourceId, SourceState, Subscription};

/// All that follows from one poll; the only thing that changes the store.
///
/// Every poll ends in one, a failed one too, and so does what a hub pushes or
/// confirms. Applying it twice changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Who was polled, or pushed.
    pub source: SourceId,
    /// When.
    pub at: Timestamp,
    /// Items that are new, or changed in substance, oldest first.
    pub upserts: Vec<Upsert>,
    /// What to remember of the source; what is remembered stays, if absent.
    pub state: Option<SourceState>,
    /// What to remember of its hub; what is remembered stays, if absent.
    pub subscription: Option<Subscription>,
    /// What to know its entries by at the next poll; what is known stays, if absent.
    pub roll: Option<Roll>,
    /// What was learned of robots.txt files on the way.
    pub robots: Vec<RobotsNote>,
}

impl Commit {
    /// How many of its items were first seen now.
    #[must_use]
    pub fn n_new(&self) -> usize {
        let upserts = self.upserts.iter();
        upserts
            .filter(|upsert| upsert.item.first_seen == self.at)
            .count()
    }
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
