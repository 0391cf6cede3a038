//! Stories as bytes, and as lines of JSON.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StoryRecord;
use crate::model::{ItemId, Route, Sighting, StoryId, WebUrl};
use crate::store::codec::key::IndexPrefix;
use crate::store::codec::period::Period;
use crate::store::codec::scalar::{self, WireTime, strings, strs};
use crate::store::codec::{Unreadable, seal_as, unseal_as};

/// Part of a story record that the sketch index holds.
pub(in crate::store) struct Posting {
    /// Time by which the story stands.
    pub(in crate::store) sort_key: Timestamp,
    /// Sketch; never empty.
    pub(in crate::store) bands: Vec<u32>,
    /// Shingles of the longest core copy, 0 if unknown.
    pub(in crate::store) pieces: u32,
}

impl Posting {
    /// Draws the posting from a record; `None` if it has no sketch or has moved.
    pub(in crate::store) fn of(record: &StoryRecord) -> Option<Posting> {
        let is_there = !record.bands.is_empty() && record.moved.is_none();
        is_there.then(|| Posting {
            sort_key: record.sort_key,
            bands: record.bands.clone(),
            pieces: record.pieces,
        })
    }

    /// Decodes the posting from the bytes of a record, without copying the rest.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if the version is another one, or the time is none.
    pub(in crate::store) fn read(bytes: &[u8]) -> Result<Option<Posting>, Unreadable> {
        let bytes = whole(bytes);
        let wire: WireStory<'_> = unseal_as(VERSION, &bytes)?;
        let sort_key = wire.sort_key.read().ok_or(Unreadable)?;
        let is_there = !wire.bands.is_empty() && wire.moved.is_none();
        Ok(is_there.then_some(Posting {
            sort_key,
            bands: wire.bands,
            pieces: wire.pieces,
        }))
    }
}

impl StoryRecord {
    /// Encodes a story: version byte, then postcard.
    pub(in crate::store) fn to_bytes(&self) -> Vec<u8> {
        let routes = self.routes.iter();
        let seen = self.sightings.iter().zip(&self.periods);
        let wire = WireStory {
            sort_key: WireTime::of(self.sort_key),
            changed: WireTime::of(self.changed),
            canonical: *self.canonical.as_bytes(),
            sightings: seen
                .map(|(s, period)| WireSighting::of(s, *period))
                .collect(),
            channels: self.channels.iter().map(|head| head.number()).collect(),
            keys: self.keys.clone(),
            bands: self.bands.clone(),
            routes: routes
                .map(|route| (route.to.as_str(), &*route.why))
                .collect(),
            moved: self
                .moved
                .map(|(story, period)| (*story.as_bytes(), period.to_bytes())),
            pieces: self.pieces,
            longest: self.longest.map(|copy| *copy.as_bytes()),
        };
        seal_as(VERSION, &wire)
    }

    /// Decodes a story of any version.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if the version is another one, or a time or a source is none.
    pub(in crate::store) fn read(bytes: &[u8]) -> Result<StoryRecord, Unreadable> {
        unseal_as::<WireStory<'_>>(VERSION, &whole(bytes))?.read()
    }

    /// Decodes a story to the JSON of an export line; `None` if it is unreadable.
    pub(in crate::store) fn to_json(bytes: &[u8]) -> Option<Value> {
        let bytes = whole(bytes);
        let wire: WireStory<'_> = unseal_as(VERSION, &bytes).ok()?;
        serde_json::to_value(wire).ok()
    }
}

/// Story in postcard order; part of the on-disk format. Field names are keys of `export`.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireStory<'a> {
    sort_key: WireTime,
    changed: WireTime,
    #[serde(with = "scalar::id")]
    canonical: [u8; 16],
    #[serde(borrow)]
    sightings: Vec<WireSighting<'a>>,
    channels: Vec<u64>,
    keys: Vec<u64>,
    bands: Vec<u32>,
    routes: Vec<(&'a str, &'a str)>,
    moved: Option<([u8; 16], [u8; 2])>,
    #[serde(default)]
    pieces: u32,
    #[serde(default)]
    longest: Option<[u8; 16]>,
}

/// Version byte of the first stories, which end before `pieces`.
pub(in crate::store) const WITHOUT_PIECES: u8 = 1;

/// Version byte of the second, which end before `longest`.
pub(in crate::store) const WITHOUT_LONGEST: u8 = 2;

/// Version byte of the stories that this release writes.
pub(in crate::store) const VERSION: u8 = 3;

/// Returns the bytes that this release would have written: defaults are added to the fields of earlier
/// versions.
fn whole(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [WITHOUT_PIECES, story @ ..] => Cow::Owned([&[VERSION], story, &[0, 0]].concat()),
        [WITHOUT_LONGEST, story @ ..] => Cow::Owned([&[VERSION], story, &[0]].concat()),
        _ => Cow::Borrowed(bytes),
    }
}

/// Reads a route; `None` for a channel whose name would not be taken today.
fn read_route((to, why): (&str, &str)) -> Option<Route> {
    Some(Route {
        to: to.parse().ok()?,
        why: why.to_owned(),
    })
}

impl WireStory<'_> {
    /// Reads a story of an export line; `None` if it is none.
    pub(in crate::store) fn of_json(story: &Value) -> Option<StoryRecord> {
        WireStory::deserialize(story).ok()?.read().ok()
    }

    /// Checks and copies a decoded story.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if a time or a source is none. Routes and addresses that would not be taken today
    /// are left out.
    fn read(self) -> Result<StoryRecord, Unreadable> {
        let periods = self
            .sightings
            .iter()
            .map(|seen| Period::from_bytes(seen.period));
        Ok(StoryRecord {
            sort_key: self.sort_key.read().ok_or(Unreadable)?,
            changed: self.changed.read().ok_or(Unreadable)?,
            canonical: ItemId::from_bytes(self.canonical),
            periods: periods.collect(),
            sightings: self
                .sightings
                .into_iter()
                .map(WireSighting::read)
                .collect::<Option<_>>()
                .ok_or(Unreadable)?,
            channels: self
                .channels
                .into_iter()
                .map(IndexPrefix::from_number)
                .collect(),
            keys: self.keys,
            bands: self.bands,
            pieces: self.pieces,
            longest: self.longest.map(ItemId::from_bytes),
            routes: self.routes.into_iter().filter_map(read_route).collect(),
            moved: self
                .moved
                .map(|(story, period)| (StoryId::from_bytes(story), Period::from_bytes(period))),
        })
    }
}

/// Copy of a story in postcard order, with its volume.
#[derive(Serialize, Deserialize)]
struct WireSighting<'a> {
    #[serde(with = "scalar::id")]
    item: [u8; 16],
    #[serde(with = "scalar::period")]
    period: [u8; 2],
    source: &'a str,
    #[serde(borrow)]
    url: Option<&'a str>,
    title: &'a str,
    at: WireTime,
    authors: Vec<&'a str>,
    origin: Option<&'a str>,
    rank: u32,
}

impl<'a> WireSighting<'a> {
    /// Borrows a sighting for encoding.
    fn of(seen: &'a Sighting, period: Period) -> WireSighting<'a> {
        WireSighting {
            item: *seen.item.as_bytes(),
            period: period.to_bytes(),
            source: seen.source.as_str(),
            url: seen.url.as_ref().map(WebUrl::as_str),
            title: &seen.title,
            at: WireTime::of(seen.at),
            authors: strs(&seen.authors),
            origin: seen.origin.as_deref(),
            rank: seen.rank,
        }
    }

    /// Reads a sighting; `None` if its source or time is none.
    fn read(self) -> Option<Sighting> {
        Some(Sighting {
            item: ItemId::from_bytes(self.item),
            source: self.source.parse().ok()?,
            url: self.url.and_then(WebUrl::parse),
            title: self.title.to_owned(),
            at: self.at.read()?,
            authors: strings(self.authors),
            origin: self.origin.map(str::to_owned),
            rank: self.rank,
        })
    }
}
