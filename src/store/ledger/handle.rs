//! The ledger's place: where it is opened, and opened again.
//!
//! After an error of writing sled refuses everything that is not in its memory
//! until it is opened anew.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use jiff::Timestamp;

use super::Ledger;
use super::rebuild;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::volume::set::Volumes;
use crate::sync;

/// Where the ledger is, if it could be opened.
pub(in crate::store) struct LedgerHandle {
    dir: PathBuf,
    /// Dates the name of a ledger that is moved aside.
    opened: Timestamp,
    ledger: RwLock<Option<Arc<Ledger>>>,
}

impl LedgerHandle {
    /// The place of the ledger of the store in `dir`, still empty.
    pub(in crate::store) fn new(
        dir: &Path,
        now: Timestamp,
        damage: &DamageLog,
    ) -> Result<LedgerHandle, StoreError> {
        for kept in quarantine::earlier(dir, "ledger")? {
            damage.remember(quarantine::found("the ledger".to_owned(), kept));
        }
        Ok(LedgerHandle {
            dir: dir.to_owned(),
            opened: now,
            ledger: RwLock::default(),
        })
    }

    /// The ledger.
    pub(in crate::store) fn get(&self) -> Result<Arc<Ledger>, StoreError> {
        let ledger = sync::read(&self.ledger);
        ledger.clone().ok_or(StoreError::Closed)
    }

    /// Closes the ledger, if it is open, and opens it; one that is damaged is
    /// moved aside and made anew from the volumes.
    pub(in crate::store) fn reopen(
        &self,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<(), StoreError> {
        let mut slot = sync::write(&self.ledger);
        drop(slot.take());
        let path = self.dir.join("ledger");
        let ledger = match Ledger::open(&path, damage) {
            Err(StoreError::Damaged { what, why }) => {
                let kept = quarantine::move_aside(&path, self.opened)?;
                damage.moved_aside(what, kept, why);
                Ledger::open(&path, damage)?
            }
            other => other?,
        };
        rebuild::complete(&ledger, volumes, damage)?;
        volumes.expect(ledger.writes()?);
        *slot = Some(Arc::new(ledger));
        Ok(())
    }
}
