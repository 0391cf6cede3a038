//! The same commits in the same order give the same stories: whatever was stopped,
//! started or lost in between.

use std::path::Path;

use gazetted::ingest::dedupe::similarity;
use gazetted::model::{ChannelId, Commit, DedupeKeys, ItemId, SourceState, StoryId, Upsert};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::press::{at, item, markup};

const SENTENCES: [&str; 8] = [
    "济南市今天上午举行仪式，地铁四号线正式投入使用，沿线12个街道、3400户居民首批受益，市民代表登上首班列车。",
    "据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向。",
    "为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的56家商户发放了补贴，邻里关系融洽。",
    "按照计划，二期工程将于明年春天启动，届时覆盖范围将扩大到周边的9个乡镇，公交接驳线路同步调整。",
    "海边的风筝节吸引了来自各地的游客，孩子们在沙滩上奔跑，老人们坐在长椅上说笑。",
    "主办方介绍，今年的风筝以蝴蝶、蜻蜓和金鱼为主，最大的一只要十个人才能放上天。",
    "傍晚时分，小吃街的灯一盏接一盏地亮起来，炒蛤蜊的香味飘出很远，游客们久久不愿离去。",
    "图书馆的新馆昨天开门迎客，三层楼里放着80万册藏书，靠窗的座位一早就坐满了人。",
];

const ITEMS: u64 = 60;

/// Parts of a few texts under a few headlines, over eight days and the end of a volume.
fn commit(seed: u64, nth: u64) -> Commit {
    let mut state = (seed << 32 | nth).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut dice = |end: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % end
    };
    let seen = at("2026-11-05T08:00:00Z") + SignedDuration::from_mins(nth as i64 * 190);
    let source = format!("r{}/s{}", dice(2), dice(4));
    let titles = [
        "济南地铁四号线今日开通",
        "海边的风筝节今日开幕啦",
        "首班列车",
        "新馆",
    ];
    let mut item = item(&source, &format!("g{nth}"), titles[dice(4) as usize], seen);
    let (from, length) = (dice(7) as usize, 1 + dice(4) as usize);
    let text: String = SENTENCES[from..].iter().take(length).copied().collect();
    item.content = markup(&format!("<p>{text}</p>"));
    let gist = similarity::gist(&item, false);
    Commit {
        source: item.source.clone(),
        at: seen,
        upserts: vec![Upsert {
            join: DedupeKeys {
                keys: gazetted::ingest::dedupe::keys::title(&item.title)
                    .into_iter()
                    .collect(),
                gist: Some(gist),
                ..DedupeKeys::default()
            },
            rank: dice(3) as u32,
            routes: Vec::new(),
            item,
        }],
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    }
}

/// Every story with its copies, in the order in which readers see them.
fn stories(store: &Store) -> Vec<(StoryId, ItemId, Vec<ItemId>)> {
    let page = store.page(&ChannelId::root(), None, 500).unwrap();
    page.into_iter()
        .map(|story| {
            let copies = story.sightings.iter().map(|seen| seen.item).collect();
            (story.id, story.canonical.id, copies)
        })
        .collect()
}

fn open(dir: &Path, now: Timestamp) -> Store {
    Store::open(dir, now).unwrap()
}

/// Applies all commits; before those in `stops` the store is closed, `lose` takes
/// something away, and it is opened again.
fn run(seed: u64, stops: &[u64], lose: impl Fn(&Path)) -> Vec<(StoryId, ItemId, Vec<ItemId>)> {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path(), at("2026-11-05T08:00:00Z"));
    for nth in 0..ITEMS {
        let commit = commit(seed, nth);
        if stops.contains(&nth) {
            drop(store);
            lose(dir.path());
            store = open(dir.path(), commit.at);
        }
        store.apply(&[commit]).unwrap();
    }
    stories(&store)
}

#[test]
fn stops_and_a_lost_ledger_change_no_story() {
    let mut n_joined = 0;
    for seed in 0..4 {
        let straight = run(seed, &[], |_| ());
        n_joined += straight.iter().filter(|story| story.2.len() > 1).count();
        let stops: Vec<u64> = (0..ITEMS).filter(|nth| nth % 7 == seed).collect();
        assert_eq!(run(seed, &stops, |_| ()), straight, "stopped, {seed}");
        let lose = |dir: &Path| std::fs::remove_dir_all(dir.join("ledger")).unwrap();
        assert_eq!(
            run(seed, &stops[..3], lose),
            straight,
            "ledger lost, {seed}"
        );
    }
    assert!(n_joined > 8, "{n_joined}");
}

#[test]
fn commits_that_are_applied_together_make_the_same_stories() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), at("2026-11-05T08:00:00Z"));
    let commits: Vec<Commit> = (0..ITEMS).map(|nth| commit(9, nth)).collect();
    for some in commits.chunks(11) {
        store.apply(some).unwrap();
    }
    assert_eq!(stories(&store), run(9, &[], |_| ()));
}
