//! Trees as they lie, for checking and mending.
//!
//! Nothing here trusts a record. A walk passes over what is damaged, and says so.

use super::changes::Index;
use super::lsm_tree::{Entry, LsmTree};
use super::{TABLES, TREES, Volume};
use crate::model::ItemId;
use crate::store::codec::key::IndexKey;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::error::StoreError;

impl Volume {
    pub(in crate::store) fn raw_items<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.items, damage).filter_map(by_id)
    }

    pub(in crate::store) fn raw_stories<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.stories, damage).filter_map(by_id)
    }

    pub(in crate::store) fn raw_index<'a>(
        &self,
        index: Index,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = IndexKey> + use<'a> {
        self.walk(self.index(index), damage)
            .filter_map(|(key, _)| (*key).try_into().ok())
    }

    /// All its records, tree by tree, wherever they lie.
    pub(in crate::store) fn records(&self) -> Result<Vec<(String, Records)>, StoreError> {
        let trees = database::trees(&self.db, &self.name)?;
        let records = trees.into_iter().map(|(name, tree)| {
            let folded = TREES.iter().position(|other| *other == name);
            let records: Records = match folded.and_then(|nth| self.folded().into_iter().nth(nth)) {
                Some(folded) => Box::new(folded.entries()),
                None => {
                    let records = in_sled(&tree, &self.name);
                    Box::new(
                        records.filter(|record| !matches!(record, Ok((key, _)) if key == TABLES)),
                    )
                }
            };
            (name, records)
        });
        Ok(records.collect())
    }

    /// One of its trees in sled, made if it is not there.
    pub(in crate::store) fn open_tree(&self, name: &str) -> sled::Result<sled::Tree> {
        self.db.open_tree(name)
    }

    /// Whether an index has this key.
    pub(in crate::store) fn has(&self, index: Index, key: &IndexKey) -> Result<bool, StoreError> {
        self.holds(self.index(index), key)
    }

    /// Whether there is a record of this item, readable or not.
    pub(in crate::store) fn has_item(&self, id: ItemId) -> Result<bool, StoreError> {
        self.holds(&self.items, id.as_bytes())
    }

    /// Whether an item that the ledger knows is one of those that the volume says it
    /// holds: so it is also where its block cannot be read.
    pub(in crate::store) fn counts(&self, id: ItemId) -> Result<bool, StoreError> {
        match self.items.contains(id.as_bytes()) {
            Err(StoreError::Damaged { .. }) => Ok(true),
            holds => holds,
        }
    }

    /// Items, by counting.
    pub(in crate::store) fn count_items(&self) -> Result<u64, StoreError> {
        Ok(self.items.entries().filter_map(Result::ok).count() as u64)
    }

    /// Writes down how many items it holds.
    pub(in crate::store) fn set_items(&self, count: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("items", &count.to_be_bytes());
        done.map_err(|error| StoreError::sled(&self.name, error))?;
        Ok(())
    }

    fn holds(&self, tree: &LsmTree, key: &[u8]) -> Result<bool, StoreError> {
        match tree.contains(key) {
            Err(StoreError::Damaged { .. }) => Ok(false),
            holds => holds,
        }
    }

    /// What the disk refuses ends it.
    fn walk<'a>(
        &self,
        tree: &LsmTree,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = Entry> + use<'a> {
        let entries = self.readable(tree.entries(), damage);
        entries.map_while(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                damage.unreadable("the rest of a tree", &error);
                None
            }
        })
    }

    fn index(&self, index: Index) -> &LsmTree {
        match index {
            Index::Channel => &self.by_channel,
            Index::Join => &self.joins,
        }
    }
}

/// Records of a tree in their order.
pub(in crate::store) type Records = Box<dyn Iterator<Item = Result<Entry, StoreError>>>;

pub(in crate::store) fn in_sled(
    tree: &sled::Tree,
    what: &str,
) -> impl Iterator<Item = Result<Entry, StoreError>> + use<> {
    let what = what.to_owned();
    tree.iter()
        .map(move |entry| entry.map_err(|error| StoreError::sled(&what, error)))
}

pub(in crate::store) fn by_id((key, bytes): Entry) -> Option<([u8; 16], sled::IVec)> {
    Some(((*key).try_into().ok()?, bytes))
}

pub(in crate::store) fn walk<'a>(
    tree: &sled::Tree,
    damage: &'a DamageLog,
) -> impl Iterator<Item = Entry> + use<'a> {
    SledIter::all(tree).filter_map(|entry| {
        let entry = entry.inspect_err(|error| damage.unreadable("a part of a tree", error));
        entry.ok()
    })
}
