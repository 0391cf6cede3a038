//! Room on the disk: a reserve for bad times, and whether there is more.
//!
//! sled writes when it opens a database, so that a store on a full disk could
//! not be opened, though all of it is there. Therefore a file of some megabytes
//! is kept for that. While the disk is full it is spent piece by piece, so that
//! many starts can be paid from it, and it is filled again as soon as it can be.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::store::error::StoreError;

/// Name of the file that is the reserve.
pub(in crate::store) const RESERVE_FILE: &str = "reserve";

/// Size of the reserve, in bytes: kept for opening databases while the disk is full.
const RESERVE_BYTES: u64 = 12 << 20;

/// Bytes of it that are spent at once: a segment of sled's log, 512 KiB, for the ledger, an empty journal, and
/// change.
const SPEND_BYTES: u64 = 2 << 20;

/// Bytes that have to fit besides the reserve before commits are written again.
const MIN_FREE_BYTES: usize = 4 << 20;

/// Fills the reserve.
///
/// # Errors
///
/// If the disk refuses; what fitted stays.
pub(in crate::store) fn keep_reserve(dir: &Path) -> Result<(), StoreError> {
    let top_up = || {
        let path = dir.join(RESERVE_FILE);
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let missing = RESERVE_BYTES.saturating_sub(file.seek(SeekFrom::End(0))?);
        // The bytes are written, as a hole would promise nothing.
        let zeros = [0; 64 << 10];
        for start in (0..missing).step_by(zeros.len()) {
            let left = usize::try_from(missing - start).unwrap_or(usize::MAX);
            file.write_all(&zeros[..left.min(zeros.len())])?;
        }
        match missing {
            0 => Ok(()),
            _ => file.sync_all(),
        }
    };
    top_up().map_err(|error| failed(dir, error))
}

/// Shortens the reserve by [`SPEND_BYTES`]; returns `false` if nothing was left of it.
pub(in crate::store) fn spend(dir: &Path) -> bool {
    let shorten = || {
        let file = OpenOptions::new()
            .write(true)
            .open(dir.join(RESERVE_FILE))?;
        let length = file.metadata()?.len();
        file.set_len(length.saturating_sub(SPEND_BYTES))?;
        // Blocks are free only once the journal of the file system says so.
        file.sync_all()?;
        Ok(length > 0)
    };
    shorten().unwrap_or_else(|error: io::Error| {
        if error.kind() != io::ErrorKind::NotFound {
            tracing::warn!("cannot spend the reserve of the store: {error}");
        }
        false
    })
}

/// Fills the reserve, and tries whether [`MIN_FREE_BYTES`] fit besides.
///
/// # Errors
///
/// [`StoreError::Full`] if not.
pub(in crate::store) fn check(dir: &Path) -> Result<(), StoreError> {
    keep_reserve(dir)?;
    let path = dir.join("room");
    let tried = fill(&path, MIN_FREE_BYTES);
    let removed = fs::remove_file(&path);
    tried.and(removed).map_err(|error| failed(dir, error))
}

/// Writes a file of zeros; one that does not fit whole is removed.
fn fill(path: &Path, size: usize) -> io::Result<()> {
    let try_all = || {
        let mut file = File::create(path)?;
        file.write_all(&vec![0; size])?;
        file.sync_all()
    };
    try_all().inspect_err(|_| drop(fs::remove_file(path)))
}

/// Wraps an error of writing.
fn failed(dir: &Path, error: io::Error) -> StoreError {
    StoreError::io(format!("write to {}", dir.display()), error)
}
