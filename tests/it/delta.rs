//! Deltas: a reader that says what it holds of a feed gets what it lacks (RFC 3229).

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::GzDecoder;
use gazetted::model::{Item, StoryId};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::press::config;
use crate::serve::{Answer, Listing, news};

const FORMATS: [&str; 3] = ["rss", "atom", "json"];

/// Ids of the stories that a document holds, of `among`.
fn ids(answer: &Answer, among: &[Item]) -> BTreeSet<String> {
    let text = answer.text();
    let urns = among.iter().map(|item| StoryId::begun_by(item.id).urn());
    urns.filter(|urn| text.contains(urn)).collect()
}

fn urns(items: &[Item]) -> BTreeSet<String> {
    let urns = items.iter().map(|item| StoryId::begun_by(item.id).urn());
    urns.collect()
}

async fn delta(listing: &Listing, path: &str, held: &str) -> Answer {
    let headers = format!("a-im: feed\r\nif-none-match: {held}\r\n");
    listing.ask("GET", path, &headers).await
}

#[tokio::test]
async fn a_reader_gets_what_it_lacks_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let items = news(22);
    listing.carry(news(20));
    let mut held = Vec::new();
    for ending in FORMATS {
        let path = format!("/shandong/jinan.{ending}");
        let whole = listing.ask("GET", &path, "a-im: feed\r\n").await;
        assert_eq!(whole.status, 200);
        assert_eq!(whole.headers.get("im"), None);
        assert_eq!(whole.header("vary"), "accept-encoding, a-im");
        assert!(whole.header("etag").len() < 255);
        held.push(whole.header("etag").to_owned());
        let same = delta(&listing, &path, whole.header("etag")).await;
        assert_eq!(same.status, 304);
    }
    // Two that are new, and one that was edited later.
    let mut edited = items[7].clone();
    edited.title = "改了标题".to_owned();
    edited.first_seen = items[21].first_seen;
    listing.carry(vec![items[20].clone(), items[21].clone(), edited]);
    let want = [&items[20..22], &items[7..8]].concat();
    for (ending, held) in FORMATS.into_iter().zip(&held) {
        let path = format!("/shandong/jinan.{ending}");
        let whole = listing.get(&path).await;
        let got = delta(&listing, &path, held).await;
        assert_eq!(got.status, 226, "{ending}");
        assert_eq!(got.header("im"), "feed");
        assert_eq!(got.header("delta-base"), held);
        assert_eq!(got.header("vary"), "accept-encoding, a-im, if-none-match");
        assert_eq!(got.header("cache-control"), "no-store, im");
        assert_eq!(got.header("etag"), whole.header("etag"));
        assert_eq!(got.header("content-type"), whole.header("content-type"));
        assert_eq!(ids(&got, &items), urns(&want), "{ending}");
        assert!(got.text().contains("改了标题"));
        assert!(got.body.len() < whole.body.len() / 2);
        let next = delta(&listing, &path, got.header("etag")).await;
        assert_eq!(next.status, 304);
        // Who does not ask for it, and whom we do not know, gets the whole.
        let plain = format!("if-none-match: {held}\r\n");
        let plain = listing.ask("GET", &path, &plain).await;
        assert_eq!((plain.status, plain.body == whole.body), (200, true));
        for unknown in ["\"x\"", "\"0123.AAAA\"", "W/\"1.2.3\"", "\"\""] {
            let answer = delta(&listing, &path, unknown).await;
            assert_eq!((answer.status, answer.body == whole.body), (200, true));
        }
    }
    listing.close().await;
}

#[tokio::test]
async fn a_tag_of_before_a_restart_is_known() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(50));
    let path = "/shandong/jinan.atom";
    let packed = listing.ask("GET", path, "accept-encoding: gzip\r\n").await;
    let held = packed.header("etag").to_owned();
    assert!(held.ends_with("-gzip\""), "{held}");
    listing.close().await;

    let listing = Listing::open(&folder).await;
    let items = news(52);
    listing.carry(items[50..].to_vec());
    let headers = format!("a-im: feed\r\naccept-encoding: gzip\r\nif-none-match: W/{held}\r\n");
    let got = listing.ask("GET", path, &headers).await;
    assert_eq!(got.status, 226);
    let mut text = got.body.clone();
    if got.headers.contains_key("content-encoding") {
        text.clear();
        GzDecoder::new(&got.body[..])
            .read_to_end(&mut text)
            .unwrap();
    }
    let got = Answer { body: text, ..got };
    assert_eq!(ids(&got, &items), urns(&items[50..]));
    let headers = format!(
        "accept-encoding: gzip\r\nif-none-match: {}\r\n",
        got.header("etag")
    );
    assert_eq!(listing.ask("GET", path, &headers).await.status, 304);
    listing.close().await;
}

#[tokio::test]
async fn of_a_long_feed_too_only_what_is_new_comes() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut long = config();
    let jinan = "shandong/jinan".parse().unwrap();
    long.channels.get_mut(&jinan).unwrap().limit = 100;
    listing.configure(long);
    listing.carry(news(120));
    let path = "/shandong/jinan.json";
    let held = listing.get(path).await.header("etag").to_owned();
    assert!(held.len() < 255, "{}", held.len());
    let items = news(123);
    listing.carry(items[120..].to_vec());
    let got = delta(&listing, path, &held).await;
    assert_eq!(got.status, 226);
    assert_eq!(ids(&got, &items), urns(&items[120..]));
    // Who missed them all gets the whole.
    let hour = Timestamp::from_second(items[122].first_seen.as_second() + 3600).unwrap();
    let later = news(300).split_off(123).into_iter().map(|mut item| {
        item.sort_key = item.sort_key.max(hour);
        item
    });
    listing.carry(later.collect());
    assert_eq!(delta(&listing, path, &held).await.status, 200);
    listing.close().await;
}
