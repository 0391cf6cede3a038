//! Choosing anew which copy of each story is shown, after priorities have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ingest::outcome;
use crate::model::{SourceId, StoryId};
use crate::store::Store;
use crate::store::codec::key::IndexPrefix;
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::commit::Batch;
use crate::store::commit::batch::WriteBatch;
use crate::store::error::StoreError;
use crate::store::volume::Volume;

/// Stories that are written in one frame.
const STORIES_PER_FRAME: usize = 500;

impl Store {
    /// Ranks the copies of all stories by the priorities of their sources, and returns how many
    /// stories show another copy now; readers see these as updated at `now`. Sources without a
    /// priority keep their rank.
    ///
    /// # Errors
    ///
    /// If the disk refuses; what was chosen until then stays.
    pub fn rechoose(
        &self,
        priority: &dyn Fn(&SourceId) -> Option<i32>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut n_shown = 0;
        for period in self.volumes.present() {
            let Some(volume) = self.volumes.find(period)? else {
                continue;
            };
            let stale = self.stale(&volume, priority)?;
            for some in stale.chunks(STORIES_PER_FRAME) {
                let mut writer = self.writer();
                let (channels, shown) = self.guarded(&mut writer, || {
                    self.rechoose_some(some, period, priority, now)
                })?;
                drop(writer);
                self.bump_generations(&channels);
                n_shown += shown;
            }
        }
        Ok(n_shown)
    }

    /// Returns the stories of a volume with a copy whose rank is no longer that of its source.
    fn stale(
        &self,
        volume: &Arc<Volume>,
        priority: &dyn Fn(&SourceId) -> Option<i32>,
    ) -> Result<Vec<StoryId>, StoreError> {
        let mut stale = Vec::new();
        volume.each_story(&self.damage, StoryRecord::read, |id, record| {
            if record.moved.is_none() && record.clone().rerank(priority) {
                stale.push(id);
            }
        })?;
        Ok(stale)
    }

    /// Ranks the copies of some stories of one volume, in one frame; returns the channels that changed and how
    /// many stories show another copy.
    fn rechoose_some(
        &self,
        stories: &[StoryId],
        period: Period,
        priority: &dyn Fn(&SourceId) -> Option<i32>,
        now: Timestamp,
    ) -> Result<(BTreeSet<IndexPrefix>, usize), StoreError> {
        let mut batch = Batch::new(self)?;
        let mut draft = WriteBatch::default();
        let mut n_shown = 0;
        for id in stories {
            if !batch.load(*id, period, &mut draft)? {
                continue;
            }
            let Some(open) = draft.stories.get_mut(id) else {
                continue;
            };
            let shown = open.record.canonical;
            open.record.rerank(priority);
            if open.record.canonical != shown {
                n_shown += 1;
                open.record.changed = open.record.changed.max(now);
                let record = open.record.clone();
                draft.changes.show(&record, period, now);
            }
        }
        let channels = batch.finish(&[], draft, BTreeMap::new())?;
        Ok((channels, n_shown))
    }
}

impl StoryRecord {
    /// Ranks the copies by the priorities of their sources and chooses the one to show; returns
    /// whether any rank has changed.
    fn rerank(&mut self, priority: &dyn Fn(&SourceId) -> Option<i32>) -> bool {
        let mut has_changed = false;
        for seen in &mut self.sightings {
            if let Some(priority) = priority(&seen.source) {
                let rank = outcome::reranked(seen.rank, priority);
                has_changed |= rank != seen.rank;
                seen.rank = rank;
            }
        }
        if let Some(shown) = crate::ingest::dedupe::story::canonical(&self.sightings) {
            self.canonical = shown.item;
        }
        has_changed
    }
}
