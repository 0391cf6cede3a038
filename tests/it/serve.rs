//! What readers get over a socket.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use flate2::read::GzDecoder;
use gazetted::config::Config;
use gazetted::model::{Commit, DedupeKeys, Health, Item, SourceState, StoryId, Upsert};
use gazetted::serve::{self, App};
use gazetted::store::Store;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::press::{at, config, item, markup, url};

/// A listing on a port of its own.
pub struct Listing {
    pub address: SocketAddr,
    store: Arc<Store>,
    config: watch::Sender<Arc<Config>>,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Listing {
    pub async fn open(folder: &TempDir) -> Listing {
        let store = Store::open(folder.path(), at("2026-11-20T12:00:00Z")).unwrap();
        let store = Arc::new(store);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = watch::channel(Arc::new(config()));
        let public_url = url("https://news.example/");
        let app = App::new(Arc::clone(&store), receiver, public_url).metered(Arc::default());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve::run(app, listener, stop.clone()));
        Listing {
            address,
            store,
            config: sender,
            stop,
            serving,
        }
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
    }

    pub fn carry(&self, items: Vec<Item>) {
        let commits: Vec<Commit> = items.into_iter().map(commit).collect();
        self.store.apply(&commits).unwrap();
    }

    /// Carries an item of a document that calls its source by `title`.
    pub fn carry_titled(&self, item: Item, title: &str) {
        let mut commit = commit(item);
        let state = commit.state.as_mut().unwrap();
        state.title = Some(title.to_owned());
        self.store.apply(&[commit]).unwrap();
    }

    pub fn configure(&self, config: Config) {
        self.config.send_replace(Arc::new(config));
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    /// `headers` are whole lines.
    pub async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n{headers}\r\n"
        );
        self.send(request.as_bytes()).await
    }

    async fn send(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::parse(&bytes)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Answer {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        });
        Answer {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn commit(item: Item) -> Commit {
    Commit {
        source: item.source.clone(),
        at: item.first_seen,
        robots: Vec::new(),
        state: Some(SourceState {
            polled: Some(item.first_seen),
            health: Health::Failing {
                code: "timeout".to_owned(),
                message: "no answer <in> time".to_owned(),
            },
            ..SourceState::default()
        }),
        subscription: None,
        upserts: vec![Upsert {
            item,
            rank: 0,
            join: DedupeKeys::default(),
            routes: Vec::new(),
        }],
        roll: None,
    }
}

pub fn news(n_items: i64) -> Vec<Item> {
    let start = at("2026-11-19T00:00:00Z").as_second();
    let make = |n: i64| {
        let seen = Timestamp::from_second(start + n * 600).unwrap();
        let title = format!("济南新闻第{n}条");
        let mut item = item("shandong/jinan/daily", &n.to_string(), &title, seen);
        item.summary = markup("<p>摘要</p>");
        item
    };
    (0..n_items).map(make).collect()
}

#[tokio::test]
async fn a_feed_is_sent_once_and_then_confirmed() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(20));
    let whole = listing.get("/shandong/jinan.rss").await;
    assert_eq!(whole.status, 200);
    assert_eq!(
        whole.header("content-type"),
        "application/rss+xml; charset=utf-8"
    );
    assert_eq!(whole.header("vary"), "accept-encoding, a-im");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert!(
        whole
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert_eq!(
        rss::Channel::read_from(&whole.body[..])
            .unwrap()
            .items
            .len(),
        20
    );
    let etag = whole.header("etag");
    for held in [
        format!("if-none-match: {etag}\r\n"),
        format!("if-none-match: \"x\", W/{etag}\r\n"),
        "if-none-match: *\r\n".to_owned(),
        format!("if-modified-since: {}\r\n", whole.header("last-modified")),
    ] {
        let same = listing.ask("GET", "/shandong/jinan.rss", &held).await;
        assert_eq!((same.status, same.body.len()), (304, 0), "{held}");
        assert_eq!(same.header("etag"), etag);
    }
    let head = listing.ask("HEAD", "/shandong/jinan.rss", "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), etag);
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    listing.carry(news(21));
    let held = format!("if-none-match: {etag}\r\n");
    let newer = listing.ask("GET", "/shandong/jinan.rss", &held).await;
    assert_eq!(newer.status, 200);
    assert_ne!(newer.header("etag"), etag);
    listing.close().await;
}

#[tokio::test]
async fn gzip_is_the_same_document_under_a_name_of_its_own() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(20));
    let whole = listing.get("/index.atom").await;
    let packed = listing
        .ask("GET", "/index.atom", "accept-encoding: br;q=0, gzip\r\n")
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_ne!(packed.header("etag"), whole.header("etag"));
    let mut plain = Vec::new();
    GzDecoder::new(&packed.body[..])
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, whole.body);
    let refused = listing
        .ask("GET", "/index.atom", "accept-encoding: gzip;q=0\r\n")
        .await;
    assert_eq!(refused.body, whole.body);
    listing.close().await;
}

#[tokio::test]
async fn a_restart_changes_no_byte() {
    let folder = TempDir::new().unwrap();
    let paths = [
        "/shandong.rss",
        "/shandong.atom",
        "/shandong.json",
        "/channels.opml",
        "/",
        "/shandong/",
    ];
    let listing = Listing::open(&folder).await;
    listing.carry(news(5));
    let mut before = Vec::new();
    for path in paths {
        before.push(listing.get(path).await);
    }
    listing.close().await;
    let listing = Listing::open(&folder).await;
    for (path, before) in paths.into_iter().zip(before) {
        let after = listing.get(path).await;
        assert_eq!(after.body, before.body, "{path}");
        assert_eq!(after.headers.get("etag"), before.headers.get("etag"));
        assert_eq!(
            after.headers.get("last-modified"),
            before.headers.get("last-modified")
        );
    }
    listing.close().await;
}

#[tokio::test]
async fn a_listing_pages_back_to_its_first_story() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(95));
    let front = listing.get("/").await.text();
    assert!(front.contains(r#"<a href="/?before="#));
    let mut path = "/shandong/jinan/".to_owned();
    let mut n_stories = 0;
    for _ in 0..3 {
        let page = listing.get(&path).await.text();
        n_stories += page.matches("<article>").count();
        if let Some((_, rest)) = page.split_once(r#"rel="next""#) {
            assert!(rest.contains("更早"));
        }
        let next = page.split("?before=").nth(1);
        let next = next.and_then(|rest| rest.split('"').next());
        path = format!("/shandong/jinan/?before={}", next.unwrap_or_default());
    }
    assert_eq!(n_stories, 95);
    for junk in ["-1", "x", "1-", "%00", "99999999999999999999999-00"] {
        let path = format!("/shandong/jinan/?before={junk}");
        assert_eq!(listing.get(&path).await.status, 400, "{junk}");
    }
    assert_eq!(
        listing.get("/shandong/jinan/?limit=-1&x[]=y").await.status,
        200
    );
    listing.close().await;
}

#[tokio::test]
async fn every_page_is_there() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let items = news(3);
    let story = StoryId::begun_by(items[0].id);
    listing.carry(items);
    for (path, kind, want) in [
        ("/", "text/html", "济南新闻第2条"),
        ("/shandong/", "text/html", "济南新闻第1条"),
        (&*format!("/story/{story}"), "text/html", "阅读原文"),
        ("/channels.opml", "text/x-opml", "shandong/jinan"),
        ("/style.css", "text/css", "prefers-color-scheme"),
        ("/healthz", "text/plain", "ok"),
        ("/readyz", "text/plain", "ready"),
        ("/status", "text/html", "no answer &#60;in&#62; time"),
        ("/status.json", "application/json", "\"code\": \"timeout\""),
    ] {
        let answer = listing.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").starts_with(kind), "{path}");
        assert!(answer.text().contains(want), "{path}: {}", answer.text());
    }
    assert_eq!(listing.get("/favicon.ico").await.status, 204);
    let moved = listing.get("/shandong/jinan").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, "/shandong/jinan/")
    );
    let page = listing.get("/").await.text();
    let style = page.split("href=\"/style.css").nth(1).unwrap();
    let style = format!("/style.css{}", style.split('"').next().unwrap());
    assert!(
        listing
            .get(&style)
            .await
            .header("cache-control")
            .contains("immutable")
    );
    listing.close().await;
}

#[tokio::test]
async fn a_wrong_address_gets_a_plain_page() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    for path in [
        "/nowhere/",
        "/nowhere.rss",
        "/nowhere",
        "/story/x",
        "/%3Cscript%3E",
        "/shandong/../../etc/passwd",
        "/%2e%2e%2fetc",
        "/%00",
        "//",
        "/%ff",
        "/shandong.rss/",
        "/story/00000000000000000000000000000000",
    ] {
        let answer = listing.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.text().contains("没有这个页面"));
        assert!(!answer.text().contains("script"));
    }
    let wrong = listing.ask("DELETE", "/shandong.rss", "").await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET,HEAD"));
    let huge = listing
        .ask("POST", "/", "content-length: 1000000000\r\n")
        .await;
    assert_eq!(huge.status, 405);
    assert!(
        listing
            .get(&format!("/{}", "x/".repeat(40_000)))
            .await
            .status
            >= 400
    );
    listing.close().await;
}

#[tokio::test]
async fn links_to_ourselves_do_not_believe_the_client() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    let lies = "x-forwarded-host: evil.example\r\nx-forwarded-proto: gopher\r\nforwarded: host=evil.example\r\n";
    for path in [
        "/",
        "/shandong/",
        "/shandong.rss",
        "/shandong.json",
        "/channels.opml",
        "/nowhere",
    ] {
        let answer = listing.ask("GET", path, lies).await;
        assert!(!answer.text().contains("evil.example"), "{path}");
    }
    listing.close().await;
}

#[tokio::test]
async fn a_new_configuration_shows_at_once() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(news(2));
    let before = listing.get("/shandong.rss").await;
    let mut next = config();
    next.channels
        .get_mut(&"shandong".parse().unwrap())
        .unwrap()
        .title = "齐鲁".to_owned();
    listing.config.send_replace(Arc::new(next));
    let since = format!("if-modified-since: {}\r\n", before.header("last-modified"));
    let after = listing.ask("GET", "/shandong.rss", &since).await;
    assert_eq!(after.status, 200);
    assert!(after.text().contains("齐鲁"));
    listing.close().await;
}

#[tokio::test]
async fn a_clock_that_runs_backwards_moves_no_date_back() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut later = news(3).split_off(1);
    later.reverse();
    listing.carry(news(1));
    let mut last = listing.get("/shandong/jinan.rss").await;
    let date = |answer: &Answer| {
        let text = answer.headers.get("last-modified")?;
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        Some(parser.parse_timestamp(text).unwrap())
    };
    let first_seen = at("2026-11-19T00:00:00Z").as_second();
    for (nth, mut item) in (1..).zip(later) {
        // What comes next was seen before, each time by an hour.
        item.first_seen = Timestamp::from_second(first_seen - nth * 3600).unwrap();
        item.sort_key = item.first_seen;
        listing.carry(vec![item]);
        let since = format!("if-modified-since: {}\r\n", last.header("last-modified"));
        let next = listing.ask("GET", "/shandong/jinan.rss", &since).await;
        assert_eq!(next.status, 200);
        assert_ne!(next.header("etag"), last.header("etag"));
        // It is left out while it would lie in the future.
        if date(&next).is_some() {
            assert!(date(&next) > date(&last));
            last = next;
        }
    }
    let channel = rss::Channel::read_from(&listing.get("/shandong/jinan.rss").await.body[..]);
    assert_eq!(channel.unwrap().items.len(), 3);
    listing.close().await;
}
