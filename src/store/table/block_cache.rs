//! Blocks that were read lately, of all tables of a store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use zstd::zstd_safe::DCtx;

use crate::store::cache::{CacheWeight, GenerationalCache};
use crate::sync;

/// Bytes of blocks in each half, about.
const GENERATION_BYTES: usize = 2 << 20;

/// A block: the table it is of, and where it lies.
type Key = (u64, u64);

/// What tables of a store share.
pub(in crate::store) struct BlockCache {
    read: Mutex<GenerationalCache<Key, Vec<u8>, GENERATION_BYTES>>,
    unpacker: Mutex<DCtx<'static>>,
    tags: AtomicU64,
}

impl CacheWeight for Vec<u8> {
    fn weight(&self) -> usize {
        self.len() + 64
    }
}

impl BlockCache {
    /// A number that no other table has.
    pub(super) fn tag(&self) -> u64 {
        self.tags.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn get(&self, key: Key) -> Option<Arc<Vec<u8>>> {
        self.read().get(key)
    }

    pub(super) fn keep(&self, key: Key, bytes: &Arc<Vec<u8>>) {
        self.read().put(key, Arc::clone(bytes));
    }

    /// What zstd has packed, if that is `length` bytes.
    pub(super) fn unpack(&self, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut raw = Vec::with_capacity(length);
        let mut unpacker = sync::lock(&self.unpacker);
        unpacker.decompress(&mut raw, packed).ok()?;
        (raw.len() == length).then_some(raw)
    }

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
