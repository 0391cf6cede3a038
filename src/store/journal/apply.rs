//! Frames into sled: as they are appended, and again when they are replayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::followed::Followed;
use crate::store::Store;
use crate::store::codec::frame::{FrameStep, Steps};
use crate::store::codec::key::number;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::volume;
use crate::store::volume::Volume;

/// Volumes that frames were applied to since the last checkpoint (dirty pages, in other databases).
#[derive(Default)]
pub(in crate::store) struct DirtyVolumes {
    /// Volumes that have to be flushed before the journal is emptied.
    pub(in crate::store) volumes: BTreeMap<Period, Arc<Volume>>,
    /// Write count of each of them, as the last frame set it; told to the ledger after the flush.
    pub(in crate::store) writes: BTreeMap<Period, u64>,
    /// Changes of a volume that is being copied.
    pub(in crate::store) followed: Option<Followed>,
}

impl Store {
    /// Applies `frame` to sled, where readers see it; durable only after a checkpoint.
    ///
    /// Idempotent: a frame may be applied again, or after a crash that kept half of it. `laid` collects
    /// the volumes it touched.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if a step makes no sense; the steps before it are applied.
    pub(in crate::store) fn apply_frame(
        &self,
        frame: &[u8],
        laid: &mut DirtyVolumes,
    ) -> Result<(), StoreError> {
        let ledger = self.ledger.get()?;
        let mut place: Option<(Period, Arc<Volume>)> = None;
        for step in Steps(frame) {
            let step = step.ok_or_else(|| StoreError::Damaged {
                what: "the journal".to_owned(),
                why: "it holds a frame of another release".to_owned(),
            })?;
            match (step, &place) {
                (FrameStep::Ledger, _) => place = None,
                (FrameStep::Volume(period), _) => {
                    let volume = match laid.volumes.get(&period) {
                        Some(volume) => Arc::clone(volume),
                        None => self.volumes.find_or_make(period)?,
                    };
                    laid.volumes.insert(period, Arc::clone(&volume));
                    place = Some((period, volume));
                }
                (FrameStep::Put(tree, key, value), Some((period, volume))) => {
                    if volume::is_count_of_writes(tree, key) {
                        laid.writes.insert(*period, number(value));
                    }
                    volume.put(tree, key, value)?;
                    if let Some(followed) = &mut laid.followed {
                        followed.put(*period, tree, key, value);
                    }
                }
                (FrameStep::Put(tree, key, value), None) => ledger.put(tree, key, value)?,
                (FrameStep::Remove(tree, key), Some((period, volume))) => {
                    volume.take_out(tree, key)?;
                    if let Some(followed) = &mut laid.followed {
                        followed.remove(*period, tree, key);
                    }
                }
                (FrameStep::Remove(tree, key), None) => ledger.take_out(tree, key)?,
                (FrameStep::Bury(period, id), _) => {
                    self.tombstones.add(period, id)?;
                    ledger.forget(id)?;
                }
                (FrameStep::Checkpoint(count), _) => ledger.compare_checkpoints(count)?,
                (FrameStep::Drop(period), _) => {
                    laid.volumes.remove(&period);
                    laid.writes.remove(&period);
                    if let Some(followed) = &mut laid.followed {
                        followed.drop_volume(period);
                    }
                    ledger.forget_volume(period)?;
                    self.volumes.drop_volume(period)?;
                }
            }
        }
        Ok(())
    }
}
