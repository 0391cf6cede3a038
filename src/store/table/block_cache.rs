//! Blocks that were read lately, of all tables of a store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use zstd::zstd_safe::DCtx;

use crate::store::cache::{CacheWeight, GenerationalCache};
use crate::sync;

/// Bytes of blocks in each generation, roughly.
const GENERATION_BYTES: usize = 2 << 20;

/// Key of a block: tag of its table, offset in the file.
type Key = (u64, u64);

/// Cache of decompressed blocks, shared by all tables of a store, with the decompressor.
pub(in crate::store) struct BlockCache {
    /// Blocks that were read lately.
    read: Mutex<GenerationalCache<Key, Vec<u8>, GENERATION_BYTES>>,
    /// zstd context, shared: one block at a time.
    unpacker: Mutex<DCtx<'static>>,
    /// Next tag.
    tags: AtomicU64,
}

impl CacheWeight for Vec<u8> {
    fn weight(&self) -> usize {
        self.len() + 64
    }
}

impl BlockCache {
    /// Returns a tag that no other table of this store has.
    pub(super) fn tag(&self) -> u64 {
        self.tags.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns a cached block.
    pub(super) fn get(&self, key: Key) -> Option<Arc<Vec<u8>>> {
        self.read().get(key)
    }

    /// Caches a block.
    pub(super) fn keep(&self, key: Key, bytes: &Arc<Vec<u8>>) {
        self.read().put(key, Arc::clone(bytes));
    }

    /// Decompresses a zstd frame; `None` unless it gives exactly `length` bytes.
    pub(super) fn unpack(&self, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut raw = Vec::with_capacity(length);
        let mut unpacker = sync::lock(&self.unpacker);
        unpacker.decompress(&mut raw, packed).ok()?;
        (raw.len() == length).then_some(raw)
    }

    /// Locks the blocks.
    fn read(&self) -> MutexGuard<'_, GenerationalCache<Key, Vec<u8>, GENERATION_BYTES>> {
        sync::lock(&self.read)
    }
}

impl Default for BlockCache {
    fn default() -> BlockCache {
        BlockCache {
            read: Mutex::default(),
            unpacker: Mutex::new(DCtx::create()),
            tags: AtomicU64::default(),
        }
    }
}
