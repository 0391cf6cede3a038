//! Feeds that are answered without hyper, over real sockets, and all else that is not.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

use super::*;
use crate::config::Config;
use crate::model::{ChannelId, WebUrl};
use crate::publish::Format;
use crate::serve::connection::serve;
use crate::serve::response::document::RenderedDocument;
use crate::serve::shortcuts::DocumentAge;
use crate::store::Store;

/// Size of `/big.rss`: more than the buffers of both sides hold.
const BIG_BYTES: usize = 16 << 20;

const SHORT: Duration = Duration::from_millis(100);

/// Time in which all that a test waits for comes.
const PATIENCE: Duration = Duration::from_secs(20);

const ASK: &str = "GET /a.rss HTTP/1.1\r\nhost: x\r\n\r\n";

/// Server of `/a.rss`, an empty feed, of `/large.rss` and of `/big.rss`, at the front; behind it a router that says the
/// request.
struct Server {
    address: SocketAddr,
    config: watch::Sender<Arc<Config>>,
    shutdown: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
    app: App,
    large: Arc<RenderedDocument>,
    _big: Arc<RenderedDocument>,
    _folder: TempDir,
}

fn limits() -> Limits {
    Limits {
        connections: 100,
        per_address: 100,
        head: Duration::from_secs(60),
        stall: Duration::from_secs(60),
        life: Duration::from_secs(60),
        drain: Duration::from_millis(300),
        ..Limits::of(&crate::config::Server::default())
    }
}

fn config(channel: &str, title: &str) -> Arc<Config> {
    let text = format!(
        "[[channel]]\nid = \"{channel}\"\ntitle = \"{title}\"\n\
         [[source]]\nid = \"{channel}/s\"\nurl = \"https://a.example/rss\"\n"
    );
    Arc::new(Config::parse("feeds.toml", &text).unwrap())
}

async fn echo(request: Request) -> String {
    let (about, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1000).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    format!("[router: {} {} {body}]", about.method, about.uri)
}

impl Server {
    async fn start(limits: Limits) -> Server {
        let folder = TempDir::new().unwrap();
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let store = Arc::new(Store::open(folder.path(), now).unwrap());
        let (sender, receiver) = watch::channel(config("a", "one"));
        let url = WebUrl::parse("https://news.example/").unwrap();
        let app = App::new(store, receiver, url);
        let id: ChannelId = "a".parse().unwrap();
        freshen(&app, &(id.clone(), Format::Rss), None).await;
        let big = Arc::new(RenderedDocument::new("x/y", vec![b'x'; BIG_BYTES], None));
        let text: String = (0..40_000).map(|n| format!("{n} ")).collect();
        let large = Arc::new(RenderedDocument::new("x/y", text.into_bytes(), None));
        for (path, document) in [("/big.rss", &big), ("/large.rss", &large)] {
            let generation = app.store.watched_generation(&id);
            let mut config = app.configs();
            config.mark_unchanged();
            let age = DocumentAge {
                number: generation.number(),
                generation,
                config,
            };
            let feed = (id.clone(), Format::Rss);
            app.shortcuts.note(path.to_owned(), feed, (age, document));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let router = (Router::new().fallback(echo), Some(app.clone()));
        let serving = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
        Server {
            address,
            config: sender,
            shutdown,
            serving,
            app,
            large,
            _big: big,
            _folder: folder,
        }
    }

    /// Connects a client that has sent `words`.
    async fn client(&self, words: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(words.as_bytes()).await.unwrap();
        client
    }

    async fn stop(self) -> Duration {
        let started = Instant::now();
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
        started.elapsed()
    }
}

/// Reads all that the client still gets until we hang up.
async fn rest(mut client: TcpStream) -> String {
    let mut got = Vec::new();
    // A reset is an end, too.
    let reading = client.read_to_end(&mut got);
    let _ = time::timeout(PATIENCE, reading).await.unwrap();
    String::from_utf8_lossy(&got).into_owned()
}

/// Reads one response with its body, of which the head tells the length.
async fn response(client: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = time::timeout(PATIENCE, client.read_u8()).await.unwrap();
        head.push(byte.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.split("content-length: ").nth(1);
    let length = length.map_or(0, |text| text.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    client.read_exact(&mut body).await.unwrap();
    (head, body)
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_their_order() {
    let server = Server::start(limits()).await;
    let mut client = server.client(ASK).await;
    let (head, body) = response(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.starts_with(b"<?xml"));
    let etag = head.split("etag: ").nth(1).unwrap().lines().next().unwrap();
    let all = format!(
        "{ASK}HEAD /a.rss HTTP/1.1\r\nhost: x\r\n\r\n\
         GET /a.rss HTTP/1.1\r\nhost: x\r\nif-none-match: {etag}\r\n\r\n\
         GET /a.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    );
    client.write_all(all.as_bytes()).await.unwrap();
    let got = rest(client).await;
    let body = String::from_utf8(body).unwrap();
    let parts: Vec<&str> = got.split("HTTP/1.1 ").skip(1).collect();
    assert_eq!(parts.len(), 4, "{got}");
    let length = format!("content-length: {}\r\n", body.len());
    for (part, (status, has_body)) in parts.iter().zip([
        ("200 OK", true),
        ("200 OK", false),
        ("304 Not Modified", false),
        ("200 OK", true),
    ]) {
        assert!(part.starts_with(status), "{part}");
        assert_eq!(part.ends_with(&body), has_body, "{part}");
        assert_eq!(part.contains(&length), status.starts_with("200"), "{part}");
        assert!(part.contains("\r\ndate: ") && part.contains("nosniff"));
    }
    assert!(parts[3].contains("\r\nconnection: close\r\n") && !parts[0].contains("connection:"));
    server.stop().await;
}

#[tokio::test]
async fn a_head_may_come_byte_by_byte() {
    let server = Server::start(limits()).await;
    let mut client = server.client("").await;
    client.set_nodelay(true).unwrap();
    for byte in format!("{ASK}{ASK}").bytes() {
        client.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    for _ in 0..2 {
        let (head, body) = response(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200") && body.starts_with(b"<?xml"));
    }
    server.stop().await;
}

#[tokio::test]
async fn all_else_is_handed_on_with_what_was_read_of_it() {
    let server = Server::start(limits()).await;
    let words = format!(
        "{ASK}POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello{ASK}\
         POST /y HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nthere\r\n0\r\n\r\n\
         GET /z HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    );
    let got = rest(server.client(&words).await).await;
    let parts: Vec<&str> = got.split("HTTP/1.1 ").skip(1).collect();
    let ends = [
        "</rss>",
        "[router: POST /x hello]",
        "[router: GET /a.rss ]",
        "[router: POST /y there]",
        "[router: GET /z ]",
    ];
    assert_eq!(parts.len(), ends.len(), "{got}");
    for (part, end) in parts.iter().zip(ends) {
        assert!(part.trim_end().ends_with(end), "{end}: {part}");
    }
    for words in [
        "GET /a.rss HTTP/1.0\r\nhost: x\r\n\r\n",
        "GET /a.rss HTTP/1.1\r\nhost: x\r\nx-unknown: 1\r\nconnection: close\r\n\r\n",
        "GET /a.rss?limit=3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /b.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let got = rest(server.client(words).await).await;
        assert!(got.contains("[router: GET /"), "{words}: {got}");
    }
    let expecting = "GET /a.rss HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\
                     connection: close\r\n\r\n";
    let mut client = server.client(expecting).await;
    let mut begun = [0; 12];
    client.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100");
    client.write_all(b"hi").await.unwrap();
    assert!(rest(client).await.contains("[router: GET /a.rss hi]"));
    server.stop().await;
}

#[tokio::test]
async fn a_feed_that_changed_is_made_anew_on_the_same_connection() {
    let server = Server::start(limits()).await;
    let mut client = server.client(ASK).await;
    let (_, before) = response(&mut client).await;
    server.config.send_replace(config("a", "another"));
    client.write_all(ASK.as_bytes()).await.unwrap();
    let (head, after) = response(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let after = String::from_utf8(after).unwrap();
    assert!(after.contains("another") && after.as_bytes() != before);
    // In another coding, too; what is not there any more is not answered here.
    let ask = "GET /a.rss HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n";
    client.write_all(ask.as_bytes()).await.unwrap();
    let (head, _) = response(&mut client).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    server.config.send_replace(config("b", "one"));
    client.write_all(ASK.as_bytes()).await.unwrap();
    let (_, body) = response(&mut client).await;
    assert_eq!(body, b"[router: GET /a.rss ]");
    server.stop().await;
}

#[tokio::test]
async fn a_slow_reader_gets_it_all_and_one_that_reads_nothing_is_given_up() {
    let limits = Limits {
        stall: SHORT,
        connections: 1,
        ..limits()
    };
    let server = Server::start(limits).await;
    let ask = "GET /big.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(rest(server.client(ask).await).await.len() > BIG_BYTES);
    let stuck = server.client(ask).await;
    stuck.readable().await.unwrap();
    // The only seat is taken, until the deadline frees it.
    let once = "GET /a.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    while !rest(server.client(once).await).await.contains("200 OK") {}
    assert!(rest(stuck).await.len() < BIG_BYTES);
    server.stop().await;
}

#[tokio::test]
async fn slow_readers_hold_so_many_bytes_and_no_more() {
    let limits = Limits {
        under_way: BIG_BYTES / 2,
        ..limits()
    };
    let server = Server::start(limits).await;
    let ask = "GET /big.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    // One document alone may be larger, and all readers of it share its bytes.
    let [one, other] = [server.client(ask).await, server.client(ask).await];
    let (one, other) = tokio::join!(rest(one), rest(other));
    assert!(one.len() > BIG_BYTES && other.len() > BIG_BYTES);
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_many_ask_for_is_sent_out_of_a_file() {
    let server = Server::start(limits()).await;
    let body = &server.large.plain.bytes;
    let ask = "GET /large.rss HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut client = server.client("").await;
    let file = || {
        let shortcut = server.app.shortcuts.find("/large.rss").unwrap();
        shortcut.file(None, body)
    };
    assert!(file().is_none());
    for _ in 0..200 {
        client.write_all(ask.as_bytes()).await.unwrap();
        let (head, got) = response(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert!(got == *body);
    }
    assert!(file().is_some());
    // Several at once do not fit into what the system keeps of them.
    client.write_all(ask.repeat(9).as_bytes()).await.unwrap();
    for _ in 0..9 {
        assert!(response(&mut client).await.1 == *body);
    }
    server.stop().await;
}

#[tokio::test]
async fn silence_and_half_heads_end_at_the_deadline() {
    let limits = Limits {
        head: SHORT,
        ..limits()
    };
    let server = Server::start(limits).await;
    for words in [
        "",
        "GE",
        "GET /a.rss HTTP/1.1\r\nhost:",
        "GET /a.rss HTTP/1.1\r\n",
    ] {
        assert_eq!(rest(server.client(words).await).await, "", "{words:?}");
    }
    let idle = rest(server.client(ASK).await).await;
    assert!(idle.trim_end().ends_with("</rss>"), "{idle}");
    // Whoever goes on and on has no more time.
    let mut slow = server.client("GET /a.rss HTTP/1.1\r\n").await;
    while slow.write_all(b"via: x\r\n").await.is_ok() {
        time::sleep(SHORT / 10).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_has_a_size_and_a_life_an_end() {
    let limits = Limits {
        life: SHORT,
        ..limits()
    };
    let server = Server::start(limits).await;
    let long = "x".repeat(64 << 10);
    for head in [
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!("GET /a.rss HTTP/1.1\r\nhost: x\r\ncookie: {long}\r\n\r\n"),
    ] {
        let got = rest(server.client(&head).await).await;
        assert!(!got.contains("200 OK"), "{got}");
    }
    let got = rest(server.client(ASK).await).await;
    assert!(got.trim_end().ends_with("</rss>"), "{got}");
    server.stop().await;
}

#[tokio::test]
async fn stopping_waits_for_those_who_have_asked_and_for_nobody_else() {
    let limits = Limits {
        drain: Duration::from_secs(60),
        ..limits()
    };
    let server = Server::start(limits).await;
    let silent = server.client("").await;
    let half = server.client("GET /a.r").await;
    let mut idle = server.client(ASK).await;
    response(&mut idle).await;
    let mut early = server.client("").await;
    let behind = server.client(ASK).await;
    behind.readable().await.unwrap();
    let ask = "GET /big.rss HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let slow = server.client(ask).await;
    slow.readable().await.unwrap();
    server.shutdown.cancel();
    early.write_all(ASK.as_bytes()).await.unwrap();
    let reading = async { (rest(early).await, rest(slow).await) };
    let ((early, slow), took) = tokio::join!(reading, server.stop());
    assert!(early.contains("200 OK"), "{early}");
    assert!(slow.len() > BIG_BYTES);
    assert!(took < Duration::from_secs(15), "{took:?}");
    drop((silent, half, idle, behind));
}
