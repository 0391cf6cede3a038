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

/// A range of positions within a block.
type Span = Range<usize>;

/// Before each entry.
const ENTRY_HEADER_BYTES: usize = 1 + 1 + 4;

/// The longest key.
pub(super) const MAX_KEY_BYTES: usize = u8::MAX as usize;

/// A block that is being filled.
#[derive(Default)]
pub(super) struct BlockBuilder {
    pub(super) bytes: Vec<u8>,
    last: Vec<u8>,
}

impl BlockBuilder {
    /// Adds an entry; keys come in order.
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

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// The bytes are no block of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scrambled;

/// Goes through the entries of a block.
pub(super) struct Cursor {
    bytes: Arc<Vec<u8>>,
    at: usize,
    key: Vec<u8>,
}

impl Cursor {
    pub(super) fn new(bytes: Arc<Vec<u8>>) -> Cursor {
        Cursor {
            bytes,
            at: 0,
            key: Vec::with_capacity(36),
        }
    }

    /// Goes to the next entry, and says where its value lies; `None` at the end.
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

    /// The key of the entry it stands on.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// What lies there.
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
