//! Readers behind a proxy that asks another node once where one gives no answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long the proxy waits for a node before it asks the next.
const ONE_TRY: Duration = Duration::from_secs(2);

/// Time between two requests.
const PAUSE: Duration = Duration::from_millis(50);

/// Addresses of the nodes, as the proxy has them; a dead node keeps its own.
pub(super) type Addresses = Arc<Mutex<Vec<String>>>;

/// Readers, as a thread that asks for the feed of everything, again and again.
pub(super) struct Readers {
    shared: Arc<Shared>,
    thread: JoinHandle<Tally>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    /// Whether nobody reads at present; held while somebody asks.
    is_paused: Mutex<bool>,
}

/// What became of all requests.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) n_asked: usize,
    /// Those that the first node did not answer.
    pub(super) n_retried: usize,
    /// Those that the second did not answer either.
    pub(super) n_failed: usize,
}

impl Readers {
    pub(super) fn start(addresses: &Addresses) -> Readers {
        let shared = Arc::new(Shared::default());
        let (of_thread, addresses) = (Arc::clone(&shared), Arc::clone(addresses));
        let thread = thread::spawn(move || {
            let mut tally = Tally::default();
            while !of_thread.is_over.load(Ordering::Relaxed) {
                let is_paused = of_thread.is_paused.lock().unwrap();
                if !*is_paused {
                    tally.read(&addresses);
                }
                drop(is_paused);
                thread::sleep(PAUSE);
            }
            tally
        });
        Readers { shared, thread }
    }

    /// Has nobody read from now on, once those who do have their answer.
    pub(super) fn pause(&self) {
        *self.shared.is_paused.lock().unwrap() = true;
    }

    pub(super) fn resume(&self) {
        *self.shared.is_paused.lock().unwrap() = false;
    }

    /// Ends the reading.
    pub(super) fn end(self) -> Tally {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

impl Tally {
    /// One request: to each node in turn, and to the next one if that does not answer.
    fn read(&mut self, addresses: &Addresses) {
        let all = addresses.lock().unwrap().clone();
        let nth = self.n_asked % all.len();
        self.n_asked += 1;
        if !is_answered(&all[nth]) {
            self.n_retried += 1;
            if !is_answered(&all[(nth + 1) % all.len()]) {
                self.n_failed += 1;
            }
        }
    }
}

/// Whether a node answers with the feed.
fn is_answered(address: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&address.parse().ok()?, ONE_TRY).ok()?;
        stream.set_read_timeout(Some(ONE_TRY)).ok()?;
        let request =
            format!("GET /index.rss HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        (answer.starts_with("HTTP/1.1 200 ") && answer.trim_end().ends_with("</rss>")).then_some(())
    };
    ask().is_some()
}
