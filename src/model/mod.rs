//! Domain types: the words everything else is said in.
//!
//! | word | meaning |
//! |---|---|
//! | source | one thing we poll: a feed, or a list page that we scrape |
//! | channel | one thing we publish; channels form a region tree, a parent is the union of its children |
//! | document | bytes as fetched, with final URL and media type |
//! | draft | one entry as a source wrote it: everything optional, nothing trusted |
//! | item | one normalised entry of one source, with a computed id |
//! | seen set | the entries a source showed lately, with the hashes by which each is recognised |
//! | sighting | one appearance of a story in one source: source, URL, time, byline |
//! | story | what readers get: one event, one stable id, one canonical item and all its sightings |
//! | commit | all that follows from one poll; the only thing that changes the store |

mod baseline;
mod callback;
mod commit;
mod counts;
mod document;
mod draft;
mod gist;
mod html;
mod id;
mod item;
mod join;
mod link;
mod log;
mod moment;
mod pace;
mod robots;
mod roll;
mod state;
mod story;
mod subscriber;
mod subscription;

pub use baseline::Baseline;
pub use callback::{BadToken, CallbackToken, Secret};
pub use commit::{Commit, Upsert};
pub use counts::ExtractionCounts;
pub use document::Document;
pub use draft::{
    Article, Content, Draft, Figure, Media, Person, Place, Podcast, Reply, Shape, SourceNote,
    WebLink,
};
pub use gist::{TextToken, TokenizedText};
pub use html::SafeHtml;
pub use id::{BadId, ChannelId, ItemId, RESERVED, SourceId, StoryId};
pub use item::{
    Enclosure, EpisodeKind, FeedNote, Image, Item, Notes, ReplyNote, Revision, SideFile,
};
pub use join::{DedupeKeys, Route};
pub use link::WebUrl;
pub use log::{LogEffect, LogEntry, LogOp, LogPosition, RetentionRules};
pub use moment::{Moment, Precision};
pub use pace::{ArrivalHistogram, BreakerState, FailureKind, PollHints, WEEK_HOURS};
pub use robots::{RobotsCopy, RobotsNote};
pub use roll::{SeenEntries, SeenEntry};
pub use state::{
    DailyIntake, Health, HealthKind, ListRepair, PendingArticle, PermanentRedirect, RuleRepair,
    SourceState, SourceSummary, StoredItem, Validators,
};
pub use story::{Related, Sighting, Story};
pub use subscriber::{Subscriber, SubscriberKey};
pub use subscription::{
    HubDiscovery, HubNotice, HubState, HubSubscription, Lease, Mode, Pending, Topic,
};
