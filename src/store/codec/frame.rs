//! Frames: what one group of commits changes, byte for byte.
//!
//! A frame names trees by number and says which keys get which values. Applying it
//! twice, or after half of it is there, comes to the same, so it is what the journal
//! holds; and what is applied while the store runs is the same frame.
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

use super::period::Period;
use crate::model::ItemId;

/// Step 0: the following puts and removes are of the ledger.
const LEDGER: u8 = 0;
/// Step 1, then period (2 bytes): the following puts and removes are of this volume.
const VOLUME: u8 = 1;
/// Step 2: tree (1) ‖ key length (u16 LE) ‖ value length (u32 LE) ‖ key ‖ value.
const PUT: u8 = 2;
/// Step 3: tree (1) ‖ key length (u16 LE) ‖ key.
const REMOVE: u8 = 3;
/// Step 4: period (2) ‖ item (16).
const BURY: u8 = 4;
/// Step 5: period (2).
const DROP: u8 = 5;
/// Step 6: number of checkpoints (u64 BE); first in each segment of the journal, and after each checkpoint.
const CHECKPOINT: u8 = 6;

/// Changes of one group of commits as bytes, in the layout of the module header; empty at first.
///
/// Built by `commit`, retention and fsck, written by `journal`, read back as [`Steps`].
#[derive(Default)]
pub(in crate::store) struct Frame {
    /// Steps so far.
    bytes: Vec<u8>,
}

/// One decoded step; keys and values borrow from the frame.
pub(in crate::store) enum FrameStep<'a> {
    Ledger,
    Volume(Period),
    Put(u8, &'a [u8], &'a [u8]),
    Remove(u8, &'a [u8]),
    Bury(Period, ItemId),
    Drop(Period),
    Checkpoint(u64),
}

impl Frame {
    /// Turns to the ledger for the puts and removes that follow.
    pub(in crate::store) fn ledger(&mut self) {
        self.bytes.push(LEDGER);
    }

    /// Turns to a volume for the puts and removes that follow; replay makes one that is missing.
    pub(in crate::store) fn volume(&mut self, period: Period) {
        self.bytes.push(VOLUME);
        self.bytes.extend(period.to_bytes());
    }

    /// Adds a value. `tree` is a number of `volume::tree` or `ledger::tree`; the key has at most 65 535
    /// bytes, the value 4 GiB (records are limited to 64 MiB).
    pub(in crate::store) fn put(&mut self, tree: u8, key: &[u8], value: &[u8]) {
        self.bytes.extend([PUT, tree]);
        self.key_length(key);
        let length = u32::try_from(value.len()).expect("records are limited to 64 MiB");
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    /// Adds the removal of a key; a key that is not there does no harm.
    pub(in crate::store) fn remove(&mut self, tree: u8, key: &[u8]) {
        self.bytes.extend([REMOVE, tree]);
        self.key_length(key);
        self.bytes.extend_from_slice(key);
    }

    /// Adds the removal of an item of `period` from the ledger for good: it becomes a tombstone.
    pub(in crate::store) fn bury(&mut self, period: Period, id: ItemId) {
        self.bytes.push(BURY);
        self.bytes.extend(period.to_bytes());
        self.bytes.extend(id.as_bytes());
    }

    /// Adds the removal of a whole volume. What stands before it in the journal makes the volume once more in
    /// memory when that is replayed, and this removes it again.
    pub(in crate::store) fn drop_volume(&mut self, period: Period) {
        self.bytes.push(DROP);
        self.bytes.extend(period.to_bytes());
    }

    /// Adds the number of checkpoints made before; replay checks that the ledger knows of as many at least.
    pub(in crate::store) fn checkpoint(&mut self, count: u64) {
        self.bytes.push(CHECKPOINT);
        self.bytes.extend(count.to_be_bytes());
    }

    /// Writes the length of a key, u16 LE.
    fn key_length(&mut self, key: &[u8]) {
        let length = u16::try_from(key.len()).expect("names and addresses are limited to less");
        self.bytes.extend(length.to_le_bytes());
    }

    /// Adds all steps of `other`, which begins with the ledger or a volume.
    pub(in crate::store) fn append(&mut self, other: &Frame) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// Whether it has no steps.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the frame so far.
    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Iterator over the steps of a frame. An undecodable one is `None` and ends it, so arbitrary bytes do
/// no harm.
pub(in crate::store) struct Steps<'a>(pub(in crate::store) &'a [u8]);

impl<'a> Iterator for Steps<'a> {
    type Item = Option<FrameStep<'a>>;

    fn next(&mut self) -> Option<Option<FrameStep<'a>>> {
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
    /// Decodes the next step; `None` if it is none.
    fn step(&mut self) -> Option<FrameStep<'a>> {
        Some(match self.array::<1>()? {
            [LEDGER] => FrameStep::Ledger,
            [VOLUME] => FrameStep::Volume(Period::from_bytes(self.array()?)),
            [PUT] => {
                let [tree] = self.array()?;
                let n_key = u16::from_le_bytes(self.array()?);
                let n_value = u32::from_le_bytes(self.array()?);
                let key = self.take(usize::from(n_key))?;
                FrameStep::Put(tree, key, self.take(n_value as usize)?)
            }
            [REMOVE] => {
                let [tree] = self.array()?;
                let n_key = u16::from_le_bytes(self.array()?);
                FrameStep::Remove(tree, self.take(usize::from(n_key))?)
            }
            [BURY] => {
                let period = Period::from_bytes(self.array()?);
                FrameStep::Bury(period, ItemId::from_bytes(self.array()?))
            }
            [DROP] => FrameStep::Drop(Period::from_bytes(self.array()?)),
            [CHECKPOINT] => FrameStep::Checkpoint(u64::from_be_bytes(self.array()?)),
            _ => return None,
        })
    }

    /// Takes `length` bytes from the front, if there are so many.
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes `N` bytes from the front, if there are so many.
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
                    Some(Some(FrameStep::Put(t, k, v))) if t == *tree && k == key && v == value
                );
                let is_removed = matches!(
                    steps.next(), Some(Some(FrameStep::Remove(t, k))) if t == *tree && k == key
                );
                prop_assert!(is_put && is_removed);
            }
            prop_assert!(steps.next().is_none());
        }
    }
}
