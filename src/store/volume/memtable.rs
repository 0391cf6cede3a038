//! Memtable of a volume: what is in sled, opened with the volume, or, under a [`Seal`], when it is first written.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::seal::Seal;
use super::{PACKED, TREES, tree};
use crate::store::codec::dictionary::DICTIONARY_BYTES;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::error::StoreError;
use crate::sync;

/// Memory that an open database takes beside its pages, in bytes, most of it a buffer of its log.
const SLED_BYTES: u64 = 2 << 20;

/// Database of sled of one volume, with its [`TREES`]; shared by the trees of the volume.
pub(in crate::store) struct Memtable {
    dir: PathBuf,
    /// Name of the volume, for people.
    what: Arc<str>,
    /// Memory for pages of sled.
    cache_bytes: u64,
    damage: Arc<DamageLog>,
    /// Database; empty until it is needed.
    database: OnceLock<Database>,
    /// Held by whoever opens the database or breaks the seal.
    opening: Mutex<()>,
    /// Contents of `meta` when the volume was opened; good for as long as the database is not open.
    seal: Seal,
    /// Whether the seal is in its file.
    is_sealed: AtomicBool,
}

/// Open database.
struct Database {
    db: sled::Db,
    trees: [sled::Tree; TREES.len()],
}

impl Database {
    /// Opens the database in `dir`, made if it is not there.
    fn open(
        dir: &Path,
        what: &str,
        cache_bytes: u64,
        damage: &DamageLog,
    ) -> Result<Database, StoreError> {
        let (db, trees) = database::open(dir, what, cache_bytes, TREES, damage)?;
        Ok(Database { db, trees })
    }

    /// Returns what a seal may say of it: `None` if the volume was not packed, or there is anything but
    /// `meta`.
    fn seal(&self) -> sled::Result<Option<Seal>> {
        let [records @ .., meta] = &self.trees;
        // Beside ours there is one of sled's own.
        let is_known = self.db.tree_names().len() == TREES.len() + 1;
        if !is_known || !meta.contains_key(PACKED)? || !records.iter().all(sled::Tree::is_empty) {
            return Ok(None);
        }
        Ok(Some(Seal { meta: self.meta()? }))
    }

    /// Returns all of `meta`.
    fn meta(&self) -> sled::Result<BTreeMap<sled::IVec, sled::IVec>> {
        self.trees[usize::from(tree::META)].iter().collect()
    }
}

impl Memtable {
    /// Opens what sled holds in `dir`, made if it is not there. A packed volume over which nothing was
    /// written is sealed.
    ///
    /// # Errors
    ///
    /// Those of [`database::open`].
    pub(super) fn open(
        dir: &Path,
        what: &Arc<str>,
        cache_bytes: u64,
        damage: &Arc<DamageLog>,
    ) -> Result<Memtable, StoreError> {
        let mut memtable = Memtable {
            dir: dir.to_owned(),
            what: Arc::clone(what),
            cache_bytes,
            damage: Arc::clone(damage),
            database: OnceLock::new(),
            opening: Mutex::new(()),
            seal: Seal::default(),
            is_sealed: AtomicBool::new(false),
        };
        if let Some(seal) = Seal::of(dir) {
            memtable.seal = seal;
            memtable.is_sealed = AtomicBool::new(true);
            return Ok(memtable);
        }
        let database = Database::open(dir, what, cache_bytes, damage)?;
        // What cannot be read is found by whoever reads it.
        if let Ok(Some(seal)) = database.seal() {
            drop(database);
            memtable.is_sealed = AtomicBool::new(seal.write(dir).is_ok());
            memtable.seal = seal;
        } else {
            // One that does not hold, or could not be read a moment ago.
            Seal::discard(dir);
            memtable.database = OnceLock::from(database);
        }
        Ok(memtable)
    }

    /// Writes `meta` as the seal of the closed database in `dir`; where the disk refuses it there
    /// is none.
    pub(in crate::store) fn seal(dir: &Path, meta: BTreeMap<sled::IVec, sled::IVec>) {
        let _ = Seal { meta }.write(dir);
    }

    /// Returns the bytes of memory that this may take: pages and buffers of sled, or `meta` alone.
    pub(super) fn weight(&self) -> u64 {
        match self.database.get() {
            Some(_) => self.cache_bytes + SLED_BYTES,
            // As it was stored, as it is used, and what is made of it for reading.
            None => 4 * DICTIONARY_BYTES as u64,
        }
    }

    /// Opens the database, which leaves the seal as it is: for a check.
    ///
    /// # Errors
    ///
    /// Those of [`database::open`], and [`StoreError::Damaged`] if it does not hold what the seal says:
    /// sled takes a damaged place in its log for the end of it. Then the seal is broken, so that the loss
    /// shows when the volume is opened next.
    fn database(&self) -> Result<&Database, StoreError> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let _opening = sync::lock(&self.opening);
        if self.database.get().is_none() {
            let opened = Database::open(&self.dir, &self.what, self.cache_bytes, &self.damage)?;
            if opened.meta().map_err(|error| self.failed(error))? != self.seal.meta {
                let _ = Seal::remove(&self.dir);
                return Err(StoreError::Damaged {
                    what: self.what.to_string(),
                    why: "sled has lost its end".to_owned(),
                });
            }
            let _ = self.database.set(opened);
        }
        Ok(self.database.get().expect("it was just opened"))
    }

    /// Opens the database to be written, and breaks the seal.
    fn writable(&self) -> Result<&Database, StoreError> {
        if self.is_sealed.load(Ordering::Acquire) {
            let _opening = sync::lock(&self.opening);
            Seal::remove(&self.dir)
                .map_err(|error| StoreError::io(format!("write {}", self.dir.display()), error))?;
            self.is_sealed.store(false, Ordering::Release);
        }
        self.database()
    }

    /// Returns whether sled is not open, so that it holds nothing but `meta`.
    pub(super) fn is_resting(&self) -> bool {
        self.database.get().is_none()
    }

    /// Returns the database with all its trees, for a check or a copy.
    pub(in crate::store) fn db(&self) -> Result<&sled::Db, StoreError> {
        Ok(&self.database()?.db)
    }

    /// Returns the database, to write trees that are not ours.
    pub(in crate::store) fn db_to_write(&self) -> Result<&sled::Db, StoreError> {
        Ok(&self.writable()?.db)
    }

    /// Returns a value of a tree, be it a delete marker.
    pub(in crate::store) fn get(
        &self,
        tree: u8,
        key: &[u8],
    ) -> Result<Option<sled::IVec>, StoreError> {
        match self.database.get() {
            Some(database) => {
                let value = database.trees[usize::from(tree)].get(key);
                value.map_err(|error| self.failed(error))
            }
            None if tree == tree::META => Ok(self.seal.meta.get(key).cloned()),
            None => Ok(None),
        }
    }

    /// Writes a value.
    pub(super) fn insert(&self, tree: u8, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let done = self.writable()?.trees[usize::from(tree)].insert(key, value);
        done.map(drop).map_err(|error| self.failed(error))
    }

    /// Removes a key.
    pub(super) fn remove(&self, tree: u8, key: &[u8]) -> Result<(), StoreError> {
        let done = self.writable()?.trees[usize::from(tree)].remove(key);
        done.map(drop).map_err(|error| self.failed(error))
    }

    /// Iterates over the entries of a tree within bounds; `None` where there are none for certain.
    pub(super) fn range(&self, tree: u8, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Option<SledIter> {
        let database = self.database.get()?;
        let tree = &database.trees[usize::from(tree)];
        Some(SledIter::range(tree, from, to))
    }

    /// Returns the entries of `meta`; one of a damaged page is an error.
    pub(in crate::store) fn meta(&self) -> Vec<sled::Result<(sled::IVec, sled::IVec)>> {
        match self.database.get() {
            Some(database) => SledIter::all(&database.trees[usize::from(tree::META)]).collect(),
            None => {
                let entries = self.seal.meta.iter();
                let entry = |(key, value): (&sled::IVec, &sled::IVec)| (key.clone(), value.clone());
                entries.map(entry).map(Ok).collect()
            }
        }
    }

    /// Returns the bytes of sled's file; 0 if the system does not say.
    pub(in crate::store) fn size(&self) -> u64 {
        match self.database.get() {
            Some(database) => database.db.size_on_disk().unwrap_or_default(),
            None => fs::metadata(self.dir.join("db")).map_or(0, |about| about.len()),
        }
    }

    /// Flushes sled.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let Some(database) = self.database.get() else {
            return Ok(());
        };
        database.db.flush().map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn failed(&self, error: sled::Error) -> StoreError {
        StoreError::sled(&self.what, error)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn open(dir: &TempDir) -> Memtable {
        let opened = Memtable::open(dir.path(), &"volume x".into(), 1 << 20, &Arc::default());
        opened.unwrap()
    }

    fn value(memtable: &Memtable, tree: u8, key: &[u8]) -> Option<Vec<u8>> {
        let value = memtable.get(tree, key).unwrap();
        value.map(|value| value.to_vec())
    }

    /// A volume that was packed: sled has only its `meta`.
    fn packed() -> TempDir {
        let dir = TempDir::new().unwrap();
        let made = open(&dir);
        made.insert(tree::META, PACKED, &[]).unwrap();
        made.insert(tree::META, b"items", b"7").unwrap();
        made.flush().unwrap();
        dir
    }

    #[test]
    fn a_packed_volume_rests_until_it_is_written() {
        let dir = packed();
        for _ in 0..3 {
            let read = open(&dir);
            assert!(read.is_resting());
            assert_eq!(value(&read, tree::META, b"items").unwrap(), b"7");
            assert!(
                read.range(tree::ITEMS, Bound::Unbounded, Bound::Unbounded)
                    .is_none()
            );
            assert_eq!(read.meta().len(), 2);
        }
        let written = open(&dir);
        written.insert(tree::ITEMS, b"id", b"item").unwrap();
        written.insert(tree::META, b"items", b"8").unwrap();
        assert!(!written.is_resting() && Seal::of(dir.path()).is_none());
        assert_eq!(value(&written, tree::ITEMS, b"id").unwrap(), b"item");
        assert_eq!(value(&written, tree::META, b"items").unwrap(), b"8");
        drop(written);
        let read = open(&dir);
        assert!(!read.is_resting());
        assert_eq!(value(&read, tree::ITEMS, b"id").unwrap(), b"item");
        // Once what was written is gone again it rests.
        read.remove(tree::ITEMS, b"id").unwrap();
        drop(read);
        let read = open(&dir);
        assert!(read.is_resting());
        assert_eq!(value(&read, tree::META, b"items").unwrap(), b"8");
    }

    #[test]
    fn a_check_opens_sled_and_leaves_the_seal() {
        let dir = packed();
        drop(open(&dir));
        let checked = open(&dir);
        assert_eq!(checked.db().unwrap().tree_names().len(), TREES.len() + 1);
        drop(checked);
        assert!(open(&dir).is_resting());
    }

    #[test]
    fn a_sled_that_has_lost_its_end_is_damaged_and_its_seal_broken() {
        let dir = packed();
        drop(open(&dir));
        let memtable = open(&dir);
        let mut lost = memtable.seal.clone();
        lost.meta.insert(b"items".into(), b"8".into());
        lost.write(dir.path()).unwrap();
        drop(memtable);
        let memtable = open(&dir);
        assert_eq!(value(&memtable, tree::META, b"items").unwrap(), b"8");
        let refused = memtable.insert(tree::ITEMS, b"id", b"item").unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        drop(memtable);
        assert_eq!(value(&open(&dir), tree::META, b"items").unwrap(), b"7");
    }

    #[test]
    fn a_seal_of_another_state_of_sled_counts_as_none() {
        let dir = packed();
        drop(open(&dir));
        // As a release that knows no seals would.
        let (db, trees) = database::open(
            dir.path(),
            "volume x",
            1 << 20,
            TREES,
            &DamageLog::default(),
        )
        .unwrap();
        trees[usize::from(tree::ITEMS)]
            .insert(b"id", b"item")
            .unwrap();
        db.flush().unwrap();
        drop((db, trees));
        assert_eq!(value(&open(&dir), tree::ITEMS, b"id").unwrap(), b"item");
    }
}
