//! Items that a fast clock has dated: their times are set right once the clock is.
//!
//! An item stored while the clock was ahead stands above all news until that time
//! comes, and is kept as much longer. Either the clock was fast then, or it is slow
//! now; what the papers themselves say of their items tells which.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::{ChannelId, Item, StoryId};
use crate::store::Store;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::frame::Frame;
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::commit::Batch;
use crate::store::commit::batch::{OpenStory, WriteBatch};
use crate::store::error::StoreError;
use crate::store::read::StoryReader;
use crate::store::volume::changes::VolumeDeletes;

/// Time by which clocks of sound machines may differ, and by which a time may lie ahead of `now`.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// Age of undated items that may be told apart by when they were seen.
const MAX_SHIFTED_AGE: SignedDuration = SignedDuration::from_hours(24);

/// Stories that one frame sets right.
const STORIES_PER_FRAME: usize = 100;

/// Evidence on which clock was wrong: dates of items that were first seen in the future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Evidence {
    /// Items published by now, as their sources say: the clock was fast then.
    n_past: u64,
    /// Items published in the future: the clock is slow now.
    n_future: u64,
    /// Latest time at which one was first seen.
    newest: Option<Timestamp>,
}

impl Evidence {
    fn take(&mut self, item: &Item, now: Timestamp) {
        self.newest = self.newest.max(Some(item.first_seen));
        match item.published {
            Some(at) if at <= now + TOLERANCE => self.n_past += 1,
            Some(_) => self.n_future += 1,
            None => {}
        }
    }

    /// Returns whether the clock was fast and is right now: of two dated items in three at least.
    fn is_clock_right(self) -> bool {
        self.n_past > 0 && self.n_past >= self.n_future * 2
    }
}

/// Times as they were written by a fast clock, to be moved to `now` and before.
#[derive(Clone, Copy)]
struct Shift {
    now: Timestamp,
    /// Latest time that the fast clock wrote.
    newest: Timestamp,
}

impl Shift {
    /// Returns whether a time lies ahead, by more than sound clocks differ.
    fn is_ahead(self, at: Timestamp) -> bool {
        at > self.now + TOLERANCE
    }

    /// Returns a time that is not ahead, unchanged if it was not.
    fn settle(self, at: Timestamp) -> Timestamp {
        match self.is_ahead(at) {
            true => self.now,
            false => at,
        }
    }

    fn period(self, period: Period) -> Period {
        period.min(Period::of(self.now))
    }

    /// Sets the times of an item right: it stands by its own date, or else keeps its distance from the
    /// latest item.
    fn item(self, item: &mut Item) {
        if self.is_ahead(item.sort_key) {
            let age = self.newest.duration_since(item.sort_key);
            let age = age.clamp(SignedDuration::ZERO, MAX_SHIFTED_AGE);
            let dated = item.published.filter(|at| *at <= self.now);
            item.sort_key = dated.unwrap_or(self.now - age);
        }
        item.first_seen = self.settle(item.first_seen);
        item.updated = item.updated.map(|at| self.settle(at));
    }
}

impl Store {
    /// Sets the times of items right that were first seen in the future, if these items show that the
    /// clock was fast then and is right now; returns how many they were.
    ///
    /// # Errors
    ///
    /// If the disk refuses; the rest is done the next time.
    pub fn redate(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut writer = self.writer();
        let stories = self.stories_ahead(now)?;
        if stories.is_empty() {
            return Ok(0);
        }
        let evidence = self.evidence(&stories, now)?;
        let Some(newest) = evidence.newest.filter(|_| evidence.is_clock_right()) else {
            tracing::warn!(
                stories = stories.len(),
                "the store holds news of the future: the clock is slow, or was fast when they came"
            );
            return Ok(0);
        };
        let shift = Shift { now, newest };
        let stories: Vec<_> = stories.into_iter().collect();
        let n_items = self.guarded(&mut writer, || {
            let mut n_items = 0;
            for some in stories.chunks(STORIES_PER_FRAME) {
                n_items += self.redate_some(some, shift)?;
            }
            self.settle_channels(now)?;
            self.drop_emptied(now)?;
            Ok(n_items)
        })?;
        self.bands.clear();
        self.forget_stories();
        tracing::warn!(
            items = n_items,
            "the clock was fast when these items came: their times are set right"
        );
        Ok(n_items)
    }

    /// Returns the stories that stand in the future, or have a copy there, with their volumes.
    fn stories_ahead(&self, now: Timestamp) -> Result<BTreeMap<StoryId, Period>, StoreError> {
        let mut stories = BTreeMap::new();
        for period in self.volumes.present() {
            if period <= Period::of(now + TOLERANCE) {
                break;
            }
            let Some(volume) = self.volumes.find(period)? else {
                continue;
            };
            volume.each_story(&self.damage, StoryRecord::read, |id, _| {
                stories.insert(id, period);
            })?;
            volume.each_item(&self.damage, |record| {
                stories.insert(record.story, record.story_period);
                Ok(())
            })?;
        }
        let root = IndexPrefix::channel(&ChannelId::root());
        let mut reader = StoryReader::new(self);
        let mut after = None;
        loop {
            let places = reader.places(root, after, STORIES_PER_FRAME)?;
            let n_places = places.len();
            for (place, period) in places {
                if place >= IndexPosition::top(now + TOLERANCE) {
                    return Ok(stories);
                }
                stories.insert(place.story(), period);
                after = Some(place);
            }
            if n_places < STORIES_PER_FRAME {
                return Ok(stories);
            }
        }
    }

    fn evidence(
        &self,
        stories: &BTreeMap<StoryId, Period>,
        now: Timestamp,
    ) -> Result<Evidence, StoreError> {
        let mut batch = Batch::new(self)?;
        let mut evidence = Evidence::default();
        for (id, period) in stories {
            let Some(record) = batch.raw_story(*id, *period)? else {
                continue;
            };
            for (seen, period) in record.sightings.iter().zip(&record.periods) {
                let copy = batch.item_at(seen.item, Some(*period))?;
                let is_ahead = |copy: &ItemRecord| copy.item.first_seen > now + TOLERANCE;
                if let Some(copy) = copy.filter(is_ahead) {
                    evidence.take(&copy.item, now);
                }
            }
        }
        Ok(evidence)
    }

    /// Moves some stories and their copies to the present, in one frame; returns how many items changed.
    fn redate_some(&self, stories: &[(StoryId, Period)], shift: Shift) -> Result<u64, StoreError> {
        let mut batch = Batch::new(self)?;
        let mut work = Redating {
            shift,
            draft: WriteBatch::default(),
            removals: BTreeMap::new(),
        };
        for (id, period) in stories {
            if let Some(record) = batch.raw_story(*id, *period)? {
                work.story(&mut batch, (*id, *period), record)?;
            }
        }
        let n_items = work.draft.items.len() as u64;
        let channels = batch.finish(&[], work.draft, work.removals)?;
        self.bump_generations(&channels);
        Ok(n_items)
    }

    /// Sets the times right at which channels last changed.
    fn settle_channels(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut frame = Frame::default();
        let ledger = self.ledger.get()?;
        let channels = ledger.put_not_after(&mut frame, now, &self.damage);
        if !channels.is_empty() {
            self.append_and_apply(frame.bytes())?;
            self.bump_generations(&channels);
        }
        Ok(())
    }

    /// Removes the volumes of the future that hold nothing more.
    fn drop_emptied(&self, now: Timestamp) -> Result<(), StoreError> {
        for period in self.volumes.present() {
            if period <= Period::of(now + TOLERANCE) {
                break;
            }
            if let Some(volume) = self.volumes.find(period)?
                && volume.items() == 0
                && volume.n_stories()? == 0
            {
                self.drop_volume(period)?;
            }
        }
        Ok(())
    }
}

/// Frame of stories that are set right, as it grows.
struct Redating {
    shift: Shift,
    draft: WriteBatch,
    removals: BTreeMap<Period, VolumeDeletes>,
}

impl Redating {
    fn story(
        &mut self,
        batch: &mut Batch<'_>,
        (id, period): (StoryId, Period),
        record: StoryRecord,
    ) -> Result<(), StoreError> {
        let shift = self.shift;
        let home = shift.period(period);
        self.removals.entry(period).or_default().take(id, &record);
        let mut settled = record.clone();
        settled.sort_key = shift.settle(record.sort_key);
        settled.changed = shift.settle(record.changed);
        settled.moved = record.moved.map(|(to, at)| (to, shift.period(at)));
        for (nth, at) in record.periods.iter().enumerate() {
            settled.periods[nth] = shift.period(*at);
            settled.sightings[nth].at = shift.settle(settled.sightings[nth].at);
            // Copies of a story that became part of another are its own no more.
            if record.moved.is_some() {
                continue;
            }
            let item = settled.sightings[nth].item;
            if let Some(copy) = batch.item_at(item, Some(*at))? {
                let copy = self.copy(copy, (id, home), *at);
                if StoryId::begun_by(item) == id {
                    settled.sort_key = copy;
                }
            }
        }
        self.draft.changes.show(&settled, home, shift.now);
        let open = OpenStory {
            period: home,
            before: None,
            record: settled,
        };
        self.draft.stories.insert(id, open);
        Ok(())
    }

    /// Sets one copy right, in its new place; returns its sort key.
    fn copy(
        &mut self,
        mut record: ItemRecord,
        (story, story_period): (StoryId, Period),
        period: Period,
    ) -> Timestamp {
        let before = record.clone();
        self.shift.item(&mut record.item);
        (record.story, record.story_period) = (story, story_period);
        let sort_key = record.item.sort_key;
        if record == before {
            return sort_key;
        }
        let id = record.item.id;
        let home = Period::of(record.item.first_seen);
        if home != period {
            self.removals.entry(period).or_default().items.push(id);
            self.draft.count_new(home);
        }
        let entry = DirectoryEntry::of(&record.item);
        self.draft.changes.entries.insert(id, entry);
        self.draft.items.insert(id, record);
        sort_key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_papers_tell_which_clock_was_wrong() {
        let right = |n_past, n_future| {
            let evidence = Evidence {
                n_past,
                n_future,
                newest: None,
            };
            evidence.is_clock_right()
        };
        assert!(right(3, 0));
        assert!(right(2, 1));
        assert!(!right(3, 2));
        assert!(!right(0, 0));
        assert!(!right(0, 5));
    }
}
