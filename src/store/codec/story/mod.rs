//! Stories as their volumes hold them; `wire` gives them as bytes.

pub(in crate::store) mod wire;

use jiff::Timestamp;

use crate::ingest::dedupe::story;
use crate::model::{ChannelId, Item, ItemId, Route, Sighting, StoryId, TokenizedText};
use crate::store::codec::key::IndexPrefix;
use crate::store::codec::period::Period;

/// Story as its volume holds it: the copies, which of them is shown, and what finds it.
///
/// Written by `commit` (also corrections) and fsck; `wire` encodes it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct StoryRecord {
    /// Time by which the story stands in listings; that of the item it began with. Never changes,
    /// because index keys hold it.
    pub(in crate::store) sort_key: Timestamp,
    /// Time of the last change that a reader of the story sees.
    pub(in crate::store) changed: Timestamp,
    /// Copy that is shown; one of the sightings.
    pub(in crate::store) canonical: ItemId,
    /// Copies, in the order in which they came.
    pub(in crate::store) sightings: Vec<Sighting>,
    /// Volume of each copy, in the order of `sightings`.
    pub(in crate::store) periods: Vec<Period>,
    /// Channels in whose index the story stands, each with all above it.
    pub(in crate::store) channels: Vec<IndexPrefix>,
    /// Dedupe keys by which new items find the story.
    pub(in crate::store) keys: Vec<u64>,
    /// Bottom-k MinHash sketch of its core copies, merged: at most [`MAX_BANDS`] shingle hashes, low 32
    /// bits.
    pub(in crate::store) bands: Vec<u32>,
    /// Shingles of the longest of these copies, which `bands` samples; 0 in stories of layout 2 and
    /// before.
    pub(in crate::store) pieces: u32,
    /// Longest copy, where that is not the one it began with.
    pub(in crate::store) longest: Option<ItemId>,
    /// Further channels that the story goes to, with the rule that sent it; at most [`MAX_ROUTES`].
    pub(in crate::store) routes: Vec<Route>,
    /// Story that has taken all copies, with its volume: by an admin's word, or as another copy has
    /// shown that both are one. The copies stay listed here.
    pub(in crate::store) moved: Option<(StoryId, Period)>,
}

/// Most hashes in the sketch of one story.
const MAX_BANDS: usize = 48;

/// Most routes of one story.
const MAX_ROUTES: usize = 16;

impl StoryRecord {
    /// Makes the record of a story that begins with `item`; [`StoryRecord::take`] has still to add the
    /// item itself.
    pub(in crate::store) fn begin(item: &Item, at: Timestamp) -> StoryRecord {
        StoryRecord {
            sort_key: item.sort_key,
            changed: at,
            canonical: item.id,
            sightings: Vec::new(),
            periods: Vec::new(),
            channels: Vec::new(),
            keys: Vec::new(),
            bands: Vec::new(),
            pieces: 0,
            longest: None,
            routes: Vec::new(),
            moved: None,
        }
    }

    /// Adds or replaces a copy, chooses the canonical one, and returns whether a reader sees a
    /// difference.
    ///
    /// `is_same_item` says that the stored item did not change, so that only rank or place can have.
    pub(in crate::store) fn take(
        &mut self,
        item: &Item,
        period: Period,
        rank: u32,
        at: Timestamp,
        is_same_item: bool,
    ) -> bool {
        let sighting = story::sighting(item, rank);
        let known = self.sightings.iter().position(|seen| seen.item == item.id);
        let is_same_sighting = known.is_some_and(|known| self.sightings[known] == sighting);
        match known {
            Some(known) => self.sightings[known] = sighting,
            None => {
                self.sightings.push(sighting);
                self.periods.push(period);
            }
        }
        let shown = self.canonical;
        if let Some(canonical) = story::canonical(&self.sightings) {
            self.canonical = canonical.item;
        }
        self.show_in(&item.source.channel());
        let is_shown = self.canonical == item.id;
        let is_seen = !is_same_sighting || shown != self.canonical || is_shown && !is_same_item;
        if is_seen {
            self.changed = self.changed.max(at);
        }
        is_seen
    }

    /// Removes a copy that is gone.
    pub(in crate::store) fn forget(&mut self, item: ItemId) {
        if let Some(at) = self.sightings.iter().position(|seen| seen.item == item) {
            self.sightings.remove(at);
            self.periods.remove(at);
        }
    }

    /// Adds routes to other channels, while there are fewer than [`MAX_ROUTES`]; returns whether any is
    /// new.
    pub(in crate::store) fn route(&mut self, routes: &[Route], at: Timestamp) -> bool {
        let mut is_new = false;
        for route in routes {
            let is_known = self.routes.iter().any(|known| known.to == route.to);
            if is_known || self.routes.len() >= MAX_ROUTES {
                continue;
            }
            self.routes.push(route.clone());
            self.show_in(&route.to);
            self.changed = self.changed.max(at);
            is_new = true;
        }
        is_new
    }

    /// Adds a channel, and all above it, to those in whose index the story stands.
    pub(in crate::store) fn show_in(&mut self, channel: &ChannelId) {
        for channel in channel.lineage() {
            let head = IndexPrefix::channel(&channel);
            if !self.channels.contains(&head) {
                self.channels.push(head);
            }
        }
    }

    /// Adds hashes to the sketch, while there are fewer than [`MAX_BANDS`], of a text with `pieces`
    /// shingles; returns whether any is new.
    pub(in crate::store) fn learn_bands(
        &mut self,
        bands: impl Iterator<Item = u32>,
        pieces: u32,
    ) -> bool {
        let known = self.bands.len();
        self.pieces = self.pieces.max(pieces);
        for band in bands {
            if self.bands.len() < MAX_BANDS && !self.bands.contains(&band) {
                self.bands.push(band);
            }
        }
        self.bands.len() > known
    }

    /// Notes copy `id` of story `story` as the longest, if its text has more shingles than any before.
    pub(in crate::store) fn measure(
        &mut self,
        id: ItemId,
        story: StoryId,
        gist: Option<&TokenizedText>,
    ) {
        if gist.is_some_and(|gist| gist.n_shingles > self.pieces) {
            self.longest = (StoryId::begun_by(id) != story).then_some(id);
        }
    }

    /// Returns the copies that others are judged by, each once: the one that the story `id` began with,
    /// the one that is shown, the longest.
    pub(in crate::store) fn core(&self, id: StoryId) -> Vec<ItemId> {
        let first = id.first_item();
        let mut core = vec![first];
        for copy in [Some(self.canonical), self.longest].into_iter().flatten() {
            if !core.contains(&copy) {
                core.push(copy);
            }
        }
        core
    }

    /// Adds dedupe keys, while there are fewer than `limit`; returns those it added.
    pub(in crate::store) fn learn(&mut self, keys: &[u64], limit: usize) -> Vec<u64> {
        let known = self.keys.len();
        for key in keys {
            if self.keys.len() < limit && !self.keys.contains(key) {
                self.keys.push(*key);
            }
        }
        self.keys[known..].to_vec()
    }

    /// Returns the volume of a copy; `None` if the story has no such copy.
    pub(in crate::store) fn period_of(&self, item: ItemId) -> Option<Period> {
        let seen = self.sightings.iter().position(|seen| seen.item == item)?;
        self.periods.get(seen).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::store::codec::story::wire::{VERSION, WITHOUT_LONGEST, WITHOUT_PIECES};
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_story_reads_back(story in any_story()) {
            prop_assert_eq!(StoryRecord::read(&story.to_bytes()), Ok(story));
        }

        #[test]
        fn a_story_of_the_first_versions_reads_back(story in any_story()) {
            let story = StoryRecord { pieces: 0, longest: None, ..story };
            let mut bytes = story.to_bytes();
            prop_assert_eq!(bytes.pop(), Some(0));
            bytes[0] = WITHOUT_LONGEST;
            prop_assert_eq!(StoryRecord::read(&bytes), Ok(story.clone()));
            prop_assert_eq!(bytes.pop(), Some(0));
            bytes[0] = WITHOUT_PIECES;
            prop_assert_eq!(StoryRecord::read(&bytes), Ok(story));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = VERSION;
            let _ = StoryRecord::read(&bytes);
            bytes[0] = WITHOUT_PIECES;
            let _ = StoryRecord::read(&bytes);
            bytes[0] = WITHOUT_LONGEST;
            let _ = StoryRecord::read(&bytes);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }

    prop_compose! {
        fn any_story()(
            at in any_time(), titles in vec(".{1,40}", 1..5), period: [u8; 2], rank: u32,
            id: [u8; 16], heads: Vec<u64>,
        ) -> StoryRecord {
            let sighting = |title: &String| Sighting {
                item: ItemId::from_bytes(id),
                source: "shandong/jinan/daily".parse().unwrap(),
                url: WebUrl::parse("https://jinan.example/1"),
                title: title.clone(),
                at,
                authors: titles.clone(),
                origin: Some(title.clone()),
                rank,
            };
            StoryRecord {
                sort_key: at,
                changed: at,
                canonical: ItemId::from_bytes(id),
                sightings: titles.iter().map(sighting).collect(),
                periods: titles.iter().map(|_| Period::from_bytes(period)).collect(),
                channels: heads.iter().copied().map(IndexPrefix::from_number).collect(),
                bands: heads.iter().map(|head| *head as u32).collect(),
                pieces: rank,
                longest: (rank > 3).then(|| ItemId::from_bytes(id)),
                routes: titles.iter().map(|why| Route { to: "a/b".parse().unwrap(), why: why.clone() }).collect(),
                moved: (rank > 7).then(|| (StoryId::from_bytes(id), Period::from_bytes(period))),
                keys: heads,
            }
        }
    }
}
