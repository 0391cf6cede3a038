//! Rendered document, ready to send: plain and gzipped, each with its own `ETag`.

use std::io::Write;

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// Smallest document that is gzipped, in bytes: smaller ones fit into one packet as they are.
const MIN_PACKED: usize = 1024;

/// Rendered document in its one or two representations (RFC 9110, 3.2).
#[derive(Debug)]
pub(super) struct Document {
    pub(super) media_type: &'static str,
    pub(super) plain: Variant,
    /// The same bytes gzipped; `None` below 1 KiB or if that would not be smaller.
    pub(super) gzip: Option<Variant>,
    /// Time of the last change of what is shown, for `Last-Modified`; set again by the render cache.
    pub(super) modified: Option<Timestamp>,
}

/// Representation of a document: bytes, and a strong `ETag` made of 128 bits of their blake3
/// hash (with `-gzip` behind if packed).
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) bytes: Bytes,
    pub(super) etag: HeaderValue,
}

impl Document {
    /// Creates a document from its bytes: gzips it and computes both tags.
    pub(super) fn new(
        media_type: &'static str,
        bytes: Vec<u8>,
        modified: Option<Timestamp>,
    ) -> Document {
        let packed = (bytes.len() >= MIN_PACKED)
            .then(|| pack(&bytes))
            .filter(|packed| packed.len() < bytes.len());
        Document {
            media_type,
            gzip: packed.map(|packed| Variant::new(packed, "-gzip")),
            plain: Variant::new(bytes, ""),
            modified,
        }
    }

    /// Formats `Last-Modified`. `None` if unknown or later than `now`: it must not be later
    /// than `Date` (RFC 9110, 8.8.2.1).
    pub(super) fn last_modified(&self, now: Timestamp) -> Option<HeaderValue> {
        let modified = self.modified.filter(|modified| *modified <= now)?;
        let text = DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&modified)
            .ok()?;
        HeaderValue::from_str(&text).ok()
    }

    /// Weight in the render cache: bytes of both representations.
    pub(super) fn weight(&self) -> usize {
        let packed = self.gzip.as_ref().map_or(0, |packed| packed.bytes.len());
        self.plain.bytes.len() + packed
    }
}

impl Variant {
    fn new(bytes: Vec<u8>, suffix: &str) -> Variant {
        let hash = blake3::hash(&bytes).to_hex();
        let etag = format!("\"{}{suffix}\"", &hash[..32]);
        Variant {
            bytes: bytes.into(),
            etag: HeaderValue::from_str(&etag).expect("digits are good in a header"),
        }
    }
}

/// Gzips bytes; the same input gives the same output, as no name and no time go into the
/// header.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer
        .write_all(bytes)
        .and_then(|()| packer.finish())
        .expect("memory can be written to")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_have_the_same_name() {
        let make = || Document::new("text/plain", vec![b'x'; 5000], None);
        let (one, two) = (make(), make());
        assert_eq!(one.plain.etag, two.plain.etag);
        let (one, two) = (one.gzip.unwrap(), two.gzip.unwrap());
        assert_eq!(one.bytes, two.bytes);
        assert_eq!(one.etag, two.etag);
    }

    #[test]
    fn every_variant_has_its_own_name() {
        let document = Document::new("text/plain", vec![b'x'; 5000], None);
        assert_ne!(document.plain.etag, document.gzip.unwrap().etag);
    }

    #[test]
    fn small_documents_are_not_packed() {
        assert!(
            Document::new("text/plain", vec![b'x'; 100], None)
                .gzip
                .is_none()
        );
    }
}
