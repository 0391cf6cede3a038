//! What readers cost: `cargo bench --bench serve [-- ITEMS [SOURCES]]`.
//!
//! A store of ITEMS items (100 000 unless it says) of SOURCES sources (10 000), published at a
//! loopback address and asked over one connection, as a browser would: CPU of the whole process an
//! answer, the client's part included, and the slowest answer. A crawl asks for each address once;
//! after a change of another channel it is asked again.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gazetted::config::Config;
use gazetted::model::{ChannelId, Commit, SourceState, WebUrl};

use gazetted::serve::{self, App};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use news::PER_COMMIT;

/// Stories that are crawled.
const CRAWLED: usize = 2000;

/// One connection that is kept alive.
struct Client {
    stream: TcpStream,
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(100_000).max(10_000);
    let n_sources: u64 = numbers.next().unwrap_or(10_000).max(news::SOURCES);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let step = SignedDuration::from_hours(24 * 110) / i32::try_from(n_items / PER_COMMIT).unwrap();
    let at = |nth: u64| start + step * i32::try_from(nth).unwrap();
    let store = Arc::new(Store::open(dir.path(), start).unwrap());
    let n_commits = n_items / PER_COMMIT;
    for group in 0..n_commits / 20 {
        let nths = group * 20..(group + 1) * 20;
        let batch: Vec<Commit> = nths.map(|nth| news::commit(nth, at(nth))).collect();
        store.apply(&batch).unwrap();
    }
    let quiet: Vec<Commit> = (0..n_sources).map(|n| polled(n, at(n_commits))).collect();
    store.apply(&quiet).unwrap();
    println!("{:?}", store.counts().unwrap());

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let change = |nth: u64| {
        let nth = (n_commits / 20 + nth) * 20 + 7;
        store.apply(&[news::commit(nth, at(nth))]).unwrap();
    };
    runtime
        .unwrap()
        .block_on(measure(&store, n_sources, change));
}

/// The state of a source that has a title and brought nothing.
fn polled(number: u64, at: Timestamp) -> Commit {
    let mut commit = news::commit(number, at);
    commit.source = source(number).parse().unwrap();
    commit.upserts.clear();
    commit.state = Some(SourceState {
        polled: Some(at),
        title: Some(format!("第 {number} 号日报")),
        site: WebUrl::parse(&format!("https://paper-{number}.example/")),
        ..SourceState::default()
    });
    commit
}

fn source(number: u64) -> String {
    let (region, city) = (number % 20, number % 100);
    format!("region-{region}/city-{city}/source-{number}")
}

async fn measure(store: &Arc<Store>, n_sources: u64, change: impl Fn(u64)) {
    let tables = (0..n_sources).map(|number| {
        let (id, url) = (
            source(number),
            format!("https://paper-{number}.example/feed"),
        );
        format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n")
    });
    let config = Config::parse("feeds.toml", &tables.collect::<String>()).unwrap();
    let (_config, configs) = watch::channel(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let public_url = WebUrl::parse("https://news.example/").unwrap();
    let app = App::new(Arc::clone(store), configs, public_url);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve::run(app, listener, stop.clone()));
    let mut client = Client {
        stream: TcpStream::connect(address).await.unwrap(),
    };

    let calm: ChannelId = "region-3/city-3".parse().unwrap();
    let newest = store.page(&calm, None, CRAWLED).unwrap();
    let stories: Vec<String> = newest
        .iter()
        .map(|story| format!("/story/{}", story.id))
        .collect();
    client.report("first answer", &stories[..1]).await;
    client.report("stories of a city, crawled", &stories).await;
    client.report("the same, again", &stories).await;
    change(0);
    client
        .report("the same, after news elsewhere", &stories)
        .await;
    let root = store.page(&ChannelId::root(), None, 10_000).unwrap();
    let past: Vec<String> = root
        .iter()
        .step_by(40)
        .map(|story| {
            let at = story.canonical.sort_key.as_nanosecond();
            format!("/?before={at}-{}", story.id)
        })
        .collect();
    client.report("past pages of the root", &past).await;
    let beyond = vec![format!("/?before=1-{}", "0".repeat(32)); 100];
    client.report("an empty page", &beyond).await;
    let cities: Vec<String> = (0..100)
        .map(|city| format!("/region-{}/city-{city}/", city % 20))
        .collect();
    client.report("pages of channels", &cities).await;
    let months: Vec<String> = (0..60)
        .map(|nth| format!("/region-{}/archive/2026-{:02}.rss", nth % 20, 8 + nth / 20))
        .collect();
    client.report("archives of months", &months).await;
    client.report("the same, from the disk", &months).await;
    for (what, path) in [
        ("front page", "/"),
        ("feed of a region", "/region-3.atom"),
        ("feed, 99 stories", "/region-3.rss?limit=99"),
        ("/status.json", "/status.json"),
        ("/status", "/status"),
        ("/metrics", "/metrics"),
        ("/channels.opml", "/channels.opml"),
    ] {
        client.report(what, &[path.to_owned()]).await;
        client
            .report(&format!("{what}, again"), &vec![path.to_owned(); 20])
            .await;
    }
    let mut spent = Duration::ZERO;
    for nth in 1..=20 {
        change(nth);
        let before = cpu();
        client.get("/").await;
        spent += cpu().saturating_sub(before);
    }
    println!("front page, after news: {:.2?} CPU, 20 answers", spent / 20);
    stop.cancel();
    serving.await.unwrap().unwrap();
}

impl Client {
    /// Asks for all `paths` and prints what an answer cost.
    async fn report(&mut self, what: &str, paths: &[String]) {
        let before = cpu();
        let (mut slowest, mut n_bytes) = (Duration::ZERO, 0);
        for path in paths {
            let begun = Instant::now();
            n_bytes += self.get(path).await;
            slowest = slowest.max(begun.elapsed());
        }
        let n = u32::try_from(paths.len()).unwrap();
        println!(
            "{what}: {:.2?} CPU, {slowest:.1?} at most, {} bytes, {n} answers",
            cpu().saturating_sub(before) / n,
            n_bytes / paths.len(),
        );
    }

    /// Asks for one document and returns the length of its body.
    async fn get(&mut self, path: &str) -> usize {
        let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip, br\r\n\r\n");
        self.stream.write_all(ask.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = head {
                let text = std::str::from_utf8(&bytes[..end]).unwrap();
                assert!(text.starts_with("HTTP/1.1 200"), "{path}: {text}");
                let lines = text.lines();
                let length = lines
                    .filter_map(|line| line.split_once(": "))
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
                let length: usize = length.unwrap().1.parse().unwrap();
                while bytes.len() < end + 4 + length {
                    assert!(self.stream.read_buf(&mut bytes).await.unwrap() > 0);
                }
                return length;
            }
            assert!(self.stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
    }
}

/// CPU time of all threads so far, by the scheduler.
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let spent = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}
