//! Volumes that are over take less room, and nobody sees a difference.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gazetted::model::{ChannelId, SafeHtml, Story, Upsert, WebUrl};
use gazetted::store::{Mode, Store, Which};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{commit, copy, gazetted, kill_after, rounds, time, upsert};

fn start() -> Timestamp {
    "2026-09-01T00:00:00Z".parse().unwrap()
}

fn news(nth: u32, seen: Timestamp) -> Upsert {
    let mut upsert = upsert("a/one", &nth.to_string(), seen);
    let text = format!(
        "<p>本报讯 记者 {} 从济南市有关部门获悉，第 {nth} 号工程将于近日开工。</p>",
        nth * 7919
    );
    upsert.item.content = Some(SafeHtml::vouched(text));
    upsert.item.url = WebUrl::parse(&format!("https://paper.example/news/2026/{nth}.html"));
    upsert.join.keys = vec![u64::from(nth)];
    upsert
}

/// Forty days of news: four volumes, of which the newest two are still written.
fn fill(dir: &Path) -> Store {
    fill_with(dir, 25)
}

/// The same with `n_items` four times a day.
fn fill_with(dir: &Path, n_items: u32) -> Store {
    let store = Store::open(dir, start()).unwrap();
    for day in 0..40_u32 {
        let seen = start() + SignedDuration::from_hours(24) * i32::try_from(day).unwrap();
        for part in 0..4 {
            let numbers = (day * 4 + part) * n_items..(day * 4 + part + 1) * n_items;
            let upserts = numbers.map(|nth| news(nth, seen)).collect();
            store.apply(&[commit(upserts)]).unwrap();
        }
    }
    store
}

fn everything(store: &Store) -> Vec<Arc<Story>> {
    store.page(&ChannelId::root(), None, usize::MAX).unwrap()
}

#[track_caller]
fn agrees(store: &Store) {
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.n_findings, 0, "{:?}", found.findings);
    assert_eq!(found.damage, []);
}

#[test]
fn a_packed_volume_says_the_same_in_less_room() {
    let dir = TempDir::new().unwrap();
    let store = fill(dir.path());
    let before = everything(&store);
    assert_eq!(before.len(), 4000);
    let packed = store.pack(Which::Over, &|_| {}).unwrap();
    assert_eq!(packed.len(), 2);
    for volume in &packed {
        assert_eq!(volume.items, 1000);
        assert!(volume.dictionary > 0, "{volume:?}");
        assert!(
            volume.after + volume.dictionary < volume.before,
            "{volume:?}"
        );
        assert!(volume.disk_after > 0, "{volume:?}");
    }
    assert_eq!(everything(&store), before);
    agrees(&store);
    assert_eq!(
        store.pack(Which::Over, &|_| {}).unwrap(),
        [],
        "once is enough"
    );
    drop(store);

    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(everything(&store), before);
    // An old item is still corrected.
    let mut late = news(7, start());
    late.item.title = "更正".to_owned();
    late.item.fingerprint += 1;
    let mut commit = commit(vec![late]);
    commit.at = start() + SignedDuration::from_hours(24 * 39);
    assert_eq!(store.apply(&[commit]).unwrap().changed, 1);
    agrees(&store);
    let shown = everything(&store);
    assert_eq!(shown.len(), 4000);
    assert!(shown.iter().any(|story| story.canonical.title == "更正"));
}

#[test]
fn a_table_that_was_cut_off_leaves_what_there_was() {
    let dir = TempDir::new().unwrap();
    let store = fill(dir.path());
    let before = everything(&store);
    drop(store);
    let volume = dir.path().join("volumes/2026-09-01");
    // While it was written, while its manifest was, and before that took its place.
    for name in ["2.table.new", "manifest.new", "2.table", "7.table"] {
        fs::write(volume.join(name), b"half").unwrap();
    }
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(everything(&store), before);
    agrees(&store);
    assert_eq!(store.pack(Which::Over, &|_| {}).unwrap().len(), 2);
    assert_eq!(everything(&store), before);
    agrees(&store);
    let names = fs::read_dir(&volume).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["2.table", "dictionary", "manifest"]);
}

#[test]
fn a_volume_whose_replacing_was_cut_off_is_what_it_was() {
    let dir = TempDir::new().unwrap();
    let store = fill(dir.path());
    let before = everything(&store);
    drop(store);
    let volumes = dir.path().join("volumes");
    let (old, new) = ("2026-09-01", "2026-09-11");
    // While it was being copied.
    fs::create_dir(volumes.join(format!("{old}.dense"))).unwrap();
    fs::write(volumes.join(format!("{old}.dense/1.table")), b"half").unwrap();
    // Between the two renames.
    let replaced = volumes.join(format!("{new}.replaced"));
    fs::rename(volumes.join(new), &replaced).unwrap();
    fs::create_dir(volumes.join(format!("{new}.dense"))).unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(everything(&store), before);
    agrees(&store);
    drop(store);
    // After both.
    fs::create_dir(&replaced).unwrap();
    fs::write(replaced.join("1.table"), b"old").unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(everything(&store), before);
    agrees(&store);
    assert_eq!(fs::read_dir(&volumes).unwrap().count(), 4);
}

#[test]
fn packing_that_is_killed_changes_nothing() {
    let made = TempDir::new().unwrap();
    let before = everything(&fill_with(made.path(), 8));
    let pack = |dir: &Path| {
        let mut command = gazetted();
        command.args(["pack", "--all", "--state"]).arg(dir);
        command
    };
    let calm = TempDir::new().unwrap();
    copy(made.path(), calm.path());
    let whole = time(&mut pack(calm.path()));
    let mut n_killed = 0;
    // Two kills in every other round.
    let n_rounds = rounds().div_ceil(2);
    for round in 0..n_rounds {
        let dir = TempDir::new().unwrap();
        copy(made.path(), dir.path());
        for nth in 0..=round % 2 {
            let part = (round * 7 + nth * 3) % 20 + 1;
            n_killed += u32::from(kill_after(&mut pack(dir.path()), whole * part / 20));
        }
        let store = Store::open(dir.path(), start()).unwrap();
        assert!(everything(&store) == before, "round {round}");
        agrees(&store);
        store.pack(Which::All, &|_| {}).unwrap();
        assert!(everything(&store) == before, "round {round}");
        agrees(&store);
    }
    assert!(n_killed >= n_rounds / 2, "{n_killed} in {n_rounds} rounds");
}

#[test]
fn the_command_says_what_it_saved_and_a_backup_holds_it() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state");
    let before = everything(&fill(&state));
    let output = gazetted()
        .args(["pack", "--json", "--state"])
        .arg(&state)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packed = said["packed"].as_array().unwrap();
    assert_eq!(packed.len(), 2);
    assert!(packed[0]["item_bytes_after"].as_u64() < packed[0]["item_bytes_before"].as_u64());

    let store = Store::open(&state, start()).unwrap();
    let mut backup = Vec::new();
    store.back_up(&mut backup).unwrap();
    let restored = dir.path().join("restored");
    gazetted::store::restore(&backup[..], &restored).unwrap();
    assert_eq!(
        everything(&Store::open(&restored, start()).unwrap()),
        before
    );
    let mut lines = Vec::new();
    store.export(&mut lines).unwrap();
    let imported = dir.path().join("imported");
    gazetted::store::import(&lines[..], &imported, start()).unwrap();
    assert_eq!(
        everything(&Store::open(&imported, start()).unwrap()),
        before
    );
}

/// What was to take the place of a volume is not there, and an empty one is.
#[test]
fn a_volume_whose_place_was_taken_by_an_empty_one_is_kept() {
    let dir = TempDir::new().unwrap();
    drop(fill(dir.path()));
    let volumes = dir.path().join("volumes");
    let (place, replaced) = (
        volumes.join("2026-09-11"),
        volumes.join("2026-09-11.replaced"),
    );
    fs::rename(&place, &replaced).unwrap();
    fs::create_dir(&place).unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    drop(store);
    let names = fs::read_dir(&volumes).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: Vec<String> = names
        .filter(|name| name.starts_with("2026-09-11.mended-"))
        .collect();
    assert_eq!(kept.len(), 1);
    assert!(volumes.join(&kept[0]).join("manifest").exists());
}

#[test]
fn packing_that_is_told_to_stop_does_so_within_a_volume() {
    let dir = TempDir::new().unwrap();
    let store = fill(dir.path());
    let before = everything(&store);
    let packed = store.pack(Which::Over, &|_| store.stop_packing()).unwrap();
    assert_eq!(packed.len(), 1, "the second of two is given up");
    assert_eq!(everything(&store), before);
    agrees(&store);
    drop(store);
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(store.pack(Which::Over, &|_| {}).unwrap().len(), 1);
    assert_eq!(everything(&store), before);
}
