//! Tests of outcomes: whole documents, and validators.

use super::*;
use crate::model::ItemId;
use crate::source::Reader;
use crate::source::page::Rules;

fn source(reader: Reader) -> Source {
    let url = WebUrl::parse("https://paper.example/list").unwrap();
    Source::new("a/b".parse().unwrap(), url, reader)
}

fn page() -> Source {
    source(Reader::Page(Box::<Rules>::default()))
}

fn held(entries: u32) -> SourceState {
    SourceState {
        entries,
        ..SourceState::default()
    }
}

#[test]
fn a_page_without_its_end_is_whole_only_if_it_is_as_long_as_it_was() {
    assert!(is_whole(&page(), &held(20), false, 20));
    assert!(!is_whole(&page(), &held(20), false, 5));
    assert!(!is_whole(&page(), &held(0), false, 20), "a first poll");
    assert!(!is_whole(&source(Reader::Feed), &held(20), false, 20));
}

#[test]
fn a_list_is_read_again_while_its_article_pages_wait() {
    let source = page();
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let item = ItemId::from_bytes([1; 16]);
    let mut state = SourceState {
        asked: Some(source.url.clone()),
        validators: Some(Validators {
            url: source.url.clone(),
            etag: Some(b"\"1\"".to_vec()),
            last_modified: None,
            since: now,
        }),
        ..SourceState::default()
    };
    assert!(validators(&source, &state, now).is_some());
    state.unread = vec![PendingArticle { item, attempts: 1 }];
    assert!(validators(&source, &state, now).is_none());
}
