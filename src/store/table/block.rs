//! Neighbouring entries of a tree as bytes.
//!
//! ```text
//!   shared u8    bytes of the key that it has in common with the one before
//!   own    u8    bytes of the key that follow
//!   value  u32   bytes of the value, little-endian
//!   own bytes, value bytes
//! ```

use std::ops::Range;
use std::sync::Arc;

/// Range of byte offsets within a block.
type Span = Range<usize>;

/// Header of an entry, 6 bytes: shared key bytes (u8) ‖ own key bytes (u8) ‖ value length (u32 LE).
const ENTRY_HEADER_BYTES: usize = 1 + 1 + 4;

/// Longest key, in bytes.
pub(super) const MAX_KEY_BYTES: usize = u8::MAX as usize;

/// Block that is being filled: entries with prefix-compressed keys.
#[derive(Default)]
pub(super) struct BlockBuilder {
    /// Entries so far.
    pub(super) bytes: Vec<u8>,
    /// Last key.
    last: Vec<u8>,
}

impl BlockBuilder {
    /// Adds an entry; keys come in ascending order, and have at most [`MAX_KEY_BYTES`].
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) {
        debug_assert!(self.bytes.is_empty() || self.last.as_slice() < key);
        let shared = match self.bytes.is_empty() {
            true => 0,
            false => self
                .last
                .iter()
                .zip(key)
                .take_while(|(a, b)| a == b)
                .count(),
        };
        let length = u32::try_from(value.len()).expect("records are limited to 64 MiB");
        let short = |n: usize| u8::try_from(n).expect("keys are short");
        self.bytes
            .extend([short(shared), short(key.len() - shared)]);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last.clear();
        self.last.extend_from_slice(key);
    }

    /// Empties the block for the next entries.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// Error for bytes that are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scrambled;

/// Cursor over the entries of a block; stands before the first at first.
pub(super) struct Cursor {
    /// Block, decompressed.
    bytes: Arc<Vec<u8>>,
    /// Offset of the next entry.
    at: usize,
    /// Key of the current entry, whole.
    key: Vec<u8>,
}

impl Cursor {
    /// Makes a cursor before the first entry.
    pub(super) fn new(bytes: Arc<Vec<u8>>) -> Cursor {
        Cursor {
            bytes,
            at: 0,
            key: Vec::with_capacity(36),
        }
    }

    /// Goes to the next entry and returns the range of its value; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Scrambled`] if the bytes there are no entry; arbitrary bytes do no harm.
    pub(super) fn step(&mut self) -> Result<Option<Span>, Scrambled> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let rest = &self.bytes[self.at..];
        let (head, rest) = rest.split_at_checked(ENTRY_HEADER_BYTES).ok_or(Scrambled)?;
        let (shared, own) = (usize::from(head[0]), usize::from(head[1]));
        let length = u32::from_le_bytes([head[2], head[3], head[4], head[5]]) as usize;
        if shared > self.key.len() || own + length > rest.len() {
            return Err(Scrambled);
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(&rest[..own]);
        let value = self.at + ENTRY_HEADER_BYTES + own..self.at + ENTRY_HEADER_BYTES + own + length;
        self.at = value.end;
        Ok(Some(value))
    }

    /// Returns the key of the current entry.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Returns the bytes of a value.
    pub(super) fn value(&self, span: Span) -> &[u8] {
        &self.bytes[span]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_pushed_reads_back(
            entries in btree_map(vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..90), 0..40)
        ) {
            let mut filling = BlockBuilder::default();
            for (key, value) in &entries {
                filling.push(key, value);
            }
            let mut cursor = Cursor::new(Arc::new(filling.bytes));
            let mut read = BTreeMap::new();
            while let Some(value) = cursor.step().unwrap() {
                read.insert(cursor.key().to_vec(), cursor.value(value).to_vec());
            }
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn arbitrary_bytes_end(bytes in vec(any::<u8>(), 0..300)) {
            let mut cursor = Cursor::new(Arc::new(bytes));
            let mut n_steps = 0;
            while let Ok(Some(value)) = cursor.step() {
                let _ = cursor.value(value);
                n_steps += 1;
            }
            prop_assert!(n_steps <= 50);
        }
    }
}
