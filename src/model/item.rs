//! Normalised entry of one source, as stored and published.

use jiff::Timestamp;

use super::{ItemId, SafeHtml, SourceId, WebUrl};

/// Normalised entry of one source.
///
/// All text is plain, free of control characters and bounded; all markup is [`SafeHtml`]; all
/// addresses are absolute. Written by `ingest::item`, stored by [`Commit`](super::Commit), read by
/// `publish`.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Computed from source and identity; the key of the item in the store.
    pub id: ItemId,
    /// Source that brought it.
    pub source: SourceId,
    /// Identifier given by the source, at most 2 048 bytes; the identity of the item need not rest
    /// on it.
    pub guid: Option<String>,
    /// Address of the article.
    pub url: Option<WebUrl>,
    /// Headline, one line of at most 1 024 bytes, never empty (`—` if there is nothing else).
    pub title: String,
    /// Language tag of the item, or else of its source (BCP 47 is meant), at most 35 bytes.
    pub language: Option<String>,
    /// Names of the authors, at most 16 of 200 bytes; no mail addresses.
    pub authors: Vec<String>,
    /// 来源: name of the newspaper or agency it was taken from, at most 200 bytes.
    pub origin: Option<String>,
    /// Time of publication by the source's account, or the article page's if that is more exact.
    pub published: Option<Timestamp>,
    /// Time of the last change of substance: the source's `updated`, or else the poll that saw the
    /// change; `None` before the first change.
    pub updated: Option<Timestamp>,
    /// Time of the poll or push that first saw it. Decides the volume, never changes.
    pub first_seen: Timestamp,
    /// Position in every listing: the published time where it can be believed, else `first_seen`
    /// less a millisecond for each entry above. Never in the future, never changes.
    pub sort_key: Timestamp,
    /// Teaser.
    pub summary: Option<SafeHtml>,
    /// Full text.
    pub content: Option<SafeHtml>,
    /// Lead picture.
    pub image: Option<Image>,
    /// Captions of the pictures, with their credit; at most 32 of 1 024 bytes.
    pub captions: Vec<String>,
    /// Categories, tags and keywords; at most 64.
    pub categories: Vec<String>,
    /// Attached files, at most 16.
    pub enclosures: Vec<Enclosure>,
    /// Hash of the substance (title, text, link), in which a reader would notice a change; markup,
    /// counters and timestamps do not count.
    pub fingerprint: u64,
}

/// Picture of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Address of the picture.
    pub url: WebUrl,
    /// Caption or description, at most 1 024 bytes.
    pub caption: Option<String>,
}

/// File that belongs to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Address of the file.
    pub url: WebUrl,
    /// Media type as the source wrote it, at most 127 bytes.
    pub kind: Option<String>,
    /// Size in bytes; 0 where unknown.
    pub length: u64,
}

/// Former version of an item, kept when its substance changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Time of the poll that saw something else in its place.
    pub until: Timestamp,
    /// Headline until then.
    pub title: String,
    /// Teaser until then.
    pub summary: Option<SafeHtml>,
    /// Full text until then.
    pub content: Option<SafeHtml>,
}
