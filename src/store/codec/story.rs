//! Stories and directory entries as bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{Unreadable, WireTime, seal, unseal};
use super::key::IndexPrefix;
use super::period::Period;
use crate::ingest::dedupe::story;
use crate::model::{ChannelId, Item, ItemId, Route, Sighting, StoryId, TokenizedText};

/// A story as its volume holds it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct StoryRecord {
    /// Where it stands; that of the item it began with.
    pub(in crate::store) sort_key: Timestamp,
    /// When what a reader sees of it last changed.
    pub(in crate::store) changed: Timestamp,
    /// The copy we show; one of the sightings.
    pub(in crate::store) canonical: ItemId,
    /// All copies, in the order in which they came.
    pub(in crate::store) sightings: Vec<Sighting>,
    /// The volume of each of them.
    pub(in crate::store) periods: Vec<Period>,
    /// The channels whose index it stands in.
    pub(in crate::store) channels: Vec<IndexPrefix>,
    /// The keys it can be found by.
    pub(in crate::store) keys: Vec<u64>,
    /// Pieces of its text that copies are looked up by, of the copy it began with
    /// and of the one that is shown.
    pub(in crate::store) bands: Vec<u32>,
    /// How many pieces the longest of these copies has, of which they are a sample;
    /// 0 in stories that an earlier release wrote.
    pub(in crate::store) pieces: u32,
    /// The longest copy, where that is not the one it began with.
    pub(in crate::store) longest: Option<ItemId>,
    /// The other channels it goes to, and why.
    pub(in crate::store) routes: Vec<Route>,
    /// The story that has taken all its copies, by an admin's word or as another copy
    /// has shown that both are one; the copies stay listed here.
    pub(in crate::store) moved: Option<(StoryId, Period)>,
}

/// The most bands of one story.
const MAX_BANDS: usize = 48;

/// The most routes of one story.
const MAX_ROUTES: usize = 16;

/// What the ledger knows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct DirectoryEntry {
    pub(in crate::store) fingerprint: u64,
    pub(in crate::store) first_seen: Timestamp,
    pub(in crate::store) sort_key: Timestamp,
}

impl DirectoryEntry {
    pub(in crate::store) fn of(item: &Item) -> DirectoryEntry {
        DirectoryEntry {
            fingerprint: item.fingerprint,
            first_seen: item.first_seen,
            sort_key: item.sort_key,
        }
    }

    /// The volume that holds the item.
    pub(in crate::store) fn period(self) -> Period {
        Period::of(self.first_seen)
    }

    pub(in crate::store) fn to_bytes(self) -> Vec<u8> {
        seal(&WireEntry {
            fingerprint: self.fingerprint.to_le_bytes(),
            first_seen: WireTime::of(self.first_seen),
            sort_key: WireTime::of(self.sort_key),
        })
    }

    pub(in crate::store) fn read(bytes: &[u8]) -> Result<DirectoryEntry, Unreadable> {
        let wire: WireEntry = unseal(bytes)?;
        Ok(DirectoryEntry {
            fingerprint: u64::from_le_bytes(wire.fingerprint),
            first_seen: wire.first_seen.read().ok_or(Unreadable)?,
            sort_key: wire.sort_key.read().ok_or(Unreadable)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct WireEntry {
    fingerprint: [u8; 8],
    first_seen: WireTime,
    sort_key: WireTime,
}

impl StoryRecord {
    /// A story that begins with `item`; the item itself has still to be taken.
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

    /// Takes in a copy that is new or changed, and says whether a reader sees
    /// anything of that. `is_same_item` if no more than its rank has changed.
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

    /// Forgets a copy that is gone.
    pub(in crate::store) fn forget(&mut self, item: ItemId) {
        if let Some(at) = self.sightings.iter().position(|seen| seen.item == item) {
            self.sightings.remove(at);
            self.periods.remove(at);
        }
    }

    /// Sends the story to other channels too; says whether it was not sent there yet.
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

    /// Puts the story into the index of a channel and all above it.
    pub(in crate::store) fn show_in(&mut self, channel: &ChannelId) {
        for channel in channel.lineage() {
            let head = IndexPrefix::channel(&channel);
            if !self.channels.contains(&head) {
                self.channels.push(head);
            }
        }
    }

    /// Adds bands while there is room, of a text with so many pieces; says whether
    /// any are new.
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

    /// Notes the longest copy; `id` is one of the story `story`.
    pub(in crate::store) fn measure(
        &mut self,
        id: ItemId,
        story: StoryId,
        gist: Option<&TokenizedText>,
    ) {
        if gist.is_some_and(|gist| gist.pieces > self.pieces) {
            self.longest = (StoryId::begun_by(id) != story).then_some(id);
        }
    }

    /// The copies that others are judged by, each once: the one that the story `id`
    /// began with, the one that is shown, the longest.
    pub(in crate::store) fn core(&self, id: StoryId) -> Vec<ItemId> {
        let first = ItemId::from_bytes(*id.as_bytes());
        let mut core = vec![first];
        for copy in [Some(self.canonical), self.longest].into_iter().flatten() {
            if !core.contains(&copy) {
                core.push(copy);
            }
        }
        core
    }

    /// Adds keys while there are fewer than `limit`; returns those it added.
    pub(in crate::store) fn learn(&mut self, keys: &[u64], limit: usize) -> Vec<u64> {
        let known = self.keys.len();
        for key in keys {
            if self.keys.len() < limit && !self.keys.contains(key) {
                self.keys.push(*key);
            }
        }
        self.keys[known..].to_vec()
    }

    /// The volume that holds one of the copies.
    pub(in crate::store) fn period_of(&self, item: ItemId) -> Option<Period> {
        let seen = self.sightings.iter().position(|seen| seen.item == item)?;
        self.periods.get(seen).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::store::codec::story_wire::{VERSION, WITHOUT_LONGEST, WITHOUT_PIECES};
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
        fn an_entry_reads_back(fingerprint: u64, at in any_time()) {
            let entry = DirectoryEntry { fingerprint, first_seen: at, sort_key: at };
            prop_assert_eq!(DirectoryEntry::read(&entry.to_bytes()), Ok(entry));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = VERSION;
            let _ = StoryRecord::read(&bytes);
            bytes[0] = WITHOUT_PIECES;
            let _ = StoryRecord::read(&bytes);
            bytes[0] = WITHOUT_LONGEST;
            let _ = StoryRecord::read(&bytes);
            let _ = DirectoryEntry::read(&bytes);
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
