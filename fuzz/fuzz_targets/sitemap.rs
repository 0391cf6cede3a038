//! Any bytes are a sitemap, an index or neither, and entries have addresses.

#![no_main]

use gazetted::source::sitemap;
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    let document = document(page.to_vec());
    if let Ok(reading) = sitemap::read(&sitemap::Rules::default(), &document, &setting()) {
        assert!(reading.drafts.iter().all(|draft| draft.link.is_some()));
    }
});
