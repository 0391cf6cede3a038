//! Servers that drip, flood, lie about lengths and break off: each ends in a
//! named failure within its limits, and nothing that was there is lost.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use gazetted::config::Http;
use gazetted::fetch::Fetched;

use crate::world::{
    Origin, Raw, Reply, Wire, World, any_port, ask, ask_with, body, code, feed, http, say, whole,
};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn origin(answer: impl Fn(&mut dyn Wire, &str) + Send + Sync + 'static) -> Raw {
    Raw::start(any_port(8), answer)
}

/// Answers everything with `bytes`, then closes.
fn fixed(bytes: impl Into<Vec<u8>>) -> Raw {
    let bytes = bytes.into();
    origin(move |stream, _| {
        say(stream, &bytes);
    })
}

fn usual() -> Http {
    http(&["127.0.0.8/32"])
}

/// Limits for servers that never end.
fn impatient() -> Http {
    Http {
        timeout: Duration::from_millis(600),
        ..usual()
    }
}

fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

#[tokio::test]
async fn a_body_that_drips_ends_at_the_deadline() {
    let origin = origin(|stream, _| {
        say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n");
        while say(stream, "x") {
            pause();
        }
    });
    assert_eq!(code(ask(&impatient(), &origin.url("/")).await), "timeout");
}

#[tokio::test]
async fn a_head_that_drips_ends_at_the_deadline() {
    let origin = origin(|stream, _| {
        say(stream, "HTTP/1.1 200 OK\r\nX: ");
        while say(stream, "x") {
            pause();
        }
    });
    assert_eq!(code(ask(&impatient(), &origin.url("/")).await), "timeout");
}

#[tokio::test]
async fn who_never_accepts_is_given_up() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(any_port(8)).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Fills the queue of connections that wait to be accepted.
    let waiting: Vec<_> = (0..8)
        .map(|_| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(50)))
        .collect();
    assert!(waiting.iter().any(Result::is_err), "the queue is full");
    let got = code(ask(&impatient(), &format!("http://{address}/")).await);
    assert_eq!(got, "timeout");
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    let origin = origin(|stream, _| {
        say(stream, "HTTP/1.1 200 OK\r\n\r\n");
        while say(stream, [b'x'; 4096]) {}
    });
    assert_eq!(code(ask(&usual(), &origin.url("/")).await), "too_large");
}

#[tokio::test]
async fn a_bomb_of_any_encoding_ends_at_the_cap() {
    let zeros = vec![0; 32 << 20];
    let zlib = {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&zeros).unwrap();
        encoder.finish().unwrap()
    };
    // 16 MiB of zeros as the reference encoder writes them.
    let brotli = [
        0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x27, 0, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x8f, 0xff,
        0xff, 0x7f, 0xf0, 0x4f, 0, 0xc4, 0x61, 0x11, 0x80, 0xee, 0xfd, 0xdf,
    ];
    let bombs = [
        ("br", brotli.to_vec()),
        ("gzip", gzip(&zeros)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
        ("deflate", zlib),
        ("zstd", zstd::encode_all(&zeros[..], 19).unwrap()),
    ];
    for (encoding, bomb) in bombs {
        assert!(bomb.len() < 64 << 10, "{encoding}: {}", bomb.len());
        let head = format!("Content-Encoding: {encoding}\r\n");
        let origin = fixed(whole("200 OK", &head, &bomb));
        let got = ask(&usual(), &origin.url("/")).await;
        assert_eq!(code(got), "too_large", "{encoding}");
    }
}

#[tokio::test]
async fn no_encoding_is_handed_on_half_undone() {
    let text = feed(&["one", "two"]);
    let twice = gzip(&gzip(text.as_bytes()));
    let origin = fixed(whole("200 OK", "Content-Encoding: gzip, gzip\r\n", &twice));
    assert_eq!(body(ask(&usual(), &origin.url("/")).await), text.as_bytes());
    for odd in ["aes128gcm", "gzip, gzip, gzip"] {
        let head = format!("Content-Encoding: {odd}\r\n");
        let origin = fixed(whole("200 OK", &head, &twice));
        assert_eq!(code(ask(&usual(), &origin.url("/")).await), "bad_encoding");
    }
}

#[tokio::test]
async fn all_members_of_a_gzip_count_and_garbage_behind_them_is_an_error() {
    let text = feed(&["one", "two"]);
    let (start, end) = text.as_bytes().split_at(text.len() / 2);
    let members = [gzip(start), gzip(end)].concat();
    let origin = fixed(whole("200 OK", "Content-Encoding: gzip\r\n", &members));
    assert_eq!(body(ask(&usual(), &origin.url("/")).await), text.as_bytes());
    let spoilt = [members, b"garbage behind it".to_vec()].concat();
    let origin = fixed(whole("200 OK", "Content-Encoding: gzip\r\n", &spoilt));
    assert_eq!(code(ask(&usual(), &origin.url("/")).await), "bad_encoding");
}

#[tokio::test]
async fn a_cut_answer_is_no_answer() {
    let text = feed(&["one", "two"]);
    let packed = gzip(text.as_bytes());
    let cut = |n: usize| {
        whole(
            "200 OK",
            "Content-Encoding: gzip\r\n",
            &packed[..packed.len() - n],
        )
    };
    let long = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
        text.len() + 9
    );
    let chunk = format!("{:x}\r\n{text}\r\n", text.len());
    let unended = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
    let huge = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx";
    for bytes in [cut(4), cut(40), long.into(), unended.into(), huge.into()] {
        let origin = fixed(bytes.clone());
        let got = code(ask(&usual(), &origin.url("/")).await);
        assert_eq!(got, "truncated", "{}", String::from_utf8_lossy(&bytes));
    }
}

#[tokio::test]
async fn a_length_beside_chunks_does_not_count() {
    let text = feed(&["one"]);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let origin = fixed(format!("{head}\r\n{:x}\r\n{text}\r\n0\r\n\r\n", text.len()));
    match ask(&usual(), &origin.url("/")).await {
        Ok(Fetched::Document { document, .. }) => assert_eq!(document.body, text.as_bytes()),
        Ok(other) => panic!("{other:?}"),
        Err(why) => assert_eq!(why.code(), "broken_answer"),
    }
}

#[tokio::test]
async fn heads_have_a_limit() {
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    let origin = fixed(whole("200 OK", &many, b"x"));
    assert_eq!(code(ask(&usual(), &origin.url("/")).await), "broken_answer");
    let long = format!("X: {}\r\n", "y".repeat(1 << 20));
    let origin = fixed(whole("200 OK", &long, b"x"));
    assert_eq!(code(ask(&usual(), &origin.url("/")).await), "broken_answer");
}

#[tokio::test]
async fn hints_before_the_answer_are_passed_over() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n".repeat(1_000);
    let text = feed(&["one"]);
    let answer = [hints.into_bytes(), whole("200 OK", "", text.as_bytes())].concat();
    let origin = fixed(answer);
    assert_eq!(body(ask(&usual(), &origin.url("/")).await), text.as_bytes());
    let endless = self::origin(
        |stream, _| {
            while say(stream, "HTTP/1.1 103 Early Hints\r\n\r\n") {}
        },
    );
    assert_eq!(
        code(ask(&usual(), &endless.url("/")).await),
        "endless_answer"
    );
}

#[tokio::test]
async fn what_is_no_answer_is_read_for_a_quarter_of_a_megabyte_at_most() {
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n".repeat(20);
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let endless = self::origin(move |stream, _| {
        while say(stream, &hint) {
            count.fetch_add(hint.len(), Ordering::SeqCst);
        }
    });
    let client = gazetted::fetch::Client::new(&usual()).unwrap();
    let begun = Instant::now();
    let why = ask_with(&client, usual().timeout, &endless.url("/"), None).await;
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let why = why.unwrap_err();
    assert_eq!(why.code(), "endless_answer");
    let want = "127.0.0.8 sent more than 262144 bytes that were no answer";
    assert!(why.to_string().starts_with(want), "{why}");
    // What the sockets of both sides hold was sent, too, and read by nobody.
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent < 16 << 20, "{sent}");
}

#[tokio::test]
async fn a_body_in_chunks_of_a_byte_is_an_answer_all_the_same() {
    // The wire carries six times as much, and more than may reach nobody.
    let text = feed(&["one", "two"]).repeat(400);
    assert!(text.len() * 6 > 256 << 10);
    let chunk = |byte| format!("1\r\n{}\r\n", char::from(byte));
    let chunks: String = text.bytes().map(chunk).collect();
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let origin = fixed(format!("{head}{chunks}0\r\n\r\n"));
    let http = Http {
        max_body: 1 << 20,
        ..usual()
    };
    assert_eq!(body(ask(&http, &origin.url("/")).await), text.as_bytes());
}

#[tokio::test]
async fn validators_are_sent_back_byte_for_byte_or_not_at_all() {
    let client = gazetted::fetch::Client::new(&usual()).unwrap();
    for etag in [
        "\"plain\"",
        "W/\"weak\"",
        "unquoted",
        "\"with space\"",
        "\"\u{6d4e}\u{5357}\"",
        "W/broken\"",
    ] {
        let head = format!("ETag: {etag}\r\nLast-Modified: some time\r\n");
        let origin = fixed(whole("200 OK", &head, b"x"));
        let first = ask_with(&client, usual().timeout, &origin.url("/"), None).await;
        let Ok(Fetched::Document { validators, .. }) = first else {
            panic!("{first:?}")
        };
        let _ = ask_with(
            &client,
            usual().timeout,
            &origin.url("/"),
            validators.as_ref(),
        )
        .await;
        let head = origin.heads().pop().unwrap();
        let want = format!("if-none-match: {}\r\n", etag.to_lowercase());
        assert!(head.contains(&want), "{etag}: {head}");
        assert!(head.contains("if-modified-since: some time\r\n"), "{head}");
    }
    for bad in [
        "\"a\rb\"",
        "\"a\0b\"",
        &format!("\"{}\"", "x".repeat(64 << 10)),
    ] {
        let head = format!("ETag: {bad}\r\nContent-Type: text/xml\r\n");
        let origin = fixed(whole("200 OK", &head, b"x"));
        match ask(&usual(), &origin.url("/")).await {
            Ok(Fetched::Document { validators, .. }) => assert_eq!(validators, None),
            Ok(other) => panic!("{other:?}"),
            Err(why) => assert_eq!(why.code(), "broken_answer"),
        }
    }
    // What looks like a header of the next request is only a header of this one.
    let origin = fixed(whole("200 OK", "ETag: \"a\r\nX-Injected: 1\r\n", b"x"));
    let first = ask_with(&client, usual().timeout, &origin.url("/"), None).await;
    let Ok(Fetched::Document { validators, .. }) = first else {
        panic!("{first:?}")
    };
    let _ = ask_with(
        &client,
        usual().timeout,
        &origin.url("/"),
        validators.as_ref(),
    )
    .await;
    assert!(!origin.heads().concat().contains("x-injected"));
}

#[tokio::test]
async fn only_a_whole_document_is_one() {
    let text = feed(&["one"]);
    for status in [
        "202 Accepted",
        "204 No Content",
        "206 Partial Content",
        "226 IM Used",
        "299 Odd",
        "300 Choices",
    ] {
        let origin = fixed(whole(status, "IM: feed\r\n", text.as_bytes()));
        let got = code(ask(&usual(), &origin.url("/")).await);
        assert_eq!(got, "bad_status", "{status}");
    }
}

#[tokio::test]
async fn walls_are_told_from_refusals() {
    let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head>\
                <body><script>window._cf_chl_opt={}</script></body></html>";
    let aws = "<!DOCTYPE html><html><script>window.gokuProps={}</script>";
    for (status, head, text) in [
        ("403 Forbidden", "cf-mitigated: challenge\r\n", ""),
        ("503 Service Unavailable", "", page),
        ("403 Forbidden", "Content-Type: text/html\r\n", page),
        ("202 Accepted", "", aws),
        ("200 OK", "Content-Type: application/rss+xml\r\n", page),
    ] {
        let origin = fixed(whole(status, head, text.as_bytes()));
        assert_eq!(
            code(ask(&usual(), &origin.url("/")).await),
            "challenge",
            "{status}"
        );
    }
    let origin = fixed(whole("403 Forbidden", "", b"<html>No.</html>"));
    assert_eq!(code(ask(&usual(), &origin.url("/")).await), "denied");
    // A page of a refusal that never comes does not hold its name back.
    let stuck = self::origin(|stream, _| {
        say(
            stream,
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\n",
        );
        while say(stream, "") {
            pause();
        }
    });
    assert_eq!(code(ask(&usual(), &stuck.url("/")).await), "denied");
}

#[tokio::test]
async fn a_cookie_is_kept_for_one_chain_of_redirects_and_a_loop_ends() {
    let origin = origin(|stream, _| {
        let head = "Set-Cookie: consent=yes\r\nLocation: /\r\n";
        say(stream, whole("302 Found", head, b""));
    });
    for _ in 0..2 {
        assert_eq!(code(ask(&usual(), &origin.url("/")).await), "redirect_loop");
    }
    let heads = origin.heads();
    assert_eq!(heads.len(), 12, "five redirects are followed");
    let has_cookie = heads
        .iter()
        .map(|head| head.contains("cookie: consent=yes"));
    let has_cookie: Vec<bool> = has_cookie.collect();
    let one_chain = [false, true, true, true, true, true];
    assert_eq!(has_cookie, [one_chain, one_chain].concat());
}

/// A source whose last good items must stay, and whose validators must not be
/// those of what was broken.
fn keeps_what_it_had(bad: Vec<u8>, said: &str) {
    let good = feed(&["one", "two"]);
    let state = std::sync::Arc::new(std::sync::Mutex::new(whole(
        "200 OK",
        "ETag: \"good\"\r\n",
        good.as_bytes(),
    )));
    let shared = std::sync::Arc::clone(&state);
    let origin = origin(move |stream, head| {
        let is_robots = head.contains(" /robots.txt ");
        let answer = match is_robots {
            true => whole("404 Not Found", "", b""),
            false => shared.lock().unwrap().clone(),
        };
        say(stream, answer);
    });
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let before = daemon.get("/a.rss").text();
    *state.lock().unwrap() = bad;
    daemon.wait_for(said);
    assert_eq!(daemon.get("/a.rss").text(), before, "after {said}");
    let n_heads = origin.heads().len();
    *state.lock().unwrap() = whole("200 OK", "ETag: \"later\"\r\n", feed(&["three"]).as_bytes());
    daemon.wait_for("items.new=1");
    for head in &origin.heads()[n_heads..] {
        assert!(!head.contains("\"bad\""), "{head}");
    }
    assert!(daemon.get("/a.rss").text().contains("<title>three</title>"));
}

#[test]
fn a_feed_cut_by_a_clean_close_costs_nothing() {
    let text = feed(&["three", "four", "five"]);
    let cut = &text[..text.find("<item><title>three").unwrap()];
    // Without a length, the end of the connection is the end of the body.
    let close = format!("HTTP/1.0 200 OK\r\nETag: \"bad\"\r\n\r\n{cut}");
    keeps_what_it_had(close.into_bytes(), "ends in the middle");
}

#[test]
fn a_length_that_is_too_short_costs_nothing() {
    let page = "<rss version=\"2.0\"><channel><title>P";
    let short = whole("200 OK", "ETag: \"bad\"\r\n", page.as_bytes());
    keeps_what_it_had(short, "a/b: ");
}

#[test]
fn a_login_page_costs_nothing() {
    let page =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>";
    let head = "ETag: \"bad\"\r\nContent-Type: application/rss+xml\r\n";
    keeps_what_it_had(whole("200 OK", head, page.as_bytes()), "not a feed");
}

#[test]
fn a_cut_gzip_costs_nothing() {
    let packed = gzip(feed(&["x"]).as_bytes());
    let head = "ETag: \"bad\"\r\nContent-Encoding: gzip\r\n";
    keeps_what_it_had(
        whole("200 OK", head, &packed[..packed.len() - 8]),
        "truncated",
    );
}

#[test]
fn a_feed_is_known_by_its_content_not_its_label() {
    let origin = Origin::start(8);
    let kinds = [
        "text/plain",
        "application/octet-stream",
        "text/html",
        "image/png",
        "nonsense",
    ];
    let sources: String = kinds
        .iter()
        .enumerate()
        .map(|(n, kind)| {
            let path = format!("/{n}");
            origin.put(&path, Reply::ok(kind, feed(&[&format!("story {n}")])));
            format!(
                "[[source]]\nid = \"a/s{n}\"\nurl = \"{}\"\n",
                origin.url(&path)
            )
        })
        .collect();
    let output = World::new(&sources).poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(log.matches("items.new=1").count(), kinds.len(), "{log}");
}
