//! What joins an item to other copies of its story.

use jiff::SignedDuration;

use super::{ChannelId, Gist};

/// What joins an item to other copies of its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Keys that it shares with copies of the same story, strongest first;
    /// none if its source takes no part in joining.
    pub keys: Vec<u64>,
    /// What it says, where texts are compared.
    pub gist: Option<Gist>,
    /// Whether an event that is told in other words is joined too.
    pub is_loose: bool,
    /// How far apart two copies may stand.
    pub window: SignedDuration,
}

/// That an item is published in another channel than that of its source too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where.
    pub to: ChannelId,
    /// Why, for people: the place that it names, or the filter that matched.
    pub why: String,
}

impl Join {
    /// How far apart two copies stand unless the admin says otherwise.
    pub const WINDOW: SignedDuration = SignedDuration::from_hours(72);

    /// Copies are those that share one of `keys`.
    #[must_use]
    pub fn by(keys: Vec<u64>) -> Join {
        Join {
            keys,
            ..Join::default()
        }
    }
}

impl Default for Join {
    /// No part in joining.
    fn default() -> Join {
        Join {
            keys: Vec::new(),
            gist: None,
            is_loose: false,
            window: Join::WINDOW,
        }
    }
}
