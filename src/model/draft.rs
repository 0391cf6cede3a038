//! One entry as a source wrote it: everything optional, nothing trusted.
//!
//! Readers of all kinds (`source::feed`, `source::page`) end in these types;
//! `ingest` turns them into items. Text is as the source meant it: a title is
//! plain text already, a body is markup that nobody has cleaned.

use jiff::tz::Offset;

use super::{Moment, WebUrl};

/// One entry of a feed, or one line of a list page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// guid, `atom:id`, `rdf:about`, JSON `id`, or what `list.uid` found.
    pub guid: Option<String>,
    /// Where to read it, absolute.
    pub link: Option<WebUrl>,
    /// The same address, absolute where that is possible, spelled as the source spelled it.
    pub address: Option<String>,
    /// The headline, as plain text.
    pub title: Option<String>,
    /// The headline as markup, where it was written as markup.
    pub title_markup: Option<String>,
    /// The teaser: markup, or text that is valid markup.
    pub summary: Option<String>,
    /// Whether the teaser was written as plain text; it is escaped here.
    pub is_summary_text: bool,
    /// The bodies, in document order.
    pub content: Vec<Content>,
    /// When it was first published.
    pub published: Option<Moment>,
    /// When it last changed.
    pub updated: Option<Moment>,
    /// When it was written.
    pub created: Option<Moment>,
    /// Who wrote it.
    pub authors: Vec<Person>,
    /// Who helped.
    pub contributors: Vec<Person>,
    /// Categories, tags, keywords.
    pub categories: Vec<String>,
    /// Those of them that were written as markup, as text and as markup.
    pub category_markup: Vec<(String, String)>,
    /// What those of them that are words for machines are called, by these words.
    pub category_labels: Vec<(String, String)>,
    /// Files that belong to it.
    pub enclosures: Vec<Media>,
    /// `media:content`.
    pub media: Vec<Media>,
    /// `media:thumbnail`.
    pub thumbnails: Vec<String>,
    /// The lead picture.
    pub image: Option<String>,
    /// Captions of its pictures, with their credit where one is given.
    pub captions: Vec<String>,
    /// 来源: the newspaper or agency it was taken from, by name.
    pub origin: Option<String>,
    /// The language of the entry.
    pub language: Option<String>,
    /// A second headline.
    pub subtitle: Option<String>,
    /// Who owns it.
    pub rights: Option<String>,
    /// Where it is discussed.
    pub comments: Option<String>,
    /// A feed of the discussion.
    pub comments_feed: Option<String>,
    /// How long the discussion is.
    pub comments_count: Option<u64>,
    /// The feed it was copied from (`atom:source`, RSS `source`).
    pub source: Option<Box<SourceNote>>,
    /// All links, with their relations.
    pub links: Vec<WebLink>,
    /// What it answers (`thr:in-reply-to`).
    pub in_reply_to: Option<Reply>,
    /// Where it happened.
    pub place: Option<Place>,
    /// What podcast directories ask for.
    pub podcast: Podcast,
}

impl Draft {
    /// The date that a source gives: of publication or, where there is none, of
    /// writing or of the last change.
    #[must_use]
    pub fn date(&self) -> Option<Moment> {
        self.published.or(self.created).or(self.updated)
    }

    /// The home of the feed it was copied from.
    #[must_use]
    pub fn source_link(&self) -> Option<WebUrl> {
        WebUrl::parse(self.source.as_ref()?.link.as_deref()?)
    }
}

/// One body of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The markup or text.
    pub value: String,
    /// Its media type: `text/html`, `text/plain`, `application/xhtml+xml` …
    pub kind: String,
    /// Its language.
    pub language: Option<String>,
    /// Where it is, if not here.
    pub src: Option<String>,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// The home page.
    pub url: Option<String>,
}

/// A file that belongs to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Where it is.
    pub url: String,
    /// Its media type.
    pub kind: Option<String>,
    /// Its size in bytes, as written.
    pub length: Option<String>,
    /// What it shows.
    pub description: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
    /// Kind of it in a word, as `media:content` gives it: `image`, `audio`, `video`.
    pub medium: Option<String>,
    /// Headline of its own.
    pub title: Option<String>,
    /// How long it plays, as written.
    pub duration: Option<String>,
    /// Width of it in pixels.
    pub width: Option<u32>,
    /// Number of the `media:group` it stands in: a group is one thing in several makes.
    pub group: Option<usize>,
    /// Whether it is the one to take of several of the same.
    pub is_default: bool,
}

/// A link with its relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebLink {
    /// Where it leads.
    pub href: String,
    /// `alternate`, `self`, `related`, …
    pub rel: Option<String>,
    /// The media type of what is there.
    pub kind: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its language.
    pub hreflang: Option<String>,
    /// Its size in bytes, as written.
    pub length: Option<String>,
}

/// The feed an entry was copied from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceNote {
    /// Its id.
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its home.
    pub link: Option<String>,
    /// When it last changed.
    pub updated: Option<Moment>,
    /// Its second title.
    pub subtitle: Option<String>,
    /// Who owns it.
    pub rights: Option<String>,
    /// Its small picture.
    pub icon: Option<String>,
    /// Its large picture.
    pub logo: Option<String>,
    /// What made it.
    pub generator: Option<String>,
    /// Who writes it.
    pub authors: Vec<Person>,
    /// Who helps.
    pub contributors: Vec<Person>,
    /// Its categories.
    pub categories: Vec<String>,
    /// Its links.
    pub links: Vec<WebLink>,
}

/// What an entry answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Where that is.
    pub href: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// Somewhere on earth.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What the points make up.
    pub shape: Shape,
    /// Longitude and latitude, in degrees.
    pub points: Vec<(f64, f64)>,
}

/// What the points of a place make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One point.
    Point,
    /// A line through all points.
    Line,
    /// A closed ring.
    Polygon,
    /// South-west and north-east corner.
    Box,
}

/// What podcast directories ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Podcast {
    /// Not to be listed.
    pub block: Option<bool>,
    /// Not for children.
    pub explicit: Option<bool>,
    /// How long it plays, as written.
    pub duration: Option<String>,
    /// Number of the episode in its season.
    pub episode: Option<String>,
    /// Number of the season.
    pub season: Option<String>,
}

/// What an article page says about the entry that links to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Article {
    /// The headline.
    pub title: Option<String>,
    /// When it was published.
    pub published: Option<Moment>,
    /// The offset from UTC that was written with that, to show it as it was.
    pub offset: Option<Offset>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// 来源, by name.
    pub origin: Option<String>,
    /// The body: markup that nobody has cleaned, links made absolute.
    pub content: Option<String>,
    /// The pictures of the body, in order.
    pub figures: Vec<Figure>,
    /// All captions, in order, with their credit; also of pictures that the
    /// page does not show.
    pub captions: Vec<String>,
    /// What the page says of itself in a sentence or two, as plain text.
    pub summary: Option<String>,
    /// What the page itself calls its address (`rel=canonical`, `og:url`).
    pub canonical: Option<WebUrl>,
    /// Where the article goes on (下一页).
    pub next_page: Option<WebUrl>,
    /// Where all of it stands on one page.
    pub single_page: Option<WebUrl>,
    /// Whether the page asks not to be shown elsewhere (`noindex`, `noarchive`).
    pub is_reserved: bool,
}

/// A picture in an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// Where it is, absolute.
    pub url: String,
    /// What stands under it, with its credit.
    pub caption: Option<String>,
}
