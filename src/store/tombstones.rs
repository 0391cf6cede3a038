//! What was removed, so that it does not come back while its source still
//! lists it.
//!
//! `tombstones/2026-11-01` belongs to the items first seen in that period. It is
//! a word, then eight bytes of each item in order; it is replaced as a whole and
//! looked up where it lies, so that a million removed items cost 8 MB of disk and
//! no memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;

use super::aside;
use super::damage::DamageLog;
use super::error::StoreError;
use super::period::Period;
use crate::model::ItemId;

/// What every file begins with.
const WORD: &[u8; 8] = b"removed1";

/// Bytes of one item.
const WIDTH: u64 = 8;

/// The files.
pub(super) struct Tombstones {
    dir: PathBuf,
    files: RwLock<BTreeMap<Period, Stone>>,
}

/// One of them, open.
struct Stone {
    file: File,
    count: u64,
}

impl Tombstones {
    /// Opens the files in `dir`; one that is damaged is moved aside.
    pub(super) fn open(
        dir: PathBuf,
        now: Timestamp,
        damage: &DamageLog,
    ) -> Result<Tombstones, StoreError> {
        let doing = |error| StoreError::io(format!("read {}", dir.display()), error);
        fs::create_dir_all(&dir).map_err(doing)?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&dir).map_err(doing)? {
            let path = entry.map_err(doing)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(period) = aside::original(&name).and_then(|name| name.parse().ok()) {
                damage.remember(aside::found(what(period), path));
                continue;
            }
            let Ok(period) = name.parse() else { continue };
            match Stone::open(&path) {
                Ok(stone) => {
                    files.insert(period, stone);
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let kept = aside::move_aside(&path, now)?;
                    damage.moved_aside(what(period), kept, error.to_string());
                }
                Err(error) => {
                    return Err(StoreError::io(format!("read {}", path.display()), error));
                }
            }
        }
        Ok(Tombstones {
            dir,
            files: RwLock::new(files),
        })
    }

    /// Whether this item was removed.
    pub(super) fn contains(&self, id: ItemId) -> Result<bool, StoreError> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        for (period, stone) in files.iter().rev() {
            let found = stone.contains(number(id));
            if found.map_err(|error| StoreError::io(format!("read {}", what(*period)), error))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers, on the disk, that `ids` were removed.
    pub(super) fn add(&self, period: Period, ids: &[ItemId]) -> Result<(), StoreError> {
        self.add_numbers(period, ids.iter().map(|id| number(*id)).collect())
    }

    /// As [`Tombstones::add`], for what stands for items.
    pub(super) fn add_numbers(&self, period: Period, new: Vec<u64>) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let path = self.dir.join(period.to_string());
        let doing = |error| StoreError::io(format!("write {}", path.display()), error);
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let mut numbers = match files.get(&period) {
            Some(stone) => stone.all().map_err(doing)?,
            None => Vec::new(),
        };
        numbers.extend(new);
        numbers.sort_unstable();
        numbers.dedup();
        let stone = replace(&self.dir, &path, &numbers).map_err(doing)?;
        files.insert(period, stone);
        Ok(())
    }

    /// Forgets all whose period was over before `horizon`; returns how many.
    pub(super) fn forget_before(&self, horizon: Timestamp) -> Result<u64, StoreError> {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let old = files
            .keys()
            .copied()
            .filter(|period| period.end() < horizon);
        let mut forgotten = 0;
        for period in old.collect::<Vec<_>>() {
            let path = self.dir.join(period.to_string());
            fs::remove_file(&path)
                .map_err(|error| StoreError::io(format!("remove {}", path.display()), error))?;
            forgotten += files.remove(&period).map_or(0, |stone| stone.count);
        }
        Ok(forgotten)
    }

    /// What stands for the items of each period.
    pub(super) fn numbers(&self) -> Result<Vec<(String, Vec<u64>)>, StoreError> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let one = |(period, stone): (&Period, &Stone)| {
            let numbers = stone.all();
            let numbers = numbers
                .map_err(|error| StoreError::io(format!("read {}", what(*period)), error))?;
            Ok((period.to_string(), numbers))
        };
        files.iter().map(one).collect()
    }

    /// The files, name and bytes.
    pub(super) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let numbers = self.numbers()?.into_iter();
        Ok(numbers
            .map(|(name, numbers)| (name, to_bytes(&numbers)))
            .collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.values().map(|stone| stone.count).sum()
    }
}

impl Stone {
    fn open(path: &Path) -> io::Result<Stone> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut word = [0; WORD.len()];
        let is_whole = length >= WIDTH
            && length.is_multiple_of(WIDTH)
            && file.read_exact_at(&mut word, 0).is_ok()
            && word == *WORD;
        match is_whole {
            true => Ok(Stone {
                count: length / WIDTH - 1,
                file,
            }),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is cut off, or not a list of removed items",
            )),
        }
    }

    fn contains(&self, wanted: u64) -> io::Result<bool> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut bytes = [0; WIDTH as usize];
            self.file.read_exact_at(&mut bytes, (middle + 1) * WIDTH)?;
            match u64::from_be_bytes(bytes).cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }

    fn all(&self) -> io::Result<Vec<u64>> {
        let size = usize::try_from(self.count * WIDTH).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        self.file.read_exact_at(&mut bytes, WIDTH)?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().map(|n| u64::from_be_bytes(*n)).collect())
    }
}

/// Whole or not at all.
fn replace(dir: &Path, path: &Path, numbers: &[u64]) -> io::Result<Stone> {
    let draft = dir.join("draft");
    let mut file = File::create(&draft)?;
    file.write_all(&to_bytes(numbers))?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(dir)?.sync_all()?;
    Stone::open(path)
}

fn to_bytes(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((numbers.len() + 1) * WORD.len());
    bytes.extend(WORD);
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes
}

/// What stands for an item: its source and its identity there, mixed.
fn number(id: ItemId) -> u64 {
    let (halves, _) = id.as_bytes().as_chunks();
    halves
        .iter()
        .map(|half| u64::from_be_bytes(*half))
        .fold(0, |a, b| a ^ b)
}

fn what(period: Period) -> String {
    format!("the list of items removed from {period}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(nth: u32) -> ItemId {
        ItemId::of(&"a/one".parse().unwrap(), &nth.to_string())
    }

    fn open(dir: &Path, damage: &DamageLog) -> Tombstones {
        Tombstones::open(dir.to_owned(), Timestamp::UNIX_EPOCH, damage).unwrap()
    }

    #[test]
    fn what_was_removed_is_known_until_it_is_forgotten() {
        let dir = tempfile::TempDir::new().unwrap();
        let damage = DamageLog::default();
        let stones = open(dir.path(), &damage);
        let (old, new) = ("2026-11-01".parse().unwrap(), "2026-11-11".parse().unwrap());
        let ids: Vec<ItemId> = (0..1000).map(id).collect();
        stones.add(old, &ids[..300]).unwrap();
        stones.add(new, &ids[300..600]).unwrap();
        stones.add(old, &ids[200..400]).unwrap();
        drop(stones);
        let stones = open(dir.path(), &damage);
        for (nth, id) in ids.iter().enumerate() {
            assert_eq!(stones.contains(*id).unwrap(), nth < 600, "{nth}");
        }
        assert_eq!(stones.count(), 700);
        assert_eq!(stones.forget_before(old.end()).unwrap(), 0);
        let later = "2026-11-12T00:00:00Z".parse().unwrap();
        assert_eq!(stones.forget_before(later).unwrap(), 400);
        assert!(!stones.contains(ids[0]).unwrap());
        assert!(stones.contains(ids[599]).unwrap());
    }

    #[test]
    fn a_damaged_list_is_moved_aside() {
        let dir = tempfile::TempDir::new().unwrap();
        for (name, bytes) in [("2026-11-01", &b"removed1xyz"[..]), ("2026-11-11", b"")] {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let damage = DamageLog::default();
        let stones = open(dir.path(), &damage);
        assert_eq!((stones.count(), damage.report().len()), (0, 2));
        let damage = DamageLog::default();
        drop(open(dir.path(), &damage));
        assert_eq!(damage.report().len(), 2, "they are still reported");
    }
}
