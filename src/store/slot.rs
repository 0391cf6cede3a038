//! The ledger's place: where it is opened, and opened again.
//!
//! After an error of writing sled refuses to write until it is opened anew,
//! though it still reads. So a store that was full keeps serving, and is opened
//! again once there is room.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::aside;
use super::damage::DamageLog;
use super::error::StoreError;
use super::ledger::Ledger;
use super::rebuild;
use super::volumes::Volumes;

/// What has to fit on the disk before a store that was full is opened again.
const ROOM: usize = 4 << 20;

/// Where the ledger is, if it could be opened.
pub(super) struct LedgerSlot {
    dir: PathBuf,
    /// Dates the name of a ledger that is moved aside.
    opened: Timestamp,
    ledger: RwLock<Option<Arc<Ledger>>>,
}

impl LedgerSlot {
    /// Opens the ledger of the store in `dir`; one that is damaged is moved aside
    /// and made anew from the volumes.
    pub(super) fn open(
        dir: &Path,
        now: Timestamp,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<LedgerSlot, StoreError> {
        for kept in aside::earlier(dir, "ledger")? {
            damage.remember(aside::found("the ledger".to_owned(), kept));
        }
        let slot = LedgerSlot {
            dir: dir.to_owned(),
            opened: now,
            ledger: RwLock::default(),
        };
        slot.reopen(volumes, damage)?;
        Ok(slot)
    }

    /// The ledger.
    pub(super) fn get(&self) -> Result<Arc<Ledger>, StoreError> {
        let ledger = self.ledger.read().unwrap_or_else(PoisonError::into_inner);
        ledger.clone().ok_or(StoreError::Closed)
    }

    /// Closes the ledger, if it is open, and opens it.
    pub(super) fn reopen(&self, volumes: &Volumes, damage: &DamageLog) -> Result<(), StoreError> {
        let mut slot = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        drop(slot.take());
        let path = self.dir.join("ledger");
        let ledger = match Ledger::open(&path, damage) {
            Err(StoreError::Damaged { what, why }) => {
                let kept = aside::move_aside(&path, self.opened)?;
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

/// Fails unless something can be written to the disk of `dir`.
pub(super) fn check_room(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join("room");
    let tried = try_room(&path);
    let removed = fs::remove_file(&path);
    tried
        .and(removed)
        .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))
}

fn try_room(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&vec![0; ROOM])?;
    file.sync_all()
}
