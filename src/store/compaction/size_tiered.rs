//! Folding volumes that are still written, so that sled stays small in them.
//!
//! Each time sled's file has grown, what it holds goes to a new table, together
//! with the tables that are no larger than what that makes: so there are few of
//! them, and what is in them is written anew a few times at most.

use std::sync::TryLockError;

use super::rewrite::CompactionInput;
use crate::store::Store;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::journal::recovery::WriterState;

impl Store {
    /// Compacts the volumes whose sled file has grown large. Errors are logged: nothing is lost by
    /// them. A damaged volume is left alone until the next start.
    pub(in crate::store) fn compact_large(&self, writer: &mut WriterState) {
        let heavy = self.journal.take_heavy();
        // While one is being packed the others wait: they are told of again.
        let _rewriting = match self.rewriting.try_lock() {
            Ok(rewriting) => rewriting,
            Err(TryLockError::Poisoned(rewriting)) => rewriting.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        for period in heavy {
            if writer.unfoldable.contains(&period) {
                continue;
            }
            match self.fold(period) {
                Ok(true) => {}
                Ok(false) => tracing::debug!("volume {period} is read too busily to be folded"),
                Err(why) => {
                    self.discard(period);
                    // A disk may have room again.
                    if matches!(why, StoreError::Damaged { .. }) {
                        writer.unfoldable.insert(period);
                    }
                    tracing::warn!("volume {period} stays as large as it is: {why}");
                }
            }
        }
    }

    /// Compacts one volume; returns `false` if it is gone, or read too busily.
    fn fold(&self, period: Period) -> Result<bool, StoreError> {
        self.checkpoint()?;
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(false);
        };
        let sizes = volume.tables.iter().map(|table| table.size());
        let mut how = CompactionInput {
            n_merged: n_merged(volume.sled_size(), sizes),
            packing: None,
            is_salvage: false,
        };
        let rewritten = match self.rewrite(period, &volume, how) {
            Err(StoreError::Damaged { .. }) if how.n_merged > 0 => {
                // Tables that stay as they are need not be read.
                how.n_merged = 0;
                self.rewrite(period, &volume, how)?
            }
            rewritten => rewritten?,
        };
        drop(volume);
        tracing::debug!(items = rewritten.items, "folded volume {period}");
        let is_done = self.take_over(period)?;
        if !is_done {
            self.discard(period);
        }
        Ok(is_done)
    }
}

/// Returns how many of the newest tables to merge with what sled holds: those no larger than what that
/// makes.
fn n_merged(sled: u64, tables: impl Iterator<Item = u64>) -> usize {
    // sled takes two and a half bytes for each that it holds.
    let mut merged = sled / 5 * 2;
    let is_small = |size: &u64| {
        let is_small = *size <= merged;
        merged += size;
        is_small
    };
    tables.take_while(is_small).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stay_few_and_are_seldom_written_anew() {
        let mut tables: Vec<u64> = Vec::new();
        let (mut written, mut most) = (0, 0);
        for _ in 0..1000 {
            let n_merged = n_merged(25, tables.iter().copied());
            let merged = 10 + tables.drain(..n_merged).sum::<u64>();
            tables.insert(0, merged);
            written += merged;
            most = most.max(tables.len());
        }
        assert_eq!(tables.iter().sum::<u64>(), 10_000);
        assert!(most <= 10, "{most}");
        assert!(written <= 60_000, "{written}");
    }
}
