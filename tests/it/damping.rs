//! A text that never rests, as a clock or a counter in it does, is passed on for a while and then
//! no more; a new headline is then still, but not one that is another at every poll.

use gazetted::ingest::item::content_hash::is_news;
use gazetted::model::{ItemId, SeenEntry, SourceId, StoredItem};
use jiff::Timestamp;

/// How many of `n_polls` pass an entry on that has another text each time, and
/// another title at every one of `retitled`.
fn passed(n_polls: u64, retitled: &[u64]) -> usize {
    passed_until(n_polls, n_polls, retitled)
}

/// As [`passed`], where nothing changes any more from the poll `rests` on.
fn passed_until(n_polls: u64, rests: u64, retitled: &[u64]) -> usize {
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
    let mut held = held;
    for nth in (0..n_polls).map(|nth| nth.min(rests)) {
        let mut known = SeenEntry {
            text: Some(nth),
            ..was
        };
        if retitled.contains(&nth) {
            known.title = Some(nth);
        }
        if is_news(Some(&held), nth, Some(&was), &mut known) {
            count += 1;
            held.fingerprint = nth;
        }
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
fn a_new_headline_is_passed_on_when_a_text_never_rests() {
    assert_eq!(passed(1000, &[500, 900]), 26);
}

#[test]
fn a_headline_that_never_rests_is_passed_on_for_a_while() {
    let all: Vec<u64> = (0..1000).collect();
    assert_eq!(passed(1000, &all), 48);
    // It rests from the 900th poll on, and what it came to is passed on.
    assert_eq!(passed_until(1000, 900, &all), 49);
}
