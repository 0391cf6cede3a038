//! Readers: a document in, raw entries out.
//!
//! Pure: nothing here fetches. A [`Reader`](crate::source::Reader) is what `feeds.toml` asked for,
//! checked; [`Reader::read`](crate::source::Reader::read) turns one
//! [`Document`](crate::model::Document) into a [`ParsedDocument`](crate::source::ParsedDocument).

pub mod budget;
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
    Article, Document, Draft, ExtractionCounts, Moment, Person, Place, Podcast, Reply, WebLink,
    WebUrl,
};

/// Kind of a source, with the rules for reading its documents.
///
/// Made by `config::check` from `type` and `[source.list]`.
#[derive(Clone, Debug, Default)]
pub enum Reader {
    /// Feed of any kind; a web page is an error that names its feeds.
    #[default]
    Feed,
    /// List page, by selectors or without.
    Page(Box<page::Rules>),
    /// JSON, or a page that holds it.
    Json(Box<json::Rules>),
    /// Sitemap, or an index of sitemaps.
    Sitemap(Box<sitemap::Rules>),
}

/// Context of a reader that is not in the document; made by `poll` and `cli` from the source.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// Time of the poll, for `3小时前` and for dates without a year.
    pub now: Timestamp,
    /// Time zone of dates that name none.
    pub zone: &'a TimeZone,
    /// Character encoding, where the admin knows better than the document.
    pub encoding: Option<&'static Encoding>,
    /// Limits on the document.
    pub limits: gate::Limits,
}

/// Parsed document: metadata, raw entries, and how the reading went.
#[derive(Clone, Debug, Default)]
pub struct ParsedDocument {
    /// Metadata of the source.
    pub about: About,
    /// Raw entries, in document order; of a sitemap the newest first.
    pub drafts: Vec<Draft>,
    /// Name of the format: `rss20`, `atom10`, `json11`, `page` …
    pub format: &'static str,
    /// Name of the encoding that the bytes were decoded as; see
    /// [`Decoded`](crate::text::charset::Decoded).
    pub encoding: &'static str,
    /// Undecodable byte sequences; saturates.
    pub replaced: u32,
    /// Names of the repairs that were needed, without repetition.
    pub repaired: Vec<&'static str>,
    /// Whether the end of the document was there. Entries missing from an incomplete one have not
    /// been removed.
    pub complete: bool,
    /// Extraction yield of this document.
    pub counts: ExtractionCounts,
    /// Addresses where it goes on: the next page of a list, the sitemaps of an index.
    pub next: Vec<WebUrl>,
    /// Whether it shows nothing but the way to `next`: a forward, frames.
    pub leads_on: bool,
}

/// Metadata of a source, by its own account; `None` or empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Identifier (`atom:id`, `rdf:about`).
    pub id: Option<String>,
    /// Title, as plain text.
    pub title: Option<String>,
    /// Title as markup, where it was written as markup.
    pub title_markup: Option<String>,
    /// Address of the home page, absolute.
    pub link: Option<WebUrl>,
    /// Same address in the source's own spelling.
    pub address: Option<String>,
    /// Address of the feed itself (`rel=self`).
    pub feed_url: Option<String>,
    /// Addresses of its hubs (`rel=hub`), in document order.
    pub hubs: Vec<String>,
    /// Second title or description.
    pub subtitle: Option<String>,
    /// Language tag as written.
    pub language: Option<String>,
    /// Time of the last change.
    pub updated: Option<Moment>,
    /// Time of publication.
    pub published: Option<Moment>,
    /// Time of making (`created`).
    pub created: Option<Moment>,
    /// Copyright notice, as written.
    pub rights: Option<String>,
    /// Name of the software that made it.
    pub generator: Option<String>,
    /// RSS `ttl`, as written (minutes are meant).
    pub ttl: Option<String>,
    /// Other poll hints, as written.
    pub schedule: Schedule,
    /// Address of its picture.
    pub image: Option<String>,
    /// Address of its large picture.
    pub logo: Option<String>,
    /// Address of its small picture.
    pub icon: Option<String>,
    /// Authors, in document order.
    pub authors: Vec<Person>,
    /// Contributors, in document order.
    pub contributors: Vec<Person>,
    /// Categories, each once, in document order.
    pub categories: Vec<String>,
    /// Categories that were written as markup: (plain text, markup).
    pub category_markup: Vec<(String, String)>,
    /// All links, with their relations, in document order.
    pub links: Vec<WebLink>,
    /// Entry that is replied to (`thr:in-reply-to`), if this is a discussion.
    pub in_reply_to: Option<Reply>,
    /// Place that the source is about.
    pub place: Option<Place>,
    /// Elements for podcast directories (`itunes:`).
    pub podcast: Podcast,
}

/// Poll hints as written, besides `ttl`; `ingest::schedule::hints` makes sense of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// RSS `skipHours`: hours of the day in GMT, at most 24.
    pub skip_hours: Vec<String>,
    /// RSS `skipDays`: English names of days, at most 24.
    pub skip_days: Vec<String>,
    /// `sy:updatePeriod`: `hourly`, `daily` …
    pub update_period: Option<String>,
    /// `sy:updateFrequency`: times per period.
    pub update_frequency: Option<String>,
    /// `sy:updateBase`: a W3C date and time.
    pub update_base: Option<String>,
}

/// Documents of one feed that are read in a poll (RFC 5005), the first one included.
const MAX_FEED_PAGES: usize = 10;

/// Reason why a document brought no raw entries.
///
/// The poll that asked records it and moves on. [`ReadError::code`] is for
/// machines, the message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Empty body.
    #[error("the answer was empty")]
    Empty,
    /// Something else than a feed.
    #[error("this is not a feed but {found}{}", hint(.feeds))]
    NotAFeed {
        /// Kind in words: `a web page`, `a challenge page`, `a picture` …
        found: String,
        /// Feeds that the page names.
        feeds: Vec<WebUrl>,
    },
    /// Document whose end is missing, with nothing usable before it.
    #[error("the document ends in the middle; keeping what was there")]
    Incomplete,
    /// Document beyond a limit.
    #[error("the document has {what}, the limit is {limit}")]
    TooMuch {
        /// Excess, in words: `too many elements`, `elements nested too deep` …
        what: &'static str,
        /// Limit, in the unit of `what`.
        limit: usize,
    },
    /// Document broken beyond repair; what is wrong.
    #[error("cannot read the document: {0}")]
    Broken(String),
    /// Page without the container or item that this selector names.
    #[error(
        "no element matches list.container `{0}`: the page was rebuilt, adjust the selector; keeping what was there"
    )]
    Rebuilt(String),
    /// Page whose items, by this selector, have neither a link nor a title.
    #[error(
        "what list.item `{0}` matches has neither links nor titles: the page was rebuilt, adjust the selector; keeping what was there"
    )]
    Hollow(String),
    /// The container of a list page is full, and no item of it is matched.
    #[error(
        "list.item `{0}` matches nothing in a container that is not empty: adjust the selector; \
         keeping what was there"
    )]
    Unmatched(String),
    /// Selector of the rules that looks at more of the document than all of them may.
    #[error(
        "the selector `{0}` looks at more of this document than selectors may: make it simpler; \
         keeping what was there"
    )]
    Costly(String),
    /// No list was found on a page that has no rules.
    #[error("no list of news was found on the page: {0}")]
    NoList(&'static str),
    /// The page stands for one that is not there, with a status of 200.
    #[error("the page says that what was asked for does not exist; check the address")]
    Missing,
    /// The page wants to see a person, or a browser, first.
    #[error(
        "the answer is a wall that wants a person or a browser to show itself, not the page; \
         ask the publisher for a way in"
    )]
    Wall,
    /// Feed with nothing in it but the failure of a program that made it; its title.
    #[error("RSS-Bridge could not read its site and says so in the feed: {0}")]
    Reported(String),
}

impl ReadError {
    /// Returns a short, stable name for logs, status and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Empty => "empty",
            ReadError::NotAFeed { .. } => "not_a_feed",
            ReadError::Incomplete => "incomplete",
            ReadError::TooMuch { .. } => "too_much",
            ReadError::Broken(_) => "broken",
            ReadError::Rebuilt(_) | ReadError::Hollow(_) => "rebuilt",
            ReadError::Unmatched(_) => "no_items",
            ReadError::Costly(_) => "costly",
            ReadError::NoList(_) => "no_list",
            ReadError::Missing => "missing",
            ReadError::Wall => "challenge",
            ReadError::Reported(_) => "reported",
        }
    }
}

impl Reader {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is nothing in it that could be used.
    pub fn read(
        &self,
        document: &Document,
        setting: &Setting<'_>,
    ) -> Result<ParsedDocument, ReadError> {
        match self {
            Reader::Feed => {
                let mut reading = feed::read(document, setting)?;
                reading.counts = ExtractionCounts::of(&reading.drafts);
                Ok(reading)
            }
            Reader::Page(rules) => match page::list::read(rules, document, setting) {
                // What a script would show may stand in the page as data.
                Err(ReadError::NoList(why)) => {
                    json::held(document, setting).ok_or(ReadError::NoList(why))
                }
                read => read,
            },
            Reader::Json(rules) => json::read(rules, document, setting),
            Reader::Sitemap(rules) => sitemap::read(rules, document, setting),
        }
    }

    /// Whether pages are read on only where all of the one before is new: a feed that
    /// is read for the first time is not read to its end.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        matches!(self, Reader::Feed)
    }

    /// Whether the documents are web pages.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(self, Reader::Page(_))
    }

    /// Returns the most documents that are read in one poll: a list has pages, an index has
    /// sitemaps.
    #[must_use]
    pub fn max_pages(&self) -> usize {
        match self {
            Reader::Feed => MAX_FEED_PAGES,
            Reader::Page(rules) => rules.list.as_ref().map_or(1, |list| list.max_pages),
            Reader::Json(rules) => rules.list.max_pages,
            Reader::Sitemap(rules) => rules.list.max_pages,
        }
    }

    /// Whether a document only names others.
    #[must_use]
    pub fn is_index(&self, reading: &ParsedDocument) -> bool {
        let has_index = matches!(self, Reader::Sitemap(_)) || reading.leads_on;
        has_index && !reading.next.is_empty() && reading.drafts.is_empty()
    }

    /// Joins the entries of several documents into one list: each address once, no more than
    /// `limit`.
    #[must_use]
    pub fn joined(&self, drafts: Vec<Draft>) -> Vec<Draft> {
        match self {
            Reader::Feed => drafts,
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
/// [`ReadError`] if the page is empty, too much, or not HTML.
pub fn read_article(
    rules: &page::ArticleRules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    page::article::read(rules, document, setting)
}

/// Joins an article and its next page into one.
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
