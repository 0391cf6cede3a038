//! Caching that holds: dates, tags, codings, rhythms, and who may read.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use gazetted::config::Config;
use gazetted::model::StoryId;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;
use tempfile::TempDir;

use crate::press::{config, item};
use crate::serve::{Answer, Listing, news};

const FEED: &str = "/shandong/jinan.rss";

fn date(answer: &Answer) -> Timestamp {
    let text = answer.header("last-modified");
    DateTimeParser::new().parse_timestamp(text).unwrap()
}

#[tokio::test]
async fn a_restart_takes_no_date_back() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    let first = listing.get(FEED).await;
    let mut next = config();
    let jinan = "shandong/jinan".parse().unwrap();
    next.channels.get_mut(&jinan).unwrap().title = "泉城".to_owned();
    listing.configure(next);
    let second = listing.get(FEED).await;
    assert_ne!(second.header("etag"), first.header("etag"));
    assert!(date(&second) > date(&first));
    listing.close().await;

    let listing = Listing::open(&folder).await;
    let third = listing.get(FEED).await;
    assert!(date(&third) >= date(&second), "{third:?}");
    let fourth = listing.get(FEED).await;
    assert_eq!(date(&fourth), date(&third));
    listing.close().await;
}

#[tokio::test]
async fn dates_of_all_three_forms_are_understood() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(1));
    assert_eq!(
        listing.get(FEED).await.header("last-modified"),
        "Thu, 19 Nov 2026 00:00:00 GMT"
    );
    for (text, want) in [
        ("Thu, 19 Nov 2026 00:00:00 GMT", 304),
        ("Thursday, 19-Nov-26 00:00:00 GMT", 304),
        ("Thu Nov 19 00:00:00 2026", 304),
        ("Wednesday, 18-Nov-26 23:59:59 GMT", 200),
        ("Wed Nov 18 23:59:59 2026", 200),
        ("Thu, 19 Nov", 200),
    ] {
        let since = format!("if-modified-since: {text}\r\n");
        let answer = listing.ask("GET", FEED, &since).await;
        assert_eq!(answer.status, want, "{text}");
    }
    listing.close().await;
}

#[tokio::test]
async fn no_304_tells_a_length_that_is_none() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(20));
    let whole = listing.get(FEED).await;
    let held = format!("if-none-match: {}\r\n", whole.header("etag"));
    for method in ["HEAD", "GET"] {
        let same = listing.ask(method, FEED, &held).await;
        assert_eq!(same.status, 304, "{method}");
        assert_eq!(same.headers.get("content-length"), None, "{method}");
    }
    let other = listing.ask("HEAD", FEED, "if-none-match: \"x\"\r\n").await;
    assert_eq!(other.status, 200);
    let length = whole.body.len().to_string();
    assert_eq!(other.header("content-length"), length);
    listing.close().await;
}

#[tokio::test]
async fn every_coding_gives_back_the_document() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(50));
    let mut etags = Vec::new();
    for path in [
        FEED,
        "/",
        "/shandong/jinan/?before=9999999999999999999-00000000000000000000000000000000",
    ] {
        let whole = listing.get(path).await;
        etags.push(whole.header("etag").to_owned());
        for (wish, want) in [
            ("gzip", "gzip"),
            ("gzip, br, zstd", "br"),
            ("gzip, zstd", "zstd"),
            ("br;q=0.1, gzip;q=0.2", "gzip"),
            ("br;q=0, gzip;q=0, zstd;q=0.001", "zstd"),
            ("gzip;q=0, br;q=0", ""),
            ("identity;q=1, gzip;q=0.9", ""),
        ] {
            let header = format!("accept-encoding: {wish}\r\n");
            let packed = listing.ask("GET", path, &header).await;
            let coding = packed.headers.get("content-encoding").cloned();
            let coding = coding.unwrap_or_default();
            assert_eq!(coding, want, "{path}: {wish}");
            assert!(packed.header("vary").starts_with("accept-encoding"));
            assert!(
                unpack(&coding, &packed.body) == whole.body,
                "{path}: {wish}"
            );
            if !coding.is_empty() {
                etags.push(packed.header("etag").to_owned());
            }
            let held = format!("{header}if-none-match: {}\r\n", packed.header("etag"));
            assert_eq!(listing.ask("GET", path, &held).await.status, 304);
        }
    }
    etags.sort_unstable();
    etags.dedup();
    assert_eq!(etags.len(), 3 * 4, "a name for each representation");
    listing.close().await;
}

fn unpack(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let reader: Box<dyn Read> = match coding {
        "gzip" => Box::new(GzDecoder::new(body)),
        "br" => Box::new(brotli_decompressor::Decompressor::new(body, 4096)),
        "zstd" => return zstd::stream::decode_all(body).unwrap(),
        _ => return body.to_vec(),
    };
    { reader }.read_to_end(&mut plain).unwrap();
    plain
}

#[tokio::test]
async fn caches_and_readers_hear_the_same_rhythm() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    for (path, minutes) in [(FEED, 15), ("/henan.rss", 30)] {
        let feed = listing.get(path).await;
        let ttl = format!("<ttl>{minutes}</ttl>");
        assert!(feed.text().contains(&ttl), "{}", feed.text());
        let seconds = minutes * 60;
        let want = format!(
            "public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"
        );
        assert_eq!(feed.header("cache-control"), want);
    }
    let page = listing.get("/shandong/").await;
    assert!(page.header("cache-control").contains("max-age=60,"));
    listing.close().await;
}

#[tokio::test]
async fn programs_of_any_origin_may_read_what_is_for_programs() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    let origin = "origin: https://reader.example\r\naccess-control-request-method: GET\r\n\
                  access-control-request-headers: if-none-match\r\n";
    for path in [
        FEED,
        "/index.atom",
        "/shandong.json",
        "/channels.opml",
        "/status.json",
    ] {
        let answer = listing.ask("GET", path, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(
            answer
                .header("access-control-expose-headers")
                .contains("etag")
        );
        let may = listing.ask("OPTIONS", path, origin).await;
        assert_eq!((may.status, may.body.len()), (204, 0), "{path}");
        assert_eq!(may.header("access-control-allow-origin"), "*");
        assert_eq!(may.header("access-control-allow-methods"), "GET, HEAD");
        let headers = may.header("access-control-allow-headers");
        assert!(headers.contains("if-none-match"), "{headers}");
    }
    for path in ["/", "/shandong/", "/status"] {
        let answer = listing.ask("GET", path, origin).await;
        assert_eq!(answer.headers.get("access-control-allow-origin"), None);
        assert_eq!(listing.ask("OPTIONS", path, origin).await.status, 405);
    }
    listing.close().await;
}

#[tokio::test]
async fn another_way_to_write_an_address_leads_there_with_its_query() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    for (given, want) in [
        (
            "/shandong/jinan?before=1-x&y=%20",
            "/shandong/jinan/?before=1-x&y=%20",
        ),
        ("/shandong/hot/", "/shandong/hot"),
        ("/hot/?x", "/hot?x"),
        ("/pictures/", "/pictures"),
        ("/shandong/jinan.xml", "/shandong/jinan.rss"),
        ("/index.xml?full=0", "/index.rss?full=0"),
        ("/shandong/hot.xml", "/shandong/hot.rss"),
        ("/index.html", "/"),
        ("/shandong/index.html", "/shandong/"),
        ("/status/", "/status"),
        ("/channels.opml/?format=atom", "/channels.opml?format=atom"),
        ("/story/x/", "/story/x"),
    ] {
        let moved = listing.get(given).await;
        assert_eq!(
            (moved.status, moved.header("location")),
            (308, want),
            "{given}"
        );
    }
    for nowhere in ["/nowhere/hot/", "/nowhere.xml", "/nowhere/index.html"] {
        assert_eq!(listing.get(nowhere).await.status, 404, "{nowhere}");
    }
    listing.close().await;
}

#[tokio::test]
async fn a_report_is_kept_until_something_happens() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(1));
    let first = listing.get("/status.json").await.text();
    assert!(first.contains("\"items\": 1"), "{first}");
    listing.carry(news(2));
    for path in ["/status.json", "/status"] {
        let packed = listing.ask("GET", path, "accept-encoding: gzip\r\n").await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        assert_eq!(packed.header("vary"), "accept, accept-encoding");
        assert_eq!(packed.header("cache-control"), "no-store");
        assert_eq!(packed.headers.get("etag"), None);
    }
    let second = listing.get("/status.json").await.text();
    assert!(second.contains("\"items\": 2"), "{second}");
    listing.close().await;
}

#[tokio::test]
async fn a_report_on_many_sources_comes_in_pages() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let ids: Vec<String> = (0..450).map(|n| format!("a/s{n:03}")).collect();
    let source =
        |id: &String| format!("[[source]]\nid = \"{id}\"\nurl = \"https://x.example/{id}\"\n");
    let text: String = ids.iter().map(source).collect();
    listing.configure(Config::parse("feeds.toml", &text).unwrap());
    let mut lengths = Vec::new();
    for start in [
        "status.json",
        "status.json?limit=200&after=",
        "status.json?limit=449",
    ] {
        let (mut found, mut next) = (Vec::new(), Some(start.to_owned()));
        while let Some(page) = next {
            let report: Value =
                serde_json::from_slice(&listing.get(&format!("/{page}")).await.body).unwrap();
            assert!(report["store"].is_object());
            let sources = report["sources"].as_array().unwrap();
            lengths.push(sources.len());
            found.extend(
                sources
                    .iter()
                    .map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            next = report["next"].as_str().map(str::to_owned);
        }
        assert_eq!(found, ids, "{start}");
    }
    assert_eq!(lengths, [200, 200, 50, 200, 200, 50, 449, 1]);
    assert_eq!(listing.get("/status.json?after=../x").await.status, 400);
    let (mut next, mut found) = (Some("/status".to_owned()), Vec::new());
    while let Some(path) = next {
        let page = listing.get(&path).await;
        assert!(page.body.len() < 60_000, "{path}: {}", page.body.len());
        let page = page.text();
        found.extend(
            ids.iter()
                .filter(|id| page.contains(&format!(">{id}<")))
                .cloned(),
        );
        let link = page.split("\" rel=\"next\"").next().unwrap();
        let is_last = link.len() == page.len();
        next = (!is_last).then(|| link.rsplit("href=\"").next().unwrap().to_owned());
    }
    assert_eq!(found, ids);
    listing.close().await;
}

/// How many documents were rendered so far; asking renders none.
async fn n_rendered(listing: &Listing) -> u64 {
    let told = listing.get("/metrics").await.text();
    let mut lines = told.lines();
    let count = lines.find_map(|line| line.strip_prefix("gazetted_render_duration_seconds_count "));
    count.unwrap().parse().unwrap()
}

#[tokio::test]
async fn news_of_one_channel_leave_the_story_pages_of_others_as_they_are() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut all = news(2);
    let (jinan, later) = (all.remove(0), all.remove(0));
    let elsewhere =
        |guid: &str, at: Timestamp| item("shandong/qingdao/morning", guid, "青岛新闻", at);
    listing.carry(vec![jinan.clone(), elsewhere("1", jinan.first_seen)]);
    let path = format!("/story/{}", StoryId::begun_by(jinan.id));
    let first = listing.get(&path).await;
    let before = n_rendered(&listing).await;
    let again = listing.get(&path).await;
    let rest = n_rendered(&listing).await - before;
    assert_eq!(first.header("etag"), again.header("etag"));

    listing.carry(vec![elsewhere("2", later.first_seen)]);
    let before = n_rendered(&listing).await;
    assert_eq!(
        listing.get(&path).await.header("etag"),
        first.header("etag")
    );
    assert_eq!(n_rendered(&listing).await - before, rest, "it was kept");

    listing.carry(vec![later]);
    let before = n_rendered(&listing).await;
    let news = listing.get(&path).await;
    assert_ne!(news.header("etag"), first.header("etag"));
    assert!(news.text().contains("济南新闻第1条"), "{}", news.text());
    assert!(n_rendered(&listing).await - before > rest);
    listing.close().await;
}

#[tokio::test]
async fn pages_name_sources_as_their_last_document_does() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut untitled = config();
    for source in untitled.sources.values_mut() {
        Arc::make_mut(source).title = None;
    }
    listing.configure(untitled);
    let mut all = news(2);
    let (first, second) = (all.remove(0), all.remove(0));
    let path = format!("/story/{}", StoryId::begun_by(first.id));
    listing.carry_titled(first, "旧报名");
    assert!(listing.get(&path).await.text().contains("旧报名"));
    listing.carry_titled(second, "新报名");
    let renamed = listing.get(&path).await.text();
    assert!(
        renamed.contains("新报名") && !renamed.contains("旧报名"),
        "{renamed}"
    );
    listing.close().await;
}
