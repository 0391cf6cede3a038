//! Tombstones: what was removed, so that it does not come back while its source still lists it.
//!
//! ```text
//!   frame of the journal ── applied   ──▶ new numbers, in memory
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
use std::sync::RwLock;

use jiff::Timestamp;

use crate::model::ItemId;
use crate::store::codec::period::Period;
use crate::store::codec::tombstones::{WIDTH, numbers_in, read, to_bytes};
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::BloomFilter;
use crate::sync;

/// Tombstones of removed items, one file for each period, in `codec::tombstones`' format.
pub(in crate::store) struct Tombstones {
    /// Folder of the files.
    dir: PathBuf,
    /// Lists by period.
    lists: RwLock<BTreeMap<Period, List>>,
}

/// Tombstones of one period.
#[derive(Default)]
struct List {
    /// Numbers on the disk, if there are any.
    file: Option<Sorted>,
    /// Numbers that are not on the disk yet.
    new: BTreeSet<u64>,
}

/// Sorted file of numbers, open, with a filter in memory.
struct Sorted {
    file: File,
    /// Numbers in the file.
    count: u64,
    /// Bloom filter of the numbers: what was never removed costs no read.
    filter: BloomFilter,
}

impl Tombstones {
    /// Opens the files in `dir`, made if it is not there. A damaged one is moved aside and told to
    /// `damage`; what can be read of it counts.
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

    /// Returns whether an item was removed.
    pub(in crate::store) fn contains(&self, id: ItemId) -> Result<bool, StoreError> {
        Ok(self.period_of(id)?.is_some())
    }

    /// Returns the period in which an item was first seen that was removed.
    pub(in crate::store) fn period_of(&self, id: ItemId) -> Result<Option<Period>, StoreError> {
        let lists = sync::read(&self.lists);
        for (period, list) in lists.iter().rev() {
            let found = list.contains(number(id));
            if found.map_err(|error| StoreError::io(format!("read {}", what(*period)), error))? {
                return Ok(Some(*period));
            }
        }
        Ok(None)
    }

    /// Notes that an item was removed; durable after [`Tombstones::flush`].
    pub(in crate::store) fn add(&self, period: Period, id: ItemId) -> Result<(), StoreError> {
        self.add_number(period, number(id))
    }

    /// Notes a removed item by its number.
    pub(in crate::store) fn add_number(
        &self,
        period: Period,
        number: u64,
    ) -> Result<(), StoreError> {
        let mut lists = sync::write(&self.lists);
        let list = lists.entry(period).or_default();
        let is_known = list.contains(number);
        if !is_known.map_err(|error| StoreError::io(format!("read {}", what(period)), error))? {
            list.new.insert(number);
        }
        Ok(())
    }

    /// Writes what was noted since the last call, durably.
    pub(in crate::store) fn flush(&self) -> Result<(), StoreError> {
        let mut lists = sync::write(&self.lists);
        for (period, list) in lists.iter_mut().filter(|(_, list)| !list.new.is_empty()) {
            let path = self.dir.join(period.to_string());
            let doing = |error| StoreError::io(format!("write {}", path.display()), error);
            let numbers = list.all().map_err(doing)?;
            list.file = Some(replace(&self.dir, &path, &numbers).map_err(doing)?);
            list.new.clear();
        }
        Ok(())
    }

    /// Forgets the periods that were over before `horizon`; returns how many items that were.
    pub(in crate::store) fn forget_before(&self, horizon: Timestamp) -> Result<u64, StoreError> {
        let mut lists = sync::write(&self.lists);
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

    /// Returns the numbers by period, for export.
    pub(in crate::store) fn numbers(&self) -> Result<Vec<(String, Vec<u64>)>, StoreError> {
        let lists = sync::read(&self.lists);
        let one = |(period, list): (&Period, &List)| {
            let numbers = list.all();
            let numbers = numbers
                .map_err(|error| StoreError::io(format!("read {}", what(*period)), error))?;
            Ok((period.to_string(), numbers))
        };
        lists.iter().map(one).collect()
    }

    /// Returns the files, name and bytes, for backup.
    pub(in crate::store) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let numbers = self.numbers()?.into_iter();
        Ok(numbers
            .map(|(name, numbers)| (name, to_bytes(&numbers)))
            .collect())
    }

    /// Returns the number of tombstones.
    pub(in crate::store) fn count(&self) -> u64 {
        let lists = sync::read(&self.lists);
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

    /// Returns all numbers, in order.
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
    /// Opens a file that holds these numbers.
    fn open(path: &Path, numbers: &[u64]) -> io::Result<Sorted> {
        Ok(Sorted {
            file: File::open(path)?,
            count: numbers.len() as u64,
            filter: BloomFilter::of(numbers),
        })
    }

    /// Searches the file, by halves.
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

    /// Reads the file.
    fn all(&self) -> io::Result<Vec<u64>> {
        let size = usize::try_from(self.count * WIDTH).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        self.file.read_exact_at(&mut bytes, WIDTH)?;
        Ok(numbers_in(&bytes))
    }
}

/// Replaces a file as a whole, durably, and opens it.
fn replace(dir: &Path, path: &Path, numbers: &[u64]) -> io::Result<Sorted> {
    let draft = dir.join("draft");
    let mut file = File::create(&draft)?;
    file.write_all(&to_bytes(numbers))?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(dir)?.sync_all()?;
    Sorted::open(path, numbers)
}

/// Returns the number that stands for an item: both halves of its id, xored. As good as random, so that
/// the filter takes it as it is.
fn number(id: ItemId) -> u64 {
    let (halves, _) = id.as_bytes().as_chunks();
    halves
        .iter()
        .map(|half| u64::from_be_bytes(*half))
        .fold(0, |a, b| a ^ b)
}

/// Returns the name of a list, for messages.
fn what(period: Period) -> String {
    format!("the list of items removed from {period}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::tombstones::WORD_WITHOUT_HASH;

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
