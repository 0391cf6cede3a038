//! Two stories that become one are one or two after `kill -9`, and nothing between.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use gazetted::ingest::dedupe::similarity;
use gazetted::model::{ChannelId, Commit, DedupeKeys, Item, ItemId, SourceState, StoryId, Upsert};
use gazetted::store::{Mode, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::press::{at, item, markup};
use crate::world::rounds;

/// Tells the child of this test where the store is.
const DIR: &str = "GAZETTED_KILL_MERGES_DIR";

/// Pairs of stories that one commit merges.
const PAIRS: u32 = 4;

/// The test starts itself as the process that it kills.
#[test]
fn a_merge_is_done_or_not_done() {
    if let Some(dir) = std::env::var_os(DIR) {
        merge_for_ever(Path::new(&dir));
    }
    let dir = TempDir::new().unwrap();
    let mut n_merged = 0;
    for round in 0..rounds() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "kill_merges::a_merge_is_done_or_not_done",
                "--exact",
                "--nocapture",
            ])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut left = 1 + round * 7 % 5;
        while left > 0 {
            let line = lines.next().unwrap().unwrap();
            if let Some(number) = line.strip_prefix("merged ") {
                n_merged = number.parse::<u32>().unwrap() + 1;
                left -= 1;
            } else if line.starts_with("apart ") && left == 1 && round.is_multiple_of(2) {
                // The commit that merges is the next one.
                std::thread::sleep(std::time::Duration::from_micros(
                    u64::from(round) * 997 % 9000,
                ));
                left = 0;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        check(dir.path(), n_merged);
    }
}

/// Each item is in one story; of each pair all three copies are in the older one and the
/// address of the younger leads there, or the two are as they were. All that was said to be
/// merged is, and everything in the store agrees.
#[track_caller]
fn check(dir: &Path, n_merged: u32) {
    let store = Store::open(dir, begin()).unwrap();
    assert_eq!(store.damage(), []);
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.n_findings, 0, "{:?}", found.findings);
    let stories = store.page(&ChannelId::root(), None, usize::MAX).unwrap();
    let mut homes: BTreeMap<ItemId, StoryId> = BTreeMap::new();
    for story in &stories {
        for seen in &story.sightings {
            let other = homes.insert(seen.item, story.id);
            assert_eq!(other, None, "{} is in two stories", seen.title);
        }
    }
    for nth in 0..n_merged + 1 {
        let groups = (0..PAIRS).map(|pair| copies(nth, pair).map(|copy| copy.item.id));
        for [former, latter, whole] in groups {
            let [older, younger] = [former, latter].map(StoryId::begun_by);
            let is_merged = homes.contains_key(&whole);
            assert!(is_merged || nth == n_merged, "merge {nth} was acknowledged");
            if is_merged {
                for copy in [former, latter, whole] {
                    assert_eq!(homes.get(&copy), Some(&older));
                }
                assert_eq!(store.moved(younger).unwrap(), Some(older));
                assert_eq!(store.story(younger).unwrap().unwrap().id, older);
            } else {
                assert_eq!(store.moved(younger).unwrap(), None);
                let homes = [former, latter].map(|copy| homes.get(&copy).copied());
                assert!(homes == [Some(older), Some(younger)] || homes == [None, None]);
            }
        }
    }
}

fn merge_for_ever(dir: &Path) -> ! {
    let store = Store::open(dir, begin()).unwrap();
    let is_done = |nth: u32| {
        let copies = (0..PAIRS).map(|pair| copies(nth, pair)[2].item.id);
        store
            .held(&copies.collect::<Vec<_>>())
            .unwrap()
            .iter()
            .all(Option::is_some)
    };
    let mut nth = (0..).find(|nth| !is_done(*nth)).unwrap();
    loop {
        let groups: Vec<[Upsert; 3]> = (0..PAIRS).map(|pair| copies(nth, pair)).collect();
        let parts = groups
            .iter()
            .flat_map(|[former, latter, _]| [former, latter]);
        store.apply(&parts.map(commit).collect::<Vec<_>>()).unwrap();
        println!("apart {nth}");
        let wholes = groups.iter().map(|[_, _, whole]| commit(whole));
        store.apply(&wholes.collect::<Vec<_>>()).unwrap();
        println!("merged {nth}");
        nth += 1;
    }
}

fn begin() -> Timestamp {
    at("2026-11-05T08:00:00Z")
}

/// Makes a text of its own for each seed.
fn text(seed: u32, length: u32) -> String {
    let mut state = u64::from(seed) * 2_654_435_761 + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u32
    };
    (0..length)
        .filter_map(|_| char::from_u32(0x4e00 + next() % 5000))
        .collect()
}

/// The beginning of an article, the rest of it, and the whole that shows what they are. The
/// groups of all rounds reach over several volumes.
fn copies(nth: u32, pair: u32) -> [Upsert; 3] {
    let seed = nth * PAIRS + pair;
    let (former, latter) = (text(3 * seed, 60), text(3 * seed + 1, 150));
    let title = text(3 * seed + 2, 12);
    let whole = [former.clone(), latter.clone()].concat();
    [
        copy("shandong/jinan/daily", seed, &format!("{title}甲"), &former),
        copy(
            "shandong/qingdao/morning",
            seed,
            &format!("{title}乙"),
            &latter,
        ),
        copy("henan/zhengzhou/daily", seed, &format!("{title}丙"), &whole),
    ]
}

fn copy(source: &str, seed: u32, title: &str, text: &str) -> Upsert {
    let seen = begin() + SignedDuration::from_hours(i64::from(seed / PAIRS) * 7);
    let item = Item {
        content: markup(&format!("<p>{text}</p>")),
        ..item(source, &seed.to_string(), title, seen)
    };
    let join = DedupeKeys {
        gist: Some(similarity::gist(&item, false)),
        ..DedupeKeys::default()
    };
    Upsert {
        item,
        rank: 0,
        join,
        routes: Vec::new(),
    }
}

fn commit(upsert: &Upsert) -> Commit {
    Commit {
        source: upsert.item.source.clone(),
        at: upsert.item.first_seen,
        upserts: vec![upsert.clone()],
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    }
}
