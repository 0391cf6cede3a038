//! Behind a proxy: plain addresses are asked of it whole, secure ones through a tunnel, and nobody
//! else is connected.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use gazetted::config::{Config, Http};
use gazetted::fetch::{Accept, Client, Credentials, FetchError, Fetched, Request};
use gazetted::model::WebUrl;
use rustls::{ServerConnection, StreamOwned};

use crate::world::{Authority, Raw, Wire, body, code, http, say, toml_path, whole};

fn answer(stream: &mut dyn Wire, _: &str) {
    say(stream, whole("200 OK", "", b"hello"));
}

/// Reads the head of a request, and nothing behind it.
fn head(stream: &mut dyn Wire) -> String {
    let (mut reader, mut head) = (BufReader::with_capacity(1, stream), String::new());
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|n| n > 0) {}
    head
}

/// Passes bytes on, either way, until one side is gone.
fn pass_on(one: TcpStream, other: TcpStream) {
    let (mut from, mut to) = (one.try_clone().unwrap(), other.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let (mut from, mut to) = (other, one);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// A proxy that makes tunnels, and the heads it was sent.
fn tunnels() -> (Raw, Arc<Mutex<Vec<String>>>) {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let book = Arc::clone(&heads);
    let proxy = Raw::bare(9, move |mut stream| {
        let head = head(&mut stream);
        book.lock().unwrap().push(head.clone());
        let Some(target) = head.strip_prefix("CONNECT ") else {
            return;
        };
        let target = TcpStream::connect(target.split(' ').next().unwrap()).unwrap();
        say(&mut stream, "HTTP/1.1 200 Connection established\r\n\r\n");
        pass_on(stream, target);
    });
    (proxy, heads)
}

async fn ask_by(proxy: &str, url: &str, ca: &Authority) -> Result<Fetched, FetchError> {
    let ca = toml_path(&ca.ca());
    let text = format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\ntls_ca = {ca}\n");
    let config = Config::parse("feeds.toml", &text).unwrap();
    let source = config.sources.values().next().unwrap();
    let http = Http {
        proxy: WebUrl::parse(proxy),
        ..http(&["127.0.0.8/32"])
    };
    let credentials = Credentials::of(source, &config);
    let request = Request {
        url: &source.url,
        accept: Accept::Feed,
        validators: None,
        timeout: http.timeout,
        referer: None,
        user_agent: "gazetted/0.1 (test)",
        credentials: credentials.as_ref(),
        keep_alive: true,
        pacer: None,
    };
    let client = Client::new(&http).unwrap();
    client.get(&request, gazetted::clock::now()).await
}

#[tokio::test]
async fn a_secure_address_is_asked_through_a_tunnel() {
    let authority = Authority::new();
    let origin = Raw::secure(8, authority.server("127.0.0.8"), answer);
    let (proxy, heads) = tunnels();
    let by = format!("http://{}/", proxy.address());
    let got = ask_by(&by, &origin.url("/secret"), &authority).await;
    assert_eq!(body(got), b"hello");
    let want = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", origin.address());
    let heads = heads.lock().unwrap();
    assert!(heads.len() == 1 && heads[0].starts_with(&want), "{heads:?}");
    assert!(!heads[0].contains("secret"), "{heads:?}");
    assert!(origin.heads()[0].starts_with("get /secret http/1.1"));
}

#[tokio::test]
async fn who_vouches_for_a_server_is_checked_behind_a_proxy_too() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let origin = Raw::secure(8, theirs.server("127.0.0.8"), answer);
    let (proxy, _) = tunnels();
    let by = format!("http://{}/", proxy.address());
    assert_eq!(code(ask_by(&by, &origin.url("/"), &ours).await), "tls");
    assert_eq!(origin.heads().len(), 0);
}

#[tokio::test]
async fn a_proxy_may_speak_tls_itself() {
    let authority = Authority::new();
    let config = Arc::new(authority.server("127.0.0.9"));
    let proxy = Raw::bare(9, move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut session = StreamOwned::new(session, stream);
        let head = head(&mut session);
        let body = head.lines().next().unwrap_or_default().to_owned();
        let _ = session.write_all(&whole("200 OK", "", body.as_bytes()));
        let _ = session.flush();
    });
    let by = format!("https://{}/", proxy.address());
    // Nobody is asked but the proxy.
    let got = ask_by(&by, "http://127.0.0.8:8080/x", &authority).await;
    let got = String::from_utf8(body(got)).unwrap();
    assert!(
        got.starts_with("GET http://127.0.0.8:8080/x HTTP/1.1"),
        "{got}"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_or_chatters_is_named() {
    let authority = Authority::new();
    for said in [
        "HTTP/1.1 407 Who are you\r\n\r\n".to_owned(),
        "HTTP/1.1 502 Bad gateway\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n".to_owned() + &"X: y\r\n".repeat(100_000),
    ] {
        let proxy = Raw::bare(9, move |mut stream| {
            head(&mut stream);
            say(&mut stream, &said);
            let _ = stream.read(&mut [0; 1]);
        });
        let by = format!("http://{}/", proxy.address());
        let got = ask_by(&by, "https://127.0.0.8:8443/", &authority).await;
        assert_eq!(code(got), "unreachable");
    }
}
