//! Volumes that are known, and those of them that are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::Volume;
use crate::store::codec::period::Period;

/// Newest volumes, which stay open.
pub(super) const PINNED_VOLUMES: usize = 2;

/// Most older volumes that are open at a time.
const MAX_OLD_VOLUMES: usize = 3;

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

    /// Puts a volume in as the one used last; lets go of the least recently used if too many older ones
    /// are open.
    pub(super) fn keep(&mut self, period: Period, volume: &Arc<Volume>) {
        self.open.push((period, Arc::clone(volume)));
        let is_old = |(period, _): &(Period, Arc<Volume>)| !self.is_pinned(*period);
        let n_old = self.open.iter().filter(|open| is_old(open)).count();
        if n_old > MAX_OLD_VOLUMES
            && let Some(at) = self.open.iter().position(is_old)
        {
            let (period, volume) = self.open.remove(at);
            self.leaving.insert(period, Arc::downgrade(&volume));
        }
    }
}
