//! Why two items are one story, or are not.

use jiff::SignedDuration;

use crate::ingest::dedupe::keys;
use crate::ingest::dedupe::similarity;
use crate::ingest::dedupe::similarity::Verdict;
use crate::model::{DedupeKeys, Item, ItemId, StoryId};
use crate::store::Store;
use crate::store::commit::dedupe::bands;
use crate::store::error::StoreError;
use crate::store::read::StoryReader;
use crate::text::link;

/// Stories that a story has been part of, one after the other, at most.
const MAX_MOVES: usize = 16;

/// What can be said of two items.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The first one, and its story.
    pub one: (Item, StoryId),
    /// The other one, and its story.
    pub other: (Item, StoryId),
    /// Whether both have one canonical address.
    pub is_same_address: bool,
    /// Whether both have one folded headline, that says enough.
    pub is_same_headline: bool,
    /// How far apart they stand.
    pub apart: SignedDuration,
    /// How far apart copies may stand: the usual, unless somebody who knows their
    /// channels says otherwise.
    pub window: SignedDuration,
    /// Pieces of text that both are looked up by.
    pub shared_bands: usize,
    /// What their texts say.
    pub verdict: Verdict,
    /// Whether an admin said that they are one story, or two.
    pub corrected: Option<bool>,
}

impl Explanation {
    /// Whether they are one story now.
    #[must_use]
    pub fn is_one_story(&self) -> bool {
        self.one.1 == self.other.1
    }

    /// The reason in one sentence.
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
    /// What can be said of two items; the id of a story stands for the copy that it
    /// shows. `None` if one of them is not there.
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
        let (own, others): (Vec<u32>, Vec<u32>) = (bands(&a).collect(), bands(&b).collect());
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

    /// The story that this one has become part of.
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

    fn moved_once(&self, id: StoryId) -> Result<Option<StoryId>, StoreError> {
        let first = ItemId::from_bytes(*id.as_bytes());
        let Some(entry) = self.ledger.get()?.entry(first, &self.damage)? else {
            return Ok(None);
        };
        let Some(volume) = self.volumes.find(entry.period())? else {
            return Ok(None);
        };
        let record = volume.story(id, &self.damage)?;
        Ok(record
            .and_then(|record| record.moved)
            .map(|(story, _)| story))
    }

    /// A copy and the story that it is in; the id of a story that several copies
    /// have stands for the one it began with.
    fn copy(&self, id: ItemId) -> Result<Option<(Item, StoryId)>, StoreError> {
        match self.ledger.get()?.entry(id, &self.damage)? {
            Some(entry) => StoryReader::new(self).copy(id, entry.period()),
            None => Ok(None),
        }
    }
}
