//! Notes as bytes: what a republisher passes on of an item.
//!
//! They stand behind the rest of an item; items of earlier releases end before it.

use serde::{Deserialize, Serialize};

use crate::model::{EpisodeKind, FeedNote, Item, Notes, ReplyNote, SideFile, WebUrl};
use crate::store::codec::scalar::{WireTime, read_time, strings, strs};

/// Notes that a republisher passes on, in postcard order; part of the on-disk format.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::store) struct WireNotes<'a> {
    #[serde(borrow)]
    contributors: Vec<&'a str>,
    rights: Option<&'a str>,
    licence: Option<&'a str>,
    comments: Option<&'a str>,
    comments_feed: Option<&'a str>,
    comments_count: Option<u64>,
    is_explicit: Option<bool>,
    episode: Option<u32>,
    season: Option<u32>,
    feed: Option<WireFeed<'a>>,
    /// Credit of the item's picture.
    image_credit: Option<&'a str>,
    /// Title and duration (seconds) of each enclosure, in their order; empty if none has either.
    files: Vec<(Option<&'a str>, Option<u32>)>,
}

/// Feed that the item was taken from.
#[derive(Serialize, Deserialize)]
struct WireFeed<'a> {
    #[serde(borrow)]
    id: Option<&'a str>,
    title: Option<&'a str>,
    link: Option<&'a str>,
    updated: Option<WireTime>,
    rights: Option<&'a str>,
    authors: Vec<&'a str>,
}

/// Notes that came later, in postcard order; part of the on-disk format.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::store) struct WireSideNotes<'a> {
    /// Id and address of the entry that the item replies to.
    #[serde(borrow)]
    reply_to: Option<(&'a str, Option<&'a str>)>,
    /// Position in [`EpisodeKind::ALL`].
    episode_kind: Option<u8>,
    transcripts: Vec<WireSideFile<'a>>,
    chapters: Option<WireSideFile<'a>>,
}

/// File beside an episode.
#[derive(Serialize, Deserialize)]
struct WireSideFile<'a> {
    url: &'a str,
    kind: &'a str,
    #[serde(borrow)]
    language: Option<&'a str>,
}

impl<'a> WireNotes<'a> {
    /// Borrows the notes of an item for encoding.
    pub(in crate::store) fn of(item: &'a Item) -> WireNotes<'a> {
        let notes = &item.notes;
        let files = item.enclosures.iter();
        let files: Vec<_> = files
            .map(|file| (file.title.as_deref(), file.duration))
            .collect();
        let is_told = |file: &(Option<&str>, Option<u32>)| file.0.is_some() || file.1.is_some();
        WireNotes {
            contributors: strs(&notes.contributors),
            rights: notes.rights.as_deref(),
            licence: notes.licence.as_ref().map(WebUrl::as_str),
            comments: notes.comments.as_ref().map(WebUrl::as_str),
            comments_feed: notes.comments_feed.as_ref().map(WebUrl::as_str),
            comments_count: notes.comments_count,
            is_explicit: notes.is_explicit,
            episode: notes.episode,
            season: notes.season,
            feed: notes.feed.as_ref().map(WireFeed::of),
            image_credit: item
                .image
                .as_ref()
                .and_then(|image| image.credit.as_deref()),
            files: match files.iter().any(is_told) {
                true => files,
                false => Vec::new(),
            },
        }
    }

    /// Puts the notes into `item`; `None` if a time is none. Addresses that would not be taken today
    /// are left out.
    pub(in crate::store) fn read_into(self, item: &mut Item) -> Option<()> {
        if let Some(image) = &mut item.image {
            image.credit = self.image_credit.map(str::to_owned);
        }
        for (file, (title, duration)) in item.enclosures.iter_mut().zip(self.files) {
            file.title = title.map(str::to_owned);
            file.duration = duration;
        }
        item.notes = Notes {
            contributors: strings(self.contributors),
            rights: self.rights.map(str::to_owned),
            licence: self.licence.and_then(WebUrl::parse),
            comments: self.comments.and_then(WebUrl::parse),
            comments_feed: self.comments_feed.and_then(WebUrl::parse),
            comments_count: self.comments_count,
            is_explicit: self.is_explicit,
            episode: self.episode,
            season: self.season,
            feed: match self.feed {
                Some(feed) => Some(feed.read()?),
                None => None,
            },
            ..Notes::default()
        };
        Some(())
    }
}

impl<'a> WireSideNotes<'a> {
    /// Borrows the later notes of an item for encoding.
    pub(in crate::store) fn of(item: &'a Item) -> WireSideNotes<'a> {
        let notes = &item.notes;
        WireSideNotes {
            reply_to: notes.reply_to.as_ref().map(|reply| {
                let url = reply.url.as_ref().map(WebUrl::as_str);
                (reply.id.as_str(), url)
            }),
            episode_kind: notes.episode_kind.map(|kind| kind as u8),
            transcripts: notes.transcripts.iter().map(WireSideFile::of).collect(),
            chapters: notes.chapters.as_ref().map(WireSideFile::of),
        }
    }

    /// Puts the notes into `item`, which has those of [`WireNotes`]. What would not be taken today
    /// is left out.
    pub(in crate::store) fn read_into(self, item: &mut Item) {
        let notes = &mut item.notes;
        notes.reply_to = self.reply_to.map(|(id, url)| ReplyNote {
            id: id.to_owned(),
            url: url.and_then(WebUrl::parse),
        });
        let mut kinds = EpisodeKind::ALL.into_iter();
        notes.episode_kind = kinds.find(|kind| Some(*kind as u8) == self.episode_kind);
        let transcripts = self.transcripts.into_iter();
        notes.transcripts = transcripts.filter_map(WireSideFile::read).collect();
        notes.chapters = self.chapters.and_then(WireSideFile::read);
    }
}

impl<'a> WireSideFile<'a> {
    /// Borrows a file beside an episode for encoding.
    fn of(file: &'a SideFile) -> WireSideFile<'a> {
        WireSideFile {
            url: file.url.as_str(),
            kind: &file.kind,
            language: file.language.as_deref(),
        }
    }

    /// Reads a file beside an episode; `None` if its address would not be taken today.
    fn read(self) -> Option<SideFile> {
        Some(SideFile {
            url: WebUrl::parse(self.url)?,
            kind: self.kind.to_owned(),
            language: self.language.map(str::to_owned),
        })
    }
}

impl<'a> WireFeed<'a> {
    /// Borrows a note on a feed for encoding.
    fn of(note: &'a FeedNote) -> WireFeed<'a> {
        WireFeed {
            id: note.id.as_deref(),
            title: note.title.as_deref(),
            link: note.link.as_ref().map(WebUrl::as_str),
            updated: note.updated.map(WireTime::of),
            rights: note.rights.as_deref(),
            authors: strs(&note.authors),
        }
    }

    /// Reads a note on a feed; `None` if its time is none.
    fn read(self) -> Option<FeedNote> {
        Some(FeedNote {
            id: self.id.map(str::to_owned),
            title: self.title.map(str::to_owned),
            link: self.link.and_then(WebUrl::parse),
            updated: read_time(self.updated)?,
            rights: self.rights.map(str::to_owned),
            authors: strings(self.authors),
        })
    }
}
