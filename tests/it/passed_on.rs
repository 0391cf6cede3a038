//! What papers say beside the news reaches readers, and what is not for them does not.

use crate::papers::{ago, item, items, rss, show, started, titles};
use crate::world::{Origin, Reply, World};

fn world(origin: &Origin, path: &str, more: &str) -> World {
    World::new(&format!(
        "[[source]]\nid = \"a/p\"\nurl = \"{}\"\n{more}",
        origin.url(path)
    ))
}

#[test]
fn an_entry_is_dated_by_its_page_before_it_is_dropped() {
    let origin = Origin::start(112);
    let page = |title: &str, head: &str| {
        format!(
            "<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1><p>{}</p></body></html>",
            "The council decided on the new bridge over the river, said the mayor. ".repeat(5)
        )
    };
    let dated = "<meta property=\"article:published_time\" content=\"2026-03-04T05:06:07Z\">";
    origin.put(
        "/dated",
        Reply::html(page("Bridge over the river is decided", dated)),
    );
    origin.put(
        "/undated",
        Reply::html(page("Nobody knows when this happened", "")),
    );
    let entry = |title: &str, path: &str| {
        format!(
            "<item><title>{title}</title><link>{}</link></item>",
            origin.url(path)
        )
    };
    let entries = entry("Bridge over the river is decided", "/dated")
        + &entry("Nobody knows when this happened", "/undated");
    origin.put("/p", Reply::rss(rss("P", &entries)));
    let world = world(&origin, "/p", "undated = \"drop\"\nfull_text = \"always\"");
    let daemon = world.start();
    daemon.wait_for_polls("a/p", 2);
    assert_eq!(titles(&daemon), ["Bridge over the river is decided"]);
    assert_eq!(items(&daemon)[0]["date_published"], "2026-03-04T05:06:07Z");
    let later = rss("P", &(entries + &item("p.example", "b", 0, "")));
    show(&origin, &daemon, "/p", &later);
    assert_eq!(titles(&daemon).len(), 2);
    assert_eq!(origin.asked("/undated").len(), 1);
}

#[test]
fn one_entry_that_leads_home_is_no_news_in_any_language() {
    let origin = Origin::start(113);
    let news: String = (0..6)
        .map(|n| item("town.example", &format!("n{n}"), n + 1, ""))
        .collect();
    origin.put("/p", Reply::rss(rss("Town gazette", &news)));
    let (_world, daemon) = started(&origin, &["/p"]);
    let notice =
        "<item><title>Besök vår nya sida</title><link>https://paper.example/</link></item>";
    origin.put("/p", Reply::rss(rss("Town gazette", notice)));
    daemon.wait_for_nth("is no news of this source", 2);
    assert_eq!(titles(&daemon).len(), 6);
    // One entry with a page of its own is a short day.
    show(
        &origin,
        &daemon,
        "/p",
        &rss("Town gazette", &item("town.example", "n9", 0, "")),
    );
    assert_eq!(titles(&daemon).len(), 7);
}

#[test]
fn a_secret_in_a_path_is_for_us_alone() {
    let secret = "3f9c0a7714be52d86e0b9d1fa2c34e58";
    let path = format!("/feed/user/{secret}/rss");
    let origin = Origin::start(114);
    let entries = item("p.example", "b", 2, "")
        + "<item><title>An entry of a site without addresses</title><link>x/2</link></item>";
    let feed = rss("P", &entries).replace("https://paper.example/", "./");
    origin.put(&path, Reply::rss(feed));
    let world = world(&origin, &path, "");
    let daemon = world.start();
    daemon.wait_for_polls("a/p", 1);
    assert_eq!(titles(&daemon).len(), 2);
    for path in [
        "/a.rss",
        "/a.atom",
        "/a/",
        "/channels.opml",
        "/status",
        "/status.json",
    ] {
        let text = daemon.get(path).text();
        assert!(!text.contains(secret), "{path}: {text}");
    }
    let said = world.check();
    let said =
        String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("secret"), "{said}");
}

#[test]
fn an_episode_stays_one() {
    let origin = Origin::start(115);
    let more = "<enclosure url=\"https://pod.example/cover.png\" type=\"image/png\" length=\"1\"/>\
        <enclosure url=\"https://pod.example/7.mp3\" type=\"audio/mp3\" length=\"8\"/>\
        <itunes:duration>1:00:05</itunes:duration><itunes:episodeType>Bonus</itunes:episodeType>\
        <itunes:subtitle>Cranes at the quay</itunes:subtitle>\
        <podcast:transcript url=\"https://pod.example/7.srt\"/>\
        <podcast:chapters url=\"https://pod.example/7.json\" type=\"application/json+chapters\"/>";
    let feed = rss("P", &item("pod.example", "7", 2, more)).replace(
        "<rss ",
        "<rss xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
         xmlns:podcast=\"https://podcastindex.org/namespace/1.0\" ",
    );
    let feed = feed.replace(
        "<description>",
        "<itunes:explicit>yes</itunes:explicit><description>",
    );
    origin.put("/p", Reply::rss(feed));
    let (_world, daemon) = started(&origin, &["/p"]);
    let item = &items(&daemon)[0];
    assert_eq!(item["content_html"], "<p>Cranes at the quay</p>");
    assert_eq!(item["_gazetted"]["episode_type"], "bonus");
    assert_eq!(
        item["_gazetted"]["transcripts"][0]["mime_type"],
        "application/x-subrip"
    );
    let rss = daemon.get("/a.rss").text();
    for wanted in [
        "<enclosure url=\"https://pod.example/7.mp3\"",
        "<itunes:duration>3605<",
        "<itunes:episodeType>bonus<",
        "<itunes:explicit>true<",
        "<itunes:image href=\"https://pod.example/cover.png\"",
        "<podcast:transcript",
        "<podcast:chapters",
    ] {
        assert!(rss.contains(wanted), "no {wanted} in {rss}");
    }
}

#[test]
fn an_address_for_programs_is_no_home_page() {
    let origin = Origin::start(116);
    let api = format!(
        "{{\"data\": [{{\"t\": \"Water returns to the canal\", \"u\": \"https://p.example/1\", \"at\": \"{}\"}}]}}",
        ago(2)
    );
    origin.put("/api", Reply::ok("application/json", api));
    let rules = "type = \"json\"\n[source.list]\nitem = \"data[*]\"\ntitle = \"t\"\nlink = \"u\"\ndate = \"at\"";
    let world = world(&origin, "/api", rules);
    let daemon = world.start();
    daemon.wait_for_polls("a/p", 1);
    let atom = daemon.get("/a.atom").text();
    let (_, source) = atom.split_once("<source>").unwrap();
    assert!(!source.contains("rel=\"alternate\""), "{source}");
}
