//! Inverted index over the sketches of stories: which of them share text with an item.
//!
//! The newest [`MAX_STORIES`] stories, by where they stand, are looked up by their
//! bands. These are kept with each story on the disk; the index over them is in
//! memory, filled when it is first needed, and hangs on what the store holds
//! alone: not on when it was filled, or in which order.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use crate::ingest::dedupe::similarity::{self, Chance, ContainmentFilter, Screening};
use crate::model::{StoryId, TokenizedText};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::codec::story::wire::Posting;
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;
use crate::store::volume::set::Volumes;
use crate::sync;

/// Most stories in the index, the newest by sort key. A hundred thousand take 40 MB.
pub(in crate::store) const MAX_STORIES: usize = 100_000;

/// Most stories of one hash; one that more have is a phrase that everybody uses, and finds none.
const MAX_POSTINGS: usize = 64;

/// Most stories whose sketches are checked for one item.
const MAX_SCREENED: usize = 24;

/// Most stories returned that share no more than strangers do.
const MAX_SLIGHT: usize = 1;

/// Steps in which shares of sketches are told apart, where their order is made.
const SHARE_STEPS: f32 = 8.0;

/// Inverted index over the sketches of the newest stories; `None` until it is first needed.
#[derive(Default)]
pub(in crate::store) struct SketchIndex(Mutex<Option<SketchMap>>);

/// Query of one item.
pub(in crate::store) struct Wanted<'a> {
    /// Sketch of the item.
    pub(in crate::store) bands: &'a [u32],
    /// Maker of the filter; called only if any story shares a hash.
    pub(in crate::store) screen: &'a dyn Fn() -> ContainmentFilter,
    /// Time of the item: stories near it come before others that share as many hashes.
    pub(in crate::store) sort_key: Timestamp,
    /// Latest sort key of a story that may be found.
    pub(in crate::store) newest: Timestamp,
    /// Earliest sort key of a story that may be found.
    pub(in crate::store) oldest: Timestamp,
}

/// Story that an item may be a copy of, not compared yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct DedupeCandidate {
    pub(in crate::store) story: StoryId,
    pub(in crate::store) period: Period,
    pub(in crate::store) sort_key: Timestamp,
}

/// Index proper. Stories are numbered; numbers of removed ones are used again.
#[derive(Default)]
struct SketchMap {
    /// Pairs of a hash and the number of a story that has it.
    postings: BTreeSet<(u32, u32)>,
    /// Hashes that were looked up and have more than [`MAX_POSTINGS`] stories.
    common: HashSet<u32>,
    /// Stories by number; `None` where one was removed.
    stories: Vec<Option<IndexedSketch>>,
    /// Numbers that are free.
    free: Vec<u32>,
    /// Number of each story.
    places: HashMap<StoryId, u32>,
    /// Stories by sort key, oldest first, to drop.
    by_age: BTreeSet<(Timestamp, StoryId)>,
}

/// Story in the index.
struct IndexedSketch {
    id: StoryId,
    period: Period,
    sort_key: Timestamp,
    /// Sketch, all of whose hashes are in `postings`.
    bands: Vec<u32>,
    /// Shingles of its longest core copy, 0 if unknown.
    pieces: u32,
}

impl SketchIndex {
    /// Finds stories that share a hash and pass the containment filter: those that have most of the
    /// item, or of which it has most, first, then those that share most hashes, then the nearest in
    /// time.
    ///
    /// Fills the index, if that was not done yet.
    ///
    /// # Errors
    ///
    /// Those of reading the volumes.
    pub(in crate::store) fn find(
        &self,
        wanted: &Wanted<'_>,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<Vec<DedupeCandidate>, StoreError> {
        self.with(volumes, damage, |index| index.find(wanted))
    }

    /// Adds the sketch of a story, or the new hashes of one it has.
    pub(in crate::store) fn post(
        &self,
        id: StoryId,
        period: Period,
        record: &StoryRecord,
        volumes: &Volumes,
        damage: &DamageLog,
    ) -> Result<(), StoreError> {
        let Some(posting) = Posting::of(record) else {
            return Ok(());
        };
        self.with(volumes, damage, |index| index.post(id, period, posting))
    }

    /// Removes a story that has become part of another one.
    pub(in crate::store) fn withdraw(&self, id: StoryId) {
        let mut slot = sync::lock(&self.0);
        // What is not filled yet will not find it.
        if let Some(index) = slot.as_mut() {
            index.remove(id);
        }
    }

    /// Removes stories that are gone. A full index is dropped instead, as older stories take their
    /// place.
    pub(in crate::store) fn forget(&self, stories: impl Iterator<Item = StoryId>) {
        let mut slot = sync::lock(&self.0);
        // Where it is full, others take their place, and these have to be read.
        slot.take_if(|index| index.places.len() >= MAX_STORIES);
        if let Some(index) = &mut *slot {
            stories.for_each(|story| index.remove(story));
        }
    }

    /// Removes the stories of a volume that is gone.
    pub(in crate::store) fn forget_volume(&self, period: Period) {
        let slot = sync::lock(&self.0);
        let posted = slot.iter().flat_map(|index| index.stories.iter().flatten());
        let gone = posted.filter(|posted| posted.period == period);
        let gone: Vec<StoryId> = gone.map(|posted| posted.id).collect();
        drop(slot);
        self.forget(gone.into_iter());
    }

    /// Drops the index, so that it is filled again.
    pub(in crate::store) fn clear(&self) {
        *sync::lock(&self.0) = None;
    }

    /// Runs `work` on the index, filled if need be.
    fn with<T>(
        &self,
        volumes: &Volumes,
        damage: &DamageLog,
        work: impl FnOnce(&mut SketchMap) -> T,
    ) -> Result<T, StoreError> {
        let mut slot = sync::lock(&self.0);
        if slot.is_none() {
            *slot = Some(SketchMap::fill(volumes, damage)?);
        }
        Ok(work(slot.as_mut().expect("it was just filled")))
    }
}

impl SketchMap {
    /// Reads the sketches of the newest [`MAX_STORIES`] stories, newest volume first; independent of
    /// order and time of filling.
    fn fill(volumes: &Volumes, damage: &DamageLog) -> Result<SketchMap, StoreError> {
        let mut index = SketchMap::default();
        for period in volumes.present() {
            // What began in an older volume stands before its end.
            let oldest = index.by_age.first().map(|(at, _)| *at);
            let is_full = index.places.len() >= MAX_STORIES;
            if is_full && oldest.is_some_and(|oldest| period.end() < oldest) {
                break;
            }
            if let Some(volume) = volumes.find(period)? {
                volume.each_story(damage, Posting::read, |id, posting| {
                    if let Some(posting) = posting {
                        index.place(id, period, posting);
                        index.make_room();
                    }
                })?;
            }
        }
        // All at once, which is faster than one after the other.
        let placed = (0..).zip(&index.stories);
        let placed = placed.filter_map(|(place, posted)| Some((place, posted.as_ref()?)));
        index.postings = placed
            .flat_map(|(place, posted)| posted.bands.iter().map(move |band| (*band, place)))
            .collect();
        Ok(index)
    }

    /// Looks up one item.
    fn find(&mut self, wanted: &Wanted<'_>) -> Vec<DedupeCandidate> {
        let mut places: Vec<u32> = Vec::new();
        for band in wanted.bands {
            if self.common.contains(band) {
                continue;
            }
            let known = places.len();
            let postings = self.postings.range((*band, 0)..=(*band, u32::MAX));
            places.extend(postings.take(MAX_POSTINGS + 1).map(|(_, at)| *at));
            if places.len() > known + MAX_POSTINGS {
                places.truncate(known);
                self.common.insert(*band);
            }
        }
        places.sort_unstable();
        let groups = places.chunk_by(|a, b| a == b);
        let mut near: Vec<(Reverse<usize>, SignedDuration, StoryId, &IndexedSketch)> = groups
            .filter_map(|group| {
                let posted = self.stories[group[0] as usize].as_ref()?;
                let is_near = (wanted.oldest..=wanted.newest).contains(&posted.sort_key);
                let apart = posted.sort_key.duration_since(wanted.sort_key).abs();
                is_near.then_some((Reverse(group.len()), apart, posted.id, posted))
            })
            .collect();
        if near.is_empty() {
            return Vec::new();
        }
        if near.len() > MAX_SCREENED {
            near.select_nth_unstable_by_key(MAX_SCREENED, |(shared, apart, id, _)| {
                (*shared, *apart, *id)
            });
            near.truncate(MAX_SCREENED);
        }
        near.sort_unstable_by_key(|(shared, apart, id, _)| (*shared, *apart, *id));
        let screen = (wanted.screen)();
        let mut slight = 0;
        let screened = near.into_iter().filter_map(|(_, _, _, posted)| {
            let Screening { chance, share } = screen.judge(&posted.bands, posted.pieces);
            let is_open = match chance {
                Chance::None => false,
                Chance::Slight => {
                    slight += 1;
                    slight <= MAX_SLIGHT
                }
                Chance::Good => true,
            };
            is_open.then_some(((share * SHARE_STEPS) as u32, posted))
        });
        let mut likely: Vec<(u32, &IndexedSketch)> = screened.collect();
        // Of a long text that has all of a short one, fewer hashes are shared than of a short
        // one that has most of it.
        likely.sort_by_key(|(share, _)| Reverse(*share));
        likely
            .into_iter()
            .map(|(_, posted)| DedupeCandidate {
                story: posted.id,
                period: posted.period,
                sort_key: posted.sort_key,
            })
            .collect()
    }

    /// Adds or updates a story, and drops the oldest if there are too many.
    fn post(&mut self, id: StoryId, period: Period, posting: Posting) {
        let bands = posting.bands.clone();
        let place = self.place(id, period, posting);
        self.postings
            .extend(bands.into_iter().map(|band| (band, place)));
        self.make_room();
    }

    /// Puts a story at its number, known or free; its hashes are not posted yet.
    fn place(&mut self, id: StoryId, period: Period, posting: Posting) -> u32 {
        let posted = IndexedSketch {
            id,
            period,
            sort_key: posting.sort_key,
            bands: posting.bands,
            pieces: posting.pieces,
        };
        let known = self.places.get(&id).copied();
        let place = known.or_else(|| self.free.pop());
        let place = place.unwrap_or(self.stories.len() as u32);
        self.by_age.insert((posted.sort_key, id));
        self.places.insert(id, place);
        match self.stories.get_mut(place as usize) {
            Some(slot) => *slot = Some(posted),
            None => self.stories.push(Some(posted)),
        }
        place
    }

    /// Drops the oldest stories until there are few enough.
    fn make_room(&mut self) {
        while self.places.len() > MAX_STORIES {
            self.drop_oldest();
        }
    }

    /// Drops the oldest story.
    fn drop_oldest(&mut self) {
        if let Some((_, id)) = self.by_age.first().copied() {
            self.remove(id);
        }
    }

    /// Removes a story and its hashes.
    fn remove(&mut self, id: StoryId) {
        let Some(place) = self.places.remove(&id) else {
            return;
        };
        if let Some(posted) = self.stories[place as usize].take() {
            self.by_age.remove(&(posted.sort_key, id));
            for band in posted.bands {
                self.postings.remove(&(band, place));
                self.common.remove(&band);
            }
        }
        self.free.push(place);
    }
}

/// Returns the sketch of a text in the form that is stored: the low 32 bits of each hash.
pub(in crate::store) fn stored_sketch(gist: &TokenizedText) -> impl Iterator<Item = u32> {
    gist.sketch.iter().copied().map(similarity::kept)
}
