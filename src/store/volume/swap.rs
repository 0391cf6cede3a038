//! Folders that are on their way while a volume is written anew, and ending what a
//! crash has cut off of that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::DICTIONARY_FILE;
use crate::store::codec::period::Period;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::{BlockCache, Table};

/// After the name of a volume: what is to take its place.
const DRAFT: &str = ".dense";

/// After the name of one whose place was taken, until it is removed.
const REPLACED: &str = ".replaced";

/// A file in a volume that is kept when another has taken its place.
pub(in crate::store) const KEPT: &str = "kept";

/// Where the folder is made that takes the place of a volume.
pub(in crate::store) fn draft(volumes: &Path, period: Period) -> PathBuf {
    volumes.join(format!("{period}{DRAFT}"))
}

/// Where a volume is that another has taken the place of.
pub(in crate::store) fn replaced(volumes: &Path, period: Period) -> PathBuf {
    volumes.join(format!("{period}{REPLACED}"))
}

/// Ends what was cut off: the old volume is put back, or cleared away if there is
/// another in its place.
pub(in crate::store) fn finish(volumes: &Path, now: Timestamp) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(format!("read {}", volumes.display()), error);
    for (old, place) in folders(volumes, REPLACED).map_err(failed)? {
        match place.exists() {
            true => clear(&old, &place, now)?,
            false => fs::rename(&old, place).map_err(failed)?,
        }
    }
    for (draft, _) in folders(volumes, DRAFT).map_err(failed)? {
        remove(&draft)?;
    }
    Ok(())
}

/// Removes a volume whose place another has; keeps it if it was to be kept, or if what
/// is there is none that was written anew, which has a table.
pub(in crate::store) fn clear(old: &Path, place: &Path, now: Timestamp) -> Result<(), StoreError> {
    let tables = Table::numbers(place)
        .map_err(|error| StoreError::io(format!("read {}", place.display()), error))?;
    match old.join(KEPT).exists() || tables.is_empty() {
        true => quarantine::keep(old, place, now).map(drop),
        false => remove(old),
    }
}

pub(in crate::store) fn remove(dir: &Path) -> Result<(), StoreError> {
    fs::remove_dir_all(dir)
        .map_err(|error| StoreError::io(format!("remove {}", dir.display()), error))
}

/// Makes a folder with the tables of a volume that is damaged, and what it takes to read
/// them; `false` if none of them can be opened.
pub(super) fn take_tables(
    from: &Path,
    to: &Path,
    blocks: &Arc<BlockCache>,
) -> Result<bool, StoreError> {
    let failed = |error| StoreError::io(format!("write to {}", to.display()), error);
    let numbers = match from.is_dir() {
        true => Table::numbers(from).map_err(failed)?,
        false => Vec::new(),
    };
    let name: Arc<str> = "a damaged volume".into();
    let is_sound = |number: &u32| Table::open(from, *number, &name, blocks).is_ok();
    let sound: Vec<u32> = numbers.into_iter().filter(is_sound).collect();
    if sound.is_empty() {
        return Ok(false);
    }
    fs::create_dir_all(to).map_err(failed)?;
    let tables = sound.into_iter().map(Table::file_name);
    for file in tables.chain([DICTIONARY_FILE.to_owned()]) {
        if from.join(&file).exists() {
            link(&from.join(&file), &to.join(&file)).map_err(failed)?;
        }
    }
    Ok(true)
}

/// The same file under a second name, or a copy where a file system knows none.
pub(in crate::store) fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()
}

/// Folders with this suffix, and the volumes they belong to.
fn folders(volumes: &Path, suffix: &str) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(volumes)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let period = name.strip_suffix(suffix);
        if let Some(period) = period.filter(|name| name.parse::<Period>().is_ok()) {
            let place = volumes.join(period);
            found.push((path, place));
        }
    }
    Ok(found)
}
