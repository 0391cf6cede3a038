//! Clocks that are wrong, and what is left of it when they are right again.

use std::path::Path;
use std::process::Command;

use gazetted::model::{ChannelId, Upsert};
use gazetted::store::{Mode, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{Daemon, Origin, Reply, World, commit, fake_clock, upsert};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Ten years and a bit ahead.
fn fast() -> Timestamp {
    now() + HOUR * 24 * 3700
}

/// An item first seen at `seen`, published at `published`, standing at the former.
fn dated(guid: &str, seen: Timestamp, published: Option<Timestamp>) -> Upsert {
    let mut upsert = upsert("a/one", guid, seen);
    upsert.item.published = published;
    upsert.join.keys = vec![guid.len() as u64 + u64::from(guid.as_bytes()[0]) * 1000];
    upsert
}

fn titles(store: &Store) -> Vec<String> {
    let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    let titles = stories.iter().map(|story| story.canonical.title.clone());
    titles.collect()
}

/// A store with an item of yesterday, two of a fast clock, and one of now.
fn disturbed(dir: &Path) -> Store {
    let store = Store::open(dir, now()).unwrap();
    let past = now() - HOUR * 24;
    let put = |upsert, at| {
        let mut commit = commit(vec![upsert]);
        commit.at = at;
        store.apply(&[commit]).unwrap();
    };
    put(dated("before", past, Some(past)), past);
    put(dated("fast dated", fast(), Some(now() - HOUR * 5)), fast());
    put(dated("fast", fast() - HOUR, None), fast() - HOUR);
    put(dated("after", now(), Some(now())), now());
    store
}

#[track_caller]
fn check_whole(store: &Store) {
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.n_findings, 0, "{found:?}");
}

#[test]
fn items_of_a_fast_clock_take_their_own_places() {
    let dir = TempDir::new().unwrap();
    let store = disturbed(dir.path());
    assert_eq!(titles(&store)[0], "fast dated");
    let ids = |store: &Store| -> Vec<_> {
        let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
        let mut ids: Vec<_> = stories.iter().map(|story| story.id).collect();
        ids.sort();
        ids
    };
    let before = ids(&store);
    let later = now() + HOUR / 2;
    assert_eq!(store.redate(later).unwrap(), 2);
    let want = ["after", "fast", "fast dated", "before"];
    assert_eq!(titles(&store), want);
    assert_eq!(ids(&store), before, "a story keeps its id");
    for story in store.page(&ChannelId::root(), None, usize::MAX).unwrap() {
        assert!(story.changed <= later);
        assert!(story.canonical.first_seen <= later);
        assert!(store.story(story.id).unwrap().is_some());
    }
    let changed = store.changed(&ChannelId::root()).unwrap();
    assert!(changed.is_some_and(|at| at <= later), "{changed:?}");
    assert_eq!(
        store.counts().unwrap().volumes,
        1,
        "nothing is left of 2036"
    );
    assert_eq!(store.counts().unwrap().items, 4);
    assert_eq!(store.redate(later).unwrap(), 0);
    drop(store);
    let store = Store::open(dir.path(), later).unwrap();
    assert_eq!(titles(&store), want);
    check_whole(&store);
}

#[test]
fn copies_that_joined_under_a_fast_clock_stay_together_and_more_join_them() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), now()).unwrap();
    let put = |source: &str, guid: &str, at: Timestamp| {
        let mut upsert = upsert(source, guid, at);
        upsert.item.published = Some(now() - HOUR);
        upsert.item.sort_key = now() - HOUR;
        upsert.join.keys = vec![7];
        let mut commit = commit(vec![upsert]);
        commit.at = at;
        store.apply(&[commit]).unwrap();
    };
    put("a/one", "x", fast());
    put("a/two", "x", fast() + HOUR);
    store.redate(now()).unwrap();
    put("a/three", "x", now());
    let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].sightings.len(), 3);
    check_whole(&store);
}

#[test]
fn a_clock_that_is_slow_moves_nothing() {
    let dir = TempDir::new().unwrap();
    let store = disturbed(dir.path());
    let order = titles(&store);
    assert_eq!(store.redate(now() - HOUR * 24 * 300).unwrap(), 0);
    assert_eq!(titles(&store), order);
}

/// `command` under a clock that says something else; `None`, and a word, where the machine
/// has no libfaketime.
fn at(mut command: Command, time: &str) -> Option<Command> {
    fake_clock(&mut command)?.env("FAKETIME", format!("@{time}"));
    Some(command)
}

#[test]
fn nothing_is_read_while_the_clock_says_1970() {
    let origin = Origin::start(41);
    origin.put("/feed", Reply::rss(feed_of(&["one"])));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let mut once = world.command("run");
    once.arg("--once");
    let Some(mut once) = at(once, "1970-01-01 00:10:00") else {
        return;
    };
    let refused = once.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(said.contains("clock of this machine says 1970"), "{said}");
    let daemon = Daemon::start(at(world.command("run"), "1970-01-01 00:10:00").unwrap());
    daemon.wait_for("polling waits");
    assert!(origin.asked("/feed").is_empty());
}

#[test]
fn news_after_a_fast_clock_are_shown_first() {
    let origin = Origin::start(42);
    origin.put("/feed", Reply::rss(feed_of(&["one", "two"])));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let mut once = world.command("run");
    once.arg("--once");
    let Some(mut once) = at(once, "2036-11-20 12:00:00") else {
        return;
    };
    assert!(once.output().unwrap().status.success());
    origin.put("/feed", Reply::rss(feed_of(&["three", "one", "two"])));
    let daemon = world.start();
    daemon.wait_for("their times are set right");
    daemon.wait_for_polls("a/b", 1);
    let shown = daemon.get("/a.rss").text();
    assert!(!shown.contains("2036"), "{shown}");
    let place = |title: &str| shown.find(&format!("<title>{title}</title>")).unwrap();
    assert!(place("three") < place("one"), "{shown}");
}

fn feed_of(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| {
            format!(
                "<item><title>{title}</title><guid>{title}</guid>\
                 <pubDate>Thu, 19 Nov 2026 08:00:00 GMT</pubDate></item>"
            )
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}
