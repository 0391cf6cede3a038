//! Reading: pages of stories, and single ones.
//!
//! A page is an index read in each volume that can hold part of it, newest
//! period first. The ledger knows from where to where a channel stands in each
//! volume, so that old volumes are opened for old stories only. It learns that
//! after the volume was written, therefore the newest two are always asked.

pub(super) mod archives;
pub(super) mod changes;
pub(super) mod generations;
mod newer;
pub(super) mod served;
mod sources;
pub(super) mod story_cache;

use std::sync::Arc;

use super::codec::compress::Decoder;
use super::codec::item::ItemRecord;
use super::codec::key::{IndexPosition, IndexPrefix};
use super::codec::period::Period;
use super::codec::story::StoryRecord;
use super::error::StoreError;
use super::ledger::changes::Span;
use super::volume::Volume;
use super::{Cursor, Store};
use crate::ingest::dedupe::story;
use crate::model::{ChannelId, Item, ItemId, Revision, Sighting, Story, StoryId};

/// Newest volumes, whose spans the ledger may not know yet: it learns them after the volume was
/// written.
const UNSURE_VOLUMES: usize = 2;

/// Most volumes that one reader holds open: a channel with a story here and there would open all of
/// them, at some megabytes each.
const MAX_HELD_VOLUMES: usize = 6;

/// Reader of stories: keeps the volumes it has opened, and a decoder, for one page.
pub(super) struct StoryReader<'a> {
    store: &'a Store,
    /// Decoder, taken from the pool when it is first needed.
    decoder: Option<Decoder>,
    /// Volumes that were asked for, the one used last at the end, at most [`MAX_HELD_VOLUMES`]; `None`
    /// if there is none.
    volumes: Vec<(Period, Option<Arc<Volume>>)>,
}

impl<'a> StoryReader<'a> {
    /// Makes a reader.
    pub(super) fn new(store: &'a Store) -> StoryReader<'a> {
        StoryReader {
            store,
            decoder: None,
            volumes: Vec::new(),
        }
    }

    /// Returns the newest stories of a channel behind `before`, at most `limit`. One that cannot be
    /// read is passed over.
    pub(super) fn page(
        &mut self,
        channel: &ChannelId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Arc<Story>>, StoreError> {
        let channel_id = channel;
        let channel = IndexPrefix::channel(channel);
        let mut after = before.map(|cursor| IndexPosition::new(cursor.sort_key, cursor.story));
        let mut stories = Vec::new();
        while stories.len() < limit {
            let wanted = limit - stories.len();
            let places = self.places(channel, after, wanted)?;
            for (place, period) in &places {
                stories.extend(self.story_in(place.story(), *period, channel_id)?);
            }
            match places.last() {
                Some((last, _)) if places.len() == wanted => after = Some(*last),
                _ => break,
            }
        }
        Ok(stories)
    }

    /// Returns the first `limit` positions of a channel behind `after`, over all volumes, each with its
    /// volume.
    pub(super) fn places(
        &mut self,
        channel: IndexPrefix,
        after: Option<IndexPosition>,
        limit: usize,
    ) -> Result<Vec<(IndexPosition, Period)>, StoreError> {
        let ledger = self.store.ledger.get()?;
        let mut places: Vec<(IndexPosition, Period)> = Vec::new();
        for (nth, period) in self.store.volumes.present().into_iter().enumerate() {
            let last = places.last().filter(|_| places.len() == limit);
            if nth >= UNSURE_VOLUMES {
                let span = ledger.span(channel, period)?;
                if !span.is_some_and(|span| may_hold(span, after, last.map(|(place, _)| *place))) {
                    continue;
                }
            }
            let Some(volume) = self.volume(period)? else {
                continue;
            };
            let found = volume.places(channel, after, limit, &self.store.damage)?;
            places.extend(found.into_iter().map(|place| (place, period)));
            places.sort_unstable();
            places.truncate(limit);
        }
        Ok(places)
    }

    /// Returns a story of the volume of `period`, cached; `None` if it is not there, cannot be read, or
    /// was taken down.
    pub(super) fn story(
        &mut self,
        id: StoryId,
        period: Period,
    ) -> Result<Option<Arc<Story>>, StoreError> {
        let story = self.story_or_down(id, period)?;
        Ok(story.filter(|story| !self.store.corrections.is_down(story)))
    }

    /// Returns a story as [`StoryReader::story`] does, also one that was taken down.
    pub(super) fn story_or_down(
        &mut self,
        id: StoryId,
        period: Period,
    ) -> Result<Option<Arc<Story>>, StoreError> {
        let recent = &self.store.recent;
        if let Some(story) = recent.get(id) {
            return Ok(Some(story));
        }
        let epoch = recent.epoch();
        let story = self.unpack(id, period)?;
        Ok(story.map(|story| recent.keep(epoch, story)))
    }

    /// Reads a story and its canonical copy; one that has moved leads to where it is.
    fn unpack(&mut self, id: StoryId, period: Period) -> Result<Option<Story>, StoreError> {
        let Some(volume) = self.volume(period)? else {
            return Ok(None);
        };
        let Some(record) = volume.story(id, &self.store.damage)? else {
            return Ok(None);
        };
        if let Some((story, period)) = record.moved {
            // It has no copies left, so this goes no further.
            return match story == id {
                true => Ok(None),
                false => self.unpack(story, period),
            };
        }
        let Some(mut canonical) = self.canonical(&record)? else {
            return Ok(None);
        };
        // A story stands where it began, whichever copy is shown.
        canonical.sort_key = record.sort_key;
        Ok(Some(Story {
            id,
            canonical,
            sightings: record.sightings,
            changed: record.changed,
            routes: record.routes,
            related: Vec::new(),
        }))
    }

    /// Returns a story as a channel shows it: with the best copy of the channel's own papers, where one
    /// of them carried it.
    fn story_in(
        &mut self,
        id: StoryId,
        period: Period,
        channel: &ChannelId,
    ) -> Result<Option<Arc<Story>>, StoreError> {
        let Some(mut story) = self.story(id, period)? else {
            return Ok(None);
        };
        let Some(own) = own_copy(&story, channel) else {
            return Ok(Some(story));
        };
        let entry = self.store.ledger.get()?.entry(own, &self.store.damage)?;
        if let Some(entry) = entry
            && let Some((item, _)) = self.copy(own, entry.period())?
        {
            let sort_key = story.canonical.sort_key;
            Arc::make_mut(&mut story).canonical = Item { sort_key, ..item };
        }
        Ok(Some(story))
    }

    /// Returns an item of the volume of `period`, with its story.
    pub(super) fn copy(
        &mut self,
        id: ItemId,
        period: Period,
    ) -> Result<Option<(Item, StoryId)>, StoreError> {
        let Some(volume) = self.volume(period)? else {
            return Ok(None);
        };
        let found = self.item(&volume, id)?;
        Ok(found.map(|record| (record.item, record.story)))
    }

    /// Returns whether the volume of `period` has this item, readable.
    pub(super) fn has_item(&mut self, id: ItemId, period: Period) -> Result<bool, StoreError> {
        let Some(volume) = self.volume(period)? else {
            return Ok(false);
        };
        let found = self.item(&volume, id)?;
        Ok(found.is_some())
    }

    /// Returns the earlier texts of an item of the volume of `period`.
    pub(super) fn revisions(
        &mut self,
        id: ItemId,
        period: Period,
    ) -> Result<Vec<Revision>, StoreError> {
        let Some(volume) = self.volume(period)? else {
            return Ok(Vec::new());
        };
        let found = self.item(&volume, id)?;
        Ok(found.map_or_else(Vec::new, |record| record.revisions))
    }

    /// Returns the copy to show; if it was lost, another one.
    fn canonical(&mut self, record: &StoryRecord) -> Result<Option<Item>, StoreError> {
        let all = record.sightings.iter().map(|seen| seen.item);
        let others = all.filter(|id| *id != record.canonical);
        for id in std::iter::once(record.canonical).chain(others) {
            let Some(period) = record.period_of(id) else {
                continue;
            };
            let Some(volume) = self.volume(period)? else {
                continue;
            };
            if let Some(found) = self.item(&volume, id)? {
                return Ok(Some(found.item));
            }
        }
        Ok(None)
    }

    /// Returns an item of a volume.
    fn item(&mut self, volume: &Volume, id: ItemId) -> Result<Option<ItemRecord>, StoreError> {
        let store = self.store;
        let decoder = self.decoder.get_or_insert_with(|| store.decoders.take());
        volume.item(id, decoder, &store.damage)
    }

    /// Returns the volume of a period.
    fn volume(&mut self, period: Period) -> Result<Option<Arc<Volume>>, StoreError> {
        let held = self.volumes.iter().position(|(held, _)| *held == period);
        let volume = match held {
            Some(at) => self.volumes.remove(at).1,
            None => self.store.volumes.find(period)?,
        };
        if self.volumes.len() == MAX_HELD_VOLUMES {
            self.volumes.remove(0);
        }
        self.volumes.push((period, volume.clone()));
        Ok(volume)
    }
}

impl Drop for StoryReader<'_> {
    fn drop(&mut self) {
        if let Some(decoder) = self.decoder.take() {
            self.store.decoders.put_back(decoder);
        }
    }
}

/// Returns the best copy of the papers of a channel; `None` if the one that is shown is theirs, or they
/// have none.
fn own_copy(story: &Story, channel: &ChannelId) -> Option<ItemId> {
    let is_own = |seen: &&Sighting| seen.source.channel().lineage().any(|id| id == *channel);
    let own: Vec<Sighting> = story.sightings.iter().filter(is_own).cloned().collect();
    let is_shown = own.iter().any(|seen| seen.item == story.canonical.id);
    match is_shown || own.is_empty() {
        true => None,
        false => story::canonical(&own).map(|seen| seen.item),
    }
}

/// Returns whether a volume whose positions lie in `span` may hold some behind `after` and before
/// `last`.
fn may_hold(span: Span, after: Option<IndexPosition>, last: Option<IndexPosition>) -> bool {
    let oldest = IndexPosition::bottom(span.oldest);
    let newest = IndexPosition::top(span.newest);
    after.is_none_or(|after| oldest > after) && last.is_none_or(|last| newest < last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Commit, DedupeKeys, Notes, SourceState, Upsert, WebUrl};
    use crate::store::volume::changes::VolumeWrites;

    fn item(number: u32) -> Item {
        let source: crate::model::SourceId = "a/one".parse().unwrap();
        let at = jiff::Timestamp::from_second(1_790_000_000 + i64::from(number)).unwrap();
        Item {
            id: ItemId::of(&source, &number.to_string()),
            source,
            guid: None,
            url: WebUrl::parse("https://one.example/"),
            title: number.to_string(),
            language: None,
            authors: Vec::new(),
            origin: None,
            published: None,
            updated: None,
            first_seen: at,
            sort_key: at,
            summary: None,
            content: None,
            image: None,
            captions: Vec::new(),
            categories: Vec::new(),
            enclosures: Vec::new(),
            notes: Notes::default(),
            fingerprint: 0,
        }
    }

    /// Commit of new items of one source, stored together.
    fn commit(items: &[Item]) -> Commit {
        let upserts = items.iter().map(|item| Upsert {
            item: item.clone(),
            rank: 0,
            join: DedupeKeys::default(),
            routes: Vec::new(),
        });
        Commit {
            source: items[0].source.clone(),
            at: items[0].first_seen,
            upserts: upserts.collect(),
            state: Some(SourceState::default()),
            subscription: None,
            roll: None,
            robots: Vec::new(),
        }
    }

    #[test]
    fn a_channel_with_a_story_here_and_there_opens_few_volumes_at_a_time() {
        let dir = tempfile::TempDir::new().unwrap();
        let start = item(0).first_seen;
        let store = Store::open(dir.path(), start).unwrap();
        let n_volumes = 3 * MAX_HELD_VOLUMES;
        for nth in 0..n_volumes as u32 {
            let at = start + jiff::SignedDuration::from_hours(24 * 40) * nth as i32;
            let item = Item {
                first_seen: at,
                sort_key: at,
                ..item(nth)
            };
            store.apply(&[commit(&[item])]).unwrap();
        }
        let mut reader = StoryReader::new(&store);
        let page = reader.page(&ChannelId::root(), None, 100).unwrap();
        assert_eq!(page.len(), n_volumes);
        assert!(page.is_sorted_by_key(|story| std::cmp::Reverse(story.canonical.sort_key)));
        assert_eq!(reader.volumes.len(), MAX_HELD_VOLUMES);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_and_counted() {
        let dir = tempfile::TempDir::new().unwrap();
        let items: Vec<Item> = (0..200).map(item).collect();
        let at = items[199].first_seen;
        let store = Store::open(dir.path(), at).unwrap();
        store.apply(&[commit(&items)]).unwrap();
        let mut garbage = VolumeWrites::default();
        garbage.items.insert(items[190].id, vec![1, 2, 3]);
        garbage
            .stories
            .insert(StoryId::begun_by(items[180].id), vec![9; 40]);
        let volume = store.volumes.find(Period::of(at)).unwrap().unwrap();
        volume.write(&garbage).unwrap();

        let channel = items[0].source.channel();
        assert_eq!(store.page(&channel, None, 1000).unwrap().len(), 198);
        assert_eq!(store.page(&channel, None, 20).unwrap().len(), 20);
        let damage = store.damage();
        assert!(matches!(
            damage[..],
            [crate::store::Damage::Unreadable { times: 4 }]
        ));
    }
}
