//! Putting new tables below the memtable of a volume, while it is read and written.

use std::sync::Arc;

use super::manifest::{Manifest, dictionary_in};
use super::set::Volumes;
use super::{TableChange, Volume};
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::table::Table;

impl Volumes {
    /// Gives a volume an empty memtable, and a table is to be made of the one it has; does nothing where
    /// nothing was written, or the last one is not in a table yet. The caller holds the writer's lock.
    pub(in crate::store) fn freeze(&self, period: Period) {
        let mut rack = self.rack();
        let of = rack.open(period).filter(|volume| volume.frozen.is_none());
        if let Some(volume) = of.filter(|volume| volume.is_dirty()) {
            let frozen = Arc::new(volume.freeze());
            rack.put(period, frozen);
        }
    }

    /// Returns whether the table that [`Volumes::freeze`] asked for is still to be made.
    pub(in crate::store) fn is_frozen(&self, period: Period) -> bool {
        let rack = self.rack();
        rack.open(period)
            .is_some_and(|volume| volume.frozen.is_some())
    }

    /// Returns whether a volume is still there, and its tables are those that it was read with.
    pub(in crate::store) fn is_current(&self, of: &Volume) -> bool {
        let rack = self.rack();
        rack.open(of.period)
            .is_some_and(|current| current.is_same(of))
    }

    /// Puts a new table, whose file is in its place, and the draft of a manifest that lists it below the
    /// memtable that a volume has by now; durable once its folder is synced. Returns `false`, and leaves all
    /// as it is, if the volume is not the one that `of` was read from any more.
    ///
    /// # Errors
    ///
    /// Those of the disk; then the volume is as it was.
    pub(in crate::store) fn install(
        &self,
        of: &Volume,
        change: TableChange,
    ) -> Result<bool, StoreError> {
        let dir = self.folder(of.period);
        // All that takes time comes before the lock, behind which readers wait.
        let made = |number| Table::open(&dir, number, &of.name, &self.blocks).map(Arc::new);
        let made = change.made.map(made).transpose()?;
        let dictionary = match change.is_packed {
            true => dictionary_in(&dir, Some(&change.manifest))?,
            false => of.dictionary.clone(),
        };
        let kept = of.tables[change.n_merged..].iter().cloned();
        let tables = made.into_iter().chain(kept).collect();
        let mut rack = self.rack();
        let Some(current) = rack.open(of.period).filter(|current| current.is_same(of)) else {
            return Ok(false);
        };
        Manifest::take_place(&dir)
            .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))?;
        let next = Volume::over(
            (of.period, Arc::clone(&of.name)),
            (Arc::clone(&current.memtable), None),
            tables,
            Arc::new(change.manifest),
            dictionary,
        );
        rack.put(of.period, Arc::new(next));
        Ok(true)
    }
}
