//! Explanation why two items are one story, or are not.

use jiff::SignedDuration;

use crate::ingest::dedupe::keys;
use crate::ingest::dedupe::similarity;
use crate::ingest::dedupe::similarity::Verdict;
use crate::model::{DedupeKeys, Item, ItemId, StoryId};
use crate::store::Store;
use crate::store::commit::sketch_index::stored_sketch;
use crate::store::error::StoreError;
use crate::store::read::StoryReader;
use crate::text::link;

/// Most stories that a story has been part of, one after the other.
const MAX_MOVES: usize = 16;

/// Comparison of two items.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// First item, and its story.
    pub one: (Item, StoryId),
    /// Other item, and its story.
    pub other: (Item, StoryId),
    /// Whether both have one canonical address.
    pub is_same_address: bool,
    /// Whether both have one folded headline, that says enough.
    pub is_same_headline: bool,
    /// Time between their sort keys.
    pub apart: SignedDuration,
    /// Time that copies may stand apart: the default, unless the caller sets that of their channels.
    pub window: SignedDuration,
    /// Shingle hashes that both sketches share.
    pub shared_bands: usize,
    /// Verdict on their texts.
    pub verdict: Verdict,
    /// Statement of an admin: `true` for one story, `false` for two.
    pub corrected: Option<bool>,
}

impl Explanation {
    /// Whether they are one story now.
    #[must_use]
    pub fn is_one_story(&self) -> bool {
        self.one.1 == self.other.1
    }

    /// Returns the reason in one sentence.
    #[must_use]
    pub fn why(&self) -> String {
        let is_near = self.apart <= self.window;
        match self.corrected {
            Some(true) => return "an admin has joined them".to_owned(),
            Some(false) => return "an admin has split them".to_owned(),
            None => {}
        }
        let is_one_source = self.one.0.source == self.other.0.source;
        if is_one_source && self.one.0.url != self.other.0.url {
            return "one source that brings two means two".to_owned();
        }
        if !is_near {
            let hours = self.window.as_secs_f64() / 3600.0;
            let unit = if hours == 1.0 { "hour" } else { "hours" };
            return format!("they stand more than {hours} {unit} apart");
        }
        if self.is_same_address {
            return "the same canonical address".to_owned();
        }
        if self.is_same_headline && !self.verdict.is_contradiction {
            return "the same headline".to_owned();
        }
        if self.verdict.is_retold && !self.is_one_story() {
            return "the same event in other words: only `dedupe = \"story\"` joins them"
                .to_owned();
        }
        self.verdict.why.to_owned()
    }
}

impl Store {
    /// Compares two items; the id of a story stands for the copy it began with. `None` if one of them
    /// is not there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn explain(&self, one: ItemId, other: ItemId) -> Result<Option<Explanation>, StoreError> {
        let (Some(one), Some(other)) = (self.copy(one)?, self.copy(other)?) else {
            return Ok(None);
        };
        let (a, b) = (
            similarity::gist(&one.0, true),
            similarity::gist(&other.0, true),
        );
        let address = |item: &Item| item.url.as_ref().map(link::canonical);
        let headline = keys::title(&one.0.title);
        let (own, others): (Vec<u32>, Vec<u32>) =
            (stored_sketch(&a).collect(), stored_sketch(&b).collect());
        let said = &self.corrections;
        let corrected = if said.is_apart(one.0.id, other.1) || said.is_apart(other.0.id, one.1) {
            Some(false)
        } else {
            let homes = (said.home(one.0.id), said.home(other.0.id));
            (homes.0.is_some() && homes.0 == homes.1 && one.1 == other.1).then_some(true)
        };
        Ok(Some(Explanation {
            is_same_address: address(&one.0).is_some() && address(&one.0) == address(&other.0),
            is_same_headline: headline.is_some() && headline == keys::title(&other.0.title),
            apart: one.0.sort_key.duration_since(other.0.sort_key).abs(),
            window: DedupeKeys::WINDOW,
            shared_bands: own.iter().filter(|band| others.contains(band)).count(),
            verdict: similarity::judge(&a, &b, true),
            corrected,
            one,
            other,
        }))
    }

    /// Returns the story that this one has become part of, however many steps that took.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn moved(&self, id: StoryId) -> Result<Option<StoryId>, StoreError> {
        let mut at = id;
        for _ in 0..MAX_MOVES {
            match self.moved_once(at)? {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok((at != id).then_some(at))
    }

    /// Returns the story that this one has become part of, in one step.
    fn moved_once(&self, id: StoryId) -> Result<Option<StoryId>, StoreError> {
        let Some(period) = self.period_of_story(id)? else {
            return Ok(None);
        };
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(None);
        };
        let record = volume.story(id, &self.damage)?;
        Ok(record
            .and_then(|record| record.moved)
            .map(|(story, _)| story))
    }

    /// Returns a copy and the story that it is in.
    fn copy(&self, id: ItemId) -> Result<Option<(Item, StoryId)>, StoreError> {
        match self.ledger.get()?.entry(id, &self.damage)? {
            Some(entry) => StoryReader::new(self).copy(id, entry.period()),
            None => Ok(None),
        }
    }
}
