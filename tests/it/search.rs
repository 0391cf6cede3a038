//! Search: what was polled is found within seconds, and what is gone is not; the index mends
//! itself.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use crate::control::ok;
use crate::world::{Daemon, Origin, Reply, World, gazetted, source};

/// Longest time in which a change has to be found.
const PATIENCE: Duration = Duration::from_secs(30);

/// Item of a feed: guid, headline, text, date.
type Entry<'a> = (&'a str, &'a str, &'a str, &'a str);

fn paper(entries: &[Entry<'_>]) -> Reply {
    let items: String = entries
        .iter()
        .map(|(guid, title, text, date)| {
            format!(
                "<item><title>{title}</title><link>http://p.example/{guid}</link>\
                 <guid>{guid}</guid><description>{text}</description>\
                 <pubDate>{date}</pubDate></item>"
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>齊魯晚報</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

const METRO: Entry<'_> = (
    "metro",
    "濟南地鐵四號線開通",
    "今天上午，四號線首班車駛出車站，市民冒雨前來乘坐。",
    "Fri, 20 Nov 2026 08:00:00 GMT",
);
const RAIN: Entry<'_> = (
    "rain",
    "青岛今日大雪",
    "气象台说，济南没有下雪，地铁照常运行。",
    "Thu, 19 Nov 2026 08:00:00 GMT",
);
const CAFE: Entry<'_> = (
    "cafe",
    "New Café opens in Jinan",
    "It serves coffee, and doesn't close before midnight.",
    "Mon, 02 Nov 2026 08:00:00 GMT",
);

/// Headlines that a search finds, in the order of its feed; `None` while there is no answer.
fn titles(daemon: &Daemon, query: &str) -> Option<Vec<String>> {
    let query: String = byte_serialize(query.as_bytes()).collect();
    let answer = daemon.get(&format!("/search.json?q={query}"));
    if answer.status != 200 {
        return None;
    }
    let feed: Value = serde_json::from_str(&answer.text()).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    Some(
        items
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect(),
    )
}

/// Asks until a search finds these; within [`PATIENCE`].
#[track_caller]
fn wait_for_titles(daemon: &Daemon, query: &str, want: &[&str]) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = titles(daemon, query);
        if found.as_ref().is_some_and(|found| found == want) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{query} finds {found:?} and not {want:?}\n{}",
            daemon.log()
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn check(daemon: &Daemon, query: &str, want: &[&str]) {
    let found = titles(daemon, query).unwrap();
    assert_eq!(found, want, "{query}");
}

/// Two papers: the one in Jinan has all entries, the one in Qingdao the last.
fn two_papers(origin: &Origin) -> World {
    origin.put("/jinan", paper(&[METRO, RAIN, CAFE]));
    origin.put(
        "/qingdao",
        paper(&[("storm", "Storm over Qingdao", "Waves.", CAFE.3)]),
    );
    World::new(
        &[
            source("shandong/jinan/daily", &origin.url("/jinan")),
            source("shandong/qingdao/daily", &origin.url("/qingdao")),
        ]
        .concat(),
    )
}

fn settled(world: &World) -> Daemon {
    let daemon = world.start();
    daemon.wait_for_polls("shandong/jinan/daily", 1);
    daemon.wait_for_polls("shandong/qingdao/daily", 1);
    wait_for_titles(&daemon, "jinan", &[CAFE.1]);
    wait_for_titles(&daemon, "storm", &["Storm over Qingdao"]);
    daemon
}

#[test]
fn words_are_found_in_any_form_and_filters_narrow_it_down() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    // Traditional or simplified, wide or narrow, with accents or not.
    check(&daemon, "济南", &[METRO.1, RAIN.1]);
    check(&daemon, "濟南 地鐵", &[METRO.1, RAIN.1]);
    check(&daemon, "\"济南地铁\"", &[METRO.1]);
    check(&daemon, "济南地铁四号线", &[METRO.1]);
    check(&daemon, "ＣＡＦＥ", &[CAFE.1]);
    check(&daemon, "doesn’t", &[CAFE.1]);
    check(&daemon, "雪", &[RAIN.1]);
    check(&daemon, "济南 -大雪", &[METRO.1]);
    check(&daemon, "\"opens new\"", &[]);
    check(&daemon, "\"opens in jinan\"", &[CAFE.1]);
    check(&daemon, "没有的词", &[]);
    // By source: its id, or its title; by channel and by day.
    check(&daemon, "source:shandong/jinan/daily opens", &[CAFE.1]);
    check(&daemon, "source:齐鲁晚报 storm", &["Storm over Qingdao"]);
    check(&daemon, "channel:shandong/qingdao", &["Storm over Qingdao"]);
    check(&daemon, "channel:shandong storm", &["Storm over Qingdao"]);
    check(&daemon, "济南 after:2026-11-20", &[METRO.1]);
    check(&daemon, "济南 before:2026-11-20", &[RAIN.1]);
    check(&daemon, "after:2026-11-03", &[METRO.1, RAIN.1]);

    let page = daemon
        .get("/search?q=%E5%9C%B0%E9%93%81+%E6%B5%8E%E5%8D%97")
        .text();
    assert!(
        page.contains("<mark>濟南地鐵</mark>")
            || page.contains("<mark>濟南</mark><mark>地鐵</mark>"),
        "{page}"
    );
    assert!(page.contains("找到 2 条"), "{page}");
    assert!(page.contains("href=\"/search.rss?q="), "{page}");
    let by_date = daemon.get("/search?q=%E6%B5%8E%E5%8D%97&sort=date").text();
    assert!(by_date.find(METRO.1.split('四').next_back().unwrap()) < by_date.find("青岛"));
    for format in ["rss", "atom"] {
        let feed = daemon.get(&format!("/search.{format}?q=%E6%B5%8E%E5%8D%97"));
        assert_eq!(feed.status, 200);
        assert!(
            feed.text()
                .contains(&format!("/search.{format}?q=%E6%B5%8E")),
            "{}",
            feed.text()
        );
    }
}

#[test]
fn edits_merges_and_takedowns_are_followed() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    let edited = (METRO.0, "地铁五号线开工", "工程今天在章丘开始。", METRO.3);
    origin.put("/jinan", paper(&[edited, RAIN, CAFE]));
    wait_for_titles(&daemon, "五号线", &["地铁五号线开工"]);
    wait_for_titles(&daemon, "章丘", &["地铁五号线开工"]);
    check(&daemon, "冒雨", &[]);

    let page = daemon.get("/search?q=opens").text();
    let at = page.find("/story/").unwrap() + "/story/".len();
    let cafe = &page[at..at + 32];
    ok(&world, "takedown", &[cafe]);
    wait_for_titles(&daemon, "opens", &[]);
    ok(&world, "takedown", &[cafe, "--undo"]);
    wait_for_titles(&daemon, "opens", &[CAFE.1]);

    let page = daemon.get("/search?q=%E5%A4%A7%E9%9B%AA").text();
    let at = page.find("/story/").unwrap() + "/story/".len();
    let rain = &page[at..at + 32];
    let mut join = gazetted();
    join.args(["story", "join", cafe, rain, "--state"]);
    assert!(join.arg(world.state()).status().unwrap().success());
    let joined = |daemon: &Daemon| {
        let found = titles(daemon, "opens").unwrap();
        found.len() == 1 && titles(daemon, "大雪").unwrap().len() == 1
    };
    let deadline = Instant::now() + PATIENCE;
    while !joined(&daemon) {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_lost_or_damaged_index_is_built_anew_by_itself() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    daemon.stop();
    let index = world.state().join("search");
    for round in 0..2 {
        match round {
            0 => fs::remove_dir_all(&index).unwrap(),
            _ => {
                for file in fs::read_dir(&index).unwrap() {
                    let path = file.unwrap().path();
                    if path.extension().is_some_and(|ending| ending != "json") {
                        let mut bytes = fs::read(&path).unwrap();
                        bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
                        fs::write(&path, bytes).unwrap();
                    }
                }
            }
        }
        let daemon = world.start();
        wait_for_titles(&daemon, "jinan", &[CAFE.1]);
        check(&daemon, "济南", &[METRO.1, RAIN.1]);
        if round == 1 {
            daemon.wait_for("the search index is built anew");
        }
        daemon.stop();
    }
}

#[test]
fn what_was_missed_while_nobody_kept_the_index_is_made_up_for() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    settled(&world).stop();
    let kept = tempfile::tempdir().unwrap();
    crate::world::copy(&world.state().join("search"), kept.path());
    let edited = (RAIN.0, "潍坊今日大雨", "章丘也有雨。", RAIN.3);
    origin.put("/jinan", paper(&[METRO, edited, CAFE]));
    let daemon = world.start();
    wait_for_titles(&daemon, "潍坊", &["潍坊今日大雨"]);
    daemon.stop();
    // As after a crash before the index was committed.
    fs::remove_dir_all(world.state().join("search")).unwrap();
    crate::world::copy(kept.path(), &world.state().join("search"));
    let daemon = world.start();
    wait_for_titles(&daemon, "潍坊", &["潍坊今日大雨"]);
    check(&daemon, "青岛", &[]);
}

#[test]
fn an_index_is_built_anew_on_request() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    let said = ok(&world, "reindex", &[]);
    assert!(said.contains("up to date"), "{said}");
    check(&daemon, "jinan", &[CAFE.1]);
    daemon.stop();
    let said = ok(&world, "reindex", &[]);
    assert!(said.contains("up to date: 4 stories"), "{said}");
}

#[test]
fn search_can_be_off() {
    let origin = Origin::start(2);
    origin.put("/one", paper(&[METRO]));
    let world = World::with_config(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nsearch = false\n\
         [http]\nallow_private = [\"127.0.0.0/8\"]\n{}",
        source("a/one", &origin.url("/one"))
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    assert_eq!(daemon.get("/search?q=x").status, 404);
    assert_eq!(daemon.get("/search.rss?q=x").status, 404);
    assert!(!daemon.get("/").text().contains("type=\"search\""));
    assert!(!world.state().join("search").exists());
}

#[test]
fn no_query_is_an_error_of_ours() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    let long = "%E6%B5%8E".repeat(800);
    let many = "a ".repeat(400).replace(' ', "+");
    for query in [
        "q=",
        "",
        "q=%22",
        "q=%E2%80%9C",
        "q=-",
        "q=--",
        "q=%00",
        "q=after:99999-99-99",
        "q=before:-1",
        "q=source:",
        "q=channel:/",
        "q=%28%29%5B%5D*%3F%7E%5E%5C",
        "q=a&start=99999999999999999999",
        "q=a&start=-1",
        "q=jinan&start=10000",
        "q=%F0%9F%98%80",
        "q=%F4%8F%BF%BF",
        "q=-jinan",
        "q=a&sort=zzz",
        &format!("q={long}"),
        &format!("q={many}"),
    ] {
        for path in ["search", "search.rss", "search.atom", "search.json"] {
            let answer = daemon.get(&format!("/{path}?{query}"));
            let is_good = answer.status == 200 || (answer.status == 414 || answer.status == 400);
            assert!(is_good, "/{path}?{query}: {}", answer.status);
        }
    }
    assert_eq!(daemon.get("/search?q=%FF").status, 200);
    let page = daemon.get("/search?q=%3Cscript%3E").text();
    assert!(!page.contains("<script"), "{page}");
}
