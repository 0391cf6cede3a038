//! What the other files of this folder promise together.

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::{find, parse_feed_date};

fn now() -> Timestamp {
    "2018-03-16T07:00:00Z".parse().unwrap()
}

proptest! {
    #[test]
    fn it_never_panics(text in "([0-9]{1,4}|[-:/., T+]|年|月|日|前|小时|mar|am|W|\\PC){0,16}") {
        let zone = TimeZone::UTC;
        let _ = find(&text, now(), &zone);
        let _ = parse_feed_date(&text, now(), &zone);
    }
}
