//! Raw entry as a source wrote it: everything optional, nothing trusted.
//!
//! Readers of all kinds (`source::feed`, `source::page`) end in these types;
//! `ingest` turns them into items. Text is as the source meant it: a title is
//! plain text already, a body is markup that nobody has cleaned.

use jiff::tz::Offset;

use super::{Moment, WebUrl};

/// Raw entry: one entry of a feed, or one line of a list page.
///
/// Fields are `None` or empty where the source says nothing; none is bounded yet.
#[doc(alias = "raw entry")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Identifier given by the source: RSS `guid`, `atom:id`, `rdf:about`, JSON `id`, or the value
    /// of `list.uid`.
    pub guid: Option<String>,
    /// Address of the article, absolute.
    pub link: Option<WebUrl>,
    /// Same address in the source's own spelling, absolute where it can be; a feed's is set also
    /// where `link` cannot be parsed.
    pub address: Option<String>,
    /// Headline, as plain text.
    pub title: Option<String>,
    /// Headline as markup, where the source wrote markup.
    pub title_markup: Option<String>,
    /// Teaser: markup, or text escaped into valid markup.
    pub summary: Option<String>,
    /// Whether the teaser was written as plain text, and `summary` is that text escaped.
    pub is_summary_text: bool,
    /// Bodies, in document order; the first that is not empty is the one published.
    pub content: Vec<Content>,
    /// Time of first publication.
    pub published: Option<Moment>,
    /// Whether the date was found by usual patterns only, so that the page of the
    /// entry knows better.
    pub is_date_guessed: bool,
    /// Whether the headline was found so.
    pub is_title_guessed: bool,
    /// Time of the last change.
    pub updated: Option<Moment>,
    /// Time of writing (`created`); stands in for `published`.
    pub created: Option<Moment>,
    /// Authors, in document order.
    pub authors: Vec<Person>,
    /// Contributors (Atom, `dcterms:contributor`), in document order.
    pub contributors: Vec<Person>,
    /// Categories, tags and keywords, each one line; the first of equal ones is kept.
    pub categories: Vec<String>,
    /// Categories that were written as markup: (plain text, markup).
    pub category_markup: Vec<(String, String)>,
    /// Labels of categories that are words for machines, as (term, label).
    pub category_labels: Vec<(String, String)>,
    /// Attached files: RSS `enclosure`, Atom links of that relation.
    pub enclosures: Vec<Media>,
    /// `media:content` elements.
    pub media: Vec<Media>,
    /// Page that plays the film or the sound, where no file is given (`media:player`).
    pub player: Option<String>,
    /// Addresses in `media:thumbnail`.
    pub thumbnails: Vec<String>,
    /// Address of the lead picture.
    pub image: Option<String>,
    /// Captions of its pictures, with their credit where one is given.
    pub captions: Vec<String>,
    /// 来源: name of the newspaper or agency that the text was taken from.
    pub origin: Option<String>,
    /// Language tag as written on the entry (BCP 47 is meant, not checked).
    pub language: Option<String>,
    /// Second headline.
    pub subtitle: Option<String>,
    /// Copyright notice, as written.
    pub rights: Option<String>,
    /// Address of the discussion, as a page.
    pub comments: Option<String>,
    /// Address of the discussion, as a feed.
    pub comments_feed: Option<String>,
    /// Number of comments (`slash:comments` and its like).
    pub comments_count: Option<u64>,
    /// Feed the entry was copied from (`atom:source`, RSS `source`).
    pub source: Option<Box<SourceNote>>,
    /// All links, with their relations, in document order.
    pub links: Vec<WebLink>,
    /// Entry that this one replies to (`thr:in-reply-to`, RFC 4685).
    pub in_reply_to: Option<Reply>,
    /// Place of the event (GeoRSS, `geo:lat` and `geo:long`).
    pub place: Option<Place>,
    /// Elements for podcast directories (`itunes:`).
    pub podcast: Podcast,
}

impl Draft {
    /// Returns the date that a source gives: of publication or, where there is none, of
    /// writing or of the last change.
    #[must_use]
    pub fn date(&self) -> Option<Moment> {
        self.published.or(self.created).or(self.updated)
    }

    /// Returns the home of the feed it was copied from.
    #[must_use]
    pub fn source_link(&self) -> Option<WebUrl> {
        WebUrl::parse(self.source.as_ref()?.link.as_deref()?)
    }
}

/// One body of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Markup or text, as `kind` says; empty if only `src` is given.
    pub value: String,
    /// Media type: `text/html`, `text/plain`, `application/xhtml+xml` …
    pub kind: String,
    /// Language tag in force there.
    pub language: Option<String>,
    /// Address of the body where it is out of line (Atom `content@src`).
    pub src: Option<String>,
}

/// Author, contributor or owner; all fields as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Name for people.
    pub name: Option<String>,
    /// Mail address; never published.
    pub email: Option<String>,
    /// Address of the home page.
    pub url: Option<String>,
}

/// File or picture that belongs to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Address, resolved against the base in force.
    pub url: String,
    /// Media type as written, for example `audio/mpeg`.
    pub kind: Option<String>,
    /// Size in bytes, as written; no number is promised.
    pub length: Option<String>,
    /// Caption or description.
    pub description: Option<String>,
    /// Credit: name of the photographer or agency.
    pub credit: Option<String>,
    /// Kind of it in a word, as `media:content` gives it: `image`, `audio`, `video`.
    pub medium: Option<String>,
    /// Headline of its own.
    pub title: Option<String>,
    /// Playing time, as written.
    pub duration: Option<String>,
    /// Width of it in pixels.
    pub width: Option<u32>,
    /// Number of the `media:group` it stands in: a group is one thing in several makes.
    pub group: Option<usize>,
    /// Whether it is the one to take of several of the same.
    pub is_default: bool,
}

/// Link with its relation (RFC 8288).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebLink {
    /// Target address, resolved.
    pub href: String,
    /// Relation as written: `alternate`, `self`, `related`, …
    pub rel: Option<String>,
    /// Media type of the target, as written.
    pub kind: Option<String>,
    /// Title of the target.
    pub title: Option<String>,
    /// Language tag of the target.
    pub hreflang: Option<String>,
    /// Size of the target in bytes, as written.
    pub length: Option<String>,
}

/// Feed that an entry was copied from; an RSS `source` gives only `title` and `link`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceNote {
    /// Identifier (`atom:id`).
    pub id: Option<String>,
    /// Title, as plain text or markup.
    pub title: Option<String>,
    /// Address: of the feed in RSS, of the home page in Atom.
    pub link: Option<String>,
    /// Time of its last change.
    pub updated: Option<Moment>,
    /// Second title.
    pub subtitle: Option<String>,
    /// Copyright notice, as written.
    pub rights: Option<String>,
    /// Address of the small, square picture.
    pub icon: Option<String>,
    /// Address of the large picture.
    pub logo: Option<String>,
    /// Name of the software that made it.
    pub generator: Option<String>,
    /// Authors, in document order.
    pub authors: Vec<Person>,
    /// Contributors, in document order.
    pub contributors: Vec<Person>,
    /// Categories, in document order.
    pub categories: Vec<String>,
    /// Links, in document order.
    pub links: Vec<WebLink>,
}

/// Reference to the entry that is replied to (`thr:in-reply-to`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Address of that entry.
    pub href: Option<String>,
    /// Identifier of that entry.
    pub id: Option<String>,
}

/// Place on earth, in WGS 84.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Meaning of the points.
    pub shape: Shape,
    /// (longitude, latitude) pairs in degrees: at least 1 for a point, 2 for line and box, 3 for a
    /// polygon; all finite.
    pub points: Vec<(f64, f64)>,
}

/// Meaning of the points of a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A single point.
    Point,
    /// Line through all points, in order.
    Line,
    /// Closed ring through all points.
    Polygon,
    /// Bounding box: south-west and north-east corner.
    Box,
}

/// Elements for podcast directories, of a feed or an entry (`itunes:`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Podcast {
    /// Request not to be listed (`itunes:block`).
    pub block: Option<bool>,
    /// Mark "not for children" (`itunes:explicit`).
    pub explicit: Option<bool>,
    /// Playing time as written: seconds, `MM:SS` or `HH:MM:SS`.
    pub duration: Option<String>,
    /// Number of the episode in its season.
    pub episode: Option<String>,
    /// Number of the season.
    pub season: Option<String>,
    /// Kind of the episode, as written: `full`, `trailer`, `bonus`.
    pub episode_kind: Option<String>,
    /// Words of the episode as text, with media type and language (`podcast:transcript`).
    pub transcripts: Vec<WebLink>,
    /// List of its chapters (`podcast:chapters`).
    pub chapters: Option<WebLink>,
}

/// Content of an article page, beside the entry that links to it.
///
/// Written by `source::page`; merged with the [`Draft`] by `ingest::item`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Article {
    /// Headline, as plain text.
    pub title: Option<String>,
    /// Time of publication.
    pub published: Option<Moment>,
    /// Offset from UTC that was written with `published`, to show the time as it was.
    pub offset: Option<Offset>,
    /// Names of the authors, in order.
    pub authors: Vec<String>,
    /// 来源: name of the newspaper or agency that the text was taken from.
    pub origin: Option<String>,
    /// Body: markup that nobody has cleaned, links made absolute.
    pub content: Option<String>,
    /// Pictures of the body, in order; the first is the lead picture.
    pub figures: Vec<Figure>,
    /// All captions, in order, with their credit; also those of pictures that the page does not
    /// show.
    pub captions: Vec<String>,
    /// Description of the page by itself, a sentence or two, as plain text.
    pub summary: Option<String>,
    /// Address by the page's own account (`rel=canonical`, `og:url`).
    pub canonical: Option<WebUrl>,
    /// Address of the next page of the article (下一页).
    pub next_page: Option<WebUrl>,
    /// Address of a version with all of it on one page.
    pub single_page: Option<WebUrl>,
    /// Whether the page asks not to be shown elsewhere (`noindex`, `noarchive`).
    pub is_reserved: bool,
    /// Whether a rule of the admin found the headline.
    pub is_title_ruled: bool,
    /// Whether a rule of the admin found the date.
    pub is_date_ruled: bool,
    /// The keys of `[source.article]` whose selectors matched nothing.
    pub unmatched: Vec<&'static str>,
}

/// Picture in an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// Address of the picture, absolute.
    pub url: String,
    /// Caption under it, with its credit.
    pub caption: Option<String>,
}
