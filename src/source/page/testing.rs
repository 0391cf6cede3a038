//! Tools for the tests of this folder: a page and a moment to read it at.

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};

use crate::model::{Document, WebUrl};
use crate::source::{Setting, gate::Limits};

/// Makes a page from `https://news.example.cn/jinan/index.html`.
pub(in crate::source) fn document(html: &str) -> Document {
    Document {
        url: WebUrl::parse("https://news.example.cn/jinan/index.html").unwrap(),
        content_type: Some("text/html; charset=utf-8".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: Bytes::from(html.to_owned()),
    }
}

/// Calls `read` at noon on 17 March 2018, in Jinan.
pub(in crate::source) fn setting<T>(read: impl FnOnce(&Setting<'_>) -> T) -> T {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    read(&Setting {
        now: at("2018-03-17T12:00:00+08:00"),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    })
}

/// Parses a moment of RFC 3339.
pub(in crate::source) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
