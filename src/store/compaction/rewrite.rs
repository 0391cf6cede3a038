//! Making a table of what lies still in a volume: its frozen memtable, and tables.
//!
//! ```text
//!   N.table.new -> N.table        written, synced, renamed: no table of the volume yet
//!   manifest.new                  the list with N, without what N was made of
//!   manifest.new -> manifest      now it is one, once the folder is synced
//!   the tables it was made of     removed
//! ```

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::codec::compress::{Decoder, Encoder};
use crate::store::codec::dictionary::Dictionary;
use crate::store::error::StoreError;
use crate::store::table::{Table, TableWriter};
use crate::store::volume::lsm_tree::{LsmTree, is_gone};
use crate::store::volume::manifest::{MANIFEST_DRAFT_FILE, Manifest, tidy};
use crate::store::volume::set::Volumes;
use crate::store::volume::{DICTIONARY, PACKED, TableChange, Volume, block_kind, tree};

/// Input of a compaction, besides the frozen memtable.
#[derive(Clone, Copy)]
pub(in crate::store) struct CompactionInput<'a> {
    /// Number of the newest tables that are merged into the new one.
    pub(in crate::store) n_merged: usize,
    /// Compression of items; `None` to leave them as they are.
    pub(in crate::store) packing: Option<Packing<'a>>,
    /// Whether damaged parts are passed over; otherwise they are an error.
    pub(in crate::store) is_salvage: bool,
    /// Flag that gives it up; `None` where it has to come to its end.
    pub(in crate::store) is_stopping: Option<&'a AtomicBool>,
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

/// Makes one table of the frozen memtable of a volume and of its newest tables, and puts it in their place;
/// `None` if the volume was dropped, or opened anew, meanwhile.
///
/// # Errors
///
/// [`StoreError::Damaged`] if a merged part cannot be read, [`StoreError::Stopping`] if it is given up; those
/// of the disk. The volume is as it was then.
pub(in crate::store) fn compact(
    volumes: &Volumes,
    volume: &Arc<Volume>,
    how: CompactionInput<'_>,
) -> Result<Option<CompactionStats>, StoreError> {
    let dir = volumes.folder(volume.period);
    let number = 1 + volume.tables.first().map_or(0, |table| table.number());
    let stats = match make_and_install(volumes, volume, how, number) {
        Ok(Some(stats)) => stats,
        not_made => {
            discard(&dir, number);
            return match not_made {
                // The folder of one that is gone refuses everything.
                Err(_) if !volumes.is_current(volume) => Ok(None),
                not_made => not_made,
            };
        }
    };
    volumes.sync_folder(volume.period)?;
    tidy(&dir);
    Ok(Some(stats))
}

/// Makes the table of this number and a manifest, and puts them in their place; `None` if the volume is
/// gone.
fn make_and_install(
    volumes: &Volumes,
    volume: &Arc<Volume>,
    how: CompactionInput<'_>,
    number: u32,
) -> Result<Option<CompactionStats>, StoreError> {
    let dir = volumes.folder(volume.period);
    let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
    if volume.tables.is_empty() {
        make_folder(&dir).map_err(failed)?;
    }
    let is_listed_only = how.n_merged == 0
        && volume
            .frozen
            .as_ref()
            .is_none_or(|frozen| frozen.has_only_meta());
    let made = (!is_listed_only).then_some(number);
    let mut stats = CompactionStats::default();
    if made.is_some() {
        let draft = dir.join(Table::draft_name(number));
        stats = write_table(volume, how, &draft)?;
        fs::rename(draft, dir.join(Table::file_name(number))).map_err(failed)?;
    }
    let manifest = next_manifest(volume, how, made);
    manifest.draft(&dir).map_err(failed)?;
    let change = TableChange {
        made,
        n_merged: how.n_merged,
        manifest,
        is_packed: how.packing.is_some(),
    };
    Ok(volumes.install(volume, change)?.then_some(stats))
}

/// Removes what was made of a table that did not come to its place, and the folder if nothing else is in it.
fn discard(dir: &Path, number: u32) {
    for name in [
        Table::draft_name(number),
        Table::file_name(number),
        MANIFEST_DRAFT_FILE.to_owned(),
    ] {
        let _ = fs::remove_file(dir.join(name));
    }
    let _ = fs::remove_dir(dir);
}

/// Makes the folder `dir` with what can be read of a volume that has nothing in memory: one table, and a
/// manifest of it. Durable when it returns.
///
/// # Errors
///
/// Those of the disk.
pub(in crate::store) fn copy_readable(volume: &Volume, dir: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(failed)?;
    }
    make_folder(dir).map_err(failed)?;
    let how = CompactionInput {
        n_merged: volume.tables.len(),
        packing: None,
        is_salvage: true,
        is_stopping: None,
    };
    let number = 1 + volume.tables.first().map_or(0, |table| table.number());
    write_table(volume, how, &dir.join(Table::file_name(number)))?;
    let manifest = next_manifest(volume, how, Some(number));
    manifest.write(dir).map_err(failed)
}

/// Writes a table of the frozen memtable and the newest tables of a volume, durably.
fn write_table(
    volume: &Volume,
    how: CompactionInput<'_>,
    path: &Path,
) -> Result<CompactionStats, StoreError> {
    let failed = |error| StoreError::io(format!("write {}", path.display()), error);
    let rewriter = Rewriter {
        volume,
        how,
        has_all: how.n_merged == volume.tables.len(),
        out: TableWriter::create(path).map_err(failed)?,
        encoder: Encoder::new(),
        decoder: Decoder::new(),
        rewritten: CompactionStats::default(),
    };
    let written = rewriter.run(&failed);
    written.inspect_err(|_| drop(fs::remove_file(path)))
}

/// Returns the manifest of a volume with the new table `made` in the place of the merged ones.
fn next_manifest(volume: &Volume, how: CompactionInput<'_>, made: Option<u32>) -> Manifest {
    let mut manifest = (*volume.manifest).clone();
    if let Some(frozen) = &volume.frozen {
        manifest.meta.extend(frozen.meta());
    }
    let kept = volume.tables[how.n_merged..].iter().rev();
    manifest.set_tables(kept.map(|table| table.number()).chain(made));
    match how.packing {
        Some(Packing { dictionary }) => {
            manifest.meta.insert(PACKED.into(), sled::IVec::default());
            manifest.meta.remove(DICTIONARY);
            let bytes = dictionary.map(|dictionary| dictionary.bytes().into());
            manifest
                .meta
                .extend(bytes.map(|bytes| (DICTIONARY.into(), bytes)));
        }
        // Above packed tables lies what was not.
        None if how.n_merged == volume.tables.len() => drop(manifest.meta.remove(PACKED)),
        None => {}
    }
    manifest
}

/// Makes the folder of a volume, if it is not there, under a name that survives a power loss.
fn make_folder(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    let parent = dir.parent().unwrap_or(dir);
    fs::File::open(parent)?.sync_all()
}

/// Writer of the new table.
struct Rewriter<'a> {
    volume: &'a Volume,
    how: CompactionInput<'a>,
    /// Whether nothing lies below the new table, so that delete markers can go.
    has_all: bool,
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
            self.out.begin(block_kind(tree.number)).map_err(failed)?;
            for entry in tree.at_rest(self.how.n_merged) {
                if self.is_given_up() {
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

    fn is_given_up(&self) -> bool {
        let flag = self.how.is_stopping;
        flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
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
