//! What is written into a volume, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::lsm_tree::LsmTree;
use super::{Volume, WRITES, tree};
use crate::model::{ItemId, StoryId};
use crate::store::codec::frame::{Frame, Step, Steps};
use crate::store::codec::key::{IndexKey, IndexPosition, IndexPrefix};
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;

/// Bytes of sled's file in a volume after which it is folded.
pub(in crate::store) const COMPACTION_TRIGGER_BYTES: u64 = 32 << 20;

/// What is written into one volume together.
#[derive(Default)]
pub(in crate::store) struct VolumeWrites {
    /// How many of the items are new.
    pub(in crate::store) n_new: u64,
    pub(in crate::store) items: BTreeMap<ItemId, Vec<u8>>,
    pub(in crate::store) stories: BTreeMap<StoryId, Vec<u8>>,
    pub(in crate::store) by_channel: BTreeSet<IndexKey>,
    pub(in crate::store) joins: BTreeSet<IndexKey>,
}

impl VolumeWrites {
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }
}

/// An index of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Index {
    /// What stands in a channel.
    Channel,
    /// What shares a key.
    Join,
}

/// What is to be removed from one volume.
#[derive(Default)]
pub(in crate::store) struct VolumeDeletes {
    pub(in crate::store) items: Vec<ItemId>,
    pub(in crate::store) stories: Vec<StoryId>,
    pub(in crate::store) by_channel: Vec<IndexKey>,
    pub(in crate::store) joins: Vec<IndexKey>,
}

impl VolumeDeletes {
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }

    /// Adds what else goes.
    pub(in crate::store) fn add(&mut self, more: &VolumeDeletes) {
        self.items.extend(&more.items);
        self.stories.extend(&more.stories);
        self.by_channel.extend(&more.by_channel);
        self.joins.extend(&more.joins);
    }

    /// Says in `frame` that all of it goes.
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

    /// Keys of an index.
    pub(in crate::store) fn strays(&mut self, index: Index) -> &mut Vec<IndexKey> {
        match index {
            Index::Channel => &mut self.by_channel,
            Index::Join => &mut self.joins,
        }
    }

    /// A story of this volume, with its indexes.
    pub(in crate::store) fn take(&mut self, id: StoryId, record: &StoryRecord) {
        let place = IndexPosition::new(record.sort_key, id);
        self.stories.push(id);
        let channels = record.channels.iter();
        self.by_channel.extend(channels.map(|head| head.key(place)));
        let keys = record.keys.iter();
        self.joins
            .extend(keys.map(|key| IndexPrefix::join(*key).key(place)));
    }
}

impl Volume {
    /// Says in `frame` what a group of changes makes of this volume.
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
            let count = (self.items()? + writes.n_new).saturating_sub(n_gone);
            frame.put(tree::META, b"items", &count.to_be_bytes());
        }
        let count = self.writes()? + 1;
        frame.put(tree::META, WRITES, &count.to_be_bytes());
        Ok(())
    }

    /// Writes into a volume that is being made, without the journal.
    pub(in crate::store) fn write(&self, writes: &VolumeWrites) -> Result<(), StoreError> {
        let mut frame = Frame::default();
        self.put_into(&mut frame, writes, &VolumeDeletes::default())?;
        self.apply_frame(&frame)
    }

    /// Writes what a frame of this volume alone says, beside the journal.
    pub(in crate::store) fn apply_frame(&self, frame: &Frame) -> Result<(), StoreError> {
        for step in Steps(frame.bytes()).flatten() {
            match step {
                Step::Put(tree, key, value) => self.put(tree, key, value)?,
                Step::Remove(tree, key) => self.take_out(tree, key)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The tree that frames call by this number, but for `meta`.
    fn tree(&self, number: u8) -> Option<&LsmTree> {
        let mut trees = self.folded().into_iter();
        trees.find(|tree| tree.number == number)
    }

    pub(in crate::store) fn put(
        &self,
        tree: u8,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), StoreError> {
        match self.tree(tree) {
            Some(tree) => tree.insert(key, value),
            None if tree == tree::META => {
                let done = self.meta.insert(key, value);
                done.map(drop)
                    .map_err(|error| StoreError::sled(&self.name, error))
            }
            None => Ok(()),
        }
    }

    pub(in crate::store) fn take_out(&self, tree: u8, key: &[u8]) -> Result<(), StoreError> {
        self.tree(tree).map_or(Ok(()), |tree| tree.remove(key))
    }
}
