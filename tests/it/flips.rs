//! A flipped bit in any file of a store: it opens, what is readable is shown, the damage
//! is told, and mending it takes nothing away.
//!
//! `GAZETTED_FLIPS=300` flips more of them, `GAZETTED_ROUNDS=80` kills sixty repairs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gazetted::model::{
    ChannelId, Commit, ItemId, SeenEntries, SeenEntry, SourceState, Story, StoryId,
};
use gazetted::store::{Correction, Mode, Retention, Store, Takedown, Which};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{Daemon, World, copy, gazetted, kill_after, rounds, time, upsert};

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
            roll: Some(SeenEntries {
                known: (0..PER_DAY).map(|nth| known(&source, day, nth)).collect(),
                ..SeenEntries::default()
            }),
            state: Some(SourceState {
                entries: PER_DAY,
                polled: Some(seen),
                ..SourceState::default()
            }),
        }
    };
    (0..DAYS).map(of_day).collect()
}

fn known(source: &str, day: i32, nth: u32) -> SeenEntry {
    SeenEntry {
        item: id(source, day, nth),
        guid: Some(u64::from(nth) * 7_919),
        link: None,
        title: Some(u64::from(nth) * 104_729),
        date: None,
        text: None,
        edits: 0,
    }
}

fn id(source: &str, day: i32, nth: u32) -> ItemId {
    ItemId::of(&source.parse().unwrap(), &format!("{day} {nth}"))
}

/// Volumes that are packed and others that are written; removed items; a journal; what an admin
/// said; what readers were given.
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
    let [kept, given, down] = [0, 1, 2].map(|nth| StoryId::begun_by(id("a/s2", 42, nth)));
    let join = Correction::Join {
        into: kept,
        from: given,
    };
    store.correct(join, last.at).unwrap();
    let takedown = Takedown {
        at: last.at,
        reason: "a court".to_owned(),
    };
    store.take_down(down, Some(takedown)).unwrap();
    store.note_served(last.at, last.at);
    let archives = store.archives().unwrap();
    let archive = b"<rss version=\"2.0\"/>".repeat(20);
    archives.put(&"0a".repeat(16), &archive, last.at).unwrap();
    store.apply(std::slice::from_ref(last)).unwrap();
    // A copy of what runs is what a crash leaves.
    copy(made.path(), dir);
}

fn shown(store: &Store) -> BTreeMap<StoryId, Arc<Story>> {
    let all = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    all.into_iter().map(|story| (story.id, story)).collect()
}

/// What a copy of a store shows.
fn shown_in(dir: &Path) -> BTreeMap<StoryId, Arc<Story>> {
    let other = TempDir::new().unwrap();
    copy(dir, other.path());
    shown(&Store::open(other.path(), start()).unwrap())
}

/// What is wrong if not each story of `some` is among `all`: with the copy that it showed, and no
/// others than it had, as one that cannot be read goes.
fn missing(
    some: &BTreeMap<StoryId, Arc<Story>>,
    all: &BTreeMap<StoryId, Arc<Story>>,
) -> Option<String> {
    let is_kept = |story: &Story, now: &Story| {
        let mut copies = now.sightings.iter();
        now.canonical == story.canonical && copies.all(|copy| story.sightings.contains(copy))
    };
    let others = some
        .iter()
        .filter(|(id, story)| !all.get(id).is_some_and(|now| is_kept(story, now)));
    let others: Vec<_> = others.collect();
    let (id, story) = others.first()?;
    Some(format!(
        "{} of {} stories are gone or say something else: {story:?}, then {:?}",
        others.len(),
        some.len(),
        all.get(id)
    ))
}

/// All files, with their sizes and times.
fn files(dir: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::metadata(&path).unwrap();
        match about.is_dir() {
            true => files.extend(self::files(&path)),
            false => drop(files.insert(path, (about.len(), about.modified().unwrap()))),
        }
    }
    files
}

/// The files of a store in which something is written that is not for a moment.
fn told(dir: &Path) -> Vec<PathBuf> {
    let is_left_out = |path: &Path| {
        let names = ["lock", "reserve", "reading", "crashes"];
        names.iter().any(|name| path == dir.join(name))
    };
    let files = files(dir).into_keys();
    let files = files.filter(|path| !is_left_out(path));
    files
        .filter(|path| fs::read(path).unwrap().iter().any(|byte| *byte != 0))
        .collect()
}

/// Flips a bit in what was written to a file.
fn flip(path: &Path, nth: u64) -> usize {
    let mut bytes = fs::read(path).unwrap();
    let at = place(&bytes, nth);
    bytes[at] ^= 1 << (nth % 8);
    fs::write(path, bytes).unwrap();
    at
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
    let whole = shown_in(made.path());
    none(&flipped(made.path(), flips(40), |dir| try_one(dir, &whole)));
}

/// Bits that are flipped: `GAZETTED_FLIPS`, or `few`.
fn flips(few: u64) -> u64 {
    let told = std::env::var("GAZETTED_FLIPS");
    told.ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// Tries so many copies of a store, each with a bit flipped; what failed. Few are spread over the
/// files, of more each file has its share.
fn flipped(
    made: &Path,
    n_flips: u64,
    one: impl Fn(&Path) -> Result<(), String> + std::panic::RefUnwindSafe,
) -> Vec<String> {
    let files = told(made);
    let n_files = files.len() as u64;
    let mut failures = Vec::new();
    for nth in 0..n_flips {
        let file = match n_flips < n_files {
            true => nth * n_files / n_flips,
            false => nth % n_files,
        };
        let name = files[file as usize].strip_prefix(made).unwrap();
        let dir = TempDir::new().unwrap();
        copy(made, dir.path());
        let at = flip(&dir.path().join(name), nth / n_files);
        let tried = std::panic::catch_unwind(|| one(dir.path()));
        let case = format!("{} byte {at}", name.display());
        match tried {
            Ok(Ok(())) => {}
            Ok(Err(why)) => failures.push(format!("{case}: {why}")),
            Err(_) => failures.push(format!("{case}: panicked")),
        }
    }
    failures
}

#[track_caller]
fn none(failures: &[String]) {
    let n = failures.len();
    assert!(failures.is_empty(), "{n}:\n{}", failures.join("\n"));
}

fn try_one(dir: &Path, whole: &BTreeMap<StoryId, Arc<Story>>) -> Result<(), String> {
    let open = || Store::open(dir, start()).map_err(|why| format!("it does not open: {why}"));
    let store = open()?;
    let before = shown(&store);
    if before != *whole && store.damage().is_empty() {
        return Err(format!("{} of {} and no word", before.len(), whole.len()));
    }
    drop(store);
    let store = open()?;
    let found = store.check(Mode::Mend, &|_| {});
    found.map_err(|why| format!("cannot be mended: {why}"))?;
    drop(store);
    let store = open()?;
    let after = shown(&store);
    if let Some(why) = missing(&before, &after) {
        return Err(format!("mending takes something away: {why}"));
    }
    let found = store.check(Mode::Look, &|_| {});
    let found = found.map_err(|why| format!("cannot be checked: {why}"))?;
    if found.n_findings > 0 {
        return Err(format!("after mending: {:?}", &found.findings[..1]));
    }
    let again = store.apply(&commits());
    again.map_err(|why| format!("takes no commits: {why}"))?;
    let back = shown(&store);
    let n_back = whole.keys().filter(|id| back.contains_key(id)).count();
    match n_back == whole.len() {
        true => Ok(()),
        false => Err(format!("{n_back} of {} come again", whole.len())),
    }
}

#[test]
fn a_flipped_bit_is_told_by_the_daemon_and_named_by_fsck() {
    let made = TempDir::new().unwrap();
    fill(made.path());
    fs::write(made.path().join("paused"), format!("a/s1 {}\n", start())).unwrap();
    let whole = shown_in(made.path());
    let world =
        World::new("[[source]]\nid = \"a/s1\"\nenabled = false\nurl = \"http://127.0.0.1:9/\"\n");
    let one = |dir: &Path| try_program(&world, dir, &whole);
    none(&flipped(made.path(), flips(8), one));
}

/// Looks at the store with fsck, with the daemon, mends it, looks again.
fn try_program(
    world: &World,
    dir: &Path,
    whole: &BTreeMap<StoryId, Arc<Story>>,
) -> Result<(), String> {
    let untouched = files(dir);
    let fsck = |arguments: &[&str]| -> Result<(i32, serde_json::Value), String> {
        let mut command = gazetted();
        command.args(["fsck", "--json", "--state"]).arg(dir);
        let output = ran(command.args(arguments))?;
        let found = serde_json::from_slice(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        let found = found.map_err(|_| format!("fsck {arguments:?} says {said}"))?;
        Ok((output.status.code().unwrap_or(-1), found))
    };
    let (code, looked) = fsck(&[])?;
    if files(dir) != untouched {
        return Err("fsck has touched something".to_owned());
    }

    let before = shown_in(dir);
    let is_whole = before == *whole;
    let is_named = code == 4
        || looked["damage"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
    if !is_whole && !is_named {
        return Err(format!("fsck names nothing of it: {looked:#}"));
    }
    let daemon = world.start_in(dir);
    let n_read = read_all(&daemon)?;
    let health = daemon.get("/healthz").text();
    daemon.signal("TERM");
    let log = daemon.log_to_the_end();
    if log.contains("panicked") {
        return Err(log);
    }
    if n_read < before.len() {
        return Err(format!("readers get {n_read} of {}", before.len()));
    }
    if !is_whole && health == "ok\n" {
        return Err(format!("/healthz says {health}"));
    }

    let (code, found) = fsck(&["--repair"])?;
    if !matches!(code, 0 | 1) {
        return Err(format!("{code} after a repair: {found:#}"));
    }
    let (code, found) = fsck(&[])?;
    if code != 0 {
        return Err(format!("{code} after that: {found:#}"));
    }
    match missing(&before, &shown_in(dir)) {
        None => Ok(()),
        Some(why) => Err(format!("a repair takes something away: {why}")),
    }
}

/// Reads the feed of all, page by page to its end; how many stories there are.
fn read_all(daemon: &Daemon) -> Result<usize, String> {
    let mut path = "/index.json".to_owned();
    let mut n_stories = 0;
    loop {
        let answer = daemon.get(&path);
        if answer.status != 200 {
            return Err(format!("{path} is {}", answer.status));
        }
        let feed: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        n_stories += feed["items"].as_array().unwrap().len();
        let Some(next) = feed["next_url"].as_str() else {
            return Ok(n_stories);
        };
        let at = next.rfind("/index.json").unwrap();
        path = next[at..].to_owned();
    }
}

/// Runs a command that may fail but not panic.
fn ran(command: &mut Command) -> Result<Output, String> {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    match said.contains("panicked") {
        true => Err(said.into_owned()),
        false => Ok(output),
    }
}

#[test]
fn a_repair_that_is_killed_takes_nothing_away() {
    let made = TempDir::new().unwrap();
    fill(made.path());
    // Two kills in every other round.
    let n_rounds = rounds().div_ceil(2);
    let (mut n_killed, mut failures) = (0, Vec::new());
    for round in 0..n_rounds {
        let harmed = TempDir::new().unwrap();
        copy(made.path(), harmed.path());
        let harm = harm(harmed.path(), round);
        match kill_repairs(harmed.path(), round) {
            Ok(n) => n_killed += n,
            Err(why) => failures.push(format!("round {round}, {}: {why}", harm.join(", "))),
        }
    }
    none(&failures);
    assert!(n_killed >= n_rounds / 2, "{n_killed} in {n_rounds} rounds");
}

/// Flips a bit in two files of volumes, and in every other round in one of the ledger; where.
fn harm(dir: &Path, round: u32) -> Vec<String> {
    let files = told(dir);
    let of = |folder: &str, nth: u32| {
        let folder = dir.join(folder);
        let files = files.iter().filter(|path| path.starts_with(&folder));
        let files: Vec<&PathBuf> = files.collect();
        files[nth as usize % files.len()]
    };
    let targets = [
        of("volumes", round),
        of("volumes", round * 5 + 1),
        of("ledger", round / 2),
    ];
    let targets = targets.into_iter().take(2 + round as usize % 2);
    targets
        .zip(0..)
        .map(|(path, seed)| {
            let at = flip(path, u64::from(round) + 1000 * seed);
            let name = path.strip_prefix(dir).unwrap();
            format!("{} byte {at}", name.display())
        })
        .collect()
}

/// Kills repairs of a store, one or two, and ends it; how many were still at work.
fn kill_repairs(dir: &Path, round: u32) -> Result<u32, String> {
    let repair = |dir: &Path| {
        let mut command = gazetted();
        command.args(["fsck", "--repair", "--state"]).arg(dir);
        command
    };
    let readable = shown_in(dir);
    let calm = TempDir::new().unwrap();
    copy(dir, calm.path());
    let whole = time(&mut repair(calm.path()));
    let expected = shown_in(calm.path());
    if let Some(why) = missing(&readable, &expected) {
        return Err(format!("a repair takes something away: {why}"));
    }
    let mut n_killed = 0;
    for nth in 0..=round % 2 {
        let part = (round * 7 + nth * 3) % 20 + 1;
        n_killed += u32::from(kill_after(&mut repair(dir), whole * part / 20));
        if let Some(why) = missing(&readable, &shown_in(dir)) {
            return Err(format!("one that is killed takes something away: {why}"));
        }
    }
    time(&mut repair(dir));
    if let Some(why) = missing(&expected, &shown_in(dir)) {
        return Err(format!("the next one brings less: {why}"));
    }
    let store = Store::open(dir, start()).unwrap();
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    match &found.findings[..] {
        [] => Ok(n_killed),
        [first, ..] => Err(format!("after it: {first:?}")),
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
