//! Statistics: how much there is, and what was lost.

use std::path::Path;

use jiff::Timestamp;

use crate::model::SourceId;
use crate::store::codec::period::Period;
use crate::store::disk::lock;
use crate::store::error::StoreError;
use crate::store::{Damage, Store};

/// Statistics of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Number of items.
    pub items: u64,
    /// Number of stories.
    pub stories: u64,
    /// Number of volumes, one for a third of a month.
    pub volumes: usize,
    /// Number of tombstones.
    pub removed: u64,
    /// Bytes of disk of all files but the reserve.
    pub bytes: u64,
}

impl Store {
    /// Returns the folder of the store.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the periods that have a volume, newest first.
    #[must_use]
    pub fn volumes(&self) -> Vec<Period> {
        self.volumes.present()
    }

    /// Returns the statistics.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn counts(&self) -> Result<StoreStats, StoreError> {
        let totals = self.ledger.get()?.totals()?;
        Ok(StoreStats {
            items: totals.items,
            stories: totals.stories,
            volumes: self.volumes.present().len(),
            removed: self.tombstones.count(),
            bytes: lock::size(&self.dir),
        })
    }

    /// Counts the items of a source; those of another whose id begins alike are counted too, which is
    /// one in some hundred million sources.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn items_of(&self, source: &SourceId) -> Result<usize, StoreError> {
        Ok(self.ledger.get()?.items_like(source)?.len())
    }

    /// Counts the items of the volumes that ended before `horizon`, which is what a sweep removes whole.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn items_before(&self, horizon: Timestamp) -> Result<u64, StoreError> {
        let mut n_items = 0;
        // The newest one is never removed.
        for period in self.volumes.present().into_iter().skip(1) {
            if period.end() <= horizon
                && let Some(volume) = self.volumes.find(period)?
            {
                n_items += volume.items();
            }
        }
        Ok(n_items)
    }

    /// Returns what was lost or moved aside, in this run and before.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.report()
    }
}
