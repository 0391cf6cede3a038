//! Folders that are on their way while a volume is written anew, and ending what a
//! crash has cut off of that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::manifest::Manifest;
use super::{DICTIONARY, DICTIONARY_FILE};
use crate::store::codec::period::Period;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::{BlockCache, Table};

/// Suffix of the folder that is to take the place of a volume.
const DRAFT_SUFFIX: &str = ".dense";

/// Suffix of a volume whose place was taken, until it is removed.
const REPLACED_SUFFIX: &str = ".replaced";

/// Name of a file in a volume that is to be kept when another has taken its place.
pub(in crate::store) const KEPT_FILE: &str = "kept";

/// Returns the folder in which the replacement of a volume is made.
pub(super) fn draft(volumes: &Path, period: Period) -> PathBuf {
    volumes.join(format!("{period}{DRAFT_SUFFIX}"))
}

/// Returns the folder of a volume whose place was taken.
pub(super) fn replaced(volumes: &Path, period: Period) -> PathBuf {
    volumes.join(format!("{period}{REPLACED_SUFFIX}"))
}

/// Ends swaps that were cut off: the old volume is put back, or cleared away if there is another in its
/// place. Half-made replacements are removed.
pub(super) fn finish(volumes: &Path, now: Timestamp) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(format!("read {}", volumes.display()), error);
    for (old, place) in folders(volumes, REPLACED_SUFFIX).map_err(failed)? {
        match place.exists() {
            true => clear(&old, &place, now)?,
            false => fs::rename(&old, place).map_err(failed)?,
        }
    }
    for (draft, _) in folders(volumes, DRAFT_SUFFIX).map_err(failed)? {
        remove(&draft)?;
    }
    Ok(())
}

/// Removes a volume whose place another has. Keeps it under the name of a mended one if it has
/// [`KEPT_FILE`], or if the other has no table, and so was not written by a compaction.
pub(super) fn clear(old: &Path, place: &Path, now: Timestamp) -> Result<(), StoreError> {
    let tables = Table::numbers(place)
        .map_err(|error| StoreError::io(format!("read {}", place.display()), error))?;
    match old.join(KEPT_FILE).exists() || tables.is_empty() {
        true => quarantine::keep(old, place, now).map(drop),
        false => remove(old),
    }
}

/// Removes a folder.
pub(super) fn remove(dir: &Path) -> Result<(), StoreError> {
    fs::remove_dir_all(dir)
        .map_err(|error| StoreError::io(format!("remove {}", dir.display()), error))
}

/// Makes the folder `to` with links to the sound tables of a damaged volume and to its dictionary, and a
/// manifest of them; returns `false`, and makes nothing, if no table can be opened.
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
    let tables = sound.iter().copied().map(Table::file_name);
    for file in tables.chain([DICTIONARY_FILE.to_owned()]) {
        if from.join(&file).exists() {
            link(&from.join(&file), &to.join(&file)).map_err(failed)?;
        }
    }
    let mut manifest = Manifest::default();
    manifest.set_tables(sound.into_iter());
    if let Ok(dictionary) = fs::read(to.join(DICTIONARY_FILE)) {
        manifest.meta.insert(DICTIONARY.into(), dictionary.into());
    }
    manifest.write(to).map_err(failed)?;
    Ok(true)
}

/// Returns the folders with this suffix, each with the path of its volume.
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

/// Makes a hard link, or a copy where the file system knows none.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()
}
