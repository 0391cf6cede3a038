//! Volume of one period: the items first seen in it and the stories begun in it.
//!
//! Recent writes are in memory, as the journal has them, the rest in tables; `meta` lies in the manifest.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `items` | item | the item, and its story |
//! | `stories` | story | which copies there are and which one is shown |
//! | `by_channel` | channel ‖ newest first | nothing |
//! | `joins` | what copies share ‖ newest first | nothing |
//! | `meta` | `writes` | how often it was written |
//! | `meta` | `items` | how many it holds |
//! | `meta` | `checked` | how many parts of it had been found damaged when it was checked last |
//! | `meta` | `dictionary` | what its items are packed with |
//! | `meta` | `tables` | four bytes for each of its tables, oldest first |
//! | `meta` | `packed` | nothing; that its items are packed |

pub(super) mod changes;
mod install;
mod layout;
mod legacy;
pub(super) mod lsm_tree;
pub(super) mod manifest;
pub(super) mod memtable;
mod rack;
pub(super) mod scan;
pub(super) mod set;
pub(super) mod swap;

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
pub(super) use layout::{
    CHECKED, DICTIONARY, DICTIONARY_FILE, ITEMS, PACKED, TREES, block_kind, is_count_of_writes,
    tree,
};

use layout::{TABLES, WRITES};
use lsm_tree::{LsmTree, MergeIter};
use manifest::{Manifest, dictionary_in};
use memtable::{Memtable, TreeEntry};

/// Volume, open: the items first seen in one period, the stories begun in it, and their indexes. Replaced by
/// another over the same memtable when its tables change.
pub(super) struct Volume {
    pub(super) period: Period,
    /// Name for people: `volume 2026-11-01`.
    pub(super) name: Arc<str>,
    /// Writes that no table holds.
    pub(super) memtable: Arc<Memtable>,
    /// Memtable before that, while a table is made of it.
    pub(super) frozen: Option<Arc<Memtable>>,
    pub(super) items: LsmTree,
    pub(super) stories: LsmTree,
    pub(super) by_channel: LsmTree,
    pub(super) joins: LsmTree,
    /// Tables, newest first, as [`TABLES`] lists them.
    pub(super) tables: Arc<[Arc<Table>]>,
    /// Values of `meta` as of the newest table.
    pub(super) manifest: Arc<Manifest>,
    /// Dictionary of the items, once the volume was packed.
    dictionary: Option<Arc<Dictionary>>,
}

/// Change of the tables of a volume; what was frozen is below its memtable then.
pub(super) struct TableChange {
    /// Number of the new table, with the entries that were frozen; `None` if only `meta` changes.
    pub(super) made: Option<u32>,
    /// Number of the newest tables whose entries it holds too, which go.
    pub(super) n_merged: usize,
    /// Manifest with the new list.
    pub(super) manifest: Manifest,
    /// Whether its items are packed with the dictionary in the manifest.
    pub(super) is_packed: bool,
}

impl Volume {
    /// Opens the volume in `dir`, which need not be there, with its tables and nothing above them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if the manifest, or the index of a table, is; those of the disk.
    pub(super) fn open(
        dir: &Path,
        period: Period,
        blocks: &Arc<BlockCache>,
    ) -> Result<Volume, StoreError> {
        let name: Arc<str> = format!("volume {period}").into();
        let failed = |error| StoreError::io(format!("read {}", dir.display()), error);
        let manifest = Manifest::open(dir, &name)?;
        let dictionary = dictionary_in(dir, manifest.as_ref())?;
        let manifest = manifest.unwrap_or_default();
        let numbers = match manifest.tables() {
            Some(numbers) => numbers,
            // Where the manifest is lost, there are those that are there.
            None if dir.is_dir() => Table::numbers(dir).map_err(failed)?,
            None => Vec::new(),
        };
        let newest_first = numbers.into_iter().rev();
        let tables = newest_first
            .map(|number| Table::open(dir, number, &name, blocks).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Volume::over(
            (period, name),
            (Arc::default(), None),
            tables,
            Arc::new(manifest),
            dictionary,
        ))
    }

    /// Makes a volume of its parts: its name, its memtable and the one before, its tables, newest first.
    fn over(
        (period, name): (Period, Arc<str>),
        (memtable, frozen): (Arc<Memtable>, Option<Arc<Memtable>>),
        tables: Arc<[Arc<Table>]>,
        manifest: Arc<Manifest>,
        dictionary: Option<Arc<Dictionary>>,
    ) -> Volume {
        let memtables: Arc<[Arc<Memtable>]> =
            [&memtable].into_iter().chain(&frozen).cloned().collect();
        let tree = |number| LsmTree::new(number, &memtables, &tables);
        Volume {
            period,
            items: tree(tree::ITEMS),
            stories: tree(tree::STORIES),
            by_channel: tree(tree::BY_CHANNEL),
            joins: tree(tree::JOINS),
            memtable,
            frozen,
            name,
            tables,
            manifest,
            dictionary,
        }
    }

    /// Returns this volume with an empty memtable over the one it has, which nobody writes any more.
    fn freeze(&self) -> Volume {
        Volume::over(
            (self.period, Arc::clone(&self.name)),
            (Arc::default(), Some(Arc::clone(&self.memtable))),
            Arc::clone(&self.tables),
            Arc::clone(&self.manifest),
            self.dictionary.clone(),
        )
    }

    /// Returns whether both have the same tables below their memtable.
    fn is_same(&self, other: &Volume) -> bool {
        let frozen = |volume: &Volume| volume.frozen.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.manifest, &other.manifest) && frozen(self) == frozen(other)
    }

    /// Returns whether it holds what no table does.
    fn is_dirty(&self) -> bool {
        self.frozen.is_some() || !self.memtable.is_empty()
    }

    /// Returns a value of `meta`.
    pub(super) fn meta(&self, key: &[u8]) -> Option<sled::IVec> {
        let written = self.memtable.get(tree::META, key);
        let frozen = || self.frozen.as_ref()?.get(tree::META, key);
        written
            .or_else(frozen)
            .or_else(|| self.manifest.meta.get(key).cloned())
    }

    /// Returns the dictionary of the items.
    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.as_deref()
    }

    /// Returns the trees that tables hold too.
    pub(super) fn folded(&self) -> [&LsmTree; 4] {
        [&self.items, &self.stories, &self.by_channel, &self.joins]
    }

    /// Returns the bytes of memory that the open volume takes, without blocks that the store caches.
    fn weight(&self) -> u64 {
        let indexes = self.tables.iter().map(|table| table.index_bytes());
        let meta = self.manifest.meta.values().map(|value| value.len() as u64);
        // A dictionary as it was stored, as it is used, and what is made of it for reading.
        indexes.sum::<u64>() + 4 * meta.sum::<u64>()
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

    /// Returns the number of frames that were applied to this volume. Less than the ledger remembers is a
    /// loss.
    pub(super) fn writes(&self) -> u64 {
        self.meta(WRITES).as_deref().map_or(0, number)
    }

    /// Returns the number of items, as `meta` says.
    pub(super) fn items(&self) -> u64 {
        self.meta(ITEMS).as_deref().map_or(0, number)
    }

    /// Returns how many parts of this volume had been found damaged when it was checked last.
    pub(super) fn n_checked(&self) -> u64 {
        self.meta(CHECKED).as_deref().map_or(0, number)
    }

    /// Counts the stories; passes over damaged parts.
    pub(super) fn n_stories(&self) -> Result<u64, StoreError> {
        Ok(self.stories.entries().filter_map(Result::ok).count() as u64)
    }

    /// Returns the value of a key; a damaged block counts as empty: what is in it is lost, and
    /// readers get the rest.
    fn read(
        &self,
        tree: &LsmTree,
        key: &[u8],
        damage: &DamageLog,
    ) -> Result<Option<sled::IVec>, StoreError> {
        match tree.get(key) {
            Err(damaged @ StoreError::Damaged { .. }) => {
                damage.unsound(self.period, "a block of the store", &damaged);
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

/// Decodes a key of `stories`; `None` if it is none.
fn story_id(key: &[u8]) -> Option<StoryId> {
    key.try_into().ok().map(StoryId::from_bytes)
}
