//! Any XPath expression is refused or ends, on any page.

#![no_main]

use gazetted::source::page::{ListRules, Rules, Selector, list};
use gazetted_fuzz::{document, selector_and_page, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((expression, page)) = selector_and_page(data) else {
        return;
    };
    let typed = format!("xpath:{expression}");
    let Ok(selector) = Selector::new(&[typed.as_str().into()]) else {
        return;
    };
    let document = document(page.to_vec());
    let rules = Rules {
        list: Some(ListRules {
            item: Some(selector),
            ..ListRules::default()
        }),
    };
    let _ = list::read(&rules, &document, &setting());
});
