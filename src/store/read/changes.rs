//! Changes of stories, for whoever keeps something derived from them, as the search index does.
//!
//! Two answers to "is what I hold current?". While the store is open it names the stories that
//! changed since it was last asked. After a restart, or where it does not know, each volume has
//! a count of its writes, and each story a version: what differs is to be read again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::StoryReader;
use crate::model::{Route, Sighting, Story, StoryId};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::{Store, StoreError};
use crate::sync;
use crate::text::token::mix;

/// Most stories that are named; of more than these it is said that nobody knows.
const MAX_NAMED: usize = 50_000;

/// Stories that changed since the last time somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoryChanges {
    /// These, which may be gone by now.
    Named(BTreeSet<StoryId>),
    /// Any of them: compare [`Store::volume_writes`] and [`Store::story_versions`].
    Unknown,
}

/// Log of changed stories; keeps nothing until somebody follows.
#[derive(Default)]
pub(in crate::store) struct ChangeLog {
    /// Changes since the last time; `None` while nobody follows.
    since: Mutex<Option<StoryChanges>>,
}

impl Default for StoryChanges {
    fn default() -> StoryChanges {
        StoryChanges::Named(BTreeSet::new())
    }
}

impl StoryChanges {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, StoryChanges::Named(stories) if stories.is_empty())
    }
}

impl ChangeLog {
    /// Notes that these stories changed.
    pub(in crate::store) fn note(&self, stories: impl Iterator<Item = StoryId>) {
        let mut since = sync::lock(&self.since);
        if let Some(StoryChanges::Named(named)) = &mut *since {
            named.extend(stories);
            if named.len() > MAX_NAMED {
                *since = Some(StoryChanges::Unknown);
            }
        }
    }

    /// Notes that any story may have changed.
    pub(in crate::store) fn note_all(&self) {
        let mut since = sync::lock(&self.since);
        if since.is_some() {
            *since = Some(StoryChanges::Unknown);
        }
    }
}

impl Store {
    /// Drops what was read of stories, any of which may have changed.
    pub(in crate::store) fn forget_stories(&self) {
        self.recent.clear();
        self.changes.note_all();
    }

    /// Returns the stories that changed since this was last called, and the write counts of all
    /// volumes as of these changes; without them while somebody writes. The first call makes the
    /// store begin to keep changes, and says that nobody knows.
    ///
    /// One follows: whatever is taken here is told to nobody else.
    #[must_use]
    pub fn take_changes(&self) -> (StoryChanges, Option<BTreeMap<Period, u64>>) {
        // Between a frame and the note of what it changed nobody gets at the lock.
        let turn = self.writer.try_lock();
        let mut since = sync::lock(&self.changes.since);
        let changes = since.replace(StoryChanges::default());
        drop(since);
        let writes = turn.is_ok().then(|| self.volume_writes().ok()).flatten();
        drop(turn);
        (changes.unwrap_or(StoryChanges::Unknown), writes)
    }

    /// Returns how often each volume was written. Two equal counts mean that its records are the
    /// same; a takedown is not among them.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn volume_writes(&self) -> Result<BTreeMap<Period, u64>, StoreError> {
        // What is in the journal is in the volumes, which tell it; the ledger knows the rest.
        let known = self.ledger.get()?.writes()?;
        let recent = self.journal_writes();
        let count = |period: Period| {
            let known = known.get(&period).copied().unwrap_or_default();
            recent.get(&period).copied().unwrap_or(known)
        };
        let present = self.volumes.present().into_iter();
        Ok(present.map(|period| (period, count(period))).collect())
    }

    /// Calls `visit` with each story of a volume that readers get, and its version: a number that
    /// is another one once anything was changed that readers see.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Damaged parts are passed over.
    pub fn story_versions(
        &self,
        period: Period,
        mut visit: impl FnMut(StoryId, u64),
    ) -> Result<(), StoreError> {
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(());
        };
        volume.each_story(&self.damage, StoryRecord::read, |id, record| {
            let is_gone = record.moved.is_some() || record.sightings.is_empty();
            if !is_gone && !self.corrections.is_taken(id, &record.sightings) {
                visit(
                    id,
                    version(record.changed, &record.sightings, &record.routes),
                );
            }
        })
    }

    /// Reads stories of one volume, each with its version, past the caches; those that readers do
    /// not get are left out.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn versioned_stories(
        &self,
        period: Period,
        stories: &[StoryId],
    ) -> Result<Vec<(Story, u64)>, StoreError> {
        let mut reader = StoryReader::new(self);
        let mut found = Vec::with_capacity(stories.len());
        for id in stories {
            let story = reader.unpack(*id, period)?;
            // One that has moved is read where it is.
            let is_own = |story: &Story| story.id == *id && !self.corrections.is_down(story);
            if let Some(story) = story.filter(is_own) {
                let version = version(story.changed, &story.sightings, &story.routes);
                found.push((story, version));
            }
        }
        Ok(found)
    }

    /// Returns the volume that a story is in, by its id; `None` if there never was such a story.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn volume_of(&self, story: StoryId) -> Result<Option<Period>, StoreError> {
        self.period_of_story(story)
    }

    /// Reads stories as readers get them, in the order of their ids here; `None` for one that is gone.
    /// Each volume is opened once, in whatever order they were asked for.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn stories(&self, ids: &[StoryId]) -> Result<Vec<Option<Arc<Story>>>, StoreError> {
        self.noting(self.read_stories(ids))
    }

    fn read_stories(&self, ids: &[StoryId]) -> Result<Vec<Option<Arc<Story>>>, StoreError> {
        let mut places = Vec::with_capacity(ids.len());
        for (nth, id) in ids.iter().enumerate() {
            places.extend(self.period_of_story(*id)?.map(|period| (period, nth)));
        }
        places.sort_unstable();
        let mut reader = StoryReader::new(self);
        let mut stories = vec![None; ids.len()];
        for (period, nth) in places {
            stories[nth] = reader.story(ids[nth], period)?;
        }
        Ok(stories)
    }
}

/// Computes the version of a story.
fn version(changed: jiff::Timestamp, sightings: &[Sighting], routes: &[Route]) -> u64 {
    let mut sum = mix(changed.as_nanosecond() as u64);
    let mut add = |bytes: &[u8]| {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            sum = mix(sum ^ u64::from_le_bytes(word)).wrapping_add(part.len() as u64);
        }
    };
    for seen in sightings {
        add(seen.item.as_bytes());
        add(seen.source.as_str().as_bytes());
    }
    for route in routes {
        add(route.to.as_str().as_bytes());
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemId, SourceId};

    #[test]
    fn changes_are_named_until_there_are_too_many() {
        let source: SourceId = "a/b".parse().unwrap();
        let story = |n: usize| StoryId::begun_by(ItemId::of(&source, &n.to_string()));
        let log = ChangeLog::default();
        log.note([story(0)].into_iter());
        assert_eq!(*sync::lock(&log.since), None);
        *sync::lock(&log.since) = Some(StoryChanges::default());
        log.note([story(1), story(2), story(1)].into_iter());
        let named = BTreeSet::from([story(1), story(2)]);
        assert_eq!(*sync::lock(&log.since), Some(StoryChanges::Named(named)));
        log.note((0..=MAX_NAMED).map(story));
        assert_eq!(*sync::lock(&log.since), Some(StoryChanges::Unknown));
    }
}
