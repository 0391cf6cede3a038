//! What the store costs: `cargo bench --bench store [-- ITEMS]`.
//!
//! Loads a store with commits of 50 items from 500 sources over four months,
//! then measures one durable commit, an unchanged poll, and the newest 50
//! stories of a channel: warm, after a change of all of them, and just after
//! opening. At the end it packs the volumes that are over, and says what an item
//! takes of the disk.
//! With `-- 10000`, `-- 100000` and `-- 1000000` it shows what grows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gazetted::model::{ChannelId, Commit, ItemId};
use gazetted::store::{Packed, Store, Which};
use jiff::{SignedDuration, Timestamp};

use news::PER_COMMIT;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(100_000).max(1000);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let step = SignedDuration::from_hours(24 * 110) / i32::try_from(n_items / PER_COMMIT).unwrap();
    let commits = |nth: u64| news::commit(nth, start + step * i32::try_from(nth).unwrap());

    let store = Store::open(dir.path(), start).unwrap();
    let mut loading = Duration::ZERO;
    let n_commits = n_items / PER_COMMIT;
    for group in 0..n_commits / 20 {
        let batch: Vec<Commit> = (group * 20..(group + 1) * 20).map(commits).collect();
        loading += took(|| store.apply(&batch).unwrap());
    }
    let cpu = cpu_seconds();
    let counts = store.counts().unwrap();
    println!(
        "load: {:.0} items/s, in groups of 20 commits; {:.1} CPU s, making the items included",
        n_items as f64 / loading.as_secs_f64(),
        cpu
    );
    println!(
        "disk: {} bytes an item, {counts:?}",
        counts.bytes / counts.items
    );

    // As the daemon does it: a thread of its own folds what has grown large.
    let mut durable = Vec::new();
    thread::scope(|scope| {
        let (wake, woken) = mpsc::sync_channel(1);
        let store = &store;
        scope.spawn(move || woken.iter().for_each(|()| store.fold_large()));
        for nth in n_commits..n_commits + 4000 {
            let batch = [commits(nth)];
            durable.push(took(|| store.commit(&batch).unwrap()));
            if store.has_large() {
                let _ = wake.try_send(());
            }
        }
    });
    report(
        "durable commit of 50 new items, volumes folded meanwhile",
        &mut durable,
    );
    let mut unchanged: Vec<Duration> = (n_commits..n_commits + 200)
        .map(|nth| {
            [Commit {
                upserts: Vec::new(),
                ..commits(nth)
            }]
        })
        .map(|batch| took(|| store.apply(&batch).unwrap()))
        .collect();
    report("durable unchanged poll", &mut unchanged);
    let ids: Vec<ItemId> = commits(1)
        .upserts
        .iter()
        .map(|upsert| upsert.item.id)
        .collect();
    let mut held: Vec<Duration> = (0..200)
        .map(|_| took(|| store.held(&ids).unwrap()))
        .collect();
    report("held, 50 items", &mut held);

    let root = ChannelId::root();
    let leaf: ChannelId = "region-7/city-7".parse().unwrap();
    for (name, channel) in [("root", &root), ("leaf", &leaf)] {
        let mut newest: Vec<Duration> = (0..500)
            .map(|_| took(|| assert_eq!(store.page(channel, None, 50).unwrap().len(), 50)))
            .collect();
        report(&format!("newest 50 of the {name}"), &mut newest);
    }
    println!("memory now: {} kB", memory("VmRSS:"));
    drop(store);
    let mut opened = None;
    let opening = took(|| opened = Some(Store::open(dir.path(), start).unwrap()));
    let store = opened.unwrap();
    println!(
        "open: {opening:.1?}, first page {:.1?}, first of a leaf {:.1?}",
        took(|| store.page(&root, None, 50).unwrap()),
        took(|| store.page(&leaf, None, 50).unwrap())
    );
    println!("peak memory: {} kB", memory("VmHWM:"));
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
