//! Two stories that a new copy has shown to be one.
//!
//! The younger becomes part of the older: its copies move, its keys and channels go,
//! and its record says where it is, so that its id leads there. It still lists the
//! copies that it had, by which a split can undo this. All of it is part of the
//! frame that the copy is written with.

use jiff::Timestamp;

use super::batch::WriteBatch;
use super::dedupe::{At, Joining};
use super::{Batch, MAX_STORY_KEYS};
use crate::ingest::dedupe::{similarity, story};
use crate::model::StoryId;
use crate::store::codec::item::ItemRecord;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;
use crate::store::volume::changes::VolumeDeletes;

impl Batch<'_> {
    /// Merges the stories that a new item has shown to be one, older ones first; returns the one that
    /// is left.
    ///
    /// Keeps two apart where an admin has had a say, or `story::may_merge` does not allow it.
    pub(super) fn unite(
        &mut self,
        joining: Joining,
        at: Timestamp,
        draft: &mut WriteBatch,
    ) -> Result<At, StoreError> {
        let mut home = joining.home;
        for other in joining.same {
            if !self.may_merge(home.0, other.0, draft)? {
                continue;
            }
            let age = |(id, _): At| (draft.stories[&id].record.sort_key, id);
            let (older, younger) = match age(home) <= age(other) {
                true => (home, other),
                false => (other, home),
            };
            self.merge(older, younger.0, at, draft)?;
            home = older;
        }
        Ok(home)
    }

    /// Returns whether two open stories may become one: by the corrections, by their copies, and by the
    /// texts of their longest copies.
    fn may_merge(
        &mut self,
        one: StoryId,
        other: StoryId,
        draft: &WriteBatch,
    ) -> Result<bool, StoreError> {
        let (a, b) = (&draft.stories[&one].record, &draft.stories[&other].record);
        let is_split = |copies: &StoryRecord, from: StoryId| {
            let said = &self.store.corrections;
            let mut items = copies.sightings.iter().map(|seen| seen.item);
            items.any(|item| said.is_apart(item, from) || said.home(item).is_some())
        };
        if is_split(a, other) || is_split(b, one) {
            return Ok(false);
        }
        let longest = |id: StoryId, record: &StoryRecord| {
            let first = record.core(id)[0];
            record.longest.unwrap_or(first)
        };
        let (copy_a, copy_b) = (longest(one, a), longest(other, b));
        let texts = self
            .gist(copy_a, one, draft)?
            .zip(self.gist(copy_b, other, draft)?);
        let verdict = texts.map(|(a, b)| similarity::judge(&a, &b, false));
        Ok(story::may_merge(
            &a.sightings,
            &b.sightings,
            verdict.as_ref(),
        ))
    }

    /// Moves all copies, keys and channels of `from` to `into`, in the batch and in the sketch index.
    fn merge(
        &mut self,
        into: At,
        from: StoryId,
        at: Timestamp,
        draft: &mut WriteBatch,
    ) -> Result<(), StoreError> {
        let given = draft.stories[&from].record.clone();
        for (seen, period) in given.sightings.iter().zip(&given.periods) {
            if let Some(record) = self.copy(seen.item, Some(*period), draft)? {
                let moved = ItemRecord {
                    story: into.0,
                    story_period: into.1,
                    ..record
                };
                draft.items.insert(seen.item, moved);
            }
        }
        draft.empty(from, into, at);
        let taker = draft.stories.get_mut(&into.0).expect("it was opened");
        let stands = IndexPosition::new(taker.record.sort_key, into.0);
        let keys = taker.record.take_over(&given, at);
        let (record, period) = (taker.record.clone(), taker.period);
        for key in keys {
            draft
                .joins
                .entry(IndexPrefix::join(key))
                .or_default()
                .insert(stands);
        }
        draft.changes.show(&record, period, at);
        self.store.bands.withdraw(from);
        let (volumes, damage) = (&self.store.volumes, &self.store.damage);
        let index = &self.store.bands;
        index.post(into.0, period, &record, volumes, damage)?;
        tracing::info!(story.id = %into.0, merged.id = %from, "a copy shows that two stories are one");
        Ok(())
    }
}

impl WriteBatch {
    /// Takes a story out of all indexes, and marks it as part of `into`. Its sightings stay.
    fn empty(&mut self, from: StoryId, into: At, at: Timestamp) {
        let giver = self.stories.get_mut(&from).expect("it was opened");
        let place = IndexPosition::new(giver.record.sort_key, from);
        let mut removals = VolumeDeletes::default();
        if let Some(before) = giver.before.take() {
            removals.index(place, &before.channels, &before.keys);
        }
        self.removals
            .entry(giver.period)
            .or_default()
            .add(&removals);
        let record = &mut giver.record;
        let latest = record.changed.max(at);
        for channel in record.channels.drain(..) {
            let changed = self.changes.channels.entry(channel).or_insert(latest);
            *changed = latest.max(*changed);
        }
        for key in record.keys.drain(..) {
            if let Some(places) = self.joins.get_mut(&IndexPrefix::join(key)) {
                places.remove(&place);
            }
        }
        record.bands.clear();
        record.routes.clear();
        record.moved = Some(into);
    }
}

impl StoryRecord {
    /// Takes the copies, routes and keys of another story, and merges the sketches; returns the keys
    /// that are new.
    fn take_over(&mut self, given: &StoryRecord, at: Timestamp) -> Vec<u64> {
        if given.pieces > self.pieces {
            self.longest = given.longest.or(given.sightings.first().map(|s| s.item));
        }
        self.sightings.extend(given.sightings.iter().cloned());
        self.periods.extend(&given.periods);
        if let Some(shown) = story::canonical(&self.sightings) {
            self.canonical = shown.item;
        }
        for seen in &given.sightings {
            self.show_in(&seen.source.channel());
        }
        self.route(&given.routes, at);
        self.learn_bands(given.bands.iter().copied(), given.pieces);
        self.changed = self.changed.max(given.changed).max(at);
        self.learn(&given.keys, MAX_STORY_KEYS)
    }
}
