//! Memtable of a volume: what was written into it since its last table, in memory.
//!
//! The journal holds the same until a table does, so nothing here needs a disk.

use std::collections::{BTreeMap, btree_map};
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::vec;

use sled::IVec;

use super::{TREES, tree};
use crate::sync;

/// Memory of an entry beside its key and value, in bytes, roughly.
const ENTRY_BYTES: usize = 100;

/// Entries that an iterator takes under one lock at first, and at most.
const FIRST_BATCH: usize = 16;
const MAX_BATCH: usize = 512;

/// Key and value.
pub(in crate::store) type TreeEntry = (IVec, IVec);

/// Sorted entries of each tree of a volume, delete markers among them. Written by one thread, read by many.
#[derive(Default)]
pub(in crate::store) struct Memtable {
    /// Entries by number of the tree; `meta` is one of them.
    trees: [RwLock<BTreeMap<IVec, IVec>>; TREES.len()],
    /// Memory that all of them take, roughly.
    bytes: AtomicUsize,
}

impl Memtable {
    /// Returns a value of a tree, be it a delete marker.
    pub(in crate::store) fn get(&self, tree: u8, key: &[u8]) -> Option<IVec> {
        sync::read(&self.trees[usize::from(tree)]).get(key).cloned()
    }

    /// Writes a value.
    pub(in crate::store) fn insert(&self, tree: u8, key: &[u8], value: &[u8]) {
        let mut entries = sync::write(&self.trees[usize::from(tree)]);
        let (added, gone) = match entries.entry(key.into()) {
            btree_map::Entry::Occupied(mut entry) => {
                let before = entry.insert(value.into());
                (value.len(), before.len())
            }
            btree_map::Entry::Vacant(entry) => {
                entry.insert(value.into());
                (key.len() + value.len() + ENTRY_BYTES, 0)
            }
        };
        // Wraps where more goes than comes, and back again.
        let change = added.wrapping_sub(gone);
        self.bytes.fetch_add(change, Ordering::Relaxed);
    }

    /// Removes a key.
    pub(in crate::store) fn remove(&self, tree: u8, key: &[u8]) {
        let before = sync::write(&self.trees[usize::from(tree)]).remove(key);
        let gone = before.map_or(0, |value| key.len() + value.len() + ENTRY_BYTES);
        self.bytes.fetch_sub(gone, Ordering::Relaxed);
    }

    /// Returns whether nothing was written.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.trees.iter().all(|tree| sync::read(tree).is_empty())
    }

    /// Returns whether nothing was written but `meta`.
    pub(in crate::store) fn has_only_meta(&self) -> bool {
        let [records @ .., _] = &self.trees;
        records.iter().all(|tree| sync::read(tree).is_empty())
    }

    /// Returns the bytes of memory that it takes, roughly.
    pub(in crate::store) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed) as u64
    }

    /// Returns the entries of `meta`.
    pub(in crate::store) fn meta(&self) -> BTreeMap<IVec, IVec> {
        sync::read(&self.trees[usize::from(tree::META)]).clone()
    }

    /// Iterates over the entries of a tree within bounds, in key order. Sees of what is written meanwhile
    /// what lies far enough ahead.
    pub(super) fn range(
        self: &Arc<Memtable>,
        tree: u8,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> MemtableIter {
        MemtableIter {
            memtable: Arc::clone(self),
            tree,
            from: from.map(IVec::from),
            to: to.map(IVec::from),
            batch: Vec::new().into_iter(),
            n_next: FIRST_BATCH,
        }
    }

    /// Returns the first `limit` entries of a tree within bounds.
    fn first(
        &self,
        tree: u8,
        from: &Bound<IVec>,
        to: &Bound<IVec>,
        limit: usize,
    ) -> Vec<TreeEntry> {
        let bounds = (
            from.as_ref().map(|key| &**key),
            to.as_ref().map(|key| &**key),
        );
        if is_nothing(bounds) {
            return Vec::new();
        }
        let entries = sync::read(&self.trees[usize::from(tree)]);
        let range = entries.range::<[u8], _>(bounds).take(limit);
        range
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// Returns whether no key can lie within bounds; a map panics at some of these.
fn is_nothing(bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match bounds {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (
            Bound::Included(from) | Bound::Excluded(from),
            Bound::Included(to) | Bound::Excluded(to),
        ) => from >= to,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

/// Iterator over a tree of a [`Memtable`]; holds its lock only while it takes a batch of entries.
pub(super) struct MemtableIter {
    memtable: Arc<Memtable>,
    tree: u8,
    /// Lower bound of what was not taken yet.
    from: Bound<IVec>,
    to: Bound<IVec>,
    /// Entries that were taken.
    batch: vec::IntoIter<TreeEntry>,
    /// Entries to take next; 0 behind the last.
    n_next: usize,
}

impl Iterator for MemtableIter {
    type Item = TreeEntry;

    fn next(&mut self) -> Option<TreeEntry> {
        if let Some(entry) = self.batch.next() {
            return Some(entry);
        }
        if self.n_next == 0 {
            return None;
        }
        let batch = self
            .memtable
            .first(self.tree, &self.from, &self.to, self.n_next);
        match batch.last() {
            Some((last, _)) if batch.len() == self.n_next => {
                self.from = Bound::Excluded(last.clone());
                self.n_next = MAX_BATCH.min(4 * self.n_next);
            }
            _ => self.n_next = 0,
        }
        self.batch = batch.into_iter();
        self.batch.next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    fn any_bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
        let key = || vec(0..4_u8, 0..4);
        prop_oneof![
            Just(Bound::Unbounded),
            key().prop_map(Bound::Included),
            key().prop_map(Bound::Excluded),
        ]
    }

    fn is_within(key: &[u8], from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
        let is_above = match from {
            Bound::Included(from) => key >= from,
            Bound::Excluded(from) => key > from,
            Bound::Unbounded => true,
        };
        let is_below = match to {
            Bound::Included(to) => key <= to,
            Bound::Excluded(to) => key < to,
            Bound::Unbounded => true,
        };
        is_above && is_below
    }

    proptest! {
        #[test]
        fn a_range_is_that_of_a_map(
            entries in btree_map(vec(0..4_u8, 0..6), vec(any::<u8>(), 0..9), 0..400),
            removed in vec(vec(0..4_u8, 0..6), 0..20),
            from in any_bound(),
            to in any_bound(),
        ) {
            let memtable = Arc::new(Memtable::default());
            let mut expected = entries.clone();
            for (key, value) in &entries {
                memtable.insert(tree::ITEMS, key, b"before");
                memtable.insert(tree::ITEMS, key, value);
            }
            for key in &removed {
                memtable.remove(tree::ITEMS, key);
                expected.remove(key);
            }
            let (from, to) = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
            expected.retain(|key, _| is_within(key, from, to));
            let found = memtable.range(tree::ITEMS, from, to);
            let found: BTreeMap<Vec<u8>, Vec<u8>> =
                found.map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn one_that_is_emptied_takes_nothing(keys in vec(vec(any::<u8>(), 0..9), 0..50)) {
            let memtable = Memtable::default();
            for key in &keys {
                memtable.insert(tree::JOINS, key, &[7; 9][..key.len()]);
            }
            prop_assert_eq!(memtable.is_empty(), keys.is_empty());
            for key in &keys {
                memtable.remove(tree::JOINS, key);
            }
            prop_assert!(memtable.is_empty());
            prop_assert_eq!(memtable.bytes(), 0);
        }
    }
}
