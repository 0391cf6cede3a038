//! What the store said it has is there after `kill -9`, at whatever moment.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use gazetted::model::{
    ChannelId, Commit, DedupeKeys, Item, ItemId, Notes, SourceId, SourceState, Upsert,
};
use gazetted::store::Store;
use jiff::Timestamp;
use tempfile::TempDir;

/// Tells the child of this test where the store is.
const DIR: &str = "GAZETTED_KILL_DIR";

/// How often the child is killed.
const ROUNDS: u32 = 20;

/// Items of one commit; enough for commits that fill more than one buffer.
const PER_COMMIT: u32 = 30;

/// The test starts itself as the process that it kills.
#[test]
fn what_was_acknowledged_survives_kill_9() {
    if let Some(dir) = std::env::var_os(DIR) {
        commit_for_ever(Path::new(&dir));
    }
    let dir = TempDir::new().unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "kill::what_was_acknowledged_survives_kill_9",
                "--exact",
                "--nocapture",
            ])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut left = 1 + round * 7 % 12;
        while left > 0 {
            let line = lines.next().unwrap().unwrap();
            let Some(number) = line.strip_prefix("committed ") else {
                continue;
            };
            acknowledged = number.parse().unwrap();
            left -= 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check(dir.path(), acknowledged);
    }
}

/// All that was acknowledged is there, once; what was not is there whole or not
/// at all; no state is newer than its items.
#[track_caller]
fn check(dir: &Path, acknowledged: u32) {
    let store = Store::open(dir, time(0)).unwrap();
    assert_eq!(store.damage(), []);
    let states = store.states().unwrap();
    let source = source();
    let remembered = states[&source].entries;
    assert!(remembered >= acknowledged, "{remembered} of {acknowledged}");
    for number in 1..=remembered {
        let ids: Vec<ItemId> = (0..PER_COMMIT).map(|nth| item(number, nth).id).collect();
        let held = store.held(&ids).unwrap();
        assert!(held.iter().all(Option::is_some), "commit {number}");
    }
    let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    let ids: BTreeSet<_> = stories.iter().map(|story| story.id).collect();
    assert_eq!(ids.len(), stories.len());
    assert_eq!(stories.len() as u32 % PER_COMMIT, 0, "half a commit");
    let n_commits = stories.len() as u32 / PER_COMMIT;
    assert!((remembered..=remembered + 1).contains(&n_commits));
    assert_eq!(
        store.page(&source.channel(), None, usize::MAX).unwrap(),
        stories
    );
    assert_eq!(store.counts().unwrap().items, stories.len() as u64);
}

fn commit_for_ever(dir: &Path) -> ! {
    let store = Store::open(dir, time(0)).unwrap();
    let states = store.states().unwrap();
    let first = states.get(&source()).map_or(0, |state| state.entries) + 1;
    let mut number = first;
    loop {
        store.apply(&[commit(number)]).unwrap();
        println!("committed {number}");
        number += 1;
    }
}

fn source() -> SourceId {
    "a/one".parse().unwrap()
}

/// Commits lie ten hours apart, so that the rounds reach over several months.
fn time(number: u32) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + i64::from(number) * 36_000).unwrap()
}

fn commit(number: u32) -> Commit {
    let upserts = (0..PER_COMMIT).map(|nth| Upsert {
        item: item(number, nth),
        rank: 0,
        join: DedupeKeys::by(vec![u64::from(number * PER_COMMIT + nth)]),
        routes: Vec::new(),
    });
    Commit {
        source: source(),
        at: time(number),
        upserts: upserts.collect(),
        robots: Vec::new(),
        state: Some(SourceState {
            entries: number,
            ..SourceState::default()
        }),
        subscription: None,
        roll: None,
    }
}

fn item(number: u32, nth: u32) -> Item {
    Item {
        id: ItemId::of(&source(), &format!("{number} {nth}")),
        source: source(),
        guid: None,
        url: None,
        title: format!("{number} {nth}"),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: None,
        updated: None,
        first_seen: time(number),
        sort_key: time(number),
        summary: None,
        content: None,
        image: None,
        captions: (0..nth).map(|n| format!("{n:040}")).collect(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: 0,
    }
}
