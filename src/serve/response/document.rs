//! Rendered document, ready to send: plain and in the codings that somebody wanted, each with its
//! own `ETag`.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::HeaderValue;
use brotli::CompressorWriter;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::mark::{Entry, Mark};
use super::negotiate::Coding;
use crate::clock;

/// Smallest document that is packed, in bytes: smaller ones fit into one packet as they are.
const MIN_PACKED: usize = 1024;

/// Effort of packing: a document that is kept is sent many times, others once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Effort {
    Kept,
    Once,
}

impl Effort {
    /// Returns the quality of brotli, of 11: about as quick as gzip and a sixth smaller, or three
    /// times as quick.
    const fn brotli(self) -> u32 {
        match self {
            Effort::Kept => 5,
            Effort::Once => 1,
        }
    }

    /// Returns the level of zstd, of 22.
    const fn zstd(self) -> i32 {
        match self {
            Effort::Kept => 6,
            Effort::Once => 1,
        }
    }

    /// Returns the level of gzip, of 9.
    const fn gzip(self) -> Compression {
        match self {
            Effort::Kept => Compression::new(6),
            Effort::Once => Compression::new(1),
        }
    }
}

/// Buffer of brotli, in bytes.
const BROTLI_BUFFER: usize = 4096;

/// Window of brotli, as a power of two in bytes: 4 MiB.
const BROTLI_WINDOW: u32 = 22;

/// Time for which a cache need not ask again for a document that has no rhythm of its own.
const FRESH: Duration = Duration::from_secs(60);

/// Time for which a cache may show an old version while we cannot answer, in seconds: a day.
const STALE_IF_ERROR_SECONDS: u64 = 86_400;

/// Resolution of HTTP dates.
const HTTP_DATE_RESOLUTION: SignedDuration = SignedDuration::from_secs(1);

/// Rendered document in its representations (RFC 9110, 3.2).
#[derive(Debug)]
pub(in crate::serve) struct RenderedDocument {
    pub(in crate::serve) media_type: &'static str,
    pub(in crate::serve) plain: Representation,
    /// The same bytes packed, in the order of [`Coding::ALL`]: not set before somebody wanted that
    /// coding, `None` if it would not be smaller than `plain`.
    packed: [OnceLock<Option<Representation>>; Coding::ALL.len()],
    /// Entries of a channel's feed, of which deltas can be made; empty for all else.
    pub(in crate::serve) entries: Vec<Entry>,
    /// `Cache-Control`.
    pub(in crate::serve) freshness: HeaderValue,
    /// `Link`: hubs and topic of a feed (WebSub, 4); `None` for what has no hub.
    pub(in crate::serve) links: Option<HeaderValue>,
    /// Time of the last change of what is shown, for `Last-Modified`; set again by the render cache.
    pub(in crate::serve) modified: Option<Timestamp>,
    /// `Last-Modified`, once it was sent.
    date: OnceLock<Option<HeaderValue>>,
}

/// Representation of a document: bytes, and a strong `ETag` made of 128 bits of the blake3 hash
/// of the plain ones (behind it the mark of a feed, and the coding if packed, as in `-gzip`).
#[derive(Debug)]
pub(in crate::serve) struct Representation {
    pub(in crate::serve) bytes: Bytes,
    pub(in crate::serve) etag: HeaderValue,
}

impl RenderedDocument {
    /// Creates a document from its bytes, not packed; a cache need not ask again for 60 seconds.
    pub(in crate::serve) fn new(
        media_type: &'static str,
        bytes: Vec<u8>,
        modified: Option<Timestamp>,
    ) -> RenderedDocument {
        let hash = blake3::hash(&bytes).to_hex();
        RenderedDocument {
            media_type,
            plain: Representation::new(bytes, &hash[..32]),
            packed: Default::default(),
            entries: Vec::new(),
            freshness: freshness(FRESH),
            links: None,
            modified,
            date: OnceLock::new(),
        }
    }

    /// Returns the document with another time for which a cache need not ask again.
    pub(in crate::serve) fn fresh_for(mut self, time: Duration) -> RenderedDocument {
        self.freshness = freshness(time);
        self
    }

    /// Returns the document as one of which one can be told by `hubs`, as that at the address `topic`.
    pub(in crate::serve) fn with_hubs(mut self, hubs: &[String], topic: &str) -> RenderedDocument {
        let hubs = hubs.iter().map(|hub| format!("<{hub}>; rel=\"hub\", "));
        let text = format!("{}<{topic}>; rel=\"self\"", hubs.collect::<String>());
        self.links = HeaderValue::from_str(&text).ok();
        self
    }

    /// Returns the document as a feed with these entries, newest first, by a tag that tells them.
    pub(in crate::serve) fn with_entries(mut self, entries: Vec<Entry>) -> RenderedDocument {
        let tag = format!("{}.{}", self.plain.tag(), Mark::of(&entries).to_text());
        self.plain = Representation::new(self.plain.bytes, &tag);
        self.entries = entries;
        self
    }

    /// Iterates over the tags of all representations, also of those that nobody wanted yet.
    pub(in crate::serve) fn tags(&self) -> impl Iterator<Item = String> {
        let packed = Coding::ALL.map(|coding| self.packed_tag(coding));
        std::iter::once(self.plain.tag().to_owned()).chain(packed)
    }

    /// Returns the document packed in these codings too.
    pub(in crate::serve) fn pack(self, codings: &[Coding], effort: Effort) -> RenderedDocument {
        for coding in codings {
            self.pack_in(*coding, effort);
        }
        self
    }

    /// Packs the document in a coding, unless it was already; not below 1 KiB, nor if that would
    /// not be smaller.
    pub(in crate::serve) fn pack_in(&self, coding: Coding, effort: Effort) {
        self.packed[coding as usize].get_or_init(|| {
            let plain = &self.plain.bytes;
            if plain.len() < MIN_PACKED {
                return None;
            }
            let packed = pack((coding, effort), plain).expect("memory can be written to");
            let is_smaller = packed.len() < plain.len();
            is_smaller.then(|| Representation::new(packed, &self.packed_tag(coding)))
        });
    }

    /// Gives the document its bytes in a coding, as they were packed before a restart.
    pub(in crate::serve) fn take_packed(&self, coding: Coding, packed: Vec<u8>) {
        self.packed[coding as usize]
            .get_or_init(|| Some(Representation::new(packed, &self.packed_tag(coding))));
    }

    /// Whether there is nothing to do to have the document in a coding.
    pub(in crate::serve) fn is_settled(&self, coding: Coding) -> bool {
        self.plain.bytes.len() < MIN_PACKED || self.packed[coding as usize].get().is_some()
    }

    /// Returns the representation in a coding, if there is one.
    pub(in crate::serve) fn packed(&self, coding: Coding) -> Option<&Representation> {
        self.packed[coding as usize].get()?.as_ref()
    }

    /// Returns the tag of the representation in a coding, without quotes.
    fn packed_tag(&self, coding: Coding) -> String {
        format!("{}-{}", self.plain.tag(), coding.name())
    }

    /// Gives the document a date that fits `last`, the version before it: the same date if the
    /// bytes are the same, else one at least a second later, as HTTP dates have whole seconds
    /// and the configuration may have changed while the store did not.
    ///
    /// A first version keeps the date of the store, the same after a restart, but is not older
    /// than `floor`: the latest date that any document was given beyond the store's.
    pub(in crate::serve) fn follow(
        mut self,
        last: Option<&RenderedDocument>,
        floor: Option<Timestamp>,
        now: Timestamp,
    ) -> RenderedDocument {
        let Some(modified) = self.modified else {
            return self;
        };
        let Some(last) = last else {
            self.modified = floor.max(Some(modified));
            return self;
        };
        // A fast clock's date would be told to nobody until it comes.
        let before = last.modified.filter(|at| !clock::is_ahead(*at, now));
        let least = before.map(|last| last.saturating_add(HTTP_DATE_RESOLUTION).unwrap_or(last));
        self.modified = match least {
            Some(_) if last.plain.etag == self.plain.etag => before,
            Some(least) if modified < least => Some(least.max(now)),
            _ => Some(modified),
        };
        self
    }

    /// Formats `Last-Modified`. `None` if unknown or later than `now`: it must not be later
    /// than `Date` (RFC 9110, 8.8.2.1).
    pub(in crate::serve) fn last_modified(&self, now: Timestamp) -> Option<HeaderValue> {
        let modified = self.modified.filter(|modified| *modified <= now)?;
        let date = || {
            let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&modified);
            HeaderValue::from_str(&text.ok()?).ok()
        };
        // A document that is sent has its date for good.
        self.date.get_or_init(date).clone()
    }

    /// Weight in the render cache: bytes of all representations.
    pub(in crate::serve) fn weight(&self) -> usize {
        let packed = Coding::ALL
            .into_iter()
            .filter_map(|coding| self.packed(coding));
        self.plain.bytes.len() + packed.map(|packed| packed.bytes.len()).sum::<usize>()
    }
}

impl Representation {
    fn new(bytes: impl Into<Bytes>, tag: &str) -> Representation {
        Representation {
            bytes: bytes.into(),
            etag: HeaderValue::from_str(&format!("\"{tag}\"")).expect("ASCII is good in a header"),
        }
    }

    /// Returns the tag without its quotes.
    pub(in crate::serve) fn tag(&self) -> &str {
        let etag = self.etag.to_str().unwrap_or_default();
        etag.trim_matches('"')
    }
}

/// Builds `Cache-Control` for a document that changes about as often as `time` passes: an old
/// version may be shown as long again while a cache fetches the new one (RFC 5861).
fn freshness(time: Duration) -> HeaderValue {
    let fresh = time.as_secs();
    let text = format!(
        "public, max-age={fresh}, stale-while-revalidate={fresh}, \
         stale-if-error={STALE_IF_ERROR_SECONDS}"
    );
    HeaderValue::from_str(&text).expect("ASCII is good in a header")
}

/// Packs bytes; the same input gives the same output, as no name and no time go into it.
fn pack((coding, effort): (Coding, Effort), bytes: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Brotli => {
            let (quality, window) = (effort.brotli(), BROTLI_WINDOW);
            let mut packer = CompressorWriter::new(Vec::new(), BROTLI_BUFFER, quality, window);
            packer.write_all(bytes)?;
            Ok(packer.into_inner())
        }
        Coding::Zstd => zstd::bulk::compress(bytes, effort.zstd()),
        Coding::Gzip => {
            let mut packer = GzEncoder::new(Vec::new(), effort.gzip());
            packer.write_all(bytes)?;
            packer.finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long() -> RenderedDocument {
        RenderedDocument::new("text/plain", vec![b'x'; 5000], None).pack(&Coding::ALL, Effort::Kept)
    }

    #[test]
    fn the_same_bytes_have_the_same_name() {
        let (one, two) = (long(), long());
        assert_eq!(one.plain.etag, two.plain.etag);
        for coding in Coding::ALL {
            let (one, two) = (one.packed(coding).unwrap(), two.packed(coding).unwrap());
            assert_eq!(one.bytes, two.bytes);
            assert_eq!(one.etag, two.etag);
        }
    }

    #[test]
    fn every_variant_has_its_own_name() {
        let document = long();
        let packed = Coding::ALL.map(|coding| document.packed(coding).unwrap().tag());
        let mut names = vec![document.plain.tag()];
        names.extend(packed);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn small_documents_are_not_packed() {
        let small = RenderedDocument::new("text/plain", vec![b'x'; 100], None);
        let small = small.pack(&Coding::ALL, Effort::Kept);
        assert!(small.packed(Coding::Gzip).is_none());
    }

    #[test]
    fn a_change_of_bytes_moves_the_date() {
        let at = |text: &str| Some(text.parse().unwrap());
        let make =
            |text: &str, modified| RenderedDocument::new("text/plain", text.into(), modified);
        let last = make("a", at("2018-03-16T04:49:00Z"));
        let now: Timestamp = "2018-03-16T04:49:00.5Z".parse().unwrap();
        let follow = |next: RenderedDocument, last, floor| next.follow(last, floor, now).modified;
        let newer = make("a", at("2018-03-16T05:00:00Z"));
        assert_eq!(follow(newer, Some(&last), None), last.modified);
        let next = at("2018-03-16T04:49:01Z");
        assert_eq!(follow(make("b", last.modified), Some(&last), None), next);
        assert_eq!(follow(make("b", Some(now)), Some(&last), None), next);
        assert_eq!(follow(make("a", last.modified), None, None), last.modified);
        // A clock that was fast for a while takes no document its date for years.
        let fast = make("a", at("2028-03-16T04:49:00Z"));
        assert_eq!(
            follow(make("a", last.modified), Some(&fast), None),
            last.modified
        );
        assert_eq!(
            follow(make("b", last.modified), Some(&fast), None),
            last.modified
        );
        assert_eq!(follow(make("a", last.modified), None, next), next);
        let older = at("2018-03-16T04:00:00Z");
        assert_eq!(follow(make("a", last.modified), None, older), last.modified);
        assert_eq!(follow(make("a", None), None, next), None);
    }
}
