//! Any page has a list or none, and what is in it has an address or a title.

#![no_main]

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::page::{Rules, list};
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
        url: WebUrl::parse("https://news.example.cn/").expect("a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: Bytes::copy_from_slice(page),
    };
    let rules = Rules::default();
    if let Ok(reading) = list::read(&rules, &document, &setting) {
        let has_any =
            |draft: &gazetted::model::Draft| draft.link.is_some() || draft.title.is_some();
        assert!(reading.drafts.iter().all(has_any));
    }
});
