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
    /// Notes for republishers: rights, discussion, the feed it is from.
    pub notes: Notes,
    /// Content hash: title, text and the like, in which a reader would notice a change; markup,
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
    /// Maker of the picture.
    pub credit: Option<String>,
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
    /// Headline of its own.
    pub title: Option<String>,
    /// Playing time, in seconds.
    pub duration: Option<u32>,
}

/// Statements of a source about an item that a republisher passes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Names of those who helped.
    pub contributors: Vec<String>,
    /// Owner of the rights, as plain text.
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
    /// Kind of the episode of a podcast.
    pub episode_kind: Option<EpisodeKind>,
    /// Words of the episode as text, at most 8.
    pub transcripts: Vec<SideFile>,
    /// List of the chapters of the episode.
    pub chapters: Option<SideFile>,
    /// Entry that it replies to (RFC 4685, 3).
    pub reply_to: Option<ReplyNote>,
    /// Feed it was taken from, as that said of itself then (RFC 4287, 4.2.11).
    pub feed: Option<FeedNote>,
}

/// Kind of an episode of a podcast (`itunes:episodeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpisodeKind {
    /// Whole episode.
    Full,
    /// Advertisement of a show, a season or an episode.
    Trailer,
    /// Something beside the show.
    Bonus,
}

impl EpisodeKind {
    /// All kinds, in the order of their numbers on disk.
    pub const ALL: [EpisodeKind; 3] = [EpisodeKind::Full, EpisodeKind::Trailer, EpisodeKind::Bonus];

    /// Returns the word for it in feeds.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EpisodeKind::Full => "full",
            EpisodeKind::Trailer => "trailer",
            EpisodeKind::Bonus => "bonus",
        }
    }
}

/// File beside an episode of a podcast, for programs to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideFile {
    /// Address of the file.
    pub url: WebUrl,
    /// Media type, at most 255 bytes.
    pub kind: String,
    /// Language tag of a transcript.
    pub language: Option<String>,
}

/// Reference to the entry that an item replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyNote {
    /// Identifier of that entry, an absolute IRI of at most 1 024 bytes.
    pub id: String,
    /// Address of that entry.
    pub url: Option<WebUrl>,
}

/// Statements of a feed about itself when an item was taken from it.
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
    /// Owner of the rights, as plain text.
    pub rights: Option<String>,
    /// Names of its authors.
    pub authors: Vec<String>,
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
