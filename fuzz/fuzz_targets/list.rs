//! Any page has a list or none, and what is in it has an address or a title.

#![no_main]

use gazetted::source::page::{Rules, list};
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    let document = document(page.to_vec());
    let rules = Rules::default();
    if let Ok(reading) = list::read(&rules, &document, &setting()) {
        let has_any =
            |draft: &gazetted::model::Draft| draft.link.is_some() || draft.title.is_some();
        assert!(reading.drafts.iter().all(has_any));
    }
});
