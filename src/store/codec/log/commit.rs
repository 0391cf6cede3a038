//! Commits of a shared log as bytes.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::name;
use crate::model::{
    ChannelId, Commit, DedupeKeys, Route, StoryId, TextToken, TokenizedText, Upsert,
};
use crate::store::codec::Unreadable;
use crate::store::codec::item::{ItemRecord, WireItem};
use crate::store::codec::period::Period;
use crate::store::codec::scalar::WireTime;
use crate::store::codec::source::hub::{read_subscription, write_subscription};
use crate::store::codec::source::robots::{read_robots, write_robots};
use crate::store::codec::source::seen::{read_roll, write_roll};
use crate::store::codec::source::state::{read_state, write_state};

/// Commit in postcard order.
#[derive(Serialize, Deserialize)]
pub(super) struct WireCommit<'a> {
    source: Cow<'a, str>,
    at: WireTime,
    #[serde(borrow)]
    upserts: Vec<WireUpsert<'a>>,
    #[serde(borrow)]
    state: Option<Blob<'a>>,
    #[serde(borrow)]
    subscription: Option<Blob<'a>>,
    #[serde(borrow)]
    roll: Option<Blob<'a>>,
    #[serde(borrow)]
    robots: Vec<(Cow<'a, str>, Blob<'a>)>,
}

/// Upsert in postcard order.
#[derive(Serialize, Deserialize)]
struct WireUpsert<'a> {
    #[serde(borrow)]
    item: Blob<'a>,
    rank: u32,
    keys: Vec<u64>,
    gist: Option<WireGist>,
    joins_same_event: bool,
    /// Seconds and nanoseconds.
    window: (i64, i32),
    #[serde(borrow)]
    routes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Tokenised text in postcard order; tokens as their bits.
#[derive(Serialize, Deserialize)]
struct WireGist {
    title: Vec<u32>,
    body: Vec<u32>,
    names: Vec<u32>,
    is_digest: bool,
    sketch: Vec<u64>,
    n_shingles: u32,
}

impl<'a> WireCommit<'a> {
    /// Borrows a commit for encoding.
    pub(super) fn of(commit: &'a Commit) -> WireCommit<'a> {
        let robots = commit.robots.iter();
        let robots = robots.map(|note| (note.site.as_str().into(), Blob::of(write_robots(note))));
        WireCommit {
            source: name(&commit.source),
            at: WireTime::of(commit.at),
            upserts: commit.upserts.iter().map(WireUpsert::of).collect(),
            state: commit.state.as_ref().map(write_state).map(Blob::of),
            subscription: commit
                .subscription
                .as_ref()
                .map(write_subscription)
                .map(Blob::of),
            roll: commit.roll.as_ref().map(write_roll).map(Blob::of),
            robots: robots.collect(),
        }
    }

    /// Reads a decoded commit; `None` if a part is unreadable.
    pub(super) fn read(self) -> Option<Commit> {
        let upserts = self.upserts.into_iter().map(WireUpsert::read);
        let robots = self.robots.iter();
        let robots = robots.map(|(site, note)| read_robots(site, &note.0).ok());
        Some(Commit {
            source: self.source.parse().ok()?,
            at: self.at.read()?,
            upserts: upserts.collect::<Option<_>>()?,
            state: read_with(self.state, read_state)?,
            subscription: read_with(self.subscription, read_subscription)?,
            roll: read_with(self.roll, read_roll)?,
            robots: robots.collect::<Option<_>>()?,
        })
    }
}

impl<'a> WireUpsert<'a> {
    /// Borrows an upsert for encoding. The item goes as the record of a story of its own.
    fn of(upsert: &'a Upsert) -> WireUpsert<'a> {
        let record = ItemRecord {
            story: StoryId::begun_by(upsert.item.id),
            story_period: Period::of(upsert.item.first_seen),
            item: upsert.item.clone(),
            revisions: Vec::new(),
        };
        let item = postcard::to_extend(&WireItem::of(&record), Vec::new());
        let routes = upsert.routes.iter();
        let routes = routes.map(|route| (route.to.as_str().into(), route.why.as_str().into()));
        let (join, window) = (&upsert.join, upsert.join.window);
        WireUpsert {
            item: Blob::of(item.expect("plain fields serialise")),
            rank: upsert.rank,
            keys: join.keys.clone(),
            gist: join.gist.as_ref().map(WireGist::of),
            joins_same_event: join.joins_same_event,
            window: (window.as_secs(), window.subsec_nanos()),
            routes: routes.collect(),
        }
    }

    /// Reads a decoded upsert; `None` if a part is unreadable.
    fn read(self) -> Option<Upsert> {
        let item: WireItem<'_> = postcard::from_bytes(&self.item.0).ok()?;
        let routes = self.routes.into_iter().map(|(to, why)| {
            let to: ChannelId = to.parse().ok()?;
            let why = why.into_owned();
            Some(Route { to, why })
        });
        let (seconds, nanoseconds) = self.window;
        (nanoseconds.unsigned_abs() < 1_000_000_000).then_some(())?;
        Some(Upsert {
            item: item.read()?.item,
            rank: self.rank,
            join: DedupeKeys {
                keys: self.keys,
                gist: self.gist.map(WireGist::read),
                joins_same_event: self.joins_same_event,
                window: SignedDuration::new(seconds, nanoseconds),
            },
            routes: routes.collect::<Option<_>>()?,
        })
    }
}

impl WireGist {
    /// Copies a tokenised text for encoding.
    fn of(text: &TokenizedText) -> WireGist {
        let bits = |tokens: &[TextToken]| tokens.iter().map(|token| token.bits()).collect();
        WireGist {
            title: bits(&text.title),
            body: bits(&text.body),
            names: bits(&text.names),
            is_digest: text.is_digest,
            sketch: text.sketch.clone(),
            n_shingles: text.n_shingles,
        }
    }

    /// Reads a decoded text.
    fn read(self) -> TokenizedText {
        let tokens = |bits: Vec<u32>| bits.into_iter().map(TextToken::from_bits).collect();
        TokenizedText {
            title: tokens(self.title),
            body: tokens(self.body),
            names: tokens(self.names),
            is_digest: self.is_digest,
            sketch: self.sketch,
            n_shingles: self.n_shingles,
        }
    }
}

/// Decodes a record that may be absent; the outer `None` if it is unreadable.
fn read_with<T>(
    bytes: Option<Blob<'_>>,
    read: impl Fn(&[u8]) -> Result<T, Unreadable>,
) -> Option<Option<T>> {
    match bytes {
        Some(bytes) => read(&bytes.0).ok().map(Some),
        None => Some(None),
    }
}
