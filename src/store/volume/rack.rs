//! Volumes that are known, and those of them that are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Volume;
use crate::store::codec::period::Period;

/// Newest volumes, which stay open.
pub(super) const PINNED_VOLUMES: usize = 2;

/// Memory that older volumes which are open may take together, in bytes, as [`Volume::weight`] estimates
/// it.
const MAX_OLD_BYTES: u64 = 32 << 20;

/// Bookkeeping of the volumes, under one lock.
#[derive(Default)]
pub(super) struct Rack {
    /// Periods that have a volume.
    pub(super) present: BTreeSet<Period>,
    /// Periods that have lost something.
    pub(super) damaged: BTreeSet<Period>,
    /// Damaged periods whose volume may not agree with itself, and has not been checked since.
    pub(super) shortened: BTreeSet<Period>,
    /// Least write count that each volume should have.
    pub(super) expected: BTreeMap<Period, u64>,
    /// Open volumes, the one used last at the end.
    pub(super) open: Vec<(Period, Arc<Volume>)>,
}

impl Rack {
    /// Returns whether a period is one of the newest.
    pub(super) fn is_pinned(&self, period: Period) -> bool {
        self.present
            .iter()
            .rev()
            .take(PINNED_VOLUMES)
            .any(|m| *m == period)
    }

    /// Takes an open volume out.
    pub(super) fn take_open(&mut self, period: Period) -> Option<Arc<Volume>> {
        let mut open = self.open.iter();
        let at = open.position(|(other, _)| *other == period)?;
        Some(self.open.remove(at).1)
    }

    /// Returns an open volume.
    pub(super) fn open(&self, period: Period) -> Option<&Arc<Volume>> {
        let mut open = self.open.iter();
        open.find_map(|(other, volume)| (*other == period).then_some(volume))
    }

    /// Puts a volume in the place of the open one of its period.
    pub(super) fn put(&mut self, period: Period, volume: Arc<Volume>) {
        let mut open = self.open.iter_mut();
        if let Some((_, slot)) = open.find(|(other, _)| *other == period) {
            *slot = volume;
        }
    }

    /// Puts a volume in as the one used last; lets go of those that were not used for longest if the older
    /// ones take too much memory. What is in no table stays.
    pub(super) fn keep(&mut self, period: Period, volume: &Arc<Volume>) {
        self.open.push((period, Arc::clone(volume)));
        let can_go = |(period, volume): &&(Period, Arc<Volume>)| {
            // Whoever uses one may be about to write it, or to put tables below it.
            !self.is_pinned(*period) && !volume.is_dirty() && Arc::strong_count(volume) == 1
        };
        let old: Vec<(Period, u64)> = self
            .open
            .iter()
            .filter(can_go)
            .map(|(period, volume)| (*period, volume.weight()))
            .collect();
        let mut bytes: u64 = old.iter().map(|(_, weight)| weight).sum();
        // The one used last stays, whatever it takes.
        for &(leaving, weight) in old.split_last().map_or(&[][..], |(_, before)| before) {
            if bytes <= MAX_OLD_BYTES {
                break;
            }
            self.take_open(leaving);
            bytes -= weight;
        }
    }
}
