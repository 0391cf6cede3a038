//! Any JSON, and any page that may hold some, is read by any JSONPath or refused.

#![no_main]

use gazetted::source::json::{self, JsonSelector};
use gazetted_fuzz::{document, selector_and_page, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((expression, page)) = selector_and_page(data) else {
        return;
    };
    let document = document(page.to_vec());
    // Once found by itself, once by the path.
    let mut rules = json::Rules::default();
    let _ = json::read(&rules, &document, &setting());
    if let Ok(selector) = JsonSelector::new(&[expression.into()]) {
        rules.list.item = Some(selector);
        let _ = json::read(&rules, &document, &setting());
    }
});
