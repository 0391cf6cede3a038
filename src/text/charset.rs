//! Bytes to text.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// Decoded text.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// What the bytes were decoded as, in lower case: `utf-8`, `gb18030`, `utf-32le` …
    pub encoding: &'static str,
    /// Characters that could not be decoded and became U+FFFD.
    pub replaced: u32,
}

/// Decodes a feed: the admin's word, then BOM, HTTP header, XML declaration, a guess.
#[must_use]
pub fn decode_xml<'a>(
    _bytes: &'a [u8],
    _content_type: Option<&str>,
    _told: Option<&'static Encoding>,
) -> Decoded<'a> {
    todo!()
}

/// Decodes a web page: the admin's word, then BOM, HTTP header, meta anywhere in the head, a guess.
#[must_use]
pub fn decode_html<'a>(
    _bytes: &'a [u8],
    _content_type: Option<&str>,
    _told: Option<&'static Encoding>,
) -> Decoded<'a> {
    todo!()
}
