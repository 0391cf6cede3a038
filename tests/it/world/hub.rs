//! A WebSub hub on a loopback address: it keeps an account of what it was asked,
//! verifies as it is told, and pushes what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use ring::hmac;
use url::{Url, form_urlencoded};

use super::client::{Answer, send};

/// How long a test waits for a request before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the hub does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It verifies before it answers, and promises so many seconds.
    Verifies(u64),
    /// It takes the request and says no more.
    Waits,
    /// It answers with this status.
    Refuses(u16),
}

/// A request for a subscription.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where at the hub.
    pub path: String,
    form: Vec<(String, String)>,
    /// What the subscriber said when asked whether it meant that.
    pub verified: Option<Answer>,
}

impl Ask {
    /// A field of the form, empty if it is not there.
    pub fn field(&self, name: &str) -> &str {
        let found = self.form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// All fields of the form with this name.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        let found = self.form.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The path of the callback address.
    pub fn path_back(&self) -> String {
        let callback = Url::parse(self.field("hub.callback")).unwrap();
        callback.path().to_owned()
    }

    /// `X-Hub-Signature` of `body` by this method.
    pub fn sign(&self, method: &str, body: &[u8]) -> String {
        let algorithm = match method {
            "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => hmac::HMAC_SHA256,
            "sha384" => hmac::HMAC_SHA384,
            "sha512" => hmac::HMAC_SHA512,
            other => panic!("no method {other}"),
        };
        let key = hmac::Key::new(algorithm, self.field("hub.secret").as_bytes());
        let sum = hmac::sign(&key, body);
        let digits: String = sum.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        format!("{method}={digits}")
    }
}

struct Books {
    manner: Manner,
    /// Where the name in the callback address leads.
    subscriber: Mutex<String>,
    asks: Mutex<Vec<Ask>>,
    came: Condvar,
}

/// The hub. Its threads end with the test process.
pub struct Hub {
    address: SocketAddr,
    books: Arc<Books>,
}

impl Hub {
    /// A hub on `127.0.0.{host}`, any port.
    pub fn start(host: u8, manner: Manner) -> Hub {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let books = Arc::new(Books {
            manner,
            subscriber: Mutex::default(),
            asks: Mutex::default(),
            came: Condvar::new(),
        });
        let shared = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let books = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &books));
            }
        });
        Hub { address, books }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The subscriber's public name leads to this address from now on, as by DNS
    /// and a proxy.
    pub fn reach(&self, address: &str) {
        *self.books.subscriber.lock().unwrap() = address.to_owned();
        self.books.came.notify_all();
    }

    /// All requests so far.
    pub fn asks(&self) -> Vec<Ask> {
        self.books.asks.lock().unwrap().clone()
    }

    /// Waits for the `n`th request.
    #[track_caller]
    pub fn wait(&self, n: usize) -> Ask {
        let asks = self.books.asks.lock().unwrap();
        let is_short = |asks: &mut Vec<Ask>| asks.len() < n;
        let waited = self.books.came.wait_timeout_while(asks, PATIENCE, is_short);
        let (asks, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "the hub was not asked for {n} times");
        asks[n - 1].clone()
    }

    /// Asks the subscriber whether it meant `ask`, with these changes.
    pub fn verify(&self, ask: &Ask, changes: &[(&str, &str)]) -> Answer {
        verify(&self.books, ask, "86400", changes)
    }

    /// Pushes `body` under `headers`.
    pub fn push(&self, ask: &Ask, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let address = self.books.subscriber.lock().unwrap().clone();
        send(&address, "POST", &ask.path_back(), headers, body)
    }

    /// Pushes `body` as a feed, signed.
    pub fn push_feed(&self, ask: &Ask, body: &str) -> Answer {
        let signature = ask.sign("sha256", body.as_bytes());
        let headers = [
            ("Content-Type", "application/rss+xml"),
            ("X-Hub-Signature", signature.as_str()),
        ];
        self.push(ask, &headers, body.as_bytes())
    }
}

fn verify(books: &Books, ask: &Ask, lease: &str, changes: &[(&str, &str)]) -> Answer {
    let subscriber = books.subscriber.lock().unwrap();
    // The daemon may ask before the test knows where it is.
    let is_unknown = |address: &mut String| address.is_empty();
    let waited = books
        .came
        .wait_timeout_while(subscriber, PATIENCE, is_unknown)
        .unwrap();
    let address = waited.0.clone();
    let mut query = vec![
        ("hub.mode", ask.field("hub.mode")),
        ("hub.topic", ask.field("hub.topic")),
        ("hub.challenge", "a challenge/?&=é"),
        ("hub.lease_seconds", lease),
    ];
    for (name, value) in changes {
        query.retain(|(key, _)| key != name);
        query.push((name, value));
    }
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(query);
    let path = format!("{}?{}", ask.path_back(), text.finish());
    send(&address, "GET", &path, &[], &[])
}

fn serve(stream: TcpStream, books: &Books) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(mut ask) = read(&mut reader) {
        let status = match books.manner {
            Manner::Verifies(lease) => {
                ask.verified = Some(verify(books, &ask, &lease.to_string(), &[]));
                202
            }
            Manner::Waits => 202,
            Manner::Refuses(status) => status,
        };
        books.asks.lock().unwrap().push(ask);
        books.came.notify_all();
        let reply = format!("HTTP/1.1 {status} Answer\r\nContent-Length: 5\r\n\r\nsorry");
        if (&stream).write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Ask> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    assert!(line.starts_with("POST "), "{line}");
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        match line.trim_end().to_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(("content-type", kind)) => assert_eq!(kind, "application/x-www-form-urlencoded"),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let form = form_urlencoded::parse(&body).into_owned().collect();
    Some(Ask {
        path,
        form,
        verified: None,
    })
}
