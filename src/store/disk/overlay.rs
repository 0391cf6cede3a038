//! A store that cannot be written, or is not to be, read through a copy of what opening it
//! may change: the ledger, the journal, volumes of an earlier layout.
//!
//! Tables never change, so the copy leads to them by links. It lies in the folder for
//! temporary files and goes with the process that reads it.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;

/// Names of files that say nothing of what is stored, or are made anew.
const LEFT_OUT: &[&str] = &["lock", "control", "reserve", "room", "ledger.new"];

/// Copy of a store, with the shared lock that keeps writers from the original; removed when dropped.
pub(in crate::store) struct Overlay {
    /// Folder of the copy.
    pub(in crate::store) dir: PathBuf,
    /// Whether the original could not be written.
    pub(in crate::store) is_read_only: bool,
    /// Lock of the original, if it has one.
    _lock: Option<File>,
}

impl Overlay {
    /// Copies the store in `dir`; tables by symbolic links.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyOpen`] if somebody writes to it, and those of the disk.
    pub(in crate::store) fn of(dir: &Path, is_read_only: bool) -> Result<Overlay, StoreError> {
        let failed = |error| StoreError::io(format!("copy {}", dir.display()), error);
        let lock = match File::open(dir.join("lock")) {
            Ok(lock) => Some(lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        match lock.as_ref().map(File::try_lock_shared) {
            Some(Err(TryLockError::WouldBlock)) => {
                return Err(StoreError::AlreadyOpen(dir.to_owned()));
            }
            Some(Err(TryLockError::Error(error))) => return Err(failed(error)),
            Some(Ok(())) | None => {}
        }
        let overlay = Overlay {
            dir: temporary_folder().map_err(failed)?,
            is_read_only,
            _lock: lock,
        };
        let original = dir.canonicalize().map_err(failed)?;
        copy(&original, &overlay.dir).map_err(failed)?;
        Ok(overlay)
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// Makes a folder that nobody else has, or may look into.
fn temporary_folder() -> io::Result<PathBuf> {
    let all = std::env::temp_dir();
    let mut nth = 0;
    loop {
        let dir = all.join(format!("gazetted-{}-{nth}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => nth += 1,
            made => return made.map(|()| dir),
        }
    }
}

/// Copies a folder; of things that were moved aside only the names.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let target = to.join(&name);
        let name = name.to_string_lossy();
        if LEFT_OUT.contains(&&*name) || name.contains(".mended-") {
            continue;
        }
        if name.contains(".damaged-") {
            // That it is there is told.
            File::create(target)?;
        } else if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy(&path, &target)?;
        } else if name.ends_with(".table") {
            symlink(path, target)?;
        } else if entry.file_type()?.is_file() {
            io::copy(&mut File::open(path)?, &mut File::create(target)?)?;
        }
    }
    Ok(())
}
