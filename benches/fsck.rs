//! What checking and backing up a store cost: `cargo bench --bench fsck [-- ITEMS]`.
//!
//! Fills a store with ITEMS items (200 000 unless it says) over four hundred days, that is
//! forty volumes, packed as the daemon packs them, and closes it. Then runs `gazetted fsck`,
//! which has to leave every file as it is, and `gazetted backup`, with what it verifies.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Instant, SystemTime};

use gazetted::model::Commit;
use gazetted::store::{Store, Which};
use jiff::{SignedDuration, Timestamp};

use news::PER_COMMIT;
use news::polls::Polls;

/// Days over which the items are spread.
const DAYS: i64 = 400;

/// New items of a poll.
const PER_POLL: u64 = 10;

/// Times that the store is checked.
const RUNS: usize = 3;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(200_000).max(20 * PER_COMMIT);
    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = folder.path().join("state");
    fill(&dir, n_items);

    let before = listing(&dir);
    for _ in 0..RUNS {
        let found = run(&["fsck", "--json"], &dir);
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
        assert_eq!(found["found"], 0, "{found:#}");
        assert_eq!(found["items"], n_items / PER_POLL * PER_POLL);
    }
    let after = listing(&dir);
    let changed: Vec<&PathBuf> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert!(changed.is_empty(), "fsck has touched {changed:?}");
    println!(
        "of {} files and folders none has another size or time",
        before.len()
    );
    let backup = folder.path().join("backup");
    run(&["backup", backup.to_str().unwrap()], &dir);
    println!("backup: {} bytes", fs::metadata(backup).unwrap().len());
}

fn fill(dir: &Path, n_items: u64) {
    let start: Timestamp = "2025-10-01T00:00:00Z".parse().unwrap();
    let n_polls = n_items / PER_POLL;
    let step = SignedDuration::from_hours(24 * DAYS) / i32::try_from(n_polls).unwrap();
    let mut polls = Polls::new(PER_POLL);
    let store = Store::open(dir, start).unwrap();
    for group in (0..n_polls).collect::<Vec<_>>().chunks(20) {
        let commits = group.iter().map(|nth| {
            let at = start + step * i32::try_from(*nth).unwrap();
            polls.news(at)
        });
        store.apply(&commits.collect::<Vec<Commit>>()).unwrap();
    }
    store.pack(Which::Over, &|_| {}).unwrap();
    println!("{:?}", store.counts().unwrap());
}

/// Runs a command on the store, and says what it cost.
fn run(arguments: &[&str], dir: &Path) -> Output {
    let (begun, cpu) = (Instant::now(), cpu_of_children());
    let mut command = Command::new(env!("CARGO_BIN_EXE_gazetted"));
    command.args(arguments).arg("--state").arg(dir);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    println!(
        "{}: {:.1?}, {:.1} CPU s",
        arguments[0],
        begun.elapsed(),
        cpu_of_children() - cpu
    );
    output
}

/// All files and folders below `dir`, with their sizes and times of change.
fn listing(dir: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        for path in paths.chain([folder.clone()]) {
            let about = fs::symlink_metadata(&path).unwrap();
            if about.is_dir() && path != folder {
                folders.push(path.clone());
            }
            found.insert(path, (about.len(), about.modified().unwrap()));
        }
    }
    found
}

/// User and system time of the processes that were waited for, in seconds.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks = times.skip(13).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
