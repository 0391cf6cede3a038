//! Seen set: the entries of a source that were seen lately, to recognise them.

use super::ItemId;

/// Seen set of one source: entries of its recent documents, by which an entry is recognised
/// although its guid, link or title has changed.
///
/// At most twice the entries of the last document (but room for 120), 4 000 after a partial one.
/// Written by `ingest::identity` after each document, read at the next.
#[doc(alias = "seen set")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenEntries {
    /// Entries of the last document in order of their ids, then earlier ones.
    pub known: Vec<SeenEntry>,
    /// Hashes of guids that stood on several entries, the latest last; at most 200. They are no
    /// keys.
    pub shared: Vec<u64>,
    /// Guid churn, 0 to 6: +1 after a document in which more known entries changed their guid than
    /// kept it, −1 after any other in which one kept it. From 2 on, new entries are not named by
    /// their guid (unless `trust_guid`).
    pub guid_churn: u8,
    /// Documents in a row that were held back as a flood with the same entries: nearly all of them
    /// new. After 2, the next one is released; after more where floods repeat.
    pub held_back: u8,
    /// Documents still to come that are not held back after a first release; counts down from 50,
    /// by ten where one is another flood.
    pub flood_grace_polls: u8,
    /// Hashes of address and title of the new entries of the last document, if that was held back;
    /// at most 400.
    pub held_entries: Vec<u64>,
    /// Memory of released floods, 0 to 255: +64 with each, −1 with each document that is none. The
    /// higher, the longer the next flood has to stay.
    pub flood_debt: u8,
}

/// Seen entry: the hashes that an entry was recognised by when it was last seen; `None` for what it
/// lacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenEntry {
    /// Item it became.
    pub item: ItemId,
    /// Hash of its guid.
    pub guid: Option<u64>,
    /// Hash of its canonical address.
    pub link: Option<u64>,
    /// Hash of its folded title.
    pub title: Option<u64>,
    /// Time of publication, in seconds since 1970.
    pub date: Option<i64>,
    /// Hash of the substance of its text: teaser and bodies without boilerplate.
    pub text: Option<u64>,
    /// Times that it has changed, 0 to 48; from 24 on changes of its text alone are ignored, because
    /// a text that always changes is a clock or a counter, at 48 all of them. Beyond that, polls
    /// for which it has rested.
    pub edits: u8,
}
