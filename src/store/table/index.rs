//! Index of a table: what it knows of its blocks.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::bloom::{BloomFilter, hash};

/// Magic bytes that end a table.
const MAGIC: [u8; 8] = *b"gztable1";

/// Last 24 bytes of a table: offset of the index (u64 LE) ‖ its length (u32 LE) ‖ its CRC-32 (u32 LE) ‖
/// [`MAGIC`].
pub(super) struct Footer {
    /// Offset of the index in the file.
    pub(super) at: u64,
    /// Bytes of the index.
    pub(super) length: u32,
    /// CRC-32 of the index.
    pub(super) crc: u32,
}

/// Index of a table as postcard; part of the on-disk format. In memory while the table is open.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Index {
    /// Trees in the order in which they were written.
    pub(super) trees: Vec<TreeIndex>,
}

/// Index of one tree.
#[derive(Serialize, Deserialize)]
pub(super) struct TreeIndex {
    /// Number of the tree, as in `volume::tree`.
    pub(super) number: u8,
    /// Leading bytes of a key that the filter knows.
    pub(super) probe: u8,
    /// Bloom filter of these leading bytes.
    pub(super) filter: BloomFilter,
    /// Blocks in the order of their keys.
    pub(super) blocks: Vec<BlockHandle>,
}

/// Place of one block.
#[derive(Serialize, Deserialize)]
pub(super) struct BlockHandle {
    /// First key of the block.
    pub(super) first: Box<[u8]>,
    /// Offset in the file.
    pub(super) offset: u64,
    /// Bytes in the file; fewer than `raw` if compressed.
    pub(super) length: u32,
    /// Bytes of its entries.
    pub(super) raw: u32,
    /// CRC-32 of the bytes in the file.
    pub(super) crc: u32,
}

impl Footer {
    /// Bytes of the footer.
    pub(super) const SIZE: usize = 8 + 4 + 4 + MAGIC.len();

    /// Encodes the footer.
    pub(super) fn to_bytes(&self) -> [u8; Footer::SIZE] {
        let mut bytes = [0; Footer::SIZE];
        bytes[..8].copy_from_slice(&self.at.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.length.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.crc.to_le_bytes());
        bytes[16..].copy_from_slice(&MAGIC);
        bytes
    }

    /// Decodes a footer; `None` without the magic bytes.
    pub(super) fn read(bytes: &[u8; Footer::SIZE]) -> Option<Footer> {
        let four = |at: usize| bytes[at..at + 4].try_into().expect("four bytes");
        let tail = Footer {
            at: u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")),
            length: u32::from_le_bytes(four(8)),
            crc: u32::from_le_bytes(four(12)),
        };
        (bytes[16..] == MAGIC).then_some(tail)
    }
}

impl Index {
    /// Decodes an index; `None` if it is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Index> {
        postcard::from_bytes(bytes).ok()
    }

    /// Encodes the index.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain fields serialise")
    }

    /// Returns the index of a tree, if the table has that.
    pub(super) fn tree(&self, number: u8) -> Option<&TreeIndex> {
        self.trees.iter().find(|tree| tree.number == number)
    }
}

impl TreeIndex {
    /// Returns the part of a key that the filter knows.
    pub(super) fn probe(key: &[u8], length: u8) -> &[u8] {
        &key[..key.len().min(usize::from(length))]
    }

    /// Returns the only block that may hold a key; `None` if there is none, by the filter or the first
    /// keys.
    pub(super) fn holder(&self, key: &[u8]) -> Option<usize> {
        let nth = self.block_of(key)?;
        let probe = TreeIndex::probe(key, self.probe);
        self.filter.may_hold(hash(probe)).then_some(nth)
    }

    /// Returns whether the tree may hold a key within the bounds. Asks the filter if both ends share
    /// all that it knows, as those of one index prefix do.
    pub(super) fn may_reach(&self, from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
        let (Some(from), Some(to)) = (key_of(from), key_of(to)) else {
            return !self.blocks.is_empty();
        };
        if self.blocks.first().is_none_or(|block| *block.first > *to) {
            return false;
        }
        let probes = [from, to].map(|key| TreeIndex::probe(key, self.probe));
        let is_one = probes[0] == probes[1] && probes[0].len() == usize::from(self.probe);
        !is_one || self.filter.may_hold(hash(probes[0]))
    }

    /// Returns the last block whose first key is at most `key`.
    fn block_of(&self, key: &[u8]) -> Option<usize> {
        let after = self.blocks.partition_point(|block| *block.first <= *key);
        after.checked_sub(1)
    }

    /// Returns the block in which the entries above a bound begin.
    pub(super) fn block_from(&self, from: Bound<&[u8]>) -> usize {
        key_of(from).and_then(|key| self.block_of(key)).unwrap_or(0)
    }
}

impl BlockHandle {
    /// Returns whether the block is compressed.
    pub(super) fn is_packed(&self) -> bool {
        self.length < self.raw
    }
}

/// Returns the key of a bound, if it has one.
fn key_of(bound: Bound<&[u8]>) -> Option<&[u8]> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    }
}
