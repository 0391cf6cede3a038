//! Volumes that are known, and those of them that are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::Volume;
use crate::store::codec::period::Period;

/// Volumes that stay open.
pub(super) const PINNED_VOLUMES: usize = 2;

/// Older ones that are open at a time.
const MAX_OLD_VOLUMES: usize = 3;

#[derive(Default)]
pub(super) struct Rack {
    pub(super) present: BTreeSet<Period>,
    /// Periods that have lost something.
    pub(super) damaged: BTreeSet<Period>,
    /// Those of them whose end was lost and where nobody has looked since.
    pub(super) shortened: BTreeSet<Period>,
    /// How often each was written at least.
    pub(super) expected: BTreeMap<Period, u64>,
    /// Last used last.
    pub(super) open: Vec<(Period, Arc<Volume>)>,
    /// No longer kept open, though a reader may still be in one: sled lets a
    /// folder be opened once only.
    pub(super) leaving: BTreeMap<Period, Weak<Volume>>,
}

impl Rack {
    pub(super) fn is_pinned(&self, period: Period) -> bool {
        self.present
            .iter()
            .rev()
            .take(PINNED_VOLUMES)
            .any(|m| *m == period)
    }

    pub(super) fn take_open(&mut self, period: Period) -> Option<Arc<Volume>> {
        if let Some(at) = self.open.iter().position(|(other, _)| *other == period) {
            return Some(self.open.remove(at).1);
        }
        self.leaving.remove(&period)?.upgrade()
    }

    /// Remembers `volume` as the one used last, and lets go of one too many.
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
