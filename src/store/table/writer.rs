//! Writing a table, once, in order.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use zstd::zstd_safe::{self, CCtx};

use super::block::{BlockBuilder, MAX_KEY_BYTES};
use super::bloom::{BloomFilter, hash};
use super::index::{BlockHandle, Footer, Index, TreeIndex};

/// Bytes of entries after which a block is closed.
const BLOCK_BYTES: usize = 8 << 10;

/// zstd level of blocks.
const ZSTD_LEVEL: i32 = 3;

/// Writer of one table: tree by tree, keys in ascending order.
pub(in crate::store) struct TableWriter {
    file: BufWriter<File>,
    /// Offset of the next block.
    at: u64,
    /// zstd context.
    packer: CCtx<'static>,
    /// Block that is being filled.
    filling: BlockBuilder,
    /// First key of that block.
    first: Vec<u8>,
    /// Tree that is being written.
    tree: Option<OpenTree>,
    /// Index so far.
    index: Index,
}

/// Parameters of a tree.
#[derive(Clone, Copy)]
pub(in crate::store) struct BlockKind {
    /// Number of the tree, as in `volume::tree`.
    pub(in crate::store) number: u8,
    /// Leading bytes of a key that the filter is to know.
    pub(in crate::store) probe: u8,
    /// Whether its values are compressed already, so that blocks are not.
    pub(in crate::store) is_packed: bool,
}

/// Tree that is being written.
struct OpenTree {
    kind: BlockKind,
    /// Leading bytes of the last key, as far as the filter knows them.
    last: Vec<u8>,
    /// Hashes for the filter.
    hashes: Vec<u64>,
    /// Blocks so far.
    blocks: Vec<BlockHandle>,
}

impl TableWriter {
    /// Creates the file; replaces one that is there.
    pub(in crate::store) fn create(path: &Path) -> io::Result<TableWriter> {
        Ok(TableWriter {
            file: BufWriter::new(File::create(path)?),
            at: 0,
            packer: CCtx::create(),
            filling: BlockBuilder::default(),
            first: Vec::new(),
            tree: None,
            index: Index::default(),
        })
    }

    /// Ends the last tree and begins the next.
    pub(in crate::store) fn begin(&mut self, kind: BlockKind) -> io::Result<()> {
        self.end()?;
        self.tree = Some(OpenTree {
            kind,
            last: Vec::new(),
            hashes: Vec::new(),
            blocks: Vec::new(),
        });
        Ok(())
    }

    /// Adds an entry to the tree; keys come in ascending order.
    ///
    /// # Errors
    ///
    /// If the key has more than [`MAX_KEY_BYTES`], or the disk refuses.
    pub(in crate::store) fn put(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        if key.len() > MAX_KEY_BYTES {
            return Err(io::Error::other("a key is too long for a table"));
        }
        let tree = self.tree.as_mut().expect("a tree was begun");
        let probe = TreeIndex::probe(key, tree.kind.probe);
        if tree.hashes.is_empty() || tree.last != probe {
            tree.hashes.push(hash(probe));
            tree.last.clear();
            tree.last.extend_from_slice(probe);
        }
        if self.filling.bytes.is_empty() {
            self.first.clear();
            self.first.extend_from_slice(key);
        }
        self.filling.push(key, value);
        match self.filling.bytes.len() >= BLOCK_BYTES {
            true => self.close(),
            false => Ok(()),
        }
    }

    /// Writes index and footer, and waits for fsync.
    pub(in crate::store) fn finish(mut self) -> io::Result<()> {
        self.end()?;
        let index = self.index.to_bytes();
        let tail = Footer {
            at: self.at,
            length: u32::try_from(index.len()).map_err(io::Error::other)?,
            crc: crc32fast::hash(&index),
        };
        self.file.write_all(&index)?;
        self.file.write_all(&tail.to_bytes())?;
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }

    /// Ends the tree that is being written.
    fn end(&mut self) -> io::Result<()> {
        self.close()?;
        if let Some(tree) = self.tree.take() {
            self.index.trees.push(TreeIndex {
                number: tree.kind.number,
                probe: tree.kind.probe,
                filter: BloomFilter::of(&tree.hashes),
                blocks: tree.blocks,
            });
        }
        Ok(())
    }

    /// Writes the block, compressed if that saves a tenth.
    fn close(&mut self) -> io::Result<()> {
        let raw = &self.filling.bytes;
        let Some(tree) = self.tree.as_mut().filter(|_| !raw.is_empty()) else {
            return Ok(());
        };
        let mut packed = Vec::new();
        if !tree.kind.is_packed {
            packed.reserve(zstd_safe::compress_bound(raw.len()));
            let done = self.packer.compress(&mut packed, raw, ZSTD_LEVEL);
            done.expect("there is room for what does not shrink");
        }
        // What does not shrink by a tenth is read faster as it is.
        let shrinks = !packed.is_empty() && packed.len() + raw.len() / 10 < raw.len();
        let stored = if shrinks { &packed } else { raw };
        self.file.write_all(stored)?;
        let length = u32::try_from(stored.len()).map_err(io::Error::other)?;
        tree.blocks.push(BlockHandle {
            first: self.first.as_slice().into(),
            offset: self.at,
            length,
            raw: u32::try_from(raw.len()).map_err(io::Error::other)?,
            crc: crc32fast::hash(stored),
        });
        self.at += u64::from(length);
        self.filling.clear();
        Ok(())
    }
}
