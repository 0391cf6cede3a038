//! Tests of what is found, and in which order.

use jiff::tz::TimeZone;
use tantivy::{Index, TantivyDocument};

use super::super::schema::{schema, teach};
use super::*;

/// Number of stories; each is an hour older than the one before.
const N: u64 = 400;

/// Searches [`N`] stories, of which every tenth has "flood" in its headline, and the older half is
/// of the channel `old`; returns how many are found, and the first by their numbers.
fn search(query: &str, max_ranked: u64) -> (usize, Vec<u64>) {
    let (schema, fields) = schema();
    let index = Index::create_in_ram(schema);
    teach(&index);
    let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
    for nth in 0..N {
        let mut story = TantivyDocument::new();
        story.add_u64(fields.tail, nth);
        story.add_u64(fields.head, 0);
        story.add_i64(fields.at, 1_000_000_000 - nth as i64 * 3600);
        story.add_text(fields.text, "flood report");
        let is_loud = nth % 10 == 9;
        story.add_text(fields.title, if is_loud { "flood" } else { "report" });
        story.add_text(fields.channel, if nth < N / 2 { "new" } else { "old" });
        writer.add_document(story).unwrap();
        if nth == 20 {
            // What is new lies in a part of the index of its own.
            writer.commit().unwrap();
        }
    }
    writer.commit().unwrap();
    let (total, ids) = find(&index, query, (SearchOrder::Relevance, 3), max_ranked);
    (total, ids.into_iter().map(|id| id as u64).collect())
}

/// Searches an index; returns how many stories are found, and the ids of the first.
fn find(
    index: &Index,
    query: &str,
    (order, limit): (SearchOrder, usize),
    max_ranked: u64,
) -> (usize, Vec<u128>) {
    let (_, fields) = schema();
    let searcher = index.reader().unwrap().searcher();
    let query = SearchQuery::read(query, &TimeZone::UTC);
    let mut search = Search {
        searcher: &searcher,
        fields: &fields,
        query: &plan(&fields, &query),
        wish: SearchWish {
            order,
            start: 0,
            limit,
            now: Timestamp::from_second(1_000_000_000).unwrap(),
        },
        n_at_most: n_at_most(&fields, &query, &searcher).unwrap(),
        max_ranked,
        ids: BTreeMap::new(),
    };
    let (total, ids) = search.candidates(0, limit).unwrap();
    let ids = ids.iter().map(|id| u128::from_be_bytes(*id.as_bytes()));
    (total, ids.collect())
}

#[test]
fn of_too_many_stories_the_newest_are_ranked() {
    let all = (N as usize, vec![9, 19, 29]);
    for max_ranked in [N, N - 1, 100, 40] {
        assert_eq!(search("flood", max_ranked), all, "{max_ranked}");
    }
    // The eight newest, of which none has it in its headline.
    assert_eq!(search("flood", 8), (N as usize, vec![0, 1, 2]));
    // Those of a channel are not among the newest of all.
    let old = (N as usize / 2, vec![209, 219, 229]);
    assert_eq!(search("flood channel:old", 40), old);
}

/// Puts stories of one second in, in this order, each in a part of the index of its own; returns the
/// order in which they are found.
fn newest(numbers: &[u64]) -> Vec<u64> {
    let (schema, fields) = schema();
    let index = Index::create_in_ram(schema);
    teach(&index);
    let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
    for nth in numbers {
        let mut story = TantivyDocument::new();
        story.add_u64(fields.head, nth / 2);
        story.add_u64(fields.tail, nth % 2);
        story.add_i64(fields.at, 1_000_000_000);
        story.add_text(fields.text, "flood");
        writer.add_document(story).unwrap();
        writer.commit().unwrap();
    }
    let (_, ids) = find(&index, "flood", (SearchOrder::Newest, numbers.len()), N);
    let numbers = ids.iter().map(|id| (id >> 64) as u64 * 2 + *id as u64);
    numbers.collect()
}

#[test]
fn stories_of_one_second_have_one_order_whenever_they_came() {
    let want = vec![0, 1, 2, 3, 4];
    for numbers in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1]] {
        assert_eq!(newest(&numbers), want, "{numbers:?}");
    }
}
