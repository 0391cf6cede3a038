//! Ledger: what is known across all periods.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `sources` | name of a source | its state |
//! | `rolls` | name of a source | what its entries are known by |
//! | `hubs` | eight bytes of a source, as in its callback token | what it has to do with its hub |
//! | `items` | item | its fingerprint and times, which name its volume |
//! | `channels` | channel | when its readers last saw a change |
//! | `robots` | scheme, host and port | what its robots.txt said |
//! | `subscribers` | hash of topic and callback | who subscribed to a feed of ours at our hub |
//! | `spans` | channel ‖ period | the newest and oldest place of the channel in that volume |
//! | `volumes` | period | how often that volume was written |
//! | `meta` | `items`, `stories` | how many there are |
//! | `meta` | `log`, `commit/` and a source | place in a log that several nodes share |
//! | `meta` | `complete` | nothing; that all volumes are in the trees above |
//!
//! A poll that brings nothing new reads `items` and writes one state; it never
//! touches a volume. A story has no entry: its id is that of the item it began
//! with, and they share a volume.

pub(super) mod changes;
mod delete;
pub(super) mod handle;
pub(super) mod overview;
mod position;
pub(super) mod rebuild;
mod rename;
mod scan;
mod sources;
pub(super) mod tombstones;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::codec::entry::DirectoryEntry;
use super::codec::frame::Frame;
use super::codec::key::{IndexPrefix, number, time_bytes};
use super::codec::period::Period;
use super::codec::source::hub::write_subscription;
use super::codec::source::robots::write_robots;
use super::codec::source::seen::write_roll;
use super::codec::source::state::write_state;
use super::disk::damage::DamageLog;
use super::disk::database;
use super::error::StoreError;
use crate::model::{CallbackToken, Commit, ItemId};
use changes::{Changes, Digest, Span, Totals, time_in};
use overview::OverviewTable;

/// Name for people.
pub(super) const NAME: &str = "the ledger";

/// Name of a tree that ledgers of earlier releases do not have, so that one without it is no damage.
const SUBSCRIBERS: &str = "subscribers";

/// Page cache, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// Ledger, open: one database of sled. The trees are described in the module header.
pub(super) struct Ledger {
    pub(super) db: sled::Db,
    pub(super) sources: sled::Tree,
    pub(super) hubs: sled::Tree,
    pub(super) rolls: sled::Tree,
    pub(super) items: sled::Tree,
    pub(super) channels: sled::Tree,
    pub(super) robots: sled::Tree,
    pub(super) subscribers: sled::Tree,
    pub(super) spans: sled::Tree,
    pub(super) volumes: sled::Tree,
    pub(super) meta: sled::Tree,
    /// Overview of the sources whose states are in `sources`.
    overview: OverviewTable,
}

/// Numbers of the trees in frames; `volumes` has none, as it is written at checkpoints only.
mod tree {
    pub(super) const SOURCES: u8 = 0;
    pub(super) const HUBS: u8 = 1;
    pub(super) const ROLLS: u8 = 2;
    pub(super) const ITEMS: u8 = 3;
    pub(super) const CHANNELS: u8 = 4;
    pub(super) const ROBOTS: u8 = 5;
    pub(super) const SPANS: u8 = 6;
    pub(super) const META: u8 = 7;
    pub(super) const SUBSCRIBERS: u8 = 8;
}

impl Ledger {
    /// Opens the ledger in `dir`, making what is not there.
    pub(super) fn open(dir: &Path, damage: &DamageLog) -> Result<Ledger, StoreError> {
        let names = [
            "sources", "hubs", "rolls", "items", "channels", "robots", "spans", "volumes", "meta",
        ];
        let (db, trees) = database::open(dir, NAME, CACHE_BYTES, names, damage)?;
        let [
            sources,
            hubs,
            rolls,
            items,
            channels,
            robots,
            spans,
            volumes,
            meta,
        ] = trees;
        let subscribers = db.open_tree(SUBSCRIBERS).map_err(failed)?;
        Ok(Ledger {
            db,
            sources,
            hubs,
            rolls,
            items,
            channels,
            robots,
            subscribers,
            spans,
            volumes,
            meta,
            overview: OverviewTable::default(),
        })
    }

    /// Returns the directory entry of an item; `None` also if it cannot be read, which is told to
    /// `damage`.
    pub(super) fn entry(
        &self,
        id: ItemId,
        damage: &DamageLog,
    ) -> Result<Option<DirectoryEntry>, StoreError> {
        let Some(bytes) = self.items.get(id.as_bytes()).map_err(failed)? else {
            return Ok(None);
        };
        let read = DirectoryEntry::read(&bytes);
        Ok(read
            .inspect_err(|why| damage.unreadable(&format!("entry {id}"), why))
            .ok())
    }

    /// Returns the time of the last change that readers of a channel saw.
    pub(super) fn changed(&self, channel: IndexPrefix) -> Result<Option<Timestamp>, StoreError> {
        let bytes = self.channels.get(channel.as_bytes()).map_err(failed)?;
        Ok(bytes.and_then(|bytes| time_in(&bytes)))
    }

    /// Returns the time span of a channel in a volume.
    pub(super) fn span(
        &self,
        channel: IndexPrefix,
        period: Period,
    ) -> Result<Option<Span>, StoreError> {
        let bytes = self.spans.get(span_key(channel, period)).map_err(failed)?;
        Ok(bytes.and_then(|bytes| Span::read(&bytes)))
    }

    /// Returns the counts of items and stories.
    pub(super) fn totals(&self) -> Result<Totals, StoreError> {
        let count = |name: &str| -> Result<u64, StoreError> {
            let bytes = self.meta.get(name).map_err(failed)?;
            Ok(bytes.as_deref().map_or(0, number))
        };
        Ok(Totals {
            items: count("items")?,
            stories: count("stories")?,
        })
    }

    /// Turns `frame` to the ledger and adds what the commits say of sources and hosts, and the changes;
    /// spans and times only widen.
    pub(super) fn put_into(
        &self,
        frame: &mut Frame,
        commits: &[Commit],
        changes: &Changes,
    ) -> Result<(), StoreError> {
        frame.ledger();
        for commit in commits {
            let source = commit.source.as_str().as_bytes();
            if let Some(state) = &commit.state {
                frame.put(tree::SOURCES, source, &write_state(state));
            }
            for note in &commit.robots {
                let site = note.site.as_bytes();
                frame.put(tree::ROBOTS, site, &write_robots(note));
            }
            if let Some(subscription) = &commit.subscription {
                let key = CallbackToken::key_of(&commit.source);
                frame.put(tree::HUBS, &key, &write_subscription(subscription));
            }
            if let Some(roll) = &commit.roll {
                frame.put(tree::ROLLS, source, &write_roll(roll));
            }
        }
        for (id, entry) in &changes.entries {
            frame.put(tree::ITEMS, id.as_bytes(), &entry.to_bytes());
        }
        for (channel, latest) in &changes.channels {
            let before = self.changed(*channel)?;
            let changed = before.map_or(*latest, |before| before.max(*latest));
            frame.put(tree::CHANNELS, channel.as_bytes(), &time_bytes(changed));
        }
        for ((channel, period), span) in &changes.spans {
            let before = self.span(*channel, *period)?;
            let newest = Span::around(before, span.newest);
            let after = Span::around(Some(newest), span.oldest);
            if before != Some(after) {
                let key = span_key(*channel, *period);
                frame.put(tree::SPANS, &key, &after.to_bytes());
            }
        }
        let totals = self.totals()?;
        for (name, before, new) in [
            ("items", totals.items, changes.n_new_items),
            ("stories", totals.stories, changes.n_new_stories),
        ] {
            if new > 0 {
                Ledger::put_total(frame, name, before + new);
            }
        }
        Ok(())
    }

    /// Writes the write counts of volumes that are flushed; not in the journal.
    pub(super) fn note_writes(&self, writes: &BTreeMap<Period, u64>) -> Result<(), StoreError> {
        for (period, count) in writes {
            let done = self.volumes.insert(period.to_bytes(), &count.to_be_bytes());
            done.map_err(failed)?;
        }
        Ok(())
    }

    /// Returns the tree of this number.
    pub(super) fn tree(&self, number: u8) -> Option<&sled::Tree> {
        match number {
            tree::SOURCES => Some(&self.sources),
            tree::HUBS => Some(&self.hubs),
            tree::ROLLS => Some(&self.rolls),
            tree::ITEMS => Some(&self.items),
            tree::CHANNELS => Some(&self.channels),
            tree::ROBOTS => Some(&self.robots),
            tree::SPANS => Some(&self.spans),
            tree::META => Some(&self.meta),
            tree::SUBSCRIBERS => Some(&self.subscribers),
            _ => None,
        }
    }

    /// Writes one value of a frame; an unknown tree is passed over.
    pub(super) fn put(&self, tree: u8, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let done = self.tree(tree).map(|tree| tree.insert(key, value));
        done.transpose().map_err(failed)?;
        if tree == tree::SOURCES {
            self.overview.note(key, Some(value));
        }
        Ok(())
    }

    /// Removes one key of a frame; an unknown tree is passed over.
    pub(super) fn take_out(&self, tree: u8, key: &[u8]) -> Result<(), StoreError> {
        let done = self.tree(tree).map(|tree| tree.remove(key));
        done.transpose().map_err(failed)?;
        if tree == tree::SOURCES {
            self.overview.note(key, None);
        }
        Ok(())
    }

    /// Returns the write count of each volume, as of its last flush.
    pub(super) fn writes(&self) -> Result<BTreeMap<Period, u64>, StoreError> {
        let mut writes = BTreeMap::new();
        for entry in &self.volumes {
            let (period, count) = entry.map_err(failed)?;
            if let Ok(period) = <[u8; 2]>::try_from(&*period) {
                writes.insert(Period::from_bytes(period), number(&count));
            }
        }
        Ok(writes)
    }

    /// Returns whether all volumes are in it: not so if it is new, or was being rebuilt.
    pub(super) fn is_complete(&self) -> Result<bool, StoreError> {
        self.meta.contains_key("complete").map_err(failed)
    }

    /// Writes directory entries that were found in a volume.
    pub(super) fn restore(&self, entries: &[(ItemId, DirectoryEntry)]) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (id, entry) in entries {
            batch.insert(id.as_bytes(), entry.to_bytes());
        }
        self.items.apply_batch(batch).map_err(failed)
    }

    /// Writes the digest of the volumes, after all their entries, and marks the ledger as complete.
    /// Flushes.
    pub(super) fn complete(&self, digest: &Digest) -> Result<(), StoreError> {
        self.flush()?;
        for (channel, changed) in &digest.channels {
            let changed = time_bytes(*changed);
            let done = self.channels.insert(channel.as_bytes(), &changed);
            done.map_err(failed)?;
        }
        for ((channel, period), span) in &digest.spans {
            let key = span_key(*channel, *period);
            self.spans.insert(key, &span.to_bytes()).map_err(failed)?;
        }
        self.note_writes(&digest.writes)?;
        let Totals { items, stories } = digest.totals;
        for (name, count) in [("items", items), ("stories", stories)] {
            let done = self.meta.insert(name, &count.to_be_bytes());
            done.map_err(failed)?;
        }
        self.flush()?;
        self.meta.insert("complete", &[]).map_err(failed)?;
        self.flush()
    }

    /// Sets sums and spans right by the digest; never takes back a time that readers saw.
    pub(super) fn mend(&self, digest: &Digest) -> Result<(), StoreError> {
        let mut digest = digest.clone();
        for (channel, changed) in &mut digest.channels {
            *changed = self.changed(*channel)?.unwrap_or(*changed).max(*changed);
        }
        self.complete(&digest)
    }

    /// Flushes sled.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(failed)?;
        Ok(())
    }
}

/// Wraps an error of sled.
pub(super) fn failed(error: sled::Error) -> StoreError {
    StoreError::sled(NAME, error)
}

/// Makes a key of `spans`, 10 bytes: channel (8) ‖ period (2).
fn span_key(channel: IndexPrefix, period: Period) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(channel.as_bytes());
    key[8..].copy_from_slice(&period.to_bytes());
    key
}
