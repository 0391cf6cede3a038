//! What the targets share: a document from somewhere, read at some time.

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::{Setting, gate::Limits};
use jiff::{Timestamp, tz, tz::TimeZone};

static ZONE: TimeZone = TimeZone::fixed(tz::offset(8));

/// A document that says nothing of itself.
pub fn document(body: impl Into<Bytes>) -> Document {
    Document {
        url: WebUrl::parse("https://news.example.cn/1.html").expect("a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.into(),
    }
}

/// When and where it is read.
pub fn setting() -> Setting<'static> {
    Setting {
        now: Timestamp::from_second(1_521_183_600).expect("a second of 2018"),
        zone: &ZONE,
        encoding: None,
        limits: Limits::default(),
    }
}

/// A selector, which is the first line, and a document, which is the rest.
pub fn selector_and_page(data: &[u8]) -> Option<(&str, &[u8])> {
    let at = data.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&data[..at]).ok()?, &data[at + 1..]))
}
