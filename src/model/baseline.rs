//! Learned normal yield of a source's documents, against which drift detection compares.

use jiff::Timestamp;

/// Moving means of a source's extraction yield, by which a rebuilt page is told from a quiet one.
///
/// Written by `ingest::anomaly::drift` after each document but deltas, of which those that break it are not
/// learned from; each mean is over about eight documents. Kept in the source's state; pages and
/// JSON lists are judged by it once `documents` is 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Hash of the address, the reader's rules and `[source.expect]` it was learned with; under
    /// another hash learning starts afresh.
    pub rules: u64,
    /// Number of documents learned from; saturates.
    pub documents: u32,
    /// Mean number of items in a document, in sixteenths (40 items are 640).
    pub items: u32,
    /// Mean share of items with a title no other has, per mille.
    pub titles: u32,
    /// Mean share of items with a link no other has, per mille.
    pub links: u32,
    /// Mean share of items with a date, per mille.
    pub dates: u32,
    /// Time of the first of the documents in a row that differ from this; `None` while they are
    /// normal. After 72 hours the difference is believed and learned.
    pub odd_since: Option<Timestamp>,
}
