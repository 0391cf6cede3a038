//! What HTTP allows and forbids, asked of the whole listing over a socket.

use std::collections::BTreeMap;

use gazetted::model::StoryId;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::serve::{Answer, Listing, news};
use crate::world::{Daemon, World, get_with};

/// A listing with news in it, and every kind of address that it has.
async fn open(folder: &TempDir) -> (Listing, Vec<String>) {
    let listing = Listing::open(folder).await;
    let items = news(60);
    let story = StoryId::begun_by(items[0].id);
    listing.carry(items);
    let mut paths: Vec<String> = [
        "/",
        "/shandong/",
        "/shandong/jinan/",
        "/index.rss",
        "/index.atom",
        "/index.json",
        "/shandong.rss",
        "/shandong.atom",
        "/shandong/jinan.json",
        "/channels.opml",
        "/style.css",
    ]
    .map(str::to_owned)
    .into();
    paths.push(format!("/story/{story}"));
    (listing, paths)
}

/// Addresses whose answers are of the moment.
const MOMENTARY: [&str; 4] = ["/healthz", "/readyz", "/status", "/status.json"];

/// Addresses that lead nowhere.
const NOWHERE: [&str; 5] = [
    "/nowhere/",
    "/nowhere.rss",
    "/story/x",
    "/websub/x",
    "/?before=x",
];

#[tokio::test]
async fn every_answer_says_what_browsers_may_do_with_it_and_not_who_we_are() {
    let folder = TempDir::new().unwrap();
    let (listing, paths) = open(&folder).await;
    let paths = paths.iter().map(String::as_str);
    for path in paths.chain(MOMENTARY).chain(NOWHERE) {
        let answer = listing.get(path).await;
        for (name, want) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
        ] {
            assert_eq!(answer.header(name), want, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let kind = answer.header("content-type");
        let is_json = kind == "application/json" || kind.starts_with("application/feed+json");
        assert!(
            kind.ends_with("; charset=utf-8") || is_json,
            "{path}: {kind}"
        );
        for name in ["server", "x-powered-by", "via", "set-cookie"] {
            assert!(!answer.headers.contains_key(name), "{path}: {name}");
        }
    }
    listing.close().await;
}

#[tokio::test]
async fn what_went_wrong_is_kept_by_no_cache() {
    let folder = TempDir::new().unwrap();
    let (listing, paths) = open(&folder).await;
    for path in NOWHERE.iter().chain(&MOMENTARY) {
        let answer = listing.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers.contains_key("etag"), "{path}");
    }
    let wrong = listing.ask("POST", "/", "content-length: 0\r\n").await;
    assert_eq!(wrong.header("cache-control"), "no-store");
    for path in &paths {
        let answer = listing.get(path).await;
        assert!(
            answer.header("cache-control").starts_with("public"),
            "{path}"
        );
    }
    listing.close().await;
}

#[tokio::test]
async fn only_the_coding_that_is_asked_for_changes_a_document() {
    let folder = TempDir::new().unwrap();
    let (listing, paths) = open(&folder).await;
    let others = "accept: application/json\r\naccept-language: de\r\ncookie: a=b\r\n\
                  user-agent: x\r\nx-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\n\
                  x-original-url: /status\r\nx-rewrite-url: /status\r\nx-http-method-override: DELETE\r\n\
                  origin: https://evil.example\r\nreferer: https://evil.example/\r\nrange: bytes=0-9\r\n";
    for path in &paths {
        let plain = listing.get(path).await;
        let vary = plain.header("vary");
        assert!(vary.starts_with("accept-encoding"), "{path}: {vary}");
        let other = listing.ask("GET", path, others).await;
        // A range may be ignored (RFC 9110, 14.2); half a document may not be one.
        assert_eq!(other.status, 200, "{path}");
        assert_eq!(other.body, plain.body, "{path}");
        assert_eq!(other.headers.get("etag"), plain.headers.get("etag"));
        for coding in [
            "br;q=0",
            "zz, deflate;q=1",
            "gzip;q=0, *;q=0",
            "identity",
            "",
        ] {
            let header = format!("accept-encoding: {coding}\r\n");
            let same = listing.ask("GET", path, &header).await;
            assert_eq!(same.body, plain.body, "{path}: {coding}");
            assert!(!same.headers.contains_key("content-encoding"), "{coding}");
        }
        let query = listing
            .get(&format!("{path}?utm_source=x&limit=-1&limit[]="))
            .await;
        assert_eq!(query.status, 200, "{path}");
        assert_eq!(query.body, plain.body, "{path}");
    }
    listing.close().await;
}

#[tokio::test]
async fn parameters_without_number_change_nothing() {
    let folder = TempDir::new().unwrap();
    let (listing, _) = open(&folder).await;
    let plain = listing.get("/shandong.rss").await;
    for value in ["-1", "0", "1000000000000000000", "[]"] {
        let path = format!("/shandong.rss?limit={value}&page={value}");
        assert_eq!(listing.get(&path).await.body, plain.body, "{value}");
    }
    let many: String = (0..3000).map(|n| format!("&p{n}=1")).collect();
    let path = format!("/shandong.rss?x{many}");
    let answer = listing.get(&path).await;
    assert!(answer.body == plain.body || answer.status >= 400);
    let twice = listing.get("/shandong/?before=1-x&before=2-y").await;
    assert_eq!(twice.status, 400);
    listing.close().await;
}

#[tokio::test]
async fn nothing_is_done_for_who_only_asks_to() {
    let folder = TempDir::new().unwrap();
    let (listing, paths) = open(&folder).await;
    let before = listing.get("/shandong.rss").await.body;
    let paths = paths.iter().map(String::as_str);
    for path in paths.chain(MOMENTARY) {
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            for kind in ["text/plain", "application/x-www-form-urlencoded", "x"] {
                let headers = format!(
                    "content-type: {kind}\r\ncontent-length: 0\r\nsec-fetch-site: cross-site\r\n"
                );
                let answer = listing.ask(method, path, &headers).await;
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), "GET,HEAD", "{method} {path}");
            }
        }
    }
    let huge = "content-length: 1073741824\r\ncontent-encoding: gzip\r\n";
    assert_eq!(listing.ask("POST", "/", huge).await.status, 405);
    assert_eq!(listing.ask("POST", "/websub/x", huge).await.status, 404);
    assert_eq!(listing.get("/shandong.rss").await.body, before);
    listing.close().await;
}

#[tokio::test]
async fn a_head_is_an_answer_without_its_body() {
    let folder = TempDir::new().unwrap();
    let (listing, paths) = open(&folder).await;
    let paths = paths.iter().map(String::as_str);
    for path in paths.chain(MOMENTARY).chain(NOWHERE) {
        let whole = listing.get(path).await;
        let head = listing.ask("HEAD", path, "").await;
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        let about = |answer: &Answer| {
            let mut headers: BTreeMap<String, String> = answer.headers.clone();
            headers.remove("date");
            headers
        };
        assert_eq!(about(&head), about(&whole), "{path}");
    }
    listing.close().await;
}

/// What comes back for these bytes until the server hangs up: one status, or none.
async fn raw(listing: &Listing, request: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(listing.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset is an answer, too.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(!text.contains("evil.example"), "{request}\n{text}");
    assert!(
        text.matches("HTTP/1.1 ").count() <= 1,
        "one request, {text}"
    );
    text.split(' ').nth(1)?.parse().ok()
}

#[tokio::test]
async fn what_proxies_read_differently_is_refused() {
    let folder = TempDir::new().unwrap();
    let (listing, _) = open(&folder).await;
    // A feed that is at hand is answered by other means.
    listing.get("/shandong.rss").await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    for (what, headers) in [
        (
            "two lengths",
            "host: x\r\ncontent-length: 0\r\ncontent-length: 5\r\n",
        ),
        ("a signed length", "host: x\r\ncontent-length: +5\r\n"),
        ("a negative length", "host: x\r\ncontent-length: -1\r\n"),
        (
            "an unknown coding",
            "host: x\r\ntransfer-encoding: xchunked\r\n",
        ),
        ("a folded line", "host: x\r\nx-a: b\r\n c: d\r\n"),
        ("a space in a name", "host: x\r\nx a: b\r\n"),
        (
            "a space before the colon",
            "host: x\r\ntransfer-encoding : chunked\r\n",
        ),
        ("a control character", "host: x\r\nx: a\0b\r\n"),
        ("two hosts", "host: x\r\nhost: evil.example\r\n"),
        ("two equal hosts", "host: x\r\nhost: x\r\n"),
        ("no host", "x: y\r\n"),
        ("a host that is none", "host: x/evil.example\r\n"),
        ("a host with a user", "host: user@x\r\n"),
    ] {
        for path in ["/", "/shandong.rss"] {
            let request = format!("GET {path} HTTP/1.1\r\n{headers}\r\n{smuggled}");
            assert_eq!(raw(&listing, &request).await, Some(400), "{path}: {what}");
        }
    }
    listing.close().await;
}

#[tokio::test]
async fn what_is_odd_but_clear_is_answered() {
    let folder = TempDir::new().unwrap();
    let (listing, _) = open(&folder).await;
    for (request, want) in [
        ("GET / HTTP/1.0\r\n\r\n", 200),
        (
            "GET http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
            200,
        ),
        (
            "GET /healthz HTTP/1.1\r\nhost: [::1]:8080\r\nconnection: close\r\n\r\n",
            200,
        ),
        (
            "GET /healthz HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n",
            200,
        ),
        ("GET /healthz HTTP/1.1\nhost: x\nconnection: close\n\n", 200),
        (
            "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            405,
        ),
        (
            "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\nconnection: close\r\n\r\n",
            405,
        ),
        (
            "BREW / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            405,
        ),
    ] {
        let got = raw(&listing, request).await;
        let is_refused = want == 405 && matches!(got, Some(400 | 404 | 405));
        assert!(got == Some(want) || is_refused, "{request}: {got:?}");
    }
    // Where both are there, chunks count and the connection ends (RFC 9112, 6.1).
    let both = "POST /nowhere/ HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\
                transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let got = raw(&listing, both).await;
    assert!(got.is_some_and(|status| status >= 400), "{got:?}");
    listing.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_readers_who_hold_it_get_no_body() {
    const READERS: usize = 250;
    const EACH: usize = 40;
    let folder = TempDir::new().unwrap();
    let (listing, _) = open(&folder).await;
    let whole = listing.get("/shandong.atom").await;
    let etag = whole.header("etag").to_owned();
    let request =
        format!("GET /shandong.atom HTTP/1.1\r\nhost: x\r\nif-none-match: {etag}\r\n\r\n");
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (request, address) = (request.clone(), listing.address);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let mut n_bytes = 0;
                for _ in 0..EACH {
                    stream.write_all(request.as_bytes()).await.unwrap();
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await.unwrap());
                    }
                    assert!(head.starts_with(b"HTTP/1.1 304 "));
                    n_bytes += head.len();
                }
                n_bytes
            })
        })
        .collect();
    let mut n_bytes = 0;
    for reader in readers {
        n_bytes += reader.await.unwrap();
    }
    // All of them together cost less than sending it to a few.
    assert!(n_bytes < READERS * EACH * 1000, "{n_bytes} bytes");
    assert_eq!(listing.get("/shandong.atom").await.body, whole.body);
    listing.close().await;
}

#[test]
fn a_process_without_files_left_serves_again_when_it_has_some() {
    let world = World::new("[[source]]\nid = \"a/b\"\nurl = \"http://127.0.0.40:9/\"\n");
    let command = world.command("run");
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
        .env_remove("STATE_DIRECTORY")
        .env_remove("NOTIFY_SOCKET");
    let daemon = Daemon::start(limited);
    let held: Vec<_> = (0..120)
        .map(|_| std::net::TcpStream::connect(daemon.address()).unwrap())
        .collect();
    drop(held);
    let busy = |status| status == 503;
    let mut answer = get_with(daemon.address(), "/healthz", &[]);
    while busy(answer.status) {
        answer = get_with(daemon.address(), "/healthz", &[]);
    }
    assert_eq!(answer.status, 200);
    assert!(daemon.stop().success());
}
