//! Any JSON, and any page that may hold some, is read by any JSONPath or refused.

#![no_main]

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::json::{self, JsonSelector};
use gazetted::source::{Setting, gate::Limits};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

/// The first line is a selector, the rest a document.
fn parts(data: &[u8]) -> Option<(&str, &[u8])> {
    let at = data.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&data[..at]).ok()?, &data[at + 1..]))
}

fuzz_target!(|data: &[u8]| {
    let Some((expression, page)) = parts(data) else {
        return;
    };
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
    // Once found by itself, once by the path.
    let mut rules = json::Rules::default();
    let _ = json::read(&rules, &document, &setting);
    if let Ok(selector) = JsonSelector::new(&[expression.into()]) {
        rules.list.item = Some(selector);
        let _ = json::read(&rules, &document, &setting);
    }
});
