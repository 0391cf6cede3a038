//! How much there is, and what was lost.

use std::path::Path;

use super::error::StoreError;
use super::period::Period;
use super::{Damage, Store, layout};

/// How much the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
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
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let totals = self.ledger.get()?.totals()?;
        Ok(Counts {
            items: totals.items,
            stories: totals.stories,
            volumes: self.volumes.present().len(),
            removed: self.tombstones.count(),
            bytes: layout::size(&self.dir),
        })
    }

    /// What was lost or moved aside, in this run and before.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.report()
    }
}
