//! A volume of which a part cannot be read is written anew without that part.

use super::{Check, Mode};
use crate::store::error::StoreError;
use crate::store::period::Period;
use crate::store::rewrite::Rewrite;
use crate::store::volume::Volume;

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
        if self.mode == Mode::Mend {
            let how = Rewrite {
                n_merged: volume.tables.len(),
                packing: None,
                is_salvage: true,
            };
            self.store.rewrite(period, &volume, how)?;
            drop(volume);
            let Some(old) = self.store.take_place(period)? else {
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
