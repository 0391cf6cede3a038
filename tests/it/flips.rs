//! A flipped bit in any file of a store: it opens, what is readable is shown, the damage
//! is told, and mending it takes nothing away.
//!
//! `GAZETTED_ROUNDS=200` flips more of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gazetted::model::{ChannelId, Commit, SourceState, StoryId};
use gazetted::store::{Mode, Retention, Store, Which};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{copy, rounds, upsert};

const DAYS: i32 = 44;
const PER_DAY: u32 = 12;

fn start() -> Timestamp {
    "2026-09-05T00:00:00Z".parse().unwrap()
}

fn commits() -> Vec<Commit> {
    let of_day = |day: i32| {
        let seen = start() + SignedDuration::from_hours(24) * day;
        let source = format!("a/s{}", day % 4);
        let upserts = (0..PER_DAY).map(|nth| {
            let mut upsert = upsert(&source, &format!("{day} {nth}"), seen);
            upsert.join.keys = vec![u64::from(nth) + 1000 * day.unsigned_abs() as u64];
            let lines = (0..nth).map(|line| format!("{day} {line} {:x}", line * 7_919 + nth));
            upsert.item.captions = lines.collect();
            upsert
        });
        Commit {
            robots: Vec::new(),
            source: source.parse().unwrap(),
            at: seen,
            upserts: upserts.collect(),
            subscription: None,
            roll: None,
            state: Some(SourceState {
                entries: PER_DAY,
                polled: Some(seen),
                ..SourceState::default()
            }),
        }
    };
    (0..DAYS).map(of_day).collect()
}

/// Volumes that are packed, folded and in sled alone; removed items; a journal.
fn fill(dir: &Path) {
    let made = TempDir::new().unwrap();
    let all = commits();
    let (last, before) = all.split_last().unwrap();
    let store = Store::open(made.path(), start()).unwrap();
    for commit in before {
        store.apply(std::slice::from_ref(commit)).unwrap();
    }
    let rules = Retention {
        max_age: Some(Duration::from_secs(33 * 86_400)),
        max_items: None,
        tombstones: Duration::from_secs(900 * 86_400),
        channels: Default::default(),
    };
    assert!(store.retain(&rules, last.at).unwrap().items > 0);
    store.pack(Which::Over, &|_| {}).unwrap();
    store.apply(std::slice::from_ref(last)).unwrap();
    // A copy of what runs is what a crash leaves.
    copy(made.path(), dir);
}

fn shown(store: &Store) -> BTreeSet<StoryId> {
    let all = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    all.iter().map(|story| story.id).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    files(dir)
}

/// The place of a bit in what was written to a file: not in its holes.
fn place(bytes: &[u8], nth: u64) -> usize {
    let written: Vec<usize> = (0..bytes.len()).step_by(64).collect();
    let written: Vec<usize> = written
        .into_iter()
        .filter(|at| bytes[*at..].iter().take(64).any(|byte| *byte != 0))
        .collect();
    let pick = blake3::hash(&nth.to_le_bytes());
    let pick = u64::from_le_bytes(pick.as_bytes()[..8].try_into().unwrap());
    let chunk = written[(pick % written.len() as u64) as usize];
    (chunk + (pick >> 40) as usize % 64).min(bytes.len() - 1)
}

#[test]
fn a_flipped_bit_costs_little_is_told_and_mended() {
    let made = TempDir::new().unwrap();
    fill(made.path());
    let whole = {
        let dir = TempDir::new().unwrap();
        copy(made.path(), dir.path());
        shown(&Store::open(dir.path(), start()).unwrap())
    };
    let mut failures = Vec::new();
    for file in files(made.path()) {
        let name = file.strip_prefix(made.path()).unwrap().to_owned();
        let is_left_out = ["lock", "reserve", "reading", "crashes"];
        if is_left_out.iter().any(|out| name == Path::new(out)) {
            continue;
        }
        let sound = fs::read(&file).unwrap();
        if sound.iter().all(|byte| *byte == 0) {
            continue;
        }
        for nth in 0..u64::from(rounds()).div_ceil(4) {
            let at = place(&sound, nth);
            let case = format!("{} byte {at}", name.display());
            let dir = TempDir::new().unwrap();
            copy(made.path(), dir.path());
            let mut bytes = sound.clone();
            bytes[at] ^= 1 << (nth % 8);
            fs::write(dir.path().join(&name), bytes).unwrap();
            let tried = std::panic::catch_unwind(|| try_one(dir.path(), &whole));
            match tried {
                Ok(Ok(())) => {}
                Ok(Err(why)) => failures.push(format!("{case}: {why}")),
                Err(_) => failures.push(format!("{case}: panicked")),
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn try_one(dir: &Path, whole: &BTreeSet<StoryId>) -> Result<(), String> {
    let open = || Store::open(dir, start()).map_err(|why| format!("it does not open: {why}"));
    let store = open()?;
    let before = shown(&store);
    if before.len() < whole.len() && store.damage().is_empty() {
        return Err(format!("{} of {} and no word", before.len(), whole.len()));
    }
    drop(store);
    let store = open()?;
    let found = store.check(Mode::Mend, &|_| {});
    found.map_err(|why| format!("cannot be mended: {why}"))?;
    drop(store);
    let store = open()?;
    let after = shown(&store);
    if !before.is_subset(&after) {
        let lost = before.difference(&after).count();
        return Err(format!("mending takes {lost} of {} away", before.len()));
    }
    let found = store.check(Mode::Look, &|_| {});
    let found = found.map_err(|why| format!("cannot be checked: {why}"))?;
    if found.n_findings > 0 {
        return Err(format!("after mending: {:?}", &found.findings[..1]));
    }
    let again = store.apply(&commits());
    again.map_err(|why| format!("takes no commits: {why}"))?;
    let n_back = shown(&store).intersection(whole).count();
    match n_back == whole.len() {
        true => Ok(()),
        false => Err(format!("{n_back} of {} come again", whole.len())),
    }
}

#[test]
fn a_volume_beside_one_that_was_damaged_is_packed() {
    let dir = TempDir::new().unwrap();
    fill(dir.path());
    let volumes = dir.path().join("volumes");
    fs::create_dir(volumes.join("2026-10-01.damaged-20261001T000000Z")).unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    let packed = store.pack(Which::All, &|_| {}).unwrap();
    let all: Vec<String> = packed.iter().map(|one| one.volume.to_string()).collect();
    assert_eq!(all, ["2026-10-01", "2026-10-11"]);
}
