//! Nothing that a hub or a header says falls over, and no signature is good that
//! was not made with the secret.

#![no_main]

use gazetted::ingest::websub::{callback, signature};
use gazetted::model::{CallbackToken, Secret};
use gazetted::text::identifiers::link_header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for link in link_header::links(text) {
        assert!(text.contains(link.target));
    }
    let _ = callback::call(text);
    if let Ok(token) = text.parse::<CallbackToken>() {
        assert_eq!(token.segment(), text);
    }
    let secret = Secret::new([7; 32]);
    assert!(!signature::is_signed(text, b"news", &secret));
});
