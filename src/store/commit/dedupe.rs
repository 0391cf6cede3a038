//! Deduplication: the story that an item belongs to, as the store finds it.
//!
//! First what an admin said. Else all stories that share an address, a headline or
//! pieces of text with an item are gathered, and the one whose text is most like it
//! is taken. An item is judged against the copy that a story began with, the one it
//! shows and the longest, never against the others: copies of copies do not chain.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::Batch;
use super::batch::{OpenStory, WriteBatch};
use super::sketch_index::{Wanted, stored_sketch};
use crate::ingest::dedupe::keys;
use crate::ingest::dedupe::similarity;
use crate::ingest::dedupe::similarity::{ContainmentFilter, Verdict};
use crate::ingest::dedupe::story;
use crate::ingest::dedupe::story::{Candidate, Evidence};
use crate::ingest::dedupe::twins;
use crate::ingest::dedupe::weighing::CoreVerdicts;
use crate::model::{DedupeKeys, Item, StoryId, TokenizedText};
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::error::StoreError;

/// Most stories of one key that are candidates, and most of all keys together.
const MAX_CANDIDATES: usize = 16;

/// Most stories found by text alone that are compared with an item.
const MAX_JUDGED: usize = 6;

/// Time within which the same event in other words is one story.
const RETOLD_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Length of the shortest period: the last third of a February.
const SHORTEST_PERIOD: SignedDuration = SignedDuration::from_hours(24 * 8);

/// Most volumes that are searched for an item besides the newest two.
const MAX_REACH: i64 = 12;

/// Story and its volume.
pub(in crate::store) type At = (StoryId, Period);

/// Candidate: a story that may be one with an item.
struct FoundStory {
    at: At,
    by: By,
}

/// Ways in which a candidate was found, from the surest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Address,
    Headline,
    Text,
}

/// Candidate that is one with the item, as far as both texts tell.
struct Likely {
    at: At,
    by: By,
    /// Verdict on the texts; `None` if there are not two.
    verdict: Option<Verdict>,
    /// Evidence that it is one with the item, for the choice among several.
    evidence: Evidence,
}

/// Decision on a new item.
pub(in crate::store) struct Joining {
    /// Story that it joins.
    pub(in crate::store) home: At,
    /// Further stories that it shows to be the same event.
    pub(in crate::store) same: Vec<At>,
}

impl Batch<'_> {
    /// Finds the story that a new item joins: first an admin's word, then candidates by key and by
    /// text, each compared with the item.
    ///
    /// Returns `None` if the item begins a story of its own. The stories considered are loaded into
    /// `draft`.
    pub(in crate::store) fn join(
        &mut self,
        item: &Item,
        join: &DedupeKeys,
        draft: &mut WriteBatch,
    ) -> Result<Option<Joining>, StoreError> {
        if let Some(story) = self.store.corrections.home(item.id)
            && let Some(period) = self.period_of(story, draft)?
            && self.load(story, period, draft)?
        {
            let (home, same) = ((story, period), Vec::new());
            return Ok(Some(Joining { home, same }));
        }
        let newest = item.sort_key.saturating_add(join.window);
        let oldest = item.sort_key.saturating_sub(join.window);
        let (Ok(newest), Ok(oldest)) = (newest, oldest) else {
            return Ok(None);
        };
        let mut found = self.by_keys(item, join, (newest, oldest), draft)?;
        if let Some(gist) = &join.gist {
            let texts = self.by_text(item, gist, join, (newest, oldest))?;
            let texts = texts.into_iter().filter(|one| {
                let is_known = found.iter().any(|other| other.at.0 == one.at.0);
                !is_known
            });
            let texts: Vec<FoundStory> = texts.take(MAX_JUDGED).collect();
            found.extend(texts);
        }
        let likely = self.likely(item, join, found, draft)?;
        Ok(self.best(item, join, likely, draft))
    }

    /// Chooses the best of the candidates, and those others that are the same beyond doubt.
    fn best(
        &self,
        item: &Item,
        join: &DedupeKeys,
        likely: Vec<Likely>,
        draft: &WriteBatch,
    ) -> Option<Joining> {
        let candidates: Vec<Candidate<'_>> = likely
            .iter()
            .filter_map(|one| {
                let open = draft.stories.get(&one.at.0)?;
                Some(open.candidate(one.at.0, one.evidence))
            })
            .collect();
        let chosen = story::choose(item, &candidates, join.window)?;
        let home = likely.iter().find(|one| one.at.0 == chosen)?;
        let is_sure = |one: &&Likely| {
            let verdict = one.verdict.zip(join.gist.as_ref());
            verdict.is_some_and(|(verdict, gist)| story::connects(&verdict, gist))
        };
        let others = likely.iter().filter(|one| one.at.0 != chosen);
        let same = others.filter(|one| is_sure(&home) && is_sure(one));
        Some(Joining {
            home: home.at,
            same: same.map(|one| one.at).collect(),
        })
    }

    /// Finds candidates that share a dedupe key with the item, in the order of its keys (addresses
    /// first); at most [`MAX_CANDIDATES`].
    fn by_keys(
        &mut self,
        item: &Item,
        join: &DedupeKeys,
        span: (Timestamp, Timestamp),
        draft: &WriteBatch,
    ) -> Result<Vec<FoundStory>, StoreError> {
        let mut found: Vec<FoundStory> = Vec::new();
        let headline = keys::title(&item.title);
        for key in &join.keys {
            let by = match headline == Some(*key) {
                true => By::Headline,
                false => By::Address,
            };
            for at in self.by_key(item, IndexPrefix::join(*key), join.window, span, draft)? {
                if !found.iter().any(|other| other.at.0 == at.0) {
                    found.push(FoundStory { at, by });
                }
            }
        }
        found.truncate(MAX_CANDIDATES);
        Ok(found)
    }

    /// Finds the stories of one key that stand in `span`, in this group and in the volumes within
    /// reach; newest first, at most [`MAX_CANDIDATES`].
    fn by_key(
        &self,
        item: &Item,
        head: IndexPrefix,
        window: SignedDuration,
        span: (Timestamp, Timestamp),
        draft: &WriteBatch,
    ) -> Result<Vec<At>, StoreError> {
        let mut places = self.recent_places(head, span, draft);
        for period in reach(Period::of(item.first_seen), window) {
            let Some(volume) = self.store.volumes.find(period)? else {
                continue;
            };
            let found = volume.joins(head, span, MAX_CANDIDATES, &self.store.damage)?;
            places.extend(found.into_iter().map(|place| (place, period)));
        }
        // The same ones however commits are grouped.
        places.sort_unstable();
        places.dedup();
        places.truncate(MAX_CANDIDATES);
        let stories = places.into_iter().map(|(place, at)| (place.story(), at));
        Ok(stories.collect())
    }

    /// Finds the stories that got the key in this group and stand within the times; at most
    /// [`MAX_CANDIDATES`].
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

    /// Finds candidates by the sketch index, those with most shared hashes first.
    fn by_text(
        &self,
        item: &Item,
        gist: &TokenizedText,
        join: &DedupeKeys,
        (newest, oldest): (Timestamp, Timestamp),
    ) -> Result<Vec<FoundStory>, StoreError> {
        let bands: Vec<u32> = stored_sketch(gist).collect();
        let wanted = Wanted {
            bands: &bands,
            screen: &|| ContainmentFilter::of(gist, join.joins_same_event),
            sort_key: item.sort_key,
            newest,
            oldest,
        };
        let (volumes, damage) = (&self.store.volumes, &self.store.damage);
        let found = self.store.bands.find(&wanted, volumes, damage)?;
        let found = found.into_iter().map(|found| FoundStory {
            at: (found.story, found.period),
            by: By::Text,
        });
        Ok(found.collect())
    }

    /// Keeps the candidates that the item is one with, going by address, headline and texts; loads them
    /// into `draft`.
    ///
    /// If the source itself has printed much the same before, text alone counts only if it is
    /// identical: that is a series.
    fn likely(
        &mut self,
        item: &Item,
        join: &DedupeKeys,
        found: Vec<FoundStory>,
        draft: &mut WriteBatch,
    ) -> Result<Vec<Likely>, StoreError> {
        let mut is_series = false;
        let mut likely: Vec<Likely> = Vec::with_capacity(found.len());
        for FoundStory { at, by } in found {
            let is_apart = self.store.corrections.is_apart(item.id, at.0);
            if is_apart || !self.load(at.0, at.1, draft)? {
                continue;
            }
            let verdict = self.verdict(at.0, by, join, draft)?;
            let is_other = by == By::Address && self.is_other_news(item, at.0, join, draft)?;
            let open = &draft.stories[&at.0];
            let apart = open.record.sort_key.duration_since(item.sort_key).abs();
            let is_late = |verdict: &Verdict| verdict.is_retold && apart > RETOLD_WITHIN;
            let is_same = verdict.is_some_and(|v| v.is_same && !is_late(&v));
            let is_open = match by {
                By::Address => !is_other,
                // One headline on two texts that contradict each other is a column.
                By::Headline => is_same || !verdict.is_some_and(|v| v.is_contradiction),
                By::Text => is_same,
            };
            if !is_open {
                continue;
            }
            let evidence = Evidence::of(by == By::Address, verdict.as_ref());
            let candidate = open.candidate(at.0, evidence);
            if !story::may_take(&candidate, item) {
                // Its own source has printed much the same before.
                let is_alone = story::is_full(&candidate) || candidate.sightings.len() == 1;
                is_series |= by == By::Text && is_alone;
                continue;
            }
            likely.push(Likely {
                at,
                by,
                verdict,
                evidence,
            });
        }
        let is_trusted = |one: &Likely| {
            let is_identical = one.verdict.is_some_and(|verdict| verdict.is_identical());
            !is_series || one.by != By::Text || is_identical
        };
        likely.retain(is_trusted);
        Ok(likely)
    }

    /// Compares the item's text with the core copies of an open story; returns the weightiest verdict,
    /// `None` if there is nothing to compare.
    fn verdict(
        &mut self,
        story: StoryId,
        by: By,
        join: &DedupeKeys,
        draft: &WriteBatch,
    ) -> Result<Option<Verdict>, StoreError> {
        let Some(gist) = &join.gist else {
            return Ok(None);
        };
        let judge = match by {
            By::Text => similarity::judge_copy,
            By::Address | By::Headline => similarity::judge,
        };
        let mut verdicts = CoreVerdicts::default();
        for id in draft.stories[&story].record.core(story) {
            let Some(other) = self.gist(id, story, draft)? else {
                continue;
            };
            let verdict = judge(gist, &other, join.joins_same_event);
            verdicts.note(verdict, gist, &other);
            // Nothing can be more alike.
            if verdict.is_identical() {
                break;
            }
        }
        Ok(verdicts.conclude())
    }

    /// Returns whether an item that shares an address with an open story is other news than every copy
    /// of it.
    fn is_other_news(
        &mut self,
        item: &Item,
        story: StoryId,
        join: &DedupeKeys,
        draft: &WriteBatch,
    ) -> Result<bool, StoreError> {
        let own = match &join.gist {
            Some(gist) => Cow::Borrowed(gist),
            None => Cow::Owned(similarity::reading(item)),
        };
        let sightings = draft.stories[&story].record.sightings.clone();
        let mut has_any = false;
        for seen in sightings {
            if let Some(other) = self.gist(seen.item, story, draft)? {
                has_any = true;
                if !twins::are_two(&own, &other, seen.source == item.source) {
                    return Ok(false);
                }
            }
        }
        Ok(has_any)
    }

    /// Returns the volume of a story, which is that of the item it began with; `None` if the ledger
    /// does not know that.
    pub(in crate::store) fn period_of(
        &self,
        story: StoryId,
        draft: &WriteBatch,
    ) -> Result<Option<Period>, StoreError> {
        let first = story.first_item();
        let entry = self.entry(first, draft)?;
        Ok(entry.map(crate::store::codec::entry::DirectoryEntry::period))
    }
}

impl OpenStory {
    /// Borrows the story as a candidate for `ingest::dedupe::story`.
    fn candidate(&self, story: StoryId, evidence: Evidence) -> Candidate<'_> {
        Candidate {
            story,
            evidence,
            sort_key: self.record.sort_key,
            sightings: &self.record.sightings,
        }
    }
}

/// Returns the periods that copies of an item of period `now` may stand in, newest first: two
/// neighbouring ones, and more only if `window` exceeds the shortest period; at most 2 + [`MAX_REACH`].
fn reach(now: Period, window: SignedDuration) -> impl Iterator<Item = Period> {
    let beyond = (window - SHORTEST_PERIOD).max(SignedDuration::ZERO);
    // A period has ten days at most, and a window of less than one reaches no further.
    let more = (beyond.as_hours() + 239) / 240;
    let count = 2 + more.clamp(0, MAX_REACH) as usize;
    std::iter::successors(Some(now), |period| Some(period.previous())).take(count)
}
