//! A log is applied once, in its order, and comes to the same however it is cut into groups.

use std::sync::Arc;

use gazetted::model::{
    ChannelId, DedupeKeys, LogEffect, LogEntry, LogOp, LogPosition, RetentionRules, SafeHtml,
    SourceState, Story, StoryId, Upsert,
};
use gazetted::store::{Store, decode_op, encode_op};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::world::{commit, upsert};

/// Identity of the log of these tests.
const LOG: i128 = 7;

fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn later(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

fn opened() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state"), noon()).unwrap();
    let place = LogPosition {
        log: LOG,
        sequence: 0,
    };
    store.follow_log(Some(place)).unwrap();
    (folder, store)
}

/// A poll that follows on the commit `fence`.
fn poll(sequence: u64, fence: u64, source: &str, guids: &[&str]) -> LogEntry {
    let at = later(sequence.cast_signed());
    let upserts: Vec<Upsert> = guids.iter().map(|guid| told(source, guid, at)).collect();
    let mut poll = commit(upserts);
    poll.state = Some(SourceState {
        polled: Some(at),
        ..SourceState::default()
    });
    entry(sequence, Some(fence), LogOp::Commit(Box::new(poll)))
}

/// An item that joins others with the same guid, whatever their source.
fn told(source: &str, guid: &str, at: Timestamp) -> Upsert {
    let mut upsert = upsert(source, guid, at);
    upsert.item.content = Some(SafeHtml::default());
    upsert.join = DedupeKeys::by(vec![guid.bytes().map(u64::from).sum()]);
    upsert
}

fn entry(sequence: u64, fence: Option<u64>, op: LogOp) -> LogEntry {
    // As other nodes get it.
    let op = decode_op(&encode_op(&op));
    assert!(op.is_some());
    LogEntry {
        sequence,
        fence,
        op,
    }
}

fn stories(store: &Store) -> Vec<Arc<Story>> {
    store.page(&ChannelId::root(), None, 1000).unwrap()
}

/// All that readers and polls can see of a store.
fn everything(store: &Store) -> String {
    let changed = store.changed(&ChannelId::root()).unwrap();
    let counts = store.counts().unwrap();
    format!(
        "{:#?} {changed:?} {:#?} {} {} {:?} {:?}",
        stories(store),
        store.states().unwrap(),
        counts.items,
        counts.stories,
        store.takedowns(),
        store.log_position().unwrap(),
    )
}

/// A log in which everything happens.
fn eventful() -> Vec<LogEntry> {
    let mut log = vec![
        poll(1, 0, "a/one", &["fire", "flood", "fair"]),
        poll(2, 0, "a/two", &["fire", "frost"]),
        poll(3, 1, "a/one", &["ferry"]),
        // The state of another time.
        poll(4, 1, "a/one", &["never"]),
        poll(5, 2, "a/two", &["fair"]),
    ];
    let fire = StoryId::begun_by(told("a/one", "fire", noon()).item.id);
    let copy = told("a/two", "fire", noon()).item.id;
    let frost = StoryId::begun_by(told("a/two", "frost", noon()).item.id);
    let ferry = StoryId::begun_by(told("a/one", "ferry", noon()).item.id);
    let at = later(30);
    let ops = [
        LogOp::Split {
            story: fire,
            item: copy,
            at,
        },
        LogOp::Join {
            into: frost,
            from: ferry,
            at,
        },
        // It makes no sense, on every node alike.
        LogOp::Join {
            into: frost,
            from: frost,
            at,
        },
        LogOp::TakeDown {
            story: frost,
            takedown: Some((at, "a court".to_owned())),
        },
        LogOp::Rename {
            former: "a/two".parse().unwrap(),
            new: "a/second".parse().unwrap(),
            at,
        },
        LogOp::Redate { at },
        LogOp::Retain {
            rules: RetentionRules {
                max_age: None,
                max_items: None,
                tombstones: std::time::Duration::from_secs(24 * 3600),
                channels: vec![("a".parse().unwrap(), None, Some(4))],
            },
            at: later(60),
            is_allowed: true,
        },
    ];
    for op in ops {
        log.push(entry(log.len() as u64 + 1, None, op));
    }
    // None of ours.
    log.push(LogEntry {
        sequence: log.len() as u64 + 1,
        fence: None,
        op: None,
    });
    log.push(poll(log.len() as u64 + 1, 3, "a/one", &["fete"]));
    log
}

#[test]
fn a_commit_counts_only_if_no_other_of_its_source_came_between() {
    let (_folder, store) = opened();
    let entries = [
        poll(1, 0, "a/one", &["fire"]),
        poll(2, 0, "a/two", &["flood"]),
        poll(3, 0, "a/one", &["stale"]),
        poll(4, 1, "a/one", &["frost"]),
    ];
    let effects = store.apply_log(LOG, &entries).unwrap();
    let done = LogEffect::Done(String::new());
    assert_eq!(
        effects,
        [done.clone(), done.clone(), LogEffect::Stale, done]
    );
    let titles: Vec<String> = stories(&store)
        .iter()
        .map(|story| story.canonical.title.clone())
        .collect();
    assert_eq!(titles, ["frost", "flood", "fire"]);
    assert_eq!(store.last_commit(&"a/one".parse().unwrap()).unwrap(), 4);
}

#[test]
fn what_is_applied_is_applied_once_also_after_a_restart() {
    let log = eventful();
    let (folder, store) = opened();
    store.apply_log(LOG, &log[..5]).unwrap();
    drop(store);
    let store = Store::open(&folder.path().join("state"), noon()).unwrap();
    store.apply_log(LOG, &log).unwrap();
    let before = everything(&store);
    store.apply_log(LOG, &log).unwrap();
    assert_eq!(everything(&store), before);
    let (_other_folder, other) = opened();
    other.apply_log(LOG, &log).unwrap();
    assert_eq!(everything(&other), before);
}

#[test]
fn a_backup_stands_where_its_store_stood() {
    let log = eventful();
    let (folder, store) = opened();
    store.apply_log(LOG, &log[..6]).unwrap();
    let mut backup = Vec::new();
    store.back_up(&mut backup).unwrap();
    let copy = folder.path().join("copy");
    gazetted::store::restore(&backup[..], &copy).unwrap();
    let copy = Store::open(&copy, noon()).unwrap();
    for store in [&store, &copy] {
        store.apply_log(LOG, &log).unwrap();
    }
    assert_eq!(everything(&store), everything(&copy));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_comes_to_the_same_however_it_is_cut(cuts in proptest::collection::vec(1..5_usize, 1..14)) {
        let log = eventful();
        let (_folder, whole) = opened();
        let effects = whole.apply_log(LOG, &log).unwrap();
        let (_other_folder, parted) = opened();
        let (mut rest, mut parts) = (&log[..], Vec::new());
        for cut in cuts {
            let (part, after) = rest.split_at(cut.min(rest.len()));
            parts.extend(parted.apply_log(LOG, part).unwrap());
            rest = after;
        }
        parts.extend(parted.apply_log(LOG, rest).unwrap());
        prop_assert_eq!(effects, parts);
        prop_assert_eq!(everything(&whole), everything(&parted));
    }

    #[test]
    fn bytes_that_are_no_operation_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_op(&bytes);
    }
}

#[test]
fn operations_read_back() {
    for entry in eventful() {
        let Some(op) = entry.op else { continue };
        assert_eq!(decode_op(&encode_op(&op)), Some(op));
    }
}
