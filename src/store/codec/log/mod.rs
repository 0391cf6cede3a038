//! Operations of a shared log as bytes: what one node publishes and all of them apply.
//!
//! Postcard, of the records that the store itself keeps: an item in a message is the item of its volume.
//! Neighbouring releases read each other's messages; what they must not guess at has another version in the
//! envelope (`cluster::message`).

mod blob;
mod commit;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Unreadable;
use super::scalar::WireTime;
use super::source::subscriber::{read_subscriber, write_subscriber};
use crate::model::{ItemId, LogOp, RetentionRules, SourceId, StoryId, SubscriberKey};
use blob::Blob;
use commit::WireCommit;

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
