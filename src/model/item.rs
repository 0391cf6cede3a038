//! One normalised entry of one source.

use jiff::Timestamp;

use super::{ItemId, SafeHtml, SourceId, WebUrl};

/// One normalised entry of one source.
///
/// All text is plain, free of control characters and bounded; all markup is
/// [`SafeHtml`]; all addresses are absolute.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Computed from source and identity.
    pub id: ItemId,
    /// Who brought it.
    pub source: SourceId,
    /// What the source calls it.
    pub guid: Option<String>,
    /// Where to read it.
    pub url: Option<WebUrl>,
    /// The headline, never empty.
    pub title: String,
    /// BCP 47, of this item or its source.
    pub language: Option<String>,
    /// Who wrote it, by name.
    pub authors: Vec<String>,
    /// 来源: the newspaper or agency it was taken from, by name.
    pub origin: Option<String>,
    /// When the source says it was published.
    pub published: Option<Timestamp>,
    /// When its substance last changed, as far as we saw or were told.
    pub updated: Option<Timestamp>,
    /// When we first saw it. Decides the volume, never changes.
    pub first_seen: Timestamp,
    /// Where it stands in every listing, which is not always its date. Never changes.
    pub sort_key: Timestamp,
    /// The teaser.
    pub summary: Option<SafeHtml>,
    /// The text.
    pub content: Option<SafeHtml>,
    /// The lead picture.
    pub image: Option<Image>,
    /// Captions of the pictures, with their credit.
    pub captions: Vec<String>,
    /// Categories, tags, keywords.
    pub categories: Vec<String>,
    /// Files that belong to it.
    pub enclosures: Vec<Enclosure>,
    /// What a republisher passes on besides: rights, discussion, the feed it is from.
    pub notes: Notes,
    /// Of what a reader would notice a change in; markup, counters and
    /// timestamps do not count.
    pub fingerprint: u64,
}

impl Item {
    /// The date that readers are shown: that of publication, unless there is none
    /// or it lay ahead when the item came.
    #[must_use]
    pub fn date(&self) -> Timestamp {
        let published = self.published.filter(|at| *at <= self.first_seen);
        published.unwrap_or(self.sort_key)
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub url: WebUrl,
    /// What it shows.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// A file that belongs to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Where it is.
    pub url: WebUrl,
    /// Its media type.
    pub kind: Option<String>,
    /// Its size in bytes; 0 where unknown.
    pub length: u64,
    /// Headline of its own.
    pub title: Option<String>,
    /// How long it plays, in seconds.
    pub duration: Option<u32>,
}

/// What a source says of an item that a republisher passes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Names of those who helped.
    pub contributors: Vec<String>,
    /// Who owns it, as plain text.
    pub rights: Option<String>,
    /// Licence it is under.
    pub licence: Option<WebUrl>,
    /// Page on which it is discussed.
    pub comments: Option<WebUrl>,
    /// Feed of that discussion.
    pub comments_feed: Option<WebUrl>,
    /// Number of contributions to it.
    pub comments_count: Option<u64>,
    /// Whether it is not for children.
    pub is_explicit: Option<bool>,
    /// Number of the episode of a podcast.
    pub episode: Option<u32>,
    /// Number of the season of a podcast.
    pub season: Option<u32>,
    /// Feed it was taken from, as that said of itself then (RFC 4287, 4.2.11).
    pub feed: Option<FeedNote>,
}

/// What a feed said of itself when an item was taken from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedNote {
    /// `atom:id`.
    pub id: Option<String>,
    /// Title, where the feed is another than the one we read.
    pub title: Option<String>,
    /// Home page.
    pub link: Option<WebUrl>,
    /// Time of its last change.
    pub updated: Option<Timestamp>,
    /// Who owns it, as plain text.
    pub rights: Option<String>,
    /// Names of its authors.
    pub authors: Vec<String>,
}

/// What an item said before its substance changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// When we saw something else in its place.
    pub until: Timestamp,
    /// The headline.
    pub title: String,
    /// The teaser.
    pub summary: Option<SafeHtml>,
    /// The text.
    pub content: Option<SafeHtml>,
}
