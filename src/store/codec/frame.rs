//! What one group of commits changes, byte for byte.
//!
//! A frame names trees by number and says which keys get which values. Laying it
//! down twice, or after half of it is there, comes to the same, so it is what the
//! journal holds; and what is laid down while the store runs is the same frame.
//!
//! ```text
//!   0                                   the ledger follows
//!   1 period                            a volume follows
//!   2 tree n_key n_value key value      a value
//!   3 tree n_key key                    a key that goes
//!   4 period item                       an item that was removed, for good
//!   5 period                            a volume that goes, after all its items
//!   6 count                             how many checkpoints there were before
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key::number;
use super::period::Period;
use crate::model::ItemId;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::ledger;
use crate::store::ledger::Ledger;
use crate::store::volume;
use crate::store::volume::lsm_tree::LsmTree;
use crate::store::volume::{Volume, tree};

const LEDGER: u8 = 0;
const VOLUME: u8 = 1;
const PUT: u8 = 2;
const REMOVE: u8 = 3;
const BURY: u8 = 4;
const DROP: u8 = 5;
const CHECKPOINT: u8 = 6;

/// A frame on its way.
#[derive(Default)]
pub(in crate::store) struct Frame {
    bytes: Vec<u8>,
}

/// One step of a frame.
enum Step<'a> {
    Ledger,
    Volume(Period),
    Put(u8, &'a [u8], &'a [u8]),
    Remove(u8, &'a [u8]),
    Bury(Period, ItemId),
    Drop(Period),
    Checkpoint(u64),
}

/// What a frame was laid down in.
#[derive(Default)]
pub(in crate::store) struct DirtyVolumes {
    /// Volumes that have to be flushed.
    pub(in crate::store) volumes: BTreeMap<Period, Arc<Volume>>,
    /// How often each of them has been written by then.
    pub(in crate::store) writes: BTreeMap<Period, u64>,
}

impl Frame {
    pub(in crate::store) fn ledger(&mut self) {
        self.bytes.push(LEDGER);
    }

    pub(in crate::store) fn volume(&mut self, period: Period) {
        self.bytes.push(VOLUME);
        self.bytes.extend(period.to_bytes());
    }

    pub(in crate::store) fn put(&mut self, tree: u8, key: &[u8], value: &[u8]) {
        self.bytes.extend([PUT, tree]);
        self.key_length(key);
        let length = u32::try_from(value.len()).expect("records are limited to 64 MiB");
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    pub(in crate::store) fn remove(&mut self, tree: u8, key: &[u8]) {
        self.bytes.extend([REMOVE, tree]);
        self.key_length(key);
        self.bytes.extend_from_slice(key);
    }

    /// The ledger forgets an item of `period`, and it does not come back.
    pub(in crate::store) fn bury(&mut self, period: Period, id: ItemId) {
        self.bytes.push(BURY);
        self.bytes.extend(period.to_bytes());
        self.bytes.extend(id.as_bytes());
    }

    /// A volume goes whole. Everything before it in the journal has to be flushed.
    pub(in crate::store) fn drop_volume(&mut self, period: Period) {
        self.bytes.push(DROP);
        self.bytes.extend(period.to_bytes());
    }

    /// So many checkpoints were made; the ledger knows of as many at least.
    pub(in crate::store) fn checkpoint(&mut self, count: u64) {
        self.bytes.push(CHECKPOINT);
        self.bytes.extend(count.to_be_bytes());
    }

    fn key_length(&mut self, key: &[u8]) {
        let length = u16::try_from(key.len()).expect("names and addresses are limited to less");
        self.bytes.extend(length.to_le_bytes());
    }

    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Store {
    /// Writes what `frame` says into sled, where readers see it. Not on the disk
    /// before the databases are flushed.
    pub(in crate::store) fn lay_down(
        &self,
        frame: &[u8],
        laid: &mut DirtyVolumes,
    ) -> Result<(), StoreError> {
        let ledger = self.ledger.get()?;
        let mut place: Option<(Period, Arc<Volume>)> = None;
        for step in Steps(frame) {
            let step = step.ok_or_else(|| StoreError::Damaged {
                what: "the journal".to_owned(),
                why: "it holds a frame of another release".to_owned(),
            })?;
            match (step, &place) {
                (Step::Ledger, _) => place = None,
                (Step::Volume(period), _) => {
                    let volume = match laid.volumes.get(&period) {
                        Some(volume) => Arc::clone(volume),
                        None => self.volumes.find_or_make(period)?,
                    };
                    laid.volumes.insert(period, Arc::clone(&volume));
                    place = Some((period, volume));
                }
                (Step::Put(tree, key, value), Some((period, volume))) => {
                    if volume::is_count_of_writes(tree, key) {
                        laid.writes.insert(*period, number(value));
                    }
                    volume.put(tree, key, value)?;
                }
                (Step::Put(tree, key, value), None) => ledger.put(tree, key, value)?,
                (Step::Remove(tree, key), Some((_, volume))) => volume.take_out(tree, key)?,
                (Step::Remove(tree, key), None) => ledger.take_out(tree, key)?,
                (Step::Bury(period, id), _) => {
                    self.tombstones.add(period, id)?;
                    ledger.forget(id)?;
                }
                (Step::Checkpoint(count), _) => ledger.compare_checkpoints(count)?,
                (Step::Drop(period), _) => {
                    laid.volumes.remove(&period);
                    laid.writes.remove(&period);
                    ledger.forget_volume(period)?;
                    self.volumes.drop_volume(period)?;
                }
            }
        }
        Ok(())
    }
}

impl Volume {
    /// Writes what a frame of this volume alone says, beside the journal.
    pub(in crate::store) fn lay_down(&self, frame: &Frame) -> Result<(), StoreError> {
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

    fn put(&self, tree: u8, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
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

    fn take_out(&self, tree: u8, key: &[u8]) -> Result<(), StoreError> {
        self.tree(tree).map_or(Ok(()), |tree| tree.remove(key))
    }
}

impl Ledger {
    fn put(&self, tree: u8, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let done = self.tree(tree).map(|tree| tree.insert(key, value));
        done.transpose().map(drop).map_err(ledger::failed)
    }

    fn take_out(&self, tree: u8, key: &[u8]) -> Result<(), StoreError> {
        let done = self.tree(tree).map(|tree| tree.remove(key));
        done.transpose().map(drop).map_err(ledger::failed)
    }
}

/// The steps of a frame; `None` for one that makes no sense, and then no more.
struct Steps<'a>(&'a [u8]);

impl<'a> Iterator for Steps<'a> {
    type Item = Option<Step<'a>>;

    fn next(&mut self) -> Option<Option<Step<'a>>> {
        if self.0.is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_none() {
            self.0 = &[];
        }
        Some(step)
    }
}

impl<'a> Steps<'a> {
    fn step(&mut self) -> Option<Step<'a>> {
        Some(match self.array::<1>()? {
            [LEDGER] => Step::Ledger,
            [VOLUME] => Step::Volume(Period::from_bytes(self.array()?)),
            [PUT] => {
                let [tree] = self.array()?;
                let n_key = u16::from_le_bytes(self.array()?);
                let n_value = u32::from_le_bytes(self.array()?);
                let key = self.take(usize::from(n_key))?;
                Step::Put(tree, key, self.take(n_value as usize)?)
            }
            [REMOVE] => {
                let [tree] = self.array()?;
                let n_key = u16::from_le_bytes(self.array()?);
                Step::Remove(tree, self.take(usize::from(n_key))?)
            }
            [BURY] => {
                let period = Period::from_bytes(self.array()?);
                Step::Bury(period, ItemId::from_bytes(self.array()?))
            }
            [DROP] => Step::Drop(Period::from_bytes(self.array()?)),
            [CHECKPOINT] => Step::Checkpoint(u64::from_be_bytes(self.array()?)),
            _ => return None,
        })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_end(bytes in vec(any::<u8>(), 0..300)) {
            prop_assert!(Steps(&bytes).count() <= bytes.len());
        }

        #[test]
        fn what_was_put_reads_back(puts in vec((any::<u8>(), vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..400)), 0..9)) {
            let mut frame = Frame::default();
            for (tree, key, value) in &puts {
                frame.put(*tree, key, value);
                frame.remove(*tree, key);
            }
            let mut steps = Steps(frame.bytes());
            for (tree, key, value) in &puts {
                let is_put = matches!(
                    steps.next(),
                    Some(Some(Step::Put(t, k, v))) if t == *tree && k == key && v == value
                );
                let is_removed = matches!(
                    steps.next(), Some(Some(Step::Remove(t, k))) if t == *tree && k == key
                );
                prop_assert!(is_put && is_removed);
            }
            prop_assert!(steps.next().is_none());
        }
    }
}
