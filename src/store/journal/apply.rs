//! Frames into memtables and ledger: as they are appended, and again when they are replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Pages;
use crate::store::Store;
use crate::store::codec::frame::{FrameStep, Steps};
use crate::store::codec::key::number;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::volume;
use crate::store::volume::Volume;

/// Volumes that the frames of a segment were applied to.
#[derive(Default)]
pub(super) struct DirtyVolumes {
    /// Periods of them.
    pub(super) periods: BTreeSet<Period>,
    /// Write count of each of them, as the last frame set it; told to the ledger once it is in a table.
    pub(super) writes: BTreeMap<Period, u64>,
}

impl DirtyVolumes {
    fn forget(&mut self, period: Period) {
        self.periods.remove(&period);
        self.writes.remove(&period);
    }
}

impl Pages {
    /// Returns the volumes that frames of either segment were applied to.
    pub(super) fn periods(&self) -> BTreeSet<Period> {
        let old = self.old.iter().flat_map(|old| &old.periods);
        old.chain(&self.laid.periods).copied().collect()
    }

    /// Returns the write counts of these.
    pub(super) fn writes(&self) -> BTreeMap<Period, u64> {
        let old = self.old.iter().flat_map(|old| &old.writes);
        old.chain(&self.laid.writes)
            .map(|(period, count)| (*period, *count))
            .collect()
    }
}

impl Store {
    /// Applies `frame` to memtables and ledger, where readers see it; durable only in the journal, or once
    /// that became tables.
    ///
    /// Idempotent: a frame may be applied again, or after a crash that kept half of it. `pages` collects
    /// the volumes it touched.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if a step makes no sense; the steps before it are applied.
    pub(super) fn apply_frame(&self, frame: &[u8], pages: &mut Pages) -> Result<(), StoreError> {
        let ledger = self.ledger.get()?;
        let mut place: Option<Arc<Volume>> = None;
        for step in Steps(frame) {
            let step = step.ok_or_else(|| StoreError::Damaged {
                what: "the journal".to_owned(),
                why: "it holds a frame of another release".to_owned(),
            })?;
            pages.has_changes |= !matches!(step, FrameStep::Checkpoint(_));
            match (step, &place) {
                (FrameStep::Ledger, _) => place = None,
                (FrameStep::Volume(period), _) => {
                    pages.laid.periods.insert(period);
                    place = Some(self.volumes.find_or_make(period)?);
                }
                (FrameStep::Put(tree, key, value), Some(volume)) => {
                    if volume::is_count_of_writes(tree, key) {
                        pages.laid.writes.insert(volume.period, number(value));
                    }
                    volume.put(tree, key, value);
                }
                (FrameStep::Put(tree, key, value), None) => ledger.put(tree, key, value)?,
                (FrameStep::Remove(tree, key), Some(volume)) => volume.take_out(tree, key),
                (FrameStep::Remove(tree, key), None) => ledger.take_out(tree, key)?,
                (FrameStep::Bury(period, id), _) => {
                    self.tombstones.add(period, id)?;
                    ledger.forget(id)?;
                }
                (FrameStep::Checkpoint(count), _) => {
                    pages.n_checkpoints = pages.n_checkpoints.max(count);
                }
                (FrameStep::Drop(period), _) => {
                    pages.laid.forget(period);
                    pages.old.iter_mut().for_each(|old| old.forget(period));
                    ledger.forget_volume(period)?;
                    self.volumes.drop_volume(period)?;
                }
            }
        }
        Ok(())
    }
}
