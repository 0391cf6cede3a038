//! Server-sent events: who listens hears of news at once, and of what it missed when it comes back.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::time::Duration;

use gazetted::model::{Item, StoryId};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::serve::{Listing, news};

/// Longest wait for a line that has to come, but for the heartbeat.
const PATIENCE: Duration = Duration::from_secs(30);

/// Client that listens.
struct Ear {
    stream: BufReader<TcpStream>,
}

/// Event as a browser would dispatch it, with the id that is the last one after it.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    id: String,
    kind: String,
    data: String,
}

impl Ear {
    /// Asks for events and reads the head of the answer.
    async fn open(listing: &Listing, path: &str, last: &str) -> (Ear, String) {
        let mut stream = TcpStream::connect(listing.address).await.unwrap();
        let last = match last {
            "" => String::new(),
            last => format!("last-event-id: {last}\r\n"),
        };
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{last}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut ear = Ear {
            stream: BufReader::new(stream),
        };
        let mut head = String::new();
        loop {
            let line = ear.line().await.unwrap();
            if line.is_empty() {
                return (ear, head.to_ascii_lowercase());
            }
            head.push_str(&line);
            head.push('\n');
        }
    }

    /// Next line without its end; `None` at the end of the stream.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        let n_read = timeout(PATIENCE, read).await.unwrap().unwrap();
        (n_read > 0).then(|| line.trim_end().to_owned())
    }

    /// Next event; chunks of the transfer are framed by lines that are no fields.
    async fn event(&mut self) -> Option<Heard> {
        let mut heard = Heard::default();
        loop {
            let line = self.line().await?;
            if let Some((name, value)) = line.split_once(": ") {
                match name {
                    "id" => value.clone_into(&mut heard.id),
                    "event" => value.clone_into(&mut heard.kind),
                    "data" => value.clone_into(&mut heard.data),
                    _ => {}
                }
            }
            let is_over = line.is_empty() && heard != Heard::default();
            if is_over {
                return Some(heard);
            }
        }
    }

    async fn story(&mut self) -> (String, Heard) {
        let heard = self.event().await.unwrap();
        assert_eq!(heard.kind, "story");
        let item: serde_json::Value = serde_json::from_str(&heard.data).unwrap();
        (item["id"].as_str().unwrap().to_owned(), heard)
    }
}

fn urn(item: &Item) -> String {
    StoryId::begun_by(item.id).urn()
}

#[tokio::test]
async fn who_listens_hears_of_news_and_of_what_it_missed() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let items = news(30);
    listing.carry(items[..20].to_vec());
    let (mut ear, head) = Ear::open(&listing, "/shandong/jinan/events", "").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
    // The first says where we are, and nothing of what was there.
    let first = ear.event().await.unwrap();
    assert!(first.data.is_empty() && !first.id.is_empty(), "{first:?}");
    listing.carry(items[20..21].to_vec());
    let (id, heard) = ear.story().await;
    assert_eq!(id, urn(&items[20]));
    assert!(!heard.id.is_empty());
    // Two at once come oldest first, the last with the id.
    listing.carry(items[21..23].to_vec());
    let (one, without) = ear.story().await;
    let (two, last) = ear.story().await;
    assert_eq!([one, two], [urn(&items[21]), urn(&items[22])]);
    assert!(without.id.is_empty() && !last.id.is_empty());
    drop(ear);
    // What came while nobody listened, also over a restart, is made up for.
    listing.carry(items[23..25].to_vec());
    listing.close().await;
    let listing = Listing::open(&folder).await;
    let (mut ear, _) = Ear::open(&listing, "/shandong/jinan/events", &last.id).await;
    assert_eq!(ear.story().await.0, urn(&items[23]));
    assert_eq!(ear.story().await.0, urn(&items[24]));
    let (mut root, _) = Ear::open(&listing, "/events", "nonsense").await;
    assert!(root.event().await.unwrap().data.is_empty());
    listing.carry(items[25..26].to_vec());
    assert_eq!(root.story().await.0, urn(&items[25]));
    assert_eq!(ear.story().await.0, urn(&items[25]));
    // Other channels hear nothing of it; the end comes when the daemon stops, and at once.
    let (mut other, _) = Ear::open(&listing, "/henan/events", "").await;
    assert!(other.event().await.unwrap().data.is_empty());
    let closing = timeout(Duration::from_secs(4), listing.close());
    closing.await.unwrap();
    assert_eq!(other.event().await, None);
    assert_eq!(root.event().await, None);
}

#[tokio::test]
async fn too_many_that_listen_are_turned_away() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut ears = Vec::new();
    for _ in 0..256 {
        let (ear, head) = Ear::open(&listing, "/events", "").await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        ears.push(ear);
    }
    assert_eq!(listing.get("/events").await.status, 503);
    assert_eq!(listing.get("/index.rss").await.status, 200);
    assert_eq!(listing.get("/nowhere/events").await.status, 404);
    listing.close().await;
}
