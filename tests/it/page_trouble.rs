//! Pages of which nothing can be read, through the daemon: trouble from the first
//! poll on, with a reason, and never news.

use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World, gazetted};

const MENU: &str = "<ul class=menu><li><a href=/zjqs/>走进青石</a><li><a href=/zwgk/>政务公开信息</a>\
    <li><a href=/zwfw/>政务服务大厅</a></ul>";

fn page(body: &str) -> Reply {
    Reply::html(format!(
        "<html><head><meta charset=utf-8><title>青石新闻网</title></head><body>{body}</body></html>"
    ))
}

fn list(n_items: usize) -> String {
    let items: String = (1..=n_items)
        .map(|n| {
            format!(
                "<li><a href=/xw/3100{n}.html>东沟镇水库除险加固工程第{n}期完工</a> 2026-11-0{n}"
            )
        })
        .collect();
    format!("<ul class=news>{items}</ul>")
}

fn source(url: &str, more: &str) -> String {
    format!("[[source]]\nid = \"qs/news\"\ntype = \"page\"\nurl = \"{url}\"\n{more}")
}

/// The only source, as `/status.json` has it.
fn status(daemon: &Daemon) -> Value {
    let report: Value = serde_json::from_str(&daemon.get("/status.json").text()).unwrap();
    report["sources"][0].clone()
}

#[track_caller]
fn check(world: &World, code: &str, told: &str) -> String {
    let daemon = world.start();
    daemon.wait_for(told);
    let status = status(&daemon);
    assert_eq!(status["code"], code, "{status}");
    daemon.get("/qs.json").text()
}

#[test]
fn a_menu_is_trouble_and_no_news() {
    let origin = Origin::start(2);
    origin.put("/", page(MENU));
    let world = World::new(&source(&origin.url("/"), ""));
    let channel = check(&world, "no_list", "[source.list] item");
    assert!(!channel.contains("政务"), "{channel}");
}

#[test]
fn a_selector_that_never_matched_is_trouble() {
    let origin = Origin::start(2);
    origin.put("/", page(&list(3)));
    let rules = "[source.list]\nitem = \"div.nope\"\n";
    check(
        &World::new(&source(&origin.url("/"), rules)),
        "no_items",
        "div.nope",
    );
    let rules = "[source.list]\nitem = \"li\"\ndate = \"b.nope\"\n";
    let channel = check(
        &World::new(&source(&origin.url("/"), rules)),
        "unmatched",
        "list.date",
    );
    assert!(
        channel.contains("东沟镇"),
        "items are published without: {channel}"
    );
}

#[test]
fn the_list_behind_a_page_that_leads_on_is_read() {
    let origin = Origin::start(2);
    origin.put(
        "/",
        page("<script>location.href = '/frames.html';</script>"),
    );
    origin.put(
        "/frames.html",
        Reply::html(
            "<html><frameset><frame src=left.html><frame src=right.html></frameset></html>",
        ),
    );
    origin.put("/left.html", page(MENU));
    origin.put("/right.html", page(&list(3)));
    let world = World::new(&source(&origin.url("/"), ""));
    let daemon = world.start();
    daemon.wait_for_polls("qs/news", 1);
    assert_eq!(status(&daemon)["health"], "good");
    let channel = daemon.get("/qs.json").text();
    assert!(
        channel.contains("第3期") && !channel.contains("政务"),
        "{channel}"
    );
}

#[test]
fn a_page_of_something_else_is_not_that_of_the_entry() {
    let origin = Origin::start(2);
    origin.put("/", page(&list(1)));
    let body = "<p>网站正在升级改造，请稍后再来访问，给您带来不便敬请谅解。</p>".repeat(9);
    origin.put(
        "/xw/31001.html",
        page(&format!("<h1>系统升级公告</h1><div id=zoom>{body}</div>")),
    );
    let rules = "[source.article]\ncontent = \"#zoom\"\n";
    let world = World::new(&source(&origin.url("/"), rules));
    let daemon = world.start();
    daemon.wait_for_polls("qs/news", 1);
    let channel = daemon.get("/qs.json").text();
    assert!(
        channel.contains("东沟镇水库除险加固工程第1期完工"),
        "{channel}"
    );
    assert!(!channel.contains("升级"), "{channel}");
    // It is asked for again, and what it says then is taken.
    let body = "<p>东沟镇水库除险加固工程近日完工，明年汛期前可以蓄水。</p>".repeat(9);
    let title = "东沟镇水库除险加固工程第1期完工";
    origin.put(
        "/xw/31001.html",
        page(&format!("<h1>{title}</h1><div id=zoom>{body}</div>")),
    );
    origin.wait("/xw/31001.html", 2);
    daemon.wait_for_polls("qs/news", 4);
    let channel = daemon.get("/qs.json").text();
    assert!(channel.contains("明年汛期前可以蓄水"), "{channel}");
}

#[test]
fn check_live_says_what_comes_through_of_a_source_without_tests() {
    let origin = Origin::start(2);
    origin.put("/", page(&list(3)));
    let world = World::new(&source(&origin.url("/"), ""));
    let check = || {
        let mut command = gazetted();
        let output = command
            .arg("check")
            .arg(world.config())
            .arg("--live")
            .output();
        let output = output.unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, printed) = check();
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("3 items, 3 titles, 3 dates"), "{printed}");
    origin.put("/", page(MENU));
    let (code, printed) = check();
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("no list of news was found"), "{printed}");
}

#[test]
fn one_page_without_a_match_tells_of_a_new_rule_and_the_note_goes_with_it() {
    let origin = Origin::start(2);
    origin.put("/", page(&list(1)));
    let body = "<p>东沟镇水库除险加固工程近日完工，明年汛期前可以蓄水。</p>".repeat(9);
    let title = "东沟镇水库除险加固工程第1期完工";
    origin.put(
        "/xw/31001.html",
        page(&format!("<h1>{title}</h1><div id=zoom>{body}</div>")),
    );
    let rules = |content: &str| format!("[source.article]\ncontent = \"{content}\"\n");
    let world = World::new(&source(&origin.url("/"), &rules("#nope")));
    {
        let daemon = world.start();
        daemon.wait_for("article.content = `#nope`");
        let status = status(&daemon);
        assert_eq!(status["code"], "unmatched", "{status}");
    }
    world.configure(&source(&origin.url("/"), &rules("#zoom")));
    let daemon = world.start();
    daemon.wait_for_polls("qs/news", 1);
    assert_eq!(status(&daemon)["health"], "good", "{}", daemon.log());
}
