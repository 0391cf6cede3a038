//! Volumes that are known, and those of them that are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::Volume;
use crate::store::codec::period::Period;

/// Newest volumes, which stay open.
pub(super) const PINNED_VOLUMES: usize = 2;

/// Memory that older volumes which are open may take together, in bytes, as [`Volume::weight`] estimates
/// it: six megabytes for one of which sled is open, the indexes of its tables for one at rest.
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
    /// Volumes that are no longer kept open, though a reader may still be in one: sled lets a folder be
    /// opened once only.
    pub(super) leaving: BTreeMap<Period, Weak<Volume>>,
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

    /// Takes an open volume out, also one that only a reader keeps open.
    pub(super) fn take_open(&mut self, period: Period) -> Option<Arc<Volume>> {
        if let Some(at) = self.open.iter().position(|(other, _)| *other == period) {
            return Some(self.open.remove(at).1);
        }
        self.leaving.remove(&period)?.upgrade()
    }

    /// Puts a volume in as the one used last; lets go of those that were not used for longest if the older
    /// ones take too much memory.
    pub(super) fn keep(&mut self, period: Period, volume: &Arc<Volume>) {
        self.open.push((period, Arc::clone(volume)));
        let periods = self.open.iter().map(|(period, _)| *period);
        let old: Vec<Period> = periods.filter(|period| !self.is_pinned(*period)).collect();
        let weigh = |(period, volume): &(Period, Arc<Volume>)| match old.contains(period) {
            true => volume.weight(),
            false => 0,
        };
        let mut bytes: u64 = self.open.iter().map(weigh).sum();
        // The one used last stays, whatever it takes.
        for &leaving in old.split_last().map_or(&[][..], |(_, before)| before) {
            if bytes <= MAX_OLD_BYTES {
                break;
            }
            if let Some(at) = self.open.iter().position(|(period, _)| *period == leaving) {
                let (period, volume) = self.open.remove(at);
                bytes = bytes.saturating_sub(volume.weight());
                self.leaving.insert(period, Arc::downgrade(&volume));
            }
        }
    }
}
