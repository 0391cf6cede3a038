//! Made-up news for benches: sources, items of about 2 kB that compress as news
//! do, and commits of them.

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

/// The `nth` poll: items that nobody has seen before, every other source's first
/// five copies of those of the source before.
pub(crate) fn commit(nth: u64, at: Timestamp) -> Commit {
    let number = nth % SOURCES;
    let source: SourceId = format!(
        "region-{}/city-{}/source-{number}",
        number % 20,
        number % 100
    )
    .parse()
    .unwrap();
    let upserts = (0..PER_COMMIT)
        .map(|i| upsert(&source, nth * PER_COMMIT + i, at))
        .collect();
    Commit {
        source,
        at,
        upserts,
        robots: Vec::new(),
        state: Some(SourceState {
            polled: Some(at),
            ..SourceState::default()
        }),
        subscription: None,
        roll: None,
    }
}

/// An item with about 2 kB of text that compresses as news do.
fn upsert(source: &SourceId, number: u64, at: Timestamp) -> Upsert {
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
        // Every other source brings five of the stories of the one before it.
        join: DedupeKeys::by(match number % PER_COMMIT {
            nth @ 0..5 => vec![u64::MAX - number / (2 * PER_COMMIT) * PER_COMMIT - nth],
            _ => vec![number],
        }),
        routes: Vec::new(),
    }
}
