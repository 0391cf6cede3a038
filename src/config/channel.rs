//! One thing we publish.

use std::time::Duration;

use crate::model::{ChannelId, WebUrl};

/// One thing we publish.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its place in the tree.
    pub id: ChannelId,
    /// Shown to readers; the last segment of the id unless given.
    pub title: String,
    /// One sentence about it.
    pub description: Option<String>,
    /// The home page it stands for; its own page unless given.
    pub link: Option<WebUrl>,
    /// BCP 47, inherited down the tree; at its root `[server] language`.
    pub language: String,
    /// Stories in a feed. Default 50.
    pub limit: usize,
    /// Stories older than this are left out. Default none are.
    pub max_age: Option<Duration>,
    /// How long its stories are kept, and those of all below it, whatever the
    /// store says. Default what the store says.
    pub retention: Option<Duration>,
    /// The most stories that are kept of it. Default all.
    pub max_items: Option<usize>,
    /// Which copies are folded into one story. Default [`Dedupe::Near`].
    pub dedupe: Dedupe,
    /// How far apart in time two copies may stand. Default 72 h.
    pub dedupe_window: Duration,
    /// Names of its places; news from elsewhere that name one appear here too.
    pub places: Vec<String>,
}

impl Channel {
    /// A channel with nothing but defaults.
    #[must_use]
    pub fn new(id: ChannelId, language: &str) -> Channel {
        Channel {
            title: id.leaf().to_owned(),
            id,
            description: None,
            link: None,
            language: language.to_owned(),
            limit: 50,
            max_age: None,
            retention: None,
            max_items: None,
            dedupe: Dedupe::default(),
            dedupe_window: Duration::from_secs(72 * 3600),
            places: Vec::new(),
        }
    }
}

/// Which copies are folded into one story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Dedupe {
    /// None.
    Off,
    /// Those with the same canonical URL, or the same title on near dates.
    Exact,
    /// Those with much the same text, too.
    #[default]
    Near,
    /// Those that tell the same event in other words, too.
    Story,
}
