//! What is too old goes, its space comes back at once, and it does not return.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gazetted::model::{ChannelId, ItemId, SeenEntries, SeenEntry, SourceId, StoredItem, Upsert};
use gazetted::store::{ChannelRetention, Mode, Retention, Store, Which};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::world::{Origin, Reply, World, commit, rounds, upsert};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn start() -> Timestamp {
    "2026-09-01T00:00:00Z".parse().unwrap()
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

fn keyed(source: &str, guid: &str, seen: Timestamp, key: u64) -> Upsert {
    let mut upsert = upsert(source, guid, seen);
    upsert.join.keys = vec![key];
    upsert
}

/// A store with `per_day` items of `a/one` on each of `n_days`.
fn filled(dir: &Path, n_days: i32, per_day: u32) -> Store {
    let store = Store::open(dir, start()).unwrap();
    for day in 0..n_days {
        let seen = start() + DAY * day;
        let upserts = (0..per_day).map(|nth| upsert("a/one", &format!("{day} {nth}"), seen));
        store.apply(&[commit(upserts.collect())]).unwrap();
    }
    store
}

fn keep(max_age: u64) -> Retention {
    Retention {
        max_age: Some(days(max_age)),
        max_items: None,
        tombstones: days(730),
        channels: Default::default(),
    }
}

fn ids(source: &str, guids: impl IntoIterator<Item = String>) -> Vec<ItemId> {
    let source: SourceId = source.parse().unwrap();
    guids
        .into_iter()
        .map(|guid| ItemId::of(&source, &guid))
        .collect()
}

fn titles(store: &Store, channel: &str) -> Vec<String> {
    let channel = match channel {
        "" => ChannelId::root(),
        name => name.parse().unwrap(),
    };
    let stories = store.page(&channel, None, usize::MAX).unwrap();
    stories
        .into_iter()
        .map(|story| story.canonical.title.clone())
        .collect()
}

#[test]
fn an_old_volume_goes_whole_and_its_space_comes_back_at_once() {
    let dir = TempDir::new().unwrap();
    drop(filled(dir.path(), 40, 20));
    let store = Store::open(dir.path(), start()).unwrap();
    let before = store.counts().unwrap();
    assert_eq!((before.items, before.volumes), (800, 4));
    let swept = store.retain(&keep(15), start() + DAY * 39).unwrap();
    assert_eq!((swept.volumes.len(), swept.items), (2, 400));
    let after = store.counts().unwrap();
    assert_eq!((after.items, after.stories, after.volumes), (400, 400, 2));
    assert_eq!(after.removed, 400);
    assert!(after.bytes < before.bytes, "{before:?} {after:?}");
    let names = std::fs::read_dir(dir.path().join("volumes")).unwrap();
    assert_eq!(names.count(), 2, "no folder is left behind");
    assert_eq!(titles(&store, "a").len(), 400);
    assert!(titles(&store, "a")[0].starts_with("39 "));
    drop(store);
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(store.damage(), []);
    assert_eq!(store.counts().unwrap().items, 400);
}

#[test]
fn what_was_removed_does_not_come_back_until_it_is_forgotten() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 30, 5);
    store.retain(&keep(12), start() + DAY * 29).unwrap();
    let gone = ids("a/one", ["0 0".to_owned()]);
    assert_eq!(store.held(&gone).unwrap(), [Some(StoredItem::REMOVED)]);
    let again = commit(vec![upsert("a/one", "0 0", start() + DAY * 30)]);
    assert_eq!(store.apply(std::slice::from_ref(&again)).unwrap().new, 0);
    assert!(!titles(&store, "a").contains(&"0 0".to_owned()));
    let short = Retention {
        tombstones: days(18),
        ..keep(12)
    };
    let swept = store.retain(&short, start() + DAY * 30).unwrap();
    assert_eq!(swept.forgotten, 50);
    assert_eq!(store.apply(&[again]).unwrap().new, 1);
}

#[test]
fn the_number_of_items_has_an_end() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 40, 20);
    let most = Retention {
        max_age: None,
        max_items: Some(390),
        ..keep(1)
    };
    let swept = store.retain(&most, start() + DAY * 39).unwrap();
    assert_eq!(swept.volumes.len(), 2);
    assert_eq!(store.counts().unwrap().items, 400);
    let everything = Retention {
        max_items: Some(1),
        ..most
    };
    store.retain(&everything, start() + DAY * 39).unwrap();
    assert!(store.counts().unwrap().items > 0, "the newest volume stays");
}

#[test]
fn a_channel_keeps_what_its_own_rule_says() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 20, 5);
    let seen = start() + DAY * 19;
    let others = (0..20).map(|day| upsert("b/x/two", &format!("b {day}"), start() + DAY * day));
    store.apply(&[commit(others.collect())]).unwrap();
    // A story of both channels stays while one of them wants it.
    store
        .apply(&[
            commit(vec![keyed("a/one", "shared", start(), 7)]),
            commit(vec![keyed("c/three", "shared", start(), 7)]),
        ])
        .unwrap();
    let mut rules = keep(400);
    let rule = |max_age, max_items| ChannelRetention { max_age, max_items };
    rules
        .channels
        .insert("a".parse().unwrap(), rule(None, Some(12)));
    rules
        .channels
        .insert("b".parse().unwrap(), rule(Some(days(4)), None));
    store.retain(&rules, seen).unwrap();
    let mut kept = titles(&store, "a");
    assert_eq!(kept.pop().unwrap(), "shared");
    assert_eq!(kept.len(), 12);
    assert!(kept[0].starts_with("19 "));
    let newest: Vec<String> = (15..20).rev().map(|day| format!("b {day}")).collect();
    assert_eq!(titles(&store, "b/x"), newest);
    assert_eq!(titles(&store, "").len(), 12 + 5 + 1);
    assert_eq!(store.counts().unwrap().items, 12 + 5 + 2);
    let gone = ids("b/x/two", ["b 3".to_owned()]);
    assert_eq!(store.held(&gone).unwrap(), [Some(StoredItem::REMOVED)]);
    // Nothing more to do.
    assert_eq!(store.retain(&rules, seen).unwrap().items, 0);
    drop(store);
    let store = Store::open(dir.path(), seen).unwrap();
    assert_eq!(store.damage(), []);
    assert_eq!(titles(&store, "").len(), 12 + 5 + 1);
}

#[test]
fn a_removal_that_was_cut_off_is_ended_at_the_next_start() {
    let dir = TempDir::new().unwrap();
    drop(filled(dir.path(), 30, 5));
    let volumes = dir.path().join("volumes");
    let from = volumes.join("2026-09-01");
    std::fs::rename(&from, volumes.join("2026-09-01.leaving")).unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!(store.counts().unwrap().items, 100);
    assert_eq!(store.volumes().len(), 2);
    assert_eq!(std::fs::read_dir(&volumes).unwrap().count(), 2);
    assert_eq!(store.damage(), []);
}

#[test]
fn a_clock_set_forward_does_not_empty_the_store() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 15, 5);
    let in_ten_years = start() + DAY * 3650;
    let swept = store.retain(&keep(30), in_ten_years).unwrap();
    assert_eq!(swept.items, 0);
    assert_eq!(store.counts().unwrap().items, 75);
}

/// Stores one item of `a/one` at a time when the clock was wrong.
fn store_one(store: &Store, guid: &str, seen: Timestamp) {
    store
        .apply(&[commit(vec![upsert("a/one", guid, seen)])])
        .unwrap();
}

#[test]
fn an_item_of_a_fast_clock_takes_nothing_with_it() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 70, 10);
    let ahead = start() + DAY * 490;
    store_one(&store, "ahead", ahead);
    for rules in [keep(365), keep(90)] {
        let swept = store.retain(&rules, ahead + DAY).unwrap();
        assert_eq!(swept.items, 0, "{rules:?}");
        assert_eq!(store.retain(&rules, start() + DAY * 70).unwrap().items, 0);
    }
    assert_eq!(store.counts().unwrap().items, 701);
}

#[test]
fn a_sweep_of_most_of_the_store_waits_for_an_admin() {
    let dir = TempDir::new().unwrap();
    let store = filled(dir.path(), 70, 10);
    // It was fast for so long that another volume was begun.
    let ahead = start() + DAY * 490;
    store_one(&store, "ahead", ahead);
    store_one(&store, "later", ahead + DAY * 10);
    let mut of_channel = Retention {
        max_age: None,
        ..keep(0)
    };
    let rule = ChannelRetention {
        max_age: Some(days(90)),
        max_items: None,
    };
    of_channel.channels.insert("a".parse().unwrap(), rule);
    for rules in [keep(90), of_channel] {
        let swept = store.retain(&rules, ahead + DAY * 10).unwrap();
        assert_eq!((swept.items, swept.waits.is_some()), (0, true), "{rules:?}");
        assert!(store.waiting().unwrap().contains("gazetted retain --yes"));
        // The clock is right again.
        assert_eq!(
            store.retain(&keep(90), start() + DAY * 70).unwrap().waits,
            None
        );
        assert_eq!(store.waiting(), None);
    }
    assert_eq!(store.counts().unwrap().items, 702);
    store.retain(&keep(90), ahead + DAY * 10).unwrap();
    let swept = store.retain_waiting(ahead + DAY * 10).unwrap();
    assert_eq!((swept.items, store.waiting()), (700, None));
    assert_eq!(titles(&store, "a"), ["later", "ahead"]);
}

#[test]
fn a_rule_that_becomes_stricter_waits_for_retain_yes() {
    let world = World::new(
        "[store]\nretention = \"10d\"\ntombstones = \"2y\"\n\
         [[source]]\nid = \"a/one\"\nurl = \"https://paper.example/feed\"\n",
    );
    drop(filled(&world.state(), 60, 4));
    let retain = |arguments: &[&str]| {
        let output = world.command("retain").args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = retain(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("160 of 240 items of the store"), "{said}");
    let (code, said) = retain(&["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let store = Store::open(&world.state(), start()).unwrap();
    assert!(store.counts().unwrap().items <= 80, "{said}");
    assert_eq!(retain(&["--json"]).0, Some(1), "it is in use");
}

/// Tells the child of the next test where the store is.
const DIR: &str = "GAZETTED_SWEEP_DIR";

/// Commits that reach over several volumes, and sweeps by the number of stories after
/// each of them, for ever.
fn sweep_for_ever(dir: &Path) -> ! {
    let store = Store::open(dir, start()).unwrap();
    let first = store.counts().unwrap().items as u32;
    let mut rules = keep(4000);
    let rule = |max_items| ChannelRetention {
        max_age: None,
        max_items: Some(max_items),
    };
    rules.channels.insert("a".parse().unwrap(), rule(60));
    for round in first.. {
        let seen = start() + SignedDuration::from_hours(60) * (round % 400) as i32;
        let of = |source: &str, later: i64| -> Vec<Upsert> {
            let seen = seen + SignedDuration::from_hours(later);
            let guid = |nth: u32| format!("{} {round} {nth}", std::process::id());
            let each = (0..40).map(|nth| {
                let mut upsert = keyed(source, &guid(nth), seen, u64::from(round * 64 + nth));
                upsert.join.window = SignedDuration::from_hours(72);
                upsert
            });
            each.collect()
        };
        store.apply(&[commit(of("a/one", 0))]).unwrap();
        store.apply(&[commit(of("a/two", 40))]).unwrap();
        println!("sweeping");
        store.retain(&rules, seen).unwrap();
    }
    unreachable!("rounds have no end");
}

#[test]
fn a_sweep_that_is_killed_leaves_nothing_half_done() {
    if let Some(dir) = std::env::var_os(DIR) {
        sweep_for_ever(Path::new(&dir));
    }
    let dir = TempDir::new().unwrap();
    for round in 0..rounds() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["retention::a_sweep_that_is_killed_leaves_nothing_half_done"])
            .args(["--exact", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let n_sweeps = 4 + round as usize % 5;
        let sweeps = lines.map(Result::unwrap).filter(|line| line == "sweeping");
        assert_eq!(sweeps.take(n_sweeps).count(), n_sweeps);
        std::thread::sleep(Duration::from_micros(u64::from(round * 7919) % 9_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Store::open(dir.path(), start()).unwrap();
        let found = store.check(Mode::Look, &|_| {}).unwrap();
        assert_eq!((&found.findings[..], &found.damage[..]), (&[][..], &[][..]));
    }
    let store = Store::open(dir.path(), start()).unwrap();
    assert!(store.counts().unwrap().removed > 0);
}

#[test]
fn a_ledger_that_has_grown_is_written_anew() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), start()).unwrap();
    let ledger = || {
        let about = std::fs::metadata(dir.path().join("ledger/db")).unwrap();
        about.len() >> 20
    };
    // What entries are known by is written with each poll that brings news.
    for poll in 0..900_u64 {
        let seen = start() + SignedDuration::from_mins(poll as i64);
        let entry = |nth: u64| SeenEntry {
            item: ItemId::of(&"a/one".parse().unwrap(), &format!("{poll} {nth}")),
            guid: Some(poll * 7_919 + nth),
            link: Some(poll * 104_729 + nth),
            title: Some(nth),
            date: Some(nth as i64),
            text: Some(poll + nth),
            edits: 0,
        };
        let mut commit = commit(vec![upsert("a/one", &poll.to_string(), seen)]);
        commit.roll = Some(SeenEntries {
            known: (0..900).map(entry).collect(),
            ..SeenEntries::default()
        });
        store.apply(&[commit]).unwrap();
    }
    let before = ledger();
    assert!(before >= 9, "{before} MiB");
    store.pack(Which::Over, &|_| {}).unwrap();
    assert!(ledger() <= 4, "{before} MiB, and {} MiB now", ledger());
    store_one(&store, "next", start() + DAY);
    let shown = titles(&store, "a").len();
    drop(store);
    let store = Store::open(dir.path(), start()).unwrap();
    assert_eq!((titles(&store, "a").len(), store.damage()), (shown, vec![]));
    assert_eq!((shown, store.states().unwrap().len()), (901, 1));
}

#[test]
fn the_daemon_keeps_what_the_configuration_says() {
    let origin = Origin::start(8);
    let items: String = (0..9)
        .map(|nth| format!("<item><title>t{nth}</title><guid>{nth}</guid></item>"))
        .collect();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    );
    origin.put("/feed", Reply::rss(feed));
    let world = World::new(&format!(
        "[store]\nretention = \"1y\"\ntombstones = \"2y\"\n[[channel]]\nid = \"a\"\nmax_items = 4\n\
         [[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    assert!(world.poll_once().status.success());
    let daemon = world.start();
    daemon.wait_for("removed 5 items");
    daemon.wait_for_polls("a/b", 2);
    let shown = daemon.get("/a.rss").text();
    assert_eq!(shown.matches("<item>").count(), 4, "{shown}");
    assert!(!daemon.log().contains("items.new=5"));
}
