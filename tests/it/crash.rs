//! The real daemon, killed at whatever moment, and with the power cut: what it
//! reported as committed is there, once, and everything agrees.
//!
//! `GAZETTED_ROUNDS=200` makes more rounds of it, as `just nightly` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::Duration;

use gazetted::model::{ChannelId, SourceId};
use gazetted::store::Store;
use jiff::Timestamp;

use crate::world::{Daemon, Image, Origin, Reply, World, gazetted, rounds};

/// Sources, all polled once a second, so that there is always something going on.
const SOURCES: usize = 8;

/// New items of each poll.
const NEW: usize = 3;

/// Items in a feed: enough for those of many polls that nobody remembers.
const WINDOW: usize = 120;

/// The feed at the `nth` time that it is asked for; its validator tells how far
/// it goes.
fn feed(source: usize, nth: usize) -> Reply {
    let end = (nth + 1) * NEW;
    let items: String = (end.saturating_sub(WINDOW)..end)
        .rev()
        .map(|item| {
            format!(
                "<item><title>item {source} {item}</title><guid>{source}-{item}</guid>\
                 <description>{}</description></item>",
                "新闻济南".repeat(item % 40)
            )
        })
        .collect();
    let body = format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    );
    Reply::rss(body).with("ETag", &format!("\"{end}\""))
}

fn origin(host: u8) -> Origin {
    let origin = Origin::start(host);
    for source in 0..SOURCES {
        origin.put_growing(&path(source), move |nth| feed(source, nth));
    }
    origin
}

fn path(source: usize) -> String {
    format!("/feed/{source}")
}

fn name(source: usize) -> String {
    format!("a/s{source}")
}

fn config(origin: &Origin) -> String {
    let sources = (0..SOURCES).map(|source| {
        format!(
            "[[source]]\nid = \"{}\"\ndedupe = false\nurl = \"{}\"\n",
            name(source),
            origin.url(&path(source))
        )
    });
    sources.collect()
}

/// How many items of each source were reported as committed.
struct Account {
    before: Vec<usize>,
}

impl Account {
    /// What was asked for before the daemon was started.
    fn open(origin: &Origin) -> Account {
        let before = (0..SOURCES).map(|source| origin.asked(&path(source)).len());
        Account {
            before: before.collect(),
        }
    }

    /// The items of each source that the log of the daemon says are there: one
    /// line for each poll, in the order in which they were asked for.
    fn acknowledged(&self, log: &str) -> Vec<usize> {
        let lines = |source: usize| log.matches(&format!("{}: polled", name(source))).count();
        (0..SOURCES)
            .map(|source| match lines(source) {
                0 => 0,
                n => (self.before[source] + n) * NEW,
            })
            .collect()
    }
}

/// All that was acknowledged is there, nothing is there twice, no validator is
/// newer than the items that it promises, and every index agrees.
#[track_caller]
fn check(state: &Path, acknowledged: &[usize]) {
    let output = gazetted()
        .args(["fsck", "--json", "--state"])
        .arg(state)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}{log}");
    let store = Store::open(state, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(store.damage(), []);
    let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for story in &stories {
        let mut words = story.canonical.title.split(' ').skip(1);
        let mut number = || words.next().unwrap().parse::<usize>().unwrap();
        let (source, item) = (number(), number());
        assert!(
            found.entry(source).or_default().insert(item),
            "item {source} {item} is there twice"
        );
    }
    let states = store.states().unwrap();
    for (source, count) in acknowledged.iter().enumerate() {
        let id: SourceId = name(source).parse().unwrap();
        let etag = states
            .get(&id)
            .and_then(|state| state.validators.as_ref()?.etag.clone());
        let promised = etag.map_or(0, |etag| {
            let text = String::from_utf8(etag).unwrap();
            text.trim_matches('"').parse().unwrap()
        });
        let there = found.remove(&source).unwrap_or_default();
        let lost: Vec<usize> = (0..promised.max(*count))
            .filter(|n| !there.contains(n))
            .collect();
        assert!(
            lost.is_empty(),
            "source {source}: {lost:?} of {count}, {promised} promised"
        );
    }
}

/// Lets the daemon work for a while that is different in each round, and ends in
/// the middle of something.
fn work(daemon: &Daemon, origin: &Origin, round: usize) {
    let source = round % SOURCES;
    let n_asked = origin.asked(&path(source)).len();
    if round.is_multiple_of(3) {
        daemon.wait_for("polled");
    }
    origin.wait(&path(source), n_asked + 1);
    thread::sleep(Duration::from_micros((round as u64 * 7919) % 60_000));
}

#[test]
fn what_was_reported_survives_kill_9() {
    let origin = origin(10);
    let world = World::new(&config(&origin));
    let mut acknowledged = vec![0; SOURCES];
    for round in 0..rounds() as usize {
        let account = Account::open(&origin);
        let daemon = world.start();
        work(&daemon, &origin, round);
        daemon.signal("KILL");
        let log = daemon.log_to_the_end();
        for (all, new) in acknowledged.iter_mut().zip(account.acknowledged(&log)) {
            *all = new.max(*all);
        }
        check(&world.state(), &acknowledged);
    }
    assert!(acknowledged.iter().sum::<usize>() > 0);
}

#[test]
fn what_was_reported_survives_a_power_loss() {
    let Some(image) = Image::make(96) else { return };
    let origin = origin(11);
    let world = World::new(&config(&origin));
    let mut acknowledged = vec![0; SOURCES];
    for round in 0..rounds() as usize {
        let mounted = image.mount();
        let account = Account::open(&origin);
        let state = mounted.path().join("state");
        let daemon = world.start_in(&state);
        work(&daemon, &origin, round);
        // What is said after the cut was said by a machine that was off: then a sync
        // of ext4 may answer that all is well when it finds its journal gone.
        let log = daemon.log();
        mounted.cut_power();
        daemon.signal("KILL");
        drop(daemon.log_to_the_end());
        for (all, new) in acknowledged.iter_mut().zip(account.acknowledged(&log)) {
            *all = new.max(*all);
        }
        drop(mounted);
        let mounted = image.mount();
        check(&mounted.path().join("state"), &acknowledged);
    }
    assert!(acknowledged.iter().sum::<usize>() > 0);
}
