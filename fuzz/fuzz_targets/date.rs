//! Any text has a date or none, and what has one has one in a year that we know.

#![no_main]

use gazetted::text::date::{find, parse_feed_date};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_second(1_521_183_600).expect("a second of 2018");
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    if let Some(found) = find(text, now, &zone) {
        assert!((1900..=9999).contains(&found.civil.year()));
        assert!(found.resolve(&zone).is_some());
    }
    let _ = parse_feed_date(text, now, &zone);
});
