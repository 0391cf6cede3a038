//! `gazetted parse`, as people use it.

use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::world::{Origin, Reply, gazetted};

const FEED: &str = "<rss version='2.0'><channel><title>济南新闻</title>\
    <item><title>暴雪 &amp; 大风</title><link>/1.html</link>\
    <pubDate>Tue, 02 Jan 2024 03:04:05 +0800</pubDate></item></channel></rss>";

fn parse(arguments: &[&str]) -> Output {
    gazetted().arg("parse").args(arguments).output().unwrap()
}

#[track_caller]
fn shown(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a failure says; nothing stands on standard output then.
#[track_caller]
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn an_address_is_asked_and_its_links_are_whole() {
    let origin = Origin::start(31);
    origin.put("/rss.xml", Reply::rss(FEED));
    let url = origin.url("/rss.xml");
    let text = shown(&parse(&["--allow-private", "127.0.0.0/8", &url]));
    assert!(text.contains("title     济南新闻"), "{text}");
    assert!(text.contains("2024-01-01T19:04:05Z  暴雪 & 大风"), "{text}");
    assert!(text.contains(&origin.url("/1.html")), "{text}");
}

#[test]
fn a_private_address_is_not_asked_unless_that_is_meant() {
    let origin = Origin::start(32);
    origin.put("/rss.xml", Reply::rss(FEED));
    let text = complaint(&parse(&[&origin.url("/rss.xml")]));
    assert!(text.contains("127.0.0.32"), "{text}");
    assert!(origin.asked("/rss.xml").is_empty());
}

#[test]
fn an_address_without_a_feed_is_an_error_that_says_why() {
    let origin = Origin::start(33);
    let page = "<!DOCTYPE html><html><head><title>x</title>\
        <link rel=alternate type='application/rss+xml' href='/rss.xml'></head><body></body></html>";
    origin.put("/", Reply::html(page));
    let text = complaint(&parse(&[
        "--allow-private",
        "127.0.0.0/8",
        &origin.url("/"),
    ]));
    assert!(text.contains(&origin.url("/rss.xml")), "{text}");
    let gone = origin.url("/gone");
    let text = complaint(&parse(&["--allow-private", "127.0.0.0/8", &gone]));
    assert!(text.contains("404"), "{text}");
    let text = complaint(&parse(&["/nowhere/feed.xml"]));
    assert!(text.contains("/nowhere/feed.xml"), "{text}");
}

#[test]
fn json_says_what_was_mended_and_what_could_not_be_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.xml");
    let mut bytes = FEED.replace("&amp;", "&").into_bytes();
    let at = bytes.windows(6).position(|w| w == b"</item").unwrap();
    bytes.splice(at..at, *b"<description>\xff</description>");
    fs::write(&file, bytes).unwrap();
    let text = shown(&parse(&["--json", file.to_str().unwrap()]));
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["replaced"], 1);
    assert_eq!(answer["repaired"], serde_json::json!(["bare &"]));
    assert_eq!(answer["entries"][0]["title"], "暴雪 & 大风");
}

#[test]
fn the_encoding_and_zone_of_feeds_toml_can_be_tried() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feed.xml");
    let text = "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>济南新闻</title>\
        <pubDate>2024-01-02 03:04:05</pubDate></item></channel></rss>";
    fs::write(&file, encoding_rs::GBK.encode(text).0).unwrap();
    let file = file.to_str().unwrap();
    let told = ["--encoding", "gb2312", "--timezone", "Asia/Shanghai", file];
    let text = shown(&parse(&told));
    assert!(text.contains("2024-01-01T19:04:05Z  济南新闻"), "{text}");
}

#[test]
fn a_feed_may_come_through_a_pipe() {
    let mut child = gazetted()
        .args(["parse", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(FEED.as_bytes()).unwrap();
    drop(input);
    let text = shown(&child.wait_with_output().unwrap());
    assert!(text.contains("entries   1"), "{text}");
}
