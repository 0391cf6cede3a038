//! Changes of one volume: what is written and removed, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::lsm_tree::LsmTree;
use super::{ITEMS, Volume, WRITES, tree};
use crate::model::{ItemId, StoryId};
use crate::store::codec::frame::{Frame, FrameStep, Steps};
use crate::store::codec::key::{IndexKey, IndexPosition, IndexPrefix};
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;

/// Records and index keys to write into one volume together.
#[derive(Default)]
pub(in crate::store) struct VolumeWrites {
    /// Number of the items that are new; added to the volume's count.
    pub(in crate::store) n_new: u64,
    /// Encoded items.
    pub(in crate::store) items: BTreeMap<ItemId, Vec<u8>>,
    /// Encoded stories.
    pub(in crate::store) stories: BTreeMap<StoryId, Vec<u8>>,
    pub(in crate::store) by_channel: BTreeSet<IndexKey>,
    pub(in crate::store) joins: BTreeSet<IndexKey>,
}

impl VolumeWrites {
    /// Returns whether there is nothing to write.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }

    /// Adds the index keys of a story that stands at `place`.
    pub(in crate::store) fn index(
        &mut self,
        place: IndexPosition,
        channels: &[IndexPrefix],
        keys: &[u64],
    ) {
        self.by_channel.extend(place.channel_keys(channels));
        self.joins.extend(place.join_keys(keys));
    }
}

/// Index of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum IndexTree {
    /// Index `by_channel`.
    Channel,
    /// Index `joins`, by dedupe key.
    Join,
}

/// Records and index keys to remove from one volume together.
#[derive(Default)]
pub(in crate::store) struct VolumeDeletes {
    pub(in crate::store) items: Vec<ItemId>,
    pub(in crate::store) stories: Vec<StoryId>,
    pub(in crate::store) by_channel: Vec<IndexKey>,
    pub(in crate::store) joins: Vec<IndexKey>,
}

impl VolumeDeletes {
    /// Returns whether there is nothing to remove.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }

    /// Adds what else is to be removed.
    pub(in crate::store) fn add(&mut self, more: &VolumeDeletes) {
        self.items.extend(&more.items);
        self.stories.extend(&more.stories);
        self.by_channel.extend(&more.by_channel);
        self.joins.extend(&more.joins);
    }

    /// Adds the removals to `frame`, which stands at this volume.
    pub(in crate::store) fn put_into(&self, frame: &mut Frame) {
        for id in &self.items {
            frame.remove(tree::ITEMS, id.as_bytes());
        }
        for id in &self.stories {
            frame.remove(tree::STORIES, id.as_bytes());
        }
        for key in &self.by_channel {
            frame.remove(tree::BY_CHANNEL, key);
        }
        for key in &self.joins {
            frame.remove(tree::JOINS, key);
        }
    }

    /// Returns the keys to remove from an index.
    pub(in crate::store) fn strays(&mut self, index: IndexTree) -> &mut Vec<IndexKey> {
        match index {
            IndexTree::Channel => &mut self.by_channel,
            IndexTree::Join => &mut self.joins,
        }
    }

    /// Adds a story of this volume, with its index keys.
    pub(in crate::store) fn take(&mut self, id: StoryId, record: &StoryRecord) {
        let place = IndexPosition::new(record.sort_key, id);
        self.stories.push(id);
        self.index(place, &record.channels, &record.keys);
    }

    /// Adds the index keys of a story that stands at `place`.
    pub(in crate::store) fn index(
        &mut self,
        place: IndexPosition,
        channels: &[IndexPrefix],
        keys: &[u64],
    ) {
        self.by_channel.extend(place.channel_keys(channels));
        self.joins.extend(place.join_keys(keys));
    }
}

impl Volume {
    /// Adds to `frame`, which stands at this volume, the writes and removals, the count of items if it
    /// changes, and the count of writes.
    pub(in crate::store) fn put_into(
        &self,
        frame: &mut Frame,
        writes: &VolumeWrites,
        removals: &VolumeDeletes,
    ) -> Result<(), StoreError> {
        removals.put_into(frame);
        for (id, record) in &writes.items {
            frame.put(tree::ITEMS, id.as_bytes(), record);
        }
        for (id, record) in &writes.stories {
            frame.put(tree::STORIES, id.as_bytes(), record);
        }
        for key in &writes.by_channel {
            frame.put(tree::BY_CHANNEL, key, &[]);
        }
        for key in &writes.joins {
            frame.put(tree::JOINS, key, &[]);
        }
        let mut n_gone = 0;
        for id in &removals.items {
            n_gone += u64::from(self.has_item(*id)?);
        }
        if writes.n_new > 0 || n_gone > 0 {
            let count = (self.items() + writes.n_new).saturating_sub(n_gone);
            frame.put(tree::META, ITEMS, &count.to_be_bytes());
        }
        let count = self.writes() + 1;
        frame.put(tree::META, WRITES, &count.to_be_bytes());
        Ok(())
    }

    /// Writes into a volume that is being made, without the journal.
    pub(in crate::store) fn write(&self, writes: &VolumeWrites) -> Result<(), StoreError> {
        let mut frame = Frame::default();
        self.put_into(&mut frame, writes, &VolumeDeletes::default())?;
        self.apply_frame(&frame);
        Ok(())
    }

    /// Applies a frame of this volume alone, without the journal.
    fn apply_frame(&self, frame: &Frame) {
        for step in Steps(frame.bytes()).flatten() {
            match step {
                FrameStep::Put(tree, key, value) => self.put(tree, key, value),
                FrameStep::Remove(tree, key) => self.take_out(tree, key),
                _ => {}
            }
        }
    }

    /// Returns the tree of this number, but for `meta`.
    fn tree(&self, number: u8) -> Option<&LsmTree> {
        let mut trees = self.folded().into_iter();
        trees.find(|tree| tree.number == number)
    }

    /// Writes one value of a frame; an unknown tree is passed over.
    pub(in crate::store) fn put(&self, tree: u8, key: &[u8], value: &[u8]) {
        match self.tree(tree) {
            Some(tree) => tree.insert(key, value),
            None if tree == tree::META => self.memtable.insert(tree, key, value),
            None => {}
        }
    }

    /// Removes one key of a frame; an unknown tree, and `meta`, are passed over.
    pub(in crate::store) fn take_out(&self, tree: u8, key: &[u8]) {
        if let Some(tree) = self.tree(tree) {
            tree.remove(key);
        }
    }
}
