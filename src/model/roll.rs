//! What we remember of the entries of a source, to know them again.

use super::ItemId;

/// The entries that a source showed lately, and how far its guids can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// Those of the last document in order of their ids, then those before.
    pub known: Vec<Known>,
    /// Hashes of guids that stood on several entries, the latest last.
    pub shared: Vec<u64>,
    /// Rises with each poll that found most guids changed, falls with each that
    /// did not.
    pub strikes: u8,
    /// Polls in a row that were held back because most was new.
    pub held_back: u8,
    /// Polls to come that are not held back.
    pub tolerance: u8,
}

/// What an entry was known by when we last saw it; hashes, of what it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The item it became.
    pub item: ItemId,
    /// Of its guid.
    pub guid: Option<u64>,
    /// Of its canonical address.
    pub link: Option<u64>,
    /// Of its folded title.
    pub title: Option<u64>,
    /// When it was published, in seconds since 1970.
    pub date: Option<i64>,
    /// Of the substance of its text.
    pub text: Option<u64>,
    /// How often nothing but its text has changed.
    pub edits: u8,
}
