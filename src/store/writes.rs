//! What is written into a volume, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::error::StoreError;
use super::frame::Frame;
use super::keys::IndexKey;
use super::raw::Removals;
use super::volume::{Volume, WRITES, tree};
use crate::model::{ItemId, StoryId};

/// What is written into one volume together.
#[derive(Default)]
pub(super) struct Writes {
    /// How many of the items are new.
    pub(super) n_new: u64,
    pub(super) items: BTreeMap<ItemId, Vec<u8>>,
    pub(super) stories: BTreeMap<StoryId, Vec<u8>>,
    pub(super) by_channel: BTreeSet<IndexKey>,
    pub(super) joins: BTreeSet<IndexKey>,
}

impl Volume {
    /// Says in `frame` what a group of changes makes of this volume.
    pub(super) fn put_into(
        &self,
        frame: &mut Frame,
        writes: &Writes,
        removals: &Removals,
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
    pub(super) fn write(&self, writes: &Writes) -> Result<(), StoreError> {
        let mut frame = Frame::default();
        self.put_into(&mut frame, writes, &Removals::default())?;
        self.lay_down(&frame)
    }
}
