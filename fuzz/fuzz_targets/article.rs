//! Any page is an article or none, and none of its fields is empty.

#![no_main]

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::page::{ArticleRules, article};
use gazetted::source::{Setting, gate::Limits};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let setting = Setting {
        now: Timestamp::from_second(1_521_183_600).expect("a second of 2018"),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    };
    let document = Document {
        url: WebUrl::parse("https://news.example.cn/1.html").expect("a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: Bytes::copy_from_slice(page),
    };
    if let Ok(article) = article::read(&ArticleRules::default(), &document, &setting) {
        assert!(article.authors.iter().all(|name| !name.is_empty()));
        assert!(article.origin.is_none_or(|origin| !origin.is_empty()));
    }
});
