//! "No news" and "the page was rebuilt" look alike to a selector; only one of
//! them is believed. What is not normal is held back, and what was there stays.

use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World, gazetted};

/// A list page of `n` entries; `entry` writes one.
fn list_page(n: usize, entry: impl Fn(usize) -> String) -> Reply {
    let items: String = (1..=n).map(|n| format!("<li>{}</li>", entry(n))).collect();
    Reply::html(format!(
        "<html><head><meta charset=utf-8><title>望潮新闻</title></head><body><ul class=news>{items}</ul></body></html>"
    ))
}

fn proper(n: usize) -> String {
    format!("<a href='/2026/{n:04}.html'>第{n}条关于大桥建设的新闻</a> <span>2026-11-02</span>")
}

fn source(origin: &Origin, more: &str) -> String {
    format!(
        "[[source]]\nid = \"haiyue/news\"\nurl = \"{}\"\ntype = \"page\"\n[source.list]\n\
         container = \"ul.news\"\nitem = \"li\"\ndate = \"span\"\n{more}",
        origin.url("/")
    )
}

/// What `/status.json` says of the one source.
fn status(daemon: &Daemon) -> Value {
    let report: Value = serde_json::from_str(&daemon.get("/status.json").text()).unwrap();
    report["sources"][0].clone()
}

#[test]
fn fewer_items_than_expected_are_held_back() {
    let origin = Origin::start(2);
    origin.put("/", list_page(3, proper));
    let world = World::new(&source(&origin, "[source.expect]\nmin_items = 5"));
    let daemon = world.start();
    daemon.wait_for("expect.min_items says 5");
    assert!(!daemon.get("/haiyue.json").text().contains("第1条"));
    let row = status(&daemon);
    assert_eq!(row["code"], "too_few_items");
    assert_eq!(
        (row["seen"]["items"].as_u64(), row["seen"]["dates"].as_u64()),
        (Some(3), Some(3))
    );
    origin.put("/", list_page(6, proper));
    daemon.wait_for_polls("haiyue/news", 1);
    assert!(daemon.get("/haiyue.json").text().contains("第1条"));
}

#[test]
fn a_page_that_was_rebuilt_is_held_back_and_the_last_good_stays() {
    let origin = Origin::start(2);
    let world = World::new(&source(&origin, ""));
    origin.put("/", list_page(8, proper));
    let daemon = world.start();
    for n in 1..=5 {
        origin.put("/", list_page(8 + n, proper));
        daemon.wait_for_polls("haiyue/news", n);
    }
    // The same boxes, other things in them.
    origin.put(
        "/",
        list_page(12, |n| format!("<a href='/tag/{n}'>更多</a>")),
    );
    daemon.wait_for("the page may have been rebuilt");
    let channel = daemon.get("/haiyue.json").text();
    assert!(
        channel.contains("第8条") && !channel.contains("更多"),
        "{channel}"
    );
    assert_eq!(status(&daemon)["code"], "rebuilt");
    // Other rules are a new beginning.
    let rules = source(&origin, "title = \"a@href\"");
    world.configure(&rules);
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    daemon.wait_for("the selector of list.date matched nothing");
    assert!(daemon.get("/haiyue.json").text().contains("/tag/1"));
}

#[test]
fn an_empty_container_is_no_news_and_a_missing_one_is_trouble() {
    let origin = Origin::start(2);
    origin.put("/", list_page(0, proper));
    let world = World::new(&source(&origin, ""));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    assert_eq!(status(&daemon)["health"], "good");
    origin.put(
        "/",
        Reply::html("<html><body><div class=other>x</div></body></html>"),
    );
    daemon.wait_for("no element matches list.container");
    assert_eq!(status(&daemon)["code"], "rebuilt");
}

#[test]
fn discover_prints_feeds_and_a_list_ready_to_paste() {
    let origin = Origin::start(2);
    let page = list_page(9, proper);
    let page = String::from_utf8(page.body).unwrap();
    let head = "<link rel=alternate type='application/rss+xml' href='/feed'></head>";
    origin.put("/list/", Reply::html(page.replace("</head>", head)));
    origin.put(
        "/feed",
        Reply::rss("<rss version='2.0'><channel><title>望潮</title><item><title>大桥合龙</title><link>http://a.cn/1</link></item></channel></rss>"),
    );
    let world = World::new("[[source]]\nid = \"a/b\"\nurl = \"http://a.example/\"");
    let discover = |url: &str| {
        let mut command = gazetted();
        command
            .arg("discover")
            .arg(url)
            .arg("--config")
            .arg(world.config());
        command.output().unwrap()
    };
    let output = discover(&origin.url("/list/"));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    for wanted in [
        "url = \"http://127.0.0.2",
        "/feed\"",
        "[source.list]",
        "container = \"ul.news\"",
        "item = \"li\"",
        "date = \"span\"",
        "第1条",
    ] {
        assert!(printed.contains(wanted), "no `{wanted}` in\n{printed}");
    }
    // It is good as it stands.
    let pasted = World::with_config(
        &printed
            .replace(
                "id = \"region/127-0-0-2\"\nurl",
                "id = \"region/again\"\nurl",
            )
            .replacen("region/again", "region/feed", 1),
    );
    let mut check = gazetted();
    let checked = check.arg("check").arg(pasted.config()).output().unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    assert_eq!(discover(&origin.url("/gone")).status.code(), Some(1));
}

/// The lines of TOML that `gazetted status SOURCE` proposes.
fn proposed(world: &World) -> String {
    let mut status = world.command("status");
    let output = status.arg("haiyue/news").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines = said
        .lines()
        .skip_while(|line| !line.starts_with("to mend it"));
    let lines = lines.skip(1).take_while(|line| line.starts_with("    "));
    let lines: Vec<&str> = lines.collect();
    assert!(!lines.is_empty(), "no repair in:\n{said}");
    lines.join("\n")
}

/// What `find` finds, after one more failed poll as often as it finds nothing.
#[track_caller]
fn after_a_failure<T>(daemon: &Daemon, find: impl Fn() -> Option<T>) -> T {
    for n in 1..50 {
        daemon.wait_for_nth("no element matches list.container", n);
        if let Some(found) = find() {
            return found;
        }
    }
    panic!("never found in:\n{}", daemon.log());
}

#[test]
fn rules_of_a_rebuilt_page_are_proposed_by_the_articles_that_are_known() {
    let origin = Origin::start(2);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cret").unwrap();
    let alarm = format!("[alarm]\ntoken = \"file:{}\"\n", token.display());
    origin.put("/", list_page(8, proper));
    let world = World::new(&[alarm.as_str(), &source(&origin, "")].concat());
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    assert_eq!(status(&daemon)["repair"], Value::Null);

    // The news are in other boxes, and a longer list of something else is above them.
    let read: String = (1..=20)
        .map(|n| format!("<li><a href='/topic/{n}00{n}.html'>去年读者最爱看的长篇报道第{n}篇全文在此</a></li>"))
        .collect();
    let rows: String = (2..=9)
        .map(|n| format!("<p class=row>{}</p>", proper(n).replace("span", "i")))
        .collect();
    let page = format!(
        "<html><head><meta charset=utf-8><title>望潮新闻</title></head><body><div class=read><ul>{read}</ul></div>\
         <div class=fresh>{rows}</div></body></html>"
    );
    origin.put("/", Reply::html(page.as_str()));
    let alarm_entry = after_a_failure(&daemon, || {
        let alarms = daemon.get("/admin/health.atom?token=s3cret").text();
        let feed: atom_syndication::Feed = alarms.parse().unwrap();
        feed.entries.first().cloned()
    });
    let row = status(&daemon);
    let says = row["repair"]["says"].as_str().unwrap();
    assert!(
        says.contains("8 items") && says.contains("7 of them"),
        "{says}"
    );
    let page = daemon.get("/status").text();
    assert!(page.contains("container = "), "{page}");
    let content = alarm_entry.content.as_ref().unwrap();
    assert_eq!(content.content_type.as_deref(), Some("html"));
    let html = content.value.as_deref().unwrap();
    assert!(html.contains("\ncontainer = \"div.fresh\"\n"), "{html}");

    // Without a daemon the store tells it, and so it is after a restart.
    assert!(daemon.stop().success());
    let table = proposed(&world);
    assert!(
        table.contains("# was: item = \"li\"\n    item = \"p.row\""),
        "{table}"
    );
    let (before, _) = source(&origin, "")
        .split_once("[source.list]")
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .unwrap();
    world.configure(&[alarm.as_str(), &before, &table].concat());
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    let channel = daemon.get("/haiyue.json").text();
    assert!(
        channel.contains("第9条") && !channel.contains("去年读者"),
        "{channel}"
    );
    let row = status(&daemon);
    assert_eq!(
        (row["health"].as_str(), &row["repair"]),
        (Some("good"), &Value::Null)
    );
}
