//! A sorted file that never changes: what a volume held when it was folded.
//!
//! A table takes less than it is given, and no memory but for its index.
//!
//! ```text
//!   block*   neighbouring entries of one tree, packed by zstd where that pays
//!   index    the blocks of each tree, and a filter of its keys
//!   tail     where the index lies, how long it is, its CRC-32, the magic bytes
//! ```
//!
//! Every block has a CRC-32 in the index: a flipped bit costs the block it is in,
//! and is told.

mod block;
mod block_cache;
mod bloom;
mod index;
mod iter;
mod writer;

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::error::{StoreError, is_about_bytes};
use block::Cursor;
use index::{BlockHandle, Footer, Index};

pub(super) use block_cache::BlockCache;
pub(super) use bloom::BloomFilter;
pub(super) use iter::{CorruptRange, TableIter};
pub(super) use writer::{BlockKind, TableWriter};

/// Immutable sorted file of key-value pairs, several trees in one (SSTable). Opened once, read by many
/// threads.
#[doc(alias = "sstable")]
#[doc(alias = "sorted string table")]
pub(super) struct Table {
    /// Volume it belongs to, for messages.
    what: Arc<str>,
    /// Number within the volume; later tables have higher ones.
    number: u32,
    /// File, open for reading.
    file: File,
    /// Index, in memory.
    index: Index,
    /// Bytes of the index in the file.
    index_length: u32,
    /// Bytes of the file.
    size: u64,
    /// Block cache of the store.
    blocks: Arc<BlockCache>,
    /// Tag of its blocks in the cache.
    tag: u64,
}

impl Table {
    /// Returns the file name of a table: `7.table`.
    pub(super) fn file_name(number: u32) -> String {
        format!("{number}.table")
    }

    /// Returns the file name of a table that is being written.
    pub(super) fn draft_name(number: u32) -> String {
        format!("{number}.table.new")
    }

    /// Returns the numbers of the tables in a folder, oldest first.
    pub(super) fn numbers(dir: &Path) -> io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".table"));
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Opens a table of the volume in `dir`; reads footer and index.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it is not there, or its footer or index cannot be read.
    pub(super) fn open(
        dir: &Path,
        number: u32,
        what: &Arc<str>,
        blocks: &Arc<BlockCache>,
    ) -> Result<Table, StoreError> {
        let path = dir.join(Table::file_name(number));
        let failed = |error| read_error(what, number, error);
        let file = File::open(&path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let damaged = |why: &str| damaged(what, number, why);
        let at = size.checked_sub(Footer::SIZE as u64);
        let at = at.ok_or_else(|| damaged("it is cut off"))?;
        let mut bytes = [0; Footer::SIZE];
        file.read_exact_at(&mut bytes, at).map_err(failed)?;
        let tail = Footer::read(&bytes).ok_or_else(|| damaged("it is cut off"))?;
        if tail.at.checked_add(u64::from(tail.length)) != Some(at) {
            return Err(damaged("its index is not where it says"));
        }
        let mut bytes = vec![0; tail.length as usize];
        file.read_exact_at(&mut bytes, tail.at).map_err(failed)?;
        if crc32fast::hash(&bytes) != tail.crc {
            return Err(damaged("its index has changed"));
        }
        let index =
            Index::read(&bytes).ok_or_else(|| damaged("its index is of another release"))?;
        Ok(Table {
            what: Arc::clone(what),
            number,
            file,
            index,
            index_length: tail.length,
            size,
            blocks: Arc::clone(blocks),
            tag: blocks.tag(),
        })
    }

    /// Returns the number within the volume.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Returns the bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the bytes of memory of the index, whose blocks take twice what they take in the file.
    pub(super) fn index_bytes(&self) -> u64 {
        2 * u64::from(self.index_length)
    }

    /// Returns whether a tree may hold a key; never `false` if it does.
    pub(super) fn may_hold(&self, tree: u8, key: &[u8]) -> bool {
        let tree = self.index.tree(tree);
        tree.is_some_and(|tree| tree.holder(key).is_some())
    }

    /// Returns whether a tree may hold a key within bounds; never `false` if it does.
    pub(super) fn may_reach(&self, tree: u8, from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
        let tree = self.index.tree(tree);
        tree.is_some_and(|tree| tree.may_reach(from, to))
    }

    /// Returns the value of a key; reads one block, unless the filter denies the key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if that block is damaged, [`StoreError::Io`] if the disk refuses.
    pub(super) fn get(&self, tree: u8, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
        let Some(tree) = self.index.tree(tree) else {
            return Ok(None);
        };
        let Some(nth) = tree.holder(key) else {
            return Ok(None);
        };
        let bytes = self.block(&tree.blocks[nth], true)?;
        let mut cursor = Cursor::new(bytes);
        while let Some(value) = cursor.step().map_err(|_| self.scrambled())? {
            if cursor.key() >= key {
                return Ok((cursor.key() == key).then(|| cursor.value(value).into()));
            }
        }
        Ok(None)
    }

    /// Reads, checks and decompresses a block, or takes it from the cache. Cached if `keeps`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if its CRC-32 is another one, or it does not decompress.
    fn block(&self, block: &BlockHandle, keeps: bool) -> Result<Arc<Vec<u8>>, StoreError> {
        let key = (self.tag, block.offset);
        if let Some(bytes) = self.blocks.get(key) {
            return Ok(bytes);
        }
        let mut stored = vec![0; block.length as usize];
        let read = self.file.read_exact_at(&mut stored, block.offset);
        read.map_err(|error| read_error(&self.what, self.number, error))?;
        if crc32fast::hash(&stored) != block.crc {
            return Err(damaged(
                &self.what,
                self.number,
                "a block of it has changed",
            ));
        }
        let bytes = Arc::new(match block.is_packed() {
            true => {
                let raw = self.blocks.unpack(&stored, block.raw as usize);
                raw.ok_or_else(|| self.scrambled())?
            }
            false => stored,
        });
        if keeps {
            self.blocks.keep(key, &bytes);
        }
        Ok(bytes)
    }

    /// Makes the error for a block that is none.
    fn scrambled(&self) -> StoreError {
        damaged(&self.what, self.number, "a block of it makes no sense")
    }
}

/// Makes the error for a damaged table.
fn damaged(what: &str, number: u32, why: &str) -> StoreError {
    StoreError::Damaged {
        what: what.to_owned(),
        why: format!("{}: {why}", Table::file_name(number)),
    }
}

/// Sorts errors of reading: a file that is gone, too short or has bad sectors is damaged; all else is
/// the system's refusal.
fn read_error(what: &str, number: u32, error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => damaged(what, number, "it is gone"),
        io::ErrorKind::UnexpectedEof => damaged(what, number, "it is cut off"),
        // Bytes that the disk, or the file system by its own checksums, does not give.
        _ if is_about_bytes(&error) || is_bad_sector(&error) => {
            damaged(what, number, &error.to_string())
        }
        _ => StoreError::io(
            format!("read {} of {what}", Table::file_name(number)),
            error,
        ),
    }
}

/// Returns whether the disk, or the file system by its checksums, does not give the bytes.
fn is_bad_sector(error: &io::Error) -> bool {
    [libc::EIO, libc::EBADMSG, libc::EUCLEAN]
        .map(Some)
        .contains(&error.raw_os_error())
}

#[cfg(test)]
mod tests;
