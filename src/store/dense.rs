//! Packing volumes that are over.
//!
//! While a volume is written sled's file grows to twice and more of what is in
//! it, and never shrinks. Once nothing new comes into it, it is written anew, in
//! order, with its items packed by a dictionary that was trained on them.
//!
//! ```text
//!   copy to 2026-11-01.dense             nobody waits; nothing if it is cut off
//!   if nothing was written meanwhile:
//!     2026-11-01       -> .replaced      cut off here, the old one comes back
//!     2026-11-01.dense -> 2026-11-01
//!     .replaced removed
//! ```

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::database;
use super::dictionary::Dictionary;
use super::error::StoreError;
use super::packing::{Decoder, Encoder};
use super::period::Period;
use super::volume::{DICTIONARY, TREES, Volume};
use super::{Store, layout};

/// The newest volumes, which are still written.
const WRITTEN: usize = 2;

/// Items that a dictionary is trained on.
const SAMPLES: u64 = 2000;

/// Bytes of these, at most.
const SAMPLED: usize = 8 << 20;

/// Items that are written at once: sled then takes less room for them.
const AT_ONCE: u64 = 500;

/// Memory for pages of a volume while it is packed, in bytes.
const CACHE: u64 = 16 << 20;

/// Where it stands that a volume was packed.
const DENSE: &[u8] = b"dense";

/// A volume that was packed, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Which.
    pub volume: Period,
    /// Its items.
    pub items: u64,
    /// What these took.
    pub before: u64,
    /// What they take now, without the dictionary.
    pub after: u64,
    /// The dictionary; 0 if none pays.
    pub dictionary: u64,
    /// All files of the volume before.
    pub disk_before: u64,
    /// All files of it now.
    pub disk_after: u64,
}

impl Store {
    /// Packs the volumes that are over and were not packed yet; says what came
    /// of it. One that is written to meanwhile is left as it is, for the next time.
    ///
    /// # Errors
    ///
    /// If the disk refuses; then nothing has changed.
    pub fn pack(&self, progress: &dyn Fn(&Packed)) -> Result<Vec<Packed>, StoreError> {
        let mut all = Vec::new();
        for period in self.volumes.present().into_iter().skip(WRITTEN).rev() {
            if let Some(packed) = self.pack_one(period)? {
                tracing::info!(
                    items = packed.items,
                    "packed volume {period}: {} bytes of disk before, {} now",
                    packed.disk_before,
                    packed.disk_after
                );
                progress(&packed);
                all.push(packed);
            }
        }
        Ok(all)
    }

    fn pack_one(&self, period: Period) -> Result<Option<Packed>, StoreError> {
        let writes = {
            let _writer = self.writer();
            self.settle()?;
            let volume = self.volumes.find(period)?;
            let Some(volume) = volume.filter(|_| !self.volumes.is_damaged(period)) else {
                return Ok(None);
            };
            if volume.is_dense()? {
                return Ok(None);
            }
            volume.writes()?
        };
        let dir = self.volumes.dir().join(format!("{period}.dense"));
        let packed = self.copy_densely(period, &dir);
        let packed = packed.inspect_err(|_| drop(fs::remove_dir_all(&dir)))?;
        let _writer = self.writer();
        self.settle()?;
        let is_same = match self.volumes.find(period)? {
            Some(volume) => volume.writes()? == writes,
            None => false,
        };
        if !is_same || !self.volumes.replace(period, &dir)? {
            drop(fs::remove_dir_all(&dir));
            return Ok(None);
        }
        Ok(packed)
    }

    fn copy_densely(&self, period: Period, dir: &Path) -> Result<Option<Packed>, StoreError> {
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(None);
        };
        let removed = |error| StoreError::io(format!("remove {}", dir.display()), error);
        if dir.exists() {
            fs::remove_dir_all(dir).map_err(removed)?;
        }
        let mut packed = Packed {
            volume: period,
            items: 0,
            before: 0,
            after: 0,
            dictionary: 0,
            disk_before: layout::size(&self.volumes.dir().join(period.to_string())),
            disk_after: 0,
        };
        let dictionary = self.train(&volume)?;
        let failed = |error| StoreError::sled(&volume.name, error);
        let (db, trees) = database::open(dir, &volume.name, CACHE, TREES, &self.damage)?;
        let [items, stories, by_channel, joins, meta] = trees;
        let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new());
        let mut full = sled::Batch::default();
        for entry in &volume.items {
            let (key, bytes) = entry.map_err(failed)?;
            packed.items += 1;
            packed.before += bytes.len() as u64;
            match decoder.raw(&bytes, volume.dictionary()) {
                Ok(raw) => {
                    let bytes = encoder.pack(&raw, dictionary.as_ref());
                    packed.after += bytes.len() as u64;
                    full.insert(key, bytes);
                }
                // A check is told of it as it lies.
                Err(_) => full.insert(key, bytes),
            }
            if packed.items.is_multiple_of(AT_ONCE) {
                items
                    .apply_batch(std::mem::take(&mut full))
                    .map_err(failed)?;
            }
        }
        items.apply_batch(full).map_err(failed)?;
        let others = [
            (&volume.stories, stories),
            (&volume.by_channel, by_channel),
            (&volume.joins, joins),
            (&volume.meta, meta.clone()),
        ];
        for (from, to) in others {
            for entry in from {
                let (key, value) = entry.map_err(failed)?;
                if key != DICTIONARY {
                    to.insert(key, value).map_err(failed)?;
                }
            }
        }
        if let Some(dictionary) = &dictionary {
            packed.dictionary = dictionary.bytes().len() as u64;
            meta.insert(DICTIONARY, dictionary.bytes())
                .map_err(failed)?;
        }
        let writes = volume.writes()?.to_be_bytes();
        meta.insert(DENSE, &writes).map_err(failed)?;
        db.flush().map_err(failed)?;
        packed.disk_after = layout::size(dir);
        Ok(Some(packed))
    }

    /// A dictionary for the items of a volume, if it saves more than it takes.
    fn train(&self, volume: &Arc<Volume>) -> Result<Option<Dictionary>, StoreError> {
        let n_items = volume.items()?;
        let step = usize::try_from(n_items / SAMPLES + 1).unwrap_or(usize::MAX);
        let mut decoder = Decoder::new();
        let mut samples = Vec::new();
        let mut n_bytes = 0;
        for entry in volume.items.iter().values().step_by(step) {
            let bytes = entry.map_err(|error| StoreError::sled(&volume.name, error))?;
            if let Ok(raw) = decoder.raw(&bytes, volume.dictionary()) {
                n_bytes += raw.len();
                samples.push(raw);
            }
            if n_bytes > SAMPLED {
                break;
            }
        }
        let mut encoder = Encoder::new();
        let mut size = |dictionary: Option<&Dictionary>| -> usize {
            let packed = samples.iter().map(|raw| encoder.pack(raw, dictionary));
            packed.map(|bytes| bytes.len()).sum()
        };
        let plain = size(None);
        let trained = Dictionary::train(&samples);
        Ok(trained.filter(|dictionary| {
            let saved = plain.saturating_sub(size(Some(dictionary))) as u64;
            saved * n_items / (samples.len() as u64).max(1) > dictionary.bytes().len() as u64
        }))
    }
}

impl Volume {
    fn is_dense(&self) -> Result<bool, StoreError> {
        let found = self.meta.contains_key(DENSE);
        found.map_err(|error| StoreError::sled(&self.name, error))
    }
}
