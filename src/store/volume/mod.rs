//! Volume of one period: the items first seen in it and the stories begun in it.
//!
//! Recent writes are in sled, the rest in tables; `meta` is in sled alone.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `items` | item | the item, and its story |
//! | `stories` | story | which copies there are and which one is shown |
//! | `by_channel` | channel ‖ newest first | nothing |
//! | `joins` | what copies share ‖ newest first | nothing |
//! | `meta` | `writes` | how often it was written |
//! | `meta` | `items` | how many it holds |
//! | `meta` | `dictionary` | what its items are packed with |
//! | `meta` | `tables` | four bytes for each of its tables, oldest first |
//! | `meta` | `packed` | nothing; that its items are packed |

pub(super) mod changes;
pub(super) mod lsm_tree;
pub(super) mod memtable;
mod rack;
pub(super) mod scan;
mod seal;
pub(super) mod set;
pub(super) mod swap;

use std::fs;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::codec::Unreadable;
use super::codec::compress::Decoder;
use super::codec::dictionary::Dictionary;
use super::codec::item::ItemRecord;
use super::codec::key::{IndexKey, IndexPosition, IndexPrefix, number};
use super::codec::period::Period;
use super::codec::story::StoryRecord;
use super::disk::damage::DamageLog;
use super::error::StoreError;
use super::table::{BlockCache, Table};
use crate::model::{ItemId, StoryId};
use lsm_tree::{LsmTree, MergeIter, TreeEntry};
use memtable::Memtable;

/// Volume, open: the items first seen in one period, the stories begun in it, and their indexes.
pub(super) struct Volume {
    pub(super) period: Period,
    /// Name for people: `volume 2026-11-01`.
    pub(super) name: Arc<str>,
    /// Part that is in sled.
    pub(super) memtable: Arc<Memtable>,
    pub(super) items: LsmTree,
    pub(super) stories: LsmTree,
    pub(super) by_channel: LsmTree,
    pub(super) joins: LsmTree,
    /// Tables, newest first, as [`TABLES`] lists them.
    pub(super) tables: Arc<[Arc<Table>]>,
    /// Dictionary of the items, once the volume was packed.
    dictionary: Option<Dictionary>,
}

/// Numbers of the trees, in frames and tables.
pub(super) mod tree {
    pub(in crate::store) const ITEMS: u8 = 0;
    pub(in crate::store) const STORIES: u8 = 1;
    pub(in crate::store) const BY_CHANNEL: u8 = 2;
    pub(in crate::store) const JOINS: u8 = 3;
    pub(in crate::store) const META: u8 = 4;
}

/// Names of the trees in sled, by number.
pub(super) const TREES: [&str; 5] = ["items", "stories", "by_channel", "joins", "meta"];

/// Key in `meta` of [`Volume::writes`].
pub(super) const WRITES: &[u8] = b"writes";

/// Key in `meta` of the table numbers.
pub(super) const TABLES: &[u8] = b"tables";

/// Key in `meta` that is there once the volume was packed.
pub(super) const PACKED: &[u8] = b"packed";

/// Key in `meta` of the dictionary.
pub(super) const DICTIONARY: &[u8] = b"dictionary";

/// Name of the file with a copy of the dictionary, which outlives sled.
pub(super) const DICTIONARY_FILE: &str = "dictionary";

/// Returns whether this is the place of [`Volume::writes`].
pub(super) fn is_count_of_writes(tree: u8, key: &[u8]) -> bool {
    tree == tree::META && key == WRITES
}

impl Volume {
    /// Opens the volume in `dir` with its tables, making what is not there; `cache_bytes` is the memory
    /// for pages of sled.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if sled, or the index of a table, is; those of the disk.
    pub(super) fn open(
        dir: &Path,
        period: Period,
        cache_bytes: u64,
        blocks: &Arc<BlockCache>,
        damage: &Arc<DamageLog>,
    ) -> Result<Volume, StoreError> {
        let name: Arc<str> = format!("volume {period}").into();
        let memtable = Arc::new(Memtable::open(dir, &name, cache_bytes, damage)?);
        let meta = |key: &[u8]| memtable.get(tree::META, key);
        let dictionary = dictionary_in(dir, meta(DICTIONARY)?)
            .map_err(|error| StoreError::io(format!("use {}", dir.display()), error))?;
        let numbers: Vec<u32> = match meta(TABLES)? {
            Some(numbers) => {
                let each = numbers.chunks(4).map(<[u8; 4]>::try_from);
                each.flatten().map(u32::from_be_bytes).collect()
            }
            // Where sled has lost even that, there are those that are there.
            None => Table::numbers(dir)
                .map_err(|error| StoreError::io(format!("read {}", dir.display()), error))?,
        };
        let newest_first = numbers.into_iter().rev();
        let tables: Arc<[Arc<Table>]> = newest_first
            .map(|number| Table::open(dir, number, &name, blocks).map(Arc::new))
            .collect::<Result<_, _>>()?;
        let tree = |number| LsmTree::new(number, &memtable, &name, &tables);
        Ok(Volume {
            period,
            items: tree(tree::ITEMS),
            stories: tree(tree::STORIES),
            by_channel: tree(tree::BY_CHANNEL),
            joins: tree(tree::JOINS),
            memtable,
            name,
            tables,
            dictionary: dictionary.map(Dictionary::of),
        })
    }

    /// Returns the dictionary of the items.
    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.as_ref()
    }

    /// Returns the trees that tables hold too.
    pub(super) fn folded(&self) -> [&LsmTree; 4] {
        [&self.items, &self.stories, &self.by_channel, &self.joins]
    }

    /// Returns the bytes of sled's file; 0 if the system does not say.
    pub(super) fn sled_size(&self) -> u64 {
        self.memtable.size()
    }

    /// Returns the bytes of memory that the open volume takes, without blocks that the store caches:
    /// buffers and pages of sled, where that is open, and the indexes of its tables.
    fn weight(&self) -> u64 {
        let indexes = self.tables.iter().map(|table| table.index_bytes());
        self.memtable.weight() + indexes.sum::<u64>()
    }

    /// Returns an item; `None` also if it cannot be read, which is told to `damage`.
    pub(super) fn item(
        &self,
        id: ItemId,
        decoder: &mut Decoder,
        damage: &DamageLog,
    ) -> Result<Option<ItemRecord>, StoreError> {
        let bytes = self.read(&self.items, id.as_bytes(), damage)?;
        Ok(bytes.and_then(|bytes| {
            let read = decoder.item(&bytes, self.dictionary());
            read.inspect_err(|why| damage.unreadable(&format!("item {id}"), why))
                .ok()
        }))
    }

    /// Returns a story; `None` also if it cannot be read, which is told to `damage`.
    pub(super) fn story(
        &self,
        id: StoryId,
        damage: &DamageLog,
    ) -> Result<Option<StoryRecord>, StoreError> {
        let bytes = self.read(&self.stories, id.as_bytes(), damage)?;
        Ok(bytes.and_then(|bytes| {
            let read = StoryRecord::read(&bytes);
            read.inspect_err(|why| damage.unreadable(&format!("story {id}"), why))
                .ok()
        }))
    }

    /// Returns the first `limit` positions of a channel, or those behind `after`.
    pub(super) fn places(
        &self,
        channel: IndexPrefix,
        after: Option<IndexPosition>,
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<IndexPosition>, StoreError> {
        self.collect(&self.by_channel, channel.below(after), limit, damage)
    }

    /// Returns the first `limit` positions of a dedupe key, of stories that stand from `newest` to
    /// `oldest`.
    pub(super) fn joins(
        &self,
        key: IndexPrefix,
        (newest, oldest): (Timestamp, Timestamp),
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<IndexPosition>, StoreError> {
        self.collect(&self.joins, key.between(newest, oldest), limit, damage)
    }

    /// Calls `visit` with every item that can be read.
    pub(super) fn each_item(
        &self,
        damage: &DamageLog,
        mut visit: impl FnMut(ItemRecord) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut decoder = Decoder::new();
        self.each_entry(&self.items, damage, |_, bytes| {
            match decoder.item(bytes, self.dictionary()) {
                Ok(record) => visit(record),
                Err(why) => {
                    damage.unreadable(&format!("an item of {}", self.name), &why);
                    Ok(())
                }
            }
        })
    }

    /// Calls `visit` with the part that `read` takes of every story, where it can be read.
    pub(super) fn each_story<T>(
        &self,
        damage: &DamageLog,
        read: fn(&[u8]) -> Result<T, Unreadable>,
        mut visit: impl FnMut(StoryId, T),
    ) -> Result<(), StoreError> {
        self.each_entry(&self.stories, damage, |key, bytes| {
            match read(bytes) {
                Ok(record) => drop(story_id(key).map(|id| visit(id, record))),
                Err(why) => damage.unreadable(&format!("a story of {}", self.name), &why),
            }
            Ok(())
        })
    }

    /// Returns the number of frames that were applied to this volume.
    ///
    /// sled takes a damaged place in its log for the end of it, and says nothing. Such a loss shows in
    /// this number being less than the ledger remembers.
    pub(super) fn writes(&self) -> Result<u64, StoreError> {
        let bytes = self.memtable.get(tree::META, b"writes")?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// Returns the number of items, as `meta` says.
    pub(super) fn items(&self) -> Result<u64, StoreError> {
        let bytes = self.memtable.get(tree::META, b"items")?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// Counts the stories; passes over damaged parts.
    pub(super) fn n_stories(&self) -> Result<u64, StoreError> {
        Ok(self.stories.entries().filter_map(Result::ok).count() as u64)
    }

    /// Flushes sled.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.memtable.flush()
    }

    /// Returns the value of a key; a damaged page counts as empty: what stands on it is lost, and
    /// readers get the rest.
    fn read(
        &self,
        tree: &LsmTree,
        key: &[u8],
        damage: &DamageLog,
    ) -> Result<Option<sled::IVec>, StoreError> {
        match tree.get(key) {
            Err(damaged @ StoreError::Damaged { .. }) => {
                damage.unsound(self.period, "a page of the store", &damaged);
                Ok(None)
            }
            found => found,
        }
    }

    /// Drops the damaged parts of an iteration, and tells `damage`.
    pub(super) fn readable<'a>(
        &self,
        entries: MergeIter,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = Result<TreeEntry, StoreError>> + use<'a> {
        let period = self.period;
        entries.filter(move |entry| {
            if let Err(damaged @ StoreError::Damaged { .. }) = entry {
                damage.unsound(period, "a part of the store", damaged);
                return false;
            }
            true
        })
    }

    /// Calls `visit` with every entry that can be read.
    fn each_entry(
        &self,
        tree: &LsmTree,
        damage: &DamageLog,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for entry in self.readable(tree.entries(), damage) {
            let (key, bytes) = entry?;
            visit(&key, &bytes)?;
        }
        Ok(())
    }

    /// Returns the positions in a range of an index, at most `limit`.
    fn collect(
        &self,
        tree: &LsmTree,
        (from, to): (Bound<IndexKey>, Bound<IndexKey>),
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<IndexPosition>, StoreError> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let range = tree.range(from.map(<[u8; 36]>::as_slice), to.map(<[u8; 36]>::as_slice));
        let mut places = Vec::new();
        for entry in self.readable(range, damage).take(limit) {
            places.extend(IndexPosition::in_key(&entry?.0));
        }
        Ok(places)
    }
}

/// Returns the dictionary in `meta`, or where sled has lost that, its copy in a file beside the tables,
/// which is made where it is missing.
fn dictionary_in(dir: &Path, said: Option<sled::IVec>) -> io::Result<Option<Vec<u8>>> {
    let path = dir.join(DICTIONARY_FILE);
    match said {
        Some(bytes) => {
            if fs::metadata(&path).map_or(0, |about| about.len()) != bytes.len() as u64 {
                // Where there is no room sled still has it.
                let _ = fs::write(&path, &bytes);
            }
            Ok(Some(bytes.to_vec()))
        }
        None if path.exists() => fs::read(path).map(Some),
        None => Ok(None),
    }
}

/// Decodes a key of `stories`; `None` if it is none.
fn story_id(key: &[u8]) -> Option<StoryId> {
    key.try_into().ok().map(StoryId::from_bytes)
}
