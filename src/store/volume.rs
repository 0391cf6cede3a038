//! One period: the items first seen in it and the stories begun in it.
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
//! | `meta` | `dense` | how often it had been written when it was packed |

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use sled::transaction::{ConflictableTransactionError, Transactional};

use super::codec::{ItemRecord, Unreadable};
use super::damage::DamageLog;
use super::database;
use super::dictionary::Dictionary;
use super::error::StoreError;
use super::frame::Frame;
use super::keys::{Head, IndexKey, Place, number};
use super::packing::Decoder;
use super::period::Period;
use super::raw::Removals;
use super::record::StoryRecord;
use crate::model::{ItemId, StoryId};

/// One period of the store, open.
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) db: sled::Db,
    pub(super) items: sled::Tree,
    pub(super) stories: sled::Tree,
    pub(super) by_channel: sled::Tree,
    pub(super) joins: sled::Tree,
    pub(super) meta: sled::Tree,
    dictionary: Option<Dictionary>,
}

/// Trees by number, as frames call them.
pub(super) mod tree {
    pub(in crate::store) const ITEMS: u8 = 0;
    pub(in crate::store) const STORIES: u8 = 1;
    pub(in crate::store) const BY_CHANNEL: u8 = 2;
    pub(in crate::store) const JOINS: u8 = 3;
    pub(in crate::store) const META: u8 = 4;
}

/// Their names.
pub(super) const TREES: [&str; 5] = ["items", "stories", "by_channel", "joins", "meta"];

/// Where the count of [`Volume::writes`] stands.
const WRITES: &[u8] = b"writes";

/// Where the dictionary of the items stands.
pub(super) const DICTIONARY: &[u8] = b"dictionary";

/// Whether this is the place of the count of [`Volume::writes`].
pub(super) fn is_count_of_writes(tree: u8, key: &[u8]) -> bool {
    tree == tree::META && key == WRITES
}

/// What is written into one volume together.
#[derive(Default)]
pub(super) struct Writes {
    /// How many of the items are new.
    pub(super) n_new: u64,
    pub(super) items: BTreeMap<ItemId, Vec<u8>>,
    pub(super) stories: BTreeMap<StoryId, Vec<u8>>,
    pub(super) by_channel: BTreeSet<IndexKey>,
    pub(super) joins: BTreeSet<IndexKey>,
}

/// Items, stories, places in channels, joins, and what is known of it all.
type Trees<'a> = (
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
    &'a sled::Tree,
);

impl Volume {
    pub(super) fn open(
        dir: &Path,
        period: Period,
        cache_bytes: u64,
        damage: &DamageLog,
    ) -> Result<Volume, StoreError> {
        let name = format!("volume {period}");
        let (db, trees) = database::open(dir, &name, cache_bytes, TREES, damage)?;
        let [items, stories, by_channel, joins, meta] = trees;
        let dictionary = meta.get(DICTIONARY);
        let dictionary = dictionary.map_err(|error| StoreError::sled(&name, error))?;
        Ok(Volume {
            name,
            db,
            items,
            stories,
            by_channel,
            joins,
            meta,
            dictionary: dictionary.map(|bytes| Dictionary::of(bytes.to_vec())),
        })
    }

    /// What its items are packed with.
    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.as_ref()
    }

    /// An item; `None` also if it cannot be read.
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

    /// A story; `None` also if it cannot be read.
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

    /// The first `limit` places of a channel, those below `after` if given.
    pub(super) fn places(
        &self,
        channel: Head,
        after: Option<Place>,
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<Place>, StoreError> {
        let range = self.by_channel.range(channel.below(after));
        self.collect(range, limit, damage)
    }

    /// Stories that can be found by `key` and stand from `newest` to `oldest`.
    pub(super) fn joins(
        &self,
        key: Head,
        (newest, oldest): (Timestamp, Timestamp),
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<Place>, StoreError> {
        let range = self.joins.range(key.between(newest, oldest));
        self.collect(range, limit, damage)
    }

    /// Hands every item that can be read to `visit`.
    pub(super) fn each_item(
        &self,
        damage: &DamageLog,
        mut visit: impl FnMut(ItemRecord) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut decoder = Decoder::new();
        self.each(&self.items, damage, |bytes| {
            match decoder.item(bytes, self.dictionary()) {
                Ok(record) => visit(record),
                Err(why) => {
                    damage.unreadable(&format!("an item of {}", self.name), &why);
                    Ok(())
                }
            }
        })
    }

    /// Hands every story that can be read to `visit`, or what `read` takes of it.
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

    /// How often it was written.
    ///
    /// sled takes a damaged place in its log for the end of it, and says nothing.
    /// That shows in this number being less than the ledger remembers.
    pub(super) fn writes(&self) -> Result<u64, StoreError> {
        let bytes = self.meta.get("writes");
        let bytes = bytes.map_err(|error| StoreError::sled(&self.name, error))?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// What changes together.
    fn all(&self) -> Trees<'_> {
        (
            &self.items,
            &self.stories,
            &self.by_channel,
            &self.joins,
            &self.meta,
        )
    }

    /// Writes all of it or nothing; returns the count of [`Volume::writes`]. Not
    /// on the disk before [`Volume::flush`].
    pub(super) fn write(&self, writes: &Writes) -> Result<u64, StoreError> {
        let written: sled::transaction::TransactionResult<u64, sled::Error> = self
            .all()
            .transaction(|(items, stories, by_channel, joins, meta)| {
                let mut n_new: u64 = 0;
                for (id, record) in &writes.items {
                    let before = items.insert(id.as_bytes(), record.as_slice())?;
                    n_new += u64::from(before.is_none());
                }
                for (id, record) in &writes.stories {
                    stories.insert(id.as_bytes(), record.as_slice())?;
                }
                for key in &writes.by_channel {
                    by_channel.insert(key.as_slice(), &[])?;
                }
                for key in &writes.joins {
                    joins.insert(key.as_slice(), &[])?;
                }
                if n_new > 0 {
                    let n_items = meta.get("items")?.as_deref().map_or(0, number) + n_new;
                    meta.insert("items", &n_items.to_be_bytes())?;
                }
                let count = meta.get("writes")?.as_deref().map_or(0, number) + 1;
                meta.insert("writes", &count.to_be_bytes())?;
                Ok::<u64, ConflictableTransactionError<sled::Error>>(count)
            });
        written.map_err(|error| StoreError::transaction(&self.name, error))
    }

    /// Removes all of it or nothing; returns the count of [`Volume::writes`].
    pub(super) fn remove(&self, removals: &Removals) -> Result<u64, StoreError> {
        let removed: sled::transaction::TransactionResult<u64, sled::Error> = self
            .all()
            .transaction(|(items, stories, by_channel, joins, meta)| {
                let mut n_removed: u64 = 0;
                for id in &removals.items {
                    n_removed += u64::from(items.remove(id.as_bytes().as_slice())?.is_some());
                }
                for id in &removals.stories {
                    stories.remove(id.as_bytes().as_slice())?;
                }
                for key in &removals.by_channel {
                    by_channel.remove(key.as_slice())?;
                }
                for key in &removals.joins {
                    joins.remove(key.as_slice())?;
                }
                let n_items = meta.get("items")?.as_deref().map_or(0, number);
                let n_items = n_items.saturating_sub(n_removed);
                meta.insert("items", &n_items.to_be_bytes())?;
                let count = meta.get("writes")?.as_deref().map_or(0, number) + 1;
                meta.insert("writes", &count.to_be_bytes())?;
                Ok::<u64, ConflictableTransactionError<sled::Error>>(count)
            });
        removed.map_err(|error| StoreError::transaction(&self.name, error))
    }

    /// Says in `frame` what a group of commits changes here.
    pub(super) fn put_into(&self, frame: &mut Frame, writes: &Writes) -> Result<(), StoreError> {
        for (id, record) in &writes.items {
            frame.put(tree::ITEMS, id.as_bytes(), record);
        }
        for (id, record) in &writes.stories {
            frame.put(tree::STORIES, id.as_bytes(), record);
        }
        for key in &writes.by_channel {
            frame.put(tree::BY_CHANNEL, key, &[]);
        }
        for key in &writes.joins {
            frame.put(tree::JOINS, key, &[]);
        }
        if writes.n_new > 0 {
            let count = self.items()? + writes.n_new;
            frame.put(tree::META, b"items", &count.to_be_bytes());
        }
        let count = self.writes()? + 1;
        frame.put(tree::META, WRITES, &count.to_be_bytes());
        Ok(())
    }

    /// How many items it holds.
    pub(super) fn items(&self) -> Result<u64, StoreError> {
        let bytes = self.meta.get("items");
        let bytes = bytes.map_err(|error| StoreError::sled(&self.name, error))?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// How many stories began in it, by counting; a damaged page ends the count.
    pub(super) fn n_stories(&self) -> Result<u64, StoreError> {
        Ok(self.stories.iter().keys().map_while(Result::ok).count() as u64)
    }

    /// Returns when all that was written is on the disk.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let flushed = self.db.flush();
        flushed.map_err(|error| StoreError::sled(&self.name, error))?;
        Ok(())
    }

    /// A damaged page counts as empty: what stands on it is lost, and readers
    /// get the rest.
    fn read(
        &self,
        tree: &sled::Tree,
        key: &[u8],
        damage: &DamageLog,
    ) -> Result<Option<sled::IVec>, StoreError> {
        match tree.get(key) {
            Ok(found) => Ok(found),
            Err(error) => match StoreError::sled(&self.name, error) {
                damaged @ StoreError::Damaged { .. } => {
                    damage.unreadable("a page of the store", &damaged);
                    Ok(None)
                }
                other => Err(other),
            },
        }
    }

    /// Stops at the first damaged page: sled repeats that error for ever.
    fn each(
        &self,
        tree: &sled::Tree,
        damage: &DamageLog,
        mut visit: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each_entry(tree, damage, |_, bytes| visit(bytes))
    }

    fn each_entry(
        &self,
        tree: &sled::Tree,
        damage: &DamageLog,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for entry in tree {
            match entry.map_err(|error| StoreError::sled(&self.name, error)) {
                Ok((key, bytes)) => visit(&key, &bytes)?,
                Err(damaged @ StoreError::Damaged { .. }) => {
                    damage.unreadable("the rest of a tree", &damaged);
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Stops at the first damaged page, as [`Volume::each`] does.
    fn collect(
        &self,
        range: sled::Iter,
        limit: usize,
        damage: &DamageLog,
    ) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::new();
        for entry in range.keys().take(limit) {
            match entry.map_err(|error| StoreError::sled(&self.name, error)) {
                Ok(key) => places.extend(Place::in_key(&key)),
                Err(damaged @ StoreError::Damaged { .. }) => {
                    damage.unreadable("the rest of an index", &damaged);
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(places)
    }
}

/// The story in a key, if it is one.
fn story_id(key: &[u8]) -> Option<StoryId> {
    key.try_into().ok().map(StoryId::from_bytes)
}
