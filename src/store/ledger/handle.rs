//! The ledger's place: where it is opened, and opened again.
//!
//! After an error of writing sled refuses everything that is not in its memory
//! until it is opened anew.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use jiff::Timestamp;

use super::{Ledger, NAME, failed, rebuild};
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::volume::set::Volumes;
use crate::sync;

/// Name of the ledger's folder.
const FOLDER: &str = "ledger";

/// Name of the folder in which a replacement is made.
const DRAFT: &str = "ledger.new";

/// Name of the folder of a ledger whose place was taken.
const REPLACED: &str = "ledger.replaced";

/// Size of sled's file in bytes below which it is never written anew.
const COMPACTION_TRIGGER_BYTES: u64 = 8 << 20;

/// Growth of sled's file since it was written anew that is not worth doing it again, as a factor.
const MIN_COMPACTION_GROWTH: u64 = 2;

/// Handle of the ledger: opens it, opens it again after errors, and replaces it.
pub(in crate::store) struct LedgerHandle {
    /// Folder of the store.
    dir: PathBuf,
    /// Start of this process; dates the name of a ledger that is moved aside.
    opened: Timestamp,
    /// Ledger; `None` if it could not be opened.
    ledger: RwLock<Option<Arc<Ledger>>>,
    /// Whether a part of it could not be read.
    is_suspect: AtomicBool,
}

impl LedgerHandle {
    /// Makes the handle of the store in `dir`, not open yet. Ledgers that earlier runs moved aside are
    /// told to `damage`.
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
            is_suspect: AtomicBool::default(),
        })
    }

    /// Returns the ledger.
    ///
    /// # Errors
    ///
    /// [`StoreError::Closed`] if it could not be opened.
    pub(in crate::store) fn get(&self) -> Result<Arc<Ledger>, StoreError> {
        let ledger = sync::read(&self.ledger);
        ledger.clone().ok_or(StoreError::Closed)
    }

    /// Marks the ledger as damaged, if `error` says so: it is made anew before anything else is
    /// written.
    pub(in crate::store) fn suspect(&self, error: &StoreError) {
        if matches!(error, StoreError::Damaged { what, .. } if what == NAME) {
            self.distrust();
        }
    }

    /// Marks the ledger as damaged: it is made anew when it is opened next.
    pub(in crate::store) fn distrust(&self) {
        self.is_suspect.store(true, Ordering::Release);
    }

    /// Returns whether it is marked as damaged.
    pub(in crate::store) fn is_suspect(&self) -> bool {
        self.is_suspect.load(Ordering::Acquire)
    }

    /// Closes the ledger, if it is open, and opens it; completes it from the volumes if it is new.
    ///
    /// One that is damaged is moved aside and made anew: of what is known of sources and hosts as far
    /// as it can be read, and of the volumes.
    pub(in crate::store) fn reopen(
        &self,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<(), StoreError> {
        let mut slot = sync::write(&self.ledger);
        drop(slot.take());
        let doing = |error| StoreError::io(format!("rename in {}", self.dir.display()), error);
        self.finish_swap().map_err(doing)?;
        let is_suspect = self.is_suspect.swap(false, Ordering::AcqRel);
        let path = self.dir.join(FOLDER);
        let opened = Ledger::open(&path, damage).and_then(|ledger| {
            ledger.totals()?;
            ledger.is_complete()?;
            ledger.writes()?;
            Ok(ledger)
        });
        let ledger = match opened {
            Ok(old) if is_suspect => {
                self.make_anew(Some(old), damage, "a part of it cannot be read")?
            }
            Err(StoreError::Damaged { why, .. }) => self.make_anew(None, damage, &why)?,
            opened => opened?,
        };
        rebuild::complete(&ledger, volumes, damage)?;
        volumes.expect(ledger.writes()?);
        *slot = Some(Arc::new(ledger));
        Ok(())
    }

    /// Makes a new ledger with what can be read of `old`, and moves the old one aside.
    fn make_anew(
        &self,
        old: Option<Ledger>,
        damage: &DamageLog,
        why: &str,
    ) -> Result<Ledger, StoreError> {
        let new = self.draft(damage)?;
        if let Some(old) = &old {
            let mut pairs = old.learnt().into_iter().zip(new.learnt());
            pairs.try_for_each(|(from, to)| copy(from, to).map(drop))?;
        }
        new.flush()?;
        drop((old, new));
        let path = self.dir.join(FOLDER);
        let kept = quarantine::move_aside(&path, self.opened)?;
        damage.moved_aside(NAME.to_owned(), kept, why.to_owned());
        self.swap()?;
        Ledger::open(&path, damage)
    }

    /// Writes the ledger anew if sled's file has become much larger than what it holds: sled never
    /// gives room back. The journal has to be empty, and the caller to hold the writer's lock.
    ///
    /// # Errors
    ///
    /// Those of the disk; a part that cannot be read leaves the ledger as it is, marked as damaged.
    pub(in crate::store) fn compact(&self, damage: &DamageLog) -> Result<(), StoreError> {
        let old = self.get()?;
        let before = old.db.size_on_disk().map_err(failed)?;
        if before < COMPACTION_TRIGGER_BYTES
            || before / MIN_COMPACTION_GROWTH < old.compact_size()?
        {
            return Ok(());
        }
        let new = self.draft(damage)?;
        let copied = old.trees().into_iter().zip(new.trees());
        for (from, to) in copied {
            if let Some(error) = copy(from, to)? {
                self.suspect(&error);
                return Err(error);
            }
        }
        new.flush()?;
        let after = new.db.size_on_disk().map_err(failed)?;
        new.set_compact_size(after)?;
        drop(new);
        let path = self.dir.join(FOLDER);
        let replaced = self.dir.join(REPLACED);
        fs::rename(&path, &replaced)
            .map_err(|error| StoreError::io(format!("rename {}", path.display()), error))?;
        self.swap()?;
        let new = Ledger::open(&path, damage)?;
        let mut slot = sync::write(&self.ledger);
        *slot = Some(Arc::new(new));
        drop((slot, old));
        tracing::info!("wrote the ledger anew: {before} bytes of disk before, {after} now");
        fs::remove_dir_all(&replaced)
            .map_err(|error| StoreError::io(format!("remove {}", replaced.display()), error))
    }

    /// Makes an empty ledger in the folder of replacements.
    fn draft(&self, damage: &DamageLog) -> Result<Ledger, StoreError> {
        let draft = self.dir.join(DRAFT);
        if draft.exists() {
            fs::remove_dir_all(&draft)
                .map_err(|error| StoreError::io(format!("remove {}", draft.display()), error))?;
        }
        Ledger::open(&draft, damage)
    }

    /// Renames the replacement to the ledger's folder, durably.
    fn swap(&self) -> Result<(), StoreError> {
        let draft = self.dir.join(DRAFT);
        database::sync(&draft)?;
        fs::rename(&draft, self.dir.join(FOLDER))
            .and_then(|()| File::open(&self.dir)?.sync_all())
            .map_err(|error| StoreError::io(format!("rename {}", draft.display()), error))
    }

    /// Ends a swap that was cut off: where there is no ledger, the replacement was whole.
    fn finish_swap(&self) -> io::Result<()> {
        let draft = self.dir.join(DRAFT);
        if draft.exists() && !self.dir.join(FOLDER).exists() {
            fs::rename(&draft, self.dir.join(FOLDER))?;
        }
        for remains in [draft, self.dir.join(REPLACED)] {
            if remains.exists() {
                fs::remove_dir_all(remains)?;
            }
        }
        Ok(())
    }
}

/// Copies the entries that can be read; returns the error of the last that cannot, if any.
fn copy(from: &sled::Tree, to: &sled::Tree) -> Result<Option<StoreError>, StoreError> {
    let mut unread = None;
    for entry in SledIter::all(from) {
        match entry {
            Ok((key, value)) => drop(to.insert(key, value).map_err(failed)?),
            Err(error) => unread = Some(failed(error)),
        }
    }
    Ok(unread)
}
