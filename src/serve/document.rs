//! A document, ready to send: plain and packed, each with its own `ETag`.

use std::io::Write;

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// Smaller documents are not packed: they fit into one packet as they are.
const MIN_PACKED: usize = 1024;

/// A document, ready to send.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) media_type: &'static str,
    pub(super) plain: Variant,
    /// The same, packed; none where that would not be smaller.
    pub(super) gzip: Option<Variant>,
    pub(super) modified: Option<Timestamp>,
}

/// Bytes, and a name that no other bytes have.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) bytes: Bytes,
    pub(super) etag: HeaderValue,
}

impl Document {
    /// Packs and names a document.
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

    /// `Last-Modified`, which must not be later than `Date` (RFC 9110, 8.8.2.1).
    pub(super) fn last_modified(&self, now: Timestamp) -> Option<HeaderValue> {
        let modified = self.modified.filter(|modified| *modified <= now)?;
        let text = DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&modified)
            .ok()?;
        HeaderValue::from_str(&text).ok()
    }

    /// What it costs to keep, in bytes.
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

/// The same bytes for the same bytes: no name, no time goes into the header.
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
