//! No text makes reading feeds.toml panic; what is wrong can always be shown.

#![no_main]

use gazetted::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Config::parse("feeds.toml", text) {
        assert!(!error.problems().is_empty());
        let _ = (error.to_string(), error.coloured(), error.summary());
    }
});
