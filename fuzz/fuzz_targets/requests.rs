//! Any path and query is answered over a socket, and never by a failure of ours.

#![no_main]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock};

use gazetted::config::Config;
use gazetted::model::WebUrl;
use gazetted::serve::{self, App};
use gazetted::store::Store;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const FEEDS: &str =
    "[server]\nmax_connections = 64\n[[source]]\nid = \"a/b/c\"\nurl = \"https://a.example/rss\"\n";

/// A daemon without polls, for as long as the process lives.
static SERVER: LazyLock<(SocketAddr, Runtime)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("threads can be started");
    let address = runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made").keep();
        let now = Timestamp::from_second(1_790_000_000).expect("a second of 2026");
        let store = Store::open(&folder, now).expect("a store can be made");
        let config = Config::parse("feeds.toml", FEEDS).expect("this is good");
        let (sender, configs) = watch::channel(Arc::new(config));
        std::mem::forget(sender);
        let url = WebUrl::parse("https://news.example/x/").expect("an address");
        let app = App::new(Arc::new(store), configs, url);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(serve::run(app, listener, CancellationToken::new()));
        address
    });
    (address, runtime)
});

/// Beginnings of addresses that take a query.
const PATHS: [&str; 8] = [
    "/?",
    "/a/b/?",
    "/a.rss?",
    "/index.json?",
    "/channels.opml?",
    "/a/b/2026-11.atom?",
    "/story/",
    "/",
];

/// Reads an answer to its end; of events, which have none, what is there at first.
fn answer(stream: &mut TcpStream) -> Vec<u8> {
    const EVENTS: &[u8] = b"\r\ncontent-type: text/event-stream";
    let (mut said, mut part) = (Vec::new(), [0; 8192]);
    // A reset behind a refusal is an answer, too.
    while let Ok(n) = stream.read(&mut part)
        && n > 0
    {
        said.extend_from_slice(&part[..n]);
        if said.windows(EVENTS.len()).any(|bytes| bytes == EVENTS) {
            break;
        }
    }
    said
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let mut target = PATHS[usize::from(*first) % PATHS.len()].as_bytes().to_vec();
    target.extend(
        rest.iter()
            .filter(|byte| (0x21..0x7f).contains(*byte) || **byte >= 0x80),
    );
    let mut stream = TcpStream::connect(SERVER.0).expect("it listens");
    let request = [b"GET ".as_slice(), &target, b" HTTP/1.0\r\n\r\n"].concat();
    stream.write_all(&request).expect("it reads");
    let said = answer(&mut stream);
    assert!(
        said.starts_with(b"HTTP/1."),
        "{}",
        String::from_utf8_lossy(&said)
    );
    assert!(
        !said[9..].starts_with(b"5"),
        "{}",
        String::from_utf8_lossy(&said)
    );
});
