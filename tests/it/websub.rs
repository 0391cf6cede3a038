//! Hubs: a real one on a loopback address, and the real daemon.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use gazetted::clock;
use gazetted::model::{Commit, HubState, Lease};
use gazetted::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{Answer, Ask, Daemon, Hub, Manner, Origin, Reply, World, send};

const DAY: u64 = 86_400;

/// What every configuration here begins with: hubs can reach us, and after the
/// first poll there is nothing but pushes.
const PREAMBLE: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://news.example/"
[http]
allow_private = ["127.0.0.0/8"]
max_body = "64KiB"
timeout = "5s"
[host."*"]
spacing = "0s"
[defaults]
min_interval = "1s"
"#;

/// A feed at `own` with a hub.
fn feed(own: &str, hubs: &[String], titles: &[&str]) -> String {
    let hubs: String = hubs
        .iter()
        .map(|hub| format!("<atom:link rel=\"hub\" href=\"{hub}\"/>"))
        .collect();
    let items: String = titles
        .iter()
        .map(|title| format!("<item><title>{title}</title><guid>{title}</guid></item>"))
        .collect();
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\
         <title>P</title><link>http://p.example/</link><description>d</description>\
         <atom:link rel=\"self\" href=\"{own}\"/>{hubs}{items}</channel></rss>"
    )
}

fn source(id: &str, url: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n")
}

fn world(sources: &str) -> World {
    World::with_config(&format!("{PREAMBLE}{sources}"))
}

/// A source `a/b` with a hub that pushes, one item old.
struct Scene {
    origin: Origin,
    hub: Hub,
    world: World,
    daemon: Daemon,
    ask: Ask,
}

impl Scene {
    fn open(host: u8, more: &str) -> Scene {
        let origin = Origin::start(host);
        let hub = Hub::start(host, Manner::Verifies(10 * DAY));
        let own = origin.url("/feed");
        let reply = Reply::rss(feed(&own, &[hub.url("/")], &["old"])).with("ETag", "\"1\"");
        origin.put("/feed", reply);
        let world = world(&format!("{}{more}", source("a/b", &own)));
        let daemon = world.start();
        hub.reach(daemon.address());
        let ask = hub.wait(1);
        wait_until(&daemon, "a/b", |row| row["push"]["state"] == "active");
        Scene {
            origin,
            hub,
            world,
            daemon,
            ask,
        }
    }

    fn feed(&self, titles: &[&str]) -> String {
        feed(&self.origin.url("/feed"), &[self.hub.url("/")], titles)
    }

    fn status(&self) -> Value {
        status(&self.daemon, "a/b")
    }

    /// What readers get.
    fn rss(&self) -> String {
        self.daemon.get("/a.rss").text()
    }
}

fn status(daemon: &Daemon, source: &str) -> Value {
    let all: Value = serde_json::from_slice(&daemon.get("/status.json").body).unwrap();
    let rows = all["sources"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == source);
    row.unwrap().clone()
}

/// Waits until what `/status.json` says of a source, which is what is on disk, is
/// as it should be.
#[track_caller]
fn wait_until(daemon: &Daemon, source: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let row = status(daemon, source);
        if is_so(&row) {
            return row;
        }
        assert!(Instant::now() < deadline, "still {row}");
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// From the last poll to the next, in seconds.
fn wait_of(row: &Value) -> i64 {
    let wait = time(&row["due"]).duration_since(time(&row["polled"]));
    wait.as_secs()
}

#[track_caller]
fn is(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
}

#[test]
fn a_list_page_with_a_hub_is_pushed_too() {
    let origin = Origin::start(41);
    let hub = Hub::start(41, Manner::Verifies(10 * DAY));
    let own = origin.url("/list/");
    let page = |titles: &[&str]| {
        let items: String = titles
            .iter()
            .map(|title| format!("<li><a href=\"/news/{title}.html\">{title}</a></li>"))
            .collect();
        format!(
            "<!DOCTYPE html><html><head><title>P</title><link rel=\"preload hub\" href=\"{}\">\
             <link rel=self href=\"{own}\"></head><body><ul>{items}</ul></body></html>",
            hub.url("/")
        )
    };
    origin.put("/list/", Reply::html(page(&["old"])));
    let rules = "[source.list]\nitem = \"li\"\n";
    let world = world(&format!("{}type = \"page\"\n{rules}", source("a/b", &own)));
    let daemon = world.start();
    hub.reach(daemon.address());
    let ask = hub.wait(1);
    assert_eq!(ask.field("hub.topic"), own);
    wait_until(&daemon, "a/b", |row| row["push"]["state"] == "active");
    let body = page(&["new", "old"]);
    let signature = ask.sign("sha256", body.as_bytes());
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("X-Hub-Signature", signature.as_str()),
    ];
    is(&hub.push(&ask, &headers, body.as_bytes()), 202);
    daemon.wait_for("a/b: pushed");
    assert!(daemon.log().contains("items.new=1"), "{}", daemon.log());
    let rss = daemon.get("/a.rss").text();
    assert!(rss.contains("<title>new</title>"), "{rss}");
    assert_eq!(origin.asked("/list/").len(), 1, "nothing was asked for");
}

#[test]
fn a_hub_is_found_asked_and_heard() {
    let scene = Scene::open(20, "");
    let Scene {
        hub, daemon, ask, ..
    } = &scene;
    assert_eq!(ask.field("hub.mode"), "subscribe");
    assert_eq!(ask.field("hub.topic"), scene.origin.url("/feed"));
    assert_eq!(ask.field("hub.lease_seconds"), "864000");
    assert_eq!(ask.field("hub.secret").len(), 64);
    let callback = ask.field("hub.callback");
    assert!(
        callback.starts_with("https://news.example/websub/"),
        "{callback}"
    );
    let verified = ask.verified.clone().unwrap();
    is(&verified, 200);
    assert_eq!(verified.text(), "a challenge/?&=é");
    assert!(verified.header("content-type").starts_with("text/plain"));
    assert_eq!(verified.header("cache-control"), "no-store");

    is(&hub.push_feed(ask, &scene.feed(&["new", "old"])), 202);
    daemon.wait_for("a/b: pushed");
    assert!(daemon.log().contains("items.new=1"), "{}", daemon.log());
    let rss = scene.rss();
    assert!(rss.contains("<title>new</title>") && rss.contains("<title>old</title>"));
    // What is missing from a push has not been removed, and the same again is nothing.
    is(&hub.push_feed(ask, &scene.feed(&["newer"])), 202);
    is(&hub.push_feed(ask, &scene.feed(&["newer"])), 202);
    daemon.wait_for_nth("a/b: pushed", 3);
    let n_new = |n: usize| format!("a/b: pushed source.id=a/b items.new={n}");
    let counts = [0, 1].map(|n| daemon.log().matches(&n_new(n)).count());
    assert_eq!(counts, [1, 2], "{}", daemon.log());
    let rss = scene.rss();
    for title in ["old", "new", "newer"] {
        assert_eq!(
            rss.matches(&format!("<title>{title}</title>")).count(),
            1,
            "{rss}"
        );
    }
    assert_eq!(
        scene.origin.asked("/feed").len(),
        1,
        "nothing but pushes came"
    );
    let row = wait_until(daemon, "a/b", |row| row["push"]["trusted"] == true);
    assert_eq!(row["push"]["state"], "active");
    assert_eq!(row["push"]["hub"], hub.url("/"));
    assert!(daemon.get("/status").text().contains("127.0.0.20"));
    for told in [daemon.log(), daemon.get("/status.json").text()] {
        assert!(!told.contains(ask.field("hub.secret")));
        assert!(!told.contains(callback.rsplit('/').next().unwrap()));
    }
}

#[test]
fn a_hub_in_the_headers_comes_first() {
    let (origin, hub) = (Origin::start(21), Hub::start(21, Manner::Verifies(DAY)));
    let own = origin.url("/feed");
    let links = format!("<{}>; rel=\"hub\", </topic>; rel=self", hub.url("/head"));
    let body = feed(&own, &[hub.url("/body")], &["old"]);
    origin.put("/feed", Reply::rss(body).with("Link", &links));
    let world = world(&source("a/b", &own));
    let daemon = world.start();
    hub.reach(daemon.address());
    let ask = hub.wait(1);
    assert_eq!(ask.path, "/head");
    assert_eq!(ask.field("hub.topic"), origin.url("/topic"));
    is(&ask.verified.unwrap(), 200);
}

#[test]
fn only_what_we_asked_for_is_confirmed_and_only_once() {
    let (origin, hub) = (Origin::start(22), Hub::start(22, Manner::Waits));
    let own = origin.url("/feed");
    origin.put("/feed", Reply::rss(feed(&own, &[hub.url("/")], &["old"])));
    let world = world(&source("a/b", &own));
    let daemon = world.start();
    hub.reach(daemon.address());
    let ask = hub.wait(1);
    let other = origin.url("/other");
    for changes in [
        &[("hub.topic", other.as_str())][..],
        &[("hub.mode", "unsubscribe")],
        &[("hub.mode", "publish")],
        &[("hub.mode", "")],
        &[("hub.challenge", "")],
    ] {
        is(&hub.verify(&ask, changes), 404);
    }
    let path = ask.path_back();
    let stranger = path.replace(&path[path.len() - 4..], "0000");
    for path in [
        stranger.as_str(),
        "/websub/",
        "/websub/x",
        "/websub/%00",
        &format!("{path}0"),
    ] {
        is(
            &daemon.get(&format!(
                "{path}?hub.mode=subscribe&hub.challenge=x&hub.topic={own}"
            )),
            404,
        );
    }
    is(&daemon.get(&path), 404);
    assert_eq!(status(&daemon, "a/b")["push"]["state"], "pending");

    is(
        &hub.verify(&ask, &[("hub.lease_seconds", "315360000")]),
        200,
    );
    let row = wait_until(&daemon, "a/b", |row| row["push"]["state"] == "active");
    is(&hub.verify(&ask, &[]), 404);
    is(&hub.verify(&ask, &[("hub.mode", "unsubscribe")]), 404);
    let until = time(&row["push"]["until"]);
    let lease = until.duration_since(clock::now());
    assert!(
        lease <= SignedDuration::from_hours(30 * 24),
        "ten years are {lease}"
    );
    assert!(lease > SignedDuration::from_hours(29 * 24), "{lease}");
}

#[test]
fn a_push_counts_only_under_a_good_signature() {
    let scene = Scene::open(23, "");
    let Scene {
        hub, ask, daemon, ..
    } = &scene;
    let body = scene.feed(&["forged"]);
    let good = ask.sign("sha256", body.as_bytes());
    let wrong = good.replace(&good[good.len() - 8..], "00000000");
    let cut = &good[..good.len() - 2];
    for header in [wrong.as_str(), cut, "sha256=", "md5=00", "x", ""] {
        let headers = [("X-Hub-Signature", header)];
        is(&hub.push(ask, &headers, body.as_bytes()), 202);
    }
    is(&hub.push(ask, &[], body.as_bytes()), 202);
    daemon.wait_for("a/b: a push under no signature is ignored");
    daemon.wait_for_nth("a/b: a push under a bad signature is ignored", 6);

    for method in ["sha1", "sha256", "sha384", "sha512"] {
        let body = scene.feed(&[method]);
        let signature = ask.sign(method, body.as_bytes());
        is(
            &hub.push(ask, &[("X-Hub-Signature", &signature)], body.as_bytes()),
            202,
        );
    }
    daemon.wait_for_nth("a/b: pushed", 4);
    let rss = scene.rss();
    for method in ["sha1", "sha256", "sha384", "sha512"] {
        assert!(
            rss.contains(&format!("<title>{method}</title>")),
            "{method}"
        );
    }
    assert!(!rss.contains("forged"));
}

#[test]
fn a_push_is_read_only_so_far_and_only_for_those_who_know_where() {
    let scene = Scene::open(24, "");
    let Scene {
        hub, ask, daemon, ..
    } = &scene;
    is(&hub.push(ask, &[("Content-Length", "100000000")], b""), 413);
    let mut chunks = Vec::new();
    for _ in 0..80 {
        chunks.extend_from_slice(b"400\r\n");
        chunks.extend_from_slice(&[b'x'; 1024]);
        chunks.extend_from_slice(b"\r\n");
    }
    is(
        &hub.push(ask, &[("Transfer-Encoding", "chunked")], &chunks),
        413,
    );
    is(&hub.push(ask, &[("Content-Encoding", "gzip")], b"x"), 415);
    let path = ask.path_back();
    let stranger = path.replace(&path[path.len() - 4..], "0000");
    let headers = [("Content-Length", "100000000")];
    is(
        &send(daemon.address(), "POST", &stranger, &headers, b""),
        404,
    );
    is(&send(daemon.address(), "PUT", &path, &[], b"x"), 405);
    assert!(!daemon.log().contains("a/b: pushed"));
}

#[test]
fn a_slow_hub_holds_nothing_but_its_own_share() {
    let (origin, other) = (
        Origin::start(145),
        Hub::start(145, Manner::Verifies(10 * DAY)),
    );
    let own = origin.url("/feed");
    let hubs = [other.url("/")];
    origin.put("/feed", Reply::rss(feed(&own, &hubs, &["old"])));
    let scene = Scene::open(144, &source("c/d", &own));
    let daemon = &scene.daemon;
    other.reach(daemon.address());
    let ask = other.wait(1);
    wait_until(daemon, "c/d", |row| row["push"]["state"] == "active");

    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n\r\n",
        scene.ask.path_back()
    );
    let push = || {
        let mut stream = TcpStream::connect(daemon.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut said = [0; 12];
        stream.read_exact(&mut said).unwrap();
        (stream, String::from_utf8(said.to_vec()).unwrap())
    };
    let slow: Vec<(TcpStream, String)> = (0..8).map(|_| push()).collect();
    assert!(
        slow.iter().all(|(_, said)| said == "HTTP/1.1 100"),
        "{slow:?}"
    );
    assert_eq!(push().1, "HTTP/1.1 503", "no more of that hub");

    let body = feed(&own, &hubs, &["news of a good hub"]);
    let signature = ask.sign("sha256", body.as_bytes());
    let headers = [("X-Hub-Signature", &*signature)];
    is(&other.push(&ask, &headers, body.as_bytes()), 202);
    daemon.wait_for("c/d: pushed");
    drop(slow);
}

#[test]
fn every_subscription_has_a_secret_and_an_address_of_its_own() {
    let (origin, hub) = (Origin::start(25), Hub::start(25, Manner::Verifies(DAY)));
    let (x, y) = (origin.url("/x"), origin.url("/y"));
    origin.put("/x", Reply::rss(feed(&x, &[hub.url("/")], &["of x"])));
    origin.put("/y", Reply::rss(feed(&y, &[hub.url("/")], &["of y"])));
    let world = world(&format!("{}{}", source("a/x", &x), source("b/y", &y)));
    let daemon = world.start();
    hub.reach(daemon.address());
    hub.wait(2);
    daemon.wait_for_nth("pushes until", 2);
    let of = |topic: &str| {
        let asks = hub.asks();
        let found = asks.iter().find(|ask| ask.field("hub.topic") == topic);
        found.unwrap().clone()
    };
    let (ask_x, ask_y) = (of(&x), of(&y));
    assert_ne!(ask_x.field("hub.secret"), ask_y.field("hub.secret"));
    assert_ne!(ask_x.path_back(), ask_y.path_back());

    // One cannot push for the other, whatever it signs.
    let forged = feed(&y, &[], &["forged"]);
    let signature = ask_x.sign("sha256", forged.as_bytes());
    is(
        &hub.push(
            &ask_y,
            &[("X-Hub-Signature", &signature)],
            forged.as_bytes(),
        ),
        202,
    );
    daemon.wait_for("b/y: a push under a bad signature is ignored");

    // The document of another source is a doubt, and the source itself is asked.
    is(
        &hub.push_feed(&ask_x, &feed(&y, &[], &["of y", "stolen"])),
        202,
    );
    daemon.wait_for("a/x: what the hub pushed is doubtful");
    origin.wait("/x", 2);
    daemon.wait_for_polls("a/x", 2);

    // An entry that another source has too is one of this source and no other's.
    let bare =
        feed(&y, &[], &["of y"]).replace(&format!("<atom:link rel=\"self\" href=\"{y}\"/>"), "");
    is(&hub.push_feed(&ask_x, &bare), 202);
    daemon.wait_for("a/x: pushed");
    let (rss_a, rss_b) = (daemon.get("/a.rss").text(), daemon.get("/b.rss").text());
    for foreign in ["forged", "stolen"] {
        assert!(
            !rss_a.contains(foreign) && !rss_b.contains(foreign),
            "{foreign}"
        );
    }
    assert!(rss_b.contains("<title>of y</title>"));
    assert!(!rss_b.contains("of x"));

    // So is what cannot be read at all.
    is(&hub.push_feed(&ask_x, "nothing of the kind"), 202);
    daemon.wait_for_nth("a/x: what the hub pushed is doubtful", 2);
    origin.wait("/x", 3);
}

#[test]
fn a_hub_at_a_forbidden_address_is_not_asked() {
    let (origin, hub) = (Origin::start(26), Hub::start(27, Manner::Verifies(DAY)));
    let own = origin.url("/feed");
    origin.put("/feed", Reply::rss(feed(&own, &[hub.url("/")], &["old"])));
    let narrow = PREAMBLE.replace("127.0.0.0/8", "127.0.0.26/32");
    let world = World::with_config(&format!("{narrow}{}", source("a/b", &own)));
    let daemon = world.start();
    daemon.wait_for("does not take our request: 127.0.0.27 is this machine");
    assert!(hub.asks().is_empty());
    let is_told = |row: &Value| {
        let trouble = row["push"]["trouble"].as_str();
        trouble.is_some_and(|text| text.contains("this machine"))
    };
    let row = wait_until(&daemon, "a/b", is_told);
    assert_eq!(row["health"], "good", "the feed itself is well");
}

#[test]
fn of_a_thousand_hubs_two_are_asked() {
    let (origin, hub) = (Origin::start(28), Hub::start(28, Manner::Refuses(503)));
    let own = origin.url("/feed");
    let hubs: Vec<String> = (0..1000).map(|n| hub.url(&format!("/{n}"))).collect();
    origin.put("/feed", Reply::rss(feed(&own, &hubs, &["old"])));
    let world = world(&source("a/b", &own));
    let daemon = world.start();
    hub.reach(daemon.address());
    daemon.wait_for_nth("does not take our request: it answered 503 sorry", 2);
    daemon.signal("HUP");
    daemon.wait_for("reloaded");
    assert_eq!(status(&daemon, "a/b")["push"]["state"], "pending");
    let mut asked: Vec<String> = hub.asks().into_iter().map(|ask| ask.path).collect();
    asked.sort();
    assert_eq!(asked, ["/0", "/1"]);
}

#[test]
fn polls_are_rarer_while_pushes_come() {
    let scene = Scene::open(29, "interval = \"1s\"\n");
    let Scene {
        hub,
        ask,
        daemon,
        origin,
        ..
    } = &scene;
    // A second, and what a poll takes.
    assert!((1..=2).contains(&wait_of(&scene.status())));
    is(&hub.push_feed(ask, &scene.feed(&["new", "old"])), 202);
    daemon.wait_for("a/b: pushed");
    // The poll that was due anyway, and then one that is put off.
    let n = daemon.log().matches("a/b: polled").count();
    daemon.wait_for_polls("a/b", n + 1);
    let row = wait_until(daemon, "a/b", |row| row["push"]["trusted"] == true);
    assert!(wait_of(&row) >= 6, "{row}");
    // Pushes leave the validators as they are.
    let last = origin.asked("/feed").pop().unwrap();
    assert_eq!(last.headers.get("if-none-match").unwrap(), "\"1\"");

    // A poll that finds what no push brought ends it.
    let more = scene.feed(&["missed", "new", "old"]);
    origin.put("/feed", Reply::rss(more).with("ETag", "\"2\""));
    daemon.wait_for_nth("items.new=1", 3);
    let row = wait_until(daemon, "a/b", |row| row["push"]["trusted"] == false);
    assert!((1..=2).contains(&wait_of(&row)), "{row}");
}

#[test]
fn a_subscription_survives_a_restart_and_is_renewed_before_it_ends() {
    let Scene {
        origin,
        hub,
        world,
        daemon,
        ask,
    } = Scene::open(30, "");
    assert!(daemon.stop().success());
    hub.reach("");
    let daemon = world.start();
    hub.reach(daemon.address());
    let new = feed(&origin.url("/feed"), &[hub.url("/")], &["new"]);
    is(&hub.push_feed(&ask, &new), 202);
    daemon.wait_for("a/b: pushed");
    assert_eq!(hub.asks().len(), 1, "there was nothing to ask for");
    assert!(daemon.stop().success());

    // Some days later.
    let now = clock::now();
    let store = Store::open(&world.state(), now).unwrap();
    let [mut subscription]: [HubState; 1] = store.subscriptions().unwrap().try_into().unwrap();
    let contract = subscription.contract.as_mut().unwrap();
    contract.lease = Some(Lease {
        since: now - SignedDuration::from_hours(9 * 24),
        until: now + SignedDuration::from_hours(1),
    });
    let commit = Commit {
        source: subscription.source.clone(),
        at: now,
        upserts: Vec::new(),
        state: None,
        robots: Vec::new(),
        subscription: Some(subscription),
        roll: None,
    };
    store.apply(&[commit]).unwrap();
    drop(store);
    hub.reach("");
    let daemon = world.start();
    hub.reach(daemon.address());
    let again = hub.wait(2);
    assert_eq!(again.field("hub.mode"), "subscribe");
    for same in ["hub.callback", "hub.secret", "hub.topic"] {
        assert_eq!(again.field(same), ask.field(same));
    }
    let later = now + SignedDuration::from_hours(9 * 24);
    wait_until(&daemon, "a/b", |row| time(&row["push"]["until"]) > later);
}

#[test]
fn a_source_that_is_removed_is_unsubscribed() {
    let Scene {
        hub,
        world,
        daemon,
        ask,
        origin,
    } = Scene::open(31, "");
    let other = source("a/other", &origin.url("/other"));
    std::fs::write(world.config(), format!("{PREAMBLE}{other}")).unwrap();
    daemon.signal("HUP");
    let end = hub.wait(2);
    assert_eq!(end.field("hub.mode"), "unsubscribe");
    assert_eq!(end.field("hub.callback"), ask.field("hub.callback"));
    is(&end.verified.unwrap(), 200);
    daemon.wait_for("a/b: 127.0.0.31 does not push any more");
    // From the request to end it on, nothing is taken.
    is(&hub.push_feed(&ask, "<rss/>"), 404);
}

#[test]
fn a_source_without_its_hub_is_polled_as_ever() {
    let scene = Scene::open(32, "");
    let Scene {
        hub, ask, daemon, ..
    } = &scene;
    is(&hub.push_feed(ask, &scene.feed(&["new"])), 202);
    daemon.wait_for("a/b: pushed");
    wait_until(daemon, "a/b", |row| wait_of(row) == 6 * 30 * 60);
    let topic = ask.field("hub.topic");
    let denied = [("hub.mode", "denied"), ("hub.reason", "no thanks")];
    is(
        &hub.verify(ask, &[denied[0], ("hub.topic", "http://other.example/")]),
        404,
    );
    is(
        &hub.verify(ask, &[denied[0], denied[1], ("hub.topic", topic)]),
        200,
    );
    daemon.wait_for("denies the subscription: no thanks");
    let row = wait_until(daemon, "a/b", |row| row["push"]["state"] == "off");
    assert!((1800..1920).contains(&wait_of(&row)), "{row}");
    is(&hub.push_feed(ask, &scene.feed(&["newer"])), 404);
}

#[test]
fn nobody_is_asked_where_that_is_not_wanted_or_of_no_use() {
    let (origin, hub) = (Origin::start(33), Hub::start(33, Manner::Verifies(DAY)));
    let own = origin.url("/feed");
    origin.put("/feed", Reply::rss(feed(&own, &[hub.url("/")], &["old"])));
    let public = "public_url = \"https://news.example/\"\n";
    let one = source("a/b", &own);
    for config in [
        format!("{}{one}", PREAMBLE.replace(public, "")),
        format!(
            "{}{one}",
            PREAMBLE.replace("https://news.example/", "http://192.168.1.7/")
        ),
        format!(
            "{}{one}",
            PREAMBLE.replace("[http]\n", "[http]\nwebsub = false\n")
        ),
        format!("{PREAMBLE}websub = false\n{one}"),
        format!("{PREAMBLE}{one}websub = false\n"),
        format!("{PREAMBLE}{one}enabled = true\ntype = \"page\"\n[source.list]\nitem = \"li\"\n"),
    ] {
        let world = World::with_config(&config);
        let daemon = world.start();
        daemon.wait_for("a/b:");
        // A request would have been on its way by now.
        daemon.signal("HUP");
        daemon.wait_for("reloaded");
        assert!(daemon.stop().success());
        assert!(hub.asks().is_empty(), "{config}");
    }
    let world = world(&one);
    let daemon = world.start();
    hub.reach(daemon.address());
    hub.wait(1);
}
