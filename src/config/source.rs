//! One thing we poll.

use std::time::Duration;

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use crate::model::{SourceId, WebUrl};
use crate::source::Reader;

/// One thing we poll.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name; the part before the last slash is its channel.
    pub id: SourceId,
    /// Its title, if the admin knows better than the source.
    pub title: Option<String>,
    /// What to fetch.
    pub url: WebUrl,
    /// Its home, if the admin knows better than the source.
    pub site_url: Option<WebUrl>,
    /// Whether to poll it at all.
    pub enabled: bool,
    /// Between two polls of it while it is well; never below `min_interval`.
    pub interval: Duration,
    /// For the whole of one request.
    pub timeout: Duration,
    /// Its encoding, if the admin knows better than the document.
    pub encoding: Option<&'static Encoding>,
    /// Of its dates that name no zone.
    pub timezone: TimeZone,
    /// BCP 47, if the admin knows better than the source.
    pub language: Option<String>,
    /// Which copy of a story wins: higher is better. Default 0.
    pub priority: i32,
    /// Whether its items join the stories of other sources.
    pub dedupe: bool,
    /// Whether its article pages are fetched, and their text republished.
    pub full_text: FullText,
    /// Query parameters of its links that do not matter, besides the usual ones.
    pub strip_params: Vec<String>,
    /// Sent with every request to it.
    pub headers: Vec<(String, String)>,
    /// How to read what it answers.
    pub reader: Reader,
}

/// Whether article pages are fetched, and their text republished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FullText {
    /// Pages are read where `[source.article]` says how; readers get a teaser.
    #[default]
    Auto,
    /// Pages are read and readers get the text.
    Always,
    /// Pages are not fetched.
    Never,
}
