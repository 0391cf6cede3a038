//! State of a source between two polls.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    ArrivalHistogram, Baseline, BreakerState, ExtractionCounts, FailureKind, ItemId, PollHints,
    WebUrl,
};

/// Codes of sources whose documents are held back.
const HELD_BACK: [&str; 2] = ["held_back", "rebuilt"];

/// Length of the day in which new items are counted.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// State of a source between two polls: scheduling, conditional requests, health, normal yield.
///
/// Written by `ingest::outcome` after each poll, kept in the ledger; read by the next poll, status and
/// the listing.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SourceState {
    /// Configured address at the last poll; with another one in feeds.toml the source starts
    /// afresh.
    pub asked: Option<WebUrl>,
    /// Validators of the current document, sent as a conditional request at the next poll.
    pub validators: Option<Validators>,
    /// Next poll as computed when this state was written; shown by status, never scheduled from.
    /// `None`: never polled, or 410.
    pub due: Option<Timestamp>,
    /// Time of the last poll, good or bad.
    pub polled: Option<Timestamp>,
    /// Time of the last good poll.
    pub succeeded: Option<Timestamp>,
    /// Failures in a row, 0 after a good poll; saturates.
    pub failures: u32,
    /// Result of the last poll.
    pub health: Health,
    /// Kind of that failure; `None` after a good poll.
    pub trouble: Option<FailureKind>,
    /// Duration of the last poll, with its article pages, without the write to the store.
    pub took: Duration,
    /// Time of the last poll that brought an item the store did not have. Drives `expect.every` and
    /// the quiet back-off.
    pub news: Option<Timestamp>,
    /// Arrival histogram of its news.
    pub rhythm: ArrivalHistogram,
    /// Poll hints of its last document.
    pub wishes: PollHints,
    /// Freshness lifetime of the last answer (`Cache-Control`, `Expires`).
    pub fresh_for: Option<Duration>,
    /// Earliest next request the server allows (`Retry-After`), at most 24 hours after the failed
    /// poll.
    pub retry_at: Option<Timestamp>,
    /// Circuit breaker of its host, as last seen through this source.
    pub host: Option<BreakerState>,
    /// Address of its host, the least if there are several; sources at one address count as one
    /// host.
    pub address: Option<IpAddr>,
    /// Title of the source by its own account; the last that was given.
    pub title: Option<String>,
    /// Home page by its own account; the last that was given.
    pub site: Option<WebUrl>,
    /// Language by its own account; the last that was given.
    pub language: Option<String>,
    /// Hash of the last document's bytes; `None` if it was not whole, or has to be read again even
    /// if unchanged.
    pub body_hash: Option<u64>,
    /// Number of entries in the last document that was neither a delta nor suddenly empty; for a
    /// truncated one the larger of both counts.
    pub entries: u32,
    /// Extraction yield of the last document, also of one that was held back.
    pub counts: ExtractionCounts,
    /// Learned normal yield, against which the next document is judged.
    pub baseline: Baseline,
    /// Undecodable byte sequences in the last document and its further pages; saturates.
    pub replaced: u32,
    /// Names of the repairs that the last document needed.
    pub repaired: Vec<String>,
    /// Items whose article page is still to be read.
    pub unread: Vec<PendingArticle>,
    /// Permanent redirect that the source announces.
    pub moved: Option<PermanentRedirect>,
    /// Polls in a row whose document was whole but empty, though it had entries before; from 3 on
    /// it is flagged.
    pub empty_polls: u8,
    /// New items that it brought within a day.
    pub intake: DailyIntake,
    /// Rules that find the list of its page, where those in force do not any more.
    pub repair: Option<ListRepair>,
}

/// Summary of a source's state: the fields that reports read of all sources, however many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSummary {
    /// Result of the last poll.
    pub health: HealthKind,
    /// Time of the last poll; see [`SourceState::polled`].
    pub polled: Option<Timestamp>,
    /// Next poll; see [`SourceState::due`].
    pub due: Option<Timestamp>,
    /// Circuit breaker of its host as last seen through this source, and the host name that was asked.
    pub breaker: Option<(Box<str>, BreakerState)>,
}

impl SourceSummary {
    /// Sums up a state.
    #[must_use]
    pub fn of(state: &SourceState) -> SourceSummary {
        let asked = state.asked.as_ref();
        SourceSummary {
            health: state.health.kind(),
            polled: state.polled,
            due: state.due,
            breaker: state
                .host
                .zip(asked)
                .map(|(note, asked)| (asked.host().into(), note)),
        }
    }
}

/// New items that a source brought within a day, from the first of them on.
///
/// Counted after each poll; read at the next one for `max_new_per_day`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyIntake {
    /// Beginning of the day, which is that of no time zone; `None` before the first item.
    pub since: Option<Timestamp>,
    /// Items since then; saturates.
    pub items: u32,
}

impl DailyIntake {
    /// Returns how many items came within the day that is under way at `now`.
    #[must_use]
    pub fn of(self, now: Timestamp) -> u32 {
        let age = self.since.map(|since| now.duration_since(since));
        let is_today = age.is_some_and(|age| !age.is_negative() && age < DAY);
        if is_today { self.items } else { 0 }
    }

    /// Returns the intake after `n_new` more items.
    #[must_use]
    pub fn after(self, n_new: u32, now: Timestamp) -> DailyIntake {
        match (self.of(now), n_new) {
            (0, 0) => DailyIntake::default(),
            (0, n_new) => DailyIntake {
                since: Some(now),
                items: n_new,
            },
            (before, n_new) => DailyIntake {
                since: self.since,
                items: before.saturating_add(n_new),
            },
        }
    }
}

/// Repair of `[source.list]`: rules that find the list of a page that was rebuilt.
///
/// Made by `source::page::list::repair` from the page itself, kept until the rules in force match
/// again; shown by status, alarms and `check --live`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRepair {
    /// Keys in the order of the table: those that change, and those that stay.
    pub rules: Vec<RuleRepair>,
    /// Items that these rules find.
    pub items: u32,
    /// Items of them that lead to articles that the source had before.
    pub known: u32,
}

/// Key of `[source.list]` before and after a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRepair {
    /// Key: `container`, `item`, `link`, `title`, `date`.
    pub key: String,
    /// Selector in force, as TOML; `None` if the key is absent.
    pub was: Option<String>,
    /// Selector to put there, as TOML; `None` if the key is to go.
    pub is: Option<String>,
}

impl ListRepair {
    /// Writes the table to paste, a line each; a key that changes has its former line above it, as a
    /// comment.
    #[must_use]
    pub fn toml(&self) -> Vec<String> {
        let mut lines = vec!["[source.list]".to_owned()];
        for RuleRepair { key, was, is } in &self.rules {
            let former = was.as_ref().filter(|_| was != is);
            lines.extend(former.map(|was| format!("# was: {key} = {was}")));
            lines.extend(is.as_ref().map(|is| format!("{key} = {is}")));
        }
        lines
    }

    /// Writes a sentence that leads in the table.
    #[must_use]
    pub fn sentence(&self) -> String {
        let ListRepair { items, known, .. } = self;
        match known {
            0 => format!("these rules find {items} items on the page as it is now"),
            _ => format!(
                "these rules find {items} items on the page as it is now, {known} of them known from \
                 before"
            ),
        }
    }
}

/// Permanent redirect of a source's configured address (301, 308).
///
/// Written by `ingest::anomaly::moved`. Believed once `is_same` and seven days lie between `since` and
/// `confirmed`; then `to` is asked directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermanentRedirect {
    /// Target address, after all permanent hops.
    pub to: WebUrl,
    /// Time from which on every answer of the configured address has named `to`.
    pub since: Timestamp,
    /// Time of the last such answer.
    pub confirmed: Timestamp,
    /// Whether the document at `to` had at least half of the entries that we knew, when the
    /// redirect was first seen.
    pub is_same: bool,
}

/// Item whose article page could not be read yet; asked for again at the next poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingArticle {
    /// Item; until then it is published as the list has it.
    pub item: ItemId,
    /// Requests for its page so far; given up at 4.
    pub attempts: u8,
}

/// Stored part of an item that a poll needs: is it known, has it changed, where does it stand?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// Hash of its substance; see [`Item`](super::Item).
    pub fingerprint: u64,
    /// Time of the poll that first saw it.
    pub first_seen: Timestamp,
    /// Position in listings.
    pub sort_key: Timestamp,
    /// Whether it was removed as too old and is not to come back (a tombstone); the other fields
    /// mean nothing then.
    pub is_removed: bool,
}

impl StoredItem {
    /// Tombstone of an item that was removed.
    pub const REMOVED: StoredItem = StoredItem {
        fingerprint: 0,
        first_seen: Timestamp::UNIX_EPOCH,
        sort_key: Timestamp::UNIX_EPOCH,
        is_removed: true,
    };
}

/// Cache validators of a document (RFC 9110, 8.8): `ETag` and `Last-Modified`, byte for byte, and
/// the address they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    /// Address whose answer carried them.
    pub url: WebUrl,
    /// `ETag`, not empty.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`, not empty.
    pub last_modified: Option<Vec<u8>>,
    /// Time of the last whole document they came with; they are dropped eight days after that, in
    /// case the server answers 304 for ever.
    pub since: Timestamp,
}

/// Result of the last poll.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Health {
    /// Never polled.
    #[default]
    Unknown,
    /// Good: a document was read, or was unchanged.
    Good,
    /// Failed, or read but suspicious: a short code for machines, a sentence for people.
    Failing {
        /// Code: `timeout`, `not_a_feed`, `incomplete`, …
        code: String,
        /// Sentence: cause and what to do.
        message: String,
    },
}

impl Health {
    /// Returns the kind of result, without its message.
    #[must_use]
    pub fn kind(&self) -> HealthKind {
        match self {
            Health::Unknown => HealthKind::Unknown,
            Health::Good => HealthKind::Good,
            Health::Failing { code, .. } if HELD_BACK.contains(&&**code) => HealthKind::HeldBack,
            Health::Failing { .. } => HealthKind::Failing,
        }
    }
}

/// Kind of result of the last poll, as sources are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HealthKind {
    /// Never polled.
    #[default]
    Unknown,
    /// Good.
    Good,
    /// Read, but not believed: what it says is held back.
    HeldBack,
    /// Failed.
    Failing,
}
