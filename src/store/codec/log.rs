//! Operations of a shared log as bytes: what one node publishes and all of them apply.
//!
//! Postcard, of the records that the store itself keeps: an item in a message is the item of its volume.
//! Neighbouring releases read each other's messages; what they must not guess at has another version in the
//! envelope (`cluster::message`).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Unreadable;
use super::item::{ItemRecord, WireItem};
use super::period::Period;
use super::scalar::WireTime;
use super::source::hub::{read_subscription, write_subscription};
use super::source::robots::{read_robots, write_robots};
use super::source::seen::{read_roll, write_roll};
use super::source::state::{read_state, write_state};
use super::source::subscriber::{read_subscriber, write_subscriber};
use crate::model::{
    ChannelId, Commit, DedupeKeys, ItemId, LogOp, RetentionRules, Route, SourceId, StoryId,
    SubscriberKey, TextToken, TokenizedText, Upsert,
};

/// Encodes an operation.
pub(in crate::store) fn write_op(op: &LogOp) -> Vec<u8> {
    postcard::to_extend(&WireOp::of(op), Vec::new()).expect("plain fields serialise")
}

/// Decodes an operation.
///
/// # Errors
///
/// [`Unreadable`] if it is none of this release.
pub(in crate::store) fn read_op(bytes: &[u8]) -> Result<LogOp, Unreadable> {
    let wire: WireOp<'_> = postcard::from_bytes(bytes).map_err(|_| Unreadable)?;
    wire.read().ok_or(Unreadable)
}

/// Operation in postcard order. New ones go to the end.
#[derive(Serialize, Deserialize)]
enum WireOp<'a> {
    #[serde(borrow)]
    Commit(WireCommit<'a>),
    Split([u8; 16], [u8; 16], WireTime),
    Join([u8; 16], [u8; 16], WireTime),
    Rechoose(#[serde(borrow)] Vec<(Cow<'a, str>, i32)>, WireTime),
    TakeDown([u8; 16], #[serde(borrow)] Option<(WireTime, Cow<'a, str>)>),
    Purge(#[serde(borrow)] Cow<'a, str>, WireTime),
    Rename(
        #[serde(borrow)] Cow<'a, str>,
        #[serde(borrow)] Cow<'a, str>,
        WireTime,
    ),
    Retain(#[serde(borrow)] WireRules<'a>, WireTime, bool),
    Redate(WireTime),
    Subscribers(#[serde(borrow)] Vec<Blob<'a>>, Vec<[u8; 16]>),
}

/// Commit in postcard order.
#[derive(Serialize, Deserialize)]
struct WireCommit<'a> {
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

/// Rules of retention in postcard order; durations in nanoseconds.
#[derive(Serialize, Deserialize)]
struct WireRules<'a> {
    max_age: Option<Duration>,
    max_items: Option<u64>,
    tombstones: Duration,
    #[serde(borrow)]
    channels: Vec<(Cow<'a, str>, Option<Duration>, Option<u64>)>,
}

impl<'a> WireOp<'a> {
    /// Borrows an operation for encoding.
    fn of(op: &'a LogOp) -> WireOp<'a> {
        let time = WireTime::of;
        match op {
            LogOp::Commit(commit) => WireOp::Commit(WireCommit::of(commit)),
            LogOp::Split { story, item, at } => {
                WireOp::Split(*story.as_bytes(), *item.as_bytes(), time(*at))
            }
            LogOp::Join { into, from, at } => {
                WireOp::Join(*into.as_bytes(), *from.as_bytes(), time(*at))
            }
            LogOp::Rechoose { priorities, at } => {
                let all = priorities.iter();
                let all = all.map(|(source, priority)| (name(source), *priority));
                WireOp::Rechoose(all.collect(), time(*at))
            }
            LogOp::TakeDown { story, takedown } => {
                let takedown = takedown.as_ref();
                let takedown = takedown.map(|(at, why)| (time(*at), Cow::Borrowed(why.as_str())));
                WireOp::TakeDown(*story.as_bytes(), takedown)
            }
            LogOp::Purge { source, at } => WireOp::Purge(name(source), time(*at)),
            LogOp::Rename { former, new, at } => WireOp::Rename(name(former), name(new), time(*at)),
            LogOp::Retain {
                rules,
                at,
                is_allowed,
            } => WireOp::Retain(WireRules::of(rules), time(*at), *is_allowed),
            LogOp::Redate { at } => WireOp::Redate(time(*at)),
            LogOp::Subscribers { kept, gone } => {
                let kept = kept.iter().map(|kept| Blob::of(write_subscriber(kept)));
                let gone = gone.iter().map(|key| *key.as_bytes());
                WireOp::Subscribers(kept.collect(), gone.collect())
            }
        }
    }

    /// Reads a decoded operation; `None` if an id or a time is none.
    fn read(self) -> Option<LogOp> {
        Some(match self {
            WireOp::Commit(commit) => LogOp::Commit(Box::new(commit.read()?)),
            WireOp::Split(story, item, at) => LogOp::Split {
                story: StoryId::from_bytes(story),
                item: ItemId::from_bytes(item),
                at: at.read()?,
            },
            WireOp::Join(into, from, at) => LogOp::Join {
                into: StoryId::from_bytes(into),
                from: StoryId::from_bytes(from),
                at: at.read()?,
            },
            WireOp::Rechoose(priorities, at) => {
                let all = priorities.into_iter();
                let all = all.map(|(source, priority)| Some((source.parse().ok()?, priority)));
                LogOp::Rechoose {
                    priorities: all.collect::<Option<_>>()?,
                    at: at.read()?,
                }
            }
            WireOp::TakeDown(story, takedown) => LogOp::TakeDown {
                story: StoryId::from_bytes(story),
                takedown: match takedown {
                    Some((at, why)) => Some((at.read()?, why.into_owned())),
                    None => None,
                },
            },
            WireOp::Purge(source, at) => LogOp::Purge {
                source: source.parse().ok()?,
                at: at.read()?,
            },
            WireOp::Rename(former, new, at) => LogOp::Rename {
                former: former.parse().ok()?,
                new: new.parse().ok()?,
                at: at.read()?,
            },
            WireOp::Retain(rules, at, is_allowed) => LogOp::Retain {
                rules: rules.read()?,
                at: at.read()?,
                is_allowed,
            },
            WireOp::Redate(at) => LogOp::Redate { at: at.read()? },
            WireOp::Subscribers(kept, gone) => {
                let kept = kept.iter().map(|kept| read_subscriber(&kept.0).ok());
                LogOp::Subscribers {
                    kept: kept.collect::<Option<_>>()?,
                    gone: gone.into_iter().map(SubscriberKey::from_bytes).collect(),
                }
            }
        })
    }
}

impl<'a> WireCommit<'a> {
    /// Borrows a commit for encoding.
    fn of(commit: &'a Commit) -> WireCommit<'a> {
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
    fn read(self) -> Option<Commit> {
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

impl<'a> WireRules<'a> {
    /// Borrows rules for encoding.
    fn of(rules: &'a RetentionRules) -> WireRules<'a> {
        let channels = rules.channels.iter();
        let channels = channels.map(|(channel, age, most)| (channel.as_str().into(), *age, *most));
        WireRules {
            max_age: rules.max_age,
            max_items: rules.max_items,
            tombstones: rules.tombstones,
            channels: channels.collect(),
        }
    }

    /// Reads decoded rules; `None` if a channel is none.
    fn read(self) -> Option<RetentionRules> {
        let channels = self.channels.into_iter();
        let channels =
            channels.map(|(channel, age, most)| Some((channel.parse().ok()?, age, most)));
        Some(RetentionRules {
            max_age: self.max_age,
            max_items: self.max_items,
            tombstones: self.tombstones,
            channels: channels.collect::<Option<_>>()?,
        })
    }
}

/// Borrows the name of a source.
fn name(source: &SourceId) -> Cow<'_, str> {
    Cow::Borrowed(source.as_str())
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

/// Bytes of a record, in one piece.
struct Blob<'a>(Cow<'a, [u8]>);

impl Blob<'_> {
    /// Wraps bytes for encoding.
    fn of(bytes: Vec<u8>) -> Blob<'static> {
        Blob(Cow::Owned(bytes))
    }
}

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Blob<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Blob<'a>, D::Error> {
        from.deserialize_bytes(Borrowing)
            .map(|bytes| Blob(Cow::Borrowed(bytes)))
    }
}

/// Takes bytes as they lie.
struct Borrowing;

impl<'de> Visitor<'de> for Borrowing {
    type Value = &'de [u8];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(bytes)
    }
}
