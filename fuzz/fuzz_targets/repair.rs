//! Whatever stands behind an item, the item is read.

#![no_main]

use gazetted::model::{Document, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::{Setting, feed};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

static ZONE: TimeZone = TimeZone::UTC;

fuzz_target!(|soup: &str| {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>\
         <item><guid>first</guid></item>{soup}</channel></rss>"
    );
    let document = Document {
        url: WebUrl::parse("https://e.com/feed").expect("this is a web address"),
        content_type: Some("text/xml; charset=utf-8".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: body.into(),
    };
    let setting = Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &ZONE,
        encoding: None,
        limits: Limits::default(),
    };
    let reading = match feed::read(&document, &setting) {
        Ok(reading) => reading,
        Err(error) => {
            assert_eq!(error.code(), "too_much");
            return;
        }
    };
    assert_eq!(reading.drafts[0].guid.as_deref(), Some("first"));
});
