//! All volumes: which there are, which are open, which were moved aside.
//!
//! The newest two stay open, of the others the few that were used last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::Timestamp;

use super::aside;
use super::damage::DamageLog;
use super::error::StoreError;
use super::keys::Month;
use super::volume::Volume;

/// Volumes that stay open.
const PINNED: usize = 2;

/// Older ones that are open at a time.
const MAX_OLD: usize = 4;

/// Memory for pages of a volume that stays open, in bytes.
const PINNED_CACHE: u64 = 16 << 20;

/// Memory for pages of an older volume, in bytes.
const OLD_CACHE: u64 = 4 << 20;

/// The folder of volumes.
pub(super) struct Volumes {
    dir: PathBuf,
    /// Dates the names of what is moved aside.
    opened: Timestamp,
    damage: Arc<DamageLog>,
    rack: Mutex<Rack>,
}

#[derive(Default)]
struct Rack {
    present: BTreeSet<Month>,
    /// Months that have lost something.
    damaged: BTreeSet<Month>,
    /// How often each was written at least.
    expected: BTreeMap<Month, u64>,
    /// Last used last.
    open: Vec<(Month, Arc<Volume>)>,
    /// No longer kept open, though a reader may still be in one: sled lets a
    /// folder be opened once only.
    leaving: BTreeMap<Month, Weak<Volume>>,
}

impl Volumes {
    pub(super) fn open(
        dir: PathBuf,
        opened: Timestamp,
        damage: Arc<DamageLog>,
    ) -> Result<Volumes, StoreError> {
        let doing = |path: &PathBuf| format!("read {}", path.display());
        fs::create_dir_all(&dir).map_err(|error| StoreError::io(doing(&dir), error))?;
        let mut rack = Rack::default();
        for entry in fs::read_dir(&dir).map_err(|error| StoreError::io(doing(&dir), error))? {
            let entry = entry.map_err(|error| StoreError::io(doing(&dir), error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Ok(month) = name.parse() {
                rack.present.insert(month);
            } else if let Some(month) = aside::original(&name).and_then(|name| name.parse().ok()) {
                rack.damaged.insert(month);
                damage.remember(aside::found(format!("volume {month}"), entry.path()));
            }
        }
        Ok(Volumes {
            dir,
            opened,
            damage,
            rack: Mutex::new(rack),
        })
    }

    /// Learns how often volumes were written.
    pub(super) fn expect(&self, writes: BTreeMap<Month, u64>) {
        self.rack().expected.extend(writes);
    }

    /// Opens those that stay open, so that their damage is known from the start.
    pub(super) fn warm(&self) -> Result<(), StoreError> {
        for month in self.present().into_iter().take(PINNED) {
            self.find(month)?;
        }
        Ok(())
    }

    /// The months there are, newest first.
    pub(super) fn present(&self) -> Vec<Month> {
        self.rack().present.iter().rev().copied().collect()
    }

    /// Whether this month has lost something.
    pub(super) fn is_damaged(&self, month: Month) -> bool {
        self.rack().damaged.contains(&month)
    }

    /// Whether any month has.
    pub(super) fn has_damage(&self) -> bool {
        !self.rack().damaged.is_empty()
    }

    /// The volume of a month, if there is one that can be opened.
    pub(super) fn find(&self, month: Month) -> Result<Option<Arc<Volume>>, StoreError> {
        let mut rack = self.rack();
        if !rack.present.contains(&month) {
            return Ok(None);
        }
        self.open_volume(&mut rack, month)
    }

    /// The volume of a month, made if there is none.
    pub(super) fn find_or_make(&self, month: Month) -> Result<Arc<Volume>, StoreError> {
        let mut rack = self.rack();
        rack.present.insert(month);
        if let Some(volume) = self.open_volume(&mut rack, month)? {
            return Ok(volume);
        }
        rack.present.insert(month);
        let second = self.open_volume(&mut rack, month)?;
        second.ok_or_else(|| StoreError::Damaged {
            what: format!("volume {month}"),
            why: "a new one cannot be opened either".to_owned(),
        })
    }

    /// Lets go of all volumes, so that they are opened anew.
    pub(super) fn close(&self) {
        let mut rack = self.rack();
        rack.open.clear();
        rack.leaving.clear();
    }

    fn open_volume(
        &self,
        rack: &mut Rack,
        month: Month,
    ) -> Result<Option<Arc<Volume>>, StoreError> {
        if let Some(volume) = rack.take_open(month) {
            rack.keep(month, &volume);
            return Ok(Some(volume));
        }
        let dir = self.dir.join(month.to_string());
        let cache_bytes = match rack.is_pinned(month) {
            true => PINNED_CACHE,
            false => OLD_CACHE,
        };
        match Volume::open(&dir, month, cache_bytes, &self.damage) {
            Ok(volume) => {
                let volume = Arc::new(volume);
                self.compare(rack, month, &volume)?;
                rack.keep(month, &volume);
                Ok(Some(volume))
            }
            Err(StoreError::Damaged { what, why }) => {
                rack.present.remove(&month);
                rack.damaged.insert(month);
                let kept = aside::move_aside(&dir, self.opened)?;
                self.damage.moved_aside(what, kept, why);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Notes that a volume has lost its end, once.
    fn compare(&self, rack: &mut Rack, month: Month, volume: &Volume) -> Result<(), StoreError> {
        let expected = rack.expected.get(&month).copied().unwrap_or_default();
        let found = volume.writes()?;
        if found < expected && rack.damaged.insert(month) {
            let why = format!(
                "the last {} of {expected} writes are lost",
                expected - found
            );
            let kept = aside::note(&self.dir, &month.to_string(), self.opened, &why)?;
            self.damage.shortened(format!("volume {month}"), kept, why);
        }
        Ok(())
    }

    fn rack(&self) -> MutexGuard<'_, Rack> {
        self.rack.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rack {
    fn is_pinned(&self, month: Month) -> bool {
        self.present.iter().rev().take(PINNED).any(|m| *m == month)
    }

    fn take_open(&mut self, month: Month) -> Option<Arc<Volume>> {
        if let Some(at) = self.open.iter().position(|(other, _)| *other == month) {
            return Some(self.open.remove(at).1);
        }
        self.leaving.remove(&month)?.upgrade()
    }

    /// Remembers `volume` as the one used last, and lets go of one too many.
    fn keep(&mut self, month: Month, volume: &Arc<Volume>) {
        self.open.push((month, Arc::clone(volume)));
        let is_old = |(month, _): &(Month, Arc<Volume>)| !self.is_pinned(*month);
        let n_old = self.open.iter().filter(|open| is_old(open)).count();
        if n_old > MAX_OLD
            && let Some(at) = self.open.iter().position(is_old)
        {
            let (month, volume) = self.open.remove(at);
            self.leaving.insert(month, Arc::downgrade(&volume));
        }
    }
}
