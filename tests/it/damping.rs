//! A text that never rests, as a clock or a counter in it does, is passed on for a
//! while and then no more; a new headline always is.

use gazetted::ingest::item::content_hash::is_news;
use gazetted::model::{ItemId, SeenEntry, SourceId, StoredItem};
use jiff::Timestamp;

/// How many of `n_polls` pass an entry on that has another text each time, and
/// another title at every one of `retitled`.
fn passed(n_polls: u64, retitled: &[u64]) -> usize {
    let source: SourceId = "a/b".parse().unwrap();
    let held = StoredItem {
        fingerprint: u64::MAX,
        first_seen: Timestamp::UNIX_EPOCH,
        sort_key: Timestamp::UNIX_EPOCH,
        is_removed: false,
    };
    let mut was = SeenEntry {
        item: ItemId::of(&source, "1"),
        guid: None,
        link: Some(1),
        title: Some(u64::MAX),
        date: None,
        text: None,
        edits: 0,
    };
    let mut count = 0;
    for nth in 0..n_polls {
        let mut known = SeenEntry {
            text: Some(nth),
            ..was
        };
        if retitled.contains(&nth) {
            known.title = Some(nth);
        }
        count += usize::from(is_news(Some(&held), nth, Some(&was), &mut known));
        was = known;
    }
    count
}

#[test]
fn a_text_that_never_rests_is_passed_on_for_a_while() {
    assert_eq!(passed(24, &[]), 24);
    assert_eq!(passed(1000, &[]), 24);
}

#[test]
fn a_new_headline_is_always_passed_on() {
    assert_eq!(passed(1000, &[500, 900]), 26);
}
