//! Generations of channels: numbers that change whenever a reader of the channel would see a change;
//! for caches.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::model::ChannelId;
use crate::store::codec::key::IndexPrefix;
use crate::sync;

/// Generations of all channels since the start.
#[derive(Debug)]
pub(in crate::store) struct Generations {
    /// Offset that keeps generations of two runs apart.
    seed: u64,
    /// Number of times that nobody knows what changed.
    upheavals: Arc<AtomicU64>,
    /// Number of changes of each channel that changed or is watched.
    channels: RwLock<HashMap<IndexPrefix, Arc<AtomicU64>>>,
}

/// Generation of one channel, at hand for who asks at each request: to read it takes no lock.
#[derive(Clone, Debug)]
pub struct Generation {
    seed: u64,
    upheavals: Arc<AtomicU64>,
    changes: Arc<AtomicU64>,
}

impl Default for Generations {
    fn default() -> Generations {
        Generations {
            seed: RandomState::new().hash_one("generation") >> 1,
            upheavals: Arc::default(),
            channels: RwLock::default(),
        }
    }
}

impl Generations {
    /// Returns the number of a channel's generation.
    pub(in crate::store) fn number(&self, channel: &ChannelId) -> u64 {
        let channels = sync::read(&self.channels);
        let changes = channels.get(&IndexPrefix::channel(channel));
        let changes = changes.map_or(0, |changes| changes.load(Ordering::Acquire));
        self.seed + self.upheavals.load(Ordering::Acquire) + changes
    }

    /// Returns the generation of a channel as one that can be watched.
    pub(in crate::store) fn watched(&self, channel: &ChannelId) -> Generation {
        let mut channels = sync::write(&self.channels);
        let changes = channels.entry(IndexPrefix::channel(channel)).or_default();
        Generation {
            seed: self.seed,
            upheavals: Arc::clone(&self.upheavals),
            changes: Arc::clone(changes),
        }
    }

    /// Counts a change of these channels.
    pub(in crate::store) fn bump(&self, changed: &BTreeSet<IndexPrefix>) {
        let mut channels = sync::write(&self.channels);
        for channel in changed {
            let changes = channels.entry(*channel).or_default();
            changes.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Counts a change of which nobody knows what it changed.
    pub(in crate::store) fn upheave(&self) {
        self.upheavals.fetch_add(1, Ordering::AcqRel);
    }
}

impl Generation {
    /// Returns its number.
    #[must_use]
    pub fn number(&self) -> u64 {
        let upheavals = self.upheavals.load(Ordering::Acquire);
        self.seed + upheavals + self.changes.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_generation_is_that_of_its_channel() {
        let generations = Generations::default();
        let [one, other]: [ChannelId; 2] = ["a", "b"].map(|id| id.parse().unwrap());
        let watched = generations.watched(&one);
        let first = watched.number();
        assert_eq!(first, generations.number(&one));
        generations.bump(&BTreeSet::from([IndexPrefix::channel(&other)]));
        assert_eq!(watched.number(), first);
        generations.bump(&BTreeSet::from([IndexPrefix::channel(&one)]));
        assert_eq!(watched.number(), first + 1);
        generations.upheave();
        assert_eq!(watched.number(), first + 2);
        assert_eq!(generations.number(&one), first + 2);
    }
}
