//! Items for tests that fill a store themselves, and what these tests share.

use std::fs;
use std::path::Path;

use gazetted::model::{Commit, DedupeKeys, Item, ItemId, Notes, SourceId, SourceState, Upsert};
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
        notes: Notes::default(),
        fingerprint: 1,
    };
    Upsert {
        item,
        rank: 0,
        join: DedupeKeys::default(),
        routes: Vec::new(),
    }
}

/// A poll that brought these, when the last of them was seen.
pub fn commit(upserts: Vec<Upsert>) -> Commit {
    let last = &upserts.last().unwrap().item;
    Commit {
        robots: Vec::new(),
        source: last.source.clone(),
        at: last.first_seen,
        upserts,
        subscription: None,
        roll: None,
        state: Some(SourceState::default()),
    }
}

/// A folder with all that is in it, a second time.
pub fn copy(from: &Path, to: &Path) {
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

/// How often tests about crashes begin again: `GAZETTED_ROUNDS`, or twenty times.
pub fn rounds() -> u32 {
    let told = std::env::var("GAZETTED_ROUNDS");
    told.ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// A source of a configuration, and no more than it needs.
pub fn source(id: &str, url: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n")
}

/// A feed with an item for each title, which is its guid too.
pub fn feed(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| format!("<item><title>{title}</title><guid>{title}</guid></item>"))
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}
