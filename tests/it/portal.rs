//! The portal: what is hot has ranks, a source has a page, a search engine is told what it may.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World, source};

const BRIDGE: &str = "昨天下午三点黄河大桥顺利合龙，全长二千三百一十二米，数千市民在岸边观看了合龙的全过程，工程总指挥王立新说，\
    大桥将在明年五月一日建成通车，届时从章丘到济阳的路程将由一小时缩短为十五分钟，沿线十七个村庄的居民都将受益。";

/// A feed with an item for each title; the first has the text of the bridge.
fn paper(name: &str, titles: &[&str]) -> Reply {
    let items: String = titles
        .iter()
        .enumerate()
        .map(|(nth, title)| {
            let text = if nth == 0 { BRIDGE } else { title };
            format!(
                "<item><title>{title}</title><link>http://{name}.example/{nth}</link>\
                 <guid>{name}-{nth}</guid><description>{text}</description></item>"
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>{name} 日报</title><link>http://{name}.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

fn world_of(origin: &Origin, server: &str) -> World {
    origin.put("/one", paper("one", &["大桥合龙", "菜价平稳", "学校搬家"]));
    origin.put("/two", paper("two", &["黄河大桥合龙", "运动会开幕"]));
    World::with_config(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.example/\"\n{server}\n\
         [http]\nallow_private = [\"127.0.0.0/8\"]\n[host.\"*\"]\nspacing = \"0s\"\n\
         [[channel]]\nid = \"shandong\"\ntitle = \"山东\"\ndescription = \"齐鲁大地的新闻\"\n{}{}",
        source("shandong/jinan/one", &origin.url("/one")),
        source("shandong/qingdao/two", &origin.url("/two")),
    ))
}

fn settled(world: &World) -> Daemon {
    let daemon = world.start();
    daemon.wait_for_polls("shandong/jinan/one", 1);
    daemon.wait_for_polls("shandong/qingdao/two", 1);
    daemon
}

/// The part of a page from one text to the next other.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let start = page
        .find(from)
        .unwrap_or_else(|| panic!("no {from} in {page}"));
    let rest = &page[start..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

/// The address of the story with this headline, on a page that lists it.
fn story_of(page: &str, title: &str) -> String {
    let at = page.find(title).unwrap();
    let link = page[..at].rfind("/story/").unwrap();
    page[link..link + 39].to_owned()
}

#[test]
fn what_several_papers_carry_is_ranked_and_nothing_else_is() {
    let origin = Origin::start(2);
    let world = world_of(&origin, "");
    let daemon = settled(&world);
    let front = daemon.get("/").text();
    let ranking = between(&front, "热点排行", "</ol>");
    assert!(
        ranking.contains("大桥合龙") && ranking.contains("2 家来源"),
        "{ranking}"
    );
    assert!(!ranking.contains("菜价"), "{ranking}");
    let lead = between(&front, "class=\"lead\"", "</article>");
    assert!(lead.contains("大桥合龙"), "the hottest leads: {lead}");
    let hot = daemon.get("/shandong/hot").text();
    assert!(
        hot.contains("<ol class=\"ranked large\">") && !hot.contains("菜价"),
        "{hot}"
    );
    let quiet = daemon.get("/shandong/qingdao/hot").text();
    assert!(quiet.contains("大桥合龙"), "{quiet}");
    let feed: Value = serde_json::from_str(&daemon.get("/hot.json").text()).unwrap();
    assert_eq!(feed["items"].as_array().unwrap().len(), 1);

    let channel = daemon.get("/shandong/").text();
    assert!(channel.contains("齐鲁大地的新闻"));
    let tabs = between(&channel, "class=\"views\"", "</nav>");
    assert!(
        tabs.contains("href=\"/shandong/\" aria-current=\"page\""),
        "{tabs}"
    );
    assert!(tabs.contains("href=\"/shandong/hot\">热点"), "{tabs}");
}

#[test]
fn a_story_page_leads_on() {
    let origin = Origin::start(2);
    let world = world_of(&origin, "");
    let daemon = settled(&world);
    let front = daemon.get("/").text();
    let page = daemon.get(&story_of(&front, "菜价平稳")).text();
    assert!(
        page.contains("新闻推荐") && page.contains("热点阅读"),
        "{page}"
    );
    assert!(
        page.contains("href=\"/source/shandong/jinan/one/\""),
        "{page}"
    );
    assert!(
        page.contains("<link rel=\"canonical\" href=\"https://news.example/story/"),
        "{page}"
    );
    assert!(
        page.contains("property=\"og:type\" content=\"article\""),
        "{page}"
    );
    let crumbs = between(&page, "class=\"crumbs\"", "</nav>");
    assert_eq!(crumbs.matches("aria-current").count(), 1, "{crumbs}");
    let page = daemon.get(&story_of(&front, "大桥合龙")).text();
    assert!(
        page.contains("<meta name=\"description\" content=\"昨天下午三点黄河大桥"),
        "{page}"
    );
}

#[test]
fn a_source_has_a_page_and_feeds() {
    let origin = Origin::start(2);
    for search in ["", "search = false"] {
        let world = world_of(&origin, search);
        let daemon = settled(&world);
        let page = daemon.get("/source/shandong/jinan/one/");
        assert_eq!(page.status, 200, "{}", daemon.log());
        assert!(page.text().contains("<h1>one 日报</h1>"), "{}", page.text());
        let feed = daemon.get("/source/shandong/jinan/one.json");
        let feed: Value = serde_json::from_str(&feed.text()).unwrap();
        assert_eq!(feed["title"], "one 日报");
        let own = "https://news.example/source/shandong/jinan/one.json";
        assert_eq!(feed["feed_url"], own);
        if !search.is_empty() {
            assert_eq!(feed["items"].as_array().unwrap().len(), 3);
        }
        assert_eq!(daemon.get("/source/shandong/jinan/one.rss").status, 200);
        assert_eq!(daemon.get("/source/shandong/jinan/one").status, 308);
        assert_eq!(daemon.get("/source/shandong/jinan/nobody/").status, 404);
        assert_eq!(daemon.get("/source/").status, 404);
    }
}

#[test]
fn search_engines_are_told_what_they_may() {
    let origin = Origin::start(2);
    let daemon = settled(&world_of(&origin, ""));
    assert_eq!(daemon.get("/").header("x-robots-tag"), "noindex");
    assert!(daemon.get("/robots.txt").text().contains("Disallow: /\n"));
    assert_eq!(daemon.get("/sitemap.xml").status, 404);
    assert!(
        daemon
            .get("/")
            .text()
            .contains("name=\"robots\" content=\"noindex\"")
    );
    drop(daemon);
    let daemon = settled(&world_of(&origin, "indexing = true"));
    assert_eq!(daemon.get("/").header("x-robots-tag"), "");
    assert!(!daemon.get("/").text().contains("name=\"robots\""));
    assert!(daemon.get("/search?q=x").text().contains("name=\"robots\""));
    let robots = daemon.get("/robots.txt").text();
    assert!(
        robots.contains("Sitemap: https://news.example/sitemap.xml"),
        "{robots}"
    );
    let map = daemon.get("/sitemap.xml").text();
    assert!(
        map.contains("<loc>https://news.example/shandong/</loc>"),
        "{map}"
    );
    assert!(map.contains("<loc>https://news.example/story/"), "{map}");
    assert_eq!(
        daemon.get("/favicon.svg").header("content-type"),
        "image/svg+xml"
    );
}

#[test]
fn a_page_speaks_the_language_of_its_channel() {
    let origin = Origin::start(2);
    origin.put("/one", paper("one", &["x"]));
    origin.put("/two", paper("two", &["y"]));
    let world = World::with_config(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[http]\nallow_private = [\"127.0.0.0/8\"]\n\
         [[channel]]\nid = \"taiwan\"\nlanguage = \"zh-TW\"\n\
         [[channel]]\nid = \"hessen\"\nlanguage = \"en-GB\"\n{}{}",
        source("taiwan/one", &origin.url("/one")),
        source("hessen/two", &origin.url("/two")),
    ));
    let daemon = world.start();
    daemon.wait_for_polls("taiwan/one", 1);
    daemon.wait_for_polls("hessen/two", 1);
    let page = daemon.get("/taiwan/").text();
    assert!(
        page.contains("<html lang=\"zh-TW\">") && page.contains("熱點"),
        "{page}"
    );
    let page = daemon.get("/hessen/").text();
    assert!(
        page.contains("<html lang=\"en-GB\">") && page.contains(">Hot<"),
        "{page}"
    );
    let lost = daemon.get("/nowhere/").text();
    assert!(
        lost.contains("这里没有这个页面") && lost.contains("href=\"/taiwan/\""),
        "{lost}"
    );
}

/// Headlines of the stories in the list of a page, in their order.
fn listed(page: &str) -> Vec<String> {
    let list = between(page, "class=\"newest\"", "class=\"paging\"");
    let headlines = list.split("<h3>").skip(1);
    let text = |part: &str| {
        let link = part.split("</a>").next().unwrap();
        link.rsplit('>').next().unwrap().to_owned()
    };
    headlines.map(text).collect()
}

/// The address behind a `rel` in the paging of a page.
fn turn(page: &str, rel: &str) -> Option<String> {
    let paging = between(page, "class=\"paging\"", "</p>");
    let link = paging
        .split("<a href=\"")
        .find(|link| link.contains(&format!("rel=\"{rel}\"")))?;
    Some(link.split('"').next().unwrap().replace("&amp;", "&"))
}

#[test]
fn a_channel_is_paged_both_ways() {
    let origin = Origin::start(2);
    let items: String = (0..130)
        .map(|nth| {
            // Several at the same moment, and a long gap in between.
            let day = if nth < 65 { 3 } else { 20 };
            format!(
                "<item><title>nth-{nth}</title><guid>{nth}</guid><link>http://p.example/{nth}</link>\
                 <description>text {nth}</description>\
                 <pubDate>{day:02} Nov 2026 0{}:{:02}:00 GMT</pubDate></item>",
                nth / 30,
                nth / 3 % 60,
            )
        })
        .collect();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    );
    origin.put("/one", Reply::rss(feed));
    let world = World::new(&format!(
        "{}\n[source.expect]\nnew_ratio_max = 1.0\n\
         [[channel]]\nid = \"a\"\ndedupe = \"off\"\n",
        source("a/one", &origin.url("/one"))
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let get = |path: &str| daemon.get(path).text();
    let mut pages = vec![get("/a/")];
    while let Some(older) = turn(pages.last().unwrap(), "next") {
        pages.push(get(&older));
    }
    let all: Vec<String> = pages.iter().flat_map(|page| listed(page)).collect();
    assert_eq!(all.len(), 130, "{}", daemon.log());
    assert_eq!(pages.len(), 4);
    assert_eq!(turn(&pages[0], "prev"), None);
    // The way back up is the way down.
    for nth in (2..4).rev() {
        let up = turn(&pages[nth], "prev").unwrap();
        assert!(up.contains("?after="), "{up}");
        assert_eq!(listed(&get(&up)), listed(&pages[nth - 1]));
    }
    let top = daemon.get(&turn(&pages[1], "prev").unwrap());
    assert_eq!((top.status, top.header("location")), (303, "/a/"));
    let ancient = format!("/a/?after=-9000000000000000000-{}", "0".repeat(32));
    assert!(daemon.get(&ancient).status < 400);
    assert_eq!(daemon.get("/a/?after=nonsense").status, 400);
}

/// Asks until there is such a page, which an index may have to find.
fn found(daemon: &Daemon, path: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while daemon.get(path).status != 200 {
        assert!(Instant::now() < deadline, "no {path}\n{}", daemon.log());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_tag_and_a_place_have_pages_and_feeds() {
    let origin = Origin::start(2);
    origin.put(
        "/one",
        Reply::rss(
            "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
             <description>d</description>\
             <item><title>学校搬家</title><guid>1</guid><link>http://p.example/1</link>\
             <category>教育 新聞</category><description>章丘的小学搬进新楼。</description></item>\
             <item><title>菜价平稳</title><guid>2</guid><link>http://p.example/2</link>\
             <category>民生</category><description>商河的菜市场。</description></item>\
             </channel></rss>",
        ),
    );
    for search in ["", "search = false"] {
        let world = World::with_config(&format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.example/\"\n{search}\n\
             [http]\nallow_private = [\"127.0.0.0/8\"]\n\
             [[channel]]\nid = \"shandong\"\ntitle = \"山东\"\n{}",
            source("shandong/one", &origin.url("/one"))
        ));
        let daemon = world.start();
        daemon.wait_for_polls("shandong/one", 1);
        let tag = "/tag/%E6%95%99%E8%82%B2%20%E6%96%B0%E9%97%BB/";
        found(&daemon, tag);
        let page = daemon.get(tag).text();
        assert!(
            page.contains("学校搬家") && !page.contains("菜价"),
            "{page}"
        );
        assert!(page.contains("<h1>话题：教育 新闻</h1>"), "{page}");
        let feed = daemon.get(&format!("{}.json", tag.trim_end_matches('/')));
        let feed: Value = serde_json::from_str(&feed.text()).unwrap();
        assert_eq!(feed["items"].as_array().unwrap().len(), 1);
        let own = format!("https://news.example{}.json", tag.trim_end_matches('/'));
        assert_eq!(feed["feed_url"], own);
        let story = daemon.get(&story_of(&page, "学校搬家")).text();
        assert!(
            story.contains("class=\"topic\" rel=\"tag\" href=\"/tag/"),
            "{story}"
        );

        let place = daemon.get("/place/%E7%AB%A0%E4%B8%98/").text();
        assert!(
            place.contains("学校搬家") && !place.contains("菜价"),
            "{place}"
        );
        assert_eq!(daemon.get("/place/%E7%AB%A0%E4%B8%98.rss").status, 200);
        let channel = daemon.get("/place/%E5%B1%B1%E4%B8%9C/");
        assert_eq!(
            (channel.status, channel.header("location")),
            (307, "/shandong/")
        );
        assert_eq!(daemon.get("/tag/nobody/").status, 404);
        assert_eq!(daemon.get("/place/nowhere/").status, 404);
        assert_eq!(daemon.get("/tag/%00/").status, 404);
    }
}

#[test]
fn a_theme_changes_looks_and_words() {
    let origin = Origin::start(2);
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("more.css", ":root { --seal: #1d6b45; }");
    write("zh-CN.txt", "hot_ranking = 今日热榜\nnonsense = x\n");
    write("footer.html", "<p class=\"imprint\">某某网</p>");
    write(
        "head.html",
        "<meta name=\"theme-color\" content=\"#1d6b45\">",
    );
    write("favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    write(".git", "x");
    let plain = settled(&world_of(&origin, "")).get("/").text();
    let theme = format!("theme = \"{}\"", folder.path().display());
    let world = world_of(&origin, &theme);
    let daemon = settled(&world);
    let page = daemon.get("/").text();
    assert!(
        page.contains("今日热榜") && page.contains("class=\"imprint\""),
        "{page}"
    );
    assert!(page.contains("name=\"theme-color\""), "{page}");
    let sheet = |page: &str| between(page, "/style.css?v=", "\"").to_owned();
    assert_ne!(sheet(&page), sheet(&plain));
    let style = daemon.get(&sheet(&page));
    assert!(style.text().ends_with("--seal: #1d6b45; }"));
    assert!(style.header("cache-control").contains("immutable"));
    assert!(daemon.get("/favicon.svg").text().ends_with("svg\"/>"));
    assert!(
        daemon.log().contains("there is no word `nonsense`"),
        "{}",
        daemon.log()
    );
}

#[test]
fn status_says_why_in_the_language_of_the_listing() {
    let origin = Origin::start(2);
    origin.put("/bad", Reply::status(503));
    let world = World::new(&format!(
        "{}{}",
        source("a/good", &origin.url("/one")),
        source("a/bad", &origin.url("/bad"))
    ));
    origin.put("/one", paper("one", &["x"]));
    let daemon = world.start();
    daemon.wait_for_polls("a/good", 1);
    daemon.wait_for("a/bad: the server answered 503");
    let page = daemon.get("/status").text();
    assert!(page.contains("对方服务器出了问题"), "{page}");
    assert!(page.contains("<small>按它自己的更新规律</small>"), "{page}");
    assert!(
        page.contains("<small>连续失败，过一会儿再试</small>"),
        "{page}"
    );
}
