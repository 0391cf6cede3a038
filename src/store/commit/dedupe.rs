//! Which story an item belongs to, as the store finds it.
//!
//! First what an admin said, then what is equal, then what says the same. An item
//! is judged against the copy that a story began with and the one it shows, never
//! against the others: copies of copies do not chain.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sketch_index::Wanted;
use super::{Batch, OpenStory, WriteBatch};
use crate::ingest::dedupe::keys;
use crate::ingest::dedupe::similarity;
use crate::ingest::dedupe::similarity::{ContainmentFilter, Verdict};
use crate::ingest::dedupe::story;
use crate::ingest::dedupe::story::Candidate;
use crate::ingest::dedupe::twins;
use crate::model::{DedupeKeys, Item, ItemId, StoryId, TokenizedText};
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::error::StoreError;

/// The most stories that one key is tried with.
const MAX_CANDIDATES: usize = 16;

/// The most stories whose text is compared with that of one item.
const MAX_JUDGED: usize = 6;

/// The same event in other words is one only on one day.
const RETOLD_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// The last third of a February.
const SHORTEST_PERIOD: SignedDuration = SignedDuration::from_hours(24 * 8);

/// Volumes that are asked for an item besides the newest two, at most.
const MAX_REACH: i64 = 12;

/// A story, and its volume.
type At = (StoryId, Period);

impl Batch<'_> {
    /// The story that a new item joins.
    pub(in crate::store) fn join(
        &mut self,
        item: &Item,
        join: &DedupeKeys,
        draft: &mut WriteBatch,
    ) -> Result<Option<At>, StoreError> {
        if let Some(story) = self.store.corrections.home(item.id)
            && let Some(period) = self.period_of(story, draft)?
            && self.load(story, period, draft)?
        {
            return Ok(Some((story, period)));
        }
        let newest = item.sort_key.saturating_add(join.window);
        let oldest = item.sort_key.saturating_sub(join.window);
        let (Ok(newest), Ok(oldest)) = (newest, oldest) else {
            return Ok(None);
        };
        let span = (newest, oldest);
        for key in &join.keys {
            if let Some(story) = self.by_key(item, *key, join, span, draft)? {
                return Ok(Some(story));
            }
        }
        match &join.gist {
            Some(gist) => self.by_text(item, gist, join, span, draft),
            None => Ok(None),
        }
    }

    fn by_key(
        &mut self,
        item: &Item,
        key: u64,
        join: &DedupeKeys,
        span: (Timestamp, Timestamp),
        draft: &mut WriteBatch,
    ) -> Result<Option<At>, StoreError> {
        let head = IndexPrefix::join(key);
        let now = Period::of(item.first_seen);
        let mut places = self.recent_places(head, span, draft);
        for period in reach(now, join.window) {
            let Some(volume) = self.store.volumes.find(period)? else {
                continue;
            };
            let found = volume.joins(head, span, MAX_CANDIDATES, &self.store.damage)?;
            places.extend(found.into_iter().map(|place| (place, period)));
        }
        // The same ones however commits are grouped.
        places.sort_unstable();
        places.truncate(MAX_CANDIDATES);
        let mut stories: Vec<StoryId> = Vec::with_capacity(places.len());
        for (place, period) in places {
            if self.load(place.story(), period, draft)? {
                stories.push(place.story());
            }
        }
        stories.retain(|story| !self.store.corrections.is_apart(item.id, *story));
        let is_title = keys::title(&item.title) == Some(key);
        let mut likely: Vec<(StoryId, f32)> = Vec::with_capacity(stories.len());
        for story in stories {
            let gist = join.gist.as_ref().filter(|_| is_title);
            let verdict = match gist {
                Some(gist) => self.verdict(gist, story, join, draft, similarity::judge)?,
                None => None,
            };
            let is_other = !is_title && self.is_twin(item, story, draft)?;
            // One headline on two texts that contradict each other is a column.
            if !is_other && !verdict.is_some_and(|verdict| verdict.is_contradiction) {
                let likeness = verdict.map_or(0.0, |verdict| verdict.figures.containment);
                likely.push((story, likeness));
            }
        }
        let candidates: Vec<Candidate<'_>> = likely
            .iter()
            .filter_map(|(id, likeness)| Some(draft.stories.get(id)?.candidate(*id, *likeness)))
            .collect();
        let chosen = story::choose(item, &candidates, join.window);
        Ok(chosen.and_then(|story| Some((story, draft.stories.get(&story)?.period))))
    }

    /// Whether an item that has the address of an open story is other news.
    fn is_twin(
        &mut self,
        item: &Item,
        story: StoryId,
        draft: &WriteBatch,
    ) -> Result<bool, StoreError> {
        let Some(open) = draft.stories.get(&story) else {
            return Ok(false);
        };
        let own = similarity::reading(item);
        let mut has_any = false;
        for seen in &open.record.sightings {
            if let Some(other) = self.gist(seen.item, open, draft)? {
                has_any = true;
                if !twins::are_two(&own, &other, seen.source == item.source) {
                    return Ok(false);
                }
            }
        }
        Ok(has_any)
    }

    /// Stories that got a key in this group, where they stand.
    fn recent_places(
        &self,
        head: IndexPrefix,
        (newest, oldest): (Timestamp, Timestamp),
        draft: &WriteBatch,
    ) -> Vec<(IndexPosition, Period)> {
        let Some(places) = draft.joins.get(&head) else {
            return Vec::new();
        };
        let near = places.range(IndexPosition::top(newest)..=IndexPosition::bottom(oldest));
        let with_period = near.filter_map(|place| {
            let open = draft.stories.get(&place.story())?;
            Some((*place, open.period))
        });
        with_period.take(MAX_CANDIDATES).collect()
    }

    fn by_text(
        &mut self,
        item: &Item,
        gist: &TokenizedText,
        join: &DedupeKeys,
        span: (Timestamp, Timestamp),
        draft: &mut WriteBatch,
    ) -> Result<Option<At>, StoreError> {
        let bands: Vec<u32> = bands(gist).collect();
        let wanted = Wanted {
            bands: &bands,
            screen: &|| ContainmentFilter::of(gist, join.is_loose),
            sort_key: item.sort_key,
            newest: span.0,
            oldest: span.1,
        };
        let (volumes, damage) = (&self.store.volumes, &self.store.damage);
        let mut found = self.store.bands.find(&wanted, volumes, damage)?;
        let apart = |at: Timestamp| at.duration_since(item.sort_key).abs();
        found.retain(|found| !self.store.corrections.is_apart(item.id, found.story));
        found.truncate(MAX_JUDGED);
        let mut is_series = false;
        let mut best: Option<(Verdict, At)> = None;
        for found in found {
            if !self.load(found.story, found.period, draft)? {
                continue;
            }
            let judge = similarity::judge_copy;
            let Some(verdict) = self.verdict(gist, found.story, join, draft, judge)? else {
                continue;
            };
            let is_late = verdict.is_retold && apart(found.sort_key) > RETOLD_WITHIN;
            if !verdict.is_same || is_late {
                continue;
            }
            let likeness = verdict.figures.containment;
            let candidate = draft.stories[&found.story].candidate(found.story, likeness);
            if !story::may_take(&candidate, item) {
                // Its own source has printed much the same before.
                is_series |= story::is_full(&candidate) || candidate.sightings.len() == 1;
                continue;
            }
            let is_better = best
                .as_ref()
                .is_none_or(|(other, _)| verdict.figures.containment > other.figures.containment);
            if is_better {
                best = Some((verdict, (found.story, found.period)));
            }
        }
        let trusted = best.filter(|(verdict, _)| !is_series || verdict.is_identical());
        Ok(trusted.map(|(_, story)| story))
    }

    /// What the text of an item says about a story that is open: the kinder of the
    /// verdicts on the copy it began with and on the one it shows.
    fn verdict(
        &mut self,
        gist: &TokenizedText,
        story: StoryId,
        join: &DedupeKeys,
        draft: &WriteBatch,
        judge: fn(&TokenizedText, &TokenizedText, bool) -> Verdict,
    ) -> Result<Option<Verdict>, StoreError> {
        let Some(open) = draft.stories.get(&story) else {
            return Ok(None);
        };
        let first = ItemId::from_bytes(*story.as_bytes());
        let shown = open.record.canonical;
        let mut kinder: Option<Verdict> = None;
        for id in std::iter::once(first).chain((shown != first).then_some(shown)) {
            let Some(other) = self.gist(id, open, draft)? else {
                continue;
            };
            let verdict = judge(gist, &other, join.is_loose);
            let is_kinder = kinder.is_none_or(|kinder| verdict.is_same && !kinder.is_same);
            if is_kinder {
                kinder = Some(verdict);
            }
        }
        Ok(kinder)
    }

    fn gist(
        &mut self,
        id: ItemId,
        open: &OpenStory,
        draft: &WriteBatch,
    ) -> Result<Option<Arc<TokenizedText>>, StoreError> {
        if let Some(gist) = self.gists.get(id) {
            return Ok(Some(gist));
        }
        let gist = match draft.items.get(&id) {
            Some(record) => similarity::reading(&record.item),
            None => {
                let Some(period) = open.record.period_of(id) else {
                    return Ok(None);
                };
                let Some(volume) = self.store.volumes.find(period)? else {
                    return Ok(None);
                };
                let found = volume.item(id, &mut self.tools.decoder, &self.store.damage)?;
                let Some(record) = found else {
                    return Ok(None);
                };
                similarity::reading(&record.item)
            }
        };
        let gist = Arc::new(gist);
        self.gists.put(id, Arc::clone(&gist));
        Ok(Some(gist))
    }

    /// Keeps what is known of an item that is new or has changed, as others will be
    /// compared with it.
    pub(in crate::store) fn remember_gist(&mut self, id: ItemId, join: &DedupeKeys) {
        self.gists.forget(id);
        if let Some(gist) = &join.gist {
            self.gists
                .put(id, Arc::new(similarity::for_comparison(gist)));
        }
    }

    /// The volume of a story: that of the item it began with.
    pub(in crate::store) fn period_of(
        &self,
        story: StoryId,
        draft: &WriteBatch,
    ) -> Result<Option<Period>, StoreError> {
        let first = ItemId::from_bytes(*story.as_bytes());
        let entry = self.entry(first, draft)?;
        Ok(entry.map(crate::store::codec::story::DirectoryEntry::period))
    }
}

impl OpenStory {
    fn candidate(&self, story: StoryId, likeness: f32) -> Candidate<'_> {
        Candidate {
            story,
            likeness,
            sort_key: self.record.sort_key,
            sightings: &self.record.sightings,
        }
    }
}

/// The volumes that copies of an item of this period may stand in: two neighbouring
/// ones, unless the admin lets them be further apart than the shortest of these.
fn reach(now: Period, window: SignedDuration) -> impl Iterator<Item = Period> {
    let beyond = (window - SHORTEST_PERIOD).max(SignedDuration::ZERO);
    // A period has ten days at most, and a window of less than one reaches no further.
    let more = (beyond.as_hours() + 239) / 240;
    let count = 2 + more.clamp(0, MAX_REACH) as usize;
    std::iter::successors(Some(now), |period| Some(period.previous())).take(count)
}

/// The bands of a text as they are kept.
pub(in crate::store) fn bands(gist: &TokenizedText) -> impl Iterator<Item = u32> {
    gist.bands.iter().copied().map(similarity::kept)
}
