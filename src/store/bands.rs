//! Which stories share a piece of text with an item.
//!
//! The newest [`MAX_STORIES`] stories, by where they stand, are looked up by their
//! bands. These are kept with each story on the disk; the index over them is in
//! memory, filled when it is first needed, and hangs on what the store holds
//! alone: not on when it was filled, or in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::damage::DamageLog;
use super::error::StoreError;
use super::period::Period;
use super::record::StoryRecord;
use super::volumes::Volumes;
use crate::model::StoryId;

/// Stories that can be found. A hundred thousand take 40 MB.
pub(super) const MAX_STORIES: usize = 100_000;

/// A band that more stories have is a phrase that everybody uses, and finds none.
const MAX_POSTINGS: usize = 64;

/// The index; empty until it is filled.
#[derive(Default)]
pub(super) struct Bands(Mutex<Option<Index>>);

/// A story that shares bands with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) story: StoryId,
    pub(super) period: Period,
    pub(super) sort_key: Timestamp,
    /// Bands that both have.
    pub(super) shared: usize,
}

#[derive(Default)]
struct Index {
    /// Band, and place in `stories`.
    postings: BTreeSet<(u32, u32)>,
    stories: Vec<Option<Posted>>,
    free: Vec<u32>,
    places: HashMap<StoryId, u32>,
    by_age: BTreeSet<(Timestamp, StoryId)>,
}

struct Posted {
    id: StoryId,
    period: Period,
    sort_key: Timestamp,
    bands: Vec<u32>,
}

impl Bands {
    /// Stories from `oldest` to `newest` that share a band with `bands`: those
    /// that share most first.
    pub(super) fn find(
        &self,
        bands: &[u32],
        (newest, oldest): (Timestamp, Timestamp),
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<Vec<Found>, StoreError> {
        self.with(volumes, damage, |index| {
            let mut shared: BTreeMap<u32, usize> = BTreeMap::new();
            for band in bands {
                let postings = index.postings.range((*band, 0)..=(*band, u32::MAX));
                let places: Vec<u32> = postings.take(MAX_POSTINGS + 1).map(|(_, at)| *at).collect();
                if places.len() <= MAX_POSTINGS {
                    for place in places {
                        *shared.entry(place).or_default() += 1;
                    }
                }
            }
            let found = shared.into_iter().filter_map(|(place, shared)| {
                let posted = index.stories[place as usize].as_ref()?;
                let is_near = (oldest..=newest).contains(&posted.sort_key);
                is_near.then_some(Found {
                    story: posted.id,
                    period: posted.period,
                    sort_key: posted.sort_key,
                    shared,
                })
            });
            found.collect()
        })
    }

    /// Posts the bands of a story, besides those it has.
    pub(super) fn post(
        &self,
        id: StoryId,
        period: Period,
        record: &StoryRecord,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<(), StoreError> {
        self.with(volumes, damage, |index| index.post(id, period, record))
    }

    /// Forgets everything, so that it is read again.
    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(
        &self,
        volumes: &Volumes,
        damage: &DamageLog,
        work: impl FnOnce(&mut Index) -> T,
    ) -> Result<T, StoreError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(Index::fill(volumes, damage)?);
        }
        Ok(work(slot.as_mut().expect("it was just filled")))
    }
}

impl Index {
    fn fill(volumes: &Volumes, damage: &DamageLog) -> Result<Index, StoreError> {
        let mut index = Index::default();
        for period in volumes.present() {
            // What began in an older volume stands before its end.
            let oldest = index.by_age.first().map(|(at, _)| *at);
            let is_full = index.places.len() >= MAX_STORIES;
            if is_full && oldest.is_some_and(|oldest| period.end() < oldest) {
                break;
            }
            if let Some(volume) = volumes.find(period)? {
                volume.each_story(damage, |id, story| index.post(id, period, &story))?;
            }
        }
        Ok(index)
    }

    fn post(&mut self, id: StoryId, period: Period, record: &StoryRecord) {
        if record.bands.is_empty() || record.moved.is_some() {
            return;
        }
        let place = match self.places.get(&id) {
            Some(place) => *place,
            None => self.place(Posted {
                id,
                period,
                sort_key: record.sort_key,
                bands: Vec::new(),
            }),
        };
        if let Some(posted) = &mut self.stories[place as usize] {
            for band in &record.bands {
                if self.postings.insert((*band, place)) {
                    posted.bands.push(*band);
                }
            }
        }
        while self.places.len() > MAX_STORIES {
            self.drop_oldest();
        }
    }

    fn place(&mut self, posted: Posted) -> u32 {
        let place = self.free.pop().unwrap_or(self.stories.len() as u32);
        self.by_age.insert((posted.sort_key, posted.id));
        self.places.insert(posted.id, place);
        match self.stories.get_mut(place as usize) {
            Some(slot) => *slot = Some(posted),
            None => self.stories.push(Some(posted)),
        }
        place
    }

    fn drop_oldest(&mut self) {
        let Some((_, id)) = self.by_age.pop_first() else {
            return;
        };
        let Some(place) = self.places.remove(&id) else {
            return;
        };
        if let Some(posted) = self.stories[place as usize].take() {
            for band in posted.bands {
                self.postings.remove(&(band, place));
            }
        }
        self.free.push(place);
    }
}
