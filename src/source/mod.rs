//! Kinds of source: a document in, drafts out.
//!
//! Pure: nothing here fetches. A [`Reader`] is what `feeds.toml` asked for,
//! checked; [`Reader::read`] turns one [`Document`] into a [`Reading`].

pub mod feed;
pub mod gate;
pub mod hub;
pub mod json;
pub mod page;
mod refine;
pub mod sitemap;
mod typed;

use encoding_rs::Encoding;
use jiff::{Timestamp, tz::TimeZone};

use crate::model::{
    Article, Counts, Document, Draft, Moment, Person, Place, Podcast, Reply, WebLink, WebUrl,
};

/// What to look for in a document.
#[derive(Clone, Debug, Default)]
pub enum Reader {
    /// A feed of any kind; a web page is an error that names its feeds.
    #[default]
    Auto,
    /// A feed of any kind.
    Feed,
    /// A list page, by selectors or without.
    Page(Box<page::Rules>),
    /// JSON, or a page that holds it.
    Json(Box<json::Rules>),
    /// A sitemap, or an index of such.
    Sitemap(Box<sitemap::Rules>),
}

/// What a reader has to know that is not in the document.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The time, for `3小时前` and for dates without a year.
    pub now: Timestamp,
    /// The zone of dates that name none.
    pub zone: &'a TimeZone,
    /// The encoding, where the admin knows better than the document.
    pub encoding: Option<&'static Encoding>,
    /// How much is too much.
    pub limits: gate::Limits,
}

/// A document, read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What the source says of itself.
    pub about: About,
    /// Its entries, in document order.
    pub drafts: Vec<Draft>,
    /// `rss20`, `atom10`, `json11`, `page` …
    pub format: &'static str,
    /// What the bytes were decoded as.
    pub encoding: &'static str,
    /// Characters that could not be decoded.
    pub replaced: u32,
    /// What had to be repaired, one short name each, without repetition.
    pub repaired: Vec<&'static str>,
    /// Whether the end of the document was there. What is missing from an
    /// incomplete one has not been removed.
    pub complete: bool,
    /// What came through.
    pub counts: Counts,
    /// Where it goes on: the next page of a list, the sitemaps of an index.
    pub next: Vec<WebUrl>,
}

/// What a source says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Its id (`atom:id`, `rdf:about`).
    pub id: Option<String>,
    /// Its title, as plain text.
    pub title: Option<String>,
    /// Its title as markup, where it was written as markup.
    pub title_markup: Option<String>,
    /// Its home, absolute.
    pub link: Option<WebUrl>,
    /// The same address, spelled as the source spelled it.
    pub address: Option<String>,
    /// Its own address (`rel=self`).
    pub feed_url: Option<String>,
    /// Its hubs (`rel=hub`).
    pub hubs: Vec<String>,
    /// Its second title or description.
    pub subtitle: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// When it last changed.
    pub updated: Option<Moment>,
    /// When it was published.
    pub published: Option<Moment>,
    /// When it was made.
    pub created: Option<Moment>,
    /// Who owns it.
    pub rights: Option<String>,
    /// What made it.
    pub generator: Option<String>,
    /// RSS `ttl`, as written.
    pub ttl: Option<String>,
    /// When it wishes to be asked, besides `ttl`, as written.
    pub schedule: Schedule,
    /// Its picture.
    pub image: Option<String>,
    /// Its large picture.
    pub logo: Option<String>,
    /// Its small picture.
    pub icon: Option<String>,
    /// Who writes it.
    pub authors: Vec<Person>,
    /// Who helps.
    pub contributors: Vec<Person>,
    /// Its categories.
    pub categories: Vec<String>,
    /// Those of them that were written as markup, as text and as markup.
    pub category_markup: Vec<(String, String)>,
    /// All its links.
    pub links: Vec<WebLink>,
    /// What it answers (`thr:in-reply-to`), if it is a discussion.
    pub in_reply_to: Option<Reply>,
    /// Where it is about.
    pub place: Option<Place>,
    /// What podcast directories ask for.
    pub podcast: Podcast,
}

/// When a source wishes to be asked, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// RSS `skipHours`.
    pub skip_hours: Vec<String>,
    /// RSS `skipDays`.
    pub skip_days: Vec<String>,
    /// `sy:updatePeriod`.
    pub update_period: Option<String>,
    /// `sy:updateFrequency`.
    pub update_frequency: Option<String>,
    /// `sy:updateBase`.
    pub update_base: Option<String>,
}

/// Documents of one feed that are read in a poll (RFC 5005), the first one included.
const MAX_FEED_PAGES: usize = 10;

/// Why a document brought no drafts.
///
/// The poll that asked records it and moves on. [`ReadError::code`] is for
/// machines, the message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The body is empty.
    #[error("the answer was empty")]
    Empty,
    /// It is something else than a feed.
    #[error("this is not a feed but {found}{}", hint(.feeds))]
    NotAFeed {
        /// What it looks like: `a web page`, `a challenge page`, `a picture` …
        found: String,
        /// Feeds that the page names.
        feeds: Vec<WebUrl>,
    },
    /// The end is missing and nothing usable stands before it.
    #[error("the document ends in the middle; keeping what was there")]
    Incomplete,
    /// A limit was passed.
    #[error("the document has {what}, the limit is {limit}")]
    TooMuch {
        /// `more than … bytes`, `elements nested too deep` …
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// It is broken beyond repair.
    #[error("cannot read the document: {0}")]
    Broken(String),
    /// The list page has no such container any more.
    #[error(
        "no element matches list.container `{0}`: the page was rebuilt, adjust the selector; keeping what was there"
    )]
    Rebuilt(String),
    /// The list page has items, but there is neither a link nor a title in them.
    #[error(
        "what list.item `{0}` matches has neither links nor titles: the page was rebuilt, adjust the selector; keeping what was there"
    )]
    Hollow(String),
    /// All that stands in it is the failure of a program that made it.
    #[error("RSS-Bridge could not read its site and says so in the feed: {0}")]
    Reported(String),
}

impl ReadError {
    /// A short name for logs, status and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Empty => "empty",
            ReadError::NotAFeed { .. } => "not_a_feed",
            ReadError::Incomplete => "incomplete",
            ReadError::TooMuch { .. } => "too_much",
            ReadError::Broken(_) => "broken",
            ReadError::Rebuilt(_) | ReadError::Hollow(_) => "rebuilt",
            ReadError::Reported(_) => "reported",
        }
    }
}

impl Reader {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// When there is nothing in it that could be used; see [`ReadError`].
    pub fn read(&self, document: &Document, setting: &Setting<'_>) -> Result<Reading, ReadError> {
        match self {
            Reader::Auto | Reader::Feed => {
                let mut reading = feed::read(document, setting)?;
                reading.counts = Counts::of(&reading.drafts);
                Ok(reading)
            }
            Reader::Page(rules) => page::list::read(rules, document, setting),
            Reader::Json(rules) => json::read(rules, document, setting),
            Reader::Sitemap(rules) => sitemap::read(rules, document, setting),
        }
    }

    /// Whether pages are read on only where all of the one before is new: a feed that
    /// is read for the first time is not read to its end.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        matches!(self, Reader::Auto | Reader::Feed)
    }

    /// Whether the document is a web page.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(self, Reader::Page(_))
    }

    /// How many documents are read at most in one poll: a list has pages, an
    /// index has sitemaps.
    #[must_use]
    pub fn max_pages(&self) -> usize {
        match self {
            Reader::Auto | Reader::Feed => MAX_FEED_PAGES,
            Reader::Page(rules) => rules.list.as_ref().map_or(1, |list| list.max_pages),
            Reader::Json(rules) => rules.list.max_pages,
            Reader::Sitemap(rules) => rules.list.max_pages,
        }
    }

    /// Whether a document only names others.
    #[must_use]
    pub fn is_index(&self, reading: &Reading) -> bool {
        matches!(self, Reader::Sitemap(_)) && !reading.next.is_empty() && reading.drafts.is_empty()
    }

    /// The entries of several documents as one list: each address once, no more
    /// than wanted.
    #[must_use]
    pub fn joined(&self, drafts: Vec<Draft>) -> Vec<Draft> {
        match self {
            Reader::Auto | Reader::Feed => drafts,
            Reader::Page(rules) => match &rules.list {
                Some(rules) => page::list::wanted(rules, drafts),
                None => drafts,
            },
            Reader::Json(rules) => page::list::wanted(&rules.list, drafts),
            Reader::Sitemap(rules) => {
                page::list::wanted(&rules.list, sitemap::newest_first(drafts))
            }
        }
    }

    /// Whether an entry may come without a title, which then its own page has.
    #[must_use]
    pub fn needs_articles(&self) -> bool {
        matches!(self, Reader::Sitemap(_))
    }
}

/// Reads an article page by its rules.
///
/// # Errors
///
/// When the page is empty, too much, or not HTML.
pub fn read_article(
    rules: &page::ArticleRules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    page::article::read(rules, document, setting)
}

/// An article and what its next page says, as one.
#[must_use]
pub fn join_articles(first: Article, next: Article) -> Article {
    page::article::joined(first, next)
}

fn hint(feeds: &[WebUrl]) -> String {
    match feeds {
        [] => "; check the address in feeds.toml".to_owned(),
        [first, ..] => format!("; it names the feed {first}, put that into feeds.toml"),
    }
}
