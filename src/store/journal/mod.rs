//! Write-ahead log: what was promised and is not in the databases for certain yet.
//!
//! ```text
//!   frame of a group ── append, fdatasync ──▶ the polls are told: it is safe
//!          └──────────── apply ──▶ sled, in memory
//!   when there is much of it, or something else is to write:
//!     flush the volumes, the ledger ──▶ empty the journal
//! ```
//!
//! A flush of sled costs milliseconds and several writes; a frame costs one. At
//! the start what stands in the journal is applied again, which comes to the
//! same whatever part of it sled had kept. A last frame that is not whole was never
//! promised; behind one that is damaged the others are applied.
//!
//! The file is longer than what stands in it, by a hole that takes no room, so that one
//! that was cut off is known by its length.

mod apply;
pub(super) mod followed;
mod frames;
pub(super) mod recovery;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;

use super::Store;
use super::codec::frame::Frame;
use super::codec::period::Period;
use super::disk::damage::DamageLog;
use super::disk::version::{JOURNAL_FILE, JOURNAL_MIN_BYTES};
use super::disk::{database, quarantine};
use super::error::StoreError;
use super::ledger::rebuild;
use super::volume::changes::COMPACTION_TRIGGER_BYTES;
use crate::sync;
use apply::DirtyVolumes;
use followed::Followed;
use frames::{Frames, framed};

/// Length of the frames, in bytes, from which on a checkpoint follows.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// Write-ahead log of a store: one file of frames that are durable and may not be in sled yet.
#[doc(alias = "write-ahead log")]
#[doc(alias = "wal")]
pub(super) struct Journal {
    /// Path of the file.
    path: PathBuf,
    /// Start of this process; dates the name of a damaged file.
    opened: Timestamp,
    /// State of the file; the lock orders appends and checkpoints.
    pages: Mutex<Pages>,
}

/// State of the journal file since it was opened; the default is one that is closed.
#[derive(Default)]
struct Pages {
    /// File, open for writing; `None` if closed, or after an error.
    file: Option<File>,
    /// Bytes of its frames; the next one is written here.
    length: u64,
    /// Sequence number of the next frame.
    n_frames: u64,
    /// Volumes that frames were applied to since the file was empty.
    laid: DirtyVolumes,
    /// Volumes whose sled file was larger than [`COMPACTION_TRIGGER_BYTES`] at a checkpoint, with its size.
    heavy: BTreeMap<Period, u64>,
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
        for kept in quarantine::earlier(dir, JOURNAL_FILE)? {
            damage.remember(quarantine::found("the journal".to_owned(), kept));
        }
        Ok(Journal {
            path: dir.join(JOURNAL_FILE),
            opened,
            pages: Mutex::default(),
        })
    }

    /// Returns, and clears, whether the last error was that a frame did not fit: then nothing was
    /// changed, and sled need not be opened anew.
    pub(super) fn take_refused(&self) -> bool {
        std::mem::take(&mut self.pages().is_refused)
    }

    /// Returns the size of the largest sled file that has become large since the last
    /// [`Journal::take_heavy`]; 0 if none has.
    pub(super) fn heaviest(&self) -> u64 {
        self.pages()
            .heavy
            .values()
            .max()
            .copied()
            .unwrap_or_default()
    }

    /// Takes the volumes whose sled file has become large since the last call.
    pub(super) fn take_heavy(&self) -> BTreeSet<Period> {
        std::mem::take(&mut self.pages().heavy)
            .into_keys()
            .collect()
    }

    /// Forgets that a volume was large: it was folded since a checkpoint found it so.
    pub(super) fn forget_heavy(&self, period: Period) {
        self.pages().heavy.remove(&period);
    }

    /// Follows the changes of the volume of `period` from now on. The caller holds the writer's lock, and
    /// has made a checkpoint.
    pub(super) fn follow(&self, period: Period) {
        self.pages().laid.followed = Some(Followed::of(period));
    }

    /// Takes the changes of the followed volume since the last call; `None` if they are not all there.
    pub(super) fn take_followed(&self) -> Option<Frame> {
        self.pages().laid.followed.as_mut()?.take()
    }

    /// Ends [`Journal::follow`].
    pub(super) fn unfollow(&self) {
        self.pages().laid.followed = None;
    }

    /// Returns the write counts of the volumes that frames were applied to since the last checkpoint.
    fn writes(&self) -> BTreeMap<Period, u64> {
        self.pages().laid.writes.clone()
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

    /// Replaces the file by one that holds only the number of checkpoints; its frames have to be flushed.
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
    /// Appends `frame` to the journal, calls fdatasync, then applies it to sled, where readers see it.
    ///
    /// On `Ok` the frame survives a power loss. Checkpoints once the frames exceed
    /// [`CHECKPOINT_BYTES`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`] before anything was changed, see [`Journal::take_refused`]; after any other
    /// error sled has to be opened anew.
    pub(super) fn append_and_apply(&self, frame: &[u8]) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        if let Err(error) = pages.append(frame) {
            let error = self.journal.failed(error);
            pages.is_refused = matches!(error, StoreError::Full);
            return Err(error);
        }
        self.apply_frame(frame, &mut pages.laid)?;
        match pages.length > CHECKPOINT_BYTES {
            true => self.flush(&mut pages),
            false => Ok(()),
        }
    }

    /// Flushes all databases and empties the journal; does nothing if it is empty.
    ///
    /// Has to come before anything is written to sled that is not in the journal. The caller holds the
    /// writer's lock.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        match pages.n_frames {
            // The first one says only how often this was done.
            0 | 1 => Ok(()),
            _ => self.flush(&mut pages),
        }
    }

    /// Flushes all databases and replaces the file.
    ///
    /// # Errors
    ///
    /// Those of the disk. The journal is closed then, until the store is opened anew: nobody knows what
    /// is in the file.
    fn flush(&self, pages: &mut Pages) -> Result<(), StoreError> {
        let flushed = self.flush_databases(pages).and_then(|n_checkpoints| {
            let emptied = pages.empty(&self.journal.path, n_checkpoints);
            emptied.map_err(|error| self.journal.failed(error))
        });
        flushed.inspect_err(|_| pages.file = None)
    }

    /// Flushes volumes, tombstones and ledger, in this order, and tells the ledger the write counts;
    /// returns the number of checkpoints, with this one.
    fn flush_databases(&self, pages: &mut Pages) -> Result<u64, StoreError> {
        // Newest first: a story may show a copy that stands in a newer volume.
        for (period, volume) in pages.laid.volumes.iter().rev() {
            volume.flush()?;
            database::sync(&self.volumes.folder(*period))?;
            let size = volume.sled_size();
            if size > COMPACTION_TRIGGER_BYTES {
                pages.heavy.insert(*period, size);
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

    /// Returns the write counts of volumes that the ledger may not know yet.
    pub(super) fn journal_writes(&self) -> BTreeMap<Period, u64> {
        self.journal.writes()
    }

    /// Closes the file and forgets what was applied, so that all can be opened anew.
    pub(super) fn close_journal(&self) {
        *self.journal.pages() = Pages::default();
    }

    /// Applies again what the journal holds, and tells the ledger what a crash kept from it.
    ///
    /// A damaged file is moved aside; its whole frames count. Ends with an empty journal. The databases
    /// have to be open.
    ///
    /// # Errors
    ///
    /// Those of the disk, and of [`Store::apply_frame`].
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
            self.apply_frame(frame, &mut pages.laid)?;
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
            .is_some_and(|bytes| (bytes.len() as u64) < JOURNAL_MIN_BYTES);
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

/// Makes a file of [`JOURNAL_MIN_BYTES`] that begins with `first`, the rest a hole, under a name that survives a power
/// loss.
fn make(path: &Path, first: &[u8]) -> io::Result<File> {
    let draft = path.with_extension("new");
    let file = File::create(&draft)?;
    file.write_all_at(first, 0)?;
    file.set_len(JOURNAL_MIN_BYTES)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(file)
}
