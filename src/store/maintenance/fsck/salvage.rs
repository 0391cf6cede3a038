//! A volume of which a part cannot be read is written anew without that part.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::Check;
use crate::store::codec::period::Period;
use crate::store::compaction::rewrite::CompactionInput;
use crate::store::error::StoreError;
use crate::store::volume::Volume;
use crate::store::volume::swap::KEPT_FILE;

impl Check<'_> {
    /// Puts what can be read of a volume in its place, if that is not all of it, and
    /// keeps the old one beside it; the rest of the check then sees what is missing.
    pub(super) fn salvage(&mut self, period: Period) -> Result<(), StoreError> {
        let Some(volume) = self.store.volumes.find(period)? else {
            return Ok(());
        };
        let Some(why) = first_damage(&volume)? else {
            return Ok(());
        };
        self.part_unreadable(period);
        let Ok(_rewriting) = self.store.rewriting.try_lock() else {
            return Ok(());
        };
        let old = self.write_anew(period, volume);
        if !matches!(old, Ok(Some(_))) {
            self.store.discard(period);
        }
        if let Some(old) = old? {
            let kept = self.store.volumes.keep_aside(period, &old)?;
            let damage = &self.store.damage;
            damage.is_sound_again(period);
            damage.moved_aside(format!("a part of volume {period}"), kept, why);
            self.found.n_mended += 1;
        }
        Ok(())
    }

    pub(super) fn part_unreadable(&mut self, period: Period) {
        self.note("part_unreadable", format!("volume {period}"));
    }

    /// Says where the old one is now.
    fn write_anew(
        &self,
        period: Period,
        volume: Arc<Volume>,
    ) -> Result<Option<PathBuf>, StoreError> {
        let how = CompactionInput {
            n_merged: volume.tables.len(),
            packing: None,
            is_salvage: true,
        };
        self.store.rewrite(period, &volume, how)?;
        drop(volume);
        let mark = self.store.volumes.folder(period).join(KEPT_FILE);
        fs::write(&mark, [])
            .map_err(|error| StoreError::io(format!("write {}", mark.display()), error))?;
        self.store.take_place(period)
    }
}

/// Why the volume cannot be read as a whole, if it cannot.
fn first_damage(volume: &Volume) -> Result<Option<String>, StoreError> {
    for tree in volume.folded() {
        for entry in tree.entries() {
            match entry {
                Err(StoreError::Damaged { why, .. }) => return Ok(Some(why)),
                Err(other) => return Err(other),
                Ok(_) => {}
            }
        }
    }
    Ok(None)
}
