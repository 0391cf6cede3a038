//! Cleaning twice changes nothing, and nothing dangerous is left.

#![no_main]

use gazetted::model::WebUrl;
use gazetted::text::html::{excerpt, sanitize, to_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|markup: &str| {
    let base = WebUrl::parse("https://a.example/x/");
    let once = sanitize(markup, base.as_ref());
    let twice = sanitize(once.as_str(), base.as_ref());
    assert_eq!(once, twice);
    for trace in ["<script", "<style", "<iframe", "<svg", "\"javascript:", "\"data:", " onload="] {
        assert!(!once.as_str().contains(trace), "{trace} in {}", once.as_str());
    }
    let _ = to_text(markup);
    let _ = excerpt(markup, 80);
});
