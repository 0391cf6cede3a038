//! Replaying the journal when the store is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use rustix::fs::SeekFrom;

use super::Pages;
use super::frames::Frames;
use super::segment::{draft, place};
use crate::store::Store;
use crate::store::disk::quarantine;
use crate::store::disk::version::JOURNAL_MIN_BYTES;
use crate::store::error::StoreError;
use crate::store::ledger::rebuild;

/// End of a file of frames, as replay found it.
struct ReplayedFile {
    /// Bytes of its frames.
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
    /// A damaged file is moved aside; its whole frames count. Volumes and ledger have to be open.
    ///
    /// # Errors
    ///
    /// Those of the disk, and of [`Store::apply_frame`].
    pub(super) fn replay(&self) -> Result<(), StoreError> {
        let mut pages = self.journal.pages();
        let (path, old) = (&self.journal.path, self.journal.old_path());
        let failed = |error| self.journal.failed(error);
        if old.exists() && !path.exists() {
            // The power went while it was put away.
            fs::rename(&old, path).map_err(failed)?;
        }
        let mut n_lost = 0;
        let mut has_damage = false;
        if old.exists() {
            let found = self.replay_file(&old, &mut pages)?;
            n_lost += found.n_lost;
            has_damage |= self.keep_damaged(&old, found.damage)?;
            pages.put_away();
            pages.n_frames = 0;
            self.freeze_old(&pages);
        }
        let found = self.replay_file(path, &mut pages)?;
        n_lost += found.n_lost;
        has_damage |= self.keep_damaged(path, found.damage)?;
        for period in pages.periods() {
            // Sums are written as they were, and less may be left to be counted.
            if n_lost > 0 || self.volumes.is_damaged(period) {
                if let Some(volume) = self.volumes.find(period)? {
                    volume.set_items(volume.count_items()?);
                }
                self.volumes.doubt(period, n_lost > 0);
            }
        }
        let ledger = self.ledger.get()?;
        ledger.compare_checkpoints(pages.n_checkpoints)?;
        let mut known = ledger.writes()?;
        known.extend(pages.writes());
        rebuild::catch_up(&ledger, &self.volumes, &known, &self.damage)?;
        self.go_on(&mut pages, &found).map_err(failed)?;
        drop(pages);
        match has_damage || n_lost > 0 {
            // What one that was moved aside held has to last all the same.
            true => self.checkpoint(),
            false => Ok(()),
        }
    }

    /// Applies the frames of a file, which need not be there.
    fn replay_file(&self, path: &Path, pages: &mut Pages) -> Result<ReplayedFile, StoreError> {
        let bytes = read(path).map_err(|error| self.journal.failed(error))?;
        let (data, size) = bytes
            .as_ref()
            .map_or((&[][..], 0), |(data, size)| (data, *size));
        let mut frames = Frames::of(data);
        for frame in &mut frames {
            self.apply_frame(frame, pages)?;
            pages.n_frames += 1;
        }
        if pages.has_changes {
            tracing::debug!(
                groups = pages.n_frames,
                "took over what was in no table yet from {}",
                path.display()
            );
        }
        let is_cut = bytes.is_some() && size < JOURNAL_MIN_BYTES;
        Ok(ReplayedFile {
            length: frames.length,
            has_rest: frames.has_rest(),
            n_lost: frames.n_lost,
            damage: frames.damage(is_cut),
        })
    }

    /// Moves a damaged file aside; returns whether it is damaged.
    fn keep_damaged(&self, path: &Path, why: Option<&'static str>) -> Result<bool, StoreError> {
        if let Some(why) = why {
            let kept = quarantine::move_aside(path, self.journal.opened)?;
            let damage = &self.damage;
            damage.moved_aside("the journal".to_owned(), kept, why.to_owned());
        }
        Ok(why.is_some())
    }

    /// Opens the file to be written behind its frames, or makes one.
    fn go_on(&self, pages: &mut Pages, found: &ReplayedFile) -> io::Result<()> {
        let path = &self.journal.path;
        if pages.n_frames == 0 || !path.exists() {
            let n_checkpoints = self.ledger.get().and_then(|ledger| ledger.checkpoints());
            let n_checkpoints = n_checkpoints.map_err(io::Error::other)?.unwrap_or_default();
            let (file, length) = draft(path, n_checkpoints)?;
            place(path)?;
            pages.file = Some(file);
            pages.length = length;
            pages.n_frames = 1;
            return Ok(());
        }
        let file = OpenOptions::new().write(true).open(path)?;
        if found.has_rest {
            // A frame that was not promised.
            file.set_len(found.length)?;
            file.set_len(JOURNAL_MIN_BYTES.max(found.length))?;
            file.sync_all()?;
        }
        pages.file = Some(file);
        pages.length = found.length;
        Ok(())
    }
}

/// Reads a file up to the hole at its end; returns that, and the length of the file. `None` if it is not there.
fn read(path: &Path) -> io::Result<Option<(Vec<u8>, u64)>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
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
    Ok(Some((bytes, size)))
}
