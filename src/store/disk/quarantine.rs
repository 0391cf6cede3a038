//! Moving aside what is damaged: renamed with a date, never deleted.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::damage::Damage;
use crate::store::error::StoreError;

/// Separator between the old name and the date, of damaged things.
pub(in crate::store) const DAMAGED_SUFFIX: &str = ".damaged-";

/// Separator of things that were mended: another has taken their place.
const MENDED_SUFFIX: &str = ".mended-";

/// Renames a damaged `path`: `volume.damaged-20261129T120000Z`; returns the new name.
pub(in crate::store) fn move_aside(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    rename(path, &name, DAMAGED_SUFFIX, now)
}

/// Copies a damaged `path` to such a name, and leaves it where it is.
pub(in crate::store) fn copy_aside(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = free_name(path.parent().unwrap_or(path), &name, DAMAGED_SUFFIX, now);
    fs::copy(path, &new)
        .map_err(|error| StoreError::io(format!("copy {}", path.display()), error))?;
    Ok(new)
}

/// Renames what stood at `place` before that was mended; nothing is missing for it.
pub(in crate::store) fn keep(
    path: &Path,
    place: &Path,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    rename(path, &name, MENDED_SUFFIX, now)
}

/// Renames `path` to a free name with mark and date.
fn rename(path: &Path, name: &str, mark: &str, now: Timestamp) -> Result<PathBuf, StoreError> {
    let new = free_name(path.parent().unwrap_or(path), name, mark, now);
    fs::rename(path, &new)
        .map_err(|error| StoreError::io(format!("rename {}", path.display()), error))?;
    Ok(new)
}

/// Leaves a note beside a thing that lost something but goes on; returns its path.
pub(in crate::store) fn note(
    dir: &Path,
    name: &str,
    now: Timestamp,
    text: &str,
) -> Result<PathBuf, StoreError> {
    let new = free_name(dir, name, DAMAGED_SUFFIX, now);
    fs::write(&new, format!("{text}\n"))
        .map_err(|error| StoreError::io(format!("write {}", new.display()), error))?;
    Ok(new)
}

/// Returns a name with mark and date, and a number if that is taken.
pub(in crate::store) fn free_name(dir: &Path, name: &str, mark: &str, now: Timestamp) -> PathBuf {
    let date = now.strftime("%Y%m%dT%H%M%SZ");
    (1..)
        .map(|count| match count {
            1 => dir.join(format!("{name}{mark}{date}")),
            _ => dir.join(format!("{name}{mark}{date}-{count}")),
        })
        .find(|new| !new.exists())
        .expect("there is always another number")
}

/// Returns the original name of a damaged thing that was moved aside; `None` if `name` is none.
pub(in crate::store) fn original(name: &str) -> Option<&str> {
    name.split_once(DAMAGED_SUFFIX)
        .map(|(original, _)| original)
}

/// Makes the damage to report for a thing that an earlier run moved aside.
pub(in crate::store) fn found(what: String, kept: PathBuf) -> Damage {
    let why = "an earlier run found it damaged".to_owned();
    Damage::MovedAside { what, kept, why }
}

/// Returns the paths of the things in `dir` that earlier runs moved aside and that were called `name`.
pub(in crate::store) fn earlier(dir: &Path, name: &str) -> Result<Vec<PathBuf>, StoreError> {
    let doing = |error| StoreError::io(format!("read {}", dir.display()), error);
    let mut kept = Vec::new();
    for entry in fs::read_dir(dir).map_err(doing)? {
        let entry = entry.map_err(doing)?;
        if original(&entry.file_name().to_string_lossy()) == Some(name) {
            kept.push(entry.path());
        }
    }
    Ok(kept)
}
