//! What was promised and is not in the databases for certain yet.
//!
//! ```text
//!   frame of a group ── append, fdatasync ──▶ the polls are told: it is safe
//!          └──────────── lay down ──▶ sled, in memory
//!   when there is much of it, or something else is to write:
//!     flush the volumes, the ledger ──▶ empty the journal
//! ```
//!
//! A flush of sled costs milliseconds and several writes; a frame costs one. At
//! the start what stands in the journal is laid down again, which comes to the
//! same whatever part of it sled had kept. A last frame that is not whole was never
//! promised; behind one that is damaged the others are laid down.
//!
//! The file is longer than what stands in it, by a hole that takes no room, so that one
//! that was cut off is known by its length.

mod frames;
pub(super) mod recovery;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Store;
use super::codec::frame::{DirtyVolumes, Frame};
use super::codec::period::Period;
use super::compaction::size_tiered::COMPACTION_TRIGGER_BYTES;
use super::disk::damage::DamageLog;
use super::disk::{database, quarantine};
use super::error::StoreError;
use super::ledger::rebuild;
use frames::{Frames, framed};
use jiff::Timestamp;

/// The name of the file.
pub(super) const NAME: &str = "journal";

/// Bytes after which the databases are flushed.
const FULL: u64 = 4 << 20;

/// The least length of the file, in bytes: a frame begins below [`FULL`], and few are
/// longer than the rest.
const MIN_LENGTH: u64 = 8 << 20;

/// The journal of a store.
pub(super) struct Journal {
    path: PathBuf,
    /// Dates the name of one that is damaged.
    opened: Timestamp,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    file: Option<File>,
    length: u64,
    n_frames: u64,
    /// What has been laid down since it was empty.
    laid: DirtyVolumes,
    /// Volumes whose sled has grown large.
    heavy: BTreeSet<Period>,
    /// Whether the last frame did not fit, and nothing else happened.
    is_refused: bool,
}

impl Journal {
    /// The journal of the store in `dir`, not read yet.
    pub(super) fn new(
        dir: &Path,
        opened: Timestamp,
        damage: &DamageLog,
    ) -> Result<Journal, StoreError> {
        for kept in quarantine::earlier(dir, NAME)? {
            damage.remember(quarantine::found("the journal".to_owned(), kept));
        }
        Ok(Journal {
            path: dir.join(NAME),
            opened,
            pages: Mutex::default(),
        })
    }

    /// Whether the last error was that a frame did not fit: then nothing was
    /// changed, and nothing has to be opened anew.
    pub(super) fn take_refused(&self) -> bool {
        std::mem::take(&mut self.pages().is_refused)
    }

    /// Volumes whose sled has grown large since this was asked last.
    pub(super) fn take_heavy(&self) -> BTreeSet<Period> {
        std::mem::take(&mut self.pages().heavy)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::io(format!("write to {}", self.path.display()), error)
    }
}

impl Pages {
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
            let _ = file.set_len(MIN_LENGTH.max(self.length));
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.n_frames += 1;
        Ok(())
    }

    /// Begins anew, with a file that takes the place of the one there was.
    fn empty(&mut self, path: &Path, n_checkpoints: u64) -> io::Result<()> {
        let mut first = Frame::default();
        first.checkpoint(n_checkpoints);
        let first = framed(0, first.bytes());
        self.file = Some(make(path, &first)?);
        self.length = first.len() as u64;
        self.n_frames = 1;
        Ok(())
    }
}

impl Store {
    /// Makes a frame last, and shows it to readers.
    pub(super) fn enter(&self, frame: &[u8]) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        if let Err(error) = pages.append(frame) {
            let error = self.journal.failed(error);
            pages.is_refused = matches!(error, StoreError::Full);
            return Err(error);
        }
        self.lay_down(frame, &mut pages.laid)?;
        match pages.length > FULL {
            true => self.flush(&mut pages),
            false => Ok(()),
        }
    }

    /// Flushes the databases, so that the journal is empty: before anything is
    /// written to them that is not in it. The writer's lock has to be held.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        match pages.n_frames {
            // The first one says only how often this was done.
            0 | 1 => Ok(()),
            _ => self.flush(&mut pages),
        }
    }

    /// After an error nothing is appended until the store was opened anew: nobody knows
    /// what is in the file.
    fn flush(&self, pages: &mut Pages) -> Result<(), StoreError> {
        let flushed = self.flush_databases(pages).and_then(|n_checkpoints| {
            let emptied = pages.empty(&self.journal.path, n_checkpoints);
            emptied.map_err(|error| self.journal.failed(error))
        });
        flushed.inspect_err(|_| pages.file = None)
    }

    /// Returns how often that was done.
    fn flush_databases(&self, pages: &mut Pages) -> Result<u64, StoreError> {
        // Newest first: a story may show a copy that stands in a newer volume.
        for (period, volume) in pages.laid.volumes.iter().rev() {
            volume.flush()?;
            database::sync(&self.volumes.folder(*period))?;
            if volume.sled_size() > COMPACTION_TRIGGER_BYTES {
                pages.heavy.insert(*period);
            }
        }
        self.tombstones.flush()?;
        // The ledger never knows more of a volume than is in it.
        let ledger = self.ledger.get()?;
        ledger.note_writes(&pages.laid.writes)?;
        let n_checkpoints = ledger.checkpoints()?.unwrap_or_default() + 1;
        ledger.set_checkpoints(n_checkpoints)?;
        ledger.flush()?;
        database::sync(&self.dir.join("ledger"))?;
        self.volumes.expect(std::mem::take(&mut pages.laid.writes));
        pages.laid.volumes.clear();
        Ok(n_checkpoints)
    }

    /// Lets go of what it holds open, so that it can be opened anew.
    pub(super) fn close_journal(&self) {
        *self.journal.pages() = Pages::default();
    }

    /// Lays down again what the journal holds, and tells the ledger what a crash
    /// kept from it.
    pub(super) fn replay(&self) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        *pages = Pages::default();
        let failed = |error| self.journal.failed(error);
        let path = &self.journal.path;
        let bytes = match std::fs::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let mut frames = Frames::of(bytes.as_deref().unwrap_or_default());
        for frame in &mut frames {
            self.lay_down(frame, &mut pages.laid)?;
            pages.n_frames += 1;
        }
        if pages.n_frames > 1 {
            tracing::info!(
                groups = pages.n_frames - 1,
                "took over from the journal what was not in the databases yet"
            );
        }
        let is_cut = bytes
            .as_ref()
            .is_some_and(|bytes| (bytes.len() as u64) < MIN_LENGTH);
        if let Some(why) = frames.damage(is_cut) {
            let kept = quarantine::move_aside(path, self.journal.opened)?;
            let damage = &self.damage;
            damage.moved_aside("the journal".to_owned(), kept, why.to_owned());
        }
        for (period, volume) in &pages.laid.volumes {
            // Sums are written as they were, and less may be left to be counted.
            if frames.n_lost > 0 || self.volumes.is_damaged(*period) {
                volume.set_items(volume.count_items()?)?;
                self.volumes.doubt(*period, frames.n_lost > 0);
            }
        }
        let ledger = self.ledger.get()?;
        let mut known = ledger.writes()?;
        known.extend(&pages.laid.writes);
        rebuild::catch_up(&ledger, &self.volumes, &known, &self.damage)?;
        if pages.n_frames == 1 && path.exists() && !frames.has_rest() {
            pages.length = frames.length;
            let file = OpenOptions::new().write(true).open(path);
            pages.file = Some(file.map_err(failed)?);
            return Ok(());
        }
        // What one that was moved aside held has to last all the same.
        self.flush(&mut pages)
    }
}

/// Makes a file that begins with this, whose name lasts too.
fn make(path: &Path, first: &[u8]) -> io::Result<File> {
    let draft = path.with_extension("new");
    let file = File::create(&draft)?;
    file.write_all_at(first, 0)?;
    file.set_len(MIN_LENGTH)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(file)
}

/// Makes a file of an earlier layout as long as those of this one are.
pub(super) fn lengthen(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let length = file.metadata()?.len();
    file.set_len(length.max(MIN_LENGTH))?;
    file.sync_all()
}
