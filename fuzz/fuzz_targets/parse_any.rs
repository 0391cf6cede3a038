//! Any bytes are read, and what comes out is what its types say.

#![no_main]

use gazetted::model::{Document, WebUrl};
use gazetted::source::gate::Limits;
use gazetted::source::{Setting, feed};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

static ZONE: TimeZone = TimeZone::UTC;

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
        limits: Limits::default(),
    };
    let Ok(reading) = feed::read(&document, &setting) else {
        return;
    };
    for draft in reading.drafts {
        assert!(
            draft
                .title
                .is_none_or(|title| !title.is_empty() && !title.contains('\n'))
        );
        assert!(draft.summary.is_none_or(|summary| !summary.is_empty()));
        if let (Some(link), Some(address)) = (draft.link, draft.address) {
            assert_eq!(WebUrl::parse(&address), Some(link));
        }
    }
});
