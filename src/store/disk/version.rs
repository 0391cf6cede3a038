//! The layout of a store: which one its folder has, and the files whose names belong to it.
//!
//! The layout is named in a plain file, not in the ledger, because sled writes
//! to a database when it only opens it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::store::error::StoreError;

/// Layout that this release reads and writes; `migrate` brings up earlier ones.
pub(in crate::store) const LAYOUT: u32 = 6;

/// Text of the file while a store is being restored.
pub(super) const UNFINISHED: &str = "unfinished";

/// First layout whose text is followed by a hash, so that a flipped bit is told from a newer release.
const FIRST_HASHED_LAYOUT: u32 = 5;

/// Longest text, in bytes, that may be one without a hash, such as `4 to 5`.
const MAX_UNHASHED_BYTES: usize = 8;

/// First layout with a journal.
const FIRST_JOURNAL_LAYOUT: u32 = 2;

/// Name of the file that names the layout.
const LAYOUT_FILE: &str = "layout";

/// Name of the journal.
pub(in crate::store) const JOURNAL_FILE: &str = "journal";

/// Least length of the journal, in bytes: nearly all frames begin below `journal::SEGMENT_BYTES`, and few are
/// longer than the rest.
pub(in crate::store) const JOURNAL_MIN_BYTES: u64 = 12 << 20;

/// Marks the store as whole, with this layout.
pub(in crate::store) fn finish(dir: &Path, layout: u32) -> Result<(), StoreError> {
    set(dir, &layout.to_string())
}

/// Returns the text while the step from a layout to the next is under way.
pub(in crate::store) fn under_way(from: u32) -> String {
    format!("{from} to {}", from + 1)
}

/// Writes the layout, with a hash from [`FIRST_HASHED_LAYOUT`] on; durable when it returns.
pub(in crate::store) fn set(dir: &Path, layout: &str) -> Result<(), StoreError> {
    let is_bare = |bare: u32| layout == bare.to_string() || layout == under_way(bare);
    let text = match (1..FIRST_HASHED_LAYOUT).any(is_bare) {
        true => layout.to_owned(),
        false => with_hash(layout),
    };
    write_layout(dir, &text)
        .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))
}

/// Returns whether there is a store in this folder.
pub(in crate::store) fn is_there(dir: &Path) -> bool {
    dir.join(LAYOUT_FILE).exists()
}

/// Removes what a restore has put into `dir`; the mark that it is not finished goes last.
pub(in crate::store) fn clear(dir: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(format!("empty {}", dir.display()), error);
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let done = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.ends_with(LAYOUT_FILE) => Ok(()),
            false => fs::remove_file(&path),
        };
        done.map_err(failed)?;
    }
    fs::remove_file(dir.join(LAYOUT_FILE)).map_err(failed)
}

/// Reads the layout, or that of the step that was cut off; `None` if there is none yet.
///
/// Two flipped bits of a text with a hash do no harm. A text that is no layout, of a time without
/// hashes, counts as the earliest it can be.
///
/// # Errors
///
/// [`StoreError::Unfinished`], [`StoreError::NewerLayout`] if it is none up to `known`, and those of
/// the disk.
pub(in crate::store) fn found_in(dir: &Path, known: u32) -> Result<Option<u32>, StoreError> {
    let path = dir.join(LAYOUT_FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io(format!("read {}", path.display()), error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let found = text.trim();
    if is_nearly(&bytes, UNFINISHED) {
        return Err(StoreError::Unfinished(dir.to_owned()));
    }
    let is_ours = |layout: &u32| {
        let is_said = |said: String| match *layout < FIRST_HASHED_LAYOUT {
            true => found == said,
            false => is_nearly(&bytes, &with_hash(&said)),
        };
        is_said(layout.to_string()) || *layout < known && is_said(under_way(*layout))
    };
    if let Some(layout) = (1..=known).find(is_ours) {
        return Ok(Some(layout));
    }
    if found.len() > MAX_UNHASHED_BYTES {
        return Err(StoreError::NewerLayout {
            dir: dir.to_owned(),
            found: found.chars().take(40).collect(),
            known,
        });
    }
    // There was no hash yet; what these layouts hold is read as it is.
    let has_journal = dir.join(JOURNAL_FILE).exists();
    let layout = if has_journal { FIRST_JOURNAL_LAYOUT } else { 1 };
    tracing::warn!(
        "{} is damaged, and is set right: it says `{found}`",
        path.display()
    );
    Ok(Some(layout))
}

/// Marks a store whose records turned out to be of no use as never finished.
///
/// # Errors
///
/// If the disk refuses.
pub(in crate::store) fn unfinish(dir: &Path) -> Result<(), StoreError> {
    write_layout(dir, UNFINISHED)
        .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))
}

/// Returns the text of a layout with its hash.
fn with_hash(said: &str) -> String {
    let hash = blake3::hash(format!("gazetted store, layout {said}").as_bytes());
    format!("{said} {}", &hash.to_hex()[..12])
}

/// Returns whether a file has this text, but for two bits.
fn is_nearly(file: &[u8], said: &str) -> bool {
    let line = format!("{said}\n");
    let pairs = file.iter().zip(line.as_bytes());
    let bits = pairs.map(|(a, b)| (a ^ b).count_ones());
    file.len() == line.len() && bits.sum::<u32>() <= 2
}

/// Replaces the file as a whole, durably.
pub(super) fn write_layout(dir: &Path, layout: &str) -> io::Result<()> {
    let draft = dir.join("layout.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{layout}")?;
    file.sync_all()?;
    fs::rename(draft, dir.join(LAYOUT_FILE))?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_is_no_newer_release() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let path = dir.join(LAYOUT_FILE);
        for layout in [LAYOUT, LAYOUT + 1] {
            set(dir, &layout.to_string()).unwrap();
            let sound = fs::read(&path).unwrap();
            for at in 0..sound.len() * 8 {
                let mut bytes = sound.clone();
                bytes[at / 8] ^= 1 << (at % 8);
                fs::write(&path, bytes).unwrap();
                let found = found_in(dir, LAYOUT);
                match layout {
                    LAYOUT => assert!(matches!(found, Ok(Some(LAYOUT))), "{at}: {found:?}"),
                    _ => assert!(found.is_err(), "{at}: {found:?}"),
                }
            }
        }
        // Of a layout that had no hash; with a journal it is not the first.
        fs::write(dir.join(JOURNAL_FILE), []).unwrap();
        for damaged in ["5", "t", "$", "", "3 to t"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(found_in(dir, LAYOUT).unwrap(), Some(2), "{damaged}");
        }
    }
}
