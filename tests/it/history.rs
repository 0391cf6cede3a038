//! History: from the newest entry back to the first, by pages and by archives (RFC 5005).

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use gazetted::clock;
use gazetted::config::Config;
use gazetted::model::{Item, StoryId};
use gazetted::publish::Month;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::control::ok;
use crate::press::{at, item, markup};
use crate::serve::{Answer, Listing};
use crate::world::{Daemon, Origin, Reply, World, get_with};

const PUBLIC: &str = "https://news.example";

/// Number of items that are walked through, unless `GAZETTED_HISTORY_ITEMS` says another.
const N_ITEMS: usize = 1500;

fn n_items() -> usize {
    let told = std::env::var("GAZETTED_HISTORY_ITEMS").ok();
    told.map_or(N_ITEMS, |told| told.parse().unwrap())
}

/// Items spread evenly over July to October.
fn past(n_items: usize) -> Vec<Item> {
    let from = at("2026-07-01T00:00:00Z").as_second();
    let to = at("2026-11-01T00:00:00Z").as_second();
    let span = usize::try_from(to - from).unwrap();
    let make = |n: usize| {
        let second = from + i64::try_from(span * n / n_items).unwrap();
        made(&n.to_string(), Timestamp::from_second(second).unwrap())
    };
    (0..n_items).map(make).collect()
}

fn made(name: &str, seen: Timestamp) -> Item {
    let mut item = item("shandong/jinan/daily", name, &format!("第{name}条"), seen);
    item.summary = markup("<p>摘要</p>");
    item.content = markup("<p>全文</p>");
    item
}

fn urns(items: &[Item]) -> BTreeSet<String> {
    let urns = items.iter().map(|item| StoryId::begun_by(item.id).urn());
    urns.collect()
}

/// Ids of the entries and links of a document, whatever its format.
struct Document {
    ids: Vec<String>,
    links: BTreeMap<String, String>,
}

impl Document {
    fn read(answer: &Answer) -> Document {
        assert_eq!(answer.status, 200);
        let kind = answer.header("content-type");
        let text = answer.text();
        match kind.contains("json") {
            true => Document::of_json(&serde_json::from_str(&text).unwrap()),
            false => Document::of_xml(&text, kind.contains("rss")),
        }
    }

    fn of_json(feed: &serde_json::Value) -> Document {
        let ids = feed["items"].as_array().unwrap().iter();
        let ids = ids.map(|item| item["id"].as_str().unwrap().to_owned());
        let mut links = BTreeMap::new();
        let archive = feed["_gazetted"]["links"].as_object();
        for (relation, href) in archive.into_iter().flatten() {
            links.insert(relation.clone(), href.as_str().unwrap().to_owned());
        }
        let next = feed["next_url"].as_str();
        links.extend(next.map(|next| ("next".to_owned(), next.to_owned())));
        links.insert(
            "self".to_owned(),
            feed["feed_url"].as_str().unwrap().to_owned(),
        );
        Document {
            ids: ids.collect(),
            links,
        }
    }

    fn of_xml(text: &str, is_rss: bool) -> Document {
        let (head, open, close) = match is_rss {
            true => ("<atom:link ", "<guid isPermaLink=\"false\">", "</guid>"),
            false => ("<link ", "<id>", "</id>"),
        };
        let entries = text.find(if is_rss { "<item>" } else { "<entry>" });
        let (about, entries) = text.split_at(entries.unwrap_or(text.len()));
        let attribute = |element: &str, name: &str| {
            let rest = element.split_once(&format!("{name}=\""))?.1;
            Some(rest.split_once('"')?.0.replace("&amp;", "&"))
        };
        let links = about
            .split(head)
            .skip(1)
            .filter_map(|element| Some((attribute(element, "rel")?, attribute(element, "href")?)));
        let ids = entries.split(open).skip(1);
        let ids = ids.map(|rest| rest.split_once(close).unwrap().0.to_owned());
        Document {
            ids: ids.filter(|id| id.starts_with("urn:")).collect(),
            links: links.collect(),
        }
    }

    /// Path of a neighbour.
    fn path(&self, relation: &str) -> Option<String> {
        let href = self.links.get(relation)?;
        Some(href.strip_prefix(PUBLIC).unwrap().to_owned())
    }
}

#[tokio::test]
async fn pages_lead_from_the_newest_entry_to_the_first_while_new_ones_arrive() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let items = past(n_items());
    let all = urns(&items);
    listing.carry(items);
    let mut n_new = 0;
    for ending in ["rss", "atom", "json"] {
        let mut seen = BTreeSet::new();
        let mut path = Some(format!("/shandong/jinan.{ending}?limit=100&full=0"));
        let mut n_pages = 0;
        while let Some(here) = path {
            let document = Document::read(&listing.get(&here).await);
            assert_eq!(document.path("self"), Some(here.clone()));
            assert!(document.ids.len() <= 100, "{here}");
            let first = document.path("first");
            let feed = format!("/shandong/jinan.{ending}?limit=100&full=0");
            if ending != "json" {
                assert_eq!(first, (n_pages > 0).then_some(feed), "{here}");
            }
            for id in &document.ids {
                assert!(seen.insert(id.clone()), "{id} twice, at {here}");
            }
            n_pages += 1;
            n_new += 1;
            let now = at("2026-11-02T00:00:00Z").as_second() + n_new;
            let now = Timestamp::from_second(now).unwrap();
            listing.carry(vec![made(&format!("n{n_new}"), now)]);
            path = document.path("next");
        }
        assert!(n_pages >= all.len() / 100, "{n_pages}");
        assert!(
            all.is_subset(&seen),
            "{ending}: {} of {}",
            seen.len(),
            all.len()
        );
    }
    listing.close().await;
}

#[tokio::test]
async fn archives_hold_every_month_once() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut items = past(n_items());
    // One month of the chain has nothing.
    let is_august = |item: &Item| item.sort_key.to_string().starts_with("2026-08");
    items.retain(|item| !is_august(item));
    let all = urns(&items);
    listing.carry(items);
    for ending in ["rss", "atom", "json"] {
        let newest = Document::read(&listing.get(&format!("/shandong/jinan.{ending}")).await);
        let mut seen: BTreeSet<String> = newest.ids.iter().cloned().collect();
        let is_json = ending == "json";
        let mut path = newest.path(if is_json { "next" } else { "prev-archive" });
        let mut oldest = String::new();
        while let Some(here) = path {
            let answer = listing.get(&here).await;
            let document = Document::read(&answer);
            for id in &document.ids {
                assert!(seen.insert(id.clone()), "{id} twice, at {here}");
            }
            if here.contains("/archive/") {
                let mark = if is_json {
                    "\"is_archive\": true"
                } else {
                    "<fh:archive"
                };
                assert!(answer.text().contains(mark), "{here}");
                let feed = format!("/shandong/jinan.{ending}");
                assert_eq!(document.path("current"), Some(feed), "{here}");
                assert!(answer.header("cache-control").contains("max-age=86400,"));
                let held = format!("if-none-match: {}\r\n", answer.header("etag"));
                assert_eq!(listing.ask("GET", &here, &held).await.status, 304);
            }
            oldest = here;
            path = document.path(if is_json { "next" } else { "prev-archive" });
        }
        assert_eq!(seen, all, "{ending}: {} of {}", seen.len(), all.len());
        if is_json {
            continue;
        }
        // And up again, from month to month; there is none of August.
        let july = format!("/shandong/jinan/archive/2026-07.{ending}");
        assert!(oldest.starts_with(&july), "{oldest}");
        let mut months = vec![july];
        while let Some(later) =
            Document::read(&listing.get(months.last().unwrap()).await).path("next-archive")
        {
            months.push(later);
        }
        let want =
            [7, 9, 10].map(|month| format!("/shandong/jinan/archive/2026-{month:02}.{ending}"));
        assert_eq!(months, want);
    }
    let root = listing.get("/archive/2026-09.atom").await;
    assert_eq!(root.status, 200);
    for nowhere in [
        "/archive/2026-08.atom",
        "/archive/2026-13.atom",
        "/archive/9999-12.json",
        "/nowhere/archive/2026-09.atom",
        "/henan/archive/2026-09.rss",
        "/archive/2026-09.exe",
    ] {
        assert_eq!(listing.get(nowhere).await.status, 404, "{nowhere}");
    }
    listing.close().await;
}

/// A paper whose news are of a month that is over.
struct Bygone {
    origin: Origin,
    world: World,
    /// Address of the month's archive.
    path: String,
    /// A day of that month.
    day: Timestamp,
}

impl Bygone {
    fn new() -> Bygone {
        let origin = Origin::start(2);
        let day = clock::now() - SignedDuration::from_hours(24 * 60);
        let month = Month::of(day).unwrap();
        let world = World::with_config(&format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.example/\"\n\
             [http]\nallow_private = [\"127.0.0.0/8\"]\n[host.\"*\"]\nspacing = \"0s\"\n\
             [defaults]\ninterval = \"1s\"\nmin_interval = \"1s\"\n\
             [[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
            origin.url("/one")
        ));
        Bygone {
            path: format!("/a/archive/{month}.rss"),
            origin,
            world,
            day,
        }
    }

    /// Gives the feed entries with these texts.
    fn show(&self, texts: [&str; 2]) {
        let date = self.day.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let entry = |(nth, text): (usize, &str)| {
            format!(
                "<item><title>Headline {nth}</title><link>http://p.example/{nth}.html</link>\
                 <guid>{nth}</guid><pubDate>{date}</pubDate><description>{text}</description></item>"
            )
        };
        let entries: String = texts.into_iter().enumerate().map(entry).collect();
        self.origin.put(
            "/one",
            Reply::rss(format!(
                "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
                 <description>d</description>{entries}</channel></rss>"
            )),
        );
    }

    fn start(&self) -> Daemon {
        let daemon = self.world.start();
        daemon.wait_for_polls("a/one", 1);
        daemon
    }

    /// Files of archives on the disk.
    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.world.state().join("archives")).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }
}

/// Number of archives that came from the disk, and of those that were rendered.
fn counted(daemon: &Daemon) -> (usize, usize) {
    let text = daemon.get("/metrics").text();
    let count = |from: &str| {
        let name = format!("gazetted_archives_total{{from=\"{from}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    };
    (count("disk"), count("rendering"))
}

#[test]
fn the_archive_of_a_month_that_is_over_outlives_a_restart_and_no_edit() {
    let bygone = Bygone::new();
    bygone.show(["first text", &"second text ".repeat(200)]);
    let daemon = bygone.start();
    let made = daemon.get(&bygone.path);
    assert_eq!(made.status, 200, "{}", daemon.log());
    assert!(made.text().contains("first text"), "{}", made.text());
    assert_eq!((counted(&daemon), bygone.files().len()), ((0, 1), 1));
    assert!(daemon.stop().success());

    let daemon = bygone.start();
    let kept = daemon.get(&bygone.path);
    assert!(kept.body == made.body);
    for name in ["etag", "last-modified", "cache-control", "content-type"] {
        assert_eq!(kept.header(name), made.header(name), "{name}");
        assert!(!kept.header(name).is_empty(), "{name}");
    }
    for coding in ["gzip", "br", "zstd"] {
        let asked = || {
            get_with(
                daemon.address(),
                &bygone.path,
                &[("accept-encoding", coding)],
            )
        };
        let packed = asked();
        assert_eq!(packed.header("content-encoding"), coding);
        assert!(packed.body == asked().body && packed.body.len() < made.body.len());
    }
    assert_eq!((counted(&daemon), bygone.files().len()), ((7, 0), 1));

    bygone.show(["another text", "second text"]);
    let n_asked = bygone.origin.asked("/one").len();
    bygone.origin.wait("/one", n_asked + 2);
    let edited = daemon.get(&bygone.path);
    assert!(edited.text().contains("another text"), "{}", edited.text());
    assert!(!edited.text().contains("first text"));
    assert_ne!(edited.header("etag"), made.header("etag"));
    assert_eq!((counted(&daemon), bygone.files().len()), ((7, 1), 1));
}

#[test]
fn a_damaged_archive_is_made_anew_and_one_that_was_taken_down_is_off_the_disk() {
    let bygone = Bygone::new();
    bygone.show(["first text", "second text"]);
    let daemon = bygone.start();
    let made = daemon.get(&bygone.path);
    for (nth, damage) in [7, 60, 700].into_iter().enumerate() {
        let file = bygone.files().remove(0);
        let mut bytes = fs::read(&file).unwrap();
        bytes[damage] ^= 4;
        fs::write(&file, &bytes).unwrap();
        assert!(daemon.get(&bygone.path).body == made.body);
        assert_eq!(counted(&daemon), (nth, nth + 2), "byte {damage}");
        // It is whole again.
        assert!(daemon.get(&bygone.path).body == made.body);
        assert_eq!(counted(&daemon), (nth + 1, nth + 2), "byte {damage}");
    }
    let file = bygone.files().remove(0);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert!(daemon.get(&bygone.path).body == made.body);
    assert_eq!(counted(&daemon), (3, 5));

    ok(&bygone.world, "takedown", &["http://p.example/0.html"]);
    assert_eq!(bygone.files(), Vec::<PathBuf>::new());
    let left = daemon.get(&bygone.path).text();
    assert!(!left.contains("first text") && left.contains("second text"));
    ok(&bygone.world, "takedown", &["http://p.example/1.html"]);
    assert_eq!(daemon.get(&bygone.path).status, 404);
    assert_eq!(bygone.files(), Vec::<PathBuf>::new());
    assert!(daemon.stop().success());
    let daemon = bygone.start();
    assert_eq!(daemon.get(&bygone.path).status, 404);
}

#[tokio::test]
async fn a_feed_is_as_long_as_the_admin_or_the_reader_wish() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(past(300));
    let count = async |path: &str| Document::read(&listing.get(path).await).ids.len();
    assert_eq!(count("/shandong/jinan.rss").await, 50);
    assert_eq!(count("/index.atom").await, 50);
    assert_eq!(count("/index.atom?limit=7").await, 7);
    assert_eq!(count("/shandong/jinan.json?limit=100").await, 100);
    for ignored in ["201", "0", "-1", "x"] {
        assert_eq!(count(&format!("/index.rss?limit={ignored}")).await, 50);
    }
    let text = "[server]\nlimit = 20\n[[channel]]\nid = \"shandong/jinan\"\nlimit = 10\n\
                [[source]]\nid = \"shandong/jinan/daily\"\nurl = \"https://jinan.example/rss\"\n";
    listing.configure(Config::parse("limits.toml", text).unwrap());
    assert_eq!(count("/index.rss").await, 20);
    assert_eq!(count("/shandong.rss").await, 50);
    assert_eq!(count("/shandong/jinan.rss").await, 10);
    assert_eq!(listing.get("/index.rss?before=x").await.status, 400);
    listing.close().await;
}

#[tokio::test]
async fn a_feed_of_teasers_holds_no_texts() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let mut bare = made("bare", at("2026-10-05T00:00:00Z"));
    bare.summary = None;
    bare.content = markup("<p>开头。还有更多。</p>");
    listing.carry(vec![made("1", at("2026-10-04T00:00:00Z")), bare]);
    for ending in ["rss", "atom", "json"] {
        let full = listing
            .get(&format!("/shandong/jinan.{ending}?full=1"))
            .await;
        let usual = listing.get(&format!("/shandong/jinan.{ending}")).await;
        assert!(full.body == usual.body);
        assert!(full.text().contains("全文"));
        let short = listing
            .get(&format!("/shandong/jinan.{ending}?full=0"))
            .await;
        assert_ne!(short.header("etag"), full.header("etag"));
        let text = short.text();
        assert!(text.contains("摘要") && !text.contains("全文"), "{text}");
        assert!(text.contains("开头。还有更多。"), "{text}");
        assert!(!text.contains("<content") && !text.contains("content_html\": \"<p>开头"));
    }
    listing.close().await;
}

#[tokio::test]
async fn the_list_of_channels_comes_in_the_format_that_suits_the_reader() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    listing.carry(past(1));
    let usual = listing.get("/channels.opml").await;
    for ending in ["rss", "atom", "json"] {
        let list = listing
            .get(&format!("/channels.opml?format={ending}"))
            .await;
        let feed = format!("xmlUrl=\"https://news.example/shandong/jinan.{ending}\"");
        assert_eq!(list.text().matches(&feed).count(), 1, "{}", list.text());
        assert_eq!(list.text().matches("/shandong/jinan.").count(), 1);
        assert_eq!(list.body == usual.body, ending == "rss");
    }
    assert_eq!(listing.get("/channels.opml?format=exe").await.status, 400);
    let page = listing.get("/").await.text();
    assert!(page.contains("/channels.opml?format=atom"), "{page}");
    assert!(page.contains("RSS 适合多数阅读器"), "{page}");
    listing.close().await;
}
