//! All volumes: which there are, which are open, which were moved aside.
//!
//! The newest two stay open, of the others the few that were used last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::Timestamp;

use super::Volume;
use super::swap;
use crate::store::codec::period::Period;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::BlockCache;

/// Volumes that stay open.
const PINNED: usize = 2;

/// Older ones that are open at a time.
const MAX_OLD: usize = 3;

/// Memory for pages of a volume that stays open, in bytes.
const PINNED_CACHE: u64 = 8 << 20;

/// Memory for pages of an older volume, in bytes.
const OLD_CACHE: u64 = 4 << 20;

/// After the name of a volume that is being removed.
const LEAVING: &str = ".leaving";

/// The folder of volumes.
pub(in crate::store) struct Volumes {
    dir: PathBuf,
    /// Dates the names of what is moved aside.
    opened: Timestamp,
    damage: Arc<DamageLog>,
    blocks: Arc<BlockCache>,
    rack: Mutex<Rack>,
}

#[derive(Default)]
struct Rack {
    present: BTreeSet<Period>,
    /// Periods that have lost something.
    damaged: BTreeSet<Period>,
    /// Those of them whose end was lost and where nobody has looked since.
    shortened: BTreeSet<Period>,
    /// How often each was written at least.
    expected: BTreeMap<Period, u64>,
    /// Last used last.
    open: Vec<(Period, Arc<Volume>)>,
    /// No longer kept open, though a reader may still be in one: sled lets a
    /// folder be opened once only.
    leaving: BTreeMap<Period, Weak<Volume>>,
}

impl Volumes {
    pub(in crate::store) fn open(
        dir: PathBuf,
        opened: Timestamp,
        damage: Arc<DamageLog>,
    ) -> Result<Volumes, StoreError> {
        let doing = |path: &PathBuf| format!("read {}", path.display());
        fs::create_dir_all(&dir).map_err(|error| StoreError::io(doing(&dir), error))?;
        swap::finish(&dir, opened)?;
        let mut rack = Rack::default();
        for entry in fs::read_dir(&dir).map_err(|error| StoreError::io(doing(&dir), error))? {
            let entry = entry.map_err(|error| StoreError::io(doing(&dir), error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Ok(period) = name.parse() {
                rack.present.insert(period);
            } else if let Some(period) =
                quarantine::original(&name).and_then(|name| name.parse().ok())
            {
                rack.damaged.insert(period);
                damage.remember(quarantine::found(format!("volume {period}"), entry.path()));
            }
        }
        Ok(Volumes {
            dir,
            opened,
            damage,
            blocks: Arc::default(),
            rack: Mutex::new(rack),
        })
    }

    /// Learns how often volumes were written.
    pub(in crate::store) fn expect(&self, writes: BTreeMap<Period, u64>) {
        self.rack().expected.extend(writes);
    }

    /// Notes volumes that the ledger knows and that are not there, so that their
    /// items are asked for again.
    pub(in crate::store) fn miss(&self) -> Result<(), StoreError> {
        let mut rack = self.rack();
        let missing: Vec<Period> = rack
            .expected
            .keys()
            .copied()
            .filter(|period| !rack.present.contains(period) && !rack.damaged.contains(period))
            .collect();
        for period in missing {
            let why = "its folder is gone".to_owned();
            let kept = quarantine::note(&self.dir, &period.to_string(), self.opened, &why)?;
            self.damage.shortened(format!("volume {period}"), kept, why);
            rack.damaged.insert(period);
        }
        Ok(())
    }

    /// Opens those that stay open, so that their damage is known from the start.
    pub(in crate::store) fn warm(&self) -> Result<(), StoreError> {
        for period in self.present().into_iter().take(PINNED) {
            self.find(period)?;
        }
        Ok(())
    }

    /// Notes that a volume may not agree with itself, if so.
    pub(in crate::store) fn doubt(&self, period: Period, is_so: bool) {
        if is_so {
            self.rack().shortened.insert(period);
        }
    }

    /// Volumes that have lost their end since this was asked last.
    pub(in crate::store) fn take_shortened(&self) -> BTreeSet<Period> {
        std::mem::take(&mut self.rack().shortened)
    }

    /// The periods there are, newest first.
    pub(in crate::store) fn present(&self) -> Vec<Period> {
        self.rack().present.iter().rev().copied().collect()
    }

    /// Whether this period has lost something.
    pub(in crate::store) fn is_damaged(&self, period: Period) -> bool {
        self.rack().damaged.contains(&period)
    }

    /// Whether this period may have lost something that the ledger still knows.
    pub(in crate::store) fn is_doubtful(&self, period: Period) -> bool {
        self.is_damaged(period) || self.damage.is_unsound(period)
    }

    /// Whether any period may.
    pub(in crate::store) fn has_doubts(&self) -> bool {
        self.has_damage() || self.damage.has_unsound()
    }

    /// Whether any period has lost something.
    pub(in crate::store) fn has_damage(&self) -> bool {
        !self.rack().damaged.is_empty()
    }

    /// The volume of a period, if there is one that can be opened.
    pub(in crate::store) fn find(&self, period: Period) -> Result<Option<Arc<Volume>>, StoreError> {
        let mut rack = self.rack();
        if !rack.present.contains(&period) {
            return Ok(None);
        }
        self.open_volume(&mut rack, period)
    }

    /// The volume of a period, made if there is none.
    pub(in crate::store) fn find_or_make(&self, period: Period) -> Result<Arc<Volume>, StoreError> {
        let mut rack = self.rack();
        rack.present.insert(period);
        if let Some(volume) = self.open_volume(&mut rack, period)? {
            return Ok(volume);
        }
        rack.present.insert(period);
        let second = self.open_volume(&mut rack, period)?;
        second.ok_or_else(|| StoreError::Damaged {
            what: format!("volume {period}"),
            why: "a new one cannot be opened either".to_owned(),
        })
    }

    /// Where a volume lies.
    pub(in crate::store) fn folder(&self, period: Period) -> PathBuf {
        self.dir.join(period.to_string())
    }

    /// Where the folder is made that takes its place.
    pub(in crate::store) fn draft(&self, period: Period) -> PathBuf {
        swap::draft(&self.dir, period)
    }

    /// Puts a copy of a volume in its place, and says where the old one is now;
    /// `None` if somebody reads in it.
    pub(in crate::store) fn replace(
        &self,
        period: Period,
        copy: &Path,
    ) -> Result<Option<PathBuf>, StoreError> {
        let mut rack = self.rack();
        if let Some(volume) = rack.take_open(period)
            && let Err(volume) = Arc::try_unwrap(volume)
        {
            rack.keep(period, &volume);
            return Ok(None);
        }
        let dir = self.folder(period);
        let old = swap::replaced(&self.dir, period);
        if old.exists() && dir.exists() {
            swap::clear(&old, &dir, self.opened)?;
        }
        let renamed = fs::rename(&dir, &old)
            .and_then(|()| {
                // The old one is not to be missed because the new one is no good.
                fs::rename(copy, &dir).inspect_err(|_| drop(fs::rename(&old, &dir)))
            })
            .and_then(|()| fs::File::open(&self.dir)?.sync_all());
        renamed.map_err(|error| StoreError::io(format!("replace {}", dir.display()), error))?;
        Ok(Some(old))
    }

    /// Keeps a volume that was replaced because it is damaged.
    pub(in crate::store) fn keep_aside(
        &self,
        period: Period,
        old: &Path,
    ) -> Result<PathBuf, StoreError> {
        quarantine::keep(old, &self.folder(period), self.opened)
    }

    /// Removes a volume, if it is there; whoever still reads in it reads on. Its folder
    /// is renamed first, so that what is cut off is not taken for a volume.
    pub(in crate::store) fn drop_volume(&self, period: Period) -> Result<(), StoreError> {
        let mut rack = self.rack();
        rack.present.remove(&period);
        rack.damaged.remove(&period);
        rack.expected.remove(&period);
        rack.take_open(period);
        let leaving = self.dir.join(format!("{period}{LEAVING}"));
        for remains in [swap::replaced(&self.dir, period), leaving.clone()] {
            if remains.exists() {
                swap::remove(&remains)?;
            }
        }
        let dir = self.folder(period);
        if !dir.exists() {
            return Ok(());
        }
        fs::rename(&dir, &leaving)
            .and_then(|()| fs::File::open(&self.dir)?.sync_all())
            .map_err(|error| StoreError::io(format!("rename {}", dir.display()), error))?;
        swap::remove(&leaving)
    }

    /// Volumes whose removal was cut off.
    pub(in crate::store) fn leaving(&self) -> Result<Vec<Period>, StoreError> {
        let doing = |error| StoreError::io(format!("read {}", self.dir.display()), error);
        let mut leaving = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(doing)? {
            let entry = entry.map_err(doing)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let period: Option<Period> = name
                .strip_suffix(LEAVING)
                .and_then(|name| name.parse().ok());
            leaving.extend(period);
        }
        Ok(leaving)
    }

    /// Lets go of all volumes, so that they are opened anew.
    pub(in crate::store) fn close(&self) {
        let mut rack = self.rack();
        rack.open.clear();
        rack.leaving.clear();
    }

    fn open_volume(
        &self,
        rack: &mut Rack,
        period: Period,
    ) -> Result<Option<Arc<Volume>>, StoreError> {
        if let Some(volume) = rack.take_open(period) {
            rack.keep(period, &volume);
            return Ok(Some(volume));
        }
        let dir = self.folder(period);
        let cache_bytes = match rack.is_pinned(period) {
            true => PINNED_CACHE,
            false => OLD_CACHE,
        };
        let open = || {
            let volume = Volume::open(&dir, period, cache_bytes, &self.blocks, &self.damage)?;
            volume.items()?;
            Ok((volume.writes()?, Arc::new(volume)))
        };
        let (writes, volume) = match open() {
            Err(StoreError::Damaged { why, .. }) => {
                if !self.begin_again(rack, period, why)? {
                    return Ok(None);
                }
                open()?
            }
            opened => opened?,
        };
        self.compare(rack, period, writes)?;
        rack.keep(period, &volume);
        Ok(Some(volume))
    }

    /// Moves a volume aside that cannot be used as it is.
    pub(in crate::store) fn set_aside(
        &self,
        period: Period,
        why: String,
    ) -> Result<(), StoreError> {
        let mut rack = self.rack();
        drop(rack.take_open(period));
        self.begin_again(&mut rack, period, why).map(drop)
    }

    /// Moves a volume aside, and makes another of its tables, if it has any: what is
    /// damaged is sled, which lay over them. Whether there is one.
    fn begin_again(
        &self,
        rack: &mut Rack,
        period: Period,
        why: String,
    ) -> Result<bool, StoreError> {
        let dir = self.folder(period);
        rack.damaged.insert(period);
        let kept = quarantine::move_aside(&dir, self.opened)?;
        self.damage
            .moved_aside(format!("volume {period}"), kept.clone(), why);
        if !swap::take_tables(&kept, &dir, &self.blocks)? {
            rack.present.remove(&period);
            return Ok(false);
        }
        rack.present.insert(period);
        rack.shortened.insert(period);
        Ok(true)
    }

    /// Notes that a volume has lost its end, once.
    fn compare(&self, rack: &mut Rack, period: Period, found: u64) -> Result<(), StoreError> {
        let expected = rack.expected.get(&period).copied().unwrap_or_default();
        if found < expected && rack.damaged.insert(period) {
            rack.shortened.insert(period);
            let why = format!(
                "the last {} of {expected} writes are lost",
                expected - found
            );
            let kept = quarantine::note(&self.dir, &period.to_string(), self.opened, &why)?;
            self.damage.shortened(format!("volume {period}"), kept, why);
        }
        Ok(())
    }

    fn rack(&self) -> MutexGuard<'_, Rack> {
        self.rack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rack {
    fn is_pinned(&self, period: Period) -> bool {
        self.present.iter().rev().take(PINNED).any(|m| *m == period)
    }

    fn take_open(&mut self, period: Period) -> Option<Arc<Volume>> {
        if let Some(at) = self.open.iter().position(|(other, _)| *other == period) {
            return Some(self.open.remove(at).1);
        }
        self.leaving.remove(&period)?.upgrade()
    }

    /// Remembers `volume` as the one used last, and lets go of one too many.
    fn keep(&mut self, period: Period, volume: &Arc<Volume>) {
        self.open.push((period, Arc::clone(volume)));
        let is_old = |(period, _): &(Period, Arc<Volume>)| !self.is_pinned(*period);
        let n_old = self.open.iter().filter(|open| is_old(open)).count();
        if n_old > MAX_OLD
            && let Some(at) = self.open.iter().position(is_old)
        {
            let (period, volume) = self.open.remove(at);
            self.leaving.insert(period, Arc::downgrade(&volume));
        }
    }
}
