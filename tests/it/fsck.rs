//! `gazetted fsck` finds what does not agree, and mends what can be derived.

use std::path::Path;

use gazetted::model::{ChannelId, Commit, SourceState};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{Records, gazetted, meddle, upsert};

fn fill(dir: &Path) {
    let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let store = Store::open(dir, start).unwrap();
    for day in 0..25 {
        let seen = start + SignedDuration::from_hours(24) * day;
        let upserts = (0..20_u32).map(|nth| {
            let mut upsert = upsert("a/one", &format!("{day} {nth}"), seen);
            upsert.join.keys = vec![u64::from(nth)];
            upsert
        });
        let commit = Commit {
            robots: Vec::new(),
            source: "a/one".parse().unwrap(),
            at: seen,
            upserts: upserts.collect(),
            subscription: None,
            roll: None,
            state: Some(SourceState::default()),
        };
        store.apply(&[commit]).unwrap();
    }
}

/// Runs it; its exit code and what it printed.
fn fsck(dir: &Path, arguments: &[&str]) -> (i32, serde_json::Value) {
    let output = gazetted()
        .arg("fsck")
        .arg("--state")
        .arg(dir)
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let found = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), found.expect(&said))
}

/// What is done to a tree.
type Harm = fn(&mut Records);

/// Removes every third record.
fn thin(records: &mut Records) {
    let mut nth = 0;
    records.retain(|_, _| {
        nth += 1;
        nth % 3 != 1
    });
}

/// Overwrites every tenth record with bytes that mean nothing.
fn scribble(records: &mut Records) {
    for value in records.values_mut().step_by(10) {
        *value = vec![7, 7, 7];
    }
}

/// Says nonsense of the only source.
fn nonsense(records: &mut Records) {
    records.insert(b"a/one".to_vec(), vec![7, 7, 7]);
}

fn stray(records: &mut Records) {
    records.insert(vec![9; 36], Vec::new());
    records.insert(vec![8; 16], vec![1, 2]);
}

#[test]
fn a_sound_store_agrees() {
    let dir = TempDir::new().unwrap();
    fill(dir.path());
    let (code, found) = fsck(dir.path(), &[]);
    assert_eq!(code, 0, "{found:#}");
    assert_eq!((&found["items"], &found["found"]), (&500.into(), &0.into()));
}

#[test]
fn what_can_be_derived_is_mended() {
    let cases: [(&str, &str, Harm); 13] = [
        ("volumes/2026-11-01", "by_channel", thin),
        ("volumes/2026-11-01", "by_channel", stray),
        ("volumes/2026-11-01", "joins", thin),
        ("volumes/2026-11-01", "stories", thin),
        ("volumes/2026-11-01", "stories", scribble),
        ("volumes/2026-11-01", "items", scribble),
        ("ledger", "items", thin),
        ("ledger", "items", stray),
        ("ledger", "spans", thin),
        ("ledger", "sources", nonsense),
        ("ledger", "rolls", nonsense),
        ("ledger", "hubs", nonsense),
        ("ledger", "robots", nonsense),
    ];
    for (database, tree, harm) in cases {
        let dir = TempDir::new().unwrap();
        fill(dir.path());
        meddle(dir.path(), database, tree, harm);
        let case = format!("{database} {tree}");
        let (code, found) = fsck(dir.path(), &[]);
        assert_eq!(code, 4, "{case}: {found:#}");
        let (code, found) = fsck(dir.path(), &["--repair"]);
        assert_eq!(code, 1, "{case}: {found:#}");
        let (code, found) = fsck(dir.path(), &[]);
        assert_eq!(code, 0, "{case}: {found:#}");
        let store = Store::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let shown = store.page(&ChannelId::root(), None, 1000).unwrap().len();
        let lost = if tree == "items" && database != "ledger" {
            20
        } else {
            0
        };
        assert_eq!(shown, 500 - lost, "{case}");
        assert_eq!(store.counts().unwrap().items, 500 - lost as u64, "{case}");
    }
}

#[test]
fn there_has_to_be_a_store_that_nobody_uses() {
    let dir = TempDir::new().unwrap();
    let run = |dir: &Path| {
        gazetted()
            .arg("fsck")
            .arg("--state")
            .arg(dir)
            .output()
            .unwrap()
    };
    let output = run(&dir.path().join("nowhere"));
    assert_eq!(output.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no store in"));
    assert!(!dir.path().join("nowhere").exists());
    let _store = Store::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
    let output = run(dir.path());
    assert_eq!(output.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&output.stderr).contains("in use by another gazetted"));
}

#[test]
fn who_only_looks_touches_nothing_and_says_what_is_lost() {
    let dir = TempDir::new().unwrap();
    fill(dir.path());
    let lost = dir.path().join("volumes/2026-11-01");
    std::fs::remove_dir_all(lost).unwrap();
    let listing = || {
        let mut names: Vec<_> = walk(dir.path());
        names.sort();
        names
    };
    let before = listing();
    let (code, found) = fsck(dir.path(), &[]);
    assert_eq!(code, 4, "{found:#}");
    assert_eq!(listing(), before);
    let said = found["findings"].to_string();
    assert!(said.contains("200 items of 2026-11-01"), "{found:#}");
    let (code, found) = fsck(dir.path(), &["--repair"]);
    assert_eq!(code, 1, "{found:#}");
}

/// All files with their sizes.
fn walk(dir: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        match about.is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push((entry.path(), about.len())),
        }
    }
    files
}
