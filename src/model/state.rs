//! What we remember of a source between two polls.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::{Baseline, Counts, HostNote, ItemId, Rhythm, Trouble, WebUrl, Wishes};

/// What we remember of a source between two polls.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SourceState {
    /// The address that was asked last; another one in feeds.toml starts afresh.
    pub asked: Option<WebUrl>,
    /// What promises that we have the current document.
    pub validators: Option<Validators>,
    /// When to poll next; never polled if absent.
    pub due: Option<Timestamp>,
    /// When we last tried.
    pub polled: Option<Timestamp>,
    /// When that last went well.
    pub succeeded: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// How the last poll ended.
    pub health: Health,
    /// What kind of failure that was, if it was one.
    pub trouble: Option<Trouble>,
    /// How long the last poll took.
    pub took: Duration,
    /// When something new last came.
    pub news: Option<Timestamp>,
    /// When it brings news.
    pub rhythm: Rhythm,
    /// What its last document wished.
    pub wishes: Wishes,
    /// How long the last answer is good for (`Cache-Control`, `Expires`).
    pub fresh_for: Option<Duration>,
    /// The server asked to be left alone until then (`Retry-After`).
    pub retry_at: Option<Timestamp>,
    /// What was last learned about its host through it.
    pub host: Option<HostNote>,
    /// The address of its host, the least if there are several.
    pub address: Option<IpAddr>,
    /// What the source calls itself.
    pub title: Option<String>,
    /// Its home, as it says.
    pub site: Option<WebUrl>,
    /// Its language, as it says.
    pub language: Option<String>,
    /// A hash of the last document that was read whole.
    pub body_hash: Option<u64>,
    /// Entries in that document.
    pub entries: u32,
    /// What came through of the last document, also of one that was held back.
    pub counts: Counts,
    /// What usually comes through.
    pub baseline: Baseline,
    /// Characters of it that could not be decoded.
    pub replaced: u32,
    /// What had to be repaired in it.
    pub repaired: Vec<String>,
    /// Items whose article page could not be read yet.
    pub unread: Vec<Unread>,
    /// Where it says it has moved for good.
    pub moved: Option<Moved>,
    /// Polls in a row that found its document empty, though it was not before.
    pub empty_polls: u8,
}

/// Where a source says it has moved for good (301, 308).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The new address.
    pub to: WebUrl,
    /// Since when every answer of the configured address has said so.
    pub since: Timestamp,
    /// When one last did.
    pub confirmed: Timestamp,
    /// Whether the document there had the entries that we knew, when it was
    /// first seen.
    pub is_same: bool,
}

/// An item whose article page could not be read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The item; it is published as the list has it.
    pub item: ItemId,
    /// How often its page was asked for.
    pub attempts: u8,
}

/// What the store holds of an item, as far as a poll needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Of its substance.
    pub fingerprint: u64,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Where it stands in listings.
    pub sort_key: Timestamp,
    /// It was removed as too old and is not to come back; the rest of this says
    /// nothing then.
    pub is_removed: bool,
}

impl Held {
    /// What is held of an item that was removed.
    pub const REMOVED: Held = Held {
        fingerprint: 0,
        first_seen: Timestamp::UNIX_EPOCH,
        sort_key: Timestamp::UNIX_EPOCH,
        is_removed: true,
    };
}

/// `ETag` and `Last-Modified`, byte for byte, and the address they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    /// The address that was asked for them.
    pub url: WebUrl,
    /// `ETag`.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
    /// When a whole document last came with them; they are dropped some days
    /// after that, in case the server answers 304 for ever.
    pub since: Timestamp,
}

/// How the last poll ended.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Health {
    /// Not polled yet.
    #[default]
    Unknown,
    /// It went well.
    Good,
    /// It did not: a short code for machines, a sentence for people.
    Failing {
        /// `timeout`, `not_a_feed`, `incomplete`, …
        code: String,
        /// What happened and what to do.
        message: String,
    },
}
