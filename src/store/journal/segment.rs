//! Segments of the journal: the one that is written, and the one before, of which tables are made.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::apply::DirtyVolumes;
use super::frames::framed;
use super::{Journal, OLD_JOURNAL_FILE, Pages};
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::codec::period::Period;
use crate::store::disk::database;
use crate::store::disk::version::JOURNAL_MIN_BYTES;
use crate::store::error::StoreError;

/// Volumes of the former segment, as it was when it was asked for.
pub(in crate::store) struct OldSegment {
    /// Volumes that its frames were applied to, oldest first.
    pub(in crate::store) periods: Vec<Period>,
    /// [`Pages::epoch`] of that time.
    epoch: u64,
}

impl Journal {
    /// Returns the former segment, if there is one.
    pub(in crate::store) fn old_segment(&self) -> Option<OldSegment> {
        let pages = self.pages();
        let old = pages.old.as_ref()?;
        Some(OldSegment {
            periods: old.periods.iter().copied().collect(),
            epoch: pages.epoch,
        })
    }

    /// Returns the path of the former segment.
    pub(super) fn old_path(&self) -> PathBuf {
        self.path.with_file_name(OLD_JOURNAL_FILE)
    }
}

impl Pages {
    /// Makes the written file the former segment, and an empty one in its place.
    ///
    /// # Errors
    ///
    /// Those of the disk; the file is as it was, or closed if nobody knows.
    fn turn(&mut self, path: &Path, old: &Path, n_checkpoints: u64) -> io::Result<()> {
        // Not everything in them was applied, perhaps.
        if self.file.is_none() || self.old.is_some() || old.exists() {
            return Err(io::Error::other("it has to be opened anew"));
        }
        let (file, length) = draft(path, n_checkpoints)?;
        fs::rename(path, old)?;
        self.file = None;
        place(path)?;
        self.file = Some(file);
        self.length = length;
        self.n_frames = 1;
        self.put_away();
        Ok(())
    }

    /// Makes what was applied so far that of the former segment.
    pub(super) fn put_away(&mut self) {
        self.has_changes = false;
        self.old = Some(std::mem::take(&mut self.laid));
    }

    /// Notes that a volume was changed beside the frames.
    pub(super) fn note_period(&mut self, period: Period) {
        self.laid.periods.insert(period);
        self.has_changes = true;
    }

    /// Writes that so many checkpoints were made.
    fn note_checkpoint(&mut self, n_checkpoints: u64) -> io::Result<()> {
        let mut frame = Frame::default();
        frame.checkpoint(n_checkpoints);
        self.append(frame.bytes())
    }
}

impl Store {
    /// Begins a new segment of the journal, and freezes the memtables that the former one was applied to.
    /// The caller holds the writer's lock and that of who changes tables; there is no former segment.
    pub(in crate::store) fn begin_segment(&self) -> Result<(), StoreError> {
        let n_checkpoints = self.ledger.get()?.checkpoints()?.unwrap_or_default();
        let mut pages = self.journal.pages();
        let (path, old) = (&self.journal.path, self.journal.old_path());
        let turned = pages.turn(path, &old, n_checkpoints);
        turned.map_err(|error| self.journal.failed(error))?;
        self.freeze_old(&pages);
        Ok(())
    }

    /// Freezes the memtables of the volumes of the former segment.
    pub(super) fn freeze_old(&self, pages: &Pages) {
        let old = pages.old.as_ref().map(|old| &old.periods);
        for period in old.into_iter().flatten() {
            self.volumes.freeze(*period);
        }
    }

    /// Flushes tombstones and ledger, tells the ledger the write counts of the former segment, of which all
    /// is in tables, and removes it.
    ///
    /// # Errors
    ///
    /// Those of the disk; the segment stays.
    pub(in crate::store) fn finish_segment(&self, old: &OldSegment) -> Result<(), StoreError> {
        self.tombstones.flush()?;
        let (ledger, n_checkpoints) = {
            // A volume that is dropped meanwhile is not to be missed.
            let pages = self.journal.pages();
            let Some(known) = pages.old.as_ref().filter(|_| pages.epoch == old.epoch) else {
                return Ok(());
            };
            let ledger = self.ledger.get()?;
            // The ledger never knows more of a volume than is in it.
            ledger.note_writes(&known.writes)?;
            let n_checkpoints = ledger.checkpoints()?.unwrap_or_default() + 1;
            ledger.set_checkpoints(n_checkpoints)?;
            (ledger, n_checkpoints)
        };
        ledger.flush()?;
        database::sync(&self.dir.join("ledger"))?;
        let mut pages = self.journal.pages();
        if pages.epoch != old.epoch {
            return Ok(());
        }
        pages
            .note_checkpoint(n_checkpoints)
            .and_then(|()| self.journal.remove_old())
            .map_err(|error| self.journal.failed(error))?;
        let DirtyVolumes { writes, .. } = pages.old.take().unwrap_or_default();
        self.volumes.expect(writes);
        Ok(())
    }
}

impl Journal {
    /// Removes the former segment, durably.
    fn remove_old(&self) -> io::Result<()> {
        match fs::remove_file(self.old_path()) {
            // One that was damaged was moved aside.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_folder(&self.path),
        }
    }
}

/// File that is written, with the length of its frames in bytes, and their number.
pub(super) type WrittenFile = (Option<File>, u64, u64);

/// Replaces both segments by one file with these frames; durable when it returns.
pub(super) fn rewrite<'a>(
    path: &Path,
    old: &Path,
    frames: impl Iterator<Item = &'a [u8]>,
) -> io::Result<WrittenFile> {
    let file = File::create(path.with_extension("new"))?;
    let (mut length, mut number) = (0, 0);
    for frame in frames {
        let bytes = framed(number, frame);
        file.write_all_at(&bytes, length)?;
        length += bytes.len() as u64;
        number += 1;
    }
    file.set_len(JOURNAL_MIN_BYTES.max(length))?;
    file.sync_all()?;
    place(path)?;
    if old.exists() {
        fs::remove_file(old)?;
        sync_folder(path)?;
    }
    Ok((Some(file), length, number))
}

/// Makes an empty file, with the number of checkpoints, beside the one at `path`; returns it, and the length of
/// its frames.
pub(super) fn draft(path: &Path, n_checkpoints: u64) -> io::Result<(File, u64)> {
    let mut first = Frame::default();
    first.checkpoint(n_checkpoints);
    let first = framed(0, first.bytes());
    let file = File::create(path.with_extension("new"))?;
    file.write_all_at(&first, 0)?;
    file.set_len(JOURNAL_MIN_BYTES)?;
    file.sync_all()?;
    Ok((file, first.len() as u64))
}

/// Puts the file of [`draft`] in its place, under a name that survives a power loss.
pub(super) fn place(path: &Path) -> io::Result<()> {
    fs::rename(path.with_extension("new"), path)?;
    sync_folder(path)
}

/// Syncs the folder of a file.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
