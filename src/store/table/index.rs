//! What a table knows of its blocks.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::bloom::{Filter, hash};

/// The last bytes of a table.
const MAGIC: [u8; 8] = *b"gztable1";

/// Where the index lies.
pub(super) struct Footer {
    pub(super) at: u64,
    pub(super) length: u32,
    pub(super) crc: u32,
}

/// Trees by number.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) trees: Vec<TreeIndex>,
}

/// One tree of a table.
#[derive(Serialize, Deserialize)]
pub(super) struct TreeIndex {
    pub(super) number: u8,
    /// As many bytes of a key as the filter knows.
    pub(super) probe: u8,
    pub(super) filter: Filter,
    /// In the order of their keys.
    pub(super) blocks: Vec<Block>,
}

/// One block.
#[derive(Serialize, Deserialize)]
pub(super) struct Block {
    /// Its first key.
    pub(super) first: Box<[u8]>,
    pub(super) offset: u64,
    /// Bytes in the file.
    pub(super) length: u32,
    /// Bytes of its entries.
    pub(super) raw: u32,
    /// Of the bytes in the file.
    pub(super) crc: u32,
}

impl Footer {
    pub(super) const SIZE: usize = 8 + 4 + 4 + MAGIC.len();

    pub(super) fn to_bytes(&self) -> [u8; Footer::SIZE] {
        let mut bytes = [0; Footer::SIZE];
        bytes[..8].copy_from_slice(&self.at.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.length.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.crc.to_le_bytes());
        bytes[16..].copy_from_slice(&MAGIC);
        bytes
    }

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
    pub(super) fn read(bytes: &[u8]) -> Option<Index> {
        postcard::from_bytes(bytes).ok()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("plain fields serialise")
    }

    pub(super) fn tree(&self, number: u8) -> Option<&TreeIndex> {
        self.trees.iter().find(|tree| tree.number == number)
    }
}

impl TreeIndex {
    /// The part of a key that the filter knows.
    pub(super) fn probe(key: &[u8], length: u8) -> &[u8] {
        &key[..key.len().min(usize::from(length))]
    }

    /// The only block that may hold a key, unless the filter knows that none does.
    pub(super) fn holder(&self, key: &[u8]) -> Option<usize> {
        let nth = self.block_of(key)?;
        let probe = TreeIndex::probe(key, self.probe);
        self.filter.may_hold(hash(probe)).then_some(nth)
    }

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

    /// The last block that begins at a key or below.
    fn block_of(&self, key: &[u8]) -> Option<usize> {
        let after = self.blocks.partition_point(|block| *block.first <= *key);
        after.checked_sub(1)
    }

    /// The block in which what lies above a bound begins.
    pub(super) fn block_from(&self, from: Bound<&[u8]>) -> usize {
        key_of(from).and_then(|key| self.block_of(key)).unwrap_or(0)
    }
}

impl Block {
    /// Whether zstd has made it smaller.
    pub(super) fn is_packed(&self) -> bool {
        self.length < self.raw
    }
}

fn key_of(bound: Bound<&[u8]>) -> Option<&[u8]> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) => Some(key),
        Bound::Unbounded => None,
    }
}
