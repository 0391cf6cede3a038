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
    /// Where it stands in every listing. Never changes.
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
    /// Of what a reader would notice a change in; markup, counters and
    /// timestamps do not count.
    pub fingerprint: u64,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub url: WebUrl,
    /// What it shows.
    pub caption: Option<String>,
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
