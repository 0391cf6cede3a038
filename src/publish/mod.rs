//! From stories to bytes: one file per output format.
//!
//! Pure and deterministic: the same [`Edition`] gives the same bytes, on every
//! machine and after every restart. No time is read here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::{Channel, Config};
use crate::model::{SourceId, Story, WebUrl};

/// One channel with the stories that its documents show.
#[derive(Clone, Debug)]
pub struct Edition<'a> {
    /// The whole tree, for titles of parents and siblings.
    pub config: &'a Config,
    /// What is published.
    pub channel: &'a Channel,
    /// Where readers find us; ends in a slash.
    pub public_url: &'a WebUrl,
    /// What we know of the sources.
    pub sources: &'a BTreeMap<SourceId, SourceCard>,
    /// Newest first.
    pub stories: &'a [Story],
    /// When what is shown last changed; `None` while there is nothing.
    pub changed: Option<Timestamp>,
}

/// What readers are told of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCard {
    /// The admin's title, else the source's own, else its id.
    pub title: String,
    /// What we poll.
    pub url: WebUrl,
    /// Its home.
    pub site: Option<WebUrl>,
    /// Whether it is a feed: only a feed's address is given to readers as one.
    pub is_feed: bool,
}

/// The formats of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0
    Rss,
    /// Atom 1.0, RFC 4287
    Atom,
    /// JSON Feed 1.1
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

    /// The ending of its address: `shandong/jinan.rss`.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Json => "json",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// The document.
    #[must_use]
    pub fn render(self, _edition: &Edition<'_>) -> Vec<u8> {
        todo!()
    }
}
