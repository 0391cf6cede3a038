//! One story, many sightings, through the real daemon: joining, the admin's word,
//! routing, what is hot and what is related.

use std::process::Command;

use crate::world::{Daemon, Origin, Reply, World};

const BODY: &str = "济南市今天上午举行仪式，地铁四号线正式投入使用，沿线12个街道、3400户居民首批受益，市民代表登上首班列车。据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向。为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的56家商户发放了补贴。";

fn feed(title: &str, entries: &[(&str, &str, &str)]) -> Reply {
    let mut items = String::new();
    for (nth, (link, title, text)) in entries.iter().enumerate() {
        items.push_str(&format!(
            "<item><title>{title}</title><link>{link}</link><guid>{link}</guid>\
             <pubDate>Mon, 02 Nov 2026 0{nth}:00:00 +0800</pubDate>\
             <description>{text}</description></item>"
        ));
    }
    Reply::rss(format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{title}</title>\
         <link>http://x.example/</link><description>d</description>{items}</channel></rss>"
    ))
}

fn source(id: &str, origin: &Origin, more: &str) -> String {
    format!(
        "[[source]]\nid = \"{id}\"\nurl = \"{}\"\n{more}\n",
        origin.url("/feed")
    )
}

fn stories(daemon: &Daemon, path: &str) -> Vec<serde_json::Value> {
    let answer = daemon.get(path);
    assert_eq!(answer.status, 200, "{path}");
    let feed: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    feed["items"].as_array().unwrap().clone()
}

fn story_command(world: &World, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gazetted"));
    command.arg("story").args(words);
    command
        .arg("--state")
        .arg(world.state())
        .arg("--config")
        .arg(world.config());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn id_of(story: &serde_json::Value) -> String {
    let url = story["_gazetted"]["story_url"].as_str().unwrap();
    url.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn five_copies_are_one_entry_and_a_correction_lasts() {
    let half: String = BODY.chars().take(BODY.chars().count() * 6 / 10).collect();
    let traditional: String = BODY
        .chars()
        .map(gazetted::text::script::traditional)
        .collect();
    let copies = [
        (
            "daily",
            "http://daily.example/1.html",
            "济南地铁四号线今日开通",
            BODY.to_owned(),
        ),
        (
            "tracked",
            "http://www.daily.example/1.html?utm_source=rss",
            "济南地铁四号线今日开通",
            BODY.to_owned(),
        ),
        (
            "evening",
            "http://evening.example/9.html",
            "首班列车发车啦",
            half,
        ),
        (
            "harbour",
            "http://harbour.example/t",
            "濟南捷運通車",
            traditional,
        ),
        (
            "byline",
            "http://byline.example/b",
            "居民首批受益",
            format!("本报讯（记者 马可）{BODY}（完）"),
        ),
    ];
    let origins: Vec<Origin> = (2..7).map(Origin::start).collect();
    let mut config = String::new();
    for (origin, (name, link, title, text)) in origins.iter().zip(&copies) {
        origin.put("/feed", feed(name, &[(link, title, text)]));
        config.push_str(&source(&format!("shandong/jinan/{name}"), origin, ""));
    }
    let world = World::new(&config);
    let daemon = world.start();
    for (name, ..) in &copies {
        daemon.wait_for_polls(&format!("shandong/jinan/{name}"), 2);
    }
    let one = stories(&daemon, "/shandong/jinan.json");
    assert_eq!(one.len(), 1, "{one:#?}");
    let sightings = one[0]["_gazetted"]["sightings"].as_array().unwrap();
    assert_eq!(sightings.len(), 5);
    let page = daemon.get(&format!("/story/{}", id_of(&one[0]))).text();
    assert!(page.contains("http://evening.example/9.html"), "{page}");

    // While the daemon runs.
    let story = id_of(&one[0]);
    // Which copy came first is chance.
    let is_later = |seen: &&serde_json::Value| seen["item"] != *story;
    let later = sightings.iter().find(is_later).unwrap();
    let copy = later["item"].as_str().unwrap().to_owned();
    let other = later["source"].as_str().unwrap().to_owned();
    let (is_one, said) = story_command(&world, &["explain", &story, &copy]);
    assert!(is_one && said.contains("shorter text in longer"), "{said}");
    let (is_done, said) = story_command(&world, &["split", &story, &copy]);
    assert!(is_done, "{said}");
    assert_eq!(stories(&daemon, "/shandong/jinan.json").len(), 2);
    let polls = daemon
        .log()
        .matches("shandong/jinan/evening: polled")
        .count();
    daemon.wait_for_polls(&other, polls + 2);
    assert_eq!(stories(&daemon, "/shandong/jinan.json").len(), 2);
    drop(daemon);

    // While it does not, and after a restart.
    let (is_one, said) = story_command(&world, &["explain", &story, &copy]);
    assert!(
        !is_one && said.contains("an admin has split them"),
        "{said}"
    );
    let (is_done, said) = story_command(&world, &["join", &story, &copy]);
    assert!(is_done, "{said}");
    let daemon = world.start();
    daemon.wait_for_polls(&other, 1);
    assert_eq!(stories(&daemon, "/shandong/jinan.json").len(), 1);
    let moved = daemon.get(&format!("/story/{copy}"));
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, &*format!("/story/{story}"))
    );
    let (is_done, said) = story_command(&world, &["join", &story, &"7".repeat(32)]);
    assert!(!is_done && said.contains("there is no story"), "{said}");
}

#[test]
fn a_source_or_a_channel_may_stay_out() {
    let (one, two) = (Origin::start(2), Origin::start(3));
    one.put(
        "/feed",
        feed("one", &[("http://a.example/1", "地铁开通", BODY)]),
    );
    two.put(
        "/feed",
        feed("two", &[("http://b.example/1", "首班车", BODY)]),
    );
    for rule in ["dedupe = false", ""] {
        let mut config = source("a/one", &one, rule) + &source("a/two", &two, "");
        if rule.is_empty() {
            config.push_str("[[channel]]\nid = \"a\"\ndedupe = \"exact\"\n");
        }
        let world = World::new(&config);
        let daemon = world.start();
        daemon.wait_for_polls("a/one", 1);
        daemon.wait_for_polls("a/two", 1);
        assert_eq!(stories(&daemon, "/a.json").len(), 2, "{config}");
    }
}

#[test]
fn articles_are_routed_by_place_and_by_filter_and_say_why() {
    let origin = Origin::start(2);
    origin.put(
        "/feed",
        feed(
            "province",
            &[
                (
                    "http://p.example/1",
                    "章丘大葱喜获丰收",
                    "今年的大葱又高又甜，农户忙着装车。",
                ),
                (
                    "http://p.example/2",
                    "港口吞吐量创新高",
                    "集装箱码头昼夜不停，船只排起长队。",
                ),
                ("http://p.example/3", "广告：清仓甩卖", "全场一折。"),
                ("http://p.example/4", "天气转凉", "请注意保暖。"),
            ],
        ),
    );
    let rules = "[[source.filter]]\naction = \"drop\"\nfield = \"title\"\nmatch = \"^广告\"\n\
        [[source.filter]]\naction = \"route\"\nfield = \"any\"\ncontains = [\"碼頭\"]\nto = \"shandong/qingdao\"\n\
        [[source.rewrite]]\nfield = \"title\"\nfind = \"转凉\"\nreplace = \"变冷\"\n";
    let config = source("shandong/paper", &origin, rules)
        + "[[channel]]\nid = \"shandong/jinan/zhangqiu\"\nplaces = [\"章丘\", \"明水\"]\n\
           [[channel]]\nid = \"shandong/qingdao\"\n";
    let world = World::new(&config);
    let daemon = world.start();
    daemon.wait_for_polls("shandong/paper", 1);
    let titles = |path: &str| -> Vec<String> {
        let all = stories(&daemon, path);
        all.iter()
            .map(|story| story["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        titles("/shandong.json"),
        ["天气变冷", "港口吞吐量创新高", "章丘大葱喜获丰收"]
    );
    assert_eq!(
        titles("/shandong/jinan/zhangqiu.json"),
        ["章丘大葱喜获丰收"]
    );
    assert_eq!(titles("/shandong/qingdao.json"), ["港口吞吐量创新高"]);
    let routed = stories(&daemon, "/shandong/jinan/zhangqiu.json");
    let why = routed[0]["_gazetted"]["routes"][0]["why"].as_str().unwrap();
    assert!(why.contains("章丘"), "{why}");
    let page = daemon.get(&format!("/story/{}", id_of(&routed[0]))).text();
    assert!(page.contains(why), "{page}");
}

#[test]
fn stories_with_a_picture_have_a_page_and_a_feed() {
    let origin = Origin::start(2);
    let picture = "&lt;p&gt;&lt;img src=\"http://a.example/kite.jpg\" alt=\"风筝\"&gt;孩子们在沙滩上奔跑。&lt;/p&gt;";
    let entries = [
        ("http://a.example/1", "济南地铁四号线今日开通", BODY),
        ("http://a.example/2", "海边的风筝节开幕", picture),
    ];
    origin.put("/feed", feed("one", &entries));
    let world = World::new(&source("a/one", &origin, ""));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    for path in ["/a/pictures.json", "/pictures.json"] {
        let shown = stories(&daemon, path);
        assert_eq!(shown.len(), 1, "{shown:#?}");
        assert_eq!(shown[0]["image"], "http://a.example/kite.jpg");
    }
    let rss = daemon.get("/a/pictures.rss").text();
    assert!(rss.contains("<media:content"), "{rss}");
    let page = daemon.get("/a/pictures").text();
    assert!(
        page.contains("风筝节") && !page.contains("地铁四号线"),
        "{page}"
    );
    assert!(page.contains("/a/pictures.atom"), "{page}");
    assert!(daemon.get("/a/").text().contains("href=\"/a/pictures\""));
    assert_eq!(daemon.get("/b/pictures").status, 404);
}

#[test]
fn what_many_carry_is_hot_and_what_is_like_it_is_related() {
    let (one, two) = (Origin::start(2), Origin::start(3));
    let next = "泉城地铁四号线开通首周，济南地铁客流创下新高，四号线沿线商圈人气回升。";
    let other = "海边的风筝节吸引了许多游客，孩子们在沙滩上奔跑。";
    one.put(
        "/feed",
        feed(
            "one",
            &[
                ("http://a.example/1", "济南地铁四号线今日开通", BODY),
                ("http://a.example/2", "济南地铁四号线首周客流创新高", next),
                ("http://a.example/3", "风筝节开幕", other),
            ],
        ),
    );
    two.put(
        "/feed",
        feed("two", &[("http://b.example/1", "首班列车发车", BODY)]),
    );
    let world = World::new(&(source("a/one", &one, "") + &source("a/two", &two, "")));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 2);
    daemon.wait_for_polls("a/two", 2);
    let hot = stories(&daemon, "/a/hot.json");
    assert_eq!(
        hot[0]["_gazetted"]["sightings"].as_array().unwrap().len(),
        2,
        "{hot:#?}"
    );
    assert_eq!(daemon.get("/a/hot").status, 200);
    assert_eq!(daemon.get("/hot").status, 200);
    assert_eq!(daemon.get("/b/hot").status, 404);
    let atom = daemon.get("/a/hot.atom").text();
    assert!(
        atom.contains("rel=\"self\"") && atom.contains("/a/hot.atom"),
        "{atom}"
    );
    assert!(
        atom.contains("rel=\"via\"") && atom.contains("rel=\"related\""),
        "{atom}"
    );
    let page = daemon.get(&format!("/story/{}", id_of(&hot[0]))).text();
    let related = page.split("class=\"more related\"").nth(1).unwrap();
    let related = related.split("</section>").next().unwrap();
    assert!(
        related.contains("首周客流") && !related.contains("风筝"),
        "{related}"
    );
}

#[test]
fn the_window_of_the_channel_is_the_one_that_explains() {
    let (one, two) = (Origin::start(2), Origin::start(3));
    one.put(
        "/feed",
        feed("one", &[("http://a.example/1", "地铁开通", BODY)]),
    );
    // Two hours later.
    let other = "海边的风筝节吸引了来自各地的游客，孩子们在沙滩上奔跑，老人们坐在长椅上说笑。";
    two.put(
        "/feed",
        feed(
            "two",
            &[
                ("http://b.example/0", "风筝节", other),
                ("http://b.example/1", "大雪", "今日大雪。"),
                ("http://b.example/2", "首班车", BODY),
            ],
        ),
    );
    let channel = "[[channel]]\nid = \"shandong/jinan\"\ndedupe_window = \"1h\"\n";
    let sources = [
        source("shandong/jinan/one", &one, ""),
        source("shandong/jinan/two", &two, ""),
    ];
    let world = World::new(&format!("{}{channel}", sources.concat()));
    let daemon = world.start();
    daemon.wait_for_polls("shandong/jinan/one", 1);
    daemon.wait_for_polls("shandong/jinan/two", 1);
    let all = stories(&daemon, "/shandong/jinan.json");
    let id = |title: &str| id_of(all.iter().find(|story| story["title"] == title).unwrap());
    let words = ["explain", &id("地铁开通"), &id("首班车")];
    let explains = || {
        let (is_one, said) = story_command(&world, &words);
        let why = "they stand more than 1 hour apart";
        assert!(!is_one && said.contains(why), "{said}");
    };
    explains();
    drop(daemon);
    explains();
}

#[test]
fn another_priority_shows_another_copy_once_it_is_told() {
    let (one, two) = (Origin::start(2), Origin::start(3));
    one.put(
        "/feed",
        feed("one", &[("http://a.example/1", "济南地铁四号线开通", BODY)]),
    );
    two.put(
        "/feed",
        feed("two", &[("http://b.example/1", "地铁四号线今日开通", BODY)]),
    );
    let sources = |first: i32, second: i32| {
        let one = source("shandong/jinan/one", &one, &format!("priority = {first}"));
        one + &source("shandong/jinan/two", &two, &format!("priority = {second}"))
    };
    let world = World::new(&sources(5, 0));
    let daemon = world.start();
    daemon.wait_for_polls("shandong/jinan/one", 1);
    daemon.wait_for_polls("shandong/jinan/two", 1);
    let shown = |daemon: &Daemon| {
        let [story] = &stories(daemon, "/shandong/jinan.json")[..] else {
            panic!("one story");
        };
        let text = |name: &str| story[name].as_str().unwrap().to_owned();
        (text("title"), text("date_published"), text("date_modified"))
    };
    let before = shown(&daemon);
    assert_eq!(before.0, "济南地铁四号线开通");
    world.configure(&sources(0, 5));
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 2 sources");
    let (is_done, said) = story_command(&world, &["rechoose"]);
    assert!(
        is_done && said.contains("1 stories show another copy"),
        "{said}"
    );
    let after = shown(&daemon);
    assert_eq!(after.0, "地铁四号线今日开通");
    let (is_done, said) = story_command(&world, &["rechoose"]);
    assert!(is_done && said.contains("0 stories"), "{said}");
}
