//! What is known across all periods.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `sources` | name of a source | its state |
//! | `rolls` | name of a source | what its entries are known by |
//! | `hubs` | eight bytes of a source, as in its callback token | what it has to do with its hub |
//! | `items` | item | its fingerprint and times, which name its volume |
//! | `channels` | channel | when its readers last saw a change |
//! | `robots` | scheme, host and port | what its robots.txt said |
//! | `spans` | channel ‖ period | the newest and oldest place of the channel in that volume |
//! | `volumes` | period | how often that volume was written |
//! | `meta` | `items`, `stories` | how many there are |
//! | `meta` | `complete` | nothing; that all volumes are in the trees above |
//!
//! A poll that brings nothing new reads `items` and writes one state; it never
//! touches a volume. A story has no entry: its id is that of the item it began
//! with, and they share a volume.

pub(super) mod delete;
pub(super) mod handle;
pub(super) mod rebuild;
mod rename;
pub(super) mod tombstones;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::codec::frame::Frame;
use super::codec::key::{IndexPrefix, number, time_bytes, time_of};
use super::codec::period::Period;
use super::codec::source::hub::write_subscription;
use super::codec::source::robots::write_robots;
use super::codec::source::seen::write_roll;
use super::codec::source::state::write_state;
use super::codec::story::{DirectoryEntry, StoryRecord};
use super::disk::damage::DamageLog;
use super::disk::database;
use super::error::StoreError;
use crate::model::{CallbackToken, Commit, ItemId, StoredItem};

pub(super) const NAME: &str = "the ledger";

/// Memory for its pages, in bytes.
const CACHE: u64 = 16 << 20;

/// The ledger, open.
pub(super) struct Ledger {
    pub(super) db: sled::Db,
    pub(super) sources: sled::Tree,
    pub(super) hubs: sled::Tree,
    pub(super) rolls: sled::Tree,
    pub(super) items: sled::Tree,
    pub(super) channels: sled::Tree,
    pub(super) robots: sled::Tree,
    pub(super) spans: sled::Tree,
    pub(super) volumes: sled::Tree,
    pub(super) meta: sled::Tree,
}

/// Trees by number, as frames call them.
mod tree {
    pub(super) const SOURCES: u8 = 0;
    pub(super) const HUBS: u8 = 1;
    pub(super) const ROLLS: u8 = 2;
    pub(super) const ITEMS: u8 = 3;
    pub(super) const CHANNELS: u8 = 4;
    pub(super) const ROBOTS: u8 = 5;
    pub(super) const SPANS: u8 = 6;
    pub(super) const META: u8 = 7;
}

/// What a group of commits changes here.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) entries: BTreeMap<ItemId, DirectoryEntry>,
    /// Items that had no entry.
    pub(super) n_new_items: u64,
    /// Stories that began with one of these.
    pub(super) n_new_stories: u64,
    /// Channels whose readers see something new, and when at the latest.
    pub(super) channels: BTreeMap<IndexPrefix, Timestamp>,
    /// Where stories stand, by channel and volume.
    pub(super) spans: BTreeMap<(IndexPrefix, Period), Span>,
}

/// What can be said of all volumes without the ledger, but for their items.
#[derive(Clone, Default)]
pub(super) struct Digest {
    pub(super) channels: BTreeMap<IndexPrefix, Timestamp>,
    pub(super) spans: BTreeMap<(IndexPrefix, Period), Span>,
    pub(super) totals: Totals,
    pub(super) writes: BTreeMap<Period, u64>,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) items: u64,
    pub(super) stories: u64,
}

/// Where the stories of a channel stand within one volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) newest: Timestamp,
    pub(super) oldest: Timestamp,
}

impl Changes {
    /// Readers of all channels of a story see something new, since `at`.
    pub(super) fn show(&mut self, story: &StoryRecord, period: Period, at: Timestamp) {
        // A commit that was begun earlier may be written later.
        let latest = story.changed.max(at);
        for channel in &story.channels {
            let changed = self.channels.entry(*channel).or_insert(latest);
            *changed = latest.max(*changed);
            let place = (*channel, period);
            let before = self.spans.get(&place).copied();
            self.spans
                .insert(place, Span::around(before, story.sort_key));
        }
    }
}

impl Ledger {
    pub(super) fn open(dir: &Path, damage: &DamageLog) -> Result<Ledger, StoreError> {
        let names = [
            "sources", "hubs", "rolls", "items", "channels", "robots", "spans", "volumes", "meta",
        ];
        let (db, trees) = database::open(dir, NAME, CACHE, names, damage)?;
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
        Ok(Ledger {
            db,
            sources,
            hubs,
            rolls,
            items,
            channels,
            robots,
            spans,
            volumes,
            meta,
        })
    }

    /// What is known of an item; `None` also if it cannot be read.
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

    pub(super) fn changed(&self, channel: IndexPrefix) -> Result<Option<Timestamp>, StoreError> {
        let bytes = self.channels.get(channel.as_bytes()).map_err(failed)?;
        Ok(bytes.and_then(|bytes| time_in(&bytes)))
    }

    pub(super) fn span(
        &self,
        channel: IndexPrefix,
        period: Period,
    ) -> Result<Option<Span>, StoreError> {
        let bytes = self.spans.get(span_key(channel, period)).map_err(failed)?;
        Ok(bytes.and_then(|bytes| Span::read(&bytes)))
    }

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

    /// Says in `frame` what a group of commits changes here.
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

    /// Remembers how often volumes have been written that are flushed.
    pub(super) fn note_writes(&self, writes: &BTreeMap<Period, u64>) -> Result<(), StoreError> {
        for (period, count) in writes {
            let done = self.volumes.insert(period.to_bytes(), &count.to_be_bytes());
            done.map_err(failed)?;
        }
        Ok(())
    }

    /// The tree that frames call by this number.
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
            _ => None,
        }
    }

    /// How often each volume was written, as far as that is sure.
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

    /// Whether all volumes are in it: not so if it is new, or was being rebuilt.
    pub(super) fn is_complete(&self) -> Result<bool, StoreError> {
        self.meta.contains_key("complete").map_err(failed)
    }

    /// Writes entries of items that were found in a volume.
    pub(super) fn restore(&self, entries: &[(ItemId, DirectoryEntry)]) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (id, entry) in entries {
            batch.insert(id.as_bytes(), entry.to_bytes());
        }
        self.items.apply_batch(batch).map_err(failed)
    }

    /// Writes what else was found in the volumes, after all their entries.
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

    /// Makes sums and spans right; never takes back a time that readers saw.
    pub(super) fn mend(&self, digest: &Digest) -> Result<(), StoreError> {
        let mut digest = digest.clone();
        for (channel, changed) in &mut digest.channels {
            *changed = self.changed(*channel)?.unwrap_or(*changed).max(*changed);
        }
        self.complete(&digest)
    }

    /// Returns when all that was written is on the disk.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(failed)?;
        Ok(())
    }
}

impl Span {
    /// The smallest span that covers `place` too.
    pub(super) fn around(before: Option<Span>, place: Timestamp) -> Span {
        Span {
            newest: before.map_or(place, |span| span.newest.max(place)),
            oldest: before.map_or(place, |span| span.oldest.min(place)),
        }
    }

    fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..12].copy_from_slice(&time_bytes(self.newest));
        bytes[12..].copy_from_slice(&time_bytes(self.oldest));
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Span> {
        let (newest, oldest) = bytes.split_at_checked(12)?;
        Some(Span {
            newest: time_in(newest)?,
            oldest: time_in(oldest)?,
        })
    }
}

impl From<DirectoryEntry> for StoredItem {
    fn from(entry: DirectoryEntry) -> StoredItem {
        StoredItem {
            fingerprint: entry.fingerprint,
            first_seen: entry.first_seen,
            sort_key: entry.sort_key,
            is_removed: false,
        }
    }
}

pub(super) fn failed(error: sled::Error) -> StoreError {
    StoreError::sled(NAME, error)
}

fn span_key(channel: IndexPrefix, period: Period) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(channel.as_bytes());
    key[8..].copy_from_slice(&period.to_bytes());
    key
}

fn time_in(bytes: &[u8]) -> Option<Timestamp> {
    time_of(bytes.try_into().ok()?)
}
