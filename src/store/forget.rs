//! Taking things out of the ledger that were removed from the volumes.

use std::collections::BTreeMap;

use sled::transaction::{ConflictableTransactionError, Transactional};

use super::error::StoreError;
use super::keys::{Head, number};
use super::ledger::{Ledger, NAME, failed, raise};
use super::period::Period;
use super::record::Entry;
use crate::model::ItemId;

/// Items that are forgotten in one transaction.
const AT_ONCE: usize = 1000;

impl Ledger {
    /// All items whose entry names this volume.
    pub(super) fn items_of(&self, period: Period) -> Result<Vec<ItemId>, StoreError> {
        let mut ids = Vec::new();
        for entry in &self.items {
            let (key, bytes) = entry.map_err(failed)?;
            let is_of = Entry::read(&bytes).is_ok_and(|entry| entry.period() == period);
            if is_of && let Ok(id) = <[u8; 16]>::try_from(&*key) {
                ids.push(ItemId::from_bytes(id));
            }
        }
        Ok(ids)
    }

    /// The channels that have stories in this volume.
    pub(super) fn channels_of(&self, period: Period) -> Result<Vec<Head>, StoreError> {
        let spans = self.spans_of(period)?;
        let head = |key: &sled::IVec| key[..8].try_into().ok().map(u64::from_be_bytes);
        Ok(spans
            .iter()
            .filter_map(head)
            .map(Head::from_number)
            .collect())
    }

    fn spans_of(&self, period: Period) -> Result<Vec<sled::IVec>, StoreError> {
        let keys = self.spans.iter().keys();
        let of_period = keys.filter(|key| match key {
            Ok(key) => key.len() == 10 && key[8..] == period.to_bytes(),
            Err(_) => true,
        });
        of_period.map(|key| key.map_err(failed)).collect()
    }

    /// Forgets a volume that is being removed, and its items.
    pub(super) fn forget_volume(
        &self,
        period: Period,
        ids: &[ItemId],
        n_stories: u64,
    ) -> Result<(), StoreError> {
        for ids in ids.chunks(AT_ONCE) {
            self.forget(ids, 0, &BTreeMap::new())?;
        }
        for key in self.spans_of(period)? {
            self.spans.remove(key).map_err(failed)?;
        }
        self.volumes.remove(period.to_bytes()).map_err(failed)?;
        self.forget(&[], n_stories, &BTreeMap::new())
    }

    /// Forgets items that were removed from their volumes, which have been
    /// written as often as `writes` says. On the disk when it returns.
    pub(super) fn forget(
        &self,
        ids: &[ItemId],
        n_stories: u64,
        writes: &BTreeMap<Period, u64>,
    ) -> Result<(), StoreError> {
        let trees = (&self.items, &self.volumes, &self.meta);
        let written: sled::transaction::TransactionResult<(), sled::Error> =
            trees.transaction(|(items, volumes, meta)| {
                let mut n_items = 0;
                for id in ids {
                    n_items += u64::from(items.remove(id.as_bytes().as_slice())?.is_some());
                }
                for (period, count) in writes {
                    raise(volumes, &period.to_bytes(), *count)?;
                }
                for (name, count) in [("items", n_items), ("stories", n_stories)] {
                    let before = meta.get(name)?.as_deref().map_or(0, number);
                    meta.insert(name, &before.saturating_sub(count).to_be_bytes())?;
                }
                Ok::<(), ConflictableTransactionError<sled::Error>>(())
            });
        written.map_err(|error| StoreError::transaction(NAME, error))?;
        self.flush()
    }
}
