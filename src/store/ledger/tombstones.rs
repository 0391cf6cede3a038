//! What was removed, so that it does not come back while its source still lists it.
//!
//! ```text
//!   frame of the journal ── laid down ──▶ new numbers, in memory
//!   checkpoint           ── written   ──▶ tombstones/2026-11-01
//! ```
//!
//! `tombstones/2026-11-01` belongs to the items first seen in that period: a word, eight
//! bytes of each item in order, a hash. It is replaced as a whole. A filter of ten bits
//! an item is in memory, so that what was never removed costs no read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use jiff::Timestamp;

use crate::model::ItemId;
use crate::store::codec::period::Period;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::Filter;

/// What a file begins with.
const WORD: &[u8; 8] = b"removed2";

/// The word of layouts 1 to 4, which have no hash.
const WORD_WITHOUT_HASH: &[u8; 8] = b"removed1";

/// Bytes of one item, of the word and of the hash.
const WIDTH: u64 = 8;

/// The lists.
pub(in crate::store) struct Tombstones {
    dir: PathBuf,
    lists: RwLock<BTreeMap<Period, List>>,
}

/// What was removed of one period.
#[derive(Default)]
struct List {
    /// What is on the disk, if anything is.
    file: Option<Sorted>,
    /// What is not on the disk yet, and not in the file.
    new: BTreeSet<u64>,
}

/// A file, open.
struct Sorted {
    file: File,
    count: u64,
    filter: Filter,
}

impl Tombstones {
    /// Opens the files in `dir`. Of one that is damaged a copy is kept aside; what can
    /// be read of it counts.
    pub(in crate::store) fn open(
        dir: PathBuf,
        now: Timestamp,
        damage: &DamageLog,
    ) -> Result<Tombstones, StoreError> {
        let doing = |error| StoreError::io(format!("read {}", dir.display()), error);
        fs::create_dir_all(&dir).map_err(doing)?;
        let mut lists = BTreeMap::new();
        for entry in fs::read_dir(&dir).map_err(doing)? {
            let path = entry.map_err(doing)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(period) = quarantine::original(&name).and_then(|name| name.parse().ok()) {
                damage.remember(quarantine::found(what(period), path));
                continue;
            }
            let Ok(period) = name.parse() else { continue };
            let doing = |error| StoreError::io(format!("read {}", path.display()), error);
            let bytes = fs::read(&path).map_err(doing)?;
            let (mut numbers, is_sound) = read(&bytes);
            let file = match is_sound {
                true => Sorted::open(&path, &numbers).map_err(doing)?,
                false => {
                    numbers.sort_unstable();
                    numbers.dedup();
                    let kept = quarantine::move_aside(&path, now)?;
                    let why = format!(
                        "its bytes are not those that were written; {} items of it count",
                        numbers.len()
                    );
                    damage.moved_aside(what(period), kept, why);
                    replace(&dir, &path, &numbers).map_err(doing)?
                }
            };
            let file = Some(file);
            let new = BTreeSet::new();
            lists.insert(period, List { file, new });
        }
        Ok(Tombstones {
            dir,
            lists: RwLock::new(lists),
        })
    }

    /// Whether this item was removed.
    pub(in crate::store) fn contains(&self, id: ItemId) -> Result<bool, StoreError> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        for (period, list) in lists.iter().rev() {
            let found = list.contains(number(id));
            if found.map_err(|error| StoreError::io(format!("read {}", what(*period)), error))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes that an item was removed. On the disk after [`Tombstones::flush`].
    pub(in crate::store) fn add(&self, period: Period, id: ItemId) -> Result<(), StoreError> {
        self.add_number(period, number(id))
    }

    /// As [`Tombstones::add`], for what stands for an item.
    pub(in crate::store) fn add_number(
        &self,
        period: Period,
        number: u64,
    ) -> Result<(), StoreError> {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        let list = lists.entry(period).or_default();
        let is_known = list.contains(number);
        if !is_known.map_err(|error| StoreError::io(format!("read {}", what(period)), error))? {
            list.new.insert(number);
        }
        Ok(())
    }

    /// Returns when all that was noted is on the disk.
    pub(in crate::store) fn flush(&self) -> Result<(), StoreError> {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        for (period, list) in lists.iter_mut().filter(|(_, list)| !list.new.is_empty()) {
            let path = self.dir.join(period.to_string());
            let doing = |error| StoreError::io(format!("write {}", path.display()), error);
            let numbers = list.all().map_err(doing)?;
            list.file = Some(replace(&self.dir, &path, &numbers).map_err(doing)?);
            list.new.clear();
        }
        Ok(())
    }

    /// Forgets all whose period was over before `horizon`; returns how many.
    pub(in crate::store) fn forget_before(&self, horizon: Timestamp) -> Result<u64, StoreError> {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        let old = lists
            .keys()
            .copied()
            .filter(|period| period.end() < horizon);
        let mut forgotten = 0;
        for period in old.collect::<Vec<_>>() {
            let path = self.dir.join(period.to_string());
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let doing = format!("remove {}", path.display());
                    return Err(StoreError::io(doing, error));
                }
                _ => forgotten += lists.remove(&period).map_or(0, |list| list.count()),
            }
        }
        Ok(forgotten)
    }

    /// What stands for the items of each period.
    pub(in crate::store) fn numbers(&self) -> Result<Vec<(String, Vec<u64>)>, StoreError> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        let one = |(period, list): (&Period, &List)| {
            let numbers = list.all();
            let numbers = numbers
                .map_err(|error| StoreError::io(format!("read {}", what(*period)), error))?;
            Ok((period.to_string(), numbers))
        };
        lists.iter().map(one).collect()
    }

    /// The files, name and bytes.
    pub(in crate::store) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let numbers = self.numbers()?.into_iter();
        Ok(numbers
            .map(|(name, numbers)| (name, to_bytes(&numbers)))
            .collect())
    }

    /// How many there are.
    pub(in crate::store) fn count(&self) -> u64 {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.values().map(List::count).sum()
    }
}

impl List {
    fn contains(&self, wanted: u64) -> io::Result<bool> {
        match &self.file {
            _ if self.new.contains(&wanted) => Ok(true),
            Some(file) if file.filter.may_hold(wanted) => file.contains(wanted),
            _ => Ok(false),
        }
    }

    /// All of them, in order.
    fn all(&self) -> io::Result<Vec<u64>> {
        let mut numbers = match &self.file {
            Some(file) => file.all()?,
            None => Vec::new(),
        };
        numbers.extend(&self.new);
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn count(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.count) + self.new.len() as u64
    }
}

impl Sorted {
    fn open(path: &Path, numbers: &[u64]) -> io::Result<Sorted> {
        Ok(Sorted {
            file: File::open(path)?,
            count: numbers.len() as u64,
            filter: Filter::of(numbers),
        })
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
        Ok(numbers_in(&bytes))
    }
}

/// What a file holds, and whether that is what was written.
fn read(bytes: &[u8]) -> (Vec<u64>, bool) {
    let (word, body) = bytes.split_at_checked(WORD.len()).unwrap_or_default();
    let is_even = body.len().is_multiple_of(WIDTH as usize);
    if word == WORD_WITHOUT_HASH {
        let numbers = numbers_in(body);
        let is_sound = is_even && numbers.is_sorted();
        return (numbers, is_sound);
    }
    let numbers = numbers_in(&body[..body.len().saturating_sub(WIDTH as usize)]);
    let is_sound = is_even && to_bytes(&numbers) == bytes;
    (numbers, is_sound)
}

fn numbers_in(bytes: &[u8]) -> Vec<u64> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|n| u64::from_be_bytes(*n)).collect()
}

/// Whole or not at all.
fn replace(dir: &Path, path: &Path, numbers: &[u64]) -> io::Result<Sorted> {
    let draft = dir.join("draft");
    let mut file = File::create(&draft)?;
    file.write_all(&to_bytes(numbers))?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(dir)?.sync_all()?;
    Sorted::open(path, numbers)
}

fn to_bytes(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity((numbers.len() + 2) * WORD.len());
    bytes.extend(WORD);
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(&hash.as_bytes()[..WIDTH as usize]);
    bytes
}

/// What stands for an item: its source and its identity there, mixed. As good as
/// random, so that the filter takes it as it is.
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

    fn add(stones: &Tombstones, period: Period, ids: &[ItemId]) {
        for id in ids {
            stones.add(period, *id).unwrap();
        }
        stones.flush().unwrap();
    }

    fn periods() -> (Period, Period) {
        ("2026-11-01".parse().unwrap(), "2026-11-11".parse().unwrap())
    }

    #[test]
    fn what_was_removed_is_known_until_it_is_forgotten() {
        let dir = tempfile::TempDir::new().unwrap();
        let damage = DamageLog::default();
        let stones = open(dir.path(), &damage);
        let (old, new) = periods();
        let ids: Vec<ItemId> = (0..1000).map(id).collect();
        add(&stones, old, &ids[..300]);
        add(&stones, new, &ids[300..600]);
        add(&stones, old, &ids[200..400]);
        drop(stones);
        let stones = open(dir.path(), &damage);
        for (nth, id) in ids.iter().enumerate() {
            assert_eq!(stones.contains(*id).unwrap(), nth < 600, "{nth}");
        }
        assert_eq!(stones.count(), 700);
        let later = "2026-11-12T00:00:00Z".parse().unwrap();
        assert_eq!(stones.forget_before(later).unwrap(), 400);
    }

    #[test]
    fn what_was_never_removed_is_not_looked_for() {
        let dir = tempfile::TempDir::new().unwrap();
        let stones = open(dir.path(), &DamageLog::default());
        let old = periods().0;
        add(&stones, old, &(0..1000).map(id).collect::<Vec<_>>());
        let lists = stones.lists.read().unwrap();
        let filter = &lists[&old].file.as_ref().unwrap().filter;
        let in_vain = (1000..11_000).filter(|nth| filter.may_hold(number(id(*nth))));
        assert!(in_vain.count() < 200);
    }

    #[test]
    fn a_list_without_a_hash_is_read() {
        let dir = tempfile::TempDir::new().unwrap();
        let mut numbers: Vec<u64> = (0..9).map(|nth| number(id(nth))).collect();
        numbers.sort_unstable();
        let mut bytes = WORD_WITHOUT_HASH.to_vec();
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        fs::write(dir.path().join("2026-11-01"), bytes).unwrap();
        let damage = DamageLog::default();
        let stones = open(dir.path(), &damage);
        assert!((0..9).all(|nth| stones.contains(id(nth)).unwrap()));
        assert_eq!(damage.report(), []);
    }

    #[test]
    fn a_flipped_bit_is_told_and_costs_one_item_at_most() {
        let (old, ids) = (periods().0, (0..50).map(id).collect::<Vec<_>>());
        for at in (0..416).step_by(5) {
            let dir = tempfile::TempDir::new().unwrap();
            add(&open(dir.path(), &DamageLog::default()), old, &ids);
            let path = dir.path().join(old.to_string());
            let mut bytes = fs::read(&path).unwrap();
            assert_eq!(bytes.len(), 416);
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).unwrap();
            let damage = DamageLog::default();
            let stones = open(dir.path(), &damage);
            let known = ids.iter().filter(|id| stones.contains(**id).unwrap());
            assert!(known.count() >= 49, "at {at}");
            assert_eq!(damage.report().len(), 1, "at {at}");
            drop(stones);
            let damage = DamageLog::default();
            drop(open(dir.path(), &damage));
            assert_eq!(damage.report().len(), 1);
        }
    }
}
