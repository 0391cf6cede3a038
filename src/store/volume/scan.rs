//! Trees as they lie, for checking and mending.
//!
//! Nothing here trusts a record. A walk passes over what is damaged, and says so.

use std::collections::BTreeMap;

use super::changes::IndexTree;
use super::lsm_tree::LsmTree;
use super::memtable::TreeEntry;
use super::{ITEMS, TABLES, TREES, Volume, tree};
use crate::model::ItemId;
use crate::store::codec::key::IndexKey;
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;

impl Volume {
    /// Iterates over the items as they lie, by id.
    pub(in crate::store) fn raw_items<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.items, damage).filter_map(by_id)
    }

    /// Iterates over the stories as they lie, by id.
    pub(in crate::store) fn raw_stories<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.stories, damage).filter_map(by_id)
    }

    /// Iterates over the keys of an index that have their length.
    pub(in crate::store) fn raw_index<'a>(
        &self,
        index: IndexTree,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = IndexKey> + use<'a> {
        self.walk(self.index(index), damage)
            .filter_map(|(key, _)| (*key).try_into().ok())
    }

    /// Returns all records, tree by tree, but the list of tables: for backup and export.
    pub(in crate::store) fn records(&self) -> Vec<(String, Records)> {
        let name = |number: u8| TREES[usize::from(number)].to_owned();
        let folded = self.folded().into_iter();
        let mut records: Vec<(String, Records)> = folded
            .map(|tree| (name(tree.number), Box::new(tree.entries()) as Records))
            .collect();
        let mut meta = self.merged_meta();
        meta.remove(TABLES);
        records.push((name(tree::META), Box::new(meta.into_iter().map(Ok))));
        records.sort_by(|(one, _), (other, _)| one.cmp(other));
        records
    }

    /// Returns `meta` with what no table holds.
    fn merged_meta(&self) -> BTreeMap<sled::IVec, sled::IVec> {
        let mut meta = self.manifest.meta.clone();
        let written = self.frozen.iter().chain([&self.memtable]);
        written.for_each(|memtable| meta.extend(memtable.meta()));
        meta
    }

    /// Writes a record of a restore; an unknown tree is passed over.
    pub(in crate::store) fn put_record(&self, tree: &str, key: &[u8], value: &[u8]) {
        let number = (0_u8..).zip(TREES).find(|(_, name)| *name == tree);
        if let Some((number, _)) = number {
            self.memtable.insert(number, key, value);
        }
    }

    /// Returns whether an index has this key; damaged parts have none.
    pub(in crate::store) fn has(
        &self,
        index: IndexTree,
        key: &IndexKey,
    ) -> Result<bool, StoreError> {
        self.holds(self.index(index), key)
    }

    /// Returns whether there is a record of this item, readable or not.
    pub(in crate::store) fn has_item(&self, id: ItemId) -> Result<bool, StoreError> {
        self.holds(&self.items, id.as_bytes())
    }

    /// Returns whether the volume's count of items includes one that the ledger knows: so it does also
    /// where the item's block cannot be read.
    pub(in crate::store) fn counts(&self, id: ItemId) -> Result<bool, StoreError> {
        match self.items.contains(id.as_bytes()) {
            Err(StoreError::Damaged { .. }) => Ok(true),
            holds => holds,
        }
    }

    /// Counts the items that can be read.
    pub(in crate::store) fn count_items(&self) -> Result<u64, StoreError> {
        Ok(self.items.entries().filter_map(Result::ok).count() as u64)
    }

    /// Sets the count of items.
    pub(in crate::store) fn set_items(&self, count: u64) {
        self.memtable
            .insert(tree::META, ITEMS, &count.to_be_bytes());
    }

    /// Returns whether a tree has a key; damaged parts have none.
    fn holds(&self, tree: &LsmTree, key: &[u8]) -> Result<bool, StoreError> {
        match tree.contains(key) {
            Err(StoreError::Damaged { .. }) => Ok(false),
            holds => holds,
        }
    }

    /// Iterates over what can be read of a tree; ended by a refusal of the disk.
    fn walk<'a>(
        &self,
        tree: &LsmTree,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = TreeEntry> + use<'a> {
        let entries = self.readable(tree.entries(), damage);
        entries.map_while(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                damage.unreadable("the rest of a tree", &error);
                None
            }
        })
    }

    /// Returns the tree of an index.
    fn index(&self, index: IndexTree) -> &LsmTree {
        match index {
            IndexTree::Channel => &self.by_channel,
            IndexTree::Join => &self.joins,
        }
    }
}

/// Records of a tree in key order.
pub(in crate::store) type Records = Box<dyn Iterator<Item = Result<TreeEntry, StoreError>>>;

/// Splits an entry whose key is an id.
pub(in crate::store) fn by_id((key, bytes): TreeEntry) -> Option<([u8; 16], sled::IVec)> {
    Some(((*key).try_into().ok()?, bytes))
}
