//! Cleaning twice changes nothing, nothing dangerous is left in a tag, and
//! documents that say anything at all can be read strictly.

#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use gazetted::config::Config;
use gazetted::ingest::dedupe::story;
use gazetted::ingest::item::arrival::Arrival;
use gazetted::ingest::item::sort_key::Observation;
use gazetted::ingest::item::{self, Origin, content_hash, headline, notes};
use gazetted::model::{
    ChannelId, Content, Draft, ItemId, Person, SourceId, Story, StoryId, WebUrl,
};
use gazetted::publish::{Edition, Format, NO_HISTORY, Site, Subject, Texts, View};
use gazetted::source::About;
use gazetted::text::html::{excerpt, sanitize, to_text};
use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use quick_xml::events::Event;

/// What no tag may begin with.
const ELEMENTS: &[&str] = &["script", "style", "iframe", "svg", "math", "object", "form"];

fuzz_target!(|markup: &str| {
    let base = WebUrl::parse("https://a.example/x/");
    let once = sanitize(markup, base.as_ref());
    assert_eq!(once, sanitize(once.as_str(), base.as_ref()));
    for tag in once.as_str().split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every tag ends");
        assert!(
            !ELEMENTS.iter().any(|name| tag.starts_with(name)),
            "<{tag}>"
        );
        check_attributes(tag);
    }
    let _ = to_text(markup);
    let _ = excerpt(markup, 80);
    check_documents(markup);
});

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let text = "[[source]]\nid = \"a/b\"\nurl = \"https://a.example/rss\"\n";
    Config::parse("feeds.toml", text).expect("this is good")
});

/// Publishes an entry that says `text` everywhere, and reads what comes out.
fn check_documents(text: &str) {
    let url = WebUrl::parse("https://a.example/").expect("a web address");
    let source: SourceId = "a/b".parse().expect("a name");
    let draft = Draft {
        guid: Some(text.to_owned()),
        title: Some(text.to_owned()),
        link: url.join(text),
        summary: Some(text.to_owned()),
        content: vec![Content {
            value: text.to_owned(),
            ..Content::default()
        }],
        authors: vec![Person {
            name: Some(text.to_owned()),
            ..Person::default()
        }],
        categories: vec![text.to_owned()],
        ..Draft::default()
    };
    let about = About {
        title: Some(text.to_owned()),
        ..About::default()
    };
    let origin = Origin {
        source: &source,
        language: Some(text),
        base: &url,
        feed: &notes::feed(&about, &url),
        names: &headline::names([text]),
        fingerprint: content_hash::of(&draft, &[]),
    };
    let now = Timestamp::from_second(1_521_183_600).expect("a second of 2018");
    let sight = Observation {
        now,
        zone: &TimeZone::UTC,
        index: 0,
        arrival: Arrival::alone(now, 0),
    };
    let id = ItemId::of(&source, text);
    let item = item::item(id, &draft, None, None, &origin, &sight);
    let story = Story {
        id: StoryId::begun_by(id),
        sightings: vec![story::sighting(&item, 0)],
        changed: sight.now,
        routes: Vec::new(),
        related: Vec::new(),
        canonical: item,
    };
    let edition = Edition {
        site: Site {
            theme: None,
            config: &CONFIG,
            public_url: &url,
            sources: &BTreeMap::new(),
            images: None,
        },
        channel: &CONFIG.channels[&ChannelId::root()],
        subject: Subject::Channel,
        stories: &[Arc::new(story)],
        changed: Some(sight.now),
        view: View::Newest,
        deleted: &[],
        history: &NO_HISTORY,
        texts: Texts::Full,
    };
    for format in Format::ALL {
        let bytes = format.render(&edition);
        match format {
            Format::Json => {
                drop(serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON"))
            }
            Format::Rss | Format::Atom => check_xml(std::str::from_utf8(&bytes).expect("UTF-8")),
        }
    }
}

fn check_xml(xml: &str) {
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(is_legal));
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut depth = 0_i32;
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                depth += 1;
                tag.attributes()
                    .for_each(|attribute| drop(attribute.expect("well-formed")));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

/// Between the quotes stand values, outside of them names.
fn check_attributes(tag: &str) {
    let parts: Vec<&str> = tag.split('"').collect();
    for pair in parts.chunks_exact(2) {
        let name = pair[0].rsplit(' ').next().unwrap_or_default();
        assert!(!name.starts_with("on"), "<{tag}>");
        assert!(!matches!(name, "style=" | "srcset="), "<{tag}>");
        let is_web = pair[1].starts_with("http://") || pair[1].starts_with("https://");
        assert!(is_web || !matches!(name, "href=" | "src="), "<{tag}>");
    }
}
