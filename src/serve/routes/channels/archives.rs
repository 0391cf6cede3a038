//! Archives on the disk: documents of months that are over, kept until what they show changes.
//!
//! A file goes by the address of its document, and begins with a version: a hash of all that its
//! bytes depend on. So a file of another version is never served, after a restart either, and is
//! overwritten by the next one. To read a page of stories and to hash it costs a fraction of what
//! rendering and packing it does, and needs no count of changes that would have to be kept for each
//! month; the store's own generations begin anew with each process.
//!
//! ```text
//! version, 32 bytes │ length of the plain bytes, 4 │ plain │ br │ zstd │ gzip │ checksum, 32
//!                                                    each: length, 4, and bytes; none if there are none
//! ```
//!
//! The plain bytes are not there beside zstd, from which they follow.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use blake3::Hasher;
use jiff::Timestamp;
use tracing::debug;

use crate::model::{Item, SafeHtml, Story};
use crate::publish::Site;
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::negotiate::Coding;
use crate::store::{Emptied, FileCache};

/// Form of the files, and version of the program: a release may render in another way.
const FORM: &str = concat!("archive 1 of gazetted ", env!("CARGO_PKG_VERSION"));

/// Bytes of a version, and of a checksum.
const HASH_BYTES: usize = blake3::OUT_LEN;

/// Bytes of a length.
const LENGTH_BYTES: usize = 4;

/// Version of an archive: the same one means the same bytes.
type Version = [u8; HASH_BYTES];

/// Place of one archive on the disk.
pub(super) struct ArchiveFile<'a> {
    files: &'a FileCache,
    emptied: Emptied,
    /// Name of the file: a hash of the address.
    name: String,
}

/// Text of an archive's stories, as it is hashed.
struct Told {
    hasher: Hasher,
    /// Buffer for what has no bytes of its own.
    text: String,
}

impl<'a> ArchiveFile<'a> {
    /// Finds the file of the archive at `address`; to be called before its stories are read.
    pub(super) fn at(address: &str, files: &'a FileCache) -> ArchiveFile<'a> {
        let hash = blake3::hash(address.as_bytes()).to_hex();
        ArchiveFile {
            files,
            emptied: files.emptied(),
            name: hash[..32].to_owned(),
        }
    }

    /// Reads the document, dated `modified`, if the file is whole and of this version.
    pub(super) fn read(
        &self,
        version: &Version,
        (media_type, modified): (&'static str, Option<Timestamp>),
        now: Timestamp,
    ) -> Option<RenderedDocument> {
        let file = self.files.get(&self.name, now)?;
        let read = read(&file, version, media_type);
        if read.is_none() {
            self.remove();
        }
        let mut document = read?;
        document.modified = modified;
        Some(document)
    }

    /// Keeps the document, with the codings that it is packed in, unless stories were taken from
    /// readers meanwhile. A disk that refuses is no error.
    pub(super) fn write(&self, version: &Version, document: &RenderedDocument, now: Timestamp) {
        let file = write(version, document);
        let kept = self.files.put_since(self.emptied, &self.name, &file, now);
        if let Err(why) = kept {
            debug!("an archive is not kept: {why}");
        }
    }

    /// Removes the file, if there is one.
    pub(super) fn remove(&self) {
        self.files.remove(&self.name);
    }
}

/// Hashes all that the bytes of an archive depend on. `sample` is the document with its first story
/// alone: it says what the feed says of itself and of its neighbours, and whether the program renders
/// as it did.
pub(super) fn version(site: &Site<'_>, sample: &[u8], stories: &[Arc<Story>]) -> Version {
    let mut told = Told {
        hasher: Hasher::new(),
        text: String::new(),
    };
    told.bytes(FORM.as_bytes());
    told.bytes(sample);
    for story in stories {
        told.story(story);
        told.debug(&site.home(story));
        for seen in &story.sightings {
            told.debug(&site.sources.get(&seen.source));
        }
    }
    told.hasher.finalize().into()
}

impl Told {
    /// Tells a story: all of it, so that what is added to stories is not forgotten here.
    fn story(&mut self, story: &Story) {
        let Story {
            id,
            canonical,
            sightings,
            changed,
            routes,
            related,
        } = story;
        self.debug(&(id, sightings, changed, routes, related));
        let Item {
            id,
            source,
            guid,
            url,
            title,
            language,
            authors,
            origin,
            published,
            updated,
            first_seen,
            sort_key,
            summary,
            content,
            image,
            captions,
            categories,
            enclosures,
            notes,
            fingerprint,
        } = canonical;
        self.debug(&(id, source, guid, url, language, authors, origin));
        self.debug(&(published, updated, first_seen, sort_key, fingerprint));
        self.debug(&(image, captions, categories, enclosures, notes));
        let texts = [summary, content].map(|html| html.as_ref().map(SafeHtml::as_str));
        for text in [Some(title.as_str())].into_iter().chain(texts) {
            self.debug(&text.is_some());
            self.bytes(text.unwrap_or_default().as_bytes());
        }
    }

    fn debug(&mut self, told: &impl Debug) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let _infallible = write!(text, "{told:?}");
        self.bytes(text.as_bytes());
        self.text = text;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.hasher.update(&bytes.len().to_le_bytes());
        self.hasher.update(bytes);
    }
}

/// Writes a document down.
fn write(version: &Version, document: &RenderedDocument) -> Vec<u8> {
    let plain = &document.plain.bytes;
    let packed = |coding| document.packed(coding).map(|packed| &packed.bytes[..]);
    let is_implied = packed(Coding::Zstd).is_some();
    let mut file = version.to_vec();
    file.extend(length(plain));
    let own = (!is_implied).then_some(&plain[..]);
    for part in std::iter::once(own).chain(Coding::ALL.map(packed)) {
        let part = part.unwrap_or_default();
        file.extend(length(part));
        file.extend(part);
    }
    let checksum = blake3::hash(&file);
    file.extend(checksum.as_bytes());
    file
}

fn length(bytes: &[u8]) -> [u8; LENGTH_BYTES] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Reads what [`write()`] wrote; `None` if it is of another version, or damaged.
fn read(file: &[u8], version: &Version, media_type: &'static str) -> Option<RenderedDocument> {
    let (told, checksum) = file.split_last_chunk::<HASH_BYTES>()?;
    let mut rest = told.strip_prefix(version)?;
    if blake3::hash(told) != *checksum {
        return None;
    }
    let n_plain = take_length(&mut rest)?;
    let mut part = || {
        let n_bytes = take_length(&mut rest)?;
        rest.split_off(..n_bytes)
    };
    let own = part()?;
    let packed = [part()?, part()?, part()?];
    let plain = match packed[Coding::Zstd as usize] {
        [] => own.to_vec(),
        packed => zstd::bulk::decompress(packed, n_plain).ok()?,
    };
    let document = RenderedDocument::new(media_type, plain, None);
    for (coding, packed) in Coding::ALL.into_iter().zip(packed) {
        if !packed.is_empty() {
            document.take_packed(coding, packed.to_vec());
        }
    }
    Some(document)
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let (length, behind) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    *rest = behind;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

/// Packs a document that is to be kept: in zstd, from which its plain bytes follow, and as the reader
/// wants it. Returns whether there was anything to do.
pub(super) fn complete(document: &RenderedDocument, wanted: Option<Coding>) -> bool {
    let codings = [Some(Coding::Zstd), wanted].into_iter().flatten();
    let lacking: Vec<Coding> = codings
        .filter(|coding| !document.is_settled(*coding))
        .collect();
    for coding in &lacking {
        document.pack_in(*coding, Effort::Kept);
    }
    !lacking.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: Version = [7; HASH_BYTES];

    fn document(n_bytes: usize) -> RenderedDocument {
        let bytes = (0..n_bytes).map(|n| b"news of the day "[n % 16]).collect();
        RenderedDocument::new("text/plain", bytes, None)
    }

    #[test]
    fn a_document_comes_back_with_its_codings_and_tags() {
        for n_bytes in [0, 100, 5000] {
            let document = document(n_bytes);
            complete(&document, Some(Coding::Gzip));
            let file = write(&VERSION, &document);
            let read = read(&file, &VERSION, "text/plain").unwrap();
            assert_eq!(read.plain.bytes, document.plain.bytes);
            assert_eq!(read.plain.etag, document.plain.etag);
            for coding in Coding::ALL {
                let bytes = |of: &RenderedDocument| of.packed(coding).map(|of| of.bytes.clone());
                assert_eq!(bytes(&read), bytes(&document), "{coding:?}");
            }
            assert!(read.packed(Coding::Brotli).is_none());
            assert!(!complete(&read, Some(Coding::Gzip)));
            assert!(n_bytes < 5000 || file.len() < 1000, "{}", file.len());
        }
    }

    #[test]
    fn what_is_damaged_or_of_another_version_is_not_there() {
        let document = document(5000);
        complete(&document, Some(Coding::Brotli));
        let file = write(&VERSION, &document);
        assert!(read(&file, &[8; HASH_BYTES], "text/plain").is_none());
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            assert!(read(&flipped, &VERSION, "text/plain").is_none(), "{at}");
            assert!(read(&file[..at], &VERSION, "text/plain").is_none(), "{at}");
        }
    }
}
