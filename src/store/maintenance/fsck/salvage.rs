//! A volume of which a part cannot be read is written anew without that part.

use std::fs;
use std::path::{Path, PathBuf};

use super::Check;
use crate::store::Store;
use crate::store::codec::period::Period;
use crate::store::compaction::rewrite::copy_readable;
use crate::store::error::StoreError;
use crate::store::volume::Volume;
use crate::store::volume::swap::KEPT_FILE;

impl Check<'_> {
    /// Salvages a volume of which a part cannot be read; that is a finding, and mended.
    pub(super) fn salvage(&mut self, period: Period) -> Result<(), StoreError> {
        if self.store.salvage(period)? {
            self.part_unreadable(period);
            self.found.n_mended += 1;
        }
        Ok(())
    }

    /// Notes the finding that a part of a volume cannot be read.
    pub(super) fn part_unreadable(&mut self, period: Period) {
        self.note("part_unreadable", format!("volume {period}"));
    }
}

impl Store {
    /// Puts what can be read of a volume in its place, if that is not all of it, and keeps the old one
    /// beside it; returns whether it did. What of the rest does not agree is mended when the volume is
    /// checked next.
    pub(in crate::store) fn salvage(&self, period: Period) -> Result<bool, StoreError> {
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(false);
        };
        let Some(why) = first_damage(&volume)? else {
            return Ok(false);
        };
        // What is in memory alone would go with the volume.
        self.checkpoint()?;
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(false);
        };
        let Ok(_rewriting) = self.rewriting.try_lock() else {
            return Ok(false);
        };
        let copy = self.volumes.draft(period);
        let old = self.write_anew(&volume, &copy);
        if old.is_err() {
            let _ = fs::remove_dir_all(&copy);
        }
        let kept = self.volumes.keep_aside(period, &old?)?;
        self.damage.is_sound_again(period);
        let what = format!("a part of volume {period}");
        self.damage.moved_aside(what, kept, why);
        self.volumes.doubt(period, true);
        Ok(true)
    }

    /// Writes the readable parts into the folder `copy` and puts that in the place of the volume; returns the
    /// path of the old one.
    fn write_anew(&self, volume: &Volume, copy: &Path) -> Result<PathBuf, StoreError> {
        copy_readable(volume, copy)?;
        let mark = self.volumes.folder(volume.period).join(KEPT_FILE);
        fs::write(&mark, [])
            .map_err(|error| StoreError::io(format!("write {}", mark.display()), error))?;
        self.volumes.replace(volume.period, copy)
    }
}

/// Returns the reason why a volume cannot be read as a whole, if it cannot.
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
