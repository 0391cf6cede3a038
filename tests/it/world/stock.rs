//! Items for tests that fill a store themselves.

use gazetted::model::{Item, ItemId, Join, SourceId, Upsert};
use jiff::Timestamp;

/// One item that joins nothing; its title is its guid.
pub fn upsert(source: &str, guid: &str, seen: Timestamp) -> Upsert {
    let source: SourceId = source.parse().unwrap();
    let item = Item {
        id: ItemId::of(&source, guid),
        source,
        guid: Some(guid.to_owned()),
        url: None,
        title: guid.to_owned(),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: None,
        updated: None,
        first_seen: seen,
        sort_key: seen,
        summary: None,
        content: None,
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        fingerprint: 1,
    };
    Upsert {
        item,
        rank: 0,
        join: Join::default(),
        routes: Vec::new(),
    }
}
