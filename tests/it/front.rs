//! Feeds at their plain address are answered without hyper; nobody can tell from the answers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::serve::{Listing, news};

/// Feeds that are asked for, of all formats.
const FEEDS: [&str; 3] = ["/shandong.rss", "/shandong/jinan.atom", "/index.json"];

/// Request that makes hyper take the connection.
const TO_HYPER: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-unknown: 1\r\n\r\n";

/// Request that ends a connection.
const LAST: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Says `words` on a connection of its own, behind a first request if `begun`; returns what came back
/// for them until the server hung up, the header lines of each head sorted and without the date.
async fn said(listing: &Listing, begun: bool, words: &[u8]) -> Vec<u8> {
    let stream = begin(listing, begun, words).await;
    sorted(&rest(stream).await)
}

/// Says `words` to the front and to hyper, and behind them what ends a connection whatever they
/// have begun; returns what each has answered.
async fn said_to_both(listing: &Listing, words: &str) -> (String, String) {
    let words = format!("{words}{}{LAST}{LAST}", "\r\n".repeat(8));
    let own = said(listing, false, words.as_bytes()).await;
    let hypers = said(listing, true, words.as_bytes()).await;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(own), text(hypers))
}

async fn begin(listing: &Listing, begun: bool, words: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(listing.address).await.unwrap();
    if begun {
        stream.write_all(TO_HYPER.as_bytes()).await.unwrap();
        let mut got = Vec::new();
        while !got.ends_with(b"ok\n") {
            got.push(stream.read_u8().await.unwrap());
        }
    }
    stream.write_all(words).await.unwrap();
    stream
}

async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut got).await;
    got
}

/// Sorts the header lines of all responses, and leaves out their dates.
fn sorted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while rest.starts_with(b"HTTP/1.") {
        let end = rest
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        let mut lines: Vec<&str> = head.split("\r\n").collect();
        lines.retain(|line| !line.starts_with("date: "));
        lines[1..].sort_unstable();
        out.extend(lines.join("\n").into_bytes());
        out.extend(b"\n\n");
        let length = lines
            .iter()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        rest = &rest[end + 4..];
        // Behind the head of a response to HEAD comes the next one.
        let length = if rest.starts_with(b"HTTP/1.") {
            0
        } else {
            length.min(rest.len())
        };
        out.extend(&rest[..length]);
        rest = &rest[length..];
    }
    out.extend(rest);
    out
}

/// A listing whose feeds are kept, and their tags.
async fn open(folder: &TempDir) -> (Listing, BTreeMap<&'static str, String>) {
    let listing = Listing::open(folder).await;
    listing.carry(news(60));
    let mut tags = BTreeMap::new();
    for feed in FEEDS {
        let answer = listing.get(feed).await;
        tags.insert(feed, answer.header("etag").to_owned());
        listing.ask("GET", feed, "accept-encoding: gzip\r\n").await;
    }
    (listing, tags)
}

#[tokio::test]
async fn the_answers_are_those_of_hyper() {
    let folder = TempDir::new().unwrap();
    let (listing, tags) = open(&folder).await;
    for (feed, tag) in &tags {
        let modified = listing.get(feed).await.header("last-modified").to_owned();
        for headers in [
            String::new(),
            "accept-encoding: gzip\r\n".to_owned(),
            "accept-encoding: br;q=0.5, gzip\r\nuser-agent: x\r\n".to_owned(),
            "accept-encoding: br\r\n".to_owned(),
            "accept-encoding: zstd, br\r\naccept: */*\r\n".to_owned(),
            format!("if-none-match: {tag}\r\n"),
            format!("if-none-match: W/{tag}, \"x\"\r\naccept-encoding: identity\r\n"),
            format!("if-none-match: {tag}\r\naccept-encoding: gzip\r\n"),
            "if-none-match: *\r\n".to_owned(),
            "if-none-match: \"x\"\r\na-im: feed\r\n".to_owned(),
            format!("if-none-match: {tag}\r\na-im: feed\r\n"),
            "a-im: feed\r\n".to_owned(),
            format!("if-modified-since: {modified}\r\n"),
            "if-modified-since: Fri, 16 Mar 2018 04:49:00 GMT\r\n".to_owned(),
            format!("if-modified-since: {modified}\r\nif-none-match: \"x\"\r\n"),
            "if-modified-since: yesterday\r\n".to_owned(),
            "accept: text/html\r\nupgrade-insecure-requests: 1\r\n".to_owned(),
            "range: bytes=0-9\r\n".to_owned(),
        ] {
            for method in ["GET", "HEAD"] {
                for close in ["", "connection: keep-alive\r\n", "connection: close\r\n"] {
                    let mut words =
                        format!("{method} {feed} HTTP/1.1\r\nhost: x\r\n{close}{headers}\r\n");
                    if !close.ends_with("close\r\n") {
                        words += LAST;
                    }
                    let own = said(&listing, false, words.as_bytes()).await;
                    let hypers = said(&listing, true, words.as_bytes()).await;
                    assert_eq!(
                        String::from_utf8_lossy(&own),
                        String::from_utf8_lossy(&hypers),
                        "{words}"
                    );
                    assert!(own.starts_with(b"HTTP/1.1 "), "{words}");
                }
            }
        }
    }
    listing.close().await;
}

#[tokio::test]
async fn requests_are_counted_alike() {
    let folder = TempDir::new().unwrap();
    let (listing, tags) = open(&folder).await;
    let counted = async || {
        let text = String::from_utf8(listing.get("/metrics").await.body).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.starts_with("gazetted_http_requests_total"));
        let lines = lines.filter(|line| !line.contains("/metrics") && !line.contains("/healthz"));
        let counts = lines.map(|line| {
            let (name, n) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), n.parse::<u64>().unwrap())
        });
        counts.collect::<BTreeMap<_, _>>()
    };
    let mut sums = Vec::new();
    for begun in [false, true] {
        let before = counted().await;
        for (feed, tag) in &tags {
            let ask = format!("GET {feed} HTTP/1.1\r\nhost: x\r\n");
            let words = format!("{ask}\r\n{ask}if-none-match: {tag}\r\n\r\n{LAST}");
            said(&listing, begun, words.as_bytes()).await;
        }
        let mut sum = counted().await;
        for (name, n) in &mut sum {
            *n -= before.get(name).copied().unwrap_or(0);
        }
        sum.retain(|_, n| *n > 0);
        sums.push(sum);
    }
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0].values().sum::<u64>(), 6, "{sums:?}");
    listing.close().await;
}

/// Pieces of which requests are made that two readers might take apart differently.
fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("GET /shandong.rss HTTP/1.1\r\nhost: x\r\n"),
        1 => Just("HEAD /index.json HTTP/1.1\r\nhost: x\r\n"),
        1 => Just("POST /shandong.rss HTTP/1.1\r\nhost: x\r\n"),
        1 => Just("GET /shandong.rss HTTP/1.0\r\n"),
        1 => Just("GET /shandong.rss?x HTTP/1.1\r\n"),
        1 => Just("GET /shandong.rss  HTTP/1.1\r\n"),
        1 => Just("GET /shandong.rss\r\n"),
        6 => Just("\r\n"),
        1 => Just("\n"),
        1 => Just("\r"),
        1 => Just("host: x\r\n"),
        1 => Just("host : x\r\n"),
        1 => Just(" host: y\r\n"),
        1 => Just("connection: close\r\n"),
        1 => Just("connection: keep-alive\r\n"),
        1 => Just("content-length: 0\r\n"),
        1 => Just("content-length: 4\r\n"),
        1 => Just("Content-Length: +4\r\n"),
        1 => Just("transfer-encoding: chunked\r\n"),
        1 => Just("Transfer-Encoding : chunked\r\n"),
        1 => Just("transfer-encoding: xchunked\r\n"),
        1 => Just("4\r\nbody\r\n0\r\n\r\n"),
        1 => Just("body"),
        1 => Just("expect: 100-continue\r\n"),
        1 => Just("via: x\r\n"),
        1 => Just("cookie: a\0b\r\n"),
        1 => Just("cookie: \u{e4}\r\n"),
        1 => Just("upgrade: h2c\r\n"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever bytes come, what goes back is what hyper says to them: no request is seen by one of
    /// them that the other does not see.
    #[test]
    fn no_bytes_are_taken_apart_otherwise(
        all in prop::collection::vec(prop::collection::vec(piece(), 1..12), 12),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let folder = TempDir::new().unwrap();
            let (listing, _) = open(&folder).await;
            for pieces in all {
                let words = format!("GET /shandong.rss HTTP/1.1\r\nhost: x\r\n{}", pieces.concat());
                let (mut own, mut hypers) = said_to_both(&listing, &words).await;
                // A connection that ends while there is more to read is reset, so that the end of an
                // answer may not arrive: not every time.
                for _ in 0..8 {
                    if own == hypers || !(own.starts_with(&hypers) || hypers.starts_with(&own)) {
                        break;
                    }
                    (own, hypers) = said_to_both(&listing, &words).await;
                }
                assert_eq!(own, hypers, "{words:?}");
            }
            listing.close().await;
        });
    }
}
