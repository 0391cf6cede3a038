//! Sources: the feeds and pages we poll.

use std::time::Duration;

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::settings::default_timezone;
use crate::config::{Access, Expect, Filter, Http, Rewrite, Trial};
use crate::model::{SourceId, WebUrl};
use crate::source::page::ArticleRules;
use crate::source::{Reader, Setting, gate};

/// One source: a feed, page, API or sitemap we poll.
///
/// Made by `check::source` from `[[source]]`, `[channel.defaults]` and `[defaults]`; read by `poll`
/// and `ingest`.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name; the part before the last slash is its channel.
    pub id: SourceId,
    /// Ids that it had before, of which what is remembered goes over to `id`.
    pub was: Vec<SourceId>,
    /// Title, if the admin knows better than the source.
    pub title: Option<String>,
    /// Address to fetch.
    pub url: WebUrl,
    /// Home page, if the admin knows better than the source.
    pub site_url: Option<WebUrl>,
    /// Whether it is polled at all. Default yes.
    pub enabled: bool,
    /// Time since which an admin lets it rest (`gazetted pause`); never in feeds.toml.
    pub paused: Option<Timestamp>,
    /// Mean time between two polls while it is well, over a week, 1 s to 30 days; never below
    /// `min_interval`. Default 30 minutes.
    pub interval: Duration,
    /// Least time between two polls, whatever else says, 1 s to 30 days. Default 15 minutes.
    pub min_interval: Duration,
    /// Most time between two polls of a source that is well, whatever it wishes, 1 s to 30 days.
    /// Default 24 hours, or `interval` if that is longer.
    pub max_interval: Duration,
    /// Time limit of the whole of one request, 100 ms to 1 h. Default `[http] timeout`.
    pub timeout: Duration,
    /// Character encoding, if the admin knows better than the document.
    pub encoding: Option<&'static Encoding>,
    /// Time zone of dates that name none. Default Asia/Shanghai.
    pub timezone: TimeZone,
    /// Language tag (BCP 47), if the admin knows better than the source.
    pub language: Option<String>,
    /// Priority of its copies within a story, −1 000 to 1 000; the highest is shown. Default 0.
    pub priority: i32,
    /// Whether its items join the stories of other sources. Default yes.
    pub dedupe: bool,
    /// Whether its article pages are fetched, and their text republished.
    pub full_text: FullText,
    /// Query parameters of its links that do not matter, besides the usual ones.
    pub strip_params: Vec<String>,
    /// Whether its hub is asked to push (WebSub), if it has one. Default yes.
    pub websub: bool,
    /// Keys by which an entry is identified, the best first. Default all of [`IdentityKey::ALL`].
    pub identity: Vec<IdentityKey>,
    /// Whether its guids can be trusted, if the admin knows; `None` leaves that to the guid churn
    /// that is counted.
    pub trust_guid: Option<bool>,
    /// New items that it may bring within 24 hours, 1 to 1 000 000; more wait. Not counted at its
    /// first reading. Default 2 000.
    pub max_new_per_day: u32,
    /// Treatment of entries dated in the future.
    pub future: Future,
    /// Treatment of entries without a date.
    pub undated: Undated,
    /// Credentials.
    pub access: Access,
    /// Filters of its entries; the first that matches decides.
    pub filters: Vec<Filter>,
    /// Replacements in its entries, applied in order.
    pub rewrites: Vec<Rewrite>,
    /// Reader of its documents, with its rules.
    pub reader: Reader,
    /// `[source.article]`: rules for the pages that its entries link to.
    pub article: Option<ArticleRules>,
    /// `[source.expect]`: normal yield.
    pub expect: Expect,
    /// `[[source.test]]`: test cases of its rules.
    pub trials: Vec<Trial>,
}

impl Source {
    /// Makes a source with nothing but defaults.
    #[must_use]
    pub fn new(id: SourceId, url: WebUrl, reader: Reader) -> Source {
        Source {
            id,
            was: Vec::new(),
            title: None,
            url,
            site_url: None,
            enabled: true,
            paused: None,
            interval: Duration::from_secs(30 * 60),
            min_interval: Duration::from_secs(15 * 60),
            max_interval: Duration::from_secs(24 * 60 * 60),
            timeout: Http::default().timeout,
            encoding: None,
            timezone: default_timezone(),
            language: None,
            priority: 0,
            dedupe: true,
            full_text: FullText::default(),
            strip_params: Vec::new(),
            websub: true,
            identity: IdentityKey::ALL.to_vec(),
            trust_guid: None,
            max_new_per_day: 2000,
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

    /// Whether it is polled: neither switched off nor paused.
    #[must_use]
    pub fn is_polled(&self) -> bool {
        self.enabled && self.paused.is_none()
    }

    /// Makes the setting in which documents of this source are read at `now`: its time zone and
    /// encoding, the limits of the gate, but with `max_body` bytes (`[http] max_body`).
    #[must_use]
    pub fn setting(&self, now: Timestamp, max_body: usize) -> Setting<'_> {
        Setting {
            now,
            zone: &self.timezone,
            encoding: self.encoding,
            limits: gate::Limits {
                bytes: max_body,
                ..gate::Limits::default()
            },
        }
    }
}

/// Policy for article pages: whether they are fetched, and their text republished.
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

/// Key by which an entry is identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKey {
    /// Identifier given by the source.
    Guid,
    /// Canonical address of the article.
    Link,
    /// Folded title, with the date if it has one.
    TitleDate,
    /// Hash of the text.
    Content,
}

impl IdentityKey {
    /// Every key, the best first.
    pub const ALL: [IdentityKey; 4] = [
        IdentityKey::Guid,
        IdentityKey::Link,
        IdentityKey::TitleDate,
        IdentityKey::Content,
    ];
}

/// Treatment of entries dated in the future; the date itself is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Future {
    /// Published at once, at the position of the time they were first seen.
    #[default]
    Clamp,
    /// Held until their time has come, if that is within 31 days.
    Hold,
}

/// Treatment of entries without a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Undated {
    /// Published at the position of the time they were first seen.
    #[default]
    FirstSeen,
    /// Left out.
    Drop,
}
