//! A web site on a loopback address that answers as it is told and keeps an
//! account of what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for a request before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Keeps the connection open without a word.
    pub is_silent: bool,
}

impl Reply {
    pub fn ok(kind: &str, body: impl Into<Vec<u8>>) -> Reply {
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Reply {
            status: 200,
            headers,
            body: body.into(),
            is_silent: false,
        }
    }

    pub fn rss(body: impl Into<Vec<u8>>) -> Reply {
        Reply::ok("application/rss+xml", body)
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Reply {
        Reply::ok("text/html", body)
    }

    pub fn status(status: u16) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            is_silent: false,
        }
    }

    pub fn silent() -> Reply {
        Reply {
            is_silent: true,
            ..Reply::status(200)
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub at: Instant,
    pub headers: HashMap<String, String>,
}

/// Makes the answer to the `n`th request.
type Maker = Arc<dyn Fn(usize) -> Reply + Send + Sync>;

#[derive(Default)]
struct Books {
    replies: Mutex<HashMap<String, Reply>>,
    makers: Mutex<HashMap<String, Maker>>,
    asked: Mutex<Vec<Asked>>,
    came: Condvar,
}

/// The site. Its threads end with the test process.
pub struct Origin {
    address: SocketAddr,
    books: Arc<Books>,
}

impl Origin {
    /// A site on `127.0.0.{host}`, any port.
    pub fn start(host: u8) -> Origin {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let books = Arc::new(Books::default());
        let shared = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let books = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &books));
            }
        });
        Origin { address, books }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers `path` so from now on.
    pub fn put(&self, path: &str, reply: Reply) -> &Origin {
        self.books
            .replies
            .lock()
            .unwrap()
            .insert(path.to_owned(), reply);
        self
    }

    /// Answers `path` with what `make` says of the `n`th request for it.
    pub fn put_growing(
        &self,
        path: &str,
        make: impl Fn(usize) -> Reply + Send + Sync + 'static,
    ) -> &Origin {
        let mut makers = self.books.makers.lock().unwrap();
        makers.insert(path.to_owned(), Arc::new(make));
        self
    }

    /// All requests for `path` so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.books.asked.lock().unwrap();
        asked
            .iter()
            .filter(|request| request.path == path)
            .cloned()
            .collect()
    }

    /// All requests for anything so far, in the order in which they came.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.books.asked.lock().unwrap().clone()
    }

    /// Waits until `path` has been asked for `n` times.
    #[track_caller]
    pub fn wait(&self, path: &str, n: usize) {
        let count = |asked: &mut Vec<Asked>| asked.iter().filter(|a| a.path == path).count() < n;
        let asked = self.books.asked.lock().unwrap();
        let (_asked, timeout) = self
            .books
            .came
            .wait_timeout_while(asked, PATIENCE, count)
            .unwrap();
        assert!(!timeout.timed_out(), "{path} was not asked for {n} times");
    }
}

fn serve(stream: &TcpStream, books: &Books) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read_request(&mut reader) {
        let known = books.replies.lock().unwrap().get(&request.path).cloned();
        let maker = books.makers.lock().unwrap().get(&request.path).cloned();
        let held = request.headers.get("if-none-match").cloned();
        let mut asked = books.asked.lock().unwrap();
        let nth = asked.iter().filter(|one| one.path == request.path).count();
        asked.push(request);
        drop(asked);
        let reply = match maker {
            Some(make) => make(nth),
            None => known.unwrap_or_else(|| Reply::status(404)),
        };
        books.came.notify_all();
        if reply.is_silent {
            let _ = reader.read(&mut [0]);
            return;
        }
        let etag = reply
            .headers
            .iter()
            .find(|(name, _)| name == "ETag")
            .map(|(_, value)| value);
        let is_held = etag.is_some() && held.as_ref() == etag;
        if write_reply(stream, &reply, is_held).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.trim().to_owned()),
            None => {
                let at = Instant::now();
                return Some(Asked { path, at, headers });
            }
        };
    }
}

fn write_reply(mut stream: &TcpStream, reply: &Reply, is_held: bool) -> std::io::Result<()> {
    let status = if is_held { 304 } else { reply.status };
    let body: &[u8] = if is_held { &[] } else { &reply.body };
    let mut head = format!("HTTP/1.1 {status} Answer\r\n");
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !reply
        .headers
        .iter()
        .any(|(name, _)| name == "Content-Length")
        && !is_held
    {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
