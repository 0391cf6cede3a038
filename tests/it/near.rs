//! Copies of a story are found by what they say, and admins have the last word.

use gazetted::ingest::dedupe::similarity;
use gazetted::model::{
    ChannelId, Commit, DedupeKeys, Item, ItemId, Route, SourceState, StoryId, Upsert,
};
use gazetted::store::{Correction, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::press::{at, item, markup};

const TEXT: [&str; 4] = [
    "济南市今天上午举行仪式，地铁四号线正式投入使用，沿线12个街道、3400户居民首批受益，市民代表登上首班列车。",
    "据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向。",
    "为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的56家商户发放了补贴，邻里关系融洽。",
    "按照计划，二期工程将于明年春天启动，届时覆盖范围将扩大到周边的9个乡镇，公交接驳线路同步调整。",
];

fn seen() -> Timestamp {
    at("2026-11-05T08:00:00Z")
}

fn upsert(source: &str, guid: &str, title: &str, text: &str, minutes: i64) -> Upsert {
    let seen = seen() + SignedDuration::from_mins(minutes);
    let mut item = item(source, guid, title, seen);
    item.content = markup(&format!("<p>{text}</p>"));
    Upsert {
        join: DedupeKeys {
            gist: Some(similarity::gist(&item, false)),
            ..DedupeKeys::default()
        },
        rank: 0,
        routes: Vec::new(),
        item,
    }
}

fn apply(store: &Store, upsert: &Upsert) {
    let commit = Commit {
        source: upsert.item.source.clone(),
        at: upsert.item.first_seen,
        upserts: vec![upsert.clone()],
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    };
    store.apply(&[commit]).unwrap();
}

fn first() -> Upsert {
    upsert(
        "shandong/jinan/daily",
        "1",
        "济南地铁四号线今日开通",
        &TEXT.concat(),
        0,
    )
}

/// Half of it under another headline.
fn half() -> Upsert {
    let text = format!("本报讯（记者 马可）{}", TEXT[..2].concat());
    upsert("shandong/jinan/evening", "x", "首班列车发车啦", &text, 30)
}

fn ids(store: &Store, channel: &str) -> Vec<(StoryId, usize)> {
    let channel = match channel {
        "" => ChannelId::root(),
        id => id.parse().unwrap(),
    };
    let stories = store.page(&channel, None, 50).unwrap();
    stories
        .into_iter()
        .map(|story| (story.id, story.sightings.len()))
        .collect()
}

fn story_of(item: &Item) -> StoryId {
    StoryId::begun_by(item.id)
}

#[test]
fn a_copy_cut_to_half_under_another_headline_joins() {
    let (_dir, store, first, half) = joined();
    assert_eq!(ids(&store, ""), [(story_of(&first.item), 2)]);
    let why = store.explain(first.item.id, half.item.id).unwrap().unwrap();
    assert!(why.is_one_story() && why.shared_bands > 2, "{why:?}");
    assert!(why.verdict.figures.containment > 0.95, "{why:?}");
}

#[test]
fn a_longer_copy_becomes_the_one_that_is_shown_and_the_story_keeps_its_name() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let (mut first, half) = (first(), half());
    first.rank = 5;
    apply(&store, &half);
    apply(&store, &first);
    let story = store.page(&ChannelId::root(), None, 5).unwrap().remove(0);
    assert_eq!(story.id, story_of(&half.item));
    assert_eq!(story.canonical.title, first.item.title);
}

#[test]
fn another_town_and_other_numbers_are_other_stories() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    apply(&store, &first());
    let text = TEXT.concat().replace("济南", "青岛");
    apply(
        &store,
        &upsert(
            "shandong/qingdao/morning",
            "1",
            "青岛地铁四号线今日开通",
            &text,
            9,
        ),
    );
    let text = ["12", "3400", "38", "17", "56"]
        .iter()
        .fold(TEXT.concat(), |text, number| {
            text.replace(number, &format!("7{number}"))
        });
    apply(
        &store,
        &upsert("shandong/jinan/evening", "2", "地铁新线今日开通", &text, 20),
    );
    assert_eq!(ids(&store, "").len(), 3);
}

#[test]
fn what_joins_does_not_hang_on_a_restart() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let through = Store::open(one.path(), seen()).unwrap();
    apply(&through, &first());
    apply(&through, &half());
    apply(&Store::open(two.path(), seen()).unwrap(), &first());
    let again = Store::open(two.path(), seen()).unwrap();
    apply(&again, &half());
    assert_eq!(ids(&through, ""), ids(&again, ""));
}

/// A store in which a story and its shortened copy are one.
fn joined() -> (TempDir, Store, Upsert, Upsert) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let (first, half) = (first(), half());
    apply(&store, &first);
    apply(&store, &half);
    (dir, store, first, half)
}

#[test]
fn a_copy_that_was_split_off_stays_apart() {
    let (dir, store, first, half) = joined();
    let story = story_of(&first.item);
    let item = half.item.id;
    let new = store
        .correct(Correction::Split { story, item }, seen())
        .unwrap();
    assert_eq!(new, story_of(&half.item));
    assert_eq!(ids(&store, "").len(), 2);
    // Polled again, changed, and after a restart.
    drop(store);
    let store = Store::open(dir.path(), seen()).unwrap();
    let mut again = self::half();
    again.item.title = "首班列车发车啦（更新）".to_owned();
    again.item.fingerprint = 9;
    apply(&store, &again);
    assert_eq!(ids(&store, "").len(), 2);
    let why = store.explain(first.item.id, item).unwrap().unwrap();
    assert_eq!(why.corrected, Some(false));
    // A new copy joins one of the two.
    apply(
        &store,
        &upsert(
            "shandong/jinan/zhangqiu/weekly",
            "w",
            "开通",
            &TEXT.concat(),
            50,
        ),
    );
    let copies: usize = ids(&store, "").iter().map(|(_, copies)| copies).sum();
    assert_eq!((ids(&store, "").len(), copies), (2, 3));
}

#[test]
fn a_split_outlives_the_volumes() {
    let dir = TempDir::new().unwrap();
    let (first, half) = (first(), half());
    let store = Store::open(dir.path(), seen()).unwrap();
    apply(&store, &first);
    apply(&store, &half);
    let story = story_of(&first.item);
    store
        .correct(
            Correction::Split {
                story,
                item: half.item.id,
            },
            seen(),
        )
        .unwrap();
    drop(store);
    for gone in ["volumes", "ledger"] {
        std::fs::remove_dir_all(dir.path().join(gone)).unwrap();
    }
    let store = Store::open(dir.path(), seen()).unwrap();
    apply(&store, &first);
    apply(&store, &half);
    assert_eq!(ids(&store, "").len(), 2);
}

#[test]
fn the_copy_a_story_began_with_keeps_its_name_when_it_is_split_off() {
    let (_dir, store, first, half) = joined();
    let story = story_of(&first.item);
    let split = Correction::Split {
        story,
        item: first.item.id,
    };
    assert_eq!(store.correct(split, seen()).unwrap(), story);
    let mut stories = ids(&store, "");
    stories.sort_unstable();
    let mut want = [(story, 1), (story_of(&half.item), 1)];
    want.sort_unstable();
    assert_eq!(stories, want);
}

#[test]
fn joined_stories_are_one_and_the_old_name_leads_there() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let first = first();
    let other = upsert(
        "shandong/qingdao/morning",
        "o",
        "完全不同的说法",
        "海风很大。",
        5,
    );
    apply(&store, &first);
    apply(&store, &other);
    let (into, from) = (story_of(&first.item), story_of(&other.item));
    assert_eq!(
        store
            .correct(Correction::Join { into, from }, seen())
            .unwrap(),
        into
    );
    for channel in ["", "shandong", "shandong/qingdao", "shandong/jinan"] {
        assert_eq!(ids(&store, channel), [(into, 2)], "{channel}");
    }
    assert_eq!(store.story(from).unwrap().unwrap().id, into);
    drop(store);
    let store = Store::open(dir.path(), seen()).unwrap();
    let mut again = other.clone();
    again.item.fingerprint = 3;
    apply(&store, &again);
    assert_eq!(ids(&store, ""), [(into, 2)]);
    // And apart again.
    let item = other.item.id;
    store
        .correct(Correction::Split { story: into, item }, seen())
        .unwrap();
    assert_eq!(ids(&store, "shandong/qingdao"), [(from, 1)]);
    assert_eq!(ids(&store, "shandong/jinan"), [(into, 1)]);
}

#[test]
fn nonsense_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let first = first();
    apply(&store, &first);
    let story = story_of(&first.item);
    let refused = |correction| store.correct(correction, seen()).unwrap_err().to_string();
    assert!(
        refused(Correction::Split {
            story,
            item: first.item.id
        })
        .contains("no other copy")
    );
    let item = ItemId::from_bytes([7; 16]);
    assert!(refused(Correction::Split { story, item }).contains("no copy of story"));
    assert!(
        refused(Correction::Join {
            into: story,
            from: story
        })
        .contains("already")
    );
    let nobody = StoryId::from_bytes([7; 16]);
    assert!(
        refused(Correction::Join {
            into: story,
            from: nobody
        })
        .contains("no story")
    );
    assert_eq!(ids(&store, ""), [(story, 1)]);
}

#[test]
fn a_routed_story_stands_in_the_other_channel_too_and_says_why() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let mut first = first();
    let why = "the headline names 章丘".to_owned();
    let to: ChannelId = "shandong/jinan/zhangqiu".parse().unwrap();
    first.routes = vec![Route {
        to: to.clone(),
        why: why.clone(),
    }];
    apply(&store, &first);
    apply(&store, &first);
    let stories = store.page(&to, None, 5).unwrap();
    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].routes, [Route { to, why }]);
}
