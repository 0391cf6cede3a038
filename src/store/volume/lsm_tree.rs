//! A tree of a volume: what lies in memory of it, over what lies in tables.
//!
//! ```text
//!   memtable   what was written since the last table, and marks of what is gone of
//!              that below
//!   frozen     the same of before, while a table is made of it
//!   tables     newest first; the first that knows a key has the word
//! ```

use std::ops::Bound;
use std::sync::Arc;

use super::memtable::{Memtable, MemtableIter, TreeEntry};
use crate::store::error::StoreError;
use crate::store::table;
use crate::store::table::{CorruptRange, Table};

/// Value that hides a key of older tables. No record is one byte long, and indexes have no
/// values.
const DELETE_MARKER: &[u8] = &[0];

/// Tree of a volume: memtables over immutable tables, the newest that knows a key wins (log-structured merge
/// tree).
pub(in crate::store) struct LsmTree {
    /// Number, in frames and tables.
    pub(in crate::store) number: u8,
    /// Newest entries, and delete markers for older ones; the first is written.
    memtables: Arc<[Arc<Memtable>]>,
    /// Tables, newest first.
    tables: Arc<[Arc<Table>]>,
}

/// Merging iterator over memtables and tables, in key order. Leaves out deleted keys, unless `keeps_marks`;
/// goes on after an error.
pub(in crate::store) struct MergeIter {
    /// Sources, newest first.
    sources: Vec<MergeSource>,
    /// Whether delete markers are given as entries.
    keeps_marks: bool,
    /// Damaged blocks with the number of their source: older tables are not believed about keys in
    /// them.
    lost: Vec<(usize, CorruptRange)>,
}

/// Source of the merge, with its next entry.
struct MergeSource {
    walk: Walk,
    peeked: Option<Result<TreeEntry, StoreError>>,
}

/// Iterator of a source.
enum Walk {
    Memtable(MemtableIter),
    Table(Box<table::TableIter>),
}

impl LsmTree {
    /// Makes a tree; of the memtables the newest comes first.
    pub(in crate::store) fn new(
        number: u8,
        memtables: &Arc<[Arc<Memtable>]>,
        tables: &Arc<[Arc<Table>]>,
    ) -> LsmTree {
        LsmTree {
            number,
            memtables: Arc::clone(memtables),
            tables: Arc::clone(tables),
        }
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if the block it would be in is damaged.
    pub(in crate::store) fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
        for memtable in self.memtables.iter() {
            if let Some(value) = memtable.get(self.number, key) {
                return Ok((*value != *DELETE_MARKER).then_some(value));
            }
        }
        for table in self.tables.iter() {
            if let Some(value) = table.get(self.number, key)? {
                return Ok((*value != *DELETE_MARKER).then_some(value));
            }
        }
        Ok(None)
    }

    /// Returns whether a key has a value.
    pub(in crate::store) fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.get(key)?.is_some())
    }

    /// Writes a value.
    pub(in crate::store) fn insert(&self, key: &[u8], value: &[u8]) {
        self.memtables[0].insert(self.number, key, value);
    }

    /// Removes a key, by a delete marker if anything below may hold it.
    pub(in crate::store) fn remove(&self, key: &[u8]) {
        let (written, below) = self.memtables.split_first().expect("one is written");
        let is_frozen = below
            .iter()
            .any(|memtable| memtable.get(self.number, key).is_some());
        match is_frozen
            || self
                .tables
                .iter()
                .any(|table| table.may_hold(self.number, key))
        {
            true => written.insert(self.number, key, DELETE_MARKER),
            false => written.remove(self.number, key),
        }
    }

    /// Iterates over all entries.
    pub(in crate::store) fn entries(&self) -> MergeIter {
        self.range(Bound::Unbounded, Bound::Unbounded)
    }

    /// Iterates over the entries within bounds.
    pub(in crate::store) fn range(&self, from: Bound<&[u8]>, to: Bound<&[u8]>) -> MergeIter {
        self.merge((from, to), &self.memtables, &self.tables, false)
    }

    /// Iterates over the memtable that is not written any more, if there is one, and the newest `n_tables`,
    /// with delete markers: the input of a compaction.
    pub(in crate::store) fn at_rest(&self, n_tables: usize) -> MergeIter {
        let all = (Bound::Unbounded, Bound::Unbounded);
        self.merge(all, &self.memtables[1..], &self.tables[..n_tables], true)
    }

    /// Makes the iterator over some memtables and tables.
    fn merge(
        &self,
        (from, to): (Bound<&[u8]>, Bound<&[u8]>),
        memtables: &[Arc<Memtable>],
        tables: &[Arc<Table>],
        keeps_marks: bool,
    ) -> MergeIter {
        let memtables = memtables
            .iter()
            .map(|memtable| Walk::Memtable(memtable.range(self.number, from, to)));
        let tables = tables
            .iter()
            .filter(|table| table.may_reach(self.number, from, to))
            .map(|table| {
                Walk::Table(Box::new(table::TableIter::new(
                    table,
                    self.number,
                    from,
                    to,
                )))
            });
        MergeIter {
            sources: memtables.chain(tables).map(MergeSource::new).collect(),
            keeps_marks,
            lost: Vec::new(),
        }
    }
}

/// Returns whether a value is a delete marker.
pub(in crate::store) fn is_gone(value: &[u8]) -> bool {
    value == DELETE_MARKER
}

impl MergeSource {
    fn new(walk: Walk) -> MergeSource {
        MergeSource { walk, peeked: None }
    }

    /// Returns the next entry without taking it.
    fn peek(&mut self) -> Option<&Result<TreeEntry, StoreError>> {
        if self.peeked.is_none() {
            self.peeked = match &mut self.walk {
                Walk::Memtable(walk) => walk.next().map(Ok),
                Walk::Table(walk) => walk.next(),
            };
        }
        self.peeked.as_ref()
    }
}

impl MergeSource {
    /// Returns the next entry that is not hidden; drops the others.
    fn peek_past(
        &mut self,
        is_hidden: impl Fn(&[u8]) -> bool,
    ) -> Option<&Result<TreeEntry, StoreError>> {
        while let Some(Ok((key, _))) = self.peek()
            && is_hidden(key)
        {
            self.peeked = None;
        }
        self.peek()
    }

    /// Takes the damaged block of the last error.
    fn take_lost(&mut self) -> Option<CorruptRange> {
        match &mut self.walk {
            Walk::Table(walk) => walk.take_lost(),
            Walk::Memtable(_) => None,
        }
    }
}

impl MergeIter {
    /// Returns the next entry, be it a marker or not.
    fn step(&mut self) -> Option<Result<TreeEntry, StoreError>> {
        let mut first: Option<(usize, sled::IVec)> = None;
        for (nth, source) in self.sources.iter_mut().enumerate() {
            let is_hidden = |key: &[u8]| {
                let mut newer = self.lost.iter().filter(|(other, _)| *other < nth);
                newer.any(|(_, lost)| lost.may_hold(key))
            };
            match source.peek_past(is_hidden) {
                None => {}
                Some(Err(_)) => {
                    let lost = source.take_lost();
                    self.lost.extend(lost.map(|lost| (nth, lost)));
                    return source.peeked.take();
                }
                Some(Ok((key, _))) => {
                    let is_less = first.as_ref().is_none_or(|(_, least)| key < least);
                    first = if is_less {
                        Some((nth, key.clone()))
                    } else {
                        first
                    };
                }
            }
        }
        let (nth, key) = first?;
        for source in &mut self.sources[nth + 1..] {
            // What is older has no say.
            source
                .peeked
                .take_if(|peeked| matches!(peeked, Ok((other, _)) if *other == key));
        }
        self.sources[nth].peeked.take()
    }
}

impl Iterator for MergeIter {
    type Item = Result<TreeEntry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok((_, value)) if !self.keeps_marks && is_gone(&value) => {}
                other => return Some(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::store::table::{BlockKind, TableWriter};

    const NUMBER: u8 = 0;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, Vec<u8>),
        Remove(u8),
        /// The memtable, and so many tables.
        Fold(usize),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (any::<u8>(), vec(2..9u8, 0..9)).prop_map(|(key, value)| Step::Insert(key, value)),
            3 => any::<u8>().prop_map(Step::Remove),
            1 => (0..4usize).prop_map(Step::Fold),
        ]
    }

    /// A tree over these tables, with an empty memtable.
    fn tree_over(tables: &Arc<[Arc<Table>]>) -> LsmTree {
        LsmTree::new(NUMBER, &[Arc::default()].into(), tables)
    }

    /// Compacts one tree, as `rewrite` does.
    fn fold(tree: &LsmTree, dir: &Path, number: u32, n_merged: usize) -> Vec<Arc<Table>> {
        let path = dir.join(Table::file_name(number));
        let mut out = TableWriter::create(&path).unwrap();
        let kind = BlockKind {
            number: NUMBER,
            probe: 1,
            is_packed: false,
        };
        out.begin(kind).unwrap();
        let has_all = n_merged == tree.tables.len();
        let frozen: Arc<[_]> = [Arc::default(), Arc::clone(&tree.memtables[0])].into();
        for entry in LsmTree::new(NUMBER, &frozen, &tree.tables).at_rest(n_merged) {
            let (key, value) = entry.unwrap();
            if !has_all || !is_gone(&value) {
                out.put(&key, &value).unwrap();
            }
        }
        out.finish().unwrap();
        let table = Table::open(dir, number, &"volume x".into(), &Arc::default()).unwrap();
        let kept = tree.tables[n_merged..].iter().cloned();
        std::iter::once(Arc::new(table)).chain(kept).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_tree_over_tables_is_a_map(steps in vec(any_step(), 0..120), from: u8, to: u8) {
            let dir = TempDir::new().unwrap();
            let mut tree = tree_over(&Arc::default());
            let mut map: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (nth, step) in (1_u32..).zip(steps) {
                match step {
                    Step::Insert(key, value) => {
                        tree.insert(&[key], &value);
                        map.insert(vec![key], value);
                    }
                    Step::Remove(key) => {
                        tree.remove(&[key]);
                        map.remove([key].as_slice());
                    }
                    Step::Fold(n_merged) => {
                        let n_merged = n_merged.min(tree.tables.len());
                        let tables = fold(&tree, dir.path(), nth, n_merged).into();
                        tree = tree_over(&tables);
                    }
                }
            }
            let read = |entries: MergeIter| -> BTreeMap<Vec<u8>, Vec<u8>> {
                let entries = entries.map(Result::unwrap);
                entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
            };
            prop_assert_eq!(&read(tree.entries()), &map);
            for key in 0..=u8::MAX {
                let found = tree.get(&[key]).unwrap();
                prop_assert_eq!(found.as_deref(), map.get([key].as_slice()).map(Vec::as_slice));
            }
            let (from, to) = ([from.min(to)], [from.max(to)]);
            let range = tree.range(Bound::Included(&from), Bound::Excluded(&to));
            let within = map.iter().filter(|(key, _)| key[0] >= from[0] && key[0] < to[0]);
            let within = within.map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(read(range), within);
        }
    }

    #[test]
    fn what_a_damaged_block_has_replaced_does_not_come_back() {
        let dir = TempDir::new().unwrap();
        let name: Arc<str> = "volume x".into();
        let mut tree = tree_over(&Arc::default());
        for key in 0..9_u8 {
            tree.insert(&[key], b"old");
        }
        let tables = fold(&tree, dir.path(), 1, 0).into();
        tree = tree_over(&tables);
        tree.insert(&[3], b"new");
        tree.remove(&[5]);
        fold(&tree, dir.path(), 2, 0);
        let path = dir.path().join(Table::file_name(2));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[2] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let open =
            |number| Arc::new(Table::open(dir.path(), number, &name, &Arc::default()).unwrap());
        let tables = [open(2), open(1)].into();
        tree = tree_over(&tables);
        let (read, failed): (Vec<_>, Vec<_>) = tree.entries().partition(Result::is_ok);
        assert_eq!(failed.len(), 1);
        let keys: Vec<u8> = read.into_iter().map(|entry| entry.unwrap().0[0]).collect();
        assert_eq!(keys, [0, 1, 2, 4, 6, 7, 8]);
        assert!(tree.get(&[3]).is_err() && tree.get(&[5]).is_err());
        assert_eq!(tree.get(&[4]).unwrap().as_deref(), Some(&b"old"[..]));
    }
}
