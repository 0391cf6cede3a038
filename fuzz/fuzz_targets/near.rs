//! Two texts are judged without a panic, the same way from both sides.

#![no_main]

use gazetted::ingest::dedupe::similarity::{gist, judge};
use gazetted::model::{Item, ItemId, Notes, SourceId};
use gazetted::text::html;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str, &str, &str)| {
    let one = gist(&item(texts.0, texts.1), true);
    let other = gist(&item(texts.2, texts.3), true);
    let verdict = judge(&one, &other, true);
    assert_eq!(verdict, judge(&other, &one, true));
    let figures = verdict.figures;
    assert!((0.0..=1.0).contains(&figures.containment));
    assert!((0.0..=1.0).contains(&figures.coverage));
});

fn item(title: &str, text: &str) -> Item {
    let source: SourceId = "a/b".parse().expect("a name");
    Item {
        id: ItemId::of(&source, title),
        source,
        guid: None,
        url: None,
        title: title.to_owned(),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: None,
        updated: None,
        first_seen: Timestamp::UNIX_EPOCH,
        sort_key: Timestamp::UNIX_EPOCH,
        summary: None,
        content: Some(html::from_text(text)),
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: 0,
    }
}
