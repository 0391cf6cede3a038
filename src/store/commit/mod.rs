//! Application of commits: one frame of the journal for a group of them.
//!
//! ```text
//!   commits, one after the other
//!     | what was there       ledger entry, volume record, what came before in the group
//!     | ingest::story        which story an item belongs to, which copy is shown
//!     v
//!   one frame for all of them, byte for byte
//!     | journal              fdatasync: from here on it is promised
//!     v
//!   volumes: items, stories, indexes; ledger: entries, channels, states
//! ```
//!
//! A frame is whole or not there, so that validators are never newer than items,
//! and the ledger and the volumes agree.

pub(super) mod batch;
pub(super) mod corrections;
pub(super) mod dedupe;
mod group;
mod merge;
pub(super) mod revise;
pub(super) mod sketch_index;
mod subscribers;
mod texts;
pub(super) mod token_cache;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard};

use jiff::Timestamp;

use super::codec::compress::{Decoder, Encoder};
use super::codec::entry::DirectoryEntry;
use super::codec::frame::Frame;
use super::codec::item::ItemRecord;
use super::codec::key::{IndexPosition, IndexPrefix};
use super::codec::period::Period;
use super::codec::story::StoryRecord;
use super::error::StoreError;
use super::ledger::Ledger;
use super::volume::changes::{VolumeDeletes, VolumeWrites};
use super::{Applied, Store};
use crate::model::{Commit, DedupeKeys, Item, ItemId, StoryId, Upsert};
use crate::sync;
use batch::{OpenStory, WriteBatch};
use sketch_index::stored_sketch;
use token_cache::TokenCache;

/// Most dedupe keys of one story.
pub(super) const MAX_STORY_KEYS: usize = 64;

/// Group of commits on its way into the store. Lives under the writer's lock.
pub(super) struct Batch<'a> {
    /// Store that is written.
    pub(super) store: &'a Store,
    /// Ledger, as it was open when the group began.
    pub(super) ledger: Arc<Ledger>,
    /// Scratch that batches hand on, locked meanwhile.
    pub(super) tools: MutexGuard<'a, ApplyScratch>,
    /// Tokens of items, taken out of the scratch while the batch works.
    pub(super) gists: TokenCache,
    /// Counts for the caller.
    pub(super) applied: Applied,
    /// Steps that go into the same frame behind the rest: the place in a shared log.
    pub(super) rider: Frame,
}

/// Scratch that one batch leaves to the next: zstd contexts, which are dear to make, and recently
/// compared texts.
#[derive(Default)]
pub(super) struct ApplyScratch {
    /// Compressor of items.
    encoder: Encoder,
    /// Decompressor of items.
    pub(super) decoder: Decoder,
    /// Tokens of recently compared items. Taken out while a batch works, so that one that fails leaves
    /// none.
    gists: TokenCache,
}

impl<'a> Batch<'a> {
    /// Begins a group.
    ///
    /// # Errors
    ///
    /// [`StoreError::Closed`] if the ledger is not open.
    pub(super) fn new(store: &'a Store) -> Result<Batch<'a>, StoreError> {
        let mut tools = sync::lock(&store.tools);
        Ok(Batch {
            store,
            ledger: store.ledger.get()?,
            gists: std::mem::take(&mut tools.gists),
            tools,
            applied: Applied::default(),
            rider: Frame::default(),
        })
    }

    /// Works out the next commit into `draft`; nothing is written before [`Batch::finish`].
    ///
    /// # Errors
    ///
    /// Those of reading the store.
    pub(super) fn add(
        &mut self,
        commit: &Commit,
        draft: &mut WriteBatch,
    ) -> Result<(), StoreError> {
        for upsert in &commit.upserts {
            self.upsert(commit.at, upsert, draft)?;
        }
        Ok(())
    }

    /// Builds one frame of the group, writes it durably and shows it to readers; returns the channels
    /// that changed.
    ///
    /// `removals` are removed from the volumes in the same frame, with those of `draft`.
    ///
    /// # Errors
    ///
    /// Those of [`Store::append_and_apply`].
    pub(super) fn finish(
        &mut self,
        commits: &[Commit],
        draft: WriteBatch,
        removals: BTreeMap<Period, VolumeDeletes>,
    ) -> Result<BTreeSet<IndexPrefix>, StoreError> {
        let mut frame = Frame::default();
        let mut removals = removals;
        for (period, more) in &draft.removals {
            removals.entry(*period).or_default().add(more);
        }
        let mut writes = self.writes(&draft)?;
        for period in removals.keys() {
            writes.entry(*period).or_default();
        }
        // Newest first: a story may show a copy that stands in a newer volume.
        for (period, writes) in writes.iter().rev() {
            frame.volume(*period);
            let volume = self.store.volumes.find_or_make(*period)?;
            let removals = removals.remove(period).unwrap_or_default();
            volume.put_into(&mut frame, writes, &removals)?;
        }
        self.ledger.put_into(&mut frame, commits, &draft.changes)?;
        frame.append(&self.rider);
        self.store.append_and_apply(frame.bytes())?;
        self.tools.gists = std::mem::take(&mut self.gists);
        let changed = draft.stories.iter().filter(|(_, open)| open.is_changed());
        let of_items = draft.items.values().map(|record| record.story);
        let stale: Vec<StoryId> = changed.map(|(id, _)| *id).chain(of_items).collect();
        self.store.recent.forget(stale.iter().copied());
        self.store.changes.note(stale.into_iter());
        Ok(draft.changes.channels.into_keys().collect())
    }

    /// Works out one item: dedupe, revisions, routes, sketch, keys, directory entry. Does nothing if
    /// the item was removed before.
    fn upsert(
        &mut self,
        at: Timestamp,
        upsert: &Upsert,
        draft: &mut WriteBatch,
    ) -> Result<(), StoreError> {
        let id = upsert.item.id;
        let entry = self.entry(id, draft)?;
        let before = self.record(id, entry, draft)?;
        if entry.is_none() && before.is_none() && self.store.tombstones.contains(id)? {
            return Ok(());
        }
        let item = settle(&upsert.item, entry, before.as_ref(), at);
        let revisions = revise::after(before.as_ref(), &item, at);
        let is_same_item = before.as_ref().is_some_and(|before| before.item == item);
        let (story, story_period) =
            self.place((&item, at), before.as_ref(), &upsert.join, draft)?;

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
        open.record.measure(id, story, upsert.join.gist.as_ref());
        let is_core = open.record.core(story).contains(&id);
        if let Some(gist) = upsert.join.gist.as_ref().filter(|_| is_core)
            && open
                .record
                .learn_bands(stored_sketch(gist), gist.n_shingles)
        {
            let (volumes, damage) = (&self.store.volumes, &self.store.damage);
            let index = &self.store.bands;
            index.post(story, open.period, &open.record, volumes, damage)?;
        }
        if !is_same_item {
            self.remember_gist(id, &upsert.join);
        }
        let stands = IndexPosition::new(open.record.sort_key, story);
        for key in open.record.learn(&upsert.join.keys, MAX_STORY_KEYS) {
            let joins = draft.joins.entry(IndexPrefix::join(key)).or_default();
            joins.insert(stands);
        }
        let new_entry = DirectoryEntry::of(&item);
        if is_seen || entry != Some(new_entry) {
            draft.changes.show(&open.record, open.period, at);
        }
        if entry != Some(new_entry) {
            draft.changes.entries.insert(id, new_entry);
        }
        match entry {
            None => {
                let is_begun = story == StoryId::begun_by(id);
                draft.changes.n_new_items += 1;
                draft.changes.n_new_stories += u64::from(is_begun);
                self.applied.new += 1;
                self.applied.joined += usize::from(!is_begun);
                *draft.n_new.entry(period).or_default() += 1;
            }
            Some(_) => {
                self.applied.changed += usize::from(!is_same_item);
                // One that was lost with a part of its volume.
                if before.is_none() && !self.is_counted(id, period)? {
                    *draft.n_new.entry(period).or_default() += 1;
                }
            }
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

    /// Returns the story of an item: the one it is in, the one it joins, or its own; loaded into
    /// `draft`, if it is there.
    fn place(
        &mut self,
        (item, at): (&Item, Timestamp),
        before: Option<&ItemRecord>,
        join: &DedupeKeys,
        draft: &mut WriteBatch,
    ) -> Result<(StoryId, Period), StoreError> {
        let own = (StoryId::begun_by(item.id), Period::of(item.first_seen));
        let (story, period) = match before {
            Some(record) => (record.story, record.story_period),
            None => match self.join(item, join, draft)? {
                Some(joining) => self.unite(joining, at, draft)?,
                None => own,
            },
        };
        // A story that was lost with its volume is begun anew.
        match self.load(story, period, draft)? {
            true => Ok((story, period)),
            false => Ok(own),
        }
    }

    /// Returns the directory entry of an item, as it will be after this group.
    pub(super) fn entry(
        &self,
        id: ItemId,
        draft: &WriteBatch,
    ) -> Result<Option<DirectoryEntry>, StoreError> {
        match draft.changes.entries.get(&id) {
            Some(entry) => Ok(Some(*entry)),
            None => self.ledger.entry(id, &self.store.damage),
        }
    }

    /// Returns the stored item, of this group or of its volume. `entry` is its directory entry: without
    /// one no volume has it.
    fn record(
        &mut self,
        id: ItemId,
        entry: Option<DirectoryEntry>,
        draft: &WriteBatch,
    ) -> Result<Option<ItemRecord>, StoreError> {
        if let Some(record) = draft.items.get(&id) {
            return Ok(Some(record.clone()));
        }
        let Some(entry) = entry else {
            return Ok(None);
        };
        match self.store.volumes.find(entry.period())? {
            Some(volume) => volume.item(id, &mut self.tools.decoder, &self.store.damage),
            None => Ok(None),
        }
    }

    /// Returns whether the volume's count of items includes this one.
    fn is_counted(&self, id: ItemId, period: Period) -> Result<bool, StoreError> {
        match self.store.volumes.find(period)? {
            Some(volume) => volume.counts(id),
            None => Ok(false),
        }
    }

    /// Loads a story into `draft`; returns whether it is there and has not moved.
    pub(super) fn load(
        &self,
        id: StoryId,
        period: Period,
        draft: &mut WriteBatch,
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

    /// Encodes a draft into the records and index keys of each volume.
    fn writes(&mut self, draft: &WriteBatch) -> Result<BTreeMap<Period, VolumeWrites>, StoreError> {
        let mut writes: BTreeMap<Period, VolumeWrites> = BTreeMap::new();
        for (id, record) in &draft.items {
            let period = Period::of(record.item.first_seen);
            // A volume's dictionary may be replaced before this comes to a table.
            let bytes = self.tools.encoder.item(record, None);
            writes.entry(period).or_default().items.insert(*id, bytes);
        }
        for (id, open) in &draft.stories {
            if !open.is_changed() {
                continue;
            }
            let writes = writes.entry(open.period).or_default();
            let place = IndexPosition::new(open.record.sort_key, *id);
            let (channels, keys) = open.unindexed();
            writes.stories.insert(*id, open.record.to_bytes());
            writes.index(place, channels, keys);
        }
        for (period, writes) in &mut writes {
            writes.n_new = draft.n_new.get(period).copied().unwrap_or_default();
        }
        Ok(writes)
    }
}

/// Gives an item the times it had when it was first seen; only `updated` moves, and that forward.
fn settle(
    item: &Item,
    entry: Option<DirectoryEntry>,
    before: Option<&ItemRecord>,
    at: Timestamp,
) -> Item {
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
