//! How much there is, and what was lost.

use std::path::Path;

use crate::store::codec::period::Period;
use crate::store::disk::lock;
use crate::store::error::StoreError;
use crate::store::{Damage, Store};

/// How much the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Items, all time.
    pub items: u64,
    /// Stories, all time.
    pub stories: u64,
    /// Thirds of months.
    pub volumes: usize,
    /// Items that were removed and are remembered.
    pub removed: u64,
    /// Size of all its files.
    pub bytes: u64,
}

impl Store {
    /// The folder it lies in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The periods there are, newest first.
    #[must_use]
    pub fn volumes(&self) -> Vec<Period> {
        self.volumes.present()
    }

    /// How much there is.
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

    /// What was lost or moved aside, in this run and before.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.report()
    }
}
