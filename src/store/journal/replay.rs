//! Replaying the journal when the store is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use rustix::fs::SeekFrom;

use super::Pages;
use super::frames::Frames;
use super::segment::{WrittenFile, draft, place, rewrite};
use crate::store::Store;
use crate::store::disk::quarantine;
use crate::store::disk::version::JOURNAL_MIN_BYTES;
use crate::store::error::StoreError;
use crate::store::ledger::rebuild;

/// File of frames, as it was read.
#[derive(Default)]
struct ReadFile {
    /// Bytes up to the hole at its end.
    bytes: Vec<u8>,
    /// Bytes of the whole file.
    size: u64,
    /// Whether it is there.
    is_there: bool,
}

/// Frames of a file, and its end.
struct Replayed<'a> {
    frames: Vec<&'a [u8]>,
    /// Bytes of the frames.
    length: u64,
    /// Whether anything stands behind them.
    has_rest: bool,
    /// Number of frames that are lost.
    n_lost: u64,
    /// Reason if it is damaged, for people.
    damage: Option<&'static str>,
}

impl Store {
    /// Closes the files and forgets what was applied, so that all can be opened anew.
    pub(super) fn close_journal(&self) {
        let mut pages = self.journal.pages();
        let epoch = pages.epoch + 1;
        *pages = Pages {
            epoch,
            ..Pages::default()
        };
    }

    /// Applies again what the journal holds, and tells the ledger what a crash kept from it.
    ///
    /// A copy of a damaged file is kept, and its whole frames are written anew.
    /// Volumes and ledger have to be open.
    ///
    /// # Errors
    ///
    /// Those of the disk, and of [`Store::apply_frame`].
    pub(super) fn replay(&self) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        let (path, old_path) = (&self.journal.path, self.journal.old_path());
        let failed = |error| self.journal.failed(error);
        if old_path.exists() && !path.exists() {
            // The power went while it was put away.
            fs::rename(&old_path, path).map_err(failed)?;
        }
        let files = [&old_path, path].map(|path| ReadFile::read(path).map_err(failed));
        let [old_file, new_file] = files;
        let (old_file, new_file) = (old_file?, new_file?);
        let (old, new) = (old_file.frames(), new_file.frames());
        self.keep_copy(&old_path, old.damage)?;
        self.keep_copy(path, new.damage)?;
        let is_damaged = old.damage.or(new.damage).is_some();
        self.apply_all(&old.frames, &mut pages)?;
        if old_file.is_there && !is_damaged {
            pages.put_away();
            self.freeze_old(&pages);
        }
        self.apply_all(&new.frames, &mut pages)?;
        let to_write = match is_damaged {
            true => rewrite(
                path,
                &old_path,
                old.frames.iter().chain(&new.frames).copied(),
            ),
            false => self.go_on(&new),
        };
        (pages.file, pages.length, pages.n_frames) = to_write.map_err(failed)?;
        let n_lost = old.n_lost + new.n_lost;
        for period in pages.periods() {
            // Sums are written as they were, and less may be left to be counted.
            if n_lost > 0 || self.volumes.is_damaged(period) {
                if let Some(volume) = self.volumes.find(period)? {
                    volume.set_items(volume.count_items()?);
                    pages.note_period(period);
                }
                self.volumes.doubt(period, n_lost > 0);
            }
        }
        let ledger = self.ledger.get()?;
        ledger.compare_checkpoints(pages.n_checkpoints)?;
        let mut known = ledger.writes()?;
        known.extend(pages.writes());
        rebuild::catch_up(&ledger, &self.volumes, &known, &self.damage)
    }

    /// Applies frames.
    fn apply_all(&self, frames: &[&[u8]], pages: &mut Pages) -> Result<(), StoreError> {
        for frame in frames {
            self.apply_frame(frame, pages)?;
        }
        Ok(())
    }

    /// Keeps a copy of a damaged file.
    fn keep_copy(&self, path: &Path, why: Option<&'static str>) -> Result<(), StoreError> {
        let Some(why) = why else { return Ok(()) };
        let kept = quarantine::copy_aside(path, self.journal.opened)?;
        let what = "the journal".to_owned();
        self.damage.moved_aside(what, kept, why.to_owned());
        Ok(())
    }

    /// Opens the file to be written behind its frames, or makes one; returns it with the length and number
    /// of its frames.
    fn go_on(&self, found: &Replayed<'_>) -> io::Result<WrittenFile> {
        let path = &self.journal.path;
        if found.frames.is_empty() {
            let n_checkpoints = self.ledger.get().and_then(|ledger| ledger.checkpoints());
            let n_checkpoints = n_checkpoints.map_err(io::Error::other)?.unwrap_or_default();
            let (file, length) = draft(path, n_checkpoints)?;
            place(path)?;
            return Ok((Some(file), length, 1));
        }
        let file = OpenOptions::new().write(true).open(path)?;
        if found.has_rest {
            // A frame that was not promised.
            file.set_len(found.length)?;
            file.set_len(JOURNAL_MIN_BYTES.max(found.length))?;
            file.sync_all()?;
        }
        Ok((Some(file), found.length, found.frames.len() as u64))
    }
}

impl ReadFile {
    /// Reads a file up to the hole at its end; one that is not there has no bytes.
    fn read(path: &Path) -> io::Result<ReadFile> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(ReadFile::default()),
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        // A file system that knows no holes says the end.
        let hole = rustix::fs::seek(&file, SeekFrom::Hole(0)).unwrap_or(size);
        // A copy may have holes where a frame has zeros.
        let is_last = rustix::fs::seek(&file, SeekFrom::Data(hole)).is_err();
        rustix::fs::seek(&file, SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        let length = if is_last { hole } else { size };
        Read::by_ref(&mut file)
            .take(length)
            .read_to_end(&mut bytes)?;
        Ok(ReadFile {
            bytes,
            size,
            is_there: true,
        })
    }

    /// Returns its whole frames.
    fn frames(&self) -> Replayed<'_> {
        let mut frames = Frames::of(&self.bytes);
        let all: Vec<&[u8]> = frames.by_ref().collect();
        Replayed {
            length: frames.length,
            has_rest: frames.has_rest(),
            n_lost: frames.n_lost,
            damage: frames.damage(self.is_there && self.size < JOURNAL_MIN_BYTES),
            frames: all,
        }
    }
}
