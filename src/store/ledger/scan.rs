//! Trees of the ledger as they lie, for checking, mending, export and backup.
//!
//! Nothing here trusts a record. A walk passes over what is damaged, and says so.

use jiff::Timestamp;

use super::{Ledger, NAME, failed};
use crate::store::codec::key::{IndexPrefix, time_bytes, time_of};
use crate::store::codec::source::hub::read_subscription;
use crate::store::codec::source::robots::read_robots;
use crate::store::codec::source::seen::read_roll;
use crate::store::codec::source::state::read_state;
use crate::store::codec::source::subscriber::read_subscriber;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::error::StoreError;
use crate::store::volume::memtable::TreeEntry;
use crate::store::volume::scan::{Records, by_id};

impl Ledger {
    /// Iterates over the directory entries as they lie, by item.
    pub(in crate::store) fn raw_entries<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        walk(&self.items, damage).filter_map(by_id)
    }

    /// Returns all records, tree by tree: for backup and export.
    pub(in crate::store) fn records(&self) -> Result<Vec<(String, Records)>, StoreError> {
        let trees = database::trees(&self.db, NAME)?;
        let records = trees
            .into_iter()
            .map(|(name, tree)| (name, Box::new(in_order(&tree)) as Records));
        Ok(records.collect())
    }

    /// Opens a tree, made if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if sled is; those of the disk.
    pub(in crate::store) fn open_tree(&self, name: &str) -> Result<sled::Tree, StoreError> {
        let tree = self.db.open_tree(name);
        tree.map_err(|error| StoreError::sled(NAME, error))
    }

    /// Iterates over source states as they lie, by name.
    pub(in crate::store) fn raw_state_bytes<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (String, sled::IVec)> + use<'a> {
        walk(&self.sources, damage)
            .map(|(name, bytes)| (String::from_utf8_lossy(&name).into_owned(), bytes))
    }

    /// Iterates over the times of change, by channel.
    pub(in crate::store) fn raw_channels<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (IndexPrefix, Timestamp)> + use<'a> {
        walk(&self.channels, damage).filter_map(|(head, at)| {
            let head = IndexPrefix::from_number(u64::from_be_bytes((*head).try_into().ok()?));
            Some((head, time_of((*at).try_into().ok()?)?))
        })
    }

    /// Writes an encoded state; not in the journal.
    pub(in crate::store) fn set_state(&self, name: &str, state: &[u8]) -> Result<(), StoreError> {
        let done = self.sources.insert(name, state);
        self.overview.clear();
        done.map_err(|error| StoreError::sled("the ledger", error))?;
        Ok(())
    }

    /// Writes times of change; not in the journal.
    pub(in crate::store) fn set_changed(
        &self,
        channels: &[(IndexPrefix, Timestamp)],
    ) -> Result<(), StoreError> {
        for (head, changed) in channels {
            let done = self.channels.insert(head.as_bytes(), &time_bytes(*changed));
            done.map_err(|error| StoreError::sled("the ledger", error))?;
        }
        Ok(())
    }

    /// Iterates over the names of sources, with whether their state can be read.
    pub(in crate::store) fn raw_states<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (String, bool)> + use<'a> {
        walk(&self.sources, damage).map(|(name, bytes)| {
            let is_readable = read_state(&bytes).is_ok();
            (String::from_utf8_lossy(&name).into_owned(), is_readable)
        })
    }

    /// Returns seen sets, hub states, robots.txt notes and subscribers that cannot be read: words for
    /// people, tree, key.
    pub(in crate::store) fn unreadable(
        &self,
        damage: &DamageLog,
    ) -> Vec<(&'static str, &sled::Tree, sled::IVec)> {
        type Reads = fn(&[u8], &[u8]) -> bool;
        let trees: [(_, _, Reads); 4] = [
            (
                "what is known of the entries of",
                &self.rolls,
                |_, bytes| read_roll(bytes).is_ok(),
            ),
            ("the hub of", &self.hubs, |_, bytes| {
                read_subscription(bytes).is_ok()
            }),
            ("the robots.txt of", &self.robots, |site, bytes| {
                std::str::from_utf8(site).is_ok_and(|site| read_robots(site, bytes).is_ok())
            }),
            ("the subscriber", &self.subscribers, |_, bytes| {
                read_subscriber(bytes).is_ok()
            }),
        ];
        let mut unreadable = Vec::new();
        for (what, tree, reads) in trees {
            for (key, bytes) in walk(tree, damage) {
                if !reads(&key, &bytes) {
                    unreadable.push((what, tree, key));
                }
            }
        }
        unreadable
    }

    /// Removes a state; not in the journal.
    pub(in crate::store) fn forget_state(&self, name: &str) -> Result<(), StoreError> {
        let done = self.sources.remove(name);
        self.overview.clear();
        done.map_err(|error| StoreError::sled("the ledger", error))?;
        Ok(())
    }
}

/// Iterates over a tree; an error ends it.
fn in_order(tree: &sled::Tree) -> impl Iterator<Item = Result<TreeEntry, StoreError>> + use<> {
    tree.iter().map(|entry| entry.map_err(failed))
}

/// Iterates over what can be read of a tree, and tells `damage` of the rest.
fn walk<'a>(tree: &sled::Tree, damage: &'a DamageLog) -> impl Iterator<Item = TreeEntry> + use<'a> {
    SledIter::all(tree).filter_map(|entry| {
        let entry = entry.inspect_err(|error| damage.unreadable("a part of a tree", error));
        entry.ok()
    })
}
