//! What we publish is well-formed, whatever comes in, and says what it should.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::BTreeMap;
use std::sync::Arc;

use gazetted::model::{Enclosure, HealthKind, Item, SafeHtml, Story};
use gazetted::publish::html::{
    Beside, ChannelBeside, ErrorPage, FrontPicks, Paging, PollReason, Section, SourcePage,
    StatusView,
};
use gazetted::publish::{Format, html, opml};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::press::{Press, at, item, markup, sighting, story, url};

/// Reads every event of a document, and holds that no character is in it that
/// XML forbids.
#[track_caller]
fn assert_well_formed(document: &[u8]) {
    let text = std::str::from_utf8(document).unwrap();
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    assert!(text.chars().all(is_legal), "{text:?}");
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut depth = 0_i32;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                depth += 1;
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
            }
            Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

fn wire_story() -> Story {
    let seen = at("2018-03-16T04:49:00Z");
    let mut first = item("shandong/jinan/daily", "1", "园区加速新动能", seen);
    first.summary = markup("<p>山东中科科技园落户。</p>");
    first.content = markup("<p>山东中科科技园落户。]]></p><p>全文 &amp; 更多</p>");
    first.authors = vec!["张素芬".to_owned(), "李冬阳".to_owned()];
    first.origin = Some("济南日报".to_owned());
    first.categories = vec!["经济".to_owned()];
    first.updated = Some(at("2018-03-16T08:00:00Z"));
    first.enclosures = vec![Enclosure {
        url: url("https://media.example/a.mp3?x=1&y=2"),
        kind: Some("audio/mpeg".to_owned()),
        length: 12,
        title: None,
        duration: None,
    }];
    let other = item(
        "shandong/qingdao/morning",
        "x",
        "济南园区加速",
        at("2018-03-16T05:00:00Z"),
    );
    let mut story = story(first);
    story.sightings.push(sighting(&other));
    story.changed = at("2018-03-16T09:00:00Z");
    story
}

fn wire_press() -> Press {
    let mut press = Press::of(Vec::new());
    press.stories.push(wire_story().into());
    press
}

#[test]
fn rss_says_what_readers_look_for() {
    let press = wire_press();
    let bytes = Format::Rss.render(&press.edition("shandong/jinan"));
    assert_well_formed(&bytes);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(
        r#"<atom:link href="https://news.example/shandong/jinan.rss" rel="self" type="application/rss+xml">"#
    ), "{text}");
    let channel = rss::Channel::read_from(&bytes[..]).unwrap();
    assert_eq!(channel.title, "济南");
    assert_eq!(channel.link, "https://news.example/shandong/jinan/");
    assert_eq!(
        channel.last_build_date.as_deref(),
        Some("Fri, 16 Mar 2018 09:00:00 GMT")
    );
    assert_eq!(channel.ttl.as_deref(), Some("15"));
    let [got] = &channel.items[..] else {
        panic!("one item")
    };
    let via = &got.extensions["atom"]["link"][0].attrs;
    assert_eq!(
        (&*via["rel"], &*via["href"]),
        ("via", "https://shandong.qingdao.morning.example/x.html")
    );
    let story = wire_story();
    assert_eq!(got.title.as_deref(), Some("园区加速新动能"));
    assert_eq!(
        got.link.as_deref(),
        Some("https://shandong.jinan.daily.example/1.html")
    );
    assert_eq!(
        got.content.as_deref(),
        story.canonical.content.as_ref().map(SafeHtml::as_str)
    );
    assert_eq!(
        got.description.as_deref(),
        Some("<p>山东中科科技园落户。</p>")
    );
    assert_eq!(
        got.pub_date.as_deref(),
        Some("Fri, 16 Mar 2018 04:49:00 GMT")
    );
    let guid = got.guid.as_ref().unwrap();
    assert_eq!(
        (guid.value.as_str(), guid.permalink),
        (story.id.urn().as_str(), false)
    );
    let source = got.source.as_ref().unwrap();
    assert_eq!(source.url, "https://jinan.example/rss.xml");
    assert_eq!(source.title.as_deref(), Some("泉城日报"));
    let core = got.dublin_core_ext.as_ref().unwrap();
    assert_eq!(core.creators, ["张素芬", "李冬阳"]);
    assert_eq!(got.enclosure.as_ref().unwrap().length, "12");
}

#[test]
fn atom_says_what_readers_look_for() {
    let press = wire_press();
    let bytes = Format::Atom.render(&press.edition("shandong"));
    assert_well_formed(&bytes);
    let feed = atom_syndication::Feed::read_from(&bytes[..]).unwrap();
    assert_eq!(feed.id, "https://news.example/shandong.atom");
    assert_eq!(feed.lang.as_deref(), Some("zh-CN"));
    let [got] = &feed.entries[..] else {
        panic!("one entry")
    };
    assert_eq!(got.id, wire_story().id.urn());
    assert_eq!(
        got.published.unwrap().to_rfc3339(),
        "2018-03-16T04:49:00+00:00"
    );
    assert_eq!(got.updated.to_rfc3339(), "2018-03-16T08:00:00+00:00");
    let links: Vec<(&str, &str)> = got
        .links
        .iter()
        .map(|link| (link.rel.as_str(), link.href.as_str()))
        .collect();
    let want = [
        ("alternate", "https://shandong.jinan.daily.example/1.html"),
        ("enclosure", "https://media.example/a.mp3?x=1&y=2"),
        ("via", "https://shandong.qingdao.morning.example/x.html"),
    ];
    assert_eq!(links, want);
    let source = got.source.as_ref().unwrap();
    assert_eq!(source.id, "https://jinan.example/rss.xml");
    assert_eq!(source.title.value, "泉城日报");
    let content = got.content.as_ref().unwrap();
    assert_eq!(content.content_type.as_deref(), Some("html"));
    assert_eq!(
        content.value.as_deref(),
        wire_story()
            .canonical
            .content
            .as_ref()
            .map(SafeHtml::as_str)
    );
}

#[test]
fn json_says_what_readers_look_for() {
    let press = wire_press();
    let bytes = Format::Json.render(&press.edition(""));
    let feed: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(feed["feed_url"], "https://news.example/index.json");
    let got = &feed["items"][0];
    assert_eq!(got["id"], wire_story().id.urn());
    assert_eq!(got["date_published"], "2018-03-16T04:49:00Z");
    assert_eq!(got["authors"][1]["name"], "李冬阳");
    assert_eq!(got["summary"], "山东中科科技园落户。");
    assert_eq!(got["attachments"][0]["size_in_bytes"], 12);
    let sightings = got["_gazetted"]["sightings"].as_array().unwrap();
    assert_eq!(sightings.len(), 2);
    assert_eq!(sightings[1]["source_title"], "海湾早报");
    let bare = Press::of(vec![item(
        "henan/zhengzhou/daily",
        "b",
        "题",
        at("2018-03-16T04:49:00Z"),
    )]);
    let bytes = Format::Json.render(&bare.edition(""));
    let feed: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(feed["items"][0]["content_text"], "题");
}

#[test]
fn opml_is_nested_by_region() {
    let press = wire_press();
    let bytes = opml(&press.site(), Format::Rss);
    assert_well_formed(&bytes);
    let text = String::from_utf8(bytes).unwrap();
    let place = |needle: &str| {
        text.find(needle)
            .unwrap_or_else(|| panic!("{needle} in {text}"))
    };
    let folder = place(r#"<outline text="山东">"#);
    let town = place(r#"xmlUrl="https://news.example/shandong/jinan.rss""#);
    let outside = place(r#"xmlUrl="https://news.example/index.rss""#);
    assert!(outside < folder && folder < town);
    assert_eq!(text.matches("xmlUrl").count(), press.config.channels.len());
    assert_eq!(
        text.matches("<outline").count(),
        press.config.channels.len() + 3
    );
}

#[test]
fn opml_names_each_channel_once_in_the_format_that_is_wished_for() {
    let press = wire_press();
    for format in Format::ALL {
        let text = String::from_utf8(opml(&press.site(), format)).unwrap();
        let ending = format!(".{}\" htmlUrl", format.ending());
        let n_channels = press.config.channels.len();
        assert_eq!(text.matches("xmlUrl").count(), n_channels, "{text}");
        assert_eq!(text.matches(&ending).count(), n_channels, "{text}");
    }
}

#[test]
fn a_text_without_teaser_gets_one() {
    let mut long = item(
        "henan/zhengzhou/daily",
        "b",
        "题",
        at("2018-03-16T04:49:00Z"),
    );
    long.content = markup(&format!(
        "<p>a &lt;b&gt; &amp;amp; {}</p>",
        "文".repeat(500)
    ));
    let press = Press::of(vec![long]);
    let edition = press.edition("");
    let rss = rss::Channel::read_from(&Format::Rss.render(&edition)[..]).unwrap();
    let teaser = rss.items[0].description.as_deref().unwrap();
    assert!(teaser.starts_with("a &lt;b> &amp;amp; 文"), "{teaser}");
    assert!(teaser.ends_with("文…"), "{teaser}");
    let json: serde_json::Value = serde_json::from_slice(&Format::Json.render(&edition)).unwrap();
    let teaser = json["items"][0]["summary"].as_str().unwrap();
    assert!(teaser.starts_with("a <b> &amp; 文"), "{teaser}");
}

#[test]
fn no_validator_has_to_warn_of_what_is_doubled_or_blank() {
    let at = at("2018-03-16T04:49:00Z");
    let mut pictures = item("henan/zhengzhou/daily", "b", "题 & <b>", at);
    pictures.content = markup(r#"<p><img src="https://img.example/1.jpg"></p>"#);
    pictures.summary = markup(" \n ");
    pictures.origin = Some("新华社".to_owned());
    let press = Press::of(vec![pictures]);
    let edition = press.edition("");
    let rss = rss::Channel::read_from(&Format::Rss.render(&edition)[..]).unwrap();
    let got = &rss.items[0];
    assert!(got.content.is_some());
    // The headline, as markup in text.
    assert_eq!(got.description.as_deref(), Some("题 &amp; &lt;b>"));
    let dublin_core = got.dublin_core_ext.as_ref().unwrap();
    assert!(got.source.is_some() && dublin_core.sources.is_empty());
    assert_eq!(dublin_core.publishers, ["新华社"]);
    let atom = atom_syndication::Feed::read_from(&Format::Atom.render(&edition)[..]).unwrap();
    assert_eq!(atom.entries[0].summary, None);
}

#[test]
fn a_story_without_address_links_to_its_page_here() {
    let mut bare = item(
        "henan/zhengzhou/daily",
        "b",
        "题",
        at("2018-03-16T04:49:00Z"),
    );
    bare.url = None;
    let press = Press::of(vec![bare]);
    let here = format!("https://news.example/story/{}", press.stories[0].id);
    for format in Format::ALL {
        let text = String::from_utf8(format.render(&press.edition(""))).unwrap();
        assert!(text.contains(&here), "{text}");
    }
}

#[test]
fn an_empty_channel_is_a_valid_document() {
    let press = Press::of(Vec::new());
    let edition = press.edition("henan");
    rss::Channel::read_from(&Format::Rss.render(&edition)[..]).unwrap();
    atom_syndication::Feed::read_from(&Format::Atom.render(&edition)[..]).unwrap();
    let page = String::from_utf8(html::channel(
        &edition,
        &ChannelBeside::default(),
        &Paging::default(),
    ))
    .unwrap();
    assert!(page.contains("这里还没有新闻"));
}

#[test]
fn a_source_that_is_gone_does_no_harm() {
    let press = Press::of(vec![item(
        "hebei/old",
        "1",
        "旧闻",
        at("2018-03-16T04:49:00Z"),
    )]);
    for format in Format::ALL {
        let text = String::from_utf8(format.render(&press.edition(""))).unwrap();
        assert!(text.contains("hebei/old"), "{text}");
    }
    let page = String::from_utf8(html::story(
        &press.site(),
        &press.stories[0],
        &[],
        &Beside::default(),
    ))
    .unwrap();
    assert!(page.contains("旧闻"));
}

#[test]
fn the_page_of_a_story_says_what_a_portal_says() {
    let press = wire_press();
    let mut shown = wire_story();
    shown.canonical.captions = vec!["园区各项目正在加速建设。(潘延虎 摄)".to_owned()];
    shown.canonical.content =
        markup(r#"<p>文<img src="https://img.example/1.jpg" alt="工地"></p>"#);
    let page =
        String::from_utf8(html::story(&press.site(), &shown, &[], &Beside::default())).unwrap();
    for want in [
        r#"<html lang="zh-CN">"#,
        "<title>园区加速新动能 – 地方新闻</title>",
        r#"<a href="/shandong/">山东</a>"#,
        r#"<span aria-current="page">正文</span>"#,
        r#"来源：<a class="origin" href="/source/shandong/jinan/daily/">济南日报</a>"#,
        r#"<time datetime="2018-03-16T12:49:00+08:00">2018-03-16 12:49</time>"#,
        "作者：张素芬、李冬阳",
        "园区各项目正在加速建设。(潘延虎 摄)",
        "阅读原文",
        "同时见于",
        "海湾早报",
        "济南园区加速",
        r#"<link rel="alternate" type="application/rss+xml""#,
        r#"href="https://img.example/1.jpg""#,
    ] {
        assert!(page.contains(want), "{want} in {page}");
    }
    assert!(!page.contains("<img"), "{page}");
}

#[test]
fn pages_speak_english_where_they_should() {
    let mut press = wire_press();
    press.config.server.language = "en-GB".to_owned();
    for channel in press.config.channels.values_mut() {
        channel.language = "en-GB".to_owned();
    }
    Arc::make_mut(&mut press.stories[0]).canonical.language = Some("zh-CN".to_owned());
    let page = String::from_utf8(html::story(
        &press.site(),
        &press.stories[0],
        &[],
        &Beside::default(),
    ))
    .unwrap();
    assert!(page.contains(r#"<html lang="en-GB">"#));
    assert!(page.contains(r#"<article class="story" lang="zh-CN">"#));
    assert!(page.contains("Read the original"));
}

/// All stories beside those of a channel.
fn beside_all(press: &Press) -> ChannelBeside {
    ChannelBeside {
        hot: press.stories.clone(),
        pictures: press.stories.clone(),
    }
}

/// All stories, in every place beside another.
fn beside(press: &Press) -> Beside {
    let all = || press.stories.clone();
    Beside {
        recommended: press.stories.first().cloned(),
        related: all(),
        like: all(),
        more: all(),
        hot: all(),
        pictures: all(),
    }
}

#[test]
fn markup_in_text_is_text_on_every_page() {
    let evil = "<script>alert(1)</script>&lt;b&gt;\"'";
    let mut bad = item(
        "shandong/jinan/daily",
        "1",
        evil,
        at("2018-03-16T04:49:00Z"),
    );
    bad.authors = vec![evil.to_owned()];
    bad.origin = Some(evil.to_owned());
    bad.captions = vec![evil.to_owned()];
    bad.categories = vec![evil.to_owned()];
    bad.language = Some(evil.to_owned());
    let mut press = Press::of(vec![bad]);
    press.config.server.title = evil.to_owned();
    let site = press.site();
    let edition = press.edition("");
    let sections = [Section {
        channel: edition.channel,
        stories: &press.stories,
    }];
    let picks = FrontPicks {
        lead: press.stories.first().cloned(),
        hot: press.stories.clone(),
        pictures: press.stories.clone(),
    };
    let states = BTreeMap::new();
    let sources = press.config.sources.values();
    let sources = sources.map(|source| (&**source, HealthKind::Unknown));
    let status = StatusView {
        sources: &SourcePage::of(sources, 0),
        states: &states,
        subscriptions: BTreeMap::new(),
        next: &|_| (None, PollReason::New),
        stories: None,
        trouble: None,
        refused: None,
    };
    let pages = [
        html::front(&edition, &picks, &sections, &Paging::default()),
        html::channel(
            &press.edition("shandong"),
            &beside_all(&press),
            &Paging::default(),
        ),
        html::story(&site, &press.stories[0], &[], &beside(&press)),
        html::error(&site, ErrorPage::NotFound),
        html::status(&site, &status),
    ];
    for page in pages {
        let page = String::from_utf8(page).unwrap();
        assert!(!page.contains("<script"), "{page}");
    }
}

/// Text as hostile as it can be kept.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "]]>",
        "<![CDATA[",
        "</channel>",
        "</script>",
        "&amp;lt;b&gt;",
        "\0",
        "\u{1}",
        "\u{1b}[2J",
        "\u{FFFE}",
        "\u{FFFF}",
        "\u{85}",
        "\u{202E}",
        "--",
        "<!--",
        "\"",
        "'",
        "<",
        "&",
        "济南",
        "\r",
        "]]\u{8}>",
    ])
    .prop_map(str::to_owned);
    let part = prop_oneof![nasty, any::<char>().prop_map(String::from), "[a-z ]{0,8}"];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

prop_compose! {
    fn hostile_item()(
        title in text(), author in text(), origin in text(), kind in text(), language in text(),
        summary in prop::option::of(text()), content in prop::option::of(text()),
        has_url: bool, day in -400_i64..400,
    ) -> Item {
        let seen = at("2018-03-16T04:49:00Z");
        let mut item = item("shandong/jinan/daily", "1", &title, seen);
        item.sort_key = jiff::Timestamp::from_second(seen.as_second() + day * 86_400).unwrap();
        item.url = item.url.filter(|_| has_url);
        item.authors = vec![author.clone()];
        item.origin = Some(origin.clone());
        item.language = Some(language);
        item.categories = vec![author];
        item.captions = vec![origin];
        item.summary = summary.map(SafeHtml::vouched);
        item.content = content.map(SafeHtml::vouched);
        item.enclosures = vec![Enclosure { url: url("https://media.example/?a&b"), kind: Some(kind), length: 0, title: None, duration: None }];
        item
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_document_can_be_read_strictly(items in prop::collection::vec(hostile_item(), 0..3), title in text()) {
        let n_items = items.len();
        let mut press = Press::of(items);
        press.config.server.title = title.clone();
        for channel in press.config.channels.values_mut() {
            channel.title.clone_from(&title);
            channel.description = Some(title.clone());
        }
        let edition = press.edition("shandong");
        let rss = Format::Rss.render(&edition);
        assert_well_formed(&rss);
        prop_assert_eq!(rss::Channel::read_from(&rss[..]).unwrap().items.len(), n_items);
        let atom = Format::Atom.render(&edition);
        assert_well_formed(&atom);
        prop_assert_eq!(atom_syndication::Feed::read_from(&atom[..]).unwrap().entries.len(), n_items);
        let json: serde_json::Value = serde_json::from_slice(&Format::Json.render(&edition)).unwrap();
        prop_assert_eq!(json["items"].as_array().unwrap().len(), n_items);
        assert_well_formed(&opml(&press.site(), Format::Rss));
    }

    #[test]
    fn pages_are_made_of_anything(items in prop::collection::vec(hostile_item(), 1..3)) {
        let press = Press::of(items);
        let channel = html::channel(&press.edition("shandong"), &beside_all(&press), &Paging::default());
        prop_assert!(channel.ends_with(b"</html>"));
        let story = html::story(&press.site(), &press.stories[0], &[], &beside(&press));
        prop_assert!(story.ends_with(b"</html>"));
    }
}
