//! The store keeps what it was given, through restarts, crashes and damage.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use gazetted::model::{
    BreakerState, ChannelId, Commit, DedupeKeys, Health, Item, ItemId, Notes, SafeHtml, SourceId,
    SourceState, SourceSummary, Story, StoryId, Upsert, WebUrl,
};
use gazetted::store::{Applied, Cursor, Damage, Mode, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::world::copy;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-20T12:00:00Z")
}

fn open(dir: &Path) -> Store {
    Store::open(dir, noon()).unwrap()
}

fn channel(name: &str) -> ChannelId {
    match name {
        "" => ChannelId::root(),
        name => name.parse().unwrap(),
    }
}

fn item(source: &str, guid: &str, seen: Timestamp) -> Item {
    let source: SourceId = source.parse().unwrap();
    let url = format!(
        "https://{}.example/{guid}",
        source.as_str().replace('/', ".")
    );
    Item {
        id: ItemId::of(&source, guid),
        source,
        guid: Some(guid.to_owned()),
        url: WebUrl::parse(&url),
        title: format!("标题 {guid}"),
        language: Some("zh-CN".to_owned()),
        authors: vec!["王记者".to_owned()],
        origin: Some("新华社".to_owned()),
        published: Some(seen),
        updated: None,
        first_seen: seen,
        sort_key: seen,
        summary: None,
        content: Some(SafeHtml::default()),
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: 1,
    }
}

/// One item without keys.
fn upsert(source: &str, guid: &str, seen: Timestamp) -> Upsert {
    let item = item(source, guid, seen);
    Upsert {
        item,
        rank: 0,
        join: DedupeKeys::default(),
        routes: Vec::new(),
    }
}

/// One item that others with `key` may join.
fn keyed(source: &str, guid: &str, seen: Timestamp, rank: u32, key: u64) -> Upsert {
    Upsert {
        rank,
        join: DedupeKeys::by(vec![key]),
        ..upsert(source, guid, seen)
    }
}

/// A commit of `upserts`, all of one source, polled when the last was seen.
fn commit(upserts: &[Upsert]) -> Commit {
    let last = &upserts.last().unwrap().item;
    Commit {
        source: last.source.clone(),
        at: last.first_seen,
        upserts: upserts.to_vec(),
        robots: Vec::new(),
        state: Some(SourceState {
            polled: Some(last.first_seen),
            health: Health::Good,
            ..SourceState::default()
        }),
        subscription: None,
        roll: None,
    }
}

fn titles(stories: &[Arc<Story>]) -> Vec<&str> {
    stories
        .iter()
        .map(|story| story.canonical.title.as_str())
        .collect()
}

fn all(store: &Store, name: &str) -> Vec<Arc<Story>> {
    store.page(&channel(name), None, 1000).unwrap()
}

/// Everything that can be read from a store, for comparing two of them.
fn everything(store: &Store, channels: &[&str]) -> String {
    let pages: Vec<_> = channels
        .iter()
        .map(|name| (all(store, name), store.changed(&channel(name)).unwrap()))
        .collect();
    let counts = store.counts().unwrap();
    format!(
        "{pages:#?} {:#?} {} {}",
        store.states().unwrap(),
        counts.items,
        counts.stories
    )
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn a_restart_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let channels = ["", "a", "a/x", "b"];
    let store = open(dir.path());
    let commits = [
        commit(&[
            upsert("a/x/one", "1", noon()),
            upsert("a/x/one", "2", noon() + HOUR),
        ]),
        commit(&[upsert("b/two", "1", noon())]),
    ];
    let applied = store.apply(&commits).unwrap();
    assert_eq!(applied.new, 3);
    let before = everything(&store, &channels);
    assert_eq!(titles(&all(&store, "a/x")), ["标题 2", "标题 1"]);
    assert_eq!(all(&store, "a"), all(&store, "a/x"));
    assert_eq!(all(&store, "").len(), 3);
    assert_eq!(store.changed(&channel("a")).unwrap(), Some(noon() + HOUR));
    assert_eq!(store.changed(&channel("c")).unwrap(), None);
    let generation = store.generation(&channel("a"));
    drop(store);

    let store = open(dir.path());
    assert_eq!(everything(&store, &channels), before);
    assert_ne!(store.generation(&channel("a")), generation);
    let held = store.held(&[commits[0].upserts[1].item.id]).unwrap();
    assert_eq!(held[0].unwrap().first_seen, noon() + HOUR);
    assert_eq!(store.damage(), []);
}

/// Holds that the summaries of all sources are what their states sum up to.
#[track_caller]
fn assert_summed_up(store: &Store) {
    let states = store.states().unwrap().into_iter();
    let want: BTreeMap<SourceId, SourceSummary> = states
        .map(|(source, state)| (source, SourceSummary::of(&state)))
        .collect();
    assert_eq!(*store.source_summaries().unwrap(), want);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn summaries_follow_whatever_is_committed(
        polls in prop::collection::vec((0_u8..5, 0_u8..4, any::<u32>()), 1..30),
    ) {
        let dir = TempDir::new().unwrap();
        let mut store = open(dir.path());
        for (nth, (source, outcome, second)) in polls.into_iter().enumerate() {
            let source = format!("a/source-{source}");
            let failing = |code: &str| Health::Failing {
                code: code.to_owned(),
                message: "why".to_owned(),
            };
            let polled = Timestamp::from_second(second.into()).unwrap();
            let mut commit = commit(&[upsert(&source, &nth.to_string(), noon())]);
            commit.state = Some(SourceState {
                health: match outcome {
                    0 => Health::Good,
                    1 => failing("held_back"),
                    _ => failing("timeout"),
                },
                polled: Some(polled),
                due: Some(polled + HOUR),
                asked: WebUrl::parse("https://paper.example/feed"),
                host: (outcome == 3).then_some(BreakerState {
                    at: polled,
                    until: polled + HOUR,
                    failures: 3,
                }),
                ..SourceState::default()
            });
            store.apply(&[commit]).unwrap();
            if second % 5 == 0 {
                let (from, to) = (source.parse().unwrap(), "a/renamed".parse().unwrap());
                store.rename_source(&from, &to).unwrap();
            }
            assert_summed_up(&store);
            if second % 7 == 0 {
                drop(store);
                store = open(dir.path());
                assert_summed_up(&store);
            }
        }
    }
}

#[test]
fn a_commit_applied_twice_changes_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let commits = [
        commit(&[keyed("a/one", "1", noon(), 0, 7)]),
        commit(&[keyed("b/two", "1", noon() + HOUR, 1, 7)]),
    ];
    store.apply(&commits).unwrap();
    let before = everything(&store, &["", "a", "b"]);
    let generation = store.generation(&ChannelId::root());
    assert_eq!(store.apply(&commits).unwrap(), Applied::default());
    assert_eq!(everything(&store, &["", "a", "b"]), before);
    assert_eq!(store.generation(&ChannelId::root()), generation);
}

#[test]
fn copies_of_a_story_are_one_in_every_channel() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store
        .apply(&[commit(&[keyed("a/x/one", "1", noon(), 5, 7)])])
        .unwrap();
    let id = all(&store, "")[0].id;
    store
        .apply(&[commit(&[keyed("a/y/two", "1", noon() + HOUR, 5, 7)])])
        .unwrap();
    for name in ["", "a", "a/x", "a/y"] {
        let stories = all(&store, name);
        assert_eq!(stories.len(), 1, "{name}");
        assert_eq!(stories[0].id, id);
        assert_eq!(stories[0].sightings.len(), 2);
        // A channel shows the copy of its own papers.
        let shown = if name == "a/y" { "a/y/two" } else { "a/x/one" };
        assert_eq!(stories[0].canonical.source.as_str(), shown, "{name}");
        assert_eq!(store.changed(&channel(name)).unwrap(), Some(noon() + HOUR));
    }
    assert_eq!(store.story(id).unwrap().unwrap(), *all(&store, "")[0]);
    assert_eq!(store.counts().unwrap().stories, 1);
}

#[test]
fn a_better_late_copy_is_shown_in_place() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let early = commit(&[
        keyed("a/one", "1", noon(), 1, 7),
        upsert("a/one", "2", noon() + HOUR),
    ]);
    store.apply(&[early]).unwrap();
    let late = commit(&[keyed("b/two", "better", noon() + HOUR * 2, 9, 7)]);
    let applied = store.apply(&[late]).unwrap();
    assert_eq!(applied.joined, 1);
    let stories = all(&store, "");
    assert_eq!(titles(&stories), ["标题 2", "标题 better"]);
    assert_eq!(
        stories[1].id,
        StoryId::begun_by(item("a/one", "1", noon()).id)
    );
    assert_eq!(stories[1].canonical.sort_key, noon());
    assert_eq!(stories[1].changed, noon() + HOUR * 2);
}

#[test]
fn what_may_not_join_stays_apart() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let days = SignedDuration::from_hours(24);
    for upsert in [
        keyed("a/one", "1", noon(), 0, 7),
        keyed("a/one", "2", noon(), 0, 7),
        keyed("b/two", "late", noon() + days * 4, 0, 7),
        upsert("c/three", "1", noon()),
        upsert("d/four", "1", noon()),
    ] {
        assert_eq!(store.apply(&[commit(&[upsert])]).unwrap().joined, 0);
    }
    assert_eq!(all(&store, "").len(), 5);
}

#[test]
fn a_long_window_reaches_over_as_many_volumes_as_it_is_long() {
    let days = SignedDuration::from_hours(24);
    for (window, apart, joined) in [(3, 4, 0), (25, 24, 1), (25, 26, 0), (60, 59, 1)] {
        let dir = TempDir::new().unwrap();
        let store = open(dir.path());
        let late = noon() + days * apart;
        let mut upserts = [
            keyed("a/one", "1", noon(), 0, 7),
            keyed("b/two", "1", late, 0, 7),
        ];
        for upsert in &mut upserts {
            upsert.join.window = days * window;
        }
        for upsert in upserts {
            let done = store
                .apply(&[commit(std::slice::from_ref(&upsert))])
                .unwrap();
            let is_late = upsert.item.first_seen == late;
            assert_eq!(
                done.joined,
                if is_late { joined } else { 0 },
                "{window} {apart}"
            );
        }
    }
}

#[test]
fn a_changed_item_is_updated_in_place() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    store
        .apply(&[commit(&[upsert("a/one", "1", noon())])])
        .unwrap();
    let mut corrected = upsert("a/one", "1", noon() + HOUR);
    corrected.item.title = "更正".to_owned();
    corrected.item.fingerprint = 2;
    let applied = store.apply(&[commit(&[corrected.clone()])]).unwrap();
    assert_eq!((applied.new, applied.changed), (0, 1));
    let stories = all(&store, "a");
    assert_eq!(titles(&stories), ["更正"]);
    assert_eq!(stories[0].sightings[0].title, "更正");
    assert_eq!(stories[0].canonical.first_seen, noon());
    assert_eq!(store.changed(&channel("a")).unwrap(), Some(noon() + HOUR));
    let held = store.held(&[corrected.item.id]).unwrap();
    assert_eq!(held[0].unwrap().fingerprint, 2);
    assert_eq!(held[0].unwrap().sort_key, noon());
}

#[test]
fn pages_go_on_below_a_cursor_over_months() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let days = SignedDuration::from_hours(24);
    for day in 0..300 {
        let seen = at("2026-01-01T00:00:00Z") + days * day;
        let mut upserts = vec![upsert("a/one", &day.to_string(), seen)];
        if day % 50 == 0 {
            // First seen now, published long ago.
            let mut old = upsert("a/one", &format!("old {day}"), seen);
            old.item.sort_key = at("2020-01-01T00:00:00Z") + days * day;
            upserts.push(old);
        }
        store.apply(&[commit(&upserts)]).unwrap();
    }
    assert_eq!(store.volumes().len(), 30);
    drop(store);
    let store = open(dir.path());
    let whole = all(&store, "a");
    assert_eq!(whole.len(), 306);
    assert!(whole.is_sorted_by(|a, b| a.canonical.sort_key > b.canonical.sort_key));
    let mut paged = Vec::new();
    let mut before = None;
    loop {
        let page = store.page(&channel("a"), before, 7).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(Cursor {
            sort_key: last.canonical.sort_key,
            story: last.id,
        });
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    assert_eq!(store.page(&channel("a"), None, 0).unwrap(), []);
}

#[test]
fn a_second_instance_is_told_and_the_first_goes_on() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let refused = Store::open(dir.path(), noon()).unwrap_err();
    assert!(matches!(refused, StoreError::AlreadyOpen(_)), "{refused}");
    assert!(refused.to_string().contains(dir.path().to_str().unwrap()));
    store
        .apply(&[commit(&[upsert("a/one", "1", noon())])])
        .unwrap();
    assert_eq!(all(&store, "a").len(), 1);
}

#[test]
fn a_newer_layout_is_refused_untouched() {
    let dir = TempDir::new().unwrap();
    drop(open(dir.path()));
    fs::write(dir.path().join("layout"), "17 0123456789ab\n").unwrap();
    fs::remove_file(dir.path().join("lock")).unwrap();
    let listing = || {
        let mut names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (
                    entry.file_name(),
                    entry.metadata().unwrap().modified().unwrap(),
                )
            })
            .collect();
        names.sort();
        names
    };
    let before = listing();
    let refused = Store::open(dir.path(), noon()).unwrap_err();
    assert!(
        matches!(refused, StoreError::NewerLayout { .. }),
        "{refused}"
    );
    assert_eq!(listing(), before);
}

#[test]
fn a_missing_folder_is_made() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir.path().join("var/lib/gazetted"));
    assert_eq!(all(&store, ""), []);
    assert_eq!(store.states().unwrap().len(), 0);
    assert_eq!(store.held(&[ItemId::from_bytes([0; 16])]).unwrap(), [None]);
    assert_eq!(store.story(StoryId::from_bytes([0; 16])).unwrap(), None);
}

#[test]
fn a_crash_between_volume_and_ledger_is_made_good() {
    let dir = TempDir::new().unwrap();
    let (live, crashed) = (dir.path().join("live"), dir.path().join("crashed"));
    let month_end = at("2026-11-30T23:30:00Z");
    let first = commit(&[keyed("a/one", "1", month_end, 1, 7)]);
    let second = commit(&[
        upsert("b/two", "new", month_end + HOUR),
        keyed("b/two", "copy", month_end + HOUR, 9, 7),
    ]);
    let store = open(&live);
    store.apply(&[first]).unwrap();
    drop(store);
    copy(&live.join("ledger"), &dir.path().join("ledger"));
    let store = open(&live);
    store.apply(std::slice::from_ref(&second)).unwrap();
    let want = everything(&store, &["", "a", "b"]);
    drop(store);

    // The ledger of before, the volumes of after.
    copy(&live, &crashed);
    fs::remove_dir_all(crashed.join("ledger")).unwrap();
    copy(&dir.path().join("ledger"), &crashed.join("ledger"));
    let store = open(&crashed);
    let held = store.held(&[second.upserts[0].item.id]).unwrap();
    assert!(held[0].is_some(), "the ledger was told");
    assert_eq!(store.counts().unwrap().items, 3);
    assert_eq!(store.states().unwrap().len(), 1);
    store.apply(std::slice::from_ref(&second)).unwrap();
    assert_eq!(everything(&store, &["", "a", "b"]), want);
    drop(store);

    // And when the newer volume was not written at all.
    fs::remove_dir_all(&crashed).unwrap();
    copy(&live, &crashed);
    fs::remove_dir_all(crashed.join("ledger")).unwrap();
    copy(&dir.path().join("ledger"), &crashed.join("ledger"));
    fs::remove_dir_all(crashed.join("volumes/2026-12-01")).unwrap();
    let store = open(&crashed);
    assert_eq!(all(&store, "").len(), 1);
    store.apply(&[second]).unwrap();
    assert_eq!(everything(&store, &["", "a", "b"]), want);
}

#[test]
fn what_stood_before_damage_in_the_journal_survives_two_crashes() {
    let dir = TempDir::new().unwrap();
    let (live, once, twice) = (
        dir.path().join("live"),
        dir.path().join("once"),
        dir.path().join("twice"),
    );
    let store = open(&live);
    for guid in ["1", "2", "3"] {
        let one = commit(&[upsert("a/one", guid, noon())]);
        store.apply(&[one]).unwrap();
    }
    // A copy of what runs is what a crash leaves.
    copy(&live, &once);
    let journal = once.join("journal");
    let mut bytes = fs::read(&journal).unwrap();
    // The first frame counts checkpoints, the next one is the first commit.
    let after = |at: usize| {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        at + 28 + length as usize
    };
    let second = after(after(0));
    bytes[second + 40] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let store = open(&once);
    let titles = |store: &Store| -> Vec<String> {
        let all = all(store, "");
        all.iter().map(|one| one.canonical.title.clone()).collect()
    };
    let before = titles(&store);
    assert!(before.contains(&"标题 1".to_owned()), "{before:?}");
    let more = commit(&[upsert("a/one", "4", noon() + HOUR)]);
    store.apply(&[more]).unwrap();
    copy(&once, &twice);
    let after = titles(&open(&twice));
    assert_eq!(after.len(), before.len() + 1, "{before:?} {after:?}");
}

#[test]
fn a_journal_that_was_just_put_away_is_read_too() {
    let dir = TempDir::new().unwrap();
    let (live, crashed) = (dir.path().join("live"), dir.path().join("crashed"));
    let store = open(&live);
    for guid in ["1", "2", "3"] {
        let one = commit(&[upsert("a/one", guid, noon())]);
        store.apply(&[one]).unwrap();
    }
    copy(&live, &crashed);
    let before = all(&store, "a");
    // The power goes before there is another in its place; what was to come there is half written.
    fs::rename(crashed.join("journal"), crashed.join("journal.old")).unwrap();
    fs::write(crashed.join("journal.new"), [0; 9]).unwrap();
    for _ in 0..2 {
        let store = open(&crashed);
        assert_eq!(all(&store, "a"), before);
        assert_eq!(store.damage(), []);
    }
}

#[test]
fn a_damaged_volume_is_moved_aside_and_the_rest_served() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let old = commit(&[upsert("a/one", "old", at("2026-10-05T00:00:00Z"))]);
    let new = commit(&[upsert("a/one", "new", noon())]);
    store.apply(&[old.clone(), new]).unwrap();
    drop(store);
    let volume = dir.path().join("volumes/2026-10-01");
    fs::write(volume.join("manifest"), "none").unwrap();
    fs::write(volume.join("1.table"), vec![0x5a; 100_000]).unwrap();

    let store = open(dir.path());
    assert_eq!(titles(&all(&store, "a")), ["标题 new"]);
    let damage = store.damage();
    let [Damage::MovedAside { what, kept, .. }] = damage.as_slice() else {
        panic!("{damage:?}");
    };
    assert_eq!(what, "volume 2026-10-01");
    assert!(kept.join("manifest").exists());

    // While the source still has it, it comes back where it was.
    assert_eq!(store.held(&[old.upserts[0].item.id]).unwrap(), [None]);
    let mut again = commit(&[upsert("a/one", "old", noon() + HOUR)]);
    again.upserts[0].item.fingerprint = old.upserts[0].item.fingerprint;
    store.apply(&[again]).unwrap();
    let stories = all(&store, "a");
    assert_eq!(titles(&stories), ["标题 new", "标题 old"]);
    assert_eq!(stories[1].canonical.sort_key, at("2026-10-05T00:00:00Z"));
    assert!(store.held(&[old.upserts[0].item.id]).unwrap()[0].is_some());
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.damage().len(), 1);
    assert_eq!(all(&store, "a").len(), 2);
}

#[test]
fn a_lost_ledger_is_rebuilt_from_the_volumes() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let commits = [
        commit(&[keyed("a/one", "1", at("2026-10-31T20:00:00Z"), 1, 7)]),
        commit(&[keyed("b/two", "1", at("2026-11-01T02:00:00Z"), 2, 7)]),
        commit(&[upsert("a/one", "2", noon())]),
    ];
    store.apply(&commits).unwrap();
    let readers = |store: &Store| {
        let pages =
            ["", "a", "b"].map(|name| (all(store, name), store.changed(&channel(name)).unwrap()));
        let counts = store.counts().unwrap();
        (pages, counts.items, counts.stories)
    };
    let before = readers(&store);
    drop(store);
    let ledger = dir.path().join("ledger");
    fs::write(ledger.join("db"), vec![0x5a; 100_000]).unwrap();

    let store = open(dir.path());
    assert_eq!(readers(&store), before);
    assert_eq!(store.damage().len(), 1);
    assert_eq!(store.states().unwrap().len(), 0);
    assert_eq!(store.apply(&commits[..2]).unwrap(), Applied::default());
    drop(store);
    fs::remove_dir_all(&ledger).unwrap();
    let store = open(dir.path());
    assert_eq!(readers(&store), before);
    assert_eq!(store.damage().len(), 1);
}

#[test]
fn a_ledger_without_a_sound_snapshot_loses_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    for day in 0..40 {
        let seen = noon() - HOUR * day;
        let upserts: Vec<Upsert> = (0..50)
            .map(|nth| upsert("a/one", &format!("{day} {nth}"), seen))
            .collect();
        store.apply(&[commit(&upserts)]).unwrap();
    }
    drop(store);
    let store = open(dir.path());
    let before = all(&store, "a");
    drop(store);
    let mut n_damaged = 0;
    for entry in fs::read_dir(dir.path().join("ledger")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("snap.")
        {
            fs::write(&path, []).unwrap();
            n_damaged += 1;
        }
    }
    assert!(n_damaged > 0, "sled wrote no snapshot");

    let store = open(dir.path());
    assert_eq!(all(&store, "a"), before);
    let damage = store.damage();
    assert!(
        matches!(damage.as_slice(), [Damage::Repaired { .. }]),
        "{damage:?}"
    );
}

#[test]
fn a_flipped_byte_costs_no_more_than_its_volume() {
    let dir = TempDir::new().unwrap();
    let sound = dir.path().join("sound");
    let store = open(&sound);
    let body = |nth: usize| {
        (0..200)
            .map(|i| format!("<p>{}</p>", nth * 7919 + i))
            .collect()
    };
    for nth in 0..100 {
        let mut old = upsert("a/one", &format!("old {nth}"), noon() - HOUR * 24 * 40);
        old.item.content = Some(SafeHtml::vouched(body(nth)));
        let new = upsert("a/one", &format!("new {nth}"), noon());
        store.apply(&[commit(&[old, new])]).unwrap();
    }
    drop(store);
    let source: SourceId = "a/one".parse().unwrap();
    let guids = (0..100).flat_map(|nth| [format!("old {nth}"), format!("new {nth}")]);
    let ids: Vec<ItemId> = guids.map(|guid| ItemId::of(&source, &guid)).collect();
    let size = fs::metadata(sound.join("volumes/2026-10-11/1.table"))
        .unwrap()
        .len() as usize;
    for nth in 0..24 {
        let flipped = dir.path().join("flipped");
        copy(&sound, &flipped);
        let path = flipped.join("volumes/2026-10-11/1.table");
        let mut bytes = fs::read(&path).unwrap();
        bytes[size * nth / 24 + nth] ^= 0x10;
        fs::write(&path, bytes).unwrap();

        let store = open(&flipped);
        let stories = all(&store, "a");
        let is_new = |story: &&Arc<Story>| story.canonical.title.contains("new");
        assert_eq!(stories.iter().filter(is_new).count(), 100, "byte {nth}");
        // What is missing is known, and asked for again.
        assert_eq!(
            store.damage().is_empty(),
            stories.len() == 200,
            "byte {nth}: {} {:?}",
            stories.len(),
            store.counts()
        );
        // An index that is damaged is made anew by a check.
        store.check(Mode::Mend, &|_| {}).unwrap();
        let shown = all(&store, "a").into_iter();
        let shown: BTreeSet<ItemId> = shown.map(|story| story.canonical.id).collect();
        let held = store.held(&ids).unwrap();
        for (id, held) in ids.iter().zip(held) {
            assert_eq!(held.is_some(), shown.contains(id), "byte {nth}");
        }
        let more = commit(&[upsert("a/one", "more", noon() + HOUR)]);
        assert_eq!(store.apply(&[more]).unwrap().new, 1);
        drop(store);
        fs::remove_dir_all(&flipped).unwrap();
    }
}

#[test]
fn every_kind_of_damage_costs_no_more_than_its_volume() {
    let dir = TempDir::new().unwrap();
    let sound = dir.path().join("sound");
    let store = open(&sound);
    for nth in 0..40 {
        let old = upsert("a/one", &format!("old {nth}"), noon() - HOUR * 24 * 40);
        let new = upsert("a/one", &format!("new {nth}"), noon());
        store.apply(&[commit(&[old, new])]).unwrap();
    }
    drop(store);
    let cut = |path: &Path, part: usize| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() * part / 4]).unwrap();
    };
    type Harm<'a> = (&'a str, bool, Box<dyn Fn(&Path) + 'a>);
    let harms: Vec<Harm<'_>> = vec![
        (
            "half a table",
            false,
            Box::new(|v| cut(&v.join("1.table"), 2)),
        ),
        (
            "an empty table",
            false,
            Box::new(|v| cut(&v.join("1.table"), 0)),
        ),
        (
            "no table",
            false,
            Box::new(|v| fs::remove_file(v.join("1.table")).unwrap()),
        ),
        (
            "no manifest",
            true,
            Box::new(|v| fs::remove_file(v.join("manifest")).unwrap()),
        ),
        (
            "half the manifest",
            true,
            Box::new(|v| cut(&v.join("manifest"), 2)),
        ),
        (
            "an empty manifest",
            true,
            Box::new(|v| cut(&v.join("manifest"), 0)),
        ),
        (
            "a manifest that was being written",
            true,
            Box::new(|v| fs::write(v.join("manifest.new"), "x").unwrap()),
        ),
        (
            "no folder",
            false,
            Box::new(|v| fs::remove_dir_all(v).unwrap()),
        ),
        (
            "a file in its place",
            false,
            Box::new(|v| {
                fs::remove_dir_all(v).unwrap();
                fs::write(v, "x").unwrap();
            }),
        ),
    ];
    let source: SourceId = "a/one".parse().unwrap();
    for (name, is_harmless, harm) in harms {
        let harmed = dir.path().join("harmed");
        copy(&sound, &harmed);
        harm(&harmed.join("volumes/2026-10-11"));
        let store = open(&harmed);
        let stories = all(&store, "a");
        let is_new = |story: &&Arc<Story>| story.canonical.title.contains("new");
        assert_eq!(stories.iter().filter(is_new).count(), 40, "{name}");
        if is_harmless {
            assert_eq!(stories.len(), 80, "{name}");
        }
        let lost = stories.len() < 80;
        assert!(
            !lost || !store.damage().is_empty(),
            "{name}: nobody was told"
        );
        // What is lost is asked for again, and has its place.
        let id = ItemId::of(&source, "old 7");
        let is_there = stories.iter().any(|story| story.canonical.id == id);
        let held = store.held(&[id]).unwrap();
        assert_eq!(held[0].is_some(), is_there, "{name}");
        let again = upsert("a/one", "old 7", noon() + HOUR);
        store.apply(&[commit(&[again])]).unwrap();
        assert!(store.held(&[id]).unwrap()[0].is_some(), "{name}");
        drop(store);
        fs::remove_dir_all(&harmed).unwrap();
    }
}
