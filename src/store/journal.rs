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
//! same whatever part of it sled had kept. The end of a file that was cut off was
//! never promised.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::damage::DamageLog;
use super::error::StoreError;
use super::fold::HEAVY;
use super::frame::Laid;
use super::period::Period;
use super::{Store, aside, database, rebuild};
use jiff::Timestamp;

/// The name of the file.
pub(super) const NAME: &str = "journal";

/// Bytes after which the databases are flushed.
const FULL: u64 = 4 << 20;

/// Before each frame: its length, its number, and a hash of both that and it.
const HEAD: usize = 4 + 8 + 16;

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
    laid: Laid,
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
        for kept in aside::earlier(dir, NAME)? {
            damage.remember(aside::found("the journal".to_owned(), kept));
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
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(HEAD + frame.len());
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.n_frames.to_le_bytes());
        bytes.extend(hash(self.n_frames, frame));
        bytes.extend_from_slice(frame);
        let written = file
            .write_all_at(&bytes, self.length)
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // Whatever stays of it is overwritten by the next one.
            let _ = file.set_len(self.length);
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.n_frames += 1;
        Ok(())
    }

    fn empty(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.as_ref().filter(|_| self.length > 0) {
            file.set_len(0)?;
            file.sync_all()?;
        }
        self.length = 0;
        self.n_frames = 0;
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
        match pages.length {
            0 => Ok(()),
            _ => self.flush(&mut pages),
        }
    }

    fn flush(&self, pages: &mut Pages) -> Result<(), StoreError> {
        // Newest first: a story may show a copy that stands in a newer volume.
        for (period, volume) in pages.laid.volumes.iter().rev() {
            volume.flush()?;
            database::sync(&self.volumes.folder(*period))?;
            if volume.sled_size() > HEAVY {
                pages.heavy.insert(*period);
            }
        }
        self.tombstones.flush()?;
        // The ledger never knows more of a volume than is in it.
        let ledger = self.ledger.get()?;
        ledger.note_writes(&pages.laid.writes)?;
        ledger.flush()?;
        database::sync(&self.dir.join("ledger"))?;
        self.volumes.expect(std::mem::take(&mut pages.laid.writes));
        pages.laid.volumes.clear();
        pages.empty().map_err(|error| self.journal.failed(error))
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
        let bytes = match std::fs::read(&self.journal.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let mut rest = &bytes[..];
        while let Some(frame) = next_frame(&mut rest, pages.n_frames) {
            self.lay_down(frame, &mut pages.laid)?;
            pages.n_frames += 1;
        }
        if pages.n_frames > 0 {
            tracing::info!(
                groups = pages.n_frames,
                "took over from the journal what was not in the databases yet"
            );
        }
        if is_damaged(rest) {
            let kept = aside::move_aside(&self.journal.path, self.journal.opened)?;
            let why = "what was written last cannot be read".to_owned();
            self.damage.moved_aside("the journal".to_owned(), kept, why);
        }
        for (period, volume) in &pages.laid.volumes {
            // Sums are written as they were, and less may be left to be counted.
            if self.volumes.is_damaged(*period) {
                volume.set_items(volume.count_items()?)?;
            }
        }
        let ledger = self.ledger.get()?;
        let mut known = ledger.writes()?;
        known.extend(&pages.laid.writes);
        rebuild::catch_up(&ledger, &self.volumes, &known, &self.damage)?;
        let file = open_file(&self.journal.path).map_err(failed)?;
        pages.length = file.metadata().map_err(failed)?.len();
        pages.file = Some(file);
        // One that is damaged was moved aside, and what it held has to last all the same.
        match (pages.length, pages.n_frames) {
            (0, 0) => Ok(()),
            _ => self.flush(&mut pages),
        }
    }
}

/// Opens the file, or makes it, so that its name lasts too.
fn open_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(file)
}

/// Takes the frame of this number from the front, if it is whole.
fn next_frame<'a>(rest: &mut &'a [u8], number: u64) -> Option<&'a [u8]> {
    let (head, after) = rest.split_at_checked(HEAD)?;
    let length = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
    let (frame, after) = after.split_at_checked(length)?;
    let is_whole = head[4..12] == number.to_le_bytes() && head[12..] == hash(number, frame);
    is_whole.then(|| {
        *rest = after;
        frame
    })
}

/// Whether more is left than one frame that was being written.
fn is_damaged(rest: &[u8]) -> bool {
    let Some((head, after)) = rest.split_at_checked(HEAD) else {
        return false;
    };
    let length = u32::from_le_bytes(head[..4].try_into().expect("four bytes"));
    // Zeros are room that the file system made and nothing was written to.
    after.len() > length as usize && rest.iter().any(|byte| *byte != 0)
}

fn hash(number: u64, frame: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes()).update(frame);
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(number: u64, frame: &[u8]) -> Vec<u8> {
        let mut bytes = (frame.len() as u32).to_le_bytes().to_vec();
        bytes.extend(number.to_le_bytes());
        bytes.extend(hash(number, frame));
        bytes.extend(frame);
        bytes
    }

    /// The frames in `bytes`, and whether what follows is damage.
    fn read(bytes: &[u8]) -> (Vec<&[u8]>, bool) {
        let mut rest = bytes;
        let mut frames = Vec::new();
        while let Some(frame) = next_frame(&mut rest, frames.len() as u64) {
            frames.push(frame);
        }
        (frames, is_damaged(rest))
    }

    #[test]
    fn a_frame_that_was_cut_off_was_never_promised() {
        let mut bytes = framed(0, b"one");
        bytes.extend(framed(1, b"two"));
        assert_eq!(read(&bytes), (vec![&b"one"[..], b"two"], false));
        for end in framed(0, b"one").len()..bytes.len() {
            assert_eq!(read(&bytes[..end]), (vec![&b"one"[..]], false), "{end}");
        }
        let n_first = framed(0, b"one").len();
        bytes[n_first..].fill(0);
        assert_eq!(read(&bytes), (vec![&b"one"[..]], false));
    }

    #[test]
    fn damage_before_other_frames_is_told() {
        let mut bytes = framed(0, b"one");
        bytes.extend(framed(1, b"two"));
        bytes[HEAD] ^= 1;
        assert_eq!(read(&bytes), (vec![], true));
    }
}
