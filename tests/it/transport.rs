//! TLS and HTTP/2: certificates are checked, floods end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gazetted::config::{Config, Http};
use gazetted::fetch::{Accept, Client, Credentials, FetchError, Fetched, Pacer, Request};
use gazetted::model::WebUrl;
use rustls::{ServerConnection, StreamOwned};

use crate::world::{Authority, Raw, Wire, any_port, ask, body, code, http, say, toml_path, whole};

fn answer(stream: &mut dyn Wire, _head: &str) {
    say(stream, whole("200 OK", "", b"hello"));
}

fn usual() -> Http {
    http(&["127.0.0.8/32", "127.0.0.9/32"])
}

/// Asks as a source with these keys would.
async fn ask_as(http: &Http, url: &str, keys: &str) -> Result<Fetched, FetchError> {
    let text = format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n{keys}\n");
    let config = Config::parse("feeds.toml", &text).unwrap();
    let source = config.sources.values().next().unwrap();
    let credentials = Credentials::of(source, &config);
    let request = Request {
        url: &source.url,
        accept: Accept::Feed,
        validators: None,
        referer: None,
        timeout: http.timeout,
        user_agent: "gazetted/0.1 (test)",
        credentials: credentials.as_ref(),
        keep_alive: true,
        pacer: None,
    };
    let client = Client::new(http).unwrap();
    client.get(&request, gazetted::clock::now()).await
}

#[tokio::test]
async fn who_vouches_for_a_server_is_checked() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let good = Raw::secure(8, ours.server("127.0.0.8"), answer);
    let expired = Raw::secure(8, ours.expired("127.0.0.8"), answer);
    let other_name = Raw::secure(8, ours.server("paper.example"), answer);
    assert_eq!(
        code(ask(&usual(), &good.url("/")).await),
        "tls",
        "nobody knows who vouches"
    );
    let trust = |authority: &Authority| format!("tls_ca = {}", toml_path(&authority.ca()));
    assert_eq!(
        body(ask_as(&usual(), &good.url("/"), &trust(&ours)).await),
        b"hello"
    );
    for (server, authority) in [(&good, &theirs), (&expired, &ours), (&other_name, &ours)] {
        let got = ask_as(&usual(), &server.url("/"), &trust(authority)).await;
        assert_eq!(code(got), "tls");
    }
    for server in [&good, &expired, &other_name] {
        for head in server.heads() {
            assert!(
                head.contains("gazetted"),
                "nothing was sent in the clear: {head}"
            );
        }
    }
    assert_eq!(good.heads().len(), 1);
    assert_eq!(expired.heads().len() + other_name.heads().len(), 0);
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_at_the_deadline() {
    let stuck = Raw::bare(8, |mut stream| {
        let mut sink = [0; 1024];
        while stream.read(&mut sink).is_ok_and(|n| n > 0) {}
    });
    let http = Http {
        timeout: Duration::from_millis(600),
        ..usual()
    };
    assert_eq!(code(ask(&http, &stuck.url("/")).await), "timeout");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let authority = Authority::new();
    let server = Raw::secure(8, authority.strict_server("127.0.0.8"), answer);
    let identity = authority.identity("gazetted.example");
    let ca = format!("tls_ca = {}", toml_path(&authority.ca()));
    let both = format!("{ca}\ntls_cert = {}", toml_path(&identity));
    assert_eq!(
        body(ask_as(&usual(), &server.url("/"), &both).await),
        b"hello"
    );
    assert!(ask_as(&usual(), &server.url("/"), &ca).await.is_err());
    let missing = format!("{ca}\ntls_cert = \"/nowhere/client.pem\"");
    let got = ask_as(&usual(), &server.url("/"), &missing).await;
    assert!(
        got.as_ref()
            .is_err_and(|why| why.to_string().contains("/nowhere/client.pem"))
    );
    assert_eq!(code(got), "no_credentials");
}

#[tokio::test]
async fn nothing_secure_is_led_into_the_clear() {
    let authority = Authority::new();
    let plain = Raw::start(([127, 0, 0, 9], 0), answer);
    let to = plain.url("/");
    let server = Raw::secure(8, authority.server("127.0.0.8"), move |stream, _| {
        say(
            stream,
            whole("301 Moved", &format!("Location: {to}\r\n"), b""),
        );
    });
    let ca = format!("tls_ca = {}", toml_path(&authority.ca()));
    let got = ask_as(&usual(), &server.url("/"), &ca).await;
    assert_eq!(code(got), "insecure_redirect");
    assert_eq!(plain.hits(), 0);
}

// HTTP/2, frame by frame (RFC 9113).

type Session = StreamOwned<ServerConnection, TcpStream>;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// A server that negotiates HTTP/2, greets, waits for the request, and then
/// does as `flood` says.
fn http2(authority: &Authority, flood: impl Fn(&mut Session) + Send + Sync + 'static) -> Raw {
    let mut config = authority.server("127.0.0.8");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    Raw::bare(8, move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut session = StreamOwned::new(session, stream);
        let mut preface = [0; 24];
        if session.read_exact(&mut preface).is_err() {
            return;
        }
        let _ = session.write_all(&frame(4, 0, 0, &[]));
        if read_request(&mut session).is_some() {
            flood(&mut session);
            let _ = session.flush();
        }
    })
}

/// Reads up to the HEADERS of the next request; `None` if the client leaves before.
fn read_request(session: &mut Session) -> Option<()> {
    let mut head = [0; 9];
    loop {
        session.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        session.read_exact(&mut vec![0; length as usize]).ok()?;
        if head[3] == 1 {
            return Some(());
        }
    }
}

/// Answers the request on `stream` with `hello`, and waits until the client leaves.
fn say_hello(session: &mut Session, stream: u32) {
    // `:status: 200` is entry 8 of the static table.
    let _ =
        session.write_all(&[frame(1, 4, stream, &[0x88]), frame(0, 1, stream, b"hello")].concat());
    let _ = session.flush();
    let _ = session.read(&mut [0; 64]);
}

#[tokio::test]
async fn a_request_that_was_refused_unread_is_sent_again_a_few_times() {
    let authority = Authority::new();
    let ca = format!("tls_ca = {}", toml_path(&authority.ca()));
    let leaves = frame(7, 0, 0, &[0; 8]);
    let refuses = frame(3, 0, 1, &[0, 0, 0, 7]);

    let n_asked = AtomicUsize::new(0);
    let goodbye = leaves.clone();
    let restarting = http2(&authority, move |session| {
        match n_asked.fetch_add(1, SeqCst) {
            0 => drop(session.write_all(&goodbye)),
            _ => say_hello(session, 1),
        }
    });
    assert_eq!(
        body(ask_as(&usual(), &restarting.url("/"), &ca).await),
        b"hello"
    );
    assert_eq!(restarting.hits(), 2);

    let busy = http2(&authority, move |session| {
        let _ = session.write_all(&refuses);
        let _ = session.flush();
        if read_request(session).is_some() {
            say_hello(session, 3);
        }
    });
    assert_eq!(body(ask_as(&usual(), &busy.url("/"), &ca).await), b"hello");
    assert_eq!(busy.hits(), 1);

    let gone = http2(&authority, move |session| drop(session.write_all(&leaves)));
    let got = code(ask_as(&usual(), &gone.url("/"), &ca).await);
    assert_eq!(got, "broken_answer");
    assert!(gone.hits() == 3, "{} times", gone.hits());
}

#[tokio::test]
async fn http2_is_spoken_and_its_floods_end() {
    let authority = Authority::new();
    let ca = format!("tls_ca = {}", toml_path(&authority.ca()));
    let http = Http {
        timeout: Duration::from_secs(2),
        ..usual()
    };
    let ok = || frame(1, 4, 1, &[0x88]);
    let polite = http2(&authority, |session| say_hello(session, 1));
    assert_eq!(body(ask_as(&http, &polite.url("/"), &ca).await), b"hello");

    type Flood = Box<dyn Fn(&mut Session) + Send + Sync>;
    let until_it_breaks = |frames: Vec<u8>| -> Flood {
        Box::new(move |session| {
            let many = frames.repeat(64);
            while session.write_all(&many).is_ok() {}
        })
    };
    let once_then = |first: Vec<u8>, rest: Vec<u8>| -> Flood {
        Box::new(move |session| {
            let _ = session.write_all(&first);
            let many = rest.repeat(64);
            while session.write_all(&many).is_ok() {}
        })
    };
    let go_away = frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]);
    let floods: [(&str, Flood); 6] = [
        ("goaway", until_it_breaks(go_away)),
        ("resets", until_it_breaks(frame(3, 0, 1, &[0, 0, 0, 8]))),
        ("empty data", once_then(ok(), frame(0, 0, 1, &[]))),
        ("pings", until_it_breaks(frame(6, 0, 0, &[0; 8]))),
        ("settings", until_it_breaks(frame(4, 0, 0, &[]))),
        (
            "continuation",
            once_then(frame(1, 0, 1, &[0x88]), frame(9, 0, 1, &[0; 32])),
        ),
    ];
    for (name, flood) in floods {
        let server = http2(&authority, flood);
        let got = code(ask_as(&http, &server.url("/"), &ca).await);
        let is_named = [
            "broken_answer",
            "truncated",
            "unreachable",
            "endless_answer",
        ];
        assert!(is_named.contains(&got), "{name}: {got}");
    }
    // `:status: 103`, the name from the static table, and no end of the stream.
    let hint = frame(1, 4, 1, &[8, 3, b'1', b'0', b'3']);
    let hints = http2(&authority, until_it_breaks(hint));
    let got = ask_as(&http, &hints.url("/"), &ca).await;
    assert_eq!(code(got), "endless_answer");
}

/// Says whose turn was waited for, and makes everybody wait.
#[derive(Debug, Default)]
struct Patient(Mutex<Vec<String>>);

impl Pacer for Patient {
    fn turn<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.0.lock().unwrap().push(host.to_owned());
        Box::pin(tokio::time::sleep(2 * SHORT))
    }
}

/// More than an answer takes on a busy machine.
const SHORT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_redirect_waits_for_the_turn_of_another_host_and_no_deadline_runs() {
    let last = Raw::start(any_port(9), answer);
    let next = last.url("/");
    let first = Raw::start(any_port(8), move |stream, head| {
        let to = match head.contains("GET /old") {
            true => "/new",
            false => &next,
        };
        say(
            stream,
            whole("302 Found", &format!("Location: {to}\r\n"), b""),
        );
    });
    let pacer = Patient::default();
    let request = Request {
        url: &WebUrl::parse(&first.url("/old")).unwrap(),
        accept: Accept::Feed,
        validators: None,
        referer: None,
        timeout: SHORT,
        user_agent: "gazetted/0.1 (test)",
        credentials: None,
        keep_alive: true,
        pacer: Some(&pacer),
    };
    let client = Client::new(&usual()).unwrap();
    let got = client.get(&request, gazetted::clock::now()).await;
    assert_eq!(body(got), b"hello");
    assert_eq!(*pacer.0.lock().unwrap(), ["127.0.0.9"]);
}
