//! What is written into a volume, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::VolumeDeletes;
use super::{Volume, WRITES, tree};
use crate::model::{ItemId, StoryId};
use crate::store::codec::frame::Frame;
use crate::store::codec::key::IndexKey;
use crate::store::error::StoreError;

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
        self.lay_down(&frame)
    }
}
