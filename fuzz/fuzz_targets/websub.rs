//! Nothing that a hub, a subscriber of ours or a header says falls over, no signature is good that
//! was not made with the secret, and nobody is asked but the callback that was given.

#![no_main]

use gazetted::ingest::websub::hub::request;
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
    if let Ok(request) = request::read(text.as_bytes())
        && let Some(question) = request::question(&request, "challenge")
    {
        let (asked, given) = (question.to_url(), request.callback.to_url());
        assert_eq!(asked.origin(), given.origin());
        assert_eq!(asked.path(), given.path());
        assert!(asked.query_pairs().any(|(_, value)| value == "challenge"));
    }
    let secret = Secret::new([7; 32]);
    assert!(!signature::is_signed(text, b"news", &secret));
});
