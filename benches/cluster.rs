//! What several nodes on one log cost: `cargo bench --bench cluster [-- ITEMS]`.
//!
//! Starts one nats-server (it has to be installed) and two nodes in this process. The first publishes ITEMS
//! items in commits of 50, then a commit at a time, then polls without news; the second has an empty store
//! and replays the log, as a node that joins late does. Compares with a store alone.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use gazetted::cluster::Cluster;
use gazetted::config::{Cluster as ClusterConfig, ClusterRole};
use gazetted::model::{Commit, LogOp};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use news::PER_COMMIT;

/// Commits that are under way at the same time, as polls are.
const UNDER_WAY: usize = 64;

/// Commits that are measured one at a time.
const SINGLE: u64 = 500;

struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let n_items: u64 = numbers.next().unwrap_or(100_000).max(1000);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let server = server(dir.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(n_items, dir.path(), server.1));
}

async fn measure(n_items: u64, dir: &Path, port: u16) {
    let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let n_commits = n_items / PER_COMMIT;
    let step = SignedDuration::from_hours(24 * 110) / i32::try_from(n_commits).unwrap();
    let commits = |nth: u64| news::commit(nth, start + step * i32::try_from(nth).unwrap());
    let empty = |nth: u64| Commit {
        upserts: Vec::new(),
        ..commits(nth)
    };

    let alone = Store::open(&dir.join("alone"), start).unwrap();
    for group in 0..n_commits / 20 {
        let batch: Vec<Commit> = (group * 20..(group + 1) * 20).map(commits).collect();
        alone.apply(&batch).unwrap();
    }
    let (mut news_alone, mut polls_alone) = (Vec::new(), Vec::new());
    let cpu = cpu_seconds();
    for nth in n_commits..n_commits + SINGLE {
        news_alone.push(took(|| alone.commit(&[commits(nth)]).unwrap()));
    }
    let news_cpu_alone = cpu_seconds() - cpu;
    let cpu = cpu_seconds();
    for nth in 0..SINGLE {
        polls_alone.push(took(|| alone.commit(&[empty(nth)]).unwrap()));
    }
    let polls_cpu_alone = cpu_seconds() - cpu;

    let stop = CancellationToken::new();
    let (first, tasks) = node("first", &dir.join("first"), port, start, &stop).await;
    let begun = Instant::now();
    stream::iter(0..n_commits)
        .for_each_concurrent(UNDER_WAY, |nth| publish(&first, commits(nth)))
        .await;
    let rate = n_items as f64 / begun.elapsed().as_secs_f64();
    println!("published and applied: {rate:.0} items/s, {UNDER_WAY} commits under way");

    let (mut news, mut polls) = (Vec::new(), Vec::new());
    let cpu = cpu_seconds();
    for nth in n_commits..n_commits + SINGLE {
        let begun = Instant::now();
        publish(&first, commits(nth)).await;
        news.push(begun.elapsed());
    }
    let news_cpu = cpu_seconds() - cpu;
    let cpu = cpu_seconds();
    for nth in 0..SINGLE {
        let begun = Instant::now();
        publish(&first, empty(nth)).await;
        polls.push(begun.elapsed());
    }
    let polls_cpu = cpu_seconds() - cpu;
    report("commit of 50 items, alone", &mut news_alone, news_cpu_alone);
    report("commit of 50 items, by the log", &mut news, news_cpu);
    report(
        "poll without news, alone",
        &mut polls_alone,
        polls_cpu_alone,
    );
    report("poll without news, by the log", &mut polls, polls_cpu);
    let status = first.status();
    println!(
        "from publishing to applying, median and 99th percentile: {:?} ms",
        status.delays
    );

    let begun = Instant::now();
    let (second, more) = node("second", &dir.join("second"), port, start, &stop).await;
    while second.status().sequence < status.last {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let n_replayed = n_items + SINGLE * PER_COMMIT;
    let rate = n_replayed as f64 / begun.elapsed().as_secs_f64();
    println!("replayed by an empty node: {rate:.0} items/s of {n_replayed}");
    println!("peak memory, three stores and both nodes: {} kB", memory());
    stop.cancel();
    tasks.end().await;
    more.end().await;
}

async fn publish(cluster: &Cluster, commit: Commit) {
    let op = LogOp::Commit(Box::new(commit));
    cluster.submit(op, None).await.unwrap();
}

async fn node(
    name: &str,
    dir: &Path,
    port: u16,
    now: Timestamp,
    stop: &CancellationToken,
) -> (Cluster, gazetted::cluster::ClusterTasks) {
    let config = ClusterConfig {
        servers: vec![format!("nats://127.0.0.1:{port}")],
        name: "bench".to_owned(),
        node: name.to_owned(),
        role: ClusterRole::Full,
        replicas: 1,
        login: None,
        ca: None,
        identity: None,
        snapshot_interval: Duration::from_secs(24 * 3600),
    };
    let store = Arc::new(Store::open(dir, now).unwrap());
    let about = (String::new(), String::new());
    Cluster::start(config, store, about, stop.clone())
        .await
        .unwrap()
}

/// Starts a nats-server on a port that is free.
fn server(dir: &Path) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let port = port.unwrap().port();
    let mut command = Command::new("nats-server");
    command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"]);
    let child = command.arg(dir.join("nats")).stderr(Stdio::null()).spawn();
    Server(child.expect("nats-server is installed"), port)
}

fn took<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn report(name: &str, all: &mut [Duration], cpu: f64) {
    all.sort_unstable();
    let at = |share: usize| all[(all.len() * share / 100).min(all.len() - 1)];
    println!(
        "{name}: median {:.1?}, 99th percentile {:.1?}; {:.2} ms of CPU",
        at(50),
        at(99),
        cpu * 1000.0 / all.len() as f64
    );
}

/// Returns the CPU seconds of this process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    ticks as f64 / 100.0
}

/// Returns the most memory that this process had, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let digits: String = line.unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}
