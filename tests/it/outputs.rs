//! What readers get is well-formed, valid and cacheable, whatever came in.

use std::io::Read;

use flate2::read::GzDecoder;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::world::{Daemon, Origin, Reply, World, get_with};

/// A feed with everything in it that breaks careless writers.
const HOSTILE: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\" \
xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>P &amp; Q</title>\
<link>http://p.example/</link><description>d</description>\
<item><title>AT&T \u{1}\u{8}R&amp;D &lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; \u{fffe}\u{202e}x</title>\
<guid>]]&gt;&lt;/channel&gt;</guid><link>http://p.example/?a=1&amp;b=2</link>\
<author>a@b.example (A &amp; B)</author><category>x ]]&gt; y</category>\
<enclosure url=\"http://p.example/a.mp3?x=1&amp;y=2\" length=\"-1\" type=\"audio/mpeg\"/>\
<content:encoded><![CDATA[<p onclick=\"x()\">one</p></channel><plaintext>]]></content:encoded></item>\
<item><title>second</title><guid>2</guid><link>javascript:alert(1)</link>\
<description>&lt;img src=\"http://127.0.0.1/x.png\"&gt;&lt;a href=\"//evil.example/\"&gt;t&lt;/a&gt;</description></item>\
</channel></rss>";

fn daemon_with(body: &str) -> (World, Daemon) {
    let origin = Origin::start(9);
    origin.put("/feed", Reply::rss(body));
    let world = World::new(&format!(
        "[[source]]\nid = \"haiyue/wangchao/p\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/wangchao/p", 1);
    (world, daemon)
}

/// Parses strictly, checking every end tag and every character.
#[track_caller]
fn assert_well_formed(xml: &str) {
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(is_legal), "illegal characters in {xml:?}");
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut depth = 0;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|why| panic!("{why} in {xml}"))
        {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

#[test]
fn hostile_items_leave_every_document_whole() {
    let (_world, daemon) = daemon_with(HOSTILE);
    let rss = daemon.get("/haiyue/wangchao.rss").text();
    let atom = daemon.get("/haiyue/wangchao.atom").text();
    let opml = daemon.get("/channels.opml").text();
    let json = daemon.get("/haiyue/wangchao.json").text();
    for xml in [&rss, &atom, &opml] {
        assert_well_formed(xml);
    }
    let rss = rss::Channel::read_from(rss.as_bytes()).unwrap();
    assert_eq!(rss.items().len(), 2);
    for item in rss.items() {
        assert!(item.guid().is_some() && item.pub_date().is_some() && item.source().is_some());
        assert!(item.link().unwrap().starts_with("http"), "{item:?}");
    }
    let atom = atom_syndication::Feed::read_from(atom.as_bytes()).unwrap();
    assert_eq!(atom.entries().len(), 2);
    assert!(atom.entries().iter().all(|entry| entry.source().is_some()));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    for item in json["items"].as_array().unwrap() {
        assert!(item["id"].is_string());
        assert!(
            item["content_html"].is_string() || item["content_text"].is_string(),
            "{item}"
        );
    }
    for document in [rss.to_string(), atom.to_string(), json.to_string()] {
        for bad in ["javascript:", "onclick", "127.0.0.1/x.png", "<script"] {
            assert!(!document.contains(bad), "`{bad}` in {document}");
        }
    }
}

#[test]
fn self_links_and_regions_are_right() {
    let (_world, daemon) = daemon_with(HOSTILE);
    let base = format!("http://{}/", daemon.address());
    let rss = daemon.get("/haiyue.rss").text();
    assert!(rss.contains(&format!("href=\"{base}haiyue.rss\"")), "{rss}");
    let opml = daemon.get("/channels.opml").text();
    let outer = opml.find("haiyue.").unwrap();
    let inner = opml.find("haiyue/wangchao.").unwrap();
    assert!(
        outer < inner && opml[outer..inner].matches("</outline>").count() == 0,
        "{opml}"
    );
    let page = daemon.get("/haiyue/wangchao/").text();
    for ending in ["rss", "atom", "json"] {
        let link = format!("haiyue/wangchao.{ending}");
        assert!(page.contains(&link), "no {link} in {page}");
    }
    assert!(page.contains("rel=\"alternate\""));
    assert!(
        !page.contains("src=\"http"),
        "a page asks nobody else: {page}"
    );
}

#[test]
fn a_reader_that_holds_the_current_version_gets_304() {
    let (_world, daemon) = daemon_with(HOSTILE);
    for path in [
        "/haiyue.rss",
        "/haiyue.atom",
        "/haiyue.json",
        "/channels.opml",
        "/haiyue/",
        "/",
    ] {
        let first = daemon.get(path);
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with('"'), "{path}: a strong ETag, not {etag}");
        let again = get_with(daemon.address(), path, &[("If-None-Match", &etag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), etag);
        let other = get_with(daemon.address(), path, &[("If-None-Match", "\"x\"")]);
        assert_eq!(other.status, 200);
        let date = first.header("last-modified").to_owned();
        if !date.is_empty() {
            let again = get_with(daemon.address(), path, &[("If-Modified-Since", &date)]);
            assert_eq!(again.status, 304, "{path}");
        }
    }
}

#[test]
fn gzip_is_given_to_those_who_take_it() {
    let (_world, daemon) = daemon_with(HOSTILE);
    let plain = daemon.get("/haiyue.rss");
    assert_eq!(plain.header("content-encoding"), "");
    let packed = get_with(
        daemon.address(),
        "/haiyue.rss",
        &[("Accept-Encoding", "br;q=0, gzip")],
    );
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(
        packed
            .header("vary")
            .to_lowercase()
            .contains("accept-encoding")
    );
    assert_ne!(packed.header("etag"), plain.header("etag"));
    let mut text = String::new();
    GzDecoder::new(&packed.body[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain.text());
    let refused = get_with(
        daemon.address(),
        "/haiyue.rss",
        &[("Accept-Encoding", "gzip;q=0")],
    );
    assert_eq!(refused.header("content-encoding"), "");
}

#[test]
fn copies_of_one_story_stand_once_in_the_parent() {
    let origin = Origin::start(9);
    let item = |title: &str, n: u8| {
        format!(
            "<rss version=\"2.0\"><channel><title>Paper {n}</title><link>http://p{n}.example/</link>\
             <description>d</description><item><title>{title}</title><guid>{n}</guid>\
             <link>http://p{n}.example/{n}</link></item></channel></rss>"
        )
    };
    origin.put(
        "/1",
        Reply::rss(item("海岳沿海铁路今天贯通 全线明年春天通车", 1)),
    );
    origin.put(
        "/2",
        Reply::rss(item("海岳沿海铁路今天贯通，全线明年春天通车", 2)),
    );
    origin.put("/3", Reply::rss(item("天气", 3)));
    origin.put("/4", Reply::rss(item("天气", 4)));
    let sources: String = (1..=4)
        .map(|n| {
            format!(
                "[[source]]\nid = \"r/c{n}/p\"\nurl = \"{}\"\n",
                origin.url(&format!("/{n}"))
            )
        })
        .collect();
    let world = World::new(&sources);
    let daemon = world.start();
    for n in 1..=4 {
        daemon.wait_for_polls(&format!("r/c{n}/p"), 1);
    }
    let region: serde_json::Value = serde_json::from_str(&daemon.get("/r.json").text()).unwrap();
    let items = region["items"].as_array().unwrap();
    let count = |text: &str| {
        items
            .iter()
            .filter(|item| item["title"].as_str().unwrap().contains(text))
            .count()
    };
    assert_eq!(count("沿海铁路"), 1, "{region}");
    assert_eq!(
        count("天气"),
        2,
        "a title that says little joins nothing: {region}"
    );
    let (one, two) = (
        daemon.get("/r/c1.rss").text(),
        daemon.get("/r/c2.rss").text(),
    );
    assert!(one.contains("沿海铁路") && two.contains("沿海铁路"));
    let id = |rss: &str| {
        rss::Channel::read_from(rss.as_bytes()).unwrap().items()[0]
            .guid()
            .unwrap()
            .value()
            .to_owned()
    };
    assert_eq!(id(&one), id(&two), "one stable id everywhere");
}

#[test]
fn unknown_addresses_are_plain_404s() {
    let (_world, daemon) = daemon_with(HOSTILE);
    for path in [
        "/nowhere/",
        "/nowhere.rss",
        "/story/zz",
        "/story/00000000000000000000000000000000",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/haiyue.rss%00",
        "/<script>alert(1)</script>",
    ] {
        let answer = daemon.get(path);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("<script>alert"), "{path}");
        assert!(!answer.text().contains("root:"), "{path}");
    }
}
