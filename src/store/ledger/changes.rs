//! Changes of the ledger by a group of commits, and the digest of all volumes that it is rebuilt from.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::ItemId;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::key::{IndexPrefix, time_bytes, time_of};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;

/// Changes of a group of commits in the ledger; collected in [`crate::store::commit`], written by
/// `Ledger::put_into`.
#[derive(Default)]
pub(in crate::store) struct Changes {
    /// New or changed directory entries.
    pub(in crate::store) entries: BTreeMap<ItemId, DirectoryEntry>,
    /// Number of items that had no entry.
    pub(in crate::store) n_new_items: u64,
    /// Number of stories that began with one of these.
    pub(in crate::store) n_new_stories: u64,
    /// Channels whose readers see something new, with the time of the latest change.
    pub(in crate::store) channels: BTreeMap<IndexPrefix, Timestamp>,
    /// Time spans of stories, by channel and volume; widen those in the ledger.
    pub(in crate::store) spans: BTreeMap<(IndexPrefix, Period), Span>,
}

/// Digest of all volumes: all that the ledger knows of them but directory entries. Drawn by rebuild and
/// fsck.
#[derive(Clone, Default)]
pub(in crate::store) struct Digest {
    pub(in crate::store) channels: BTreeMap<IndexPrefix, Timestamp>,
    pub(in crate::store) spans: BTreeMap<(IndexPrefix, Period), Span>,
    /// Counts of all volumes.
    pub(in crate::store) totals: Totals,
    /// Write count of each volume.
    pub(in crate::store) writes: BTreeMap<Period, u64>,
}

/// Counts of the whole store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Totals {
    pub(in crate::store) items: u64,
    pub(in crate::store) stories: u64,
}

/// Earliest and latest sort key of a channel's stories in one volume. On disk 24 bytes: newest ‖
/// oldest, each as `key::time_bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Span {
    pub(in crate::store) newest: Timestamp,
    pub(in crate::store) oldest: Timestamp,
}

impl Changes {
    /// Notes that readers of all channels of a story see something new, at `at` or when the story
    /// changed, if that is later.
    pub(in crate::store) fn show(&mut self, story: &StoryRecord, period: Period, at: Timestamp) {
        // A commit that was begun earlier may be written later.
        let latest = story.changed.max(at);
        for channel in &story.channels {
            let changed = self.channels.entry(*channel).or_insert(latest);
            *changed = latest.max(*changed);
            let place = (*channel, period);
            let before = self.spans.get(&place).copied();
            self.spans
                .insert(place, Span::around(before, story.sort_key));
        }
    }
}

impl Digest {
    /// Counts a story of a volume, and its channels.
    pub(in crate::store) fn take(&mut self, period: Period, story: &StoryRecord) {
        self.totals.stories += 1;
        for channel in &story.channels {
            let changed = self.channels.entry(*channel).or_insert(story.changed);
            *changed = story.changed.max(*changed);
            let place = (*channel, period);
            let before = self.spans.get(&place).copied();
            self.spans
                .insert(place, Span::around(before, story.sort_key));
        }
    }
}

impl Span {
    /// Returns the smallest span that covers `place` and, if given, `before`.
    pub(in crate::store) fn around(before: Option<Span>, place: Timestamp) -> Span {
        Span {
            newest: before.map_or(place, |span| span.newest.max(place)),
            oldest: before.map_or(place, |span| span.oldest.min(place)),
        }
    }

    /// Encodes the span.
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..12].copy_from_slice(&time_bytes(self.newest));
        bytes[12..].copy_from_slice(&time_bytes(self.oldest));
        bytes
    }

    /// Decodes a span; `None` if it is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Span> {
        let (newest, oldest) = bytes.split_at_checked(12)?;
        Some(Span {
            newest: time_in(newest)?,
            oldest: time_in(oldest)?,
        })
    }
}

/// Decodes a time of `key::time_bytes`.
pub(super) fn time_in(bytes: &[u8]) -> Option<Timestamp> {
    time_of(bytes.try_into().ok()?)
}
