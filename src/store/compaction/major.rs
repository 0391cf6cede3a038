//! Packing volumes that are over.
//!
//! Once nothing new comes into a volume, all of it goes into one table, its items
//! packed by a dictionary that was trained on them.

use std::sync::PoisonError;

use super::rewrite::{CompactionInput, Packing};
use crate::store::Store;
use crate::store::codec::compress::{Decoder, Encoder};
use crate::store::codec::dictionary::Dictionary;
use crate::store::codec::period::Period;
use crate::store::disk::lock;
use crate::store::error::StoreError;
use crate::store::volume::{PACKED, Volume};

/// The newest volumes, which are still written.
const WRITTEN: usize = 2;

/// Items that a dictionary is trained on.
const SAMPLES: u64 = 2000;

/// Bytes of these, at most.
const SAMPLED: usize = 8 << 20;

/// Bytes of sled's file in a packed volume that are not worth packing it again.
const LIGHT: u64 = 4 << 20;

/// Which volumes to pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are over.
    Over,
    /// Also the newest two, which grow again.
    All,
}

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
    /// Packs volumes that were not packed yet, or changed much since; says what came
    /// of it. One that is written to meanwhile is left as it is, for the next time; one
    /// of which a part cannot be read, until that is mended.
    ///
    /// # Errors
    ///
    /// If the disk refuses; then nothing has changed.
    pub fn pack(
        &self,
        which: Which,
        progress: &dyn Fn(&Packed),
    ) -> Result<Vec<Packed>, StoreError> {
        self.compact_ledger();
        let rewriting = self.rewriting.lock();
        let _rewriting = rewriting.unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        let n_spared = match which {
            Which::Over => WRITTEN,
            Which::All => 0,
        };
        for period in self.volumes.present().into_iter().skip(n_spared).rev() {
            let packed = match self.pack_one(period) {
                Err(StoreError::Full) => return Err(StoreError::Full),
                Err(damaged @ StoreError::Damaged { .. }) => {
                    // It is not gone through again for nothing.
                    self.damage.unsound(period, "a part of the store", &damaged);
                    tracing::warn!("volume {period} is not packed: {damaged}");
                    None
                }
                Err(why) => {
                    tracing::warn!("volume {period} is not packed: {why}");
                    None
                }
                Ok(packed) => packed,
            };
            if let Some(packed) = packed {
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

    /// What does not work out is told: nothing is lost by it.
    fn compact_ledger(&self) {
        let mut writer = self.writer();
        let compacted = self.guarded(&mut writer, || {
            self.settle()?;
            self.ledger.compact(&self.damage)
        });
        if let Err(why) = compacted {
            tracing::warn!("the ledger stays as large as it is: {why}");
        }
    }

    fn pack_one(&self, period: Period) -> Result<Option<Packed>, StoreError> {
        let found = {
            let _writer = self.writer();
            self.settle()?;
            self.volumes.find(period)?
        };
        let Some(volume) = found.filter(|_| !self.damage.is_unsound(period)) else {
            return Ok(None);
        };
        if volume.is_dense()? {
            return Ok(None);
        }
        let writes = volume.writes()?;
        let packed = self.copy_densely(period, &volume);
        drop(volume);
        let packed = packed.inspect_err(|_| self.discard(period))?;
        let _writer = self.writer();
        self.settle()?;
        let is_same = match self.volumes.find(period)? {
            Some(volume) => volume.writes()? == writes,
            None => false,
        };
        if !is_same || !self.take_over(period)? {
            self.discard(period);
            return Ok(None);
        }
        Ok(Some(packed))
    }

    fn copy_densely(&self, period: Period, volume: &Volume) -> Result<Packed, StoreError> {
        let disk_before = lock::size(&self.volumes.folder(period));
        let dictionary = train(volume)?;
        let packing = Packing {
            dictionary: dictionary.as_ref(),
        };
        let how = CompactionInput {
            n_merged: volume.tables.len(),
            packing: Some(packing),
            is_salvage: false,
        };
        let rewritten = self.rewrite(period, volume, how)?;
        Ok(Packed {
            volume: period,
            items: rewritten.items,
            before: rewritten.before,
            after: rewritten.after,
            dictionary: dictionary.map_or(0, |dictionary| dictionary.bytes().len() as u64),
            disk_before,
            disk_after: lock::size(&self.volumes.draft(period)),
        })
    }
}

/// A dictionary for the items of a volume, if it saves more than it takes.
fn train(volume: &Volume) -> Result<Option<Dictionary>, StoreError> {
    let n_items = volume.items()?;
    let step = usize::try_from(n_items / SAMPLES + 1).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new();
    let mut samples = Vec::new();
    let mut n_bytes = 0;
    for entry in volume.items.entries().step_by(step) {
        let (_, bytes) = entry?;
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

impl Volume {
    /// Whether it is packed, and packing it again is not worth it.
    fn is_dense(&self) -> Result<bool, StoreError> {
        let is_packed = self.meta.contains_key(PACKED);
        let is_packed = is_packed.map_err(|error| StoreError::sled(&self.name, error))?;
        let is_light = match &*self.tables {
            [table] => self.sled_size() <= LIGHT + table.size() / 8,
            _ => false,
        };
        Ok(is_packed && is_light)
    }
}
