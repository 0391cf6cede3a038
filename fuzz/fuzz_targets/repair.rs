//! Whatever stands behind an item, the item is read.

#![no_main]

use gazetted::model::Document;
use gazetted::source::feed;
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|soup: &str| {
    let body = format!(
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>\
         <item><guid>first</guid></item>{soup}</channel></rss>"
    );
    let document = Document {
        content_type: Some("text/xml; charset=utf-8".to_owned()),
        ..document(body)
    };
    let reading = match feed::read(&document, &setting()) {
        Ok(reading) => reading,
        Err(error) => {
            assert_eq!(error.code(), "too_much");
            return;
        }
    };
    assert_eq!(reading.drafts[0].guid.as_deref(), Some("first"));
});
