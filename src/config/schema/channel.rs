//! Channels: the feeds we publish.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::model::{ChannelId, StoryId, WebUrl};

/// One channel: a feed we publish, and a node of the region tree.
///
/// Made by `check::channel` from `[[channel]]` or the name of a source; read by the store
/// (retention, joining) and `serve`.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Name, and place in the tree.
    pub id: ChannelId,
    /// Title for readers; the last segment of the id unless given.
    pub title: String,
    /// Description for readers, one sentence.
    pub description: Option<String>,
    /// Home page that the channel stands for; its own page unless given.
    pub link: Option<WebUrl>,
    /// Language tag (BCP 47), inherited down the tree; at its root `[server] language`.
    pub language: String,
    /// Stories in a feed, 1 to 1 000. Default [`Channel::DEFAULT_LIMIT`]; the root has that of
    /// `[server]`.
    pub limit: usize,
    /// Greatest age of a story in the feed, 1 minute to 100 years. Default no limit.
    pub max_age: Option<Duration>,
    /// Retention of its stories and those of all channels below it, whatever the store says; 1 day
    /// to 100 years. Default the store's.
    pub retention: Option<Duration>,
    /// Most stories that are kept of it, 1 to 1 000 000. Default no limit.
    pub max_items: Option<usize>,
    /// Kinds of copies that are joined into one story; inherited. Default [`Dedupe::Near`].
    pub dedupe: Dedupe,
    /// Longest time between two copies that are joined, 1 minute to 14 days; inherited. Default 72
    /// h.
    pub dedupe_window: Duration,
    /// Time zone of the dates on its pages; inherited. Default that of most of its sources.
    pub timezone: Option<TimeZone>,
    /// Position of its table in feeds.toml, from 0; those without one come last.
    pub position: usize,
    /// Stories that editors recommend, first to last.
    pub picks: Vec<StoryId>,
    /// Place names; news from elsewhere that name one of them appear here too.
    pub places: Vec<String>,
}

impl Channel {
    /// Stories in a feed of which nobody said.
    pub const DEFAULT_LIMIT: usize = 50;

    /// Makes a channel with nothing but defaults.
    #[must_use]
    pub fn new(id: ChannelId, language: &str) -> Channel {
        Channel {
            title: id.leaf().to_owned(),
            id,
            description: None,
            link: None,
            language: language.to_owned(),
            limit: Channel::DEFAULT_LIMIT,
            max_age: None,
            retention: None,
            max_items: None,
            dedupe: Dedupe::default(),
            dedupe_window: Duration::from_secs(72 * 3600),
            timezone: None,
            position: usize::MAX,
            picks: Vec::new(),
            places: Vec::new(),
        }
    }
}

/// Kinds of copies that are joined into one story; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Dedupe {
    /// No copies at all.
    Off,
    /// Copies with the same canonical URL, or the same title on near dates.
    Exact,
    /// Copies with much the same text.
    #[default]
    Near,
    /// Reports of the same event in other words.
    Story,
}
