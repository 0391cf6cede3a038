//! What a group of commits changes in the ledger, and what can be drawn from the volumes for it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::ItemId;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::key::{IndexPrefix, time_bytes, time_of};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;

/// What a group of commits changes here.
#[derive(Default)]
pub(in crate::store) struct Changes {
    pub(in crate::store) entries: BTreeMap<ItemId, DirectoryEntry>,
    /// Items that had no entry.
    pub(in crate::store) n_new_items: u64,
    /// Stories that began with one of these.
    pub(in crate::store) n_new_stories: u64,
    /// Channels whose readers see something new, and when at the latest.
    pub(in crate::store) channels: BTreeMap<IndexPrefix, Timestamp>,
    /// Where stories stand, by channel and volume.
    pub(in crate::store) spans: BTreeMap<(IndexPrefix, Period), Span>,
}

/// What can be said of all volumes without the ledger, but for their items.
#[derive(Clone, Default)]
pub(in crate::store) struct Digest {
    pub(in crate::store) channels: BTreeMap<IndexPrefix, Timestamp>,
    pub(in crate::store) spans: BTreeMap<(IndexPrefix, Period), Span>,
    pub(in crate::store) totals: Totals,
    pub(in crate::store) writes: BTreeMap<Period, u64>,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Totals {
    pub(in crate::store) items: u64,
    pub(in crate::store) stories: u64,
}

/// Where the stories of a channel stand within one volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Span {
    pub(in crate::store) newest: Timestamp,
    pub(in crate::store) oldest: Timestamp,
}

impl Changes {
    /// Readers of all channels of a story see something new, since `at`.
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
    /// The smallest span that covers `place` too.
    pub(in crate::store) fn around(before: Option<Span>, place: Timestamp) -> Span {
        Span {
            newest: before.map_or(place, |span| span.newest.max(place)),
            oldest: before.map_or(place, |span| span.oldest.min(place)),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..12].copy_from_slice(&time_bytes(self.newest));
        bytes[12..].copy_from_slice(&time_bytes(self.oldest));
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Span> {
        let (newest, oldest) = bytes.split_at_checked(12)?;
        Some(Span {
            newest: time_in(newest)?,
            oldest: time_in(oldest)?,
        })
    }
}

pub(super) fn time_in(bytes: &[u8]) -> Option<Timestamp> {
    time_of(bytes.try_into().ok()?)
}
