//! Write-ahead log: what was promised and is not in the databases for certain yet.
//!
//! ```text
//!   frame of a group ── append, fdatasync ──▶ the polls are told: it is safe
//!          └──────────── apply ──▶ memtables of volumes; the ledger's sled
//!   when there is much of it, or something else is to write:
//!     journal ──▶ journal.old, and a new journal
//!     tables of the memtables, ledger flushed ──▶ journal.old removed
//! ```
//!
//! At the start what stands in both is applied again, which comes to the same
//! whatever part of it was in tables, or kept by sled. A last frame that is not whole
//! was never promised; behind one that is damaged the others are applied.
//!
//! The file is longer than what stands in it, by a hole that takes no room, so that one
//! that was cut off is known by its length.

mod apply;
mod frames;
pub(super) mod recovery;
mod replay;
mod segment;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Store;
use super::codec::period::Period;
use super::disk::damage::DamageLog;
use super::disk::quarantine;
use super::disk::version::{JOURNAL_FILE, JOURNAL_MIN_BYTES};
use super::error::StoreError;
use crate::sync;
use apply::DirtyVolumes;
use frames::framed;

/// Length of the frames, in bytes, from which on tables are made of them.
pub(super) const SEGMENT_BYTES: u64 = 8 << 20;

/// Length of the frames, in bytes, from which on who writes makes the tables, as nobody else has.
const OVERDUE_BYTES: u64 = 4 * SEGMENT_BYTES;

/// Length of the frames, in bytes, from which on nothing more is promised before tables could be made of them.
const MAX_BYTES: u64 = 16 * SEGMENT_BYTES;

/// Pause after tables could not be made.
const FOLD_PAUSE: Duration = Duration::from_secs(10);

/// Name of the former segment, of which tables are being made.
pub(super) const OLD_JOURNAL_FILE: &str = "journal.old";

/// Write-ahead log of a store: a file of frames that are durable and may be in no table yet, and the one
/// before while tables are made of it.
#[doc(alias = "write-ahead log")]
#[doc(alias = "wal")]
pub(super) struct Journal {
    /// Path of the file.
    path: PathBuf,
    /// Start of this process; dates the name of a damaged file.
    opened: Timestamp,
    /// State of the files; the lock orders appends and what is made of them.
    pages: Mutex<Pages>,
    /// Reason why no tables were made the last time, and when, if that failed.
    not_folded: Mutex<Option<(String, Instant)>>,
}

/// State of the files since they were opened; the default is one that is closed.
#[derive(Default)]
struct Pages {
    /// File, open for writing; `None` if closed, or after an error.
    file: Option<File>,
    /// Bytes of its frames; the next one is written here.
    length: u64,
    /// Sequence number of the next frame.
    n_frames: u64,
    /// Number of checkpoints, as either segment says when it is replayed.
    n_checkpoints: u64,
    /// Whether frames of it changed anything, so that tables have to be made before it may go.
    has_changes: bool,
    /// Volumes that its frames were applied to.
    laid: DirtyVolumes,
    /// Volumes that frames of the former segment were applied to; `None` if there is no such segment.
    old: Option<DirtyVolumes>,
    /// Times that the files were opened: what was begun with other ones is of no account.
    epoch: u64,
    /// Whether the last append failed for want of room, and nothing else was changed.
    is_refused: bool,
}

impl Journal {
    /// Makes the journal of the store in `dir`, closed; [`Store::replay`] opens it. Journals that
    /// earlier runs moved aside are reported to `damage`.
    pub(super) fn new(
        dir: &Path,
        opened: Timestamp,
        damage: &DamageLog,
    ) -> Result<Journal, StoreError> {
        for name in [JOURNAL_FILE, OLD_JOURNAL_FILE] {
            for kept in quarantine::earlier(dir, name)? {
                damage.remember(quarantine::found("the journal".to_owned(), kept));
            }
        }
        Ok(Journal {
            path: dir.join(JOURNAL_FILE),
            opened,
            pages: Mutex::default(),
            not_folded: Mutex::default(),
        })
    }

    /// Returns, and clears, whether the last error was that a frame did not fit: then nothing was
    /// changed, and sled need not be opened anew.
    pub(super) fn take_refused(&self) -> bool {
        std::mem::take(&mut self.pages().is_refused)
    }

    /// Returns the length of the frames that no tables are being made of, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.pages().length
    }

    /// Returns whether there is a former segment of which tables have to be made.
    pub(super) fn has_old(&self) -> bool {
        self.pages().old.is_some()
    }

    /// Returns whether it holds nothing but numbers of checkpoints.
    pub(super) fn is_empty(&self) -> bool {
        !self.pages().has_changes
    }

    /// Logs that no tables could be made of the journal, unless that was said the last time.
    pub(super) fn tell_not_folded(&self, why: &StoreError) {
        let why = why.to_string();
        let before = sync::lock(&self.not_folded).replace((why.clone(), Instant::now()));
        if before.is_none_or(|(before, _)| before != why) {
            tracing::warn!("the journal of the store stays as long as it is: {why}");
        }
    }

    /// Notes that tables were made, or that there was nothing to make them of.
    pub(super) fn note_folded(&self) {
        *sync::lock(&self.not_folded) = None;
    }

    /// Returns whether making tables failed a moment ago, so that it is not tried with each commit.
    pub(super) fn has_just_failed(&self) -> bool {
        let failed = sync::lock(&self.not_folded);
        let failed = failed.as_ref();
        failed.is_some_and(|(_, at)| at.elapsed() < FOLD_PAUSE)
    }

    /// Locks the state of the file.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        sync::lock(&self.pages)
    }

    /// Wraps an error of the file.
    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::io(format!("write to {}", self.path.display()), error)
    }
}

impl Pages {
    /// Writes a frame behind the last one and waits for fdatasync.
    ///
    /// # Errors
    ///
    /// An error of the disk; then the frame is not there, and the next one overwrites what may be.
    fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Err(io::Error::other("it is not open"));
        };
        let bytes = framed(self.n_frames, frame);
        let written = file
            .write_all_at(&bytes, self.length)
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // Whatever stays of it is overwritten by the next one.
            let _ = file.set_len(self.length);
            let _ = file.set_len(JOURNAL_MIN_BYTES.max(self.length));
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.n_frames += 1;
        Ok(())
    }
}

impl Store {
    /// Appends `frame` to the journal, calls fdatasync, then applies it, so that readers see it.
    ///
    /// On `Ok` the frame survives a power loss. Makes tables of the journal once that exceeds
    /// [`OVERDUE_BYTES`]. The caller holds the writer's lock, and not that of who changes tables.
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] before anything was changed, see [`Journal::take_refused`]; after any other
    /// error the store has to be opened anew.
    pub(super) fn append_and_apply(&self, frame: &[u8]) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        if pages.length > MAX_BYTES {
            drop(pages);
            // Says why.
            self.checkpoint()?;
            pages = self.journal.pages();
        }
        if let Err(error) = pages.append(frame) {
            let error = self.journal.failed(error);
            pages.is_refused = matches!(error, StoreError::Full);
            return Err(error);
        }
        self.apply_frame(frame, &mut pages)?;
        let is_overdue = pages.length > OVERDUE_BYTES;
        drop(pages);
        if is_overdue && let Err(why) = self.checkpoint() {
            self.journal.tell_not_folded(&why);
        }
        Ok(())
    }

    /// Returns the write counts of volumes that the ledger may not know yet.
    pub(super) fn journal_writes(&self) -> BTreeMap<Period, u64> {
        self.journal.pages().writes()
    }
}
