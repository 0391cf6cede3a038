//! The one way in which the store changes.
//!
//! ```text
//!   commits, one after the other
//!     | what was there       ledger entry, volume record
//!     | ingest::story        which story an item belongs to, which copy is shown
//!     | Volume::write        items, stories, indexes: one transaction a volume
//!   flush the volumes
//!     | Ledger::write        entries, channels, the source's state: one transaction a commit
//!   flush the ledger
//! ```
//!
//! A crash in between leaves items that the ledger does not know; it is told at
//! the next start. Their source's validators are not written, so they come again,
//! are found in their volume and keep what they have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::codec::{Decoder, Encoder, ItemRecord};
use super::error::StoreError;
use super::join::{Gists, bands};
use super::keys::{Head, Place};
use super::ledger::{Changes, Ledger};
use super::period::Period;
use super::record::{Entry, StoryRecord};
use super::revision;
use super::volume::Writes;
use super::{Applied, Store};
use crate::model::{Commit, Item, ItemId, Join, StoryId, Upsert};

/// The most keys of one story.
pub(super) const MAX_KEYS: usize = 64;

/// Commits on their way into the store.
pub(super) struct Batch<'a> {
    pub(super) store: &'a Store,
    pub(super) ledger: Arc<Ledger>,
    encoder: Encoder,
    pub(super) decoder: Decoder,
    pub(super) gists: Gists,
    /// What the ledger will know after this batch.
    pub(super) entries: BTreeMap<ItemId, Entry>,
    pub(super) changes: Vec<Changes>,
    applied: Applied,
}

/// One commit, as far as it is worked out.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) items: BTreeMap<ItemId, ItemRecord>,
    pub(super) stories: BTreeMap<StoryId, OpenStory>,
    /// Stories that got a key in this commit.
    pub(super) joins: BTreeMap<Head, Vec<StoryId>>,
    pub(super) changes: Changes,
}

/// A story that a commit reads or changes.
pub(super) struct OpenStory {
    pub(super) period: Period,
    pub(super) before: Option<StoryRecord>,
    pub(super) record: StoryRecord,
}

impl<'a> Batch<'a> {
    pub(super) fn new(store: &'a Store) -> Result<Batch<'a>, StoreError> {
        Ok(Batch {
            store,
            ledger: store.ledger.get()?,
            encoder: Encoder::new(),
            decoder: Decoder::new(),
            gists: Gists::new(),
            entries: BTreeMap::new(),
            changes: Vec::new(),
            applied: Applied::default(),
        })
    }

    /// Writes the items and stories of the next commit; nothing is sure before
    /// [`Batch::finish`].
    pub(super) fn add(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let mut draft = Draft::default();
        for upsert in &commit.upserts {
            self.upsert(commit.at, upsert, &mut draft)?;
        }
        draft.changes.writes = self.write(&draft)?;
        let changed = draft.stories.iter().filter(|(_, open)| open.is_changed());
        let of_items = draft.items.values().map(|record| record.story);
        self.store
            .recent
            .forget(changed.map(|(id, _)| *id).chain(of_items));
        self.changes.push(draft.changes);
        Ok(())
    }

    /// Makes it last: items first, then what promises that we have them.
    pub(super) fn finish(
        self,
        commits: &[Commit],
    ) -> Result<(Applied, BTreeSet<Head>), StoreError> {
        // Newest first: a story may show a copy that stands in a newer volume.
        let writes = self.changes.iter().flat_map(|changes| &changes.writes);
        let writes: BTreeMap<Period, u64> =
            writes.map(|(period, count)| (*period, *count)).collect();
        for period in writes.keys().rev() {
            self.store.volumes.find_or_make(*period)?.flush()?;
        }
        let mut channels = BTreeSet::new();
        for (commit, changes) in commits.iter().zip(&self.changes) {
            self.ledger.write(commit, changes)?;
            channels.extend(changes.channels.keys());
        }
        self.ledger.flush()?;
        self.store.volumes.expect(writes);
        Ok((self.applied, channels))
    }

    fn upsert(
        &mut self,
        at: Timestamp,
        upsert: &Upsert,
        draft: &mut Draft,
    ) -> Result<(), StoreError> {
        let id = upsert.item.id;
        let entry = match self.entries.get(&id) {
            Some(entry) => Some(*entry),
            None => self.ledger.entry(id, &self.store.damage)?,
        };
        let before = self.record(&upsert.item, entry, draft)?;
        if entry.is_none() && before.is_none() && self.store.tombstones.contains(id)? {
            return Ok(());
        }
        let item = settle(&upsert.item, entry, before.as_ref(), at);
        let revisions = revision::after(before.as_ref(), &item, at);
        let is_same_item = before.as_ref().is_some_and(|before| before.item == item);
        let (story, story_period) = self.place(&item, before.as_ref(), &upsert.join, draft)?;

        let open = draft.stories.entry(story).or_insert_with(|| OpenStory {
            period: story_period,
            before: None,
            record: StoryRecord::begin(&item, at),
        });
        let period = Period::of(item.first_seen);
        let is_taken = open
            .record
            .take(&item, period, upsert.rank, at, is_same_item);
        let is_seen = open.record.route(&upsert.routes, at) || is_taken;
        // Copies are judged by the first one and the one that is shown.
        let is_core = story == StoryId::begun_by(id) || open.record.canonical == id;
        if let Some(gist) = upsert.join.gist.as_ref().filter(|_| is_core)
            && !open.record.learn_bands(bands(gist)).is_empty()
        {
            let (volumes, damage) = (&self.store.volumes, &self.store.damage);
            let index = &self.store.bands;
            index.post(story, open.period, &open.record, volumes, damage)?;
        }
        if !is_same_item {
            self.gists.remove(&id);
        }
        for key in open.record.learn(&upsert.join.keys, MAX_KEYS) {
            draft.joins.entry(Head::join(key)).or_default().push(story);
        }
        let new_entry = Entry::of(&item);
        if is_seen || entry != Some(new_entry) {
            draft.changes.show(&open.record, open.period);
        }
        if entry != Some(new_entry) {
            self.entries.insert(id, new_entry);
            draft.changes.entries.insert(id, new_entry);
        }
        match entry {
            None => {
                let is_begun = story == StoryId::begun_by(id);
                draft.changes.n_new_items += 1;
                draft.changes.n_new_stories += u64::from(is_begun);
                self.applied.new += 1;
                self.applied.joined += usize::from(!is_begun);
            }
            Some(_) => self.applied.changed += usize::from(!is_same_item),
        }
        let record = ItemRecord {
            item,
            story,
            story_period,
            revisions,
        };
        if before.as_ref() != Some(&record) {
            draft.items.insert(id, record);
        }
        Ok(())
    }

    /// The story of an item: the one it is in, the one it joins, or its own.
    fn place(
        &mut self,
        item: &Item,
        before: Option<&ItemRecord>,
        join: &Join,
        draft: &mut Draft,
    ) -> Result<(StoryId, Period), StoreError> {
        let own = (StoryId::begun_by(item.id), Period::of(item.first_seen));
        let (story, period) = match before {
            Some(record) => (record.story, record.story_period),
            None => self.join(item, join, draft)?.unwrap_or(own),
        };
        // A story that was lost with its volume is begun anew.
        match self.load(story, period, draft)? {
            true => Ok((story, period)),
            false => Ok(own),
        }
    }

    /// What is held of an item, in this commit or in its volume.
    ///
    /// An item that the ledger does not know may still be there, from a commit
    /// that was cut off, now or shortly before the end of a period.
    fn record(
        &mut self,
        item: &Item,
        entry: Option<Entry>,
        draft: &Draft,
    ) -> Result<Option<ItemRecord>, StoreError> {
        if let Some(record) = draft.items.get(&item.id) {
            return Ok(Some(record.clone()));
        }
        let now = Period::of(item.first_seen);
        let periods = match entry {
            Some(entry) => vec![entry.period()],
            None => vec![now, now.previous()],
        };
        for period in periods {
            if let Some(volume) = self.store.volumes.find(period)?
                && let Some(record) = volume.item(item.id, &mut self.decoder, &self.store.damage)?
            {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Brings a story into the draft; whether it is there.
    pub(super) fn load(
        &self,
        id: StoryId,
        period: Period,
        draft: &mut Draft,
    ) -> Result<bool, StoreError> {
        if draft.stories.contains_key(&id) {
            return Ok(true);
        }
        let Some(volume) = self.store.volumes.find(period)? else {
            return Ok(false);
        };
        let Some(record) = volume.story(id, &self.store.damage)? else {
            return Ok(false);
        };
        if record.moved.is_some() {
            return Ok(false);
        }
        let before = Some(record.clone());
        draft.stories.insert(
            id,
            OpenStory {
                period,
                before,
                record,
            },
        );
        Ok(true)
    }

    /// Returns how often the volumes it wrote to have been written.
    pub(super) fn write(&mut self, draft: &Draft) -> Result<BTreeMap<Period, u64>, StoreError> {
        let mut writes: BTreeMap<Period, Writes> = BTreeMap::new();
        for (id, record) in &draft.items {
            let period = Period::of(record.item.first_seen);
            let bytes = self.encoder.item(record);
            writes.entry(period).or_default().items.insert(*id, bytes);
        }
        for (id, open) in &draft.stories {
            if !open.is_changed() {
                continue;
            }
            let writes = writes.entry(open.period).or_default();
            let place = Place::new(open.record.sort_key, *id);
            let (channels, keys) = open.unindexed();
            writes.stories.insert(*id, open.record.to_bytes());
            writes
                .by_channel
                .extend(channels.iter().map(|head| head.key(place)));
            writes
                .joins
                .extend(keys.iter().map(|key| Head::join(*key).key(place)));
        }
        let mut counts = BTreeMap::new();
        for (period, writes) in writes.iter().rev() {
            let count = self.store.volumes.find_or_make(*period)?.write(writes)?;
            counts.insert(*period, count);
        }
        Ok(counts)
    }
}

impl OpenStory {
    fn is_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.record)
    }

    /// Channels and keys that the record got since it was read: both only grow.
    fn unindexed(&self) -> (&[Head], &[u64]) {
        let (channels, keys) = match &self.before {
            Some(before) => (before.channels.len(), before.keys.len()),
            None => (0, 0),
        };
        (&self.record.channels[channels..], &self.record.keys[keys..])
    }
}

/// The item with the times it was given when we first saw it; only when it was
/// updated moves, and that forward.
fn settle(item: &Item, entry: Option<Entry>, before: Option<&ItemRecord>, at: Timestamp) -> Item {
    let mut item = item.clone();
    if let Some(before) = before {
        let is_edited = before.item.fingerprint != item.fingerprint;
        let is_later = item.updated > before.item.updated;
        item.first_seen = before.item.first_seen;
        item.sort_key = before.item.sort_key;
        item.published = before.item.published.or(item.published);
        if is_edited && !is_later {
            item.updated = before.item.updated.max(Some(at));
        }
    } else if let Some(entry) = entry {
        item.first_seen = entry.first_seen;
        item.sort_key = entry.sort_key;
    }
    item
}
