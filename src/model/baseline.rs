//! What a source usually brings, learned from its documents.

use jiff::Timestamp;

/// What a source usually brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Of the address and the rules it was learned with; other ones start afresh.
    pub rules: u64,
    /// Documents it was learned from.
    pub documents: u32,
    /// Items of a document, in sixteenths.
    pub items: u32,
    /// Of a thousand items, those with a title of their own.
    pub titles: u32,
    /// Of a thousand items, those with a link of their own.
    pub links: u32,
    /// Of a thousand items, those with a date.
    pub dates: u32,
    /// Since when documents have been otherwise.
    pub odd_since: Option<Timestamp>,
}
