//! One volume: records first, then what follows from them.

use super::Check;
use crate::ingest::dedupe::story;
use crate::model::{ItemId, StoryId};
use crate::store::codec::compress::Decoder;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::frame::Frame;
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::IndexPosition;
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;
use crate::store::ledger::Ledger;
use crate::store::volume::changes::{IndexTree, VolumeDeletes, VolumeWrites};
use crate::store::volume::{ITEMS, Volume, tree};

/// Changes that mend one volume.
#[derive(Default)]
struct Mending {
    writes: VolumeWrites,
    removals: VolumeDeletes,
    entries: Vec<(ItemId, DirectoryEntry)>,
    lost: Vec<ItemId>,
}

impl Mending {
    fn is_empty(&self) -> bool {
        let is_unchanged = self.writes.is_empty() && self.removals.is_empty();
        is_unchanged && self.entries.is_empty() && self.lost.is_empty()
    }
}

impl Check<'_> {
    /// Checks the volume of a period; does nothing if there is none that can be opened.
    pub(super) fn volume(&mut self, period: Period) -> Result<(), StoreError> {
        let store = self.store;
        // What a pass mends the next one sees, in tables that were made since, perhaps.
        let passes = [Check::stories, Check::items, Check::indexes];
        for (nth, pass) in passes.into_iter().enumerate() {
            let Some(volume) = store.volumes.find(period)? else {
                return Ok(());
            };
            self.found.volumes += usize::from(nth == 0);
            let mut mending = Mending::default();
            pass(self, period, &volume, &mut mending)?;
            self.apply(&volume, mending)?;
        }
        let Some(volume) = store.volumes.find(period)? else {
            return Ok(());
        };
        let digest = &mut self.digest;
        volume.each_story(&store.damage, StoryRecord::read, |_, record| {
            digest.take(period, &record)
        })?;
        digest.writes.insert(period, volume.writes());
        let (said, found) = (volume.items(), volume.count_items()?);
        self.digest.totals.items += found;
        if said != found
            && self.mendable(
                "count_wrong",
                format!("volume {period} says it holds {said} items and holds {found}"),
            )
        {
            let mut frame = Frame::default();
            frame.volume(period);
            frame.put(tree::META, ITEMS, &found.to_be_bytes());
            store.append_and_apply(frame.bytes())?;
        }
        Ok(())
    }

    /// Writes the changes as one frame, like any change.
    fn apply(&mut self, volume: &Volume, mending: Mending) -> Result<(), StoreError> {
        if mending.is_empty() {
            return Ok(());
        }
        let mut frame = Frame::default();
        frame.volume(volume.period);
        volume.put_into(&mut frame, &mending.writes, &mending.removals)?;
        frame.ledger();
        for (id, entry) in mending.entries {
            Ledger::put_entry(&mut frame, id, Some(entry));
        }
        self.store.append_and_apply(frame.bytes())?;
        self.forget(&mending.lost)
    }

    fn stories(
        &mut self,
        period: Period,
        volume: &Volume,
        mending: &mut Mending,
    ) -> Result<(), StoreError> {
        for (key, bytes) in volume.raw_stories(&self.store.damage) {
            let id = StoryId::from_bytes(key);
            let Ok(mut record) = StoryRecord::read(&bytes) else {
                if self.mendable("story_unreadable", format!("story {id} of {period}")) {
                    mending.removals.stories.push(id);
                }
                continue;
            };
            self.found.stories += 1;
            let before = record.clone();
            for seen in &before.sightings {
                let at = before.period_of(seen.item).unwrap_or(period);
                if self.is_lost(seen.item, at)?
                    && self.mendable("sighting_lost", format!("item {} of story {id}", seen.item))
                {
                    record.forget(seen.item);
                }
            }
            let shown = record.sightings.iter().any(|s| s.item == record.canonical);
            if !shown
                && !record.sightings.is_empty()
                && self.mendable("canonical_lost", format!("story {id} of {period}"))
                && let Some(best) = story::canonical(&record.sightings)
            {
                record.canonical = best.item;
            }
            if record.sightings.is_empty() && record.moved.is_some() {
                continue;
            }
            if record.sightings.is_empty() {
                if before.sightings.is_empty()
                    && !self.mendable("story_empty", format!("story {id} of {period}"))
                {
                    continue;
                }
                mending.removals.take(id, &before);
            } else if record != before {
                mending.writes.stories.insert(id, record.to_bytes());
            }
        }
        Ok(())
    }

    fn items(
        &mut self,
        period: Period,
        volume: &Volume,
        mending: &mut Mending,
    ) -> Result<(), StoreError> {
        let ledger = self.store.ledger.get()?;
        let mut decoder = Decoder::new();
        for (key, bytes) in volume.raw_items(&self.store.damage) {
            let id = ItemId::from_bytes(key);
            let record = match decoder.item(&bytes, volume.dictionary()) {
                Ok(record) if record.item.id == id => record,
                _ => {
                    if self.mendable("item_unreadable", format!("item {id} of {period}")) {
                        mending.removals.items.push(id);
                        mending.lost.push(id);
                    }
                    continue;
                }
            };
            self.found.items += 1;
            let entry = DirectoryEntry::of(&record.item);
            if entry.period() != period {
                self.note(
                    "item_misplaced",
                    format!(
                        "item {id} stands in {period} and belongs to {}",
                        entry.period()
                    ),
                );
            }
            if ledger.entry(id, &self.store.damage)? != Some(entry)
                && self.mendable("entry_wrong", format!("the ledger about item {id}"))
            {
                mending.entries.push((id, entry));
            }
            self.story_of(&record, period, volume, mending)?;
        }
        Ok(())
    }

    /// Checks that the story of an item lists it.
    fn story_of(
        &mut self,
        record: &ItemRecord,
        period: Period,
        volume: &Volume,
        mending: &mut Mending,
    ) -> Result<(), StoreError> {
        let (id, at) = (record.story, record.story_period);
        let story = if at == period {
            match mending.writes.stories.get(&id) {
                Some(bytes) => StoryRecord::read(bytes).ok(),
                None => volume.story(id, &self.store.damage)?,
            }
        } else {
            // One that went with its volume, by age, is not missed.
            let Some(other) = self.store.volumes.find(at)? else {
                return Ok(());
            };
            other.story(id, &self.store.damage)?
        };
        let item = &record.item;
        let names_it = |story: &StoryRecord| story.sightings.iter().any(|s| s.item == item.id);
        if story.as_ref().is_some_and(names_it) {
            return Ok(());
        }
        let what = format!("item {} is not in its story {id}", item.id);
        if at != period {
            // Seen from there when that volume's stories are complete.
            self.note("story_lost", what);
            return Ok(());
        }
        if self.mendable("story_lost", what) {
            let mut story = story.unwrap_or_else(|| StoryRecord::begin(item, item.first_seen));
            story.take(item, period, 0, item.first_seen, false);
            mending.writes.stories.insert(id, story.to_bytes());
        }
        Ok(())
    }

    /// Checks that each index key follows from a story, and that all that follow from a story are
    /// there.
    fn indexes(
        &mut self,
        period: Period,
        volume: &Volume,
        mending: &mut Mending,
    ) -> Result<(), StoreError> {
        for (key, bytes) in volume.raw_stories(&self.store.damage) {
            let Ok(record) = StoryRecord::read(&bytes) else {
                continue;
            };
            let place = IndexPosition::new(record.sort_key, StoryId::from_bytes(key));
            for key in place.channel_keys(&record.channels) {
                if !volume.has(IndexTree::Channel, &key)?
                    && self.mendable("index_missing", format!("a channel of {period}"))
                {
                    mending.writes.by_channel.insert(key);
                }
            }
            for key in place.join_keys(&record.keys) {
                if !volume.has(IndexTree::Join, &key)?
                    && self.mendable("index_missing", format!("a key of {period}"))
                {
                    mending.writes.joins.insert(key);
                }
            }
        }
        for index in [IndexTree::Channel, IndexTree::Join] {
            for key in volume.raw_index(index, &self.store.damage) {
                if self.follows(index, &key, volume)? {
                    continue;
                }
                let what = format!("an entry of an index of {period} leads nowhere");
                if self.mendable("index_stray", what) {
                    mending.removals.strays(index).push(key);
                }
            }
        }
        Ok(())
    }

    fn follows(&self, index: IndexTree, key: &[u8], volume: &Volume) -> Result<bool, StoreError> {
        let Some(place) = IndexPosition::in_key(key) else {
            return Ok(false);
        };
        let Some(record) = volume.story(place.story(), &self.store.damage)? else {
            return Ok(false);
        };
        let own = IndexPosition::new(record.sort_key, place.story());
        let is_named = match index {
            IndexTree::Channel => own.channel_keys(&record.channels).any(|own| own == key),
            IndexTree::Join => own.join_keys(&record.keys).any(|own| own == key),
        };
        Ok(is_named)
    }

    /// Returns whether an item is gone from a volume that is there and sound.
    fn is_lost(&self, id: ItemId, at: Period) -> Result<bool, StoreError> {
        if self.store.volumes.is_damaged(at) {
            return Ok(false);
        }
        match self.store.volumes.find(at)? {
            Some(volume) => {
                // Making one costs more than reading with it.
                let mut decoder = self.store.decoders.take();
                let found = volume.item(id, &mut decoder, &self.store.damage);
                self.store.decoders.put_back(decoder);
                Ok(found?.is_none())
            }
            None => Ok(false),
        }
    }
}
