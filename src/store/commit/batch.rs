//! A group of commits, as far as it is worked out; nothing of it is written yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ItemId, StoryId};
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::ledger::changes::Changes;
use crate::store::volume::changes::VolumeDeletes;

/// A group of commits, as far as it is worked out.
#[derive(Default)]
pub(in crate::store) struct WriteBatch {
    pub(in crate::store) items: BTreeMap<ItemId, ItemRecord>,
    /// How many of them are new in each volume.
    pub(super) n_new: BTreeMap<Period, u64>,
    pub(in crate::store) stories: BTreeMap<StoryId, OpenStory>,
    /// Stories that got a key in this group.
    pub(in crate::store) joins: BTreeMap<IndexPrefix, BTreeSet<IndexPosition>>,
    pub(in crate::store) changes: Changes,
    /// What stories that became part of others leave in the indexes.
    pub(in crate::store) removals: BTreeMap<Period, VolumeDeletes>,
}

/// A story that a commit reads or changes.
pub(in crate::store) struct OpenStory {
    pub(in crate::store) period: Period,
    pub(in crate::store) before: Option<StoryRecord>,
    pub(in crate::store) record: StoryRecord,
}

impl OpenStory {
    pub(super) fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.record)
    }

    /// Channels and keys that the record got since it was read: both only grow.
    pub(super) fn unindexed(&self) -> (&[IndexPrefix], &[u64]) {
        let (channels, keys) = match &self.before {
            Some(before) => (before.channels.len(), before.keys.len()),
            None => (0, 0),
        };
        (&self.record.channels[channels..], &self.record.keys[keys..])
    }
}
