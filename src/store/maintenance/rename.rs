//! Copies of a source that has another name now: they are credited to it, and told to be of the
//! same source as what it brings from then on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{SourceId, StoryId};
use crate::store::Store;
use crate::store::codec::key::IndexPrefix;
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::commit::Batch;
use crate::store::commit::batch::WriteBatch;
use crate::store::error::StoreError;

/// Stories that are written in one frame.
const STORIES_PER_FRAME: usize = 500;

impl Store {
    /// Gives all copies of source `former` to `new`, and shows their stories in the channel of
    /// `new`; returns how many stories have such copies. Ids and times stay.
    ///
    /// Reads all stories. Done twice it finds nothing to do, so that what was stopped half way is
    /// finished by another call.
    ///
    /// # Errors
    ///
    /// If the disk refuses; what was moved until then stays.
    pub fn rename_copies(
        &self,
        former: &SourceId,
        new: &SourceId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut n_stories = 0;
        for period in self.volumes.present() {
            let Some(volume) = self.volumes.find(period)? else {
                continue;
            };
            let mut stories: Vec<StoryId> = Vec::new();
            volume.each_story(&self.damage, StoryRecord::read, |id, record| {
                let is_of = record.sightings.iter().any(|seen| seen.source == *former);
                if record.moved.is_none() && is_of {
                    stories.push(id);
                }
            })?;
            for some in stories.chunks(STORIES_PER_FRAME) {
                let mut writer = self.writer();
                let channels = self.guarded(&mut writer, || {
                    self.rename_in(some, period, (former, new), now)
                })?;
                drop(writer);
                self.bump_generations(&channels);
            }
            n_stories += stories.len();
        }
        Ok(n_stories)
    }

    /// Renames the copies of some stories of one volume, in one frame; returns the channels that
    /// changed.
    fn rename_in(
        &self,
        stories: &[StoryId],
        period: Period,
        (former, new): (&SourceId, &SourceId),
        now: Timestamp,
    ) -> Result<BTreeSet<IndexPrefix>, StoreError> {
        let mut batch = Batch::new(self)?;
        let mut draft = WriteBatch::default();
        for id in stories {
            if !batch.load(*id, period, &mut draft)? {
                continue;
            }
            let Some(open) = draft.stories.get_mut(id) else {
                continue;
            };
            let record = &mut open.record;
            let mut moved = Vec::new();
            for (seen, at) in record.sightings.iter_mut().zip(&record.periods) {
                if seen.source == *former {
                    seen.source = new.clone();
                    moved.push((seen.item, *at));
                }
            }
            record.show_in(&new.channel());
            let record = record.clone();
            draft.changes.show(&record, period, now);
            for (item, at) in moved {
                if let Some(mut copy) = batch.copy(item, Some(at), &draft)? {
                    copy.item.source = new.clone();
                    draft.items.insert(item, copy);
                }
            }
        }
        batch.finish(&[], draft, BTreeMap::new())
    }
}
