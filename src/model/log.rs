//! Operations of a shared log: all that changes the stores of several nodes, in one order.

use std::time::Duration;

use jiff::Timestamp;

use super::{ChannelId, Commit, ItemId, SourceId, StoryId, Subscriber, SubscriberKey};

/// Operation that every node of a cluster applies to its own store, in the order of the log.
///
/// All that the effect hangs on is in it – times, rules, priorities –, so that two stores that
/// were the same are the same after it, whatever the configuration and the clock of their nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum LogOp {
    /// Outcome of a poll, a push or a hub's confirmation.
    Commit(Box<Commit>),
    /// Correction by an admin: the copy is no part of the story.
    Split {
        /// Story.
        story: StoryId,
        /// Copy that leaves it.
        item: ItemId,
        /// Time at which readers see the change.
        at: Timestamp,
    },
    /// Correction by an admin: two stories are one.
    Join {
        /// Story that stays.
        into: StoryId,
        /// Story that becomes part of it.
        from: StoryId,
        /// Time at which readers see the change.
        at: Timestamp,
    },
    /// Choice, anew, of the copy that each story shows.
    Rechoose {
        /// Priorities by source.
        priorities: Vec<(SourceId, i32)>,
        /// Time at which readers see the change.
        at: Timestamp,
    },
    /// Takedown of a story, with its time and reason; `None` undoes it.
    TakeDown {
        /// Story.
        story: StoryId,
        /// Time and reason.
        takedown: Option<(Timestamp, String)>,
    },
    /// Removal of all that a source has brought.
    Purge {
        /// Source.
        source: SourceId,
        /// Time of the removal.
        at: Timestamp,
    },
    /// Take-over of what is remembered of a source by its new name.
    Rename {
        /// Name until now.
        former: SourceId,
        /// Name from now on.
        new: SourceId,
        /// Time at which readers see the change.
        at: Timestamp,
    },
    /// Removal of what is older than the rules keep.
    Retain {
        /// Rules of the node that asked.
        rules: RetentionRules,
        /// Time that ages are counted from.
        at: Timestamp,
        /// Whether an admin has said that much may go at once.
        is_allowed: bool,
    },
    /// Setting right of times that a fast clock has dated.
    Redate {
        /// Time that counts as the present.
        at: Timestamp,
    },
    /// Subscribers of our hub.
    Subscribers {
        /// New or changed ones.
        kept: Vec<Subscriber>,
        /// Those that left.
        gone: Vec<SubscriberKey>,
    },
}

/// Rules of retention, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionRules {
    /// Age from when an item was first seen; `None` for ever.
    pub max_age: Option<Duration>,
    /// Most items of the whole store.
    pub max_items: Option<u64>,
    /// Time that a removed item is remembered.
    pub tombstones: Duration,
    /// Channels with rules of their own: age and number of stories.
    pub channels: Vec<(ChannelId, Option<Duration>, Option<u64>)>,
}

/// Place in a shared log up to which a store holds what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// Identity of the log: nanoseconds since 1970 at which it was made.
    pub log: i128,
    /// Number of the last message that was applied; 0 before the first.
    pub sequence: u64,
}

/// Message of a shared log, as a store applies it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Number of the message, from 1.
    pub sequence: u64,
    /// Number of the commit that the source's state was read from, 0 for none: the entry counts only if
    /// no other commit of the source came between. `None`: it counts in any case.
    pub fence: Option<u64>,
    /// Operation; `None` for a message that is none of ours, which is passed over.
    pub op: Option<LogOp>,
}

/// Effect of one entry of a shared log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEffect {
    /// Applied; for operations of an admin with what they did, as a count or an id.
    Done(String),
    /// Passed over: another node has written the source meanwhile.
    Stale,
    /// Passed over: it makes no sense here, with the reason; so on every node.
    Refused(String),
}
