//! A source that changes what it says, or what it calls what it says: readers
//! see each entry once, and an edit as an edit.

use std::fmt::Write as _;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World};

/// A newspaper that is polled.
struct Paper {
    origin: Origin,
    daemon: Daemon,
    _world: World,
}

impl Paper {
    fn start(host: u8, settings: &str, feed: &str) -> Paper {
        let origin = Origin::start(host);
        origin.put("/feed", Reply::rss(feed));
        let url = origin.url("/feed");
        let world = World::new(&format!(
            "[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n{settings}"
        ));
        let daemon = world.start();
        daemon.wait_for_polls("a/b", 1);
        Paper {
            origin,
            daemon,
            _world: world,
        }
    }

    /// Shows another feed and waits until it has been read: a second request
    /// comes only when what the first brought is written.
    fn show(&self, feed: &str) {
        self.origin.put("/feed", Reply::rss(feed));
        self.origin
            .wait("/feed", self.origin.asked("/feed").len() + 2);
    }

    fn rss(&self) -> String {
        self.daemon.get("/a.rss").text()
    }

    /// The entries of the channel as readers get them.
    /// Its items, without what they say of others.
    fn items(&self) -> Vec<Value> {
        let feed: Value = serde_json::from_str(&self.daemon.get("/a.json").text()).unwrap();
        let mut items = feed["items"].as_array().unwrap().clone();
        for item in &mut items {
            item["_gazetted"].as_object_mut().unwrap().remove("related");
        }
        items
    }

    fn titles(&self) -> Vec<String> {
        let items = self.items();
        let titles = items.iter().map(|item| item["title"].as_str().unwrap());
        titles.map(str::to_owned).collect()
    }
}

/// An entry; what is empty is left out.
struct Entry {
    guid: String,
    link: String,
    title: String,
    date: String,
    text: String,
}

impl Entry {
    fn nth(n: usize) -> Entry {
        Entry {
            guid: format!("http://p.example/?p={n}"),
            link: format!("http://p.example/{n}.html"),
            title: format!("something happened in town {n}"),
            date: date(n),
            text: format!("<p>It is said that something happened in town {n}.</p>"),
        }
    }
}

/// The same for all polls of a test.
fn start() -> Timestamp {
    static START: OnceLock<Timestamp> = OnceLock::new();
    *START.get_or_init(gazetted::clock::now)
}

/// Some minutes ago, the later numbers the longer.
fn date(n: usize) -> String {
    let minutes = i64::try_from(n).unwrap() * 7 + 10;
    let at = start() - SignedDuration::from_mins(minutes);
    at.strftime("%a, %d %b %Y %H:%M:00 +0000").to_string()
}

fn entries(range: std::ops::Range<usize>) -> Vec<Entry> {
    range.map(Entry::nth).collect()
}

fn feed(entries: &[Entry]) -> String {
    let mut items = String::new();
    for entry in entries {
        items.push_str("<item>");
        for (name, text) in [
            ("guid", &entry.guid),
            ("link", &entry.link),
            ("title", &entry.title),
            ("pubDate", &entry.date),
            ("description", &entry.text),
        ] {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            if !text.is_empty() {
                write!(items, "<{name}>{text}</{name}>").unwrap();
            }
        }
        items.push_str("</item>");
    }
    format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}

/// Shows `first`, then each of `others`: readers see no difference.
#[track_caller]
fn check_nothing_changes(host: u8, first: &[Entry], others: &[Vec<Entry>]) {
    let paper = Paper::start(host, "", &feed(first));
    let before = paper.rss();
    assert_eq!(before.matches("<item>").count(), first.len().min(50));
    for (n, other) in others.iter().enumerate() {
        paper.show(&feed(other));
        assert_eq!(paper.rss(), before, "variant {n}");
    }
}

fn with(range: std::ops::Range<usize>, change: impl Fn(usize, &mut Entry)) -> Vec<Entry> {
    let mut all = entries(range.clone());
    for (n, entry) in range.zip(&mut all) {
        change(n, entry);
    }
    all
}

#[test]
fn new_guids_for_all_are_no_news() {
    let changed = with(0..200, |n, entry| {
        entry.guid = format!("https://p.example/?p={n}")
    });
    check_nothing_changes(41, &entries(0..200), &[changed]);
}

#[test]
fn a_move_to_another_address_is_no_news() {
    let moved = with(0..40, |n, entry| {
        entry.guid = format!("tag:new.example,2026:{n}");
        entry.link = format!("http://p.example/news/{n}/");
    });
    let paper = Paper::start(42, "", &feed(&entries(0..40)));
    let ids = |paper: &Paper| -> Vec<Value> {
        paper
            .items()
            .iter()
            .map(|item| item["id"].clone())
            .collect()
    };
    let before = ids(&paper);
    paper.show(&feed(&moved));
    assert_eq!(ids(&paper), before);
    let text = paper.rss();
    assert!(
        text.contains("/news/3/") && !text.contains("/3.html"),
        "links follow"
    );
}

#[test]
fn one_guid_for_all_keeps_them_apart() {
    let same = |range| with(range, |_, entry| entry.guid = "P".to_owned());
    let paper = Paper::start(43, "", &feed(&same(0..6)));
    let before = paper.items();
    assert_eq!(before.len(), 6);
    // One goes, one comes, and one stands alone.
    paper.show(&feed(&same(2..6)));
    paper.show(&feed(&same(3..4)));
    assert_eq!(paper.items(), before);
    paper.show(&feed(&same(0..7)));
    let after = paper.items();
    assert_eq!((after.len(), &after[..6]), (7, &before[..]));
}

#[test]
fn a_guid_of_two_forms_is_one_entry() {
    let form = |scheme: &str| {
        with(0..10, |n, entry| {
            entry.guid = format!("{scheme}://p.example/?p={n}")
        })
    };
    let others = [form("https"), form("http"), form("https")];
    check_nothing_changes(44, &form("http"), &others);
}

#[test]
fn new_guids_on_every_poll_are_no_news() {
    let poll = |k: usize| with(0..10, |n, entry| entry.guid = format!("{k}-{n}"));
    check_nothing_changes(45, &poll(0), &[poll(1), poll(2), poll(3), poll(4)]);
}

#[test]
fn dates_that_are_bumped_move_nothing() {
    let bumped = with(0..10, |n, entry| entry.date = date(20 - n));
    check_nothing_changes(46, &entries(0..10), &[bumped]);
}

#[test]
fn a_headline_corrected_in_title_and_guid_is_an_edit() {
    let make = |slug: &str, title: &str| {
        with(0..1, |_, entry| {
            entry.guid = format!("http://p.example/2026/{slug}");
            entry.title = title.to_owned();
        })
    };
    let paper = Paper::start(47, "", &feed(&make("tow-burns", "Tow hall burns down")));
    let before = paper.items();
    paper.show(&feed(&make("town-burns", "Town hall burns down")));
    let after = paper.items();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["title"], "Town hall burns down");
    assert_eq!(after[0]["id"], before[0]["id"]);
}

#[test]
fn clocks_and_counters_are_no_edits() {
    let poll = |k: usize| {
        with(0..5, |n, entry| {
            entry.link = format!("http://p.example/{n}.html?utm_source=rss&PHPSESSID={k}x{n}");
            entry.text = format!(
                "<div class=\"c{k}\" data-time=\"{k}\"><p>Text {n}.</p><p>阅读 {k}23</p>\
                 <p>Updated: 12:0{k}:33</p><img src=\"http://p.example/x.png?r={k}\"></div>"
            );
        })
    };
    check_nothing_changes(48, &poll(0), &[poll(1), poll(2)]);
}

#[test]
fn another_order_is_no_change() {
    let mut turned = entries(0..30);
    turned.reverse();
    let mut mixed = entries(0..30);
    mixed.sort_by_key(|entry| {
        entry
            .title
            .bytes()
            .map(u32::from)
            .fold(7, |sum, b| sum * 31 % 97 + b)
    });
    check_nothing_changes(49, &entries(0..30), &[turned, mixed]);
}

#[test]
fn a_window_that_shrinks_and_grows_is_no_change() {
    check_nothing_changes(
        51,
        &entries(0..50),
        &[entries(0..10), entries(0..50), entries(5..6)],
    );
}

#[test]
fn an_edit_is_updated_in_place() {
    let paper = Paper::start(52, "", &feed(&entries(0..3)));
    let before = paper.items();
    let edited = with(0..3, |n, entry| {
        if n == 1 {
            entry.title = "what really happened in town 1".to_owned();
            entry.text = "<p>More is known now.</p>".to_owned();
            entry.date = date(0);
        }
    });
    paper.show(&feed(&edited));
    let after = paper.items();
    assert_eq!(paper.titles()[1], "what really happened in town 1");
    for name in ["id", "date_published", "url"] {
        assert_eq!(after[1][name], before[1][name], "{name}");
    }
    assert_ne!(after[1]["date_modified"], before[1]["date_modified"]);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    // The story's page says what was corrected.
    let page = paper.daemon.get("/a/").text();
    let paths = page.split("/story/").skip(1);
    let pages: Vec<String> = paths
        .map(|rest| format!("/story/{}", &rest[..32]))
        .map(|path| paper.daemon.get(&path).text())
        .collect();
    let has_both = |page: &String| {
        page.contains("what really happened in town 1")
            && page.contains("something happened in town 1</span>")
    };
    assert!(pages.iter().any(has_both), "{pages:?}");
}

#[test]
fn what_the_source_takes_back_stays() {
    let paper = Paper::start(53, "", &feed(&entries(0..4)));
    let before = paper.rss();
    paper.show(&feed(&entries(1..4)));
    assert_eq!(paper.rss(), before);
}

#[test]
fn a_flood_is_held_back_and_let_go_if_it_stays() {
    let paper = Paper::start(54, "", &feed(&entries(0..20)));
    let other = with(100..120, |_, entry| {
        entry.title = format!("completely different: {}", entry.title);
        entry.date = String::new();
    });
    paper.origin.put("/feed", Reply::rss(feed(&other)));
    let line = paper.daemon.wait_for("20 of 20 entries are new at once");
    assert!(line.contains("held_back"), "{line}");
    paper.daemon.wait_for("items.new=20 ");
    paper.daemon.wait_for_nth("items.new=20 ", 2);
    let log = paper.daemon.log();
    assert_eq!(log.matches("entries are new at once").count(), 2, "{log}");
    assert_eq!(paper.items().len(), 40);
}

#[test]
fn news_after_a_pause_are_no_flood() {
    let paper = Paper::start(55, "", &feed(&entries(0..10)));
    let news = with(100..110, |n, entry| entry.date = date(n - 100));
    paper.show(&feed(&news));
    assert_eq!(paper.items().len(), 20);
    assert!(!paper.daemon.log().contains("new at once"));
}

#[test]
fn entries_of_the_future_wait_if_that_is_asked_for() {
    let soon = |ahead: i64| {
        let at = start() + SignedDuration::from_secs(ahead);
        at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
    };
    let make = || {
        with(0..2, |n, entry| {
            if n == 1 {
                entry.date = soon(3600);
            }
        })
    };
    let clamped = Paper::start(56, "", &feed(&make()));
    assert_eq!(clamped.titles().len(), 2);
    let held = Paper::start(57, "future = \"hold\"\n", &feed(&make()));
    held.show(&feed(&make()));
    assert_eq!(held.titles(), ["something happened in town 0"]);
    let now = with(0..2, |n, entry| entry.date = date(n));
    held.show(&feed(&now));
    assert_eq!(held.titles().len(), 2);
}

#[test]
fn entries_without_a_date_are_left_out_if_that_is_asked_for() {
    let make = || {
        with(0..2, |n, entry| {
            if n == 1 {
                entry.date = String::new();
            }
        })
    };
    let paper = Paper::start(58, "undated = \"drop\"\n", &feed(&make()));
    assert_eq!(paper.titles(), ["something happened in town 0"]);
}

#[test]
fn useless_guids_can_be_told() {
    let poll = |k: usize| {
        with(0..3, |n, entry| {
            entry.guid = format!("{k}-{n}");
            entry.title = format!("{} – {k}", entry.title);
            entry.date = date(k * 10 + n);
            entry.text = format!("Text {k}.");
        })
    };
    let settings = "trust_guid = false\nidentity = [\"link\"]\n";
    let paper = Paper::start(59, settings, &feed(&poll(0)));
    paper.show(&feed(&poll(1)));
    assert_eq!(paper.titles().len(), 3);
}
