//! A volume of which a part cannot be read is written anew without that part.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Check, Mode};
use crate::store::error::StoreError;
use crate::store::period::Period;
use crate::store::rewrite::Rewrite;
use crate::store::volume::Volume;
use crate::store::volumes::KEPT;

impl Check<'_> {
    /// Notes a volume that cannot be read as a whole. Mended, what can be read is in
    /// its place, and the old one is kept beside it; the rest of the check then sees
    /// what is missing.
    pub(super) fn readability(&mut self, period: Period) -> Result<(), StoreError> {
        let Some(volume) = self.store.volumes.find(period)? else {
            return Ok(());
        };
        let Some(why) = first_damage(&volume)? else {
            return Ok(());
        };
        self.note(
            "part_unreadable",
            format!("a part of volume {period}: {why}"),
        );
        if self.mode == Mode::Mend
            && let Ok(_rewriting) = self.store.rewriting.try_lock()
        {
            let how = Rewrite {
                n_merged: volume.tables.len(),
                packing: None,
                is_salvage: true,
            };
            let old = self.write_anew(period, volume, how);
            let old = old.inspect_err(|_| self.store.discard(period))?;
            let Some(old) = old else {
                self.store.discard(period);
                return Ok(());
            };
            let kept = self.store.volumes.keep_aside(period, &old)?;
            let damage = &self.store.damage;
            damage.is_sound_again(period);
            damage.moved_aside(format!("a part of volume {period}"), kept, why);
            self.found.n_mended += 1;
        }
        Ok(())
    }
}

impl Check<'_> {
    /// Says where the old one is now.
    fn write_anew(
        &self,
        period: Period,
        volume: Arc<Volume>,
        how: Rewrite<'_>,
    ) -> Result<Option<PathBuf>, StoreError> {
        self.store.rewrite(period, &volume, how)?;
        drop(volume);
        let mark = self.store.volumes.dir().join(period.to_string()).join(KEPT);
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
