//! Purge: all that one source has brought goes, and what is remembered of it.
//!
//! A story that other sources carried as well stays, without the copies of that source; its
//! address leads to it still. Everything else goes for good: items become tombstones, so that they
//! do not come back while the source still lists them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ingest::dedupe::story;
use crate::model::{ItemId, SourceId, StoryId};
use crate::store::Store;
use crate::store::codec::compress::Decoder;
use crate::store::codec::frame::Frame;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;
use crate::store::ledger::changes::Changes;
use crate::store::volume::changes::{VolumeDeletes, VolumeWrites};

/// Items that go in one frame.
const ITEMS_PER_FRAME: usize = 200;

/// Counts of what a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Items.
    pub items: u64,
    /// Stories that no other source carried.
    pub stories: u64,
    /// Stories that stay, with the copies of others.
    pub kept: u64,
}

impl Store {
    /// Removes all items of `source`, the stories that nobody else carried, and what is remembered of
    /// the source. It may be cut off at any moment and done again.
    ///
    /// # Errors
    ///
    /// If the disk refuses; what was removed until then is gone.
    pub fn purge(&self, source: &SourceId, now: Timestamp) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        let all = self.ledger.get()?.items_like(source)?;
        for some in all.chunks(ITEMS_PER_FRAME) {
            let mut writer = self.writer();
            let channels = self.guarded(&mut writer, || {
                let mut purge = Purge::new(self, source, now);
                for item in some {
                    purge.take(*item)?;
                }
                purge.finish(&mut purged)
            })?;
            self.forget_stories();
            drop(writer);
            self.bump_generations(&channels);
        }
        let mut writer = self.writer();
        self.guarded(&mut writer, || {
            let mut frame = Frame::default();
            self.ledger.get()?.put_forgotten(&mut frame, source);
            self.append_and_apply(frame.bytes())
        })?;
        self.forget_archives();
        // No page of another channel shall go on to name what was removed.
        self.generations.upheave();
        Ok(purged)
    }
}

/// One step of a purge: some items, and the stories that lose them.
struct Purge<'a> {
    store: &'a Store,
    source: &'a SourceId,
    now: Timestamp,
    decoder: Decoder,
    /// Items that go, with their volumes.
    items: Vec<(Period, ItemId)>,
    /// Stories that lose a copy, as they were and as they become.
    stories: BTreeMap<(Period, StoryId), (StoryRecord, StoryRecord)>,
}

impl<'a> Purge<'a> {
    fn new(store: &'a Store, source: &'a SourceId, now: Timestamp) -> Purge<'a> {
        Purge {
            store,
            source,
            now,
            decoder: Decoder::new(),
            items: Vec::new(),
            stories: BTreeMap::new(),
        }
    }

    /// Takes one item out of its story, and out of the one that it began, if it is of the source.
    fn take(&mut self, id: ItemId) -> Result<(), StoreError> {
        let store = self.store;
        let Some(entry) = store.ledger.get()?.entry(id, &store.damage)? else {
            return Ok(());
        };
        let period = entry.period();
        let Some(volume) = store.volumes.find(period)? else {
            return Ok(());
        };
        let Some(record) = volume.item(id, &mut self.decoder, &store.damage)? else {
            return Ok(());
        };
        if record.item.source != *self.source {
            return Ok(());
        }
        self.items.push((period, id));
        let begun = (period, StoryId::begun_by(id));
        for place in BTreeSet::from([begun, (record.story_period, record.story)]) {
            if let Some((_, after)) = self.story(place)? {
                after.forget(id);
            }
        }
        Ok(())
    }

    /// Returns a story as it was, and as it becomes.
    fn story(
        &mut self,
        place: (Period, StoryId),
    ) -> Result<Option<&mut (StoryRecord, StoryRecord)>, StoreError> {
        if !self.stories.contains_key(&place) {
            let Some(volume) = self.store.volumes.find(place.0)? else {
                return Ok(None);
            };
            let Some(record) = volume.story(place.1, &self.store.damage)? else {
                return Ok(None);
            };
            self.stories.insert(place, (record.clone(), record));
        }
        Ok(self.stories.get_mut(&place))
    }

    /// Writes it as one frame; returns the channels that changed.
    fn finish(mut self, purged: &mut Purged) -> Result<BTreeSet<IndexPrefix>, StoreError> {
        if self.items.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut changes = Changes::default();
        let mut writes: BTreeMap<Period, (VolumeWrites, VolumeDeletes)> = BTreeMap::new();
        let (mut n_stories, mut gone) = (0, Vec::new());
        for ((period, id), (before, mut after)) in std::mem::take(&mut self.stories) {
            let (puts, deletes) = writes.entry(period).or_default();
            changes.show(&before, period, self.now);
            match (after.sightings.is_empty(), after.moved.is_some()) {
                // It still leads to the one that has its copies.
                (_, true) => drop(puts.stories.insert(id, after.to_bytes())),
                (true, false) => {
                    deletes.take(id, &before);
                    gone.push(id);
                    n_stories += 1;
                }
                (false, false) => {
                    self.settle(&mut after);
                    let place = IndexPosition::new(after.sort_key, id);
                    let lost = before.channels.iter();
                    let lost = lost.filter(|head| !after.channels.contains(head));
                    deletes.by_channel.extend(lost.map(|head| head.key(place)));
                    puts.stories.insert(id, after.to_bytes());
                    purged.kept += 1;
                }
            }
        }
        for (period, item) in &self.items {
            writes.entry(*period).or_default().1.items.push(*item);
        }
        let ledger = self.store.ledger.get()?;
        let mut frame = Frame::default();
        for (period, (puts, deletes)) in writes.iter().rev() {
            if let Some(volume) = self.store.volumes.find(*period)? {
                frame.volume(*period);
                volume.put_into(&mut frame, puts, deletes)?;
            }
        }
        ledger.put_into(&mut frame, &[], &changes)?;
        ledger.put_fewer(&mut frame, self.items.len() as u64, n_stories)?;
        for (period, item) in &self.items {
            frame.bury(*period, *item);
        }
        self.store.append_and_apply(frame.bytes())?;
        self.store.bands.forget(gone.into_iter());
        purged.items += self.items.len() as u64;
        purged.stories += n_stories;
        Ok(changes.channels.into_keys().collect())
    }

    /// Draws from the copies that are left what follows from them.
    fn settle(&self, record: &mut StoryRecord) {
        if let Some(shown) = story::canonical(&record.sightings) {
            record.canonical = shown.item;
        }
        let is_there = |item: &ItemId| record.sightings.iter().any(|seen| seen.item == *item);
        record.longest = record.longest.filter(is_there);
        record.changed = record.changed.max(self.now);
        record.channels.clear();
        let own = record.sightings.iter().map(|seen| seen.source.channel());
        let routed = record.routes.iter().map(|route| route.to.clone());
        let all: Vec<_> = own.chain(routed).collect();
        for channel in &all {
            record.show_in(channel);
        }
    }
}
