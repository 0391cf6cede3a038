//! Statistics: how much there is, and what was lost.

use std::path::Path;

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

    /// Returns what was lost or moved aside, in this run and before.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.report()
    }
}
