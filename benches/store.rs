//! What the store costs: `cargo bench --bench store [-- ITEMS [PER_POLL]]`.
//!
//! Loads a store with polls of 500 sources over four months, each with PER_POLL new
//! items (50 unless it says), the state of its source and the seen set of its document;
//! what was removed in thirty volumes before stands in it as tombstones. Then measures
//! one durable commit, an unchanged poll, and the newest 50 stories of a channel: warm,
//! after a change of all of them, and just after opening – as it was closed, and as a
//! crash would have left it. At the end it packs the volumes that are over, and says
//! what an item takes of the disk.
//! With `-- 10000`, `-- 100000` and `-- 1000000` it shows what grows. Some 7 MiB of the
//! memory are the bench's own, what it knows of the sources.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gazetted::model::{ChannelId, Commit, ItemId};
use gazetted::store::{Packed, Retention, Store, Which};
use jiff::{SignedDuration, Timestamp};

use news::polls::Polls;
use news::{PER_COMMIT, disk};

/// Volumes that were removed, and items in each of them.
const REMOVED: (u64, u64) = (30, 3000);

/// Commits that are measured one at a time.
const SINGLE: u64 = 4000;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(100_000).max(1000);
    let per_poll: u64 = numbers.next().unwrap_or(PER_COMMIT).clamp(1, n_items / 20);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let n_commits = n_items / per_poll;
    let step = SignedDuration::from_hours(24 * 110) / i32::try_from(n_commits).unwrap();
    let at = |nth: u64| start + step * i32::try_from(nth).unwrap();
    let mut polls = Polls::new(per_poll);

    let store = Store::open(dir.path(), start).unwrap();
    remove_old(&store, start);
    let mut loading = Duration::ZERO;
    let (before, mut making) = (cpu_seconds(), 0.0);
    for group in 0..n_commits / 20 {
        let begun = cpu_seconds();
        let nths = group * 20..(group + 1) * 20;
        let batch: Vec<Commit> = nths.map(|nth| polls.news(at(nth))).collect();
        making += cpu_seconds() - begun;
        loading += took(|| store.apply(&batch).unwrap());
    }
    let cpu = cpu_seconds() - before;
    let counts = store.counts().unwrap();
    println!(
        "load: {:.0} items/s, in groups of 20 commits of {per_poll} items; {cpu:.1} CPU s, {making:.1} of \
         them to make the items",
        n_items as f64 / loading.as_secs_f64(),
    );
    println!(
        "disk: {} bytes an item, {counts:?}",
        counts.bytes / counts.items
    );
    tell_disk(dir.path());

    // As the daemon does it: a thread of its own folds what has grown large.
    let mut durable = Vec::new();
    thread::scope(|scope| {
        let (wake, woken) = mpsc::sync_channel(1);
        let store = &store;
        scope.spawn(move || woken.iter().for_each(|()| store.fold_large()));
        for nth in n_commits..n_commits + SINGLE {
            let batch = [polls.news(at(nth))];
            durable.push(took(|| store.commit(&batch).unwrap()));
            if store.has_large() {
                let _ = wake.try_send(());
            }
        }
    });
    report(
        &format!("durable commit of {per_poll} new items, volumes folded meanwhile"),
        &mut durable,
    );
    let now = at(n_commits + SINGLE);
    let mut unchanged: Vec<Duration> = (0..200)
        .map(|_| {
            let batch = [polls.unchanged(now)];
            took(|| store.apply(&batch).unwrap())
        })
        .collect();
    report("durable unchanged poll", &mut unchanged);
    let last = polls.news(now).roll.unwrap_or_default();
    let ids: Vec<ItemId> = last.known.iter().take(50).map(|seen| seen.item).collect();
    let mut held: Vec<Duration> = (0..200)
        .map(|_| took(|| store.held(&ids).unwrap()))
        .collect();
    report("held, 50 items of a document", &mut held);

    let root = ChannelId::root();
    let leaf: ChannelId = "region-7/city-7".parse().unwrap();
    for (name, channel) in [("root", &root), ("leaf", &leaf)] {
        let mut newest: Vec<Duration> = (0..500)
            .map(|_| took(|| assert_eq!(store.page(channel, None, 50).unwrap().len(), 50)))
            .collect();
        report(&format!("newest 50 of the {name}"), &mut newest);
    }
    println!("memory now: {} kB", memory("VmRSS:"));
    // A copy of what is open is what a crash leaves.
    let crashed = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    copy(dir.path(), crashed.path());
    drop(store);
    let store = open("open", dir.path(), now);
    println!("peak memory: {} kB", memory("VmHWM:"));
    drop(open("open after a crash", crashed.path(), now));
    drop(crashed);

    let packed = store.pack(Which::Over, &|_| {}).unwrap();
    let sum = |of: fn(&Packed) -> u64| packed.iter().map(of).sum::<u64>();
    let items = sum(|packed| packed.items).max(1);
    println!(
        "packed {items} items: {} bytes each without a dictionary, {} with; disk {} bytes each, \
         now {}",
        sum(|packed| packed.before) / items,
        sum(|packed| packed.after + packed.dictionary) / items,
        sum(|packed| packed.disk_before) / items,
        sum(|packed| packed.disk_after) / items,
    );
    let counts = store.counts().unwrap();
    let plain = sum(|packed| packed.before) * counts.items / items;
    println!(
        "with the volumes that are over packed: {} bytes of disk an item, {:.2} x the items \
         themselves, each compressed",
        counts.bytes / counts.items,
        counts.bytes as f64 / plain as f64
    );
    tell_disk(dir.path());
}

/// Stores items of the months before `start`, and removes them: what is left are their tombstones.
fn remove_old(store: &Store, start: Timestamp) {
    let (n_volumes, n_items) = REMOVED;
    // What is kept, so that the clock is believed.
    store.apply(&[news::commit(1 << 30, start)]).unwrap();
    for nth in 0..n_volumes {
        let month = SignedDuration::from_hours(24 * 365) / 12;
        let at = start - month / 3 * i32::try_from(nth).unwrap() - month / 6;
        // Numbers far from those to come.
        let nth = (1 << 30) + nth;
        let mut upserts = news::upserts(nth, n_items, at);
        for upsert in &mut upserts {
            upsert.item.content = None;
        }
        let commit = Commit {
            upserts,
            ..Commit::new(news::source(nth), at)
        };
        store.apply(&[commit]).unwrap();
    }
    let retention = Retention {
        max_age: Some(Duration::ZERO),
        max_items: None,
        tombstones: Duration::from_secs(730 * 86_400),
        channels: BTreeMap::new(),
    };
    let swept = store.retain_all(&retention, start).unwrap();
    println!(
        "tombstones: {} of {} volumes",
        swept.items,
        swept.volumes.len()
    );
}

/// Opens a store and says how long that takes, with the first pages.
fn open(what: &str, dir: &Path, now: Timestamp) -> Store {
    let leaf: ChannelId = "region-7/city-7".parse().unwrap();
    let mut opened = None;
    let opening = took(|| opened = Some(Store::open(dir, now).unwrap()));
    let store = opened.unwrap();
    println!(
        "{what}: {opening:.1?}, first page {:.1?}, first of a leaf {:.1?}",
        took(|| store.page(&ChannelId::root(), None, 50).unwrap()),
        took(|| store.page(&leaf, None, 50).unwrap())
    );
    store
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn tell_disk(dir: &Path) {
    let kib = |folder: &str| disk::size(&dir.join(folder)) / 1024;
    println!(
        "du: {} KiB, of them ledger {}, volumes {}, tombstones {}",
        disk::size(dir) / 1024,
        kib("ledger"),
        kib("volumes"),
        kib("tombstones")
    );
}

fn took<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    let _result = work();
    started.elapsed()
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let worst = times[times.len() - 1];
    println!("{what}: p50 {p50:.1?}, p99 {p99:.1?}, worst {worst:.1?}");
}

/// A line of `/proc/self/status`, in kB.
fn memory(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or("?")
        .trim()
        .trim_end_matches(" kB")
        .to_owned()
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks = times.skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
