//! Lock of a store's folder: for one process, and no release that is older than the one
//! that wrote it.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::version::{LAYOUT, UNFINISHED, found_in, set, write_layout};
use super::{migrate, reserve};
use crate::store::error::StoreError;

/// Makes the folder if it is not there, locks it for this process until the returned file is closed,
/// and brings its layout up.
///
/// # Errors
///
/// [`StoreError::AlreadyOpen`], [`StoreError::NewerLayout`], [`StoreError::Unfinished`], and those of
/// the disk.
pub(in crate::store) fn claim(dir: &Path) -> Result<File, StoreError> {
    found_in(dir, LAYOUT)?;
    fs::create_dir_all(dir)
        .map_err(|error| StoreError::io(format!("make the folder {}", dir.display()), error))?;
    let lock = lock(dir)?;
    // Once more, in case the previous owner was an upgrade that we waited out.
    match found_in(dir, LAYOUT)? {
        Some(LAYOUT) => {}
        Some(earlier) => bring_up(dir, earlier)?,
        None => set(dir, &LAYOUT.to_string())?,
    }
    Ok(lock)
}

/// Migrates an earlier layout; on a full disk the reserve pays for it.
fn bring_up(dir: &Path, mut earlier: u32) -> Result<(), StoreError> {
    loop {
        match migrate::bring_up(dir, earlier) {
            Err(StoreError::Full) if reserve::spend(dir) => {
                earlier = found_in(dir, LAYOUT)?.unwrap_or(earlier);
            }
            brought => return brought,
        }
    }
}

/// Locks a folder that is empty, or not there, for a store that is about to be made. Until
/// [`super::version::finish`] nobody opens it.
///
/// # Errors
///
/// [`StoreError::NotEmpty`], and those of the disk.
pub(in crate::store) fn claim_empty(dir: &Path) -> Result<File, StoreError> {
    let doing = |error| StoreError::io(format!("make the folder {}", dir.display()), error);
    fs::create_dir_all(dir).map_err(doing)?;
    if fs::read_dir(dir).map_err(doing)?.next().is_some() {
        return Err(StoreError::NotEmpty(dir.to_owned()));
    }
    write_layout(dir, UNFINISHED).map_err(doing)?;
    lock(dir)
}

/// Name of the file that is locked.
const LOCK_FILE: &str = "lock";

/// Returns whether `dir` still holds the file that is locked: not if the folder was removed, or another
/// one put in its place. A disk that does not answer proves nothing.
pub(in crate::store) fn is_in_place(dir: &Path, lock: &File) -> bool {
    let identity = |about: fs::Metadata| (about.dev(), about.ino());
    let found = match fs::metadata(dir.join(LOCK_FILE)) {
        Ok(found) => identity(found),
        Err(error) => return error.kind() != ErrorKind::NotFound,
    };
    lock.metadata()
        .map(identity)
        .is_ok_and(|held| held == found)
}

/// Time that one who leaves the store may take: a process that was just forked holds the locks of its
/// parent until it becomes another program.
const LOCK_WAIT: Duration = Duration::from_millis(300);

/// Takes the lock, waiting at most [`LOCK_WAIT`].
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK_FILE);
    let doing = || format!("lock {}", path.display());
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::io(doing(), error))?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(StoreError::AlreadyOpen(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(StoreError::io(doing(), error)),
        }
    }
}

/// Returns the bytes of disk of all files below `dir` but the reserve; what cannot be looked at counts
/// as nothing.
pub(in crate::store) fn size(dir: &Path) -> u64 {
    let mut folders = vec![dir.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(_) if entry.file_name() == reserve::RESERVE_FILE => {}
                // Holes take no room.
                Ok(about) => bytes += about.len().min(about.blocks() * 512),
                Err(_) => {}
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_being_let_go_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path()).unwrap();
        let refused = lock(dir.path()).unwrap_err();
        assert!(matches!(refused, StoreError::AlreadyOpen(_)), "{refused}");
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                tell.send(()).unwrap();
                lock(dir.path())
            });
            told.recv().unwrap();
            drop(held);
            waiting.join().unwrap().unwrap();
        });
    }
}
