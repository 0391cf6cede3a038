//! Two stories become one when a copy shows that they are, whatever came first.

use gazetted::ingest::dedupe::similarity;
use gazetted::model::{ChannelId, Commit, DedupeKeys, ItemId, SourceState, StoryId, Upsert};
use gazetted::store::{Correction, Mode, Store};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::press::{at, item, markup};
use crate::world::{Daemon, Origin, Reply, World, source};

/// The first sentence of an article, as a flash has it, and what follows.
const FORMER: &str = "济南市今天上午举行仪式，地铁四号线正式投入使用，沿线12个街道、3400户居民首批受益，市民代表登上首班列车。";
const LATTER: &str = "据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向，沿途站名也由市民投票选出。为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的56家商户发放了补贴，邻里关系融洽。按照计划，二期工程将于明年春天启动，届时覆盖范围将扩大到周边的9个乡镇，公交接驳线路同步调整，票价保持不变。";

fn seen() -> Timestamp {
    at("2026-11-05T08:00:00Z")
}

fn copy(source: &str, title: &str, text: &str, minutes: i64) -> Upsert {
    let mut item = item(
        source,
        "1",
        title,
        seen() + SignedDuration::from_mins(minutes),
    );
    item.content = markup(&format!("<p>{text}</p>"));
    let gist = Some(similarity::gist(&item, false));
    let join = DedupeKeys {
        gist,
        ..DedupeKeys::default()
    };
    Upsert {
        item,
        rank: 0,
        join,
        routes: Vec::new(),
    }
}

fn apply(store: &Store, upserts: &[Upsert]) {
    let commit = |upsert: &Upsert| Commit {
        source: upsert.item.source.clone(),
        at: upsert.item.first_seen,
        upserts: vec![upsert.clone()],
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    };
    let commits: Vec<Commit> = upserts.iter().map(commit).collect();
    store.apply(&commits).unwrap();
}

/// Stories of a channel, and how many copies each of them has.
fn shown(store: &Store, channel: &str) -> Vec<(StoryId, usize)> {
    let channel = match channel {
        "" => ChannelId::root(),
        id => id.parse().unwrap(),
    };
    let stories = store.page(&channel, None, 50).unwrap();
    let shown = stories
        .iter()
        .map(|story| (story.id, story.sightings.len()));
    shown.collect()
}

#[track_caller]
fn is_sound(store: &Store) {
    let found = store.check(Mode::Look, &|_| {}).unwrap();
    assert_eq!(found.n_findings, 0, "{:?}", found.findings);
}

fn story(upsert: &Upsert) -> StoryId {
    StoryId::begun_by(upsert.item.id)
}

/// A flash, a copy without its sentence, and the whole that shows what they are.
fn parts() -> [Upsert; 3] {
    let whole = [FORMER, LATTER].concat();
    [
        copy("shandong/jinan/daily", "济南地铁四号线开通", FORMER, 0),
        copy(
            "shandong/qingdao/morning",
            "济南地铁四号线今日开通",
            LATTER,
            5,
        ),
        copy(
            "shandong/jinan/evening",
            "济南地铁四号线正式开通",
            &whole,
            9,
        ),
    ]
}

fn merged(is_grouped: bool) -> (TempDir, Store, [Upsert; 3]) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let parts = parts();
    match is_grouped {
        true => apply(&store, &parts),
        false => parts.chunks(1).for_each(|part| apply(&store, part)),
    }
    (dir, store, parts)
}

#[test]
fn the_younger_becomes_part_of_the_older() {
    for is_grouped in [false, true] {
        let (dir, store, [former, latter, whole]) = merged(is_grouped);
        let (into, from) = (story(&former), story(&latter));
        for channel in ["", "shandong", "shandong/qingdao", "shandong/jinan"] {
            assert_eq!(
                shown(&store, channel),
                [(into, 3)],
                "{channel} {is_grouped}"
            );
        }
        assert_eq!(store.moved(from).unwrap(), Some(into));
        assert_eq!(store.story(from).unwrap().unwrap().id, into);
        let why = store
            .explain(latter.item.id, whole.item.id)
            .unwrap()
            .unwrap();
        assert!(why.is_one_story());
        is_sound(&store);
        // As one story they are found, and changed, after a restart too.
        drop(store);
        let store = Store::open(dir.path(), seen()).unwrap();
        let mut edited = latter.clone();
        edited.item.fingerprint = 7;
        let more = copy("shandong/yantai/post", "四号线来了", LATTER, 30);
        apply(&store, &[edited, more]);
        assert_eq!(shown(&store, ""), [(into, 4)]);
    }
}

#[test]
fn two_stories_are_told_apart_before_the_copy_that_joins_them() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    apply(&store, &parts()[..2]);
    assert_eq!(shown(&store, "").len(), 2);
}

#[test]
fn a_split_takes_back_a_merge_with_all_that_came_by_it() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let [former, latter, whole] = parts();
    let also = copy("shandong/weifang/news", "四号线", LATTER, 7);
    apply(
        &store,
        &[former.clone(), latter.clone(), also.clone(), whole],
    );
    let (into, from) = (story(&former), story(&latter));
    assert_eq!(shown(&store, ""), [(into, 4)]);
    let item = latter.item.id;
    let split = Correction::Split { story: into, item };
    assert_eq!(store.correct(split, seen()).unwrap(), from);
    let mut stories = shown(&store, "");
    stories.sort_unstable();
    let mut want = [(into, 2), (from, 2)];
    want.sort_unstable();
    assert_eq!(stories, want);
    assert_eq!(store.moved(from).unwrap(), None);
    // For good: another whole copy makes no one story of them.
    let again = copy(
        "shandong/linyi/daily",
        "地铁四号线",
        &[FORMER, LATTER].concat(),
        60,
    );
    apply(&store, &[again]);
    assert_eq!(shown(&store, "").len(), 2);
    is_sound(&store);
}

#[test]
fn a_digest_of_two_stories_makes_no_one_of_them() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let kites = "海边的风筝节吸引了来自各地的游客，孩子们在沙滩上奔跑，老人们坐在长椅上说笑，主办方介绍，今年的风筝以蝴蝶、蜻蜓和金鱼为主，最大的一只要十个人才能放上天，傍晚时分小吃街的灯一盏接一盏地亮起来，炒蛤蜊的香味飘出很远。";
    let digest = [kites, LATTER].concat();
    apply(
        &store,
        &[
            copy("shandong/jinan/daily", "济南地铁四号线开通", LATTER, 0),
            copy("shandong/qingdao/morning", "海边风筝节开幕", kites, 5),
            copy("shandong/jinan/evening", "今日要闻", &digest, 9),
        ],
    );
    assert!(shown(&store, "").len() >= 2, "{:?}", shown(&store, ""));
    assert_eq!(
        store
            .moved(StoryId::begun_by(ItemId::from_bytes([1; 16])))
            .unwrap(),
        None
    );
}

#[test]
fn a_morning_list_is_none_of_its_stories() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), seen()).unwrap();
    let others = ["海边风筝节开幕。", "冷空气周末到货。", "早餐车新增九处。"];
    let list: String = [&[FORMER], &others[..]]
        .concat()
        .iter()
        .zip(1..)
        .map(|(text, nth)| format!("<p>{nth}、{text}</p>"))
        .collect();
    let title = "济南地铁四号线开通";
    let mut list = copy(
        "shandong/jinan/evening",
        &format!("早报：{title}"),
        &list,
        5,
    );
    list.item.content = markup(&list.item.content.unwrap().as_str().replace("<p><p>", "<p>"));
    list.join.gist = Some(similarity::gist(&list.item, false));
    apply(
        &store,
        &[copy("shandong/jinan/daily", title, FORMER, 0), list],
    );
    assert_eq!(shown(&store, "").len(), 2);
}

#[test]
fn a_merge_is_in_backups_and_exports() {
    let (_dir, store, [former, latter, _]) = merged(false);
    let (into, from) = (story(&former), story(&latter));
    let mut backup = Vec::new();
    store.back_up(&mut backup).unwrap();
    let dir = TempDir::new().unwrap();
    let restored = dir.path().join("restored");
    gazetted::store::restore(backup.as_slice(), &restored).unwrap();
    let restored = Store::open(&restored, seen()).unwrap();
    assert_eq!(shown(&restored, ""), [(into, 3)]);
    assert_eq!(restored.moved(from).unwrap(), Some(into));
    let mut lines = Vec::new();
    store.export(&mut lines).unwrap();
    let imported = dir.path().join("imported");
    gazetted::store::import(lines.as_slice(), &imported, seen()).unwrap();
    let imported = Store::open(&imported, seen()).unwrap();
    assert_eq!(shown(&imported, ""), [(into, 3)]);
    assert_eq!(imported.moved(from).unwrap(), Some(into));
}

/// A feed with an entry for each headline and text.
fn paper(entries: &[(&str, &str)]) -> Reply {
    let items: String = entries
        .iter()
        .map(|(title, text)| {
            format!("<item><title>{title}</title><guid>{title}</guid><description>{text}</description></item>")
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

/// Ids of the stories of a JSON feed, by headline.
fn ids(daemon: &Daemon, path: &str) -> std::collections::BTreeMap<String, String> {
    let feed: serde_json::Value = serde_json::from_str(&daemon.get(path).text()).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let url = item["_gazetted"]["story_url"].as_str().unwrap();
            let id = url.rsplit('/').next().unwrap();
            (item["title"].as_str().unwrap().to_owned(), id.to_owned())
        })
        .collect()
}

/// An id as it stands in guids.
fn uuid(id: &str) -> String {
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    parts.map(|(from, to)| &id[from..to]).join("-")
}

#[test]
fn readers_of_the_daemon_find_the_one_story_everywhere() {
    let origins = [7, 8, 9].map(Origin::start);
    let [one, two, three] = &origins;
    let next =
        "济南地铁四号线开通首周，二期工程将于明年春天启动，公交接驳线路同步调整，商圈人气回升。";
    one.put(
        "/feed",
        paper(&[
            ("济南地铁四号线开通", FORMER),
            ("济南地铁四号线首周客流", next),
        ]),
    );
    two.put("/feed", paper(&[("济南地铁四号线今日开通", LATTER)]));
    three.put(
        "/feed",
        paper(&[("海边的风筝节开幕", "海边的风筝节吸引了许多游客。")]),
    );
    let names = [
        "shandong/jinan/daily",
        "shandong/jinan/morning",
        "shandong/yantai/post",
    ];
    let sources = names
        .iter()
        .zip(&origins)
        .map(|(id, origin)| source(id, &origin.url("/feed")));
    let world = World::new(&sources.collect::<String>());
    let daemon = world.start();
    for name in names {
        daemon.wait_for_polls(name, 1);
    }
    let before = ids(&daemon, "/shandong.json");
    let (a, b) = (
        &before["济南地铁四号线开通"],
        &before["济南地铁四号线今日开通"],
    );
    let pages = [
        "/",
        "/shandong/",
        "/shandong/jinan/",
        "/shandong/yantai/",
        "/shandong/hot",
    ];
    let feeds = [
        "/shandong.rss",
        "/shandong.atom",
        "/shandong.json",
        "/shandong/yantai.atom",
    ];
    let hot = [
        "/shandong/hot.rss",
        "/shandong/hot.atom",
        "/shandong/hot.json",
        "/hot.json",
    ];
    let of_next = format!("/story/{}", before["济南地铁四号线首周客流"]);
    let all = || {
        pages
            .iter()
            .chain(&feeds)
            .chain(&hot)
            .copied()
            .chain([&*of_next])
    };
    assert!(daemon.get(&of_next).text().contains(&**b), "related before");
    let whole = [FORMER, LATTER].concat();
    three.put("/feed", paper(&[("济南地铁四号线正式开通", &whole)]));
    daemon.wait_for("two stories are one");
    daemon.wait_for_polls(names[2], 3);
    // Whichever came first is the older.
    let after = ids(&daemon, "/shandong.json");
    let is_left = |id: &str| after.values().any(|left| left == id);
    let (older, younger) = if is_left(a) { (a, b) } else { (b, a) };
    assert!(is_left(older) && !is_left(younger), "{before:?} {after:?}");
    let moved = daemon.get(&format!("/story/{younger}"));
    assert_eq!(moved.status, 301);
    assert!(
        moved
            .header("location")
            .ends_with(&format!("/story/{older}"))
    );
    for path in all() {
        let text = daemon.get(path).text();
        // As the id of a copy it stays.
        let (address, guid) = (format!("/story/{younger}"), uuid(younger));
        assert!(
            !text.contains(&address) && !text.contains(&guid),
            "{path}: {text}"
        );
    }
    for path in feeds.iter().chain(&hot).chain([&&*of_next]) {
        let text = daemon.get(path).text();
        assert!(text.contains(&**older), "{path}: {text}");
    }
}
