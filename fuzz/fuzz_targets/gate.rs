//! No document brings more than its limits allow.

#![no_main]

use gazetted::source::gate::Limits;
use gazetted::source::{Setting, feed};
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

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
    let document = document(body.to_vec());
    let setting = Setting {
        limits: LIMITS,
        ..setting()
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
