//! Opening one sled database, with what that needs.
//!
//! sled panics on some damage instead of failing and takes some for an empty
//! database, holds its lock for a moment after it was dropped, and would take
//! 1 GiB of memory if it were not told.

use std::fs::{self, File};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use super::damage::DamageLog;
use super::fsync;
use crate::store::error::StoreError;

/// Attempts to open a database whose lock the previous owner is about to let go.
///
/// The whole store is locked by this process, so that can only be its own threads.
const LOCK_ATTEMPTS: u32 = 200;

/// Pause between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Name of the file beside sled's which says that all trees were on the disk once.
const MADE_FILE: &str = "made";

/// Name of the tree that every database of sled has; nothing of ours is in it.
const SLED_DEFAULT_TREE: &str = "__sled__default";

/// Opens the database in `dir` with its trees, making what is not there.
///
/// `what` is its name for people. A damaged snapshot is set aside, as sled makes it anew from the log,
/// and told to `damage`.
///
/// # Errors
///
/// [`StoreError::Damaged`] if sled fails or panics, or has lost a tree; [`StoreError::Io`] if the disk
/// refuses, or the lock is not let go within two seconds.
pub(in crate::store) fn open<const N: usize>(
    dir: &Path,
    what: &str,
    cache_bytes: u64,
    names: [&str; N],
    damage: &DamageLog,
) -> Result<(sled::Db, [sled::Tree; N]), StoreError> {
    if dir.exists() && !dir.is_dir() {
        return Err(StoreError::Damaged {
            what: what.to_owned(),
            why: "there is a file in its place".to_owned(),
        });
    }
    let mark = dir.join(MADE_FILE);
    let was_made = mark.exists();
    let failed = |error| StoreError::sled(what, error);
    let db = match open_patiently(dir, what, cache_bytes) {
        // Possibly it is only the snapshot, which sled makes anew from the log.
        Err(damaged @ StoreError::Damaged { .. }) => {
            let n_renamed = set_snapshots_aside(dir)
                .map_err(|error| StoreError::io(format!("rename in {}", dir.display()), error))?;
            if n_renamed == 0 {
                return Err(damaged);
            }
            let db = open_patiently(dir, what, cache_bytes)?;
            damage.repaired(what, &damaged);
            db
        }
        other => other?,
    };
    // What a file system does not know it cannot promise either.
    let _ = fsync::make_synchronous(&dir.join("blobs"));
    let known = db.tree_names();
    if was_made
        && names
            .iter()
            .any(|name| !known.iter().any(|tree| tree == name))
    {
        return Err(StoreError::Damaged {
            what: what.to_owned(),
            why: "sled found nothing in it".to_owned(),
        });
    }
    let mut trees = Vec::with_capacity(N);
    for name in names {
        trees.push(db.open_tree(name).map_err(failed)?);
    }
    if !was_made {
        db.flush().map_err(failed)?;
        make_mark(dir, &mark)
            .map_err(|error| StoreError::io(format!("write {}", mark.display()), error))?;
    }
    let trees = trees.try_into().expect("one tree for each name");
    Ok((db, trees))
}

/// Waits for fsync of the database file in `dir`, whatever sled's flush is worth in this process.
pub(in crate::store) fn sync(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join("db");
    File::open(&path)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::io(format!("sync {}", path.display()), error))
}

/// Iterator over a tree of sled in key order. Behind a page that cannot be read it goes on from the end
/// of the tree backward, up to the last such page.
pub(in crate::store) struct SledIter {
    tree: sled::Tree,
    /// Upper bound.
    to: Bound<Vec<u8>>,
    /// Lower bound of what is left: the last key that was read.
    last: Bound<Vec<u8>>,
    /// Iterator of sled; `None` after an error.
    walk: Option<sled::Iter>,
    /// Entries behind a damaged page, last first.
    behind: Vec<(sled::IVec, sled::IVec)>,
}

impl SledIter {
    /// Iterates over all entries.
    pub(in crate::store) fn all(tree: &sled::Tree) -> SledIter {
        SledIter::range(tree, Bound::Unbounded, Bound::Unbounded)
    }

    /// Iterates over the entries within bounds.
    pub(in crate::store) fn range(
        tree: &sled::Tree,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> SledIter {
        SledIter {
            tree: tree.clone(),
            to: to.map(<[u8]>::to_vec),
            last: from.map(<[u8]>::to_vec),
            walk: Some(tree.range::<&[u8], _>((from, to))),
            behind: Vec::new(),
        }
    }

    /// Reads the entries behind a damaged page, from the end backward.
    fn turn_round(&mut self) {
        // sled repeats an error for ever.
        self.walk = None;
        let range = (self.last.clone(), self.to.clone());
        let backward = self.tree.range::<Vec<u8>, _>(range).rev();
        self.behind = backward.map_while(Result::ok).collect();
    }
}

impl Iterator for SledIter {
    type Item = sled::Result<(sled::IVec, sled::IVec)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(walk) = &mut self.walk else {
            return self.behind.pop().map(Ok);
        };
        let next = walk.next();
        match &next {
            Some(Ok((key, _))) => self.last = Bound::Excluded(key.to_vec()),
            Some(Err(_)) => self.turn_round(),
            None => {}
        }
        next
    }
}

/// Returns the trees of a database that hold something of ours, by name.
pub(in crate::store) fn trees(
    db: &sled::Db,
    what: &str,
) -> Result<Vec<(String, sled::Tree)>, StoreError> {
    let mut trees = Vec::new();
    for name in db.tree_names() {
        let Ok(text) = std::str::from_utf8(&name) else {
            continue;
        };
        if text != SLED_DEFAULT_TREE {
            let tree = db.open_tree(&name);
            let tree = tree.map_err(|error| StoreError::sled(what, error))?;
            trees.push((text.to_owned(), tree));
        }
    }
    trees.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(trees)
}

/// Renames sled's snapshots so that it does not see them; returns how many.
fn set_snapshots_aside(dir: &Path) -> std::io::Result<usize> {
    let mut n_renamed = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") {
            fs::rename(entry.path(), dir.join(format!("damaged-{name}")))?;
            n_renamed += 1;
        }
    }
    Ok(n_renamed)
}

/// Writes [`MADE_FILE`]; it and its folder have to last too.
fn make_mark(dir: &Path, mark: &Path) -> std::io::Result<()> {
    fs::write(mark, [])?;
    for folder in dir.ancestors().take(2) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Opens a database, waiting for its lock.
fn open_patiently(dir: &Path, what: &str, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    for _ in 1..LOCK_ATTEMPTS {
        match open_once(dir, what, cache_bytes) {
            Err(StoreError::Io { said, .. }) if is_locked(&said) => std::thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    open_once(dir, what, cache_bytes)
}

/// Opens a database; a panic of sled is damage.
fn open_once(dir: &Path, what: &str, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(cache_bytes)
        .flush_every_ms(None);
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(opened) => opened.map_err(|error| StoreError::sled(what, error)),
        Err(_) => Err(StoreError::Damaged {
            what: what.to_owned(),
            why: "sled panicked on opening it".to_owned(),
        }),
    }
}

/// Returns whether this is sled's lock error, which has no kind of its own.
fn is_locked(error: &std::io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}
