//! What is written into a volume, and how.

use std::collections::{BTreeMap, BTreeSet};

use sled::transaction::{
    ConflictableTransactionError, Transactional, TransactionalTree, UnabortableTransactionError,
};

use super::error::StoreError;
use super::frame::Frame;
use super::keys::{IndexKey, number};
use super::raw::Removals;
use super::tree::Tree;
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

/// Items, stories, places in channels, joins, and what is known of it all.
type Trees<'a> = (
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
);

impl Volume {
    /// What changes together.
    fn all(&self) -> Trees<'_> {
        (
            &self.items.sled,
            &self.stories.sled,
            &self.by_channel.sled,
            &self.joins.sled,
            &self.meta,
        )
    }

    /// Writes all of it or nothing; returns the count of [`Volume::writes`]. Not
    /// on the disk before [`Volume::flush`]. The writer's lock has to be held.
    pub(super) fn write(&self, writes: &Writes) -> Result<u64, StoreError> {
        let mut n_new: u64 = 0;
        for id in writes.items.keys() {
            n_new += u64::from(!self.has_item(*id)?);
        }
        let written: sled::transaction::TransactionResult<u64, sled::Error> = self
            .all()
            .transaction(|(items, stories, by_channel, joins, meta)| {
                for (id, record) in &writes.items {
                    items.insert(id.as_bytes(), record.as_slice())?;
                }
                for (id, record) in &writes.stories {
                    stories.insert(id.as_bytes(), record.as_slice())?;
                }
                for key in &writes.by_channel {
                    by_channel.insert(key.as_slice(), &[])?;
                }
                for key in &writes.joins {
                    joins.insert(key.as_slice(), &[])?;
                }
                if n_new > 0 {
                    let n_items = meta.get("items")?.as_deref().map_or(0, number) + n_new;
                    meta.insert("items", &n_items.to_be_bytes())?;
                }
                count_write(meta)
            });
        written.map_err(|error| StoreError::transaction(&self.name, error))
    }

    /// Removes all of it or nothing; returns the count of [`Volume::writes`]. The
    /// writer's lock has to be held.
    pub(super) fn remove(&self, removals: &Removals) -> Result<u64, StoreError> {
        let mut n_removed: u64 = 0;
        for id in &removals.items {
            n_removed += u64::from(self.has_item(*id)?);
        }
        let removed: sled::transaction::TransactionResult<u64, sled::Error> = self
            .all()
            .transaction(|(items, stories, by_channel, joins, meta)| {
                for id in &removals.items {
                    take_out(items, &self.items, id.as_bytes())?;
                }
                for id in &removals.stories {
                    take_out(stories, &self.stories, id.as_bytes())?;
                }
                for key in &removals.by_channel {
                    take_out(by_channel, &self.by_channel, key)?;
                }
                for key in &removals.joins {
                    take_out(joins, &self.joins, key)?;
                }
                let n_items = meta.get("items")?.as_deref().map_or(0, number);
                let n_items = n_items.saturating_sub(n_removed);
                meta.insert("items", &n_items.to_be_bytes())?;
                count_write(meta)
            });
        removed.map_err(|error| StoreError::transaction(&self.name, error))
    }

    /// Says in `frame` what a group of commits changes here.
    pub(super) fn put_into(&self, frame: &mut Frame, writes: &Writes) -> Result<(), StoreError> {
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
        if writes.n_new > 0 {
            let count = self.items()? + writes.n_new;
            frame.put(tree::META, b"items", &count.to_be_bytes());
        }
        let count = self.writes()? + 1;
        frame.put(tree::META, WRITES, &count.to_be_bytes());
        Ok(())
    }
}

/// Removes a key of a tree, or marks that it is gone from the tables below.
fn take_out(
    at: &TransactionalTree,
    tree: &Tree,
    key: &[u8],
) -> Result<(), UnabortableTransactionError> {
    match tree.mark_of_gone(key) {
        Some(mark) => at.insert(key, mark)?,
        None => at.remove(key)?,
    };
    Ok(())
}

/// One more write; says how many that makes.
fn count_write(meta: &TransactionalTree) -> Result<u64, ConflictableTransactionError<sled::Error>> {
    let count = meta.get(WRITES)?.as_deref().map_or(0, number) + 1;
    meta.insert(WRITES, &count.to_be_bytes())?;
    Ok(count)
}
