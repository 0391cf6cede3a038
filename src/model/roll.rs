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
    /// Documents in a row that were held back as a flood: nearly all entries were new. After 2, the
    /// next one is released.
    pub held_back: u8,
    /// Documents still to come that are not held back after a release; counts down from 50.
    pub flood_grace_polls: u8,
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
    /// Times that nothing but its text has changed, 0 to 24; at 24 such changes are ignored,
    /// because a text that always changes is a clock or a counter.
    pub edits: u8,
}
