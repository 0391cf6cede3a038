//! Room on the disk: a reserve for bad times, and whether there is more.
//!
//! sled writes when it opens a database, so that a store on a full disk could
//! not be opened, though all of it is there. Therefore a file of some megabytes
//! is kept for that: it is given up when the disk is full, and made again before
//! the next commit is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::error::StoreError;

/// The name of the reserve.
pub(super) const RESERVE_FILE: &str = "reserve";

/// What is kept for opening databases while the disk is full.
const RESERVE: usize = 8 << 20;

/// What has to fit besides before commits are written again.
const ROOM: usize = 4 << 20;

/// Makes the reserve, if it is not there.
pub(super) fn keep_reserve(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(RESERVE_FILE);
    let is_there = fs::metadata(&path).is_ok_and(|about| about.len() == RESERVE as u64);
    match is_there {
        true => Ok(()),
        false => fill(&path, RESERVE).map_err(|error| failed(dir, error)),
    }
}

/// Gives the reserve up.
pub(super) fn give_up_reserve(dir: &Path) {
    match fs::remove_file(dir.join(RESERVE_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("cannot give up the reserve of the store: {error}");
        }
        _ => {}
    }
}

/// Fails unless the reserve is there and something more can be written.
pub(super) fn check(dir: &Path) -> Result<(), StoreError> {
    keep_reserve(dir)?;
    let path = dir.join("room");
    let tried = fill(&path, ROOM);
    let removed = fs::remove_file(&path);
    tried.and(removed).map_err(|error| failed(dir, error))
}

/// The bytes are written, as a hole would promise nothing. What does not fit
/// whole is removed.
fn fill(path: &Path, size: usize) -> io::Result<()> {
    let try_all = || {
        let mut file = File::create(path)?;
        file.write_all(&vec![0; size])?;
        file.sync_all()
    };
    try_all().inspect_err(|_| drop(fs::remove_file(path)))
}

fn failed(dir: &Path, error: io::Error) -> StoreError {
    StoreError::io(format!("write to {}", dir.display()), error)
}
