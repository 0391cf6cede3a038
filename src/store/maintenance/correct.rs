//! An admin's corrections: two stories made one, one copy taken out of a story.
//!
//! A correction is written down first, then done. Nothing is deleted: copies
//! move from one story to another, and a story without copies leads to the one
//! that has them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ingest::dedupe::story;
use crate::model::{ItemId, StoryId};
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::commit::Batch;
use crate::store::commit::batch::{OpenStory, WriteBatch};
use crate::store::error::StoreError;
use crate::store::volume::changes::VolumeDeletes;
use crate::sync;

/// Statement of an admin about stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Removal of a copy from a story.
    Split {
        /// The story.
        story: StoryId,
        /// The copy.
        item: ItemId,
    },
    /// Union of two stories; the first one stays.
    Join {
        /// Story that stays.
        into: StoryId,
        /// Story that gives its copies.
        from: StoryId,
    },
}

/// Reason why a correction cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CannotCorrect {
    /// Story that is not there.
    #[error("there is no story {0}")]
    NoStory(StoryId),
    /// Copy that is not in the story.
    #[error(
        "{item} is no copy of story {story}; `gazetted story explain {story} {story}` lists them"
    )]
    NoCopy {
        /// The copy.
        item: ItemId,
        /// The story.
        story: StoryId,
    },
    /// Story without another copy.
    #[error("story {0} has no other copy")]
    OnlyCopy(StoryId),
    /// Two ids of one story.
    #[error("they are one story already")]
    Same,
    /// Stories that together have too many copies.
    #[error("the story would have more than {} copies", story::MAX_SIGHTINGS)]
    TooMany,
    /// Failure of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Corrects which items are one story, for good: later polls, restarts and
    /// rebuilds keep to it. Returns the story that a split copy is in now, or the
    /// one that two were made.
    ///
    /// # Errors
    ///
    /// If it makes no sense, or the disk refuses.
    pub fn correct(
        &self,
        correction: Correction,
        now: Timestamp,
    ) -> Result<StoryId, CannotCorrect> {
        self.correct_with(correction, now, Frame::default())
    }

    /// Corrects as [`Store::correct`] does, and writes the steps of `rider` in the same frame.
    ///
    /// # Errors
    ///
    /// Those of [`Store::correct`].
    pub(super) fn correct_with(
        &self,
        correction: Correction,
        now: Timestamp,
        rider: Frame,
    ) -> Result<StoryId, CannotCorrect> {
        let mut writer = sync::lock(&self.writer);
        if writer.has_failed {
            return Err(StoreError::Closed.into());
        }
        let mut work = Work::new(self, now)?;
        work.batch.rider = rider;
        let story = match correction {
            Correction::Split { story, item } => work.split(story, item)?,
            Correction::Join { into, from } => work.join(into, from)?,
        };
        writer.has_failed = true;
        let channels = work.finish()?;
        writer.has_failed = false;
        self.bands.clear();
        self.forget_stories();
        self.bump_generations(&channels);
        Ok(story)
    }
}

struct Work<'a> {
    batch: Batch<'a>,
    draft: WriteBatch,
    removals: BTreeMap<Period, VolumeDeletes>,
    now: Timestamp,
    /// Whether a copy could be read and moved.
    has_moved: bool,
}

impl<'a> Work<'a> {
    fn new(store: &'a Store, now: Timestamp) -> Result<Work<'a>, StoreError> {
        Ok(Work {
            batch: Batch::new(store)?,
            draft: WriteBatch::default(),
            removals: BTreeMap::new(),
            now,
            has_moved: false,
        })
    }

    fn split(&mut self, id: StoryId, item: ItemId) -> Result<StoryId, CannotCorrect> {
        let id = self.open(id)?;
        let sightings = &self.draft.stories[&id].record.sightings;
        let copies: Vec<ItemId> = sightings.iter().map(|seen| seen.item).collect();
        if !copies.contains(&item) {
            return Err(CannotCorrect::NoCopy { item, story: id });
        }
        if copies.len() == 1 {
            return Err(CannotCorrect::OnlyCopy(id));
        }
        // The copy that a story began with keeps its name: then the others go.
        let is_first = StoryId::begun_by(item) == id;
        // One that began a story of its own leaves with the copies that came with it.
        let came_with = self.came_with(item, id)?;
        let is_leaving = |copy: &&ItemId| match is_first {
            true => **copy != item,
            false => **copy == item || came_with.contains(copy),
        };
        let mut leaving: Vec<ItemId> = copies.iter().filter(is_leaving).copied().collect();
        leaving.sort_by_key(|copy| *copy != item);
        let staying = copies.iter().filter(|copy| !leaving.contains(copy));
        let new = StoryId::begun_by(leaving[0]);
        let apart: Vec<(ItemId, StoryId)> = leaving
            .iter()
            .map(|item| (*item, id))
            .chain(staying.map(|item| (*item, new)))
            .collect();
        self.batch.store.corrections.say(|said| {
            said.apart.extend(apart);
            for item in &leaving {
                said.home.insert(*item, new);
            }
        })?;
        self.move_copies(&leaving, id, new)?;
        Ok(if is_first { id } else { new })
    }

    /// Returns the copies of the story that `item` began, if that became part of `id`.
    fn came_with(&mut self, item: ItemId, id: StoryId) -> Result<Vec<ItemId>, CannotCorrect> {
        let begun = StoryId::begun_by(item);
        let Some(period) = self.batch.period_of(begun, &self.draft)? else {
            return Ok(Vec::new());
        };
        let record = self.batch.raw_story(begun, period)?;
        let merged = record.filter(|record| record.moved.is_some_and(|(to, _)| to == id));
        let copies = merged.map(|record| record.sightings).unwrap_or_default();
        Ok(copies.into_iter().map(|seen| seen.item).collect())
    }

    fn join(&mut self, into: StoryId, from: StoryId) -> Result<StoryId, CannotCorrect> {
        let (into, from) = (self.open(into)?, self.open(from)?);
        if into == from {
            return Err(CannotCorrect::Same);
        }
        let copies = |id: &StoryId| &self.draft.stories[id].record.sightings;
        if copies(&into).len() + copies(&from).len() > story::MAX_SIGHTINGS {
            return Err(CannotCorrect::TooMany);
        }
        let all: Vec<ItemId> = copies(&from).iter().map(|seen| seen.item).collect();
        let kept: Vec<ItemId> = copies(&into).iter().map(|seen| seen.item).collect();
        self.batch.store.corrections.say(|said| {
            for item in all.iter().chain(&kept) {
                said.apart.remove(&(*item, into));
                said.home.insert(*item, into);
            }
        })?;
        self.move_copies(&all, from, into)?;
        Ok(into)
    }

    /// Loads a story into the draft; one that has moved leads to where it is.
    fn open(&mut self, id: StoryId) -> Result<StoryId, CannotCorrect> {
        let mut id = id;
        for _ in 0..4 {
            let Some(period) = self.batch.period_of(id, &self.draft)? else {
                break;
            };
            if self.batch.load(id, period, &mut self.draft)? {
                return Ok(id);
            }
            match self.batch.moved(id, period)? {
                Some(next) => id = next,
                None => break,
            }
        }
        Err(CannotCorrect::NoStory(id))
    }

    fn move_copies(
        &mut self,
        items: &[ItemId],
        from: StoryId,
        to: StoryId,
    ) -> Result<(), CannotCorrect> {
        let mut records: Vec<ItemRecord> = Vec::new();
        for item in items {
            let period = self.draft.stories[&from].record.period_of(*item);
            if let Some(record) = self.batch.item_at(*item, period)? {
                records.push(record);
            }
        }
        if !self.draft.stories.contains_key(&to) {
            let first = records
                .iter()
                .find(|record| StoryId::begun_by(record.item.id) == to);
            let first = first.ok_or(CannotCorrect::NoStory(to))?;
            let period = Period::of(first.item.first_seen);
            let record = StoryRecord::begin(&first.item, self.now);
            let before = self.batch.raw_story(to, period)?;
            self.draft.changes.n_new_stories += u64::from(before.is_none());
            let open = OpenStory {
                period,
                before: None,
                record,
            };
            self.draft.stories.insert(to, open);
        }
        let to_period = self.draft.stories[&to].period;
        let giver = self.stories_mut(from);
        let old = giver.record.clone();
        let gone = |item: &ItemId| items.contains(item);
        let mut sightings = Vec::new();
        let mut periods = Vec::new();
        let mut moved = Vec::new();
        for (seen, period) in old.sightings.iter().zip(&old.periods) {
            match gone(&seen.item) {
                true => moved.push((seen.clone(), *period)),
                false => {
                    sightings.push(seen.clone());
                    periods.push(*period);
                }
            }
        }
        giver.record.sightings = sightings;
        giver.record.periods = periods;
        let is_empty = giver.record.sightings.is_empty();
        if is_empty {
            giver.record.moved = Some((to, to_period));
        }
        self.settle(from, &old);
        let taker = self.stories_mut(to);
        for (seen, period) in moved {
            taker.record.sightings.push(seen);
            taker.record.periods.push(period);
        }
        taker.record.moved = None;
        if taker.record.longest.is_none() && old.pieces > taker.record.pieces {
            taker.record.longest = old.longest.or(old.sightings.first().map(|seen| seen.item));
        }
        taker
            .record
            .learn(&old.keys, crate::store::commit::MAX_STORY_KEYS);
        taker
            .record
            .learn_bands(old.bands.iter().copied(), old.pieces);
        if is_empty {
            let routes = old.routes.clone();
            let now = self.now;
            self.stories_mut(to).record.route(&routes, now);
        }
        let before = self.draft.stories[&to].record.clone();
        self.settle(to, &before);
        for mut record in records {
            self.has_moved = true;
            record.story = to;
            record.story_period = to_period;
            self.draft.items.insert(record.item.id, record);
        }
        Ok(())
    }

    fn stories_mut(&mut self, id: StoryId) -> &mut OpenStory {
        self.draft.stories.get_mut(&id).expect("it was opened")
    }

    /// Draws from the copies of a story all else in its record; `old` says what its indexes have.
    fn settle(&mut self, id: StoryId, old: &StoryRecord) {
        let now = self.now;
        let open = self.stories_mut(id);
        let record = &mut open.record;
        if let Some(shown) = story::canonical(&record.sightings) {
            record.canonical = shown.item;
        }
        record.changed = record.changed.max(now);
        record.channels.clear();
        let homes: Vec<_> = record
            .sightings
            .iter()
            .map(|seen| seen.source.channel())
            .collect();
        let routed: Vec<_> = record.routes.iter().map(|route| route.to.clone()).collect();
        if !record.sightings.is_empty() {
            for channel in homes.iter().chain(&routed) {
                record.show_in(channel);
            }
        }
        let place = IndexPosition::new(record.sort_key, id);
        let is_empty = record.sightings.is_empty();
        let mut gone = old.channels.clone();
        gone.retain(|head| !record.channels.contains(head));
        let mut removals = VolumeDeletes::default();
        let lost_keys = if is_empty { &old.keys[..] } else { &[] };
        removals.index(place, &gone, lost_keys);
        if is_empty {
            record.keys.clear();
            record.bands.clear();
        }
        let period = open.period;
        // Everything is written again, whatever was indexed before.
        open.before = None;
        let record = open.record.clone();
        let channels = old.channels.iter().chain(&record.channels);
        let channels = channels.map(|channel| (*channel, now));
        self.draft.changes.channels.extend(channels);
        self.draft.changes.show(&record, period, now);
        let all = self.removals.entry(period).or_default();
        all.add(&removals);
    }

    fn finish(mut self) -> Result<BTreeSet<IndexPrefix>, StoreError> {
        if !self.has_moved {
            return Ok(self.draft.changes.channels.into_keys().collect());
        }
        self.batch.finish(&[], self.draft, self.removals)
    }
}

impl Batch<'_> {
    pub(super) fn item_at(
        &mut self,
        id: ItemId,
        period: Option<Period>,
    ) -> Result<Option<ItemRecord>, StoreError> {
        let Some(period) = period else {
            return Ok(None);
        };
        match self.store.volumes.find(period)? {
            Some(volume) => volume.item(id, &mut self.tools.decoder, &self.store.damage),
            None => Ok(None),
        }
    }

    pub(super) fn raw_story(
        &self,
        id: StoryId,
        period: Period,
    ) -> Result<Option<StoryRecord>, StoreError> {
        match self.store.volumes.find(period)? {
            Some(volume) => volume.story(id, &self.store.damage),
            None => Ok(None),
        }
    }

    fn moved(&self, id: StoryId, period: Period) -> Result<Option<StoryId>, StoreError> {
        let record = self.raw_story(id, period)?;
        Ok(record
            .and_then(|record| record.moved)
            .map(|(story, _)| story))
    }
}
