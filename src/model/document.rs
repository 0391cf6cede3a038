//! Response body as fetched.

use bytes::Bytes;

use super::WebUrl;

/// Response as fetched: decoded body, final address and the headers that readers use.
///
/// Written by `fetch` (or a hub's push), read by `source`.
#[derive(Clone, Debug)]
pub struct Document {
    /// Address after redirects; the base of relative references.
    pub url: WebUrl,
    /// `Content-Type`, verbatim; a hint, not a promise.
    pub content_type: Option<String>,
    /// `Content-Language`, verbatim.
    pub content_language: Option<String>,
    /// `X-Robots-Tag`, each value verbatim.
    pub robots: Vec<String>,
    /// Body, decoded from its transfer and content encodings; at most `http.max_body` bytes.
    pub body: Bytes,
}
