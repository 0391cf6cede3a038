//! One thing we poll.

use std::time::Duration;

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use super::{Access, Expect, Filter, Http, Rewrite, Trial};
use crate::model::{SourceId, WebUrl};
use crate::source::Reader;
use crate::source::page::ArticleRules;

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
    /// Whether to poll it at all. Default yes.
    pub enabled: bool,
    /// Between two polls of it while it is well, on average over a week; never
    /// below `min_interval`. Default 30 minutes.
    pub interval: Duration,
    /// The least between two polls, whatever else says. Default 15 minutes.
    pub min_interval: Duration,
    /// The most between two polls of a source that is well, whatever it wishes.
    /// Default 24 hours, or `interval` if that is longer.
    pub max_interval: Duration,
    /// For the whole of one request. Default `[http] timeout`.
    pub timeout: Duration,
    /// Its encoding, if the admin knows better than the document.
    pub encoding: Option<&'static Encoding>,
    /// Of its dates that name no zone. Default Asia/Shanghai.
    pub timezone: TimeZone,
    /// BCP 47, if the admin knows better than the source.
    pub language: Option<String>,
    /// Which copy of a story wins: higher is better. Default 0.
    pub priority: i32,
    /// Whether its items join the stories of other sources. Default yes.
    pub dedupe: bool,
    /// Whether its article pages are fetched, and their text republished.
    pub full_text: FullText,
    /// Query parameters of its links that do not matter, besides the usual ones.
    pub strip_params: Vec<String>,
    /// Whether its hub is asked to push, if it has one. Default yes.
    pub websub: bool,
    /// What its entries are known by, the best first. Default all of it.
    pub identity: Vec<Rung>,
    /// Whether its guids can be trusted, if the admin knows.
    pub trust_guid: Option<bool>,
    /// What to do with entries dated in the future.
    pub future: Future,
    /// What to do with entries without a date.
    pub undated: Undated,
    /// How it lets us in.
    pub access: Access,
    /// What is done with its entries; the first filter that matches decides.
    pub filters: Vec<Filter>,
    /// What is changed in its entries.
    pub rewrites: Vec<Rewrite>,
    /// How to read what it answers.
    pub reader: Reader,
    /// `[source.article]`: how to read the pages that its entries link to.
    pub article: Option<ArticleRules>,
    /// `[source.expect]`
    pub expect: Expect,
    /// `[[source.test]]`
    pub trials: Vec<Trial>,
}

impl Source {
    /// A source with nothing but defaults.
    #[must_use]
    pub fn new(id: SourceId, url: WebUrl, reader: Reader) -> Source {
        Source {
            id,
            title: None,
            url,
            site_url: None,
            enabled: true,
            interval: Duration::from_secs(30 * 60),
            min_interval: Duration::from_secs(15 * 60),
            max_interval: Duration::from_secs(24 * 60 * 60),
            timeout: Http::default().timeout,
            encoding: None,
            timezone: china(),
            language: None,
            priority: 0,
            dedupe: true,
            full_text: FullText::default(),
            strip_params: Vec::new(),
            websub: true,
            identity: Rung::ALL.to_vec(),
            trust_guid: None,
            future: Future::default(),
            undated: Undated::default(),
            access: Access::default(),
            filters: Vec::new(),
            rewrites: Vec::new(),
            reader,
            article: None,
            expect: Expect::default(),
            trials: Vec::new(),
        }
    }
}

/// The one zone of mainland China; its offset where no tz database is found.
pub(super) fn china() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)))
}

/// Whether article pages are fetched, and their text republished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FullText {
    /// Pages are read where `[source.article]` or `[rule."…".article]` says how;
    /// readers get the text if `content` says where it is, else a teaser.
    #[default]
    Auto,
    /// Pages are read, with rules or without, and readers get the text.
    Always,
    /// Pages are not fetched, and readers get a teaser.
    Never,
}

/// What an entry can be known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Its guid.
    Guid,
    /// Where it leads.
    Link,
    /// Its title, with its date if it has one.
    TitleDate,
    /// What it says.
    Content,
}

impl Rung {
    /// All of them, the best first.
    pub const ALL: [Rung; 4] = [Rung::Guid, Rung::Link, Rung::TitleDate, Rung::Content];
}

/// What to do with entries dated in the future; the date itself is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Future {
    /// They stand where they were first seen.
    #[default]
    Clamp,
    /// They are published when their time has come, if that is within a month.
    Hold,
}

/// What to do with entries without a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Undated {
    /// They stand where they were first seen.
    #[default]
    FirstSeen,
    /// They are left out.
    Drop,
}
