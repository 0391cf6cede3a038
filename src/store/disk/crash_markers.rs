//! Crash markers: which source is being read right now, in a place that outlives the process.
//!
//! A document that kills the process – by its stack, its memory, a mistake in a
//! library – would kill it again after every restart. So each reading leaves a
//! mark for as long as it lasts, and a mark that is found at a start says what
//! the process died of. Twice is enough: see [`MAX_CRASHES`].
//!
//! Marks are not flushed: a process that dies leaves what it wrote with the
//! kernel, and a machine that dies says nothing about a document.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::model::{SourceId, WebUrl};
use crate::store::Store;
use crate::store::error::{StoreError, is_full};
use crate::sync;

/// Crashes in a row after which a source is not read any more, until a release or an address changes.
pub const MAX_CRASHES: u32 = 2;

/// Sources that can be marked at the same time; further ones are read without a mark.
const MAX_MARKS: usize = 32;

/// Bytes of a mark: length (u16 LE) ‖ `id url`; a length of 0 is no mark.
const MARK_BYTES: usize = 4096;

/// Crashes in a row by `id url`. On disk a line with the release, then `count id url` a line.
type Crashes = BTreeMap<String, u32>;

/// Crash markers of a store: files `reading`, one mark for each reading under way, and `crashes`, the
/// counts.
#[derive(Debug)]
pub(in crate::store) struct CrashMarkers {
    /// File of marks.
    slots: File,
    /// Marks that are in use.
    is_taken: Mutex<[bool; MAX_MARKS]>,
    crashes: Mutex<Crashes>,
    /// Path of the file of counts.
    crashes_path: PathBuf,
}

/// Guard of a source that is being read: its drop clears the mark.
#[derive(Debug)]
pub struct ReadingGuard {
    marks: Arc<CrashMarkers>,
    /// Number of the mark; `None` if there were too many.
    slot: Option<usize>,
}

impl CrashMarkers {
    /// Opens the files in the folder of a store, counts the crashes that the marks of the last process
    /// tell of, and clears these.
    ///
    /// # Errors
    ///
    /// If the disk refuses; a mark that finds no room is left out.
    pub(in crate::store) fn open(dir: &Path) -> Result<CrashMarkers, StoreError> {
        let path = dir.join("reading");
        CrashMarkers::open_in(dir, &path)
            .map_err(|error| StoreError::io(format!("open {}", path.display()), error))
    }

    fn open_in(dir: &Path, path: &Path) -> io::Result<CrashMarkers> {
        let slots = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut left = vec![0; MAX_MARKS * MARK_BYTES];
        let n_left = slots.read_at(&mut left, 0)?;
        let found: Vec<String> = left[..n_left]
            .chunks(MARK_BYTES)
            .filter_map(name_in)
            .collect();
        let marks = CrashMarkers {
            slots,
            is_taken: Mutex::new([false; MAX_MARKS]),
            crashes: Mutex::new(read_crashes(&dir.join("crashes"))),
            crashes_path: dir.join("crashes"),
        };
        if !found.is_empty() {
            let mut crashes = sync::lock(&marks.crashes);
            for name in found {
                let source = name.split(' ').next().unwrap_or_default();
                tracing::error!("the last run ended while it read {source}");
                *crashes.entry(name).or_default() += 1;
            }
            unless_full(marks.write_crashes(&crashes))?;
        }
        // Also so that the room is there when the disk is full.
        if n_left < MAX_MARKS * MARK_BYTES || marks.has_crashes() {
            unless_full(
                marks
                    .slots
                    .write_all_at(&vec![0; MAX_MARKS * MARK_BYTES], 0),
            )?;
        }
        Ok(marks)
    }

    /// Returns the crashes in a row at this source and address.
    pub(in crate::store) fn crashes(&self, source: &SourceId, url: &WebUrl) -> u32 {
        let crashes = sync::lock(&self.crashes);
        match crashes.is_empty() {
            true => 0,
            false => crashes.get(&name(source, url)).copied().unwrap_or(0),
        }
    }

    /// Returns whether any source has crashes.
    fn has_crashes(&self) -> bool {
        !sync::lock(&self.crashes).is_empty()
    }

    /// Marks a source as being read.
    pub(in crate::store) fn begin(
        self: &Arc<CrashMarkers>,
        source: &SourceId,
        url: &WebUrl,
    ) -> ReadingGuard {
        let name = name(source, url);
        let mut is_taken = sync::lock(&self.is_taken);
        let slot = is_taken.iter().position(|is_taken| !is_taken);
        if let Some(slot) = slot {
            is_taken[slot] = true;
            let length = name.len().min(MARK_BYTES - 2);
            let mut bytes = u16::try_from(length).unwrap_or(0).to_le_bytes().to_vec();
            bytes.extend(&name.as_bytes()[..length]);
            // Without its mark it is read all the same.
            let _ = self.slots.write_all_at(&bytes, at(slot));
        }
        ReadingGuard {
            marks: Arc::clone(self),
            slot,
        }
    }

    /// Clears all marks: what is still being read is given up on purpose.
    pub(in crate::store) fn give_up(&self) {
        for slot in 0..MAX_MARKS {
            let _ = self.slots.write_all_at(&[0; 2], at(slot));
        }
    }

    /// Forgets the crashes of a source, as reading it has ended well.
    pub(in crate::store) fn survived(&self, source: &SourceId, url: &WebUrl) {
        let mut crashes = sync::lock(&self.crashes);
        if !crashes.is_empty() && crashes.remove(&name(source, url)).is_some() {
            // If it cannot be written, it counts once more after the next start.
            let _ = self.write_crashes(&crashes);
        }
    }

    /// Replaces the file of counts.
    fn write_crashes(&self, crashes: &Crashes) -> io::Result<()> {
        let mut text = format!("{}\n", env!("CARGO_PKG_VERSION"));
        for (name, count) in crashes {
            text.push_str(&format!("{count} {name}\n"));
        }
        let draft = self.crashes_path.with_extension("new");
        fs::write(&draft, text)?;
        fs::rename(draft, &self.crashes_path)
    }
}

impl Store {
    /// Returns how often in a row reading this source ended the process.
    #[must_use]
    pub fn crashes(&self, source: &SourceId, url: &WebUrl) -> u32 {
        self.marks.crashes(source, url)
    }

    /// Marks a source as being read, as long as the guard lives: should the process end before, it
    /// counts as a crash.
    #[must_use]
    pub fn begin_reading(&self, source: &SourceId, url: &WebUrl) -> ReadingGuard {
        self.marks.begin(source, url)
    }

    /// Forgives earlier crashes: all that comes of reading this source was survived.
    pub fn survived(&self, source: &SourceId, url: &WebUrl) {
        self.marks.survived(source, url);
    }

    /// Gives up on purpose what is still being read: a stop is no crash.
    pub fn give_up_reading(&self) {
        self.marks.give_up();
    }
}

impl Drop for ReadingGuard {
    /// Clears the mark: the document was read, or failed in another way.
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            let _ = self.marks.slots.write_all_at(&[0; 2], at(slot));
            sync::lock(&self.marks.is_taken)[slot] = false;
        }
    }
}

/// Returns the text of a mark.
fn name(source: &SourceId, url: &WebUrl) -> String {
    format!("{source} {url}")
}

/// Returns the offset of a mark.
fn at(slot: usize) -> u64 {
    (slot * MARK_BYTES) as u64
}

/// Decodes a mark; `None` if there is none.
fn name_in(slot: &[u8]) -> Option<String> {
    let (length, rest) = slot.split_at_checked(2)?;
    let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
    let name = rest.get(..length).filter(|name| !name.is_empty())?;
    String::from_utf8(name.to_vec()).ok()
}

/// Reads the file of counts; none if another release wrote it, which may have died of what this one can
/// read.
fn read_crashes(path: &Path) -> Crashes {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    if lines.next() != Some(env!("CARGO_PKG_VERSION")) {
        return Crashes::new();
    }
    let read = lines.filter_map(|line| {
        let (count, name) = line.split_once(' ')?;
        Some((name.to_owned(), count.parse().ok()?))
    });
    read.collect()
}

/// Ignores a full disk, which is no reason not to start: what cannot be marked now is read all the
/// same.
fn unless_full(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if is_full(&error) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> (SourceId, WebUrl) {
        let url = WebUrl::parse("http://paper.example/feed").unwrap();
        ("a/b".parse().unwrap(), url)
    }

    fn open(dir: &Path) -> Arc<CrashMarkers> {
        Arc::new(CrashMarkers::open(dir).unwrap())
    }

    /// Ends as a process that is killed while it reads.
    fn die_reading(dir: &Path) {
        let (id, url) = source();
        std::mem::forget(open(dir).begin(&id, &url));
    }

    #[test]
    fn crashes_in_a_row_are_counted_and_a_good_reading_forgives_them() {
        let folder = tempfile::tempdir().unwrap();
        let (id, url) = source();
        for n in 1..=3 {
            die_reading(folder.path());
            assert_eq!(open(folder.path()).crashes(&id, &url), n);
        }
        let elsewhere = WebUrl::parse("http://paper.example/other").unwrap();
        assert_eq!(open(folder.path()).crashes(&id, &elsewhere), 0);
        let marks = open(folder.path());
        drop(marks.begin(&id, &url));
        marks.survived(&id, &url);
        assert_eq!(marks.crashes(&id, &url), 0);
        assert_eq!(open(folder.path()).crashes(&id, &url), 0);
    }

    #[test]
    fn a_stop_is_no_crash() {
        let folder = tempfile::tempdir().unwrap();
        let (id, url) = source();
        let marks = open(folder.path());
        std::mem::forget(marks.begin(&id, &url));
        marks.give_up();
        assert_eq!(open(folder.path()).crashes(&id, &url), 0);
    }

    #[test]
    fn more_readings_than_marks_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let (id, url) = source();
        let marks = open(folder.path());
        let many: Vec<ReadingGuard> = (0..MAX_MARKS + 5).map(|_| marks.begin(&id, &url)).collect();
        drop(many);
        assert_eq!(open(folder.path()).crashes(&id, &url), 0);
    }

    #[test]
    fn files_that_are_not_ours_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("reading"), [0xff; 5000]).unwrap();
        fs::write(folder.path().join("crashes"), "x\n\n9 9").unwrap();
        let (id, url) = source();
        assert_eq!(open(folder.path()).crashes(&id, &url), 0);
    }
}
