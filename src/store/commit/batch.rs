//! A group of commits, as far as it is worked out; nothing of it is written yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ItemId, StoryId};
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::ledger::changes::Changes;
use crate::store::volume::changes::VolumeDeletes;

/// Changes of a group of commits, worked out in memory (LevelDB: write batch); nothing of it is written
/// yet.
#[derive(Default)]
pub(in crate::store) struct WriteBatch {
    /// Items that are new or changed.
    pub(in crate::store) items: BTreeMap<ItemId, ItemRecord>,
    /// New items by volume.
    pub(super) n_new: BTreeMap<Period, u64>,
    /// Stories that were read or changed.
    pub(in crate::store) stories: BTreeMap<StoryId, OpenStory>,
    /// Positions of stories that got a dedupe key in this group: their volumes do not have it yet.
    pub(in crate::store) joins: BTreeMap<IndexPrefix, BTreeSet<IndexPosition>>,
    /// Changes of the ledger.
    pub(in crate::store) changes: Changes,
    /// Index entries to remove, of stories that became part of others.
    pub(in crate::store) removals: BTreeMap<Period, VolumeDeletes>,
}

/// Story that a commit reads or changes.
pub(in crate::store) struct OpenStory {
    /// Volume of the story.
    pub(in crate::store) period: Period,
    /// Record as it was read; `None` if the story is new, or all of it is to be indexed again.
    pub(in crate::store) before: Option<StoryRecord>,
    /// Record as it will be.
    pub(in crate::store) record: StoryRecord,
}

impl OpenStory {
    /// Returns whether the record has to be written.
    pub(super) fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.record)
    }

    /// Returns the channels and keys that the record got since it was read: both only grow, at their
    /// ends.
    pub(super) fn unindexed(&self) -> (&[IndexPrefix], &[u64]) {
        let (channels, keys) = match &self.before {
            Some(before) => (before.channels.len(), before.keys.len()),
            None => (0, 0),
        };
        (&self.record.channels[channels..], &self.record.keys[keys..])
    }
}

impl WriteBatch {
    /// Counts an item that is new in the volume of `period`.
    pub(in crate::store) fn count_new(&mut self, period: Period) {
        *self.n_new.entry(period).or_default() += 1;
    }
}
