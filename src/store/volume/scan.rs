//! Trees as they lie, for checking and mending.
//!
//! Nothing here trusts a record. A walk passes over what is damaged, and says so.

use jiff::Timestamp;

use super::changes::VolumeWrites;
use super::lsm_tree::{Entry, LsmTree};
use super::{TABLES, TREES, Volume, tree};
use crate::model::{ItemId, StoryId};
use crate::store::codec::frame::Frame;
use crate::store::codec::key::{IndexKey, IndexPosition, IndexPrefix, time_bytes, time_of};
use crate::store::codec::source::hub::read_subscription;
use crate::store::codec::source::robots::read_robots;
use crate::store::codec::source::seen::read_roll;
use crate::store::codec::source::state::read_state;
use crate::store::codec::story::StoryRecord;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::error::StoreError;
use crate::store::ledger;
use crate::store::ledger::Ledger;

/// An index of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Index {
    /// What stands in a channel.
    Channel,
    /// What shares a key.
    Join,
}

/// What is to be removed from one volume.
#[derive(Default)]
pub(in crate::store) struct VolumeDeletes {
    pub(in crate::store) items: Vec<ItemId>,
    pub(in crate::store) stories: Vec<StoryId>,
    pub(in crate::store) by_channel: Vec<IndexKey>,
    pub(in crate::store) joins: Vec<IndexKey>,
}

impl VolumeDeletes {
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }

    /// Adds what else goes.
    pub(in crate::store) fn add(&mut self, more: &VolumeDeletes) {
        self.items.extend(&more.items);
        self.stories.extend(&more.stories);
        self.by_channel.extend(&more.by_channel);
        self.joins.extend(&more.joins);
    }

    /// Says in `frame` that all of it goes.
    pub(in crate::store) fn put_into(&self, frame: &mut Frame) {
        for id in &self.items {
            frame.remove(tree::ITEMS, id.as_bytes());
        }
        for id in &self.stories {
            frame.remove(tree::STORIES, id.as_bytes());
        }
        for key in &self.by_channel {
            frame.remove(tree::BY_CHANNEL, key);
        }
        for key in &self.joins {
            frame.remove(tree::JOINS, key);
        }
    }

    /// Keys of an index.
    pub(in crate::store) fn strays(&mut self, index: Index) -> &mut Vec<IndexKey> {
        match index {
            Index::Channel => &mut self.by_channel,
            Index::Join => &mut self.joins,
        }
    }

    /// A story of this volume, with its indexes.
    pub(in crate::store) fn take(&mut self, id: StoryId, record: &StoryRecord) {
        let place = IndexPosition::new(record.sort_key, id);
        self.stories.push(id);
        let channels = record.channels.iter();
        self.by_channel.extend(channels.map(|head| head.key(place)));
        let keys = record.keys.iter();
        self.joins
            .extend(keys.map(|key| IndexPrefix::join(*key).key(place)));
    }
}

impl VolumeWrites {
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.stories.is_empty()
            && self.by_channel.is_empty()
            && self.joins.is_empty()
    }
}

impl Volume {
    pub(in crate::store) fn raw_items<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.items, damage).filter_map(by_id)
    }

    pub(in crate::store) fn raw_stories<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        self.walk(&self.stories, damage).filter_map(by_id)
    }

    pub(in crate::store) fn raw_index<'a>(
        &self,
        index: Index,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = IndexKey> + use<'a> {
        self.walk(self.index(index), damage)
            .filter_map(|(key, _)| (*key).try_into().ok())
    }

    /// All its records, tree by tree, wherever they lie.
    pub(in crate::store) fn records(&self) -> Result<Vec<(String, Records)>, StoreError> {
        let trees = database::trees(&self.db, &self.name)?;
        let records = trees.into_iter().map(|(name, tree)| {
            let folded = TREES.iter().position(|other| *other == name);
            let records: Records = match folded.and_then(|nth| self.folded().into_iter().nth(nth)) {
                Some(folded) => Box::new(folded.entries()),
                None => {
                    let records = in_sled(&tree, &self.name);
                    Box::new(
                        records.filter(|record| !matches!(record, Ok((key, _)) if key == TABLES)),
                    )
                }
            };
            (name, records)
        });
        Ok(records.collect())
    }

    /// One of its trees in sled, made if it is not there.
    pub(in crate::store) fn open_tree(&self, name: &str) -> sled::Result<sled::Tree> {
        self.db.open_tree(name)
    }

    /// Whether an index has this key.
    pub(in crate::store) fn has(&self, index: Index, key: &IndexKey) -> Result<bool, StoreError> {
        self.holds(self.index(index), key)
    }

    /// Whether there is a record of this item, readable or not.
    pub(in crate::store) fn has_item(&self, id: ItemId) -> Result<bool, StoreError> {
        self.holds(&self.items, id.as_bytes())
    }

    /// Whether an item that the ledger knows is one of those that the volume says it
    /// holds: so it is also where its block cannot be read.
    pub(in crate::store) fn counts(&self, id: ItemId) -> Result<bool, StoreError> {
        match self.items.contains(id.as_bytes()) {
            Err(StoreError::Damaged { .. }) => Ok(true),
            holds => holds,
        }
    }

    /// Items, by counting.
    pub(in crate::store) fn count_items(&self) -> Result<u64, StoreError> {
        Ok(self.items.entries().filter_map(Result::ok).count() as u64)
    }

    /// Writes down how many items it holds.
    pub(in crate::store) fn set_items(&self, count: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("items", &count.to_be_bytes());
        done.map_err(|error| StoreError::sled(&self.name, error))?;
        Ok(())
    }

    fn holds(&self, tree: &LsmTree, key: &[u8]) -> Result<bool, StoreError> {
        match tree.contains(key) {
            Err(StoreError::Damaged { .. }) => Ok(false),
            holds => holds,
        }
    }

    /// What the disk refuses ends it.
    fn walk<'a>(
        &self,
        tree: &LsmTree,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = Entry> + use<'a> {
        let entries = self.readable(tree.entries(), damage);
        entries.map_while(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                damage.unreadable("the rest of a tree", &error);
                None
            }
        })
    }

    fn index(&self, index: Index) -> &LsmTree {
        match index {
            Index::Channel => &self.by_channel,
            Index::Join => &self.joins,
        }
    }
}

impl Ledger {
    pub(in crate::store) fn raw_entries<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = ([u8; 16], sled::IVec)> + use<'a> {
        walk(&self.items, damage).filter_map(by_id)
    }

    /// All its records, tree by tree.
    pub(in crate::store) fn records(&self) -> Result<Vec<(String, Records)>, StoreError> {
        let trees = database::trees(&self.db, ledger::NAME)?;
        let records = trees
            .into_iter()
            .map(|(name, tree)| (name, Box::new(in_sled(&tree, ledger::NAME)) as Records));
        Ok(records.collect())
    }

    /// One of them, made if it is not there.
    pub(in crate::store) fn open_tree(&self, name: &str) -> sled::Result<sled::Tree> {
        self.db.open_tree(name)
    }

    pub(in crate::store) fn raw_state_bytes<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (String, sled::IVec)> + use<'a> {
        walk(&self.sources, damage)
            .map(|(name, bytes)| (String::from_utf8_lossy(&name).into_owned(), bytes))
    }

    pub(in crate::store) fn raw_channels<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (IndexPrefix, Timestamp)> + use<'a> {
        walk(&self.channels, damage).filter_map(|(head, at)| {
            let head = IndexPrefix::from_number(u64::from_be_bytes((*head).try_into().ok()?));
            Some((head, time_of((*at).try_into().ok()?)?))
        })
    }

    pub(in crate::store) fn set_state(&self, name: &str, state: &[u8]) -> Result<(), StoreError> {
        let done = self.sources.insert(name, state);
        done.map_err(|error| StoreError::sled("the ledger", error))?;
        Ok(())
    }

    /// When channels changed last, as it is to be from now on.
    pub(in crate::store) fn set_changed(
        &self,
        channels: &[(IndexPrefix, Timestamp)],
    ) -> Result<(), StoreError> {
        for (head, changed) in channels {
            let done = self.channels.insert(head.as_bytes(), &time_bytes(*changed));
            done.map_err(|error| StoreError::sled("the ledger", error))?;
        }
        Ok(())
    }

    /// Names of sources, and whether their state can be read.
    pub(in crate::store) fn raw_states<'a>(
        &self,
        damage: &'a DamageLog,
    ) -> impl Iterator<Item = (String, bool)> + use<'a> {
        walk(&self.sources, damage).map(|(name, bytes)| {
            let is_readable = read_state(&bytes).is_ok();
            (String::from_utf8_lossy(&name).into_owned(), is_readable)
        })
    }

    /// Records that cannot be read of what is known besides: what, where, by which
    /// key.
    pub(in crate::store) fn unreadable(
        &self,
        damage: &DamageLog,
    ) -> Vec<(&'static str, &sled::Tree, sled::IVec)> {
        type Reads = fn(&[u8], &[u8]) -> bool;
        let trees: [(_, _, Reads); 3] = [
            (
                "what is known of the entries of",
                &self.rolls,
                |_, bytes| read_roll(bytes).is_ok(),
            ),
            ("the hub of", &self.hubs, |_, bytes| {
                read_subscription(bytes).is_ok()
            }),
            ("the robots.txt of", &self.robots, |site, bytes| {
                std::str::from_utf8(site).is_ok_and(|site| read_robots(site, bytes).is_ok())
            }),
        ];
        let mut unreadable = Vec::new();
        for (what, tree, reads) in trees {
            for (key, bytes) in walk(tree, damage) {
                if !reads(&key, &bytes) {
                    unreadable.push((what, tree, key));
                }
            }
        }
        unreadable
    }

    pub(in crate::store) fn forget_state(&self, name: &str) -> Result<(), StoreError> {
        let done = self.sources.remove(name);
        done.map_err(|error| StoreError::sled("the ledger", error))?;
        Ok(())
    }
}

/// Records of a tree in their order.
pub(in crate::store) type Records = Box<dyn Iterator<Item = Result<Entry, StoreError>>>;

fn in_sled(
    tree: &sled::Tree,
    what: &str,
) -> impl Iterator<Item = Result<Entry, StoreError>> + use<> {
    let what = what.to_owned();
    tree.iter()
        .map(move |entry| entry.map_err(|error| StoreError::sled(&what, error)))
}

fn by_id((key, bytes): Entry) -> Option<([u8; 16], sled::IVec)> {
    Some(((*key).try_into().ok()?, bytes))
}

fn walk<'a>(tree: &sled::Tree, damage: &'a DamageLog) -> impl Iterator<Item = Entry> + use<'a> {
    SledIter::all(tree).filter_map(|entry| {
        let entry = entry.inspect_err(|error| damage.unreadable("a part of a tree", error));
        entry.ok()
    })
}
