//! What came over the wire.

use bytes::Bytes;

use super::WebUrl;

/// Bytes as fetched, with where they came from in the end.
#[derive(Clone, Debug)]
pub struct Document {
    /// The address after redirects; the base of relative references.
    pub url: WebUrl,
    /// `Content-Type`, verbatim; a hint, not a promise.
    pub content_type: Option<String>,
    /// `Content-Language`, verbatim.
    pub content_language: Option<String>,
    /// `X-Robots-Tag`, each value verbatim.
    pub robots: Vec<String>,
    /// The body, decoded from its transfer and content encodings.
    pub body: Bytes,
}
