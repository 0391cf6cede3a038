//! What searching costs: `cargo bench --bench search [-- ITEMS]`.
//!
//! Loads a store with commits of 50 items from 500 sources over four months, builds the index of
//! it, and measures that: CPU an item, size against the store. Then it asks queries of several
//! kinds, each many times, and reads the stories that are found.
//! With `-- 100000` and `-- 1000000` it shows what grows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gazetted::model::Commit;
use gazetted::search::{SearchIndex, SearchOrder, SearchQuery, SearchWish, rebuild};
use gazetted::store::{Store, Which};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use news::PER_COMMIT;

/// How often each query is asked.
const ROUNDS: usize = 200;

/// Kinds of queries; `{}` is another character each time.
const QUERIES: [(&str, &str); 8] = [
    ("a pair that every story has", "济南"),
    ("two pairs that every story has", "济南 新闻"),
    ("a headline", "济南新闻第"),
    ("a rare pair", "{}报道"),
    ("rare pairs, together", "{}新闻 {}济南"),
    ("a phrase", "\"{}济南\""),
    (
        "a channel and a month",
        "{}报道 channel:region-7 after:2026-10 before:2026-11",
    ),
    ("a number in headlines", "第 7{}"),
];

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(100_000).max(1000);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let n_commits = n_items / PER_COMMIT;
    let step = SignedDuration::from_hours(24 * 110) / i32::try_from(n_commits).unwrap();
    let commits = |nth: u64| news::commit(nth, start + step * i32::try_from(nth).unwrap());

    let store = Arc::new(Store::open(dir.path(), start).unwrap());
    for group in 0..n_commits / 20 {
        let batch: Vec<Commit> = (group * 20..(group + 1) * 20).map(commits).collect();
        store.apply(&batch).unwrap();
    }
    let unpacked = store.counts().unwrap();
    store.pack(Which::Over, &|_| {}).unwrap();
    let counts = store.counts().unwrap();

    let index = Arc::new(SearchIndex::beside(store.dir()));
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    rebuild(&index, &store, &|_, _| {}).unwrap();
    let each = (cpu_seconds() - cpu) * 1e6 / counts.stories as f64;
    let size = size(&dir.path().join("search"));
    println!(
        "index: {} stories, {each:.0} us CPU each with reading and merging, {:.1?} in all",
        counts.stories,
        begun.elapsed()
    );
    println!(
        "size: {} bytes a story, {:.2} of the store as it came, {:.2} with old volumes packed",
        size / counts.stories,
        size as f64 / unpacked.bytes as f64,
        size as f64 / counts.bytes as f64
    );
    println!("memory now: {}", memory("VmRSS:"));

    let mut all: Vec<Duration> = Vec::new();
    for order in [SearchOrder::Relevance, SearchOrder::Newest] {
        for (what, text) in QUERIES {
            let mut times = Vec::with_capacity(ROUNDS);
            let mut n_found = 0;
            for round in 0..ROUNDS as u32 {
                let c = char::from_u32(0x4e00 + round * 7 % 900).unwrap();
                let text = match text.contains('第') {
                    true => text.replace("{}", &round.to_string()),
                    false => text.replace("{}", &c.to_string()),
                };
                let query = SearchQuery::read(&text, &TimeZone::UTC);
                let wish = SearchWish {
                    order,
                    start: 0,
                    limit: 20,
                    now: start,
                };
                let begun = Instant::now();
                n_found += index.search(&store, &query, wish).unwrap().total;
                times.push(begun.elapsed());
            }
            times.sort_unstable();
            println!(
                "{order:?}, {what}: p50 {:.1?}, p99 {:.1?}, {} found",
                times[ROUNDS / 2],
                times[ROUNDS * 99 / 100],
                n_found / ROUNDS
            );
            all.extend(times);
        }
    }
    all.sort_unstable();
    println!(
        "all: p50 {:.1?}, p99 {:.1?}",
        all[all.len() / 2],
        all[all.len() * 99 / 100]
    );
    println!("peak memory: {}", memory("VmHWM:"));
}

/// Bytes of the files in a folder.
fn size(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

/// A line of `/proc/self/status`.
fn memory(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or("?").trim().to_owned()
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks = times.skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
