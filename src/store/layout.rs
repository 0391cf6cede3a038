//! Who may use the folder of a store: one process, and no release that is older
//! than the one that wrote it.
//!
//! The layout is named in a plain file, not in the ledger, because sled writes
//! to a database when it only opens it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use super::error::StoreError;

/// The layout that this release reads and writes.
const LAYOUT: u32 = 1;

/// Makes the folder if it is not there and takes it for this process, until the
/// returned file is closed.
pub(super) fn claim(dir: &Path) -> Result<File, StoreError> {
    check_layout(dir)?;
    fs::create_dir_all(dir)
        .map_err(|error| StoreError::io(format!("make the folder {}", dir.display()), error))?;
    let path = dir.join("lock");
    let doing = || format!("lock {}", path.display());
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::io(doing(), error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::AlreadyOpen(dir.to_owned())),
        Err(TryLockError::Error(error)) => return Err(StoreError::io(doing(), error)),
    }
    // Once more, in case the previous owner was an upgrade that we waited out.
    if !check_layout(dir)? {
        write_layout(dir)
            .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))?;
    }
    Ok(lock)
}

/// Whether the layout is written down; an error if it is not ours.
fn check_layout(dir: &Path) -> Result<bool, StoreError> {
    let path = dir.join("layout");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::io(format!("read {}", path.display()), error)),
    };
    let found = text.trim();
    match found.parse::<u32>() {
        Ok(LAYOUT) => Ok(true),
        _ => Err(StoreError::NewerLayout {
            dir: dir.to_owned(),
            found: found.chars().take(40).collect(),
            known: LAYOUT,
        }),
    }
}

/// Whole or not at all.
fn write_layout(dir: &Path) -> io::Result<()> {
    let draft = dir.join("layout.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{LAYOUT}")?;
    file.sync_all()?;
    fs::rename(draft, dir.join("layout"))?;
    File::open(dir)?.sync_all()
}

/// Bytes of all files below `dir`; what cannot be looked at counts as nothing.
pub(super) fn size(dir: &Path) -> u64 {
    let mut folders = vec![dir.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => bytes += about.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
