//! Clients that say nothing, say half, or do not read.

use std::net::SocketAddr;
use std::time::Instant;

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::*;

/// Size of `/fresh`: more than the buffers of both sides hold.
const FRESH_BYTES: usize = 16 << 20;

/// Server of `/` (small), `/big` (64 MiB, more than any buffer holds) and `/fresh`, which is
/// another document each time.
struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

/// Deadlines that a test can wait for, one of them `short`.
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

const SHORT: Duration = Duration::from_millis(100);

impl Server {
    async fn start(limits: Limits) -> Server {
        let big = bytes::Bytes::from(vec![b'x'; 64 << 20]);
        let router = Router::new()
            .route("/", get("hello"))
            .route("/healthz", get("well"))
            .route("/never", get(std::future::pending::<()>))
            .route("/big", get(move || async move { big }))
            .route("/fresh", get(|| async { vec![b'x'; FRESH_BYTES] }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, (router, None), limits, shutdown.clone()));
        Server {
            address,
            shutdown,
            serving,
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
    let _ = client.read_to_end(&mut got).await;
    String::from_utf8_lossy(&got).into_owned()
}

const ASK: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

const ASK_ONCE: &str = "GET / HTTP/1.0\r\n\r\n";

#[tokio::test]
async fn silence_and_half_requests_end_at_the_deadline() {
    let limits = Limits {
        head: SHORT,
        ..limits()
    };
    let server = Server::start(limits).await;
    for words in ["", "GE", "GET / HTTP/1.1\r\nhost:", "GET / HTTP/1.1\r\n"] {
        let client = server.client(words).await;
        let got = time::timeout(Duration::from_secs(10), rest(client)).await;
        assert!(!got.unwrap().contains("200 OK"), "{words:?}");
    }
    let idle = server.client(ASK).await;
    let got = time::timeout(Duration::from_secs(10), rest(idle)).await;
    assert!(got.unwrap().ends_with("hello"));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_given_up() {
    let limits = Limits {
        stall: SHORT,
        connections: 1,
        ..limits()
    };
    let server = Server::start(limits).await;
    let stuck = server.client("GET /big HTTP/1.1\r\nhost: x\r\n\r\n").await;
    stuck.readable().await.unwrap();
    // The only seat is taken, until the deadline frees it.
    let mut turned_away = 0;
    loop {
        let got = rest(server.client("GET / HTTP/1.0\r\n\r\n").await).await;
        if got.ends_with("hello") {
            break;
        }
        turned_away += 1;
    }
    assert!(turned_away > 0);
    server.stop().await;
}

#[tokio::test]
async fn slow_readers_hold_so_many_bytes_and_no_more() {
    let limits = Limits {
        under_way: 3 * FRESH_BYTES,
        slow_after: SHORT,
        ..limits()
    };
    let server = Server::start(limits).await;
    let ask = "GET /fresh HTTP/1.0\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..3 {
        let client = server.client(ask).await;
        client.readable().await.unwrap();
        slow.push(client);
    }
    // Until they are old enough to be slow, there is no room.
    while rest(server.client(ask).await).await.len() < FRESH_BYTES {}
    // Whoever shares what is there already needs none.
    assert!(rest(server.client(ASK_ONCE).await).await.ends_with("hello"));
    let mut n_whole = 0;
    for client in slow {
        n_whole += usize::from(rest(client).await.len() >= FRESH_BYTES);
    }
    assert_eq!(n_whole, 2, "one of them had to go");
    server.stop().await;
}

#[tokio::test]
async fn a_long_life_ends_with_an_answer() {
    let limits = Limits {
        life: SHORT,
        ..limits()
    };
    let server = Server::start(limits).await;
    let client = server.client(ASK).await;
    let got = time::timeout(Duration::from_secs(10), rest(client)).await;
    assert!(got.unwrap().ends_with("hello"));
    server.stop().await;
}

#[tokio::test]
async fn one_too_many_is_told_so() {
    let limits = Limits {
        connections: 1,
        ..limits()
    };
    let server = Server::start(limits).await;
    let mut first = server.client(ASK).await;
    let mut begun = [0; 12];
    first.read_exact(&mut begun).await.unwrap();
    let second = rest(server.client(ASK).await).await;
    assert!(second.starts_with("HTTP/1.1 503"), "{second}");
    assert!(second.contains("retry-after: 10"), "{second}");
    server.stop().await;
}

#[tokio::test]
async fn a_monitor_is_answered_when_all_seats_are_busy() {
    let limits = Limits {
        connections: 1,
        ..limits()
    };
    let server = Server::start(limits).await;
    let _busy = server
        .client("GET /never HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    // Which of them got the seat shows in the answer.
    loop {
        let reader = rest(server.client("GET / HTTP/1.0\r\n\r\n").await).await;
        if reader.starts_with("HTTP/1.0 503") || reader.starts_with("HTTP/1.1 503") {
            break;
        }
    }
    let ask = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = rest(server.client(ask).await).await;
    assert!(answer.ends_with("well"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn stopping_waits_for_nobody_for_long() {
    let server = Server::start(limits()).await;
    let silent = server.client("").await;
    let half = server.client("GET / HT").await;
    let idle = server.client(ASK).await;
    let stuck = server.client("GET /big HTTP/1.1\r\nhost: x\r\n\r\n").await;
    stuck.readable().await.unwrap();
    idle.readable().await.unwrap();
    let took = server.stop().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    drop((silent, half, idle, stuck));
}

#[tokio::test]
async fn stopping_does_not_wait_for_those_who_did_not_ask() {
    let limits = Limits {
        drain: Duration::from_secs(60),
        ..limits()
    };
    let server = Server::start(limits).await;
    let silent = server.client("").await;
    let half = server.client("GET / HT").await;
    let idle = server.client(ASK).await;
    idle.readable().await.unwrap();
    let took = server.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop((silent, half, idle));
}

#[tokio::test]
async fn a_request_on_its_way_when_it_stops_is_answered() {
    let server = Server::start(limits()).await;
    // Connected, and served: the next one is answered only behind it.
    let mut early = server.client("").await;
    let behind = server.client(ASK).await;
    behind.readable().await.unwrap();
    server.shutdown.cancel();
    let ask = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    early.write_all(ask.as_bytes()).await.unwrap();
    let answer = rest(early).await;
    assert!(answer.ends_with("hello"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn stopping_lets_an_answer_under_way_finish() {
    let limits = Limits {
        drain: Duration::from_secs(30),
        ..limits()
    };
    let server = Server::start(limits).await;
    let slow = server
        .client("GET /big HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    slow.readable().await.unwrap();
    server.shutdown.cancel();
    assert!(rest(slow).await.len() > 64 << 20);
    server.stop().await;
}

#[tokio::test]
async fn a_head_has_a_size() {
    let server = Server::start(limits()).await;
    let path = "x".repeat(64 << 10);
    let client = server
        .client(&format!("GET /{path} HTTP/1.1\r\nhost: x\r\n\r\n"))
        .await;
    assert!(!rest(client).await.contains("200 OK"));
    server.stop().await;
}
