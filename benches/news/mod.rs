//! Made-up news for benches: sources, items of about 2 kB that compress as news
//! do, and commits of them.

#![allow(dead_code, reason = "no bench takes all of it")]

pub(crate) mod disk;
pub(crate) mod polls;

use gazetted::model::{
    Commit, DedupeKeys, Item, ItemId, Notes, SafeHtml, SourceId, SourceState, Upsert, WebUrl,
};
use jiff::Timestamp;
use tikv_jemallocator::Jemalloc;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Items of one commit.
pub(crate) const PER_COMMIT: u64 = 50;

/// Sources that take turns.
pub(crate) const SOURCES: u64 = 500;

/// The `nth` poll, without what else a poll writes: items that nobody has seen before, every
/// other source's first five copies of those of the source before.
pub(crate) fn commit(nth: u64, at: Timestamp) -> Commit {
    Commit {
        upserts: upserts(nth, PER_COMMIT, at),
        ..Commit::of_poll(
            source(nth),
            at,
            SourceState {
                polled: Some(at),
                ..SourceState::default()
            },
        )
    }
}

/// The source whose turn the `nth` poll is.
pub(crate) fn source(nth: u64) -> SourceId {
    let number = nth % SOURCES;
    let name = format!(
        "region-{}/city-{}/source-{number}",
        number % 20,
        number % 100
    );
    name.parse().unwrap()
}

/// The items of the `nth` poll, of polls with `per_poll` of them; of every other source a tenth
/// are copies of those of the source before.
pub(crate) fn upserts(nth: u64, per_poll: u64, at: Timestamp) -> Vec<Upsert> {
    let source = source(nth);
    let numbers = nth * per_poll..(nth + 1) * per_poll;
    numbers
        .map(|number| upsert(&source, number, per_poll, at))
        .collect()
}

/// An item with about 2 kB of text that compresses as news do.
fn upsert(source: &SourceId, number: u64, per_poll: u64, at: Timestamp) -> Upsert {
    let url = WebUrl::parse(&format!(
        "https://{}.example/{number}",
        source.as_str().replace('/', ".")
    ))
    .unwrap();
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::from("<p>");
    for _ in 0..200 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push(char::from_u32(0x4e00 + (state % 900) as u32).unwrap());
        text.push_str(["新闻", "济南", "，", "报道"][(state >> 20) as usize % 4]);
    }
    text.push_str("</p>");
    Upsert {
        item: Item {
            id: ItemId::of(source, &number.to_string()),
            source: source.clone(),
            guid: Some(url.to_string()),
            url: Some(url),
            title: format!("济南新闻第 {number} 条"),
            language: Some("zh-CN".to_owned()),
            authors: vec!["王记者".to_owned()],
            origin: Some("大众日报".to_owned()),
            published: Some(at),
            updated: None,
            first_seen: at,
            sort_key: at,
            summary: None,
            content: Some(SafeHtml::vouched(text)),
            image: None,
            captions: Vec::new(),
            categories: Vec::new(),
            enclosures: Vec::new(),
            notes: Notes::default(),
            fingerprint: number,
        },
        rank: 0,
        join: DedupeKeys::by(match number % per_poll {
            nth if nth < per_poll.div_ceil(10) => {
                vec![u64::MAX - number / (2 * per_poll) * per_poll - nth]
            }
            _ => vec![number],
        }),
        routes: Vec::new(),
    }
}
