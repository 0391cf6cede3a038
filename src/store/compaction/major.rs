//! Packing volumes that are over.
//!
//! Once nothing new comes into a volume, all of it goes into one table, its items
//! packed by a dictionary that was trained on them.

use std::sync::atomic::Ordering;

use super::rewrite::{CompactionInput, Packing, compact};
use crate::store::Store;
use crate::store::codec::compress::{Decoder, Encoder};
use crate::store::codec::dictionary::Dictionary;
use crate::store::codec::period::Period;
use crate::store::disk::lock;
use crate::store::error::StoreError;
use crate::store::volume::{PACKED, Volume};
use crate::sync;

/// Newest volumes, which are still written.
const GROWING_VOLUMES: usize = 2;

/// Items that a dictionary is trained on, spread over the volume.
const SAMPLE_ITEMS: u64 = 2000;

/// Most bytes of these.
const MAX_SAMPLE_BYTES: usize = 8 << 20;

/// Size of the tables above that of a packed volume, in bytes, from which on packing it again is worth it; an
/// eighth of that table comes on top.
const REPACK_MIN_BYTES: u64 = 4 << 20;

/// Choice of volumes to pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Volumes whose period is over.
    Over,
    /// All volumes, also the newest two, which grow again.
    All,
}

/// Result of packing one volume; sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Volume.
    pub volume: Period,
    /// Number of items.
    pub items: u64,
    /// Size of the items before.
    pub before: u64,
    /// Size of the items now, without the dictionary.
    pub after: u64,
    /// Size of the dictionary; 0 if none pays.
    pub dictionary: u64,
    /// Size of all files of the volume before.
    pub disk_before: u64,
    /// Size of all files of it now.
    pub disk_after: u64,
}

impl Store {
    /// Packs volumes that were not packed yet, or changed much since; returns what came of it, and
    /// tells `progress` of each.
    ///
    /// Commits go on. A volume of which a part cannot be read is left as it is until that is mended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Full`]; what was not packed has not changed. Other errors are logged, and the next
    /// volume is packed.
    #[doc(alias = "compaction")]
    pub fn pack(
        &self,
        which: Which,
        progress: &dyn Fn(&Packed),
    ) -> Result<Vec<Packed>, StoreError> {
        self.compact_ledger();
        let mut all = Vec::new();
        let n_spared = match which {
            Which::Over => GROWING_VOLUMES,
            Which::All => 0,
        };
        for period in self.volumes.present().into_iter().skip(n_spared).rev() {
            let packed = match self.pack_one(period) {
                Err(StoreError::Full) => return Err(StoreError::Full),
                Err(StoreError::Stopping) => break,
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

    /// Gives up the packing or folding that is under way, and lets none begin: nobody waits for it at a
    /// stop. What is packed already stays so.
    pub fn stop_packing(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Compacts the ledger if it has grown; an error is logged, as nothing is lost by it.
    fn compact_ledger(&self) {
        let mut writer = self.writer();
        let compacted = self.guarded(&mut writer, || {
            self.checkpoint()?;
            self.ledger.compact(&self.damage)
        });
        if let Err(why) = compacted {
            tracing::warn!("the ledger stays as large as it is: {why}");
        }
    }

    /// Packs one volume; `None` if that was not needed, or not possible now.
    fn pack_one(&self, period: Period) -> Result<Option<Packed>, StoreError> {
        if !self.is_worth_packing(period)? {
            return Ok(None);
        }
        {
            // What an earlier release wrote with the dictionary of before must not lie above the new one.
            let writer = self.writer();
            if writer.has_failed {
                return Ok(None);
            }
            self.checkpoint()?;
        }
        let _rewriting = sync::lock(&self.rewriting);
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(None);
        };
        let disk_before = lock::size(&self.volumes.folder(period));
        let dictionary = train(&volume)?;
        let how = CompactionInput {
            n_merged: volume.tables.len(),
            packing: Some(Packing {
                dictionary: dictionary.as_ref(),
            }),
            is_salvage: false,
            is_stopping: Some(&self.is_stopping),
        };
        let packed = compact(&self.volumes, &volume, how)?;
        Ok(packed.map(|stats| Packed {
            volume: period,
            items: stats.items,
            before: stats.before,
            after: stats.after,
            dictionary: dictionary.map_or(0, |dictionary| dictionary.bytes().len() as u64),
            disk_before,
            disk_after: lock::size(&self.volumes.folder(period)),
        }))
    }

    /// Returns whether a volume can be packed, and it is not as good as packed.
    fn is_worth_packing(&self, period: Period) -> Result<bool, StoreError> {
        let volume = self.volumes.find(period)?;
        let is_sound = !self.damage.is_unsound(period);
        Ok(volume.is_some_and(|volume| is_sound && !volume.is_dense()))
    }
}

/// Trains a dictionary for the items of a volume; `None` unless it saves more than it takes.
fn train(volume: &Volume) -> Result<Option<Dictionary>, StoreError> {
    let n_items = volume.items();
    let step = usize::try_from(n_items / SAMPLE_ITEMS + 1).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new();
    let mut samples = Vec::new();
    let mut n_bytes = 0;
    for entry in volume.items.entries().step_by(step) {
        let (_, bytes) = entry?;
        if let Ok(raw) = decoder.raw(&bytes, volume.dictionary()) {
            n_bytes += raw.len();
            samples.push(raw);
        }
        if n_bytes > MAX_SAMPLE_BYTES {
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
    /// Returns whether the volume is packed, and packing it again is not worth it.
    fn is_dense(&self) -> bool {
        let Some((oldest, newer)) = self.tables.split_last() else {
            return self.memtable.is_empty();
        };
        let above: u64 = newer.iter().map(|table| table.size()).sum();
        self.meta(PACKED).is_some() && above <= REPACK_MIN_BYTES + oldest.size() / 8
    }
}
