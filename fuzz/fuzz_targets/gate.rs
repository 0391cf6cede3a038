//! No document brings more than its limits allow.

#![no_main]

use gazetted::model::{Document, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::{Setting, feed};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

static ZONE: TimeZone = TimeZone::UTC;

const LIMITS: Limits = Limits {
    bytes: 4096,
    depth: 8,
    html_depth: 8,
    entries: 3,
    attributes: 4,
    elements: 50,
    text: 64,
};

fuzz_target!(|body: &[u8]| {
    let document = Document {
        url: WebUrl::parse("https://e.com/feed").expect("this is a web address"),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.to_vec().into(),
    };
    let setting = Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &ZONE,
        encoding: None,
        limits: LIMITS,
    };
    let Ok(reading) = feed::read(&document, &setting) else {
        return;
    };
    assert!(body.len() <= LIMITS.bytes);
    assert!(reading.drafts.len() <= LIMITS.entries);
    for draft in reading.drafts {
        assert!(
            draft
                .content
                .iter()
                .all(|content| content.value.len() <= LIMITS.text)
        );
    }
});
