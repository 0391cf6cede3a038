//! Volumes that are still written are folded into tables: nobody sees a difference,
//! whatever moment it is cut off at, and damage costs a few items that come again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use gazetted::model::{ChannelId, Commit, ItemId, SafeHtml, Story, Upsert};
use gazetted::store::{
    ChannelRetention, Damage, Mode, Retention, Store, StoreError, Which, make_durable,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{Image, commit, copy, rounds, upsert};

/// Tells the child of this test where the store is.
const DIR: &str = "GAZETTED_FOLD_DIR";

/// Tells it to fold beside its commits.
const BESIDE: &str = "GAZETTED_FOLD_BESIDE";

/// Items of one commit.
const PER_COMMIT: u32 = 20;

/// Bytes of their text, which do not compress: some hundred make a volume heavy.
const LONG: usize = 60_000;

fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

/// A third of the rounds of other tests, as all of a store is looked at in each of them.
fn few_rounds() -> u32 {
    rounds().div_ceil(3)
}

/// Rounds after which a store is begun anew: it grows by twenty megabytes in each.
const ROUNDS_OF_A_STORE: u32 = 10;

fn noise(seed: &str, length: usize) -> String {
    let mut bytes = vec![0; length / 2];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(seed.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn news(nth: u32, length: usize) -> Upsert {
    let seen = start() + SignedDuration::from_secs(i64::from(nth));
    let mut upsert = upsert("a/one", &nth.to_string(), seen);
    let text = format!("<p>{}</p>", noise(&nth.to_string(), length));
    upsert.item.content = Some(SafeHtml::vouched(text));
    upsert.join.keys = vec![u64::from(nth)];
    upsert
}

fn nth_commit(nth: u32, length: usize) -> Commit {
    let numbers = nth * PER_COMMIT..(nth + 1) * PER_COMMIT;
    commit(numbers.map(|nth| news(nth, length)).collect())
}

fn volume(dir: &Path) -> PathBuf {
    dir.join("volumes/2026-11-01")
}

fn tables(dir: &Path) -> Vec<PathBuf> {
    // There is no folder before the first one.
    let names = fs::read_dir(volume(dir)).into_iter().flatten();
    let paths = names.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "table"))
        .collect()
}

fn everything(store: &Store) -> Vec<Arc<Story>> {
    store.page(&ChannelId::root(), None, usize::MAX).unwrap()
}

/// As `assert_eq!`, without printing megabytes.
#[track_caller]
fn same(store: &Store, expected: &[Arc<Story>]) {
    let found = everything(store);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let title = &expected.canonical.title;
        assert_eq!(found.canonical.title, *title);
        assert_eq!(found.sightings, expected.sightings);
        assert_eq!(found.changed, expected.changed, "{title}");
        assert!(found == expected, "{title}");
    }
}

#[track_caller]
fn agrees(store: &Store) {
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.n_findings, 0, "{:?}", found.findings);
}

/// Applies commits until the volume was folded twice; says how many.
fn fill(store: &Store) -> u32 {
    let mut n_folds = 0;
    let mut before = BTreeSet::new();
    for nth in 0.. {
        store.apply(&[nth_commit(nth, LONG)]).unwrap();
        let after: BTreeSet<PathBuf> = tables(store.dir()).into_iter().collect();
        n_folds += u32::from(after != before);
        before = after;
        if n_folds == 2 {
            return nth + 1;
        }
        assert!(nth < 500, "it is never folded");
    }
    unreachable!()
}

#[test]
fn a_volume_that_is_written_is_folded_and_says_the_same() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    let n_items = fill(&store) * PER_COMMIT;
    let shown = everything(&store);
    let titles = shown.iter().map(|story| story.canonical.id);
    let expected = (0..n_items).rev().map(|nth| news(nth, 0).item.id);
    assert!(titles.eq(expected));
    agrees(&store);
    let on_disk: u64 = fs::read_dir(volume(dir.path()))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    let held = u64::from(n_items) * LONG as u64 / 2;
    assert!(on_disk < held * 3 / 2, "{on_disk} bytes for {held}");

    // One that lies in a table is edited, one is a copy of it, one goes.
    let mut edited = news(3, LONG);
    edited.item.title = "更正".to_owned();
    edited.item.fingerprint += 1;
    let mut copy = upsert("b/two", "copy", start() + SignedDuration::from_secs(90));
    copy.item.title = news(5, 0).item.title;
    copy.join.keys = vec![5];
    assert_eq!(store.apply(&[commit(vec![edited])]).unwrap().changed, 1);
    assert_eq!(store.apply(&[commit(vec![copy])]).unwrap().joined, 1);
    let retention = Retention {
        max_age: None,
        max_items: None,
        tombstones: Duration::from_secs(86_400),
        channels: [(
            "a".parse().unwrap(),
            ChannelRetention {
                max_age: None,
                max_items: Some(n_items as usize - 2),
            },
        )]
        .into(),
    };
    assert_eq!(store.retain(&retention, start()).unwrap().items, 2);
    agrees(&store);
    let after = everything(&store);
    assert_eq!(after.len(), n_items as usize - 2);
    assert_eq!(after[after.len() - 2].canonical.title, "更正");
    assert!(after.iter().any(|story| story.sightings.len() == 2));
    drop(store);

    let store = Store::open(dir.path(), start()).unwrap();
    same(&store, &after);
    // What is gone is not brought back, neither by its source nor by a table below.
    let again = commit(vec![news(0, LONG), news(1, LONG)]);
    assert_eq!(store.apply(&[again]).unwrap().new, 0);
    assert_eq!(store.pack(Which::All, &|_| {}).unwrap().len(), 1);
    assert_eq!(tables(dir.path()).len(), 1);
    same(&store, &after);
    agrees(&store);

    let mut backup = Vec::new();
    store.back_up(&mut backup).unwrap();
    let restored = dir.path().join("restored");
    gazetted::store::restore(&backup[..], &restored).unwrap();
    let restored = Store::open(&restored, start()).unwrap();
    same(&restored, &after);
    agrees(&restored);
}

#[test]
fn commits_go_on_while_a_volume_is_folded() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    let n_kept = 400;
    let retention = Retention {
        max_age: None,
        max_items: None,
        tombstones: Duration::from_secs(86_400),
        channels: [(
            "a".parse().unwrap(),
            ChannelRetention {
                max_age: None,
                max_items: Some(n_kept),
            },
        )]
        .into(),
    };
    let is_folding = AtomicBool::new(false);
    let (wake, woken) = sync_channel(1);
    let mut n_beside = 0;
    let mut edited = BTreeMap::new();
    let n_commits = std::thread::scope(|scope| {
        let (store, is_folding) = (&store, &is_folding);
        scope.spawn(move || {
            for () in woken {
                is_folding.store(true, Ordering::SeqCst);
                store.fold_large();
                is_folding.store(false, Ordering::SeqCst);
            }
        });
        let mut n_folds = 0;
        let mut before = BTreeSet::new();
        for nth in 0..500 {
            let was_folding = is_folding.load(Ordering::SeqCst);
            let mut edit = news(nth * PER_COMMIT * 9 / 10, LONG / 2);
            edit.item.title = format!("更正 {nth}");
            edit.item.fingerprint += 1;
            edited.insert(edit.item.id, edit.item.title.clone());
            store.commit(&[nth_commit(nth, LONG)]).unwrap();
            store.commit(&[commit(vec![edit])]).unwrap();
            if nth % 7 == 0 {
                store.retain(&retention, start()).unwrap();
            }
            n_beside += u32::from(was_folding);
            if store.has_large() {
                let _ = wake.try_send(());
            }
            let after: BTreeSet<PathBuf> = tables(store.dir()).into_iter().collect();
            n_folds += u32::from(after != before);
            before = after;
            if n_folds >= 3 && n_beside > 0 {
                drop(wake);
                return nth + 1;
            }
        }
        panic!("{n_folds} times folded, {n_beside} commits beside it");
    });
    store.retain(&retention, start()).unwrap();
    let shown = everything(&store);
    let expected = (0..n_commits * PER_COMMIT)
        .rev()
        .map(|nth| news(nth, 0).item);
    assert_eq!(shown.len(), n_kept);
    for (story, item) in shown.iter().zip(expected) {
        let title = edited.get(&item.id).unwrap_or(&item.title);
        assert_eq!(story.canonical.title, *title);
    }
    agrees(&store);
    drop(store);
    let store = Store::open(dir.path(), start()).unwrap();
    same(&store, &shown);
    agrees(&store);
}

/// Commits for ever, and says after each how far it is.
fn commit_for_ever(dir: &Path) -> ! {
    make_durable().unwrap();
    let store = Store::open(dir, start()).unwrap();
    let first = store.counts().unwrap().items as u32 / PER_COMMIT;
    let (wake, woken) = sync_channel(1);
    std::thread::scope(|scope| {
        let folded = &store;
        scope.spawn(move || woken.iter().for_each(|()| folded.fold_large()));
        let is_beside = std::env::var_os(BESIDE).is_some();
        for nth in first.. {
            let commits = [nth_commit(nth, LONG)];
            match is_beside {
                true => store.commit(&commits).unwrap(),
                false => store.apply(&commits).unwrap(),
            };
            if store.has_large() {
                let _ = wake.try_send(());
            }
            println!("committed {nth}");
        }
        unreachable!()
    })
}

/// Starts the process that commits; in every other round it folds beside that.
fn child(test: &str, dir: &Path, round: u32) -> (Child, std::io::Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(DIR, dir)
        .envs(round.is_multiple_of(2).then_some((BESIDE, "1")))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

/// Reads until the child has said something `n` times; how far it is.
fn wait(lines: &mut impl Iterator<Item = std::io::Result<String>>, n: u32) -> u32 {
    let mut numbers =
        lines.filter_map(|line| line.unwrap().strip_prefix("committed ")?.parse().ok());
    numbers.nth(n as usize - 1).unwrap()
}

#[track_caller]
fn holds(dir: &Path, acknowledged: u32) {
    let store = Store::open(dir, start()).unwrap();
    assert_eq!(store.damage(), []);
    let shown = everything(&store);
    assert!(
        shown.len() >= ((acknowledged + 1) * PER_COMMIT) as usize,
        "{acknowledged}"
    );
    let expected = (0..shown.len() as u32)
        .rev()
        .map(|nth| news(nth, 0).item.id);
    assert!(shown.iter().map(|story| story.canonical.id).eq(expected));
    agrees(&store);
}

/// The test starts itself as the process that it kills.
#[test]
fn folding_survives_kill_9() {
    if let Some(dir) = std::env::var_os(DIR) {
        commit_for_ever(Path::new(&dir));
    }
    let mut dir = TempDir::new().unwrap();
    for round in 0..few_rounds() {
        if round.is_multiple_of(ROUNDS_OF_A_STORE) {
            dir = TempDir::new().unwrap();
        }
        let (mut child, mut lines) = child("fold::folding_survives_kill_9", dir.path(), round);
        let acknowledged = wait(&mut lines, 14 + round * 5 % 11);
        child.kill().unwrap();
        child.wait().unwrap();
        holds(dir.path(), acknowledged);
        assert!(round % ROUNDS_OF_A_STORE < 3 || !tables(dir.path()).is_empty());
    }
}

#[test]
fn folding_survives_a_power_loss() {
    if let Some(dir) = std::env::var_os(DIR) {
        commit_for_ever(Path::new(&dir));
    }
    let Some(image) = Image::make(900) else {
        return;
    };
    for round in 0..few_rounds() {
        let mounted = image.mount();
        let state = mounted.path().join("state");
        if round > 0 && round.is_multiple_of(ROUNDS_OF_A_STORE) {
            fs::remove_dir_all(&state).unwrap();
        }
        let (mut child, mut lines) = child("fold::folding_survives_a_power_loss", &state, round);
        let acknowledged = wait(&mut lines, 14 + round * 5 % 11);
        mounted.cut_power();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(lines);
        drop(mounted);
        let mounted = image.mount();
        let state = mounted.path().join("state");
        holds(&state, acknowledged);
        assert!(round % ROUNDS_OF_A_STORE < 3 || !tables(&state).is_empty());
    }
}

/// A store whose only volume is one table of two thousand items.
fn packed(dir: &Path) -> Vec<ItemId> {
    let store = Store::open(dir, start()).unwrap();
    let commits: Vec<Commit> = (0..100).map(|nth| nth_commit(nth, 200)).collect();
    store.apply(&commits).unwrap();
    assert_eq!(store.pack(Which::All, &|_| {}).unwrap().len(), 1);
    (0..2000).map(|nth| news(nth, 0).item.id).collect()
}

#[test]
fn a_flipped_byte_in_a_table_costs_a_few_items_that_come_again() {
    let dir = TempDir::new().unwrap();
    let sound = dir.path().join("sound");
    let ids = packed(&sound);
    let size = fs::metadata(tables(&sound).remove(0)).unwrap().len() as usize;
    for nth in 0..16 {
        let flipped = dir.path().join(format!("flipped-{nth}"));
        copy(&sound, &flipped);
        let table = tables(&flipped).remove(0);
        let mut bytes = fs::read(&table).unwrap();
        bytes[size * nth / 16 + nth] ^= 0x10;
        fs::write(&table, bytes).unwrap();

        let store = Store::open(&flipped, start()).unwrap();
        let shown: BTreeSet<ItemId> = everything(&store)
            .iter()
            .map(|story| story.canonical.id)
            .collect();
        let is_told = !store.damage().is_empty();
        assert!(
            is_told || shown.len() == 2000,
            "byte {nth}: nobody was told"
        );
        let was_moved = store
            .damage()
            .iter()
            .any(|damage| matches!(damage, Damage::MovedAside { .. }));
        assert!(
            was_moved || shown.len() > 1500,
            "byte {nth}: {}",
            shown.len()
        );
        // Its source brings back what cannot be read.
        let held = store.held(&ids).unwrap();
        let lost = ids.iter().zip(&held).filter(|(_, held)| held.is_none());
        let lost: Vec<u32> = lost
            .map(|(id, _)| ids.iter().position(|other| other == id).unwrap() as u32)
            .collect();
        assert!(was_moved || lost.len() < 500, "byte {nth}: {}", lost.len());
        if !lost.is_empty() {
            let again = lost.iter().map(|nth| news(*nth, 200)).collect();
            store.apply(&[commit(again)]).unwrap();
        }
        // A check mends the rest, and keeps what was damaged.
        store.check(Mode::Mend, &|_| {}).unwrap();
        agrees(&store);
        drop(store);
        let store = Store::open(&flipped, start()).unwrap();
        agrees(&store);
        let kept = fs::read_dir(flipped.join("volumes")).unwrap();
        let kept = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(
            kept.into_iter()
                .any(|name| name.contains(".damaged-") || name.contains(".mended-")),
            "byte {nth}"
        );
        let missing: Vec<Upsert> = {
            let held = store.held(&ids).unwrap();
            let missing = (0..2000_u32).zip(held).filter(|(_, held)| held.is_none());
            missing.map(|(nth, _)| news(nth, 200)).collect()
        };
        if !missing.is_empty() {
            store.apply(&[commit(missing)]).unwrap();
        }
        assert_eq!(everything(&store).len(), 2000, "byte {nth}");
        agrees(&store);
    }
}

#[test]
fn a_table_that_is_cut_off_or_gone_costs_no_more_than_its_volume() {
    let dir = TempDir::new().unwrap();
    let sound = dir.path().join("sound");
    packed(&sound);
    type Harm = fn(&Path) -> std::io::Result<()>;
    let harms: [(&str, Harm); 4] = [
        ("gone", |path| fs::remove_file(path)),
        ("empty", |path| fs::write(path, [])),
        ("half", |path| {
            let bytes = fs::read(path)?;
            fs::write(path, &bytes[..bytes.len() / 2])
        }),
        ("a folder", |path| {
            fs::remove_file(path)?;
            fs::create_dir(path)
        }),
    ];
    for (name, harm) in harms {
        let harmed = dir.path().join(name);
        copy(&sound, &harmed);
        harm(&tables(&harmed).remove(0)).unwrap();
        let store = match Store::open(&harmed, start()) {
            Ok(store) => store,
            Err(StoreError::Damaged { what, why }) => panic!("{name}: {what}: {why}"),
            Err(other) => panic!("{name}: {other}"),
        };
        assert_eq!(everything(&store).len(), 0, "{name}");
        let damage = store.damage();
        let is_kept = |damage: &Damage| matches!(damage, Damage::MovedAside { kept, .. } if kept.join("manifest").exists());
        assert!(damage.iter().any(is_kept), "{name}: {damage:?}");
        store.apply(&[nth_commit(0, 200)]).unwrap();
        assert_eq!(everything(&store).len(), 20, "{name}");
    }
}

#[test]
fn where_the_manifest_is_gone_the_tables_that_are_there_are_read() {
    let dir = TempDir::new().unwrap();
    packed(dir.path());
    fs::remove_file(volume(dir.path()).join("manifest")).unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(everything(&store).len(), 2000);
    assert!(!store.damage().is_empty());
    agrees(&store);
}
