//! Any page is an article or none, and none of its fields is empty.

#![no_main]

use gazetted::source::page::{ArticleRules, article};
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    let document = document(page.to_vec());
    if let Ok(article) = article::read(&ArticleRules::default(), &document, &setting()) {
        assert!(article.authors.iter().all(|name| !name.is_empty()));
        assert!(article.origin.is_none_or(|origin| !origin.is_empty()));
    }
});
