//! Items as bytes.

pub(in crate::store) mod notes;
mod revision;

use serde::{Deserialize, Serialize};

use super::period::Period;
use super::scalar::{self, WireTime, read_time, strings, strs, vouched};
use crate::model::{
    Enclosure, Image, Item, ItemId, Notes, Revision, SafeHtml, SourceId, StoryId, WebUrl,
};
use notes::{WireNotes, WireSideNotes};
use revision::WireRevision;

/// Item as its volume holds it, with its story and its earlier texts.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct ItemRecord {
    /// Latest version of the item.
    pub(in crate::store) item: Item,
    /// Story that it is a copy of; every item is in one.
    pub(in crate::store) story: StoryId,
    /// Volume that holds the story; may be another than the item's own.
    pub(in crate::store) story_period: Period,
    /// Earlier texts, oldest first; at most `commit::revise::MAX_REVISIONS`.
    pub(in crate::store) revisions: Vec<Revision>,
}

/// Item in postcard order, borrowed from the raw record; part of the on-disk format.
///
/// Field names are keys of `export`: `#[serde(rename)]` a field if it has to be called otherwise.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireItem<'a> {
    #[serde(with = "scalar::id")]
    story: [u8; 16],
    #[serde(with = "scalar::period")]
    story_period: [u8; 2],
    #[serde(with = "scalar::id")]
    id: [u8; 16],
    source: &'a str,
    #[serde(borrow)]
    guid: Option<&'a str>,
    url: Option<&'a str>,
    title: &'a str,
    language: Option<&'a str>,
    authors: Vec<&'a str>,
    origin: Option<&'a str>,
    published: Option<WireTime>,
    updated: Option<WireTime>,
    first_seen: WireTime,
    sort_key: WireTime,
    summary: Option<&'a str>,
    content: Option<&'a str>,
    image: Option<WireImage<'a>>,
    captions: Vec<&'a str>,
    categories: Vec<&'a str>,
    enclosures: Vec<WireEnclosure<'a>>,
    fingerprint: u64,
    revisions: Vec<WireRevision<'a>>,
    #[serde(default, borrow)]
    /// Absent from items of earlier releases, which end before it.
    notes: WireNotes<'a>,
    #[serde(default, borrow)]
    /// Absent from items of earlier releases, which end before it.
    side_notes: WireSideNotes<'a>,
}

/// Picture of an item: address and caption. Its credit is in [`WireNotes`].
#[derive(Serialize, Deserialize)]
struct WireImage<'a> {
    url: &'a str,
    #[serde(borrow)]
    caption: Option<&'a str>,
}

/// Enclosure of an item. Its title and duration are in [`WireNotes`].
#[derive(Serialize, Deserialize)]
struct WireEnclosure<'a> {
    url: &'a str,
    #[serde(borrow)]
    kind: Option<&'a str>,
    /// Length in bytes as the source gave it.
    length: u64,
}

impl<'a> WireItem<'a> {
    /// Borrows a record for encoding.
    pub(in crate::store) fn of(record: &'a ItemRecord) -> WireItem<'a> {
        let item = &record.item;
        WireItem {
            story: *record.story.as_bytes(),
            story_period: record.story_period.to_bytes(),
            id: *item.id.as_bytes(),
            source: item.source.as_str(),
            guid: item.guid.as_deref(),
            url: item.url.as_ref().map(WebUrl::as_str),
            title: &item.title,
            language: item.language.as_deref(),
            authors: strs(&item.authors),
            origin: item.origin.as_deref(),
            published: item.published.map(WireTime::of),
            updated: item.updated.map(WireTime::of),
            first_seen: WireTime::of(item.first_seen),
            sort_key: WireTime::of(item.sort_key),
            summary: item.summary.as_ref().map(SafeHtml::as_str),
            content: item.content.as_ref().map(SafeHtml::as_str),
            image: item.image.as_ref().map(|image| WireImage {
                url: image.url.as_str(),
                caption: image.caption.as_deref(),
            }),
            captions: strs(&item.captions),
            categories: strs(&item.categories),
            enclosures: item.enclosures.iter().map(WireEnclosure::of).collect(),
            fingerprint: item.fingerprint,
            revisions: record.revisions.iter().map(WireRevision::of).collect(),
            notes: WireNotes::of(item),
            side_notes: WireSideNotes::of(item),
        }
    }

    /// Checks and copies a decoded record; `None` if the id of its source or a time is none.
    ///
    /// An address that would not be taken today is left out: losing a link is better than losing the
    /// item.
    pub(in crate::store) fn read(self) -> Option<ItemRecord> {
        let mut item = Item {
            id: ItemId::from_bytes(self.id),
            source: self.source.parse::<SourceId>().ok()?,
            guid: self.guid.map(str::to_owned),
            url: self.url.and_then(WebUrl::parse),
            title: self.title.to_owned(),
            language: self.language.map(str::to_owned),
            authors: strings(self.authors),
            origin: self.origin.map(str::to_owned),
            published: read_time(self.published)?,
            updated: read_time(self.updated)?,
            first_seen: self.first_seen.read()?,
            sort_key: self.sort_key.read()?,
            summary: self.summary.map(vouched),
            content: self.content.map(vouched),
            image: self.image.and_then(WireImage::read),
            captions: strings(self.captions),
            categories: strings(self.categories),
            enclosures: self
                .enclosures
                .into_iter()
                .filter_map(WireEnclosure::read)
                .collect(),
            notes: Notes::default(),
            fingerprint: self.fingerprint,
        };
        self.notes.read_into(&mut item)?;
        self.side_notes.read_into(&mut item);
        Some(ItemRecord {
            item,
            story: StoryId::from_bytes(self.story),
            story_period: Period::from_bytes(self.story_period),
            revisions: self
                .revisions
                .into_iter()
                .map(WireRevision::read)
                .collect::<Option<_>>()?,
        })
    }
}

impl<'a> WireEnclosure<'a> {
    /// Borrows an enclosure for encoding.
    fn of(enclosure: &'a Enclosure) -> WireEnclosure<'a> {
        WireEnclosure {
            url: enclosure.url.as_str(),
            kind: enclosure.kind.as_deref(),
            length: enclosure.length,
        }
    }

    /// Reads an enclosure; `None` if its address would not be taken today.
    fn read(self) -> Option<Enclosure> {
        Some(Enclosure {
            url: WebUrl::parse(self.url)?,
            kind: self.kind.map(str::to_owned),
            length: self.length,
            title: None,
            duration: None,
        })
    }
}

impl WireImage<'_> {
    /// Reads a picture; `None` if its address would not be taken today.
    fn read(self) -> Option<Image> {
        Some(Image {
            url: WebUrl::parse(self.url)?,
            caption: self.caption.map(str::to_owned),
            credit: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EpisodeKind, FeedNote, ReplyNote, SideFile};
    use crate::store::codec::compress::{Decoder, Encoder};
    use crate::store::codec::dictionary::Dictionary;
    use crate::store::codec::{Unreadable, VERSION, unseal};
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_item_reads_back(record in any_record()) {
            let bytes = Encoder::new().item(&record, None);
            prop_assert_eq!(Decoder::new().item(&bytes, None), Ok(record));
        }

        #[test]
        fn an_item_reads_back_with_a_dictionary(record in any_record()) {
            let words: Vec<Vec<u8>> = (0..400_u32)
                .map(|n| format!("<p>济南新闻 {n} https://jinan.example/{}</p>", n % 7).into())
                .collect();
            let dictionary = Dictionary::train(&words).unwrap();
            let bytes = Encoder::new().item(&record, Some(&dictionary));
            prop_assert_eq!(Decoder::new().item(&bytes, None), Err(Unreadable));
            let copy = Dictionary::of(dictionary.bytes().to_vec());
            prop_assert_eq!(Decoder::new().item(&bytes, Some(&copy)), Ok(record));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..400)) {
            let _ = Decoder::new().item(&bytes, None);
            let _ = unseal::<WireItem<'_>>(&bytes).map(WireItem::read);
        }

        #[test]
        fn a_flipped_byte_does_no_harm(record in any_record(), at: usize, bit in 0..8u8) {
            let mut bytes = Encoder::new().item(&record, None);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = Decoder::new().item(&bytes, None);
        }
    }

    proptest! {
        #[test]
        fn an_item_of_the_first_version_reads_back(record in any_record()) {
            let mut record = record;
            record.item.notes = Notes::default();
            record.item.image.iter_mut().for_each(|image| image.credit = None);
            for file in &mut record.item.enclosures {
                (file.title, file.duration) = (None, None);
            }
            let raw = postcard::to_stdvec(&WireItem::of(&record)).unwrap();
            let side_notes = postcard::to_stdvec(&WireSideNotes::default()).unwrap();
            let notes = postcard::to_stdvec(&WireNotes::default()).unwrap();
            let later = raw.strip_suffix(&side_notes[..]).unwrap();
            let first = later.strip_suffix(&notes[..]).unwrap();
            for (old, version) in [(first, VERSION), (later, 3)] {
                let mut bytes = Encoder::new().pack(old, None);
                bytes[0] = version;
                prop_assert_eq!(Decoder::new().item(&bytes, None), Ok(record.clone()));
            }
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }

    fn any_url() -> impl Strategy<Value = WebUrl> {
        "[a-z]{1,9}"
            .prop_map(|host| WebUrl::parse(&format!("https://{host}.example/新闻")).unwrap())
    }

    fn side_file(url: &WebUrl) -> SideFile {
        SideFile {
            url: url.clone(),
            kind: "text/vtt".to_owned(),
            language: Some("de".to_owned()),
        }
    }

    prop_compose! {
        fn any_record()(
            id: [u8; 16], story: [u8; 16], story_period: [u8; 2], fingerprint: u64, length: u64,
            texts in vec(".{0,40}", 0..4), title in ".{1,80}", text in option::of(".{0,300}"),
            at in any_time(), published in option::of(any_time()), url in option::of(any_url()),
            n_revisions in 0..3_usize,
        ) -> ItemRecord {
            let item = Item {
                id: ItemId::from_bytes(id),
                source: "shandong/jinan/daily".parse().unwrap(),
                guid: text.clone(),
                url: url.clone(),
                title,
                language: text.clone(),
                authors: texts.clone(),
                origin: text.clone(),
                published,
                updated: published,
                first_seen: at,
                sort_key: at,
                summary: text.clone().map(SafeHtml::vouched),
                content: text.clone().map(SafeHtml::vouched),
                image: url.clone().map(|url| Image { url, caption: text.clone(), credit: text.clone() }),
                captions: texts.clone(),
                categories: texts,
                enclosures: url
                    .clone()
                    .map(|url| Enclosure {
                        url, kind: text.clone(), length, title: text.clone(), duration: Some(7),
                    })
                    .into_iter()
                    .collect(),
                notes: Notes {
                    contributors: vec![fingerprint.to_string()],
                    rights: text.clone(),
                    comments: url.clone(),
                    comments_count: Some(length),
                    episode_kind: Some(EpisodeKind::ALL[n_revisions]),
                    transcripts: url.iter().map(side_file).collect(),
                    chapters: url.as_ref().map(side_file),
                    reply_to: text.clone().map(|id| ReplyNote { id, url: url.clone() }),
                    feed: Some(FeedNote { id: text, link: url, updated: published, ..FeedNote::default() }),
                    ..Notes::default()
                },
                fingerprint,
            };
            let revision = Revision {
                until: at,
                title: item.title.clone(),
                summary: None,
                content: item.content.clone(),
            };
            ItemRecord {
                item,
                story: StoryId::from_bytes(story),
                story_period: Period::from_bytes(story_period),
                revisions: vec![revision; n_revisions],
            }
        }
    }
}
