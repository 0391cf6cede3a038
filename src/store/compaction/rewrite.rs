//! Writing what a volume holds into a table, in a folder that takes its place.
//!
//! sled's file grows to twice and more of what is in it, and never shrinks. So
//! what it holds goes to a table now and then, and sled begins anew.
//!
//! ```text
//!   2026-11-01.dense     a new table, links to those that stay, a small sled
//!   2026-11-01        -> .replaced      cut off here, the old one comes back
//!   2026-11-01.dense  -> 2026-11-01
//!   .replaced removed
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::store::Store;
use crate::store::codec::compress::{Decoder, Encoder};
use crate::store::codec::dictionary::Dictionary;
use crate::store::codec::period::Period;
use crate::store::disk::database;
use crate::store::error::StoreError;
use crate::store::table::{BlockKind, Table, TableWriter};
use crate::store::volume::lsm_tree::{LsmTree, is_gone};
use crate::store::volume::memtable::Memtable;
use crate::store::volume::swap;
use crate::store::volume::{DICTIONARY, PACKED, TABLES, TREES, Volume, tree};

/// Page cache of the new sled, in bytes.
const CACHE_BYTES: u64 = 1 << 20;

/// Attempts to take the place of a volume that is being read.
pub(super) const SWAP_ATTEMPTS: u32 = 200;

/// Pause between two attempts.
pub(super) const SWAP_PAUSE: Duration = Duration::from_millis(5);

/// Input of a compaction, besides the entries in sled.
#[derive(Clone, Copy)]
pub(in crate::store) struct CompactionInput<'a> {
    /// Number of the newest tables that are merged into the new one.
    pub(in crate::store) n_merged: usize,
    /// Compression of items; `None` to leave them as they are.
    pub(in crate::store) packing: Option<Packing<'a>>,
    /// Whether damaged parts are passed over; otherwise they are an error.
    pub(in crate::store) is_salvage: bool,
}

/// Compression of items.
#[derive(Clone, Copy)]
pub(in crate::store) struct Packing<'a> {
    /// Dictionary; `None` to compress each item alone.
    pub(in crate::store) dictionary: Option<&'a Dictionary>,
}

/// Counts of the items that went into a table.
#[derive(Clone, Copy, Default)]
pub(in crate::store) struct CompactionStats {
    pub(in crate::store) items: u64,
    /// Bytes of the items before.
    pub(in crate::store) before: u64,
    /// Bytes of the items in the table.
    pub(in crate::store) after: u64,
}

impl Store {
    /// Makes a folder with the contents of `volume`: a new table, links to the tables that are not
    /// merged, and a small sled. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if a merged part cannot be read, unless it is a salvage,
    /// [`StoreError::Stopping`] if it is given up; those of the disk.
    pub(in crate::store) fn rewrite(
        &self,
        period: Period,
        volume: &Volume,
        how: CompactionInput<'_>,
    ) -> Result<CompactionStats, StoreError> {
        let dir = self.volumes.draft(period);
        let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
        if dir.exists() {
            fs::remove_dir_all(&dir).map_err(failed)?;
        }
        fs::create_dir_all(&dir).map_err(failed)?;
        let (_, kept) = volume.tables.split_at(how.n_merged);
        let old = self.volumes.folder(period);
        for table in kept {
            let name = Table::file_name(table.number());
            swap::link(&old.join(&name), &dir.join(&name)).map_err(failed)?;
        }
        let number = 1 + volume.tables.first().map_or(0, |table| table.number());
        let path = dir.join(Table::file_name(number));
        let out = TableWriter::create(&path).map_err(failed)?;
        let rewritten = Rewriter {
            volume,
            how,
            has_all: kept.is_empty(),
            is_stopping: &self.is_stopping,
            out,
            encoder: Encoder::new(),
            decoder: Decoder::new(),
            rewritten: CompactionStats::default(),
        };
        let rewritten = rewritten.run(&failed)?;
        let numbers = kept
            .iter()
            .rev()
            .map(|table| table.number())
            .chain([number]);
        self.begin_anew(volume, &dir, numbers, how)?;
        fs::File::open(&dir)
            .and_then(|dir| dir.sync_all())
            .map_err(failed)?;
        Ok(rewritten)
    }

    /// Makes the sled that lies over the tables: only `meta`, which names them.
    fn begin_anew(
        &self,
        volume: &Volume,
        dir: &Path,
        tables: impl Iterator<Item = u32>,
        how: CompactionInput<'_>,
    ) -> Result<(), StoreError> {
        let packing = how.packing;
        let failed = |error| StoreError::sled(&volume.name, error);
        let mut meta = BTreeMap::new();
        for entry in volume.memtable.meta() {
            match entry {
                Err(_) if how.is_salvage => {}
                entry => meta.extend([entry.map_err(failed)?]),
            }
        }
        let tables: Vec<u8> = tables.flat_map(u32::to_be_bytes).collect();
        meta.insert(TABLES.into(), tables.into());
        meta.remove(PACKED);
        if packing.is_some() {
            meta.insert(PACKED.into(), sled::IVec::default());
            meta.remove(DICTIONARY);
        }
        let kept = volume.dictionary().filter(|_| how.is_salvage);
        if let Some(dictionary) = packing.and_then(|packing| packing.dictionary).or(kept) {
            meta.insert(DICTIONARY.into(), dictionary.bytes().into());
        }
        let (db, trees) = database::open(dir, &volume.name, CACHE_BYTES, TREES, &self.damage)?;
        for (key, value) in &meta {
            let done = trees[usize::from(tree::META)].insert(key, value);
            done.map_err(failed)?;
        }
        db.flush().map_err(failed)?;
        database::sync(dir)?;
        drop((db, trees));
        if packing.is_some() {
            Memtable::seal(dir, meta);
        }
        Ok(())
    }

    /// Puts the folder of [`Store::rewrite`] in the place of the volume; returns the path of the old
    /// one, or `None` if somebody reads in it all the time. The caller holds the writer's lock.
    pub(in crate::store) fn take_place(
        &self,
        period: Period,
    ) -> Result<Option<PathBuf>, StoreError> {
        let dir = self.volumes.draft(period);
        for _ in 0..SWAP_ATTEMPTS {
            if let Some(old) = self.volumes.replace(period, &dir)? {
                return Ok(Some(old));
            }
            std::thread::sleep(SWAP_PAUSE);
        }
        Ok(None)
    }

    /// Puts the folder of [`Store::rewrite`] in the place of the volume, and removes the old one;
    /// returns `false` if somebody reads in it all the time.
    pub(in crate::store) fn take_over(&self, period: Period) -> Result<bool, StoreError> {
        let Some(old) = self.take_place(period)? else {
            return Ok(false);
        };
        swap::remove_or_leave(&old);
        Ok(true)
    }

    /// Removes the folder of [`Store::rewrite`].
    pub(in crate::store) fn discard(&self, period: Period) {
        drop(fs::remove_dir_all(self.volumes.draft(period)));
    }
}

/// Writer of the new table.
struct Rewriter<'a> {
    volume: &'a Volume,
    how: CompactionInput<'a>,
    /// Whether nothing lies below the new table, so that delete markers can go.
    has_all: bool,
    /// Whether it is to be given up.
    is_stopping: &'a AtomicBool,
    out: TableWriter,
    encoder: Encoder,
    decoder: Decoder,
    /// Counts so far.
    rewritten: CompactionStats,
}

impl Rewriter<'_> {
    /// Merges all trees into the table.
    fn run(
        mut self,
        failed: &dyn Fn(io::Error) -> StoreError,
    ) -> Result<CompactionStats, StoreError> {
        for tree in self.volume.folded() {
            self.out.begin(kind(tree.number)).map_err(failed)?;
            for entry in tree.newest(self.how.n_merged) {
                if self.is_stopping.load(Ordering::Relaxed) {
                    return Err(StoreError::Stopping);
                }
                let (key, value) = match entry {
                    Err(StoreError::Damaged { .. }) if self.how.is_salvage => continue,
                    entry => entry?,
                };
                if !is_gone(&value) {
                    self.put(tree, &key, &value).map_err(failed)?;
                } else if !self.has_all {
                    self.out.put(&key, &value).map_err(failed)?;
                }
            }
        }
        self.out.finish().map_err(failed)?;
        Ok(self.rewritten)
    }

    /// Writes one entry, items with another compression if that is asked for.
    fn put(&mut self, of: &LsmTree, key: &[u8], value: &[u8]) -> io::Result<()> {
        if of.number != tree::ITEMS {
            return self.out.put(key, value);
        }
        self.rewritten.items += 1;
        self.rewritten.before += value.len() as u64;
        // What cannot be read stays as it lies, for a check to tell of.
        let packed = self.how.packing.and_then(|packing| {
            let raw = self.decoder.raw(value, self.volume.dictionary()).ok()?;
            Some(self.encoder.pack(&raw, packing.dictionary))
        });
        let value = packed.as_deref().unwrap_or(value);
        self.rewritten.after += value.len() as u64;
        self.out.put(key, value)
    }
}

/// Returns the parameters of a tree: filters know ids as a whole, and of index keys the prefix.
fn kind(number: u8) -> BlockKind {
    BlockKind {
        number,
        probe: match number {
            tree::ITEMS | tree::STORIES => 16,
            _ => 8,
        },
        is_packed: number == tree::ITEMS,
    }
}
