//! Any bytes are a robots.txt, and what is remembered of one means the same.

#![no_main]

use gazetted::fetch::robots::{Purpose, Rules};
use gazetted::model::WebUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (text, path) = data.split_at(data.len() * 3 / 4);
    let rules = Rules::read(text);
    let remembered = Rules::read(rules.write().as_bytes());
    assert_eq!(remembered, rules);
    let path = String::from_utf8_lossy(path);
    if let Some(url) = WebUrl::parse(&format!("https://a.example/{path}")) {
        for purpose in [Purpose::Feed, Purpose::Page] {
            assert_eq!(
                rules.forbids(&url, purpose),
                remembered.forbids(&url, purpose)
            );
        }
    }
});
