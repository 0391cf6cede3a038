//! The entries of a tree of a table, in order.

use std::ops::Bound;
use std::sync::Arc;

use super::Table;
use super::block::Cursor;
use crate::store::error::StoreError;

/// Iterator over a tree of a table within bounds, in key order. Gives one error for each damaged block
/// and goes on with the next.
pub(in crate::store) struct TableIter {
    table: Arc<Table>,
    tree: u8,
    /// Number of the block to be read next.
    next: usize,
    /// Cursor in the current block; `None` before it is read.
    cursor: Option<Cursor>,
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
    /// Whether the next block is to be cached, as one that a lookup reads: only the first of a range
    /// with a lower bound is.
    keeps: bool,
    /// Whether the end was reached.
    is_over: bool,
    /// Damaged block that the last error was about.
    lost: Option<CorruptRange>,
}

/// Key range of a damaged block: what older tables say about keys in it may be out of date.
pub(in crate::store) struct CorruptRange {
    table: Arc<Table>,
    tree: u8,
    /// First key of the block.
    from: Box<[u8]>,
    /// First key of the next block; `None` if it was the last.
    to: Option<Box<[u8]>>,
}

impl CorruptRange {
    /// Returns whether the block may have held a key.
    pub(in crate::store) fn may_hold(&self, key: &[u8]) -> bool {
        let is_within = *self.from <= *key && self.to.as_ref().is_none_or(|to| *key < **to);
        is_within && self.table.may_hold(self.tree, key)
    }
}

impl TableIter {
    /// Makes an iterator over tree number `tree`; empty if the table does not have that.
    pub(in crate::store) fn new(
        table: &Arc<Table>,
        tree: u8,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> TableIter {
        let index = table.index.tree(tree);
        TableIter {
            table: Arc::clone(table),
            tree,
            next: index.map_or(0, |tree| tree.block_from(from)),
            cursor: None,
            from: from.map(<[u8]>::to_vec),
            to: to.map(<[u8]>::to_vec),
            keeps: !matches!(from, Bound::Unbounded),
            is_over: false,
            lost: None,
        }
    }

    /// Takes the block that the last error was about.
    pub(in crate::store) fn take_lost(&mut self) -> Option<CorruptRange> {
        self.lost.take()
    }

    /// Notes the block that was read last as damaged.
    fn lose(&mut self) {
        let blocks = self.table.index.tree(self.tree).map(|tree| &tree.blocks);
        let first = |nth: usize| Some(blocks?.get(nth)?.first.clone());
        let from = self.next.checked_sub(1).and_then(first);
        self.lost = from.map(|from| CorruptRange {
            table: Arc::clone(&self.table),
            tree: self.tree,
            from,
            to: first(self.next),
        });
    }

    /// Reads the next block; returns `false` if there is none.
    fn turn(&mut self) -> Result<bool, StoreError> {
        let tree = self.table.index.tree(self.tree);
        let Some(block) = tree.and_then(|tree| tree.blocks.get(self.next)) else {
            return Ok(false);
        };
        self.next += 1;
        let bytes = self.table.block(block, self.keeps)?;
        self.keeps = false;
        self.cursor = Some(Cursor::new(bytes));
        Ok(true)
    }

    /// Returns the next entry within the bounds.
    fn step(&mut self) -> Result<Option<(sled::IVec, sled::IVec)>, StoreError> {
        loop {
            let Some(cursor) = &mut self.cursor else {
                match self.turn()? {
                    true => continue,
                    false => return Ok(None),
                }
            };
            let Ok(found) = cursor.step() else {
                self.cursor = None;
                return Err(self.table.scrambled());
            };
            let Some(value) = found else {
                self.cursor = None;
                continue;
            };
            let key = cursor.key();
            let is_before = match &self.from {
                Bound::Included(from) => key < from.as_slice(),
                Bound::Excluded(from) => key <= from.as_slice(),
                Bound::Unbounded => false,
            };
            if is_before {
                continue;
            }
            let is_beyond = match &self.to {
                Bound::Included(to) => key > to.as_slice(),
                Bound::Excluded(to) => key >= to.as_slice(),
                Bound::Unbounded => false,
            };
            if is_beyond {
                return Ok(None);
            }
            return Ok(Some((key.into(), cursor.value(value).into())));
        }
    }
}

impl Iterator for TableIter {
    type Item = Result<(sled::IVec, sled::IVec), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step().transpose();
        self.is_over = step.is_none();
        if let Some(Err(_)) = step {
            self.lose();
        }
        step
    }
}
