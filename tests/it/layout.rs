//! Stores that earlier releases wrote are read as they were.
//!
//! `tests/fixtures/layout-1.store.zst` and its successors hold the files of a small
//! store, as they lay. They are never changed once their layout is released; until
//! then `UPDATE_EXPECT=1 cargo test --test it layout` writes the newest anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gazetted::model::{
    ChannelId, Commit, DedupeKeys, Health, SafeHtml, SourceId, SourceState, Story, Validators,
    WebUrl,
};
use gazetted::store::{Mode, Period, Store, Which};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{gazetted, kill_after, kill_when, rounds, time, upsert};

/// Files that say nothing of what is stored.
const LEFT_OUT: &[&str] = &["lock", "reserve"];

/// The layout of this release.
const NEWEST: u32 = 6;

fn fixture(layout: u32) -> PathBuf {
    let name = format!("tests/fixtures/layout-{layout}.store.zst");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn start() -> Timestamp {
    "2026-11-08T00:00:00Z".parse().unwrap()
}

/// Two volumes, a story of two sources, a changed item, a state.
fn fill(dir: &Path) {
    let store = Store::open(dir, start()).unwrap();
    for day in 0..5_u32 {
        let at = start() + SignedDuration::from_hours(24) * i32::try_from(day).unwrap();
        for source in ["shandong/jinan/daily", "shandong/qingdao/daily"] {
            let mut own = upsert(source, &format!("{source} {day}"), at);
            own.item.content = Some(SafeHtml::vouched(format!("<p>正文 {day}</p>")));
            own.item.url = WebUrl::parse(&format!("https://paper.example/{source}/{day}"));
            own.item.authors = vec!["王记者".to_owned()];
            let mut shared = upsert(source, &format!("shared {day}"), at);
            shared.join = DedupeKeys::by(vec![u64::from(day)]);
            let url = WebUrl::parse("https://paper.example/feed").unwrap();
            let commit = Commit {
                robots: Vec::new(),
                source: source.parse().unwrap(),
                at,
                upserts: vec![own, shared],
                subscription: None,
                roll: None,
                state: Some(SourceState {
                    asked: Some(url.clone()),
                    polled: Some(at),
                    health: Health::Good,
                    validators: Some(Validators {
                        url,
                        etag: Some(b"\"1\"".to_vec()),
                        last_modified: None,
                        since: at,
                    }),
                    ..SourceState::default()
                }),
            };
            store.apply(&[commit]).unwrap();
        }
    }
}

/// All files below `dir`, one after the other, packed.
fn pack(dir: &Path) -> Vec<u8> {
    let mut folders = vec![dir.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    let mut bytes = Vec::new();
    for path in files {
        let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let content = fs::read(&path).unwrap();
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(content);
    }
    zstd::encode_all(&bytes[..], 19).unwrap()
}

fn unpack(packed: &[u8], dir: &Path) {
    let bytes = zstd::decode_all(packed).unwrap();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
        let (name, content) = (number(0), number(4));
        let path = dir.join(std::str::from_utf8(&rest[8..8 + name]).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &rest[8 + name..8 + name + content]).unwrap();
        rest = &rest[8 + name + content..];
    }
}

#[test]
fn a_store_of_layout_1_is_read_as_it_was() {
    check(1, "1");
}

#[test]
fn a_store_whose_upgrade_was_cut_off_is_read_as_it_was() {
    check(1, "1 to 2");
}

#[test]
fn a_store_of_layout_2_is_read_as_it_was() {
    check(2, "2");
}

#[test]
fn a_store_of_layout_3_is_read_as_it_was() {
    check(3, "3");
}

#[test]
fn a_store_of_layout_4_is_read_as_it_was() {
    check(4, "4");
    check(4, "4 to 5");
    // A flipped bit.
    check(4, "t");
}

#[test]
fn a_store_of_layout_5_is_read_as_it_was() {
    check(5, "");
    check(5, "5 to 6");
}

#[test]
fn a_store_of_layout_6_is_read_as_it_was() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let dir = TempDir::new().unwrap();
        fill(dir.path());
        let store = Store::open(dir.path(), start()).unwrap();
        assert_eq!(store.pack(Which::All, &|_| {}).unwrap().len(), 2);
        drop(store);
        fs::write(fixture(NEWEST), pack(dir.path())).unwrap();
    }
    check(6, "");
}

/// A store of an earlier layout, of which `said` stands in its file, is brought to
/// ours, reads as it did, and goes on.
#[track_caller]
fn check(layout: u32, said: &str) {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state");
    unpack(&fs::read(fixture(layout)).unwrap(), &state);
    if !said.is_empty() {
        fs::write(state.join("layout"), format!("{said}\n")).unwrap();
    }
    let before = fs::read_to_string(state.join("layout")).unwrap();
    let output = gazetted()
        .arg("fsck")
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    // It only looks.
    let layout = || fs::read_to_string(state.join("layout")).unwrap();
    assert_eq!(layout(), before);
    drop(Store::open(&state, start()).unwrap());
    assert!(layout().starts_with(&format!("{NEWEST} ")), "{}", layout());

    let made = dir.path().join("made");
    fill(&made);
    let before = everything(&state);
    let sizes = (before.stories.len(), before.n_items, before.volumes.len());
    assert_eq!(sizes, (15, 20, 2));
    assert_eq!(before, everything(&made));

    // And it goes on from there.
    let store = Store::open(&state, start()).unwrap();
    let at = start() + SignedDuration::from_hours(240);
    let next = upsert("shandong/jinan/daily", "next", at);
    let commit = Commit {
        robots: Vec::new(),
        source: next.item.source.clone(),
        at,
        upserts: vec![next],
        subscription: None,
        roll: None,
        state: Some(SourceState::default()),
    };
    assert_eq!(store.apply(&[commit]).unwrap().new, 1);
}

/// All that a store says.
#[derive(Debug, PartialEq)]
struct Contents {
    stories: Vec<Arc<Story>>,
    states: BTreeMap<SourceId, SourceState>,
    changed: Option<Timestamp>,
    n_items: u64,
    volumes: Vec<Period>,
}

/// All that a store says, which has to agree.
#[track_caller]
fn everything(dir: &Path) -> Contents {
    let store = Store::open(dir, start()).unwrap();
    assert_eq!(store.damage(), []);
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.findings, []);
    Contents {
        stories: store.page(&ChannelId::root(), None, 1000).unwrap(),
        states: store.states().unwrap(),
        changed: store.changed(&ChannelId::root()).unwrap(),
        n_items: store.counts().unwrap().items,
        volumes: store.volumes(),
    }
}

#[test]
fn an_upgrade_that_is_killed_is_ended_at_the_next_start() {
    let dir = TempDir::new().unwrap();
    let made = dir.path().join("made");
    fill(&made);
    let expected = everything(&made);
    let unpacked = |layout: u32, name: &str| {
        let state = dir.path().join(name);
        unpack(&fs::read(fixture(layout)).unwrap(), &state);
        state
    };
    let upgrade = |state: &Path| {
        let mut command = gazetted();
        command.args(["fsck", "--repair", "--state"]).arg(state);
        command
    };
    let times: Vec<Duration> = (1..NEWEST)
        .map(|layout| {
            let state = unpacked(layout, &format!("calm-{layout}"));
            time(&mut upgrade(&state))
        })
        .collect();
    let mut n_killed = 0;
    for round in 0..rounds() {
        let layout = 1 + round % (NEWEST - 1);
        let state = unpacked(layout, &format!("round-{round}"));
        let said = || fs::read_to_string(state.join("layout")).unwrap_or_default();
        let kind = round / (NEWEST - 1);
        n_killed += u32::from(match kind % 2 {
            // At whatever moment.
            0 => {
                let whole = times[layout as usize - 1];
                kill_after(&mut upgrade(&state), whole * (kind * 7 % 20 + 1) / 20)
            }
            // As soon as it has said so often that a step begins or is done.
            _ => {
                let n_steps = 2 * (NEWEST - layout);
                let (mut last, mut n_said) = (said(), 0);
                kill_when(&mut upgrade(&state), || {
                    let now = said();
                    n_said += u32::from(now != last);
                    last = now;
                    n_said > kind / 2 % n_steps
                })
            }
        });
        let found = everything(&state);
        assert!(found == expected, "round {round}, layout {layout}");
        assert!(said().starts_with(&format!("{NEWEST} ")), "{}", said());
        fs::remove_dir_all(state).unwrap();
    }
    assert!(n_killed >= rounds() / 2, "{n_killed} of {}", rounds());
}

#[test]
fn a_backup_of_an_earlier_layout_is_restored() {
    let dir = TempDir::new().unwrap();
    let made = dir.path().join("made");
    fill(&made);
    let store = Store::open(&made, start()).unwrap();
    let mut backup = Vec::new();
    store.back_up(&mut backup).unwrap();
    let head = b"gazetted backup 1, layout ";
    assert!(backup.starts_with(head));
    let all = |store: &Store| store.page(&ChannelId::root(), None, 1000).unwrap();
    for layout in [b'1', b'2', b'3', b'4', b'5'] {
        let old = dir.path().join(format!("old-{layout}"));
        backup[head.len()] = layout;
        gazetted::store::restore(&backup[..], &old).unwrap();
        let restored = Store::open(&old, start()).unwrap();
        assert_eq!(all(&restored), all(&store));
    }
    let new = dir.path().join("new");
    backup[head.len()] = b'7';
    let refused = gazetted::store::restore(&backup[..], &new).unwrap_err();
    assert!(refused.to_string().contains("layouts up to 6"), "{refused}");
}
