//! What joining costs: `cargo bench --bench story [-- ITEMS]`.
//!
//! Stores grow to 10 000, 100 000, … items, a quarter of them copies of a recent
//! article that were cut, got another headline and byline. At each size new items are
//! written by turns with and without joining by text; the difference of the medians in
//! CPU time is what joining costs. Turns, as the store also folds and packs in between.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

use std::time::Instant;

use gazetted::ingest::dedupe::similarity;
use gazetted::model::{
    Commit, DedupeKeys, Item, ItemId, Notes, SafeHtml, SourceId, SourceState, Upsert, WebUrl,
};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};

/// Items a day.
const PER_DAY: u64 = 9000;

/// Items in one turn.
const SAMPLE: u64 = 400;

/// Turns of each kind at each size.
const TURNS: usize = 15;

const PER_COMMIT: u64 = 50;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let most: u64 = numbers.next().unwrap_or(100_000);
    let gist_us = gist_cost();
    println!("gist of an item: {gist_us:.1} µs CPU");
    println!(
        "{:>10} {:>14} {:>14} {:>14} {:>12}",
        "items", "plain µs", "joining µs", "cost µs", "memory kB"
    );
    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Store::open(folder.path(), at(0)).unwrap();
    let mut size = 0;
    let mut target = 10_000;
    while target <= most {
        write(&store, size, target - size, true);
        size = target;
        let (mut plain, mut joining) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            plain.push(write(&store, size, SAMPLE, false));
            joining.push(write(&store, size + SAMPLE, SAMPLE, true));
            size += 2 * SAMPLE;
        }
        let (plain, joining) = (median(plain), median(joining));
        let cost = joining - plain;
        println!(
            "{size:>10} {plain:>14.1} {joining:>14.1} {cost:>14.1} {:>12}",
            peak_memory()
        );
        target *= 10;
    }
}

/// Writes items and returns the CPU time of one in µs, that of making its gist included.
fn write(store: &Store, from: u64, count: u64, by_text: bool) -> f64 {
    let mut spent = 0.0;
    for first in (from..from + count).step_by(PER_COMMIT as usize) {
        let items: Vec<Item> = (first..first + PER_COMMIT).map(item).collect();
        let started = cpu();
        let upserts = items
            .into_iter()
            .map(|item| upsert(item, by_text))
            .collect::<Vec<_>>();
        let commits: Vec<Commit> = upserts
            .into_iter()
            .map(|upsert| Commit {
                source: upsert.item.source.clone(),
                at: upsert.item.first_seen,
                upserts: vec![upsert],
                state: Some(SourceState::default()),
                subscription: None,
                roll: None,
                robots: Vec::new(),
            })
            .collect();
        store.apply(&commits).unwrap();
        spent += cpu() - started;
    }
    spent * 1e6 / count as f64
}

fn upsert(item: Item, by_text: bool) -> Upsert {
    Upsert {
        join: DedupeKeys {
            gist: by_text.then(|| similarity::gist(&item, false)),
            ..DedupeKeys::default()
        },
        rank: 0,
        routes: Vec::new(),
        item,
    }
}

fn median(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns[turns.len() / 2]
}

fn gist_cost() -> f64 {
    let items: Vec<Item> = (0..SAMPLE).map(item).collect();
    let started = cpu();
    let bands: usize = items
        .iter()
        .map(|item| similarity::gist(item, false).sketch.len())
        .sum();
    assert!(bands > 0);
    (cpu() - started) * 1e6 / SAMPLE as f64
}

fn at(nth: u64) -> Timestamp {
    let start: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_millis((nth * 86_400_000 / PER_DAY) as i64)
}

/// About 700 characters of text; every fourth is a copy of the article before,
/// cut to two thirds, under another headline.
fn item(nth: u64) -> Item {
    let is_copy = nth % 4 == 3;
    let article = if is_copy { nth - 1 } else { nth };
    let source: SourceId = format!("r{}/s{}", nth % 20, nth % 500).parse().unwrap();
    let mut state = article.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::from(if is_copy {
        "<p>本报讯（记者 王林）"
    } else {
        "<p>"
    });
    for word in 0..if is_copy { 230 } else { 350 } {
        text.push(char::from_u32(0x4e00 + (next() % 3000) as u32).unwrap());
        text.push(char::from_u32(0x4e00 + (next() % 3000) as u32).unwrap());
        if word % 12 == 11 {
            text.push('。');
        }
    }
    text.push_str("</p>");
    let url = WebUrl::parse(&format!("https://paper-{}.example/{nth}", nth % 500)).unwrap();
    Item {
        id: ItemId::of(&source, &nth.to_string()),
        source,
        guid: None,
        url: Some(url),
        title: format!("第{nth}条新闻的标题写在这里"),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: Some(at(nth)),
        updated: None,
        first_seen: at(nth),
        sort_key: at(nth),
        summary: None,
        content: Some(SafeHtml::vouched(text)),
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: nth,
    }
}

/// User and system time of this process, in seconds; wall time where that is not told.
fn cpu() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    let stat = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanos = stat.and_then(|stat| stat.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(
        || START.get_or_init(Instant::now).elapsed().as_secs_f64(),
        |nanos| nanos / 1e9,
    )
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("?")
        .trim()
        .trim_end_matches(" kB")
        .to_owned()
}
