//! All volumes: which there are, which are open, which were moved aside.
//!
//! The newest two stay open, of the others the few that were used last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;

use super::manifest::tidy;
use super::rack::{PINNED_VOLUMES, Rack};
use super::{Volume, legacy, swap};
use crate::store::codec::period::Period;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::BlockCache;
use crate::sync;

/// Suffix of the folder of a volume that is being removed.
const LEAVING_SUFFIX: &str = ".leaving";

/// Set of all volumes: opens, keeps open, replaces and removes them. Shared by readers and the writer.
pub(in crate::store) struct Volumes {
    /// Folder of the volumes.
    dir: PathBuf,
    /// Start of this process; dates the names of what is moved aside.
    opened: Timestamp,
    damage: Arc<DamageLog>,
    /// Block cache of all tables.
    pub(super) blocks: Arc<BlockCache>,
    rack: Mutex<Rack>,
}

impl Volumes {
    /// Lists the volumes in `dir`, made if it is not there, ends swaps that were cut off, and brings up what
    /// earlier releases left. None is opened yet.
    pub(in crate::store) fn open(
        dir: PathBuf,
        opened: Timestamp,
        damage: Arc<DamageLog>,
    ) -> Result<Volumes, StoreError> {
        let doing = |path: &PathBuf| format!("read {}", path.display());
        fs::create_dir_all(&dir).map_err(|error| StoreError::io(doing(&dir), error))?;
        swap::finish(&dir, opened)?;
        let mut rack = Rack::default();
        rack.shortened
            .extend(legacy::convert_all(&dir, opened, &damage)?);
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

    /// Learns the least write count of volumes; one that has less when it is opened has lost its end.
    pub(in crate::store) fn expect(&self, writes: BTreeMap<Period, u64>) {
        self.rack().expected.extend(writes);
    }

    /// Marks volumes as damaged that the ledger knows and that are not there, so that their items are
    /// asked for again; leaves a note.
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

    /// Opens the newest volumes, so that their damage is known from the start.
    pub(in crate::store) fn warm(&self) -> Result<(), StoreError> {
        for period in self.present().into_iter().take(PINNED_VOLUMES) {
            self.find(period)?;
        }
        Ok(())
    }

    /// Notes, if `is_so`, that a volume may not agree with itself.
    pub(in crate::store) fn doubt(&self, period: Period, is_so: bool) {
        if is_so {
            self.rack().shortened.insert(period);
        }
    }

    /// Takes the volumes that may not agree with themselves since the last call, and those that an earlier
    /// run found damaged and did not come to check.
    pub(in crate::store) fn take_shortened(&self) -> Result<BTreeSet<Period>, StoreError> {
        let mut shortened = std::mem::take(&mut self.rack().shortened);
        for period in self.damaged() {
            if let Some(volume) = self.find(period)?
                && volume.n_checked() < self.n_damaged(period)?
            {
                shortened.insert(period);
            }
        }
        Ok(shortened)
    }

    /// Counts the things of this period that were moved aside, or noted.
    pub(in crate::store) fn n_damaged(&self, period: Period) -> Result<u64, StoreError> {
        let kept = quarantine::earlier(&self.dir, &period.to_string())?;
        Ok(kept.len() as u64)
    }

    /// Returns the periods that have a volume, newest first.
    pub(in crate::store) fn present(&self) -> Vec<Period> {
        self.rack().present.iter().rev().copied().collect()
    }

    /// Returns whether this period has lost something.
    pub(in crate::store) fn is_damaged(&self, period: Period) -> bool {
        self.rack().damaged.contains(&period)
    }

    /// Returns whether this period may have lost something that the ledger still knows.
    pub(in crate::store) fn is_doubtful(&self, period: Period) -> bool {
        self.is_damaged(period) || self.damage.is_unsound(period)
    }

    /// Returns whether any period may have lost something.
    pub(in crate::store) fn has_doubts(&self) -> bool {
        self.has_damage() || self.damage.has_unsound()
    }

    /// Returns whether any period has lost something.
    pub(in crate::store) fn has_damage(&self) -> bool {
        !self.rack().damaged.is_empty()
    }

    /// Returns the periods that have lost something, oldest first.
    pub(in crate::store) fn damaged(&self) -> Vec<Period> {
        self.rack().damaged.iter().copied().collect()
    }

    /// Returns the volume of a period, opened if need be; `None` if there is none that can be opened.
    pub(in crate::store) fn find(&self, period: Period) -> Result<Option<Arc<Volume>>, StoreError> {
        let mut rack = self.rack();
        if !rack.present.contains(&period) {
            return Ok(None);
        }
        self.open_volume(&mut rack, period)
    }

    /// Returns the volume of a period, made if there is none.
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

    /// Returns the folder of a volume.
    pub(in crate::store) fn folder(&self, period: Period) -> PathBuf {
        self.dir.join(period.to_string())
    }

    /// Syncs the folder of a volume, if there is one.
    pub(in crate::store) fn sync_folder(&self, period: Period) -> Result<(), StoreError> {
        let dir = self.folder(period);
        match fs::File::open(&dir).and_then(|dir| dir.sync_all()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(StoreError::io(format!("sync {}", dir.display()), error))
            }
            _ => Ok(()),
        }
    }

    /// Returns the folder in which a replacement of a volume is made.
    pub(in crate::store) fn draft(&self, period: Period) -> PathBuf {
        swap::draft(&self.dir, period)
    }

    /// Puts the folder `copy` in the place of a volume; returns the folder of the old one. The caller holds
    /// the writer's lock, and the volume holds nothing that is not in its folder.
    pub(in crate::store) fn replace(
        &self,
        period: Period,
        copy: &Path,
    ) -> Result<PathBuf, StoreError> {
        let mut rack = self.rack();
        rack.take_open(period);
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
        Ok(old)
    }

    /// Keeps a volume that was replaced because it is damaged; returns its path.
    pub(in crate::store) fn keep_aside(
        &self,
        period: Period,
        old: &Path,
    ) -> Result<PathBuf, StoreError> {
        quarantine::keep(old, &self.folder(period), self.opened)
    }

    /// Removes a volume, if it is there; whoever still reads in it reads on. Its folder is renamed
    /// first, so that what is cut off is not taken for a volume.
    pub(in crate::store) fn drop_volume(&self, period: Period) -> Result<(), StoreError> {
        let mut rack = self.rack();
        rack.present.remove(&period);
        rack.damaged.remove(&period);
        rack.expected.remove(&period);
        rack.take_open(period);
        let leaving = self.dir.join(format!("{period}{LEAVING_SUFFIX}"));
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

    /// Returns the volumes whose removal was cut off.
    pub(in crate::store) fn leaving(&self) -> Result<Vec<Period>, StoreError> {
        let doing = |error| StoreError::io(format!("read {}", self.dir.display()), error);
        let mut leaving = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(doing)? {
            let entry = entry.map_err(doing)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let period: Option<Period> = name
                .strip_suffix(LEAVING_SUFFIX)
                .and_then(|name| name.parse().ok());
            leaving.extend(period);
        }
        Ok(leaving)
    }

    /// Closes all volumes, so that they are opened anew.
    pub(in crate::store) fn close(&self) {
        let mut rack = self.rack();
        rack.open.clear();
    }

    /// Opens a volume, or returns an open one; a damaged one is replaced by [`Volumes::begin_again`].
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
        let open = || Volume::open(&dir, period, &self.blocks).map(Arc::new);
        let volume = match open() {
            Err(StoreError::Damaged { why, .. }) => {
                if !self.begin_again(rack, period, why)? {
                    return Ok(None);
                }
                open()?
            }
            opened => opened?,
        };
        // Tables that a crash kept from being one, or from being removed.
        tidy(&dir);
        self.compare(rack, period, volume.writes())?;
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

    /// Moves a volume aside, and makes another of its sound tables. Returns whether there were any.
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

    /// Notes, once, a volume that has fewer writes than it should: it has lost its end.
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

    /// Locks the bookkeeping.
    pub(super) fn rack(&self) -> MutexGuard<'_, Rack> {
        sync::lock(&self.rack)
    }
}
