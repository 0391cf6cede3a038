//! Folding volumes that are still written, so that sled stays small in them.
//!
//! Each time sled's file has grown, what it holds goes to a new table, together
//! with the tables that are no larger than what that makes: so there are few of
//! them, and what is in them is written anew a few times at most.
//!
//! ```text
//!   writer's lock: checkpoint, follow the volume
//!                  a copy is made                 commits go on
//!   writer's lock: checkpoint, what was written since into the copy, swap
//! ```

use std::sync::TryLockError;

use super::rewrite::{CompactionInput, SWAP_ATTEMPTS, SWAP_PAUSE};
use crate::store::Store;
use crate::store::codec::period::Period;
use crate::store::disk::database;
use crate::store::error::StoreError;
use crate::store::journal::recovery::WriterState;
use crate::store::volume::Volume;
use crate::store::volume::swap;
use crate::sync;

impl Store {
    /// Returns whether a volume has grown large enough for [`Store::fold_large`].
    #[must_use]
    pub fn has_large(&self) -> bool {
        self.journal.heaviest() > 0
    }

    /// Compacts the volumes whose sled file has grown large, while commits go on; one is held up for as
    /// long as the copy takes the volume's place. Errors are logged: nothing is lost by them. A damaged
    /// volume is left alone until the next start.
    pub fn fold_large(&self) {
        let _rewriting = sync::lock(&self.rewriting);
        for period in self.journal.take_heavy() {
            if self.writer().unfoldable.contains(&period) {
                continue;
            }
            let folded = self.fold_aside(period);
            self.journal.unfollow();
            self.told_of(period, folded, &mut self.writer());
        }
    }

    /// Compacts the volumes whose sled file has grown large while the caller holds the writer's lock, as
    /// [`Store::fold_large`] does without.
    pub(in crate::store) fn compact_large(&self, writer: &mut WriterState) {
        // While one is being packed or folded the others wait: they are told of again.
        let _rewriting = match self.rewriting.try_lock() {
            Ok(rewriting) => rewriting,
            Err(TryLockError::Poisoned(rewriting)) => rewriting.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        for period in self.journal.take_heavy() {
            if writer.unfoldable.contains(&period) {
                continue;
            }
            let folded = self.fold(period);
            self.told_of(period, folded, writer);
        }
    }

    /// Logs what came of folding a volume; removes the copy of one that was not folded.
    fn told_of(&self, period: Period, folded: Result<bool, StoreError>, writer: &mut WriterState) {
        match folded {
            // The checkpoint before the copy took its place has found it large once more.
            Ok(true) => return self.journal.forget_heavy(period),
            Ok(false) => tracing::debug!("volume {period} is used too busily to be folded"),
            Err(StoreError::Stopping) => {}
            Err(why) => {
                // A disk may have room again.
                if matches!(why, StoreError::Damaged { .. }) {
                    writer.unfoldable.insert(period);
                }
                tracing::warn!("volume {period} stays as large as it is: {why}");
            }
        }
        self.discard(period);
    }

    /// Compacts one volume that nobody writes; returns `false` if it is gone, or read too busily.
    fn fold(&self, period: Period) -> Result<bool, StoreError> {
        self.checkpoint()?;
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(false);
        };
        self.copy_folded(period, &volume)?;
        drop(volume);
        self.take_over(period)
    }

    /// Compacts one volume that goes on being written; returns `false` if it is gone, or used too
    /// busily.
    fn fold_aside(&self, period: Period) -> Result<bool, StoreError> {
        let volume = {
            let _writer = self.writer();
            self.checkpoint()?;
            self.journal.follow(period);
            self.volumes.find(period)?
        };
        let Some(volume) = volume else {
            return Ok(false);
        };
        self.copy_folded(period, &volume)?;
        drop(volume);
        for _ in 0..SWAP_ATTEMPTS {
            let writer = self.writer();
            self.checkpoint()?;
            if !self.catch_up(period)? {
                return Ok(false);
            }
            let replaced = self.volumes.replace(period, &self.volumes.draft(period))?;
            drop(writer);
            if let Some(old) = replaced {
                swap::remove_or_leave(&old);
                return Ok(true);
            }
            std::thread::sleep(SWAP_PAUSE);
        }
        Ok(false)
    }

    /// Writes a folded copy of a volume beside it.
    fn copy_folded(&self, period: Period, volume: &Volume) -> Result<(), StoreError> {
        let sizes = volume.tables.iter().map(|table| table.size());
        let mut how = CompactionInput {
            n_merged: n_merged(volume.sled_size(), sizes),
            packing: None,
            is_salvage: false,
        };
        let rewritten = match self.rewrite(period, volume, how) {
            Err(StoreError::Damaged { .. }) if how.n_merged > 0 => {
                // Tables that stay as they are need not be read.
                how.n_merged = 0;
                self.rewrite(period, volume, how)?
            }
            rewritten => rewritten?,
        };
        tracing::debug!(items = rewritten.items, "folded volume {period}");
        Ok(())
    }

    /// Writes into the copy of a volume what was written into the volume since it is followed, or since
    /// the last call; durable when it returns. `false` if the copy does not agree with the volume then.
    ///
    /// The caller holds the writer's lock and has made a checkpoint.
    fn catch_up(&self, period: Period) -> Result<bool, StoreError> {
        let Some((changes, volume)) = self.journal.take_followed().zip(self.volumes.find(period)?)
        else {
            return Ok(false);
        };
        let copy = self.volumes.open_draft(period)?;
        if !changes.bytes().is_empty() {
            copy.apply_frame(&changes)?;
            copy.flush()?;
            database::sync(&self.volumes.draft(period))?;
        }
        Ok(copy.writes()? == volume.writes()? && copy.items()? == volume.items()?)
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
