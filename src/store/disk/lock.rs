//! Who may use the folder of a store: one process, and no release that is older
//! than the one that wrote it.
//!
//! The layout is named in a plain file, not in the ledger, because sled writes
//! to a database when it only opens it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{migrate, reserve};
use crate::store::error::StoreError;
use crate::store::journal;

/// The layout that this release reads and writes; what it does with earlier ones
/// stands in `migrate`.
pub(in crate::store) const LAYOUT: u32 = 5;

/// What stands there while a store is being restored.
const UNFINISHED: &str = "unfinished";

/// The first layout whose name is followed by a hash of it, so that a flipped bit is
/// told from a newer release.
const FIRST_WITH_HASH: u32 = 5;

/// Bytes of what stands there without a hash, `4 to 5`, at most.
const LONGEST_WITHOUT_HASH: usize = 8;

/// The first layout with a journal.
const FIRST_WITH_JOURNAL: u32 = 2;

/// Names the layout of the store.
const LAYOUT_FILE: &str = "layout";

/// Makes the folder if it is not there and takes it for this process, until the
/// returned file is closed.
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

/// Brings an earlier layout to ours; on a full disk the reserve pays for it.
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

/// Takes a folder that is empty, or not there, for a store that is about to be
/// made. Until [`finish`] nobody opens it.
pub(in crate::store) fn claim_empty(dir: &Path) -> Result<File, StoreError> {
    let doing = |error| StoreError::io(format!("make the folder {}", dir.display()), error);
    fs::create_dir_all(dir).map_err(doing)?;
    if fs::read_dir(dir).map_err(doing)?.next().is_some() {
        return Err(StoreError::NotEmpty(dir.to_owned()));
    }
    write_layout(dir, UNFINISHED).map_err(doing)?;
    lock(dir)
}

/// The store in this folder is whole now, and has this layout.
pub(in crate::store) fn finish(dir: &Path, layout: u32) -> Result<(), StoreError> {
    set(dir, &layout.to_string())
}

/// What stands there while a step from a layout to the next is under way.
pub(in crate::store) fn under_way(from: u32) -> String {
    format!("{from} to {}", from + 1)
}

/// Writes down the layout; it lasts when this returns.
pub(in crate::store) fn set(dir: &Path, layout: &str) -> Result<(), StoreError> {
    let is_bare = |bare: u32| layout == bare.to_string() || layout == under_way(bare);
    let text = match (1..FIRST_WITH_HASH).any(is_bare) {
        true => layout.to_owned(),
        false => with_hash(layout),
    };
    write_layout(dir, &text)
        .map_err(|error| StoreError::io(format!("write to {}", dir.display()), error))
}

/// Whether there is a store in this folder.
pub(in crate::store) fn is_there(dir: &Path) -> bool {
    dir.join(LAYOUT_FILE).exists()
}

/// The layout that is written down, or that of the step that was cut off; `None`
/// if there is none yet, an error if it is none up to `known`.
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
        let is_said = |said: String| match *layout < FIRST_WITH_HASH {
            true => found == said,
            false => is_nearly(&bytes, &with_hash(&said)),
        };
        is_said(layout.to_string()) || *layout < known && is_said(under_way(*layout))
    };
    if let Some(layout) = (1..=known).find(is_ours) {
        return Ok(Some(layout));
    }
    if found.len() > LONGEST_WITHOUT_HASH {
        return Err(StoreError::NewerLayout {
            dir: dir.to_owned(),
            found: found.chars().take(40).collect(),
            known,
        });
    }
    // There was no hash yet; what these layouts hold is read as it is.
    let has_journal = dir.join(journal::NAME).exists();
    let layout = if has_journal { FIRST_WITH_JOURNAL } else { 1 };
    tracing::warn!(
        "{} is damaged, and is set right: it says `{found}`",
        path.display()
    );
    Ok(Some(layout))
}

/// What stands in the file: the layout, and a hash of that.
fn with_hash(said: &str) -> String {
    let hash = blake3::hash(format!("gazetted store, layout {said}").as_bytes());
    format!("{said} {}", &hash.to_hex()[..12])
}

/// Whether a file says this, but for two bits.
fn is_nearly(file: &[u8], said: &str) -> bool {
    let line = format!("{said}\n");
    let pairs = file.iter().zip(line.as_bytes());
    let bits = pairs.map(|(a, b)| (a ^ b).count_ones());
    file.len() == line.len() && bits.sum::<u32>() <= 2
}

/// How long one who leaves the store may take: a process that was just forked
/// holds the locks of its parent until it becomes another program.
const LEAVING: Duration = Duration::from_millis(300);

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let doing = || format!("lock {}", path.display());
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::io(doing(), error))?;
    let deadline = Instant::now() + LEAVING;
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

/// Whole or not at all.
fn write_layout(dir: &Path, layout: &str) -> io::Result<()> {
    let draft = dir.join("layout.new");
    let mut file = File::create(&draft)?;
    writeln!(file, "{layout}")?;
    file.sync_all()?;
    fs::rename(draft, dir.join(LAYOUT_FILE))?;
    File::open(dir)?.sync_all()
}

/// Bytes of all files below `dir` but the reserve; what cannot be looked at counts
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
        fs::write(dir.join(journal::NAME), []).unwrap();
        for damaged in ["5", "t", "$", "", "3 to t"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(found_in(dir, LAYOUT).unwrap(), Some(2), "{damaged}");
        }
    }

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
