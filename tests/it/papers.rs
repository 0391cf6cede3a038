//! What readers get is what the papers said: dates, identity, media, names.

use jiff::SignedDuration;
use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World};

/// A time so long ago, as feeds write it.
pub(crate) fn ago(hours: i64) -> String {
    let at = gazetted::clock::now() - SignedDuration::from_hours(hours);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An RSS feed with these items.
pub(crate) fn rss(title: &str, items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>{title}</title><link>https://paper.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}

/// One item at `https://{site}/{name}`, so many hours old; `more` stands in it.
pub(crate) fn item(site: &str, name: &str, hours: i64, more: &str) -> String {
    format!(
        "<item><title>What happened at the {name} of the town</title>\
         <link>https://{site}/{name}</link><guid>https://{site}/{name}</guid>\
         <pubDate>{}</pubDate>{more}</item>",
        ago(hours)
    )
}

/// Sources `a/one`, `a/two` … at these paths of an origin.
fn world(origin: &Origin, paths: &[&str]) -> World {
    let sources = paths.iter().map(|path| {
        let (id, url) = (path.trim_start_matches('/'), origin.url(path));
        format!("[[source]]\nid = \"a/{id}\"\nurl = \"{url}\"\n")
    });
    World::new(&sources.collect::<String>())
}

pub(crate) fn started(origin: &Origin, paths: &[&str]) -> (World, Daemon) {
    let world = world(origin, paths);
    let daemon = world.start();
    for path in paths {
        daemon.wait_for_polls(&format!("a{path}"), 1);
    }
    (world, daemon)
}

pub(crate) fn items(daemon: &Daemon) -> Vec<Value> {
    let answer = daemon.get("/a.json");
    let feed: Value = serde_json::from_str(&answer.text()).unwrap();
    feed["items"].as_array().unwrap().clone()
}

pub(crate) fn titles(daemon: &Daemon) -> Vec<String> {
    let all = items(daemon);
    let titles = all
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned());
    titles.collect()
}

/// Shows `body` from now on, and waits until it was polled three times more.
pub(crate) fn show(origin: &Origin, daemon: &Daemon, path: &str, body: &str) {
    let n = origin.asked(path).len();
    origin.put(path, Reply::rss(body));
    origin.wait(path, n + 3);
    daemon.wait_for_polls(&format!("a{path}"), n + 2);
}

#[test]
fn an_archive_stands_at_its_own_dates_below_the_news() {
    let origin = Origin::start(60);
    let news: String = (0..5)
        .map(|n| item("daily.example", &format!("n{n}"), n, ""))
        .collect();
    let old: String = (0..60)
        .map(|n| item("old.example", &format!("o{n}"), 9000 + n, ""))
        .collect();
    let undated: String = (0..60)
        .map(|n| format!("<item><title>Blog post {n} about it</title><guid>u{n}</guid></item>"))
        .collect();
    origin.put("/daily", Reply::rss(rss("Daily", &news)));
    origin.put("/old", Reply::rss(rss("Chronicle", &old)));
    origin.put("/blog", Reply::rss(rss("Blog", &undated)));
    let (_world, daemon) = started(&origin, &["/daily", "/old", "/blog"]);
    let all = items(&daemon);
    let is_daily = |item: &Value| {
        item["url"]
            .as_str()
            .is_some_and(|url| url.contains("daily"))
    };
    assert!(all[..5].iter().all(is_daily), "{all:#?}");
    let dates = all
        .iter()
        .map(|item| item["date_published"].as_str().unwrap());
    assert!(
        dates.is_sorted_by(|newer, older| newer >= older),
        "{all:#?}"
    );
}

#[test]
fn an_old_entry_is_dated_as_its_paper_dates_it() {
    let origin = Origin::start(61);
    origin.put(
        "/old",
        Reply::rss(rss("Chronicle", &item("old.example", "fire", 9600, ""))),
    );
    let (_world, daemon) = started(&origin, &["/old"]);
    let date = ago(9600);
    let day = &date[..13];
    let json = items(&daemon)[0]["date_published"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(json.starts_with(day), "{json}");
    assert!(
        daemon
            .get("/a.atom")
            .text()
            .contains(&format!("<published>{day}"))
    );
}

#[test]
fn updated_alone_is_a_date_that_later_edits_do_not_move() {
    let origin = Origin::start(62);
    let entry = |updated: &str, title: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Works</title><id>urn:w</id>\
             <updated>{updated}</updated><entry><id>urn:w:1</id><title>{title}</title>\
             <link href=\"https://works.example/1\"/><updated>{updated}</updated></entry></feed>"
        )
    };
    let first = ago(30);
    origin.put("/works", Reply::rss(entry(&first, "Bridge is painted")));
    let (_world, daemon) = started(&origin, &["/works"]);
    assert_eq!(items(&daemon)[0]["date_published"], first.as_str());
    show(
        &origin,
        &daemon,
        "/works",
        &entry(&ago(1), "Bridge is painted blue"),
    );
    let item = &items(&daemon)[0];
    assert_eq!(item["title"], "Bridge is painted blue");
    assert_eq!(item["date_published"], first.as_str());
}

#[test]
fn late_news_stand_on_top_and_history_does_not() {
    let origin = Origin::start(63);
    let known = item("p.example", "b", 2, "") + &item("p.example", "c", 3, "");
    origin.put("/p", Reply::rss(rss("P", &known)));
    let (_world, daemon) = started(&origin, &["/p"]);
    let late = item("p.example", "late", 2000, "");
    let history = item("p.example", "history", 2000, "");
    show(
        &origin,
        &daemon,
        "/p",
        &rss("P", &format!("{late}{known}{history}")),
    );
    let all = titles(&daemon);
    assert!(all[0].contains("late"), "{all:?}");
    assert!(all[3].contains("history"), "{all:?}");
    let dated = items(&daemon)[0]["date_published"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(dated.starts_with(&ago(2000)[..10]), "{dated}");
}

#[test]
fn pictures_and_sound_reach_all_formats() {
    let origin = Origin::start(64);
    let more = "<media:group><media:content url=\"https://m.example/ferry.jpg?w=1\" width=\"300\">\
        <media:credit>Ann Lens</media:credit><media:description>The ferry</media:description>\
        </media:content><media:content url=\"https://m.example/mayor.mp3\" medium=\"audio\" \
        duration=\"90\" fileSize=\"7\"><media:title>The mayor</media:title></media:content>\
        </media:group><enclosure url=\"\" type=\"audio/mpeg\" length=\"1\"/>";
    origin.put("/p", Reply::rss(rss("P", &item("p.example", "b", 2, more))));
    let (_world, daemon) = started(&origin, &["/p"]);
    let item = &items(&daemon)[0];
    assert_eq!(item["image"], "https://m.example/ferry.jpg?w=1");
    let file = &item["attachments"][0];
    assert_eq!(item["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(file["url"], "https://m.example/mayor.mp3");
    assert_eq!(file["mime_type"], "audio/mpeg");
    assert_eq!(file["title"], "The mayor");
    assert_eq!(file["duration_in_seconds"], 90);
    for path in ["/a.rss", "/a.atom"] {
        let text = daemon.get(path).text();
        for wanted in ["ferry.jpg?w=1", "mayor.mp3", "Ann Lens", "The ferry"] {
            assert!(text.contains(wanted), "{path} lacks {wanted}: {text}");
        }
    }
    assert!(daemon.get("/a.rss").text().contains("<itunes:duration>90<"));
}

#[test]
fn what_is_beside_an_article_is_looked_for_there() {
    let origin = Origin::start(65);
    let more = "<content:encoded><![CDATA[<p><img src=\"figs/a.jpg\"> <a href=\"/plan.pdf\">p</a></p>\
        <iframe src=\"https://films.example/embed/x1\"></iframe><p></p>]]></content:encoded>";
    let one = item("quay.example", "posts/crane/", 2, more);
    origin.put("/p", Reply::rss(rss("P", &one)));
    let (_world, daemon) = started(&origin, &["/p"]);
    let html = items(&daemon)[0]["content_html"]
        .as_str()
        .unwrap()
        .to_owned();
    for wanted in [
        "https://quay.example/posts/crane/figs/a.jpg",
        "https://quay.example/plan.pdf",
        "https://films.example/embed/x1",
    ] {
        assert!(html.contains(wanted), "{html}");
    }
    assert!(!html.contains("<p></p>"), "{html}");
}

#[test]
fn names_languages_and_licences_are_cleaned_and_kept() {
    let origin = Origin::start(66);
    let more = "<dc:creator>&lt;a href=\"https://p.example/1\"&gt;V. Alder&lt;/a&gt;, \
        &lt;a href=\"https://p.example/2\"&gt;L. O&amp;#039;Birch&lt;/a&gt;</dc:creator>\
        <dc:contributor>C. Cedar</dc:contributor><dc:language>de_CH</dc:language>\
        <dc:rights>(c) The Paper</dc:rights><comments>https://p.example/talk</comments>\
        <enclosure url=\"https://p.example/x\" type=\"mp3\" length=\"1\"/>";
    let titled = rss("Paper", &item("p.example", "b", 2, more))
        .replace("of the town", "of the town | Paper");
    origin.put("/p", Reply::rss(titled));
    let (_world, daemon) = started(&origin, &["/p"]);
    let item = &items(&daemon)[0];
    assert_eq!(item["title"], "What happened at the b of the town");
    let names: Vec<&str> = item["authors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["V. Alder", "L. O'Birch"]);
    assert_eq!(item["language"], "de-CH");
    assert_eq!(item["attachments"][0]["mime_type"], "audio/mpeg");
    let rss = daemon.get("/a.rss").text();
    let atom = daemon.get("/a.atom").text();
    for text in [&rss, &atom] {
        for wanted in ["C. Cedar", "(c) The Paper", "https://p.example/talk"] {
            assert!(text.contains(wanted), "no {wanted} in {text}");
        }
    }
    assert!(rss.contains("<dc:identifier>https://p.example/b<"), "{rss}");
}

#[test]
fn what_a_mirror_says_to_readers_is_no_news() {
    let origin = Origin::start(67);
    let news: String = (0..8)
        .map(|n| item("town.example", &format!("n{n}"), n + 1, ""))
        .collect();
    origin.put("/town", Reply::rss(rss("Town gazette", &news)));
    let (_world, daemon) = started(&origin, &["/town"]);
    let notice = "<item><title>Reader not yet whitelisted!</title><guid>w1</guid>\
        <link>https://mirror.example/</link></item>";
    origin.put(
        "/town",
        Reply::rss(rss("Reader not yet whitelisted!", notice)),
    );
    daemon.wait_for_nth("is no news of this source", 3);
    let all = items(&daemon);
    assert_eq!(all.len(), 8, "{all:#?}");
    assert_eq!(
        all[0]["_gazetted"]["sightings"][0]["source_title"],
        "Town gazette"
    );
    let status = daemon.get("/status.json").text();
    assert!(status.contains("whitelisted"), "{status}");
}

#[test]
fn one_page_may_hold_many_news() {
    let origin = Origin::start(68);
    let said = [
        "Ice is drifting below the weir, boats must stay in the harbour.",
        "The lock is closed for repair until Friday noon.",
        "Water rises to four metres in the evening, cellars may flood.",
    ];
    let warning = |n: usize| {
        format!(
            "<item><title>Warning {n} of the river office</title><guid isPermaLink=\"false\">w{n}</guid>\
             <link>https://river.example/level</link><pubDate>{}</pubDate>\
             <description>{}</description></item>",
            ago(9 - n as i64),
            said[n]
        )
    };
    origin.put("/river", Reply::rss(rss("River", &warning(0))));
    let lane = "<item><title>Water is turned off in Mill Lane</title><link>https://town.example/notes#mill</link></item>\
        <item><title>Timetable of the ferry for summer</title><link>https://town.example/notes#ferry</link></item>";
    origin.put("/notes", Reply::rss(rss("Notes", lane)));
    let (_world, daemon) = started(&origin, &["/river", "/notes"]);
    show(&origin, &daemon, "/river", &rss("River", &warning(1)));
    show(&origin, &daemon, "/river", &rss("River", &warning(2)));
    let all = titles(&daemon);
    assert_eq!(all.len(), 5, "{all:?}");
}

#[test]
fn an_id_that_comes_again_months_later_is_news() {
    let origin = Origin::start(69);
    let others: String = (0..4)
        .map(|n| item("git.example", &format!("v6.{n}"), 1700 + n, ""))
        .collect();
    let release = |hours: i64, text: &str| item("git.example", "v7", hours, text);
    let early = release(1500, "<description>Published by mistake.</description>");
    origin.put(
        "/git",
        Reply::rss(rss("Releases", &format!("{early}{others}"))),
    );
    let (_world, daemon) = started(&origin, &["/git"]);
    show(&origin, &daemon, "/git", &rss("Releases", &others));
    let last = release(
        1,
        "<description>The real seventh release with a new map.</description>",
    );
    show(
        &origin,
        &daemon,
        "/git",
        &rss("Releases", &format!("{last}{others}")),
    );
    let all = items(&daemon);
    assert!(all[0]["url"].as_str().unwrap().ends_with("v7"), "{all:#?}");
    assert!(
        all[0]["date_published"]
            .as_str()
            .unwrap()
            .starts_with(&ago(1)[..13])
    );
}

#[test]
fn a_paged_feed_is_read_on_while_all_is_new() {
    let origin = Origin::start(70);
    let page = |range: std::ops::Range<i64>, next: &str| {
        let items: String = range
            .rev()
            .map(|n| item("wire.example", &format!("n{n}"), 20 - n, ""))
            .collect();
        let next = match next {
            "" => String::new(),
            next => format!("<atom:link rel=\"next\" href=\"{next}\"/>"),
        };
        rss("Wire", &format!("{next}{items}"))
    };
    origin.put("/wire", Reply::rss(page(0..4, "/wire?page=9")));
    let (_world, daemon) = started(&origin, &["/wire"]);
    assert!(
        origin.asked("/wire?page=9").is_empty(),
        "a first reading reads no archive"
    );
    origin.put("/wire?page=2", Reply::rss(page(8..12, "/wire?page=3")));
    origin.put("/wire?page=3", Reply::rss(page(3..8, "/wire?page=4")));
    show(&origin, &daemon, "/wire", &page(12..16, "/wire?page=2"));
    assert_eq!(titles(&daemon).len(), 16);
    assert!(origin.asked("/wire?page=4").is_empty());
}

#[test]
fn a_source_cannot_lock_itself_out() {
    let origin = Origin::start(71);
    let future = "Sat, 16 Nov 2041 19:11:00 GMT";
    let body = rss("Shop", &item("shop.example", "a", 2, ""));
    origin.put(
        "/shop",
        Reply::rss(body)
            .with("Last-Modified", future)
            .with("ETag", "\"2041\""),
    );
    let (_world, _daemon) = started(&origin, &["/shop"]);
    origin.wait("/shop", 3);
    let asked = origin.asked("/shop");
    assert!(
        !asked[2].headers.contains_key("if-none-match"),
        "{:?}",
        asked[2]
    );
}

#[test]
fn encodings_that_are_none_and_cookies_of_a_redirect_are_understood() {
    let origin = Origin::start(72);
    let feed = |name: &str| rss("P", &item("p.example", name, 2, ""));
    origin.put(
        "/utf",
        Reply::rss(feed("utf")).with("Content-Encoding", "UTF-8"),
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, feed("gz").as_bytes()).unwrap();
    origin.put(
        "/gz",
        Reply::ok("application/x-gzip", packed.finish().unwrap()),
    );
    let there = Reply::status(302)
        .with("Location", "/there")
        .with("Set-Cookie", "pass=1; Path=/");
    origin.put("/wall", there);
    origin.put("/there", Reply::rss(feed("wall")));
    let (_world, daemon) = started(&origin, &["/utf", "/gz", "/wall"]);
    assert_eq!(titles(&daemon).len(), 3);
    let asked = origin.asked("/there");
    assert_eq!(asked[0].headers["cookie"], "pass=1");
    assert!(!origin.asked("/wall")[0].headers.contains_key("cookie"));
}

#[test]
fn the_secret_in_an_address_is_for_us_alone() {
    let origin = Origin::start(73);
    let path = "/members?auth=s3cr3t&id=4";
    origin.put(path, Reply::rss(rss("P", &item("p.example", "b", 2, ""))));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/p\"\nurl = \"{}\"",
        origin.url(path)
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/p", 1);
    assert_eq!(titles(&daemon).len(), 1);
    for path in [
        "/a.rss",
        "/a.atom",
        "/a.json",
        "/channels.opml",
        "/status",
        "/status.json",
    ] {
        assert!(!daemon.get(path).text().contains("s3cr3t"), "{path}");
    }
    let said = world.check();
    let said =
        String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("secret"), "{said}");
}

#[test]
fn a_news_search_joins_the_paper_it_found() {
    let origin = Origin::start(74);
    let head = "Storm tears roof off the indoor pool in Southwick";
    let search = format!(
        "<item><title>{head} - Harbour Post</title><link>https://news.example/x1</link>\
         <guid isPermaLink=\"false\">x1</guid><pubDate>{}</pubDate>\
         <description>&lt;a href=\"https://news.example/x1\"&gt;{head}&lt;/a&gt; Harbour Post</description>\
         <source url=\"https://harbour.example\">Harbour Post</source></item>",
        ago(2)
    );
    let paper = format!(
        "<item><title>{head}</title><link>https://harbour.example/1</link><pubDate>{}</pubDate>\
         <description>Nobody was hurt when the wind lifted parts of the roof.</description></item>",
        ago(2)
    );
    origin.put("/search", Reply::rss(rss("Southwick - Search", &search)));
    origin.put("/paper", Reply::rss(rss("Harbour Post", &paper)));
    let (_world, daemon) = started(&origin, &["/search", "/paper"]);
    let all = items(&daemon);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0]["title"], head);
}

#[test]
fn json_feeds_of_odd_types_lose_nothing() {
    let origin = Origin::start(75);
    let feed = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Odd", "items": [
        {"id": 1, "url": "https://odd.example/1", "title": "One thing in the place of many things",
         "authors": "Ann Alder", "tags": "sports, town", "image": {"url": "https://odd.example/1.jpg"},
         "attachments": {"url": "https://odd.example/1.mp3", "mime_type": "audio/mpeg"}},
        {"id": 2, "url": "https://odd.example/2", "title": "Many things in the place of one thing",
         "author": [{"name": "Bo Birch"}, "Cy Cedar"], "tags": [{"name": "a, b"}, "c, d"]}]}"#;
    origin.put("/odd", Reply::ok("application/feed+json", feed));
    let (_world, daemon) = started(&origin, &["/odd"]);
    let all = items(&daemon);
    let one = all
        .iter()
        .find(|item| item["url"] == "https://odd.example/1")
        .unwrap();
    let two = all
        .iter()
        .find(|item| item["url"] == "https://odd.example/2")
        .unwrap();
    assert_eq!(one["authors"][0]["name"], "Ann Alder");
    assert_eq!(one["tags"], serde_json::json!(["sports", "town"]));
    assert_eq!(one["image"], "https://odd.example/1.jpg");
    assert_eq!(one["attachments"][0]["url"], "https://odd.example/1.mp3");
    assert_eq!(two["authors"][1]["name"], "Cy Cedar");
    assert_eq!(two["tags"], serde_json::json!(["a, b", "c, d"]));
}
