//! Publishers are asked when they want to be asked, whatever happens to us.

use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{Origin, Reply, World};

const ITEM: &str = "<item><title>one</title><guid>1</guid></item>";

fn feed(about: &str, items: &str) -> Reply {
    Reply::rss(format!(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>\
         <title>P</title><link>http://p.example/</link><description>d</description>{about}{items}</channel></rss>"
    ))
}

fn source(name: &str, url: &str) -> String {
    format!("[[source]]\nid = \"a/{name}\"\nurl = \"{url}\"\n")
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `gazetted status a/b --json` says.
fn status(world: &World, name: &str) -> Value {
    let output = world
        .command("status")
        .args([name, "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", log(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How long after its last poll a source is due, in seconds.
fn wait(row: &Value) -> i64 {
    let time = |key: &str| row[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    time("due").duration_since(time("polled")).as_secs()
}

/// Polls a feed that answers `reply` once, twice; the second must not ask, and
/// the next poll must lie `seconds` after the first, and not much more.
#[track_caller]
fn check_wait(reply: Reply, config: &str, seconds: i64) {
    let origin = Origin::start(8);
    origin.put("/feed", reply);
    let world = World::new(&format!("{}{config}", source("b", &origin.url("/feed"))));
    for _ in 0..2 {
        assert!(world.poll_once().status.success());
    }
    assert_eq!(origin.asked("/feed").len(), 1, "it was asked too early");
    let row = status(&world, "a/b");
    let wait = wait(&row);
    assert!(
        (seconds..=seconds + seconds / 8 + 2).contains(&wait),
        "{wait} s: {row:#}"
    );
}

#[test]
fn retry_after_is_kept_over_a_restart() {
    let busy = |value: &str| Reply::status(429).with("Retry-After", value);
    let date = "Wed, 25 Nov 2026 13:00:00 GMT";
    let skewed = busy(date).with("Date", "Wed, 25 Nov 2026 11:00:00 GMT");
    check_wait(busy("120"), "", 120);
    check_wait(skewed, "", 7200);
    check_wait(busy("31536000"), "", 86_400);
    check_wait(Reply::status(503).with("Retry-After", "3600"), "", 3600);
}

#[test]
fn a_retry_after_that_says_nothing_is_an_ordinary_back_off() {
    let busy = |value: &str| Reply::status(429).with("Retry-After", value);
    for bad in ["-5", "abc", "Wed, 25 Nov 2020 13:00:00 GMT"] {
        check_wait(busy(bad), "interval = \"10m\"\n", 1200);
    }
    check_wait(Reply::status(429), "interval = \"10m\"\n", 1200);
}

#[test]
fn hints_of_the_document_and_of_http_are_maxima_within_limits() {
    check_wait(feed("<ttl>60</ttl>", ITEM), "", 3600);
    check_wait(
        feed("<ttl>60</ttl>", ITEM).with("Cache-Control", "max-age=7200"),
        "",
        7200,
    );
    let expires = feed("", ITEM).with("Expires", "Wed, 25 Nov 2026 13:00:00 GMT");
    check_wait(
        expires.with("Date", "Wed, 25 Nov 2026 12:00:00 GMT"),
        "",
        3600,
    );
    let period =
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>";
    check_wait(feed(period, ITEM), "", 6 * 3600);
    check_wait(
        feed("<ttl>60</ttl>", ITEM),
        "max_interval = \"20m\"\n",
        1200,
    );
    let bogus = feed("<ttl>abc</ttl>", ITEM)
        .with("Expires", "0")
        .with("Cache-Control", "no-cache");
    check_wait(bogus, "interval = \"10m\"\n", 600);
}

#[test]
fn skipped_hours_are_left_alone() {
    let origin = Origin::start(8);
    // All hours but the one twelve hours from now.
    let free = (gazetted::clock::now().as_second() / 3600 + 12) % 24;
    let hours = (0..24).filter(|hour| *hour != free);
    let hours: String = hours.map(|hour| format!("<hour>{hour}</hour>")).collect();
    origin.put(
        "/feed",
        feed(&format!("<skipHours>{hours}</skipHours>"), ITEM),
    );
    let world = World::new(&source("b", &origin.url("/feed")));
    assert!(world.poll_once().status.success());
    let row = status(&world, "a/b");
    let due: Timestamp = row["due"].as_str().unwrap().parse().unwrap();
    assert_eq!(due.as_second() / 3600 % 24, free, "{row:#}");
}

#[test]
fn how_long_an_answer_is_good_is_kept_when_it_is_not_modified() {
    let origin = Origin::start(8);
    origin.put(
        "/feed",
        feed("", ITEM)
            .with("ETag", "\"1\"")
            .with("Cache-Control", "max-age=3"),
    );
    let world = World::new(&source("b", &origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    // The same document, and a 304 that does not say how long.
    origin.put("/feed", feed("", ITEM).with("ETag", "\"1\""));
    daemon.wait_for_polls("a/b", 2);
    assert!(daemon.stop().success());
    let row = status(&world, "a/b");
    assert!(wait(&row) >= 3, "{row:#}");
}

#[test]
fn twenty_restarts_ask_once() {
    let origin = Origin::start(8);
    origin
        .put("/feed", feed("", ITEM))
        .put("/broken", Reply::status(500));
    let sources = [
        source("b", &origin.url("/feed")),
        source("broken", &origin.url("/broken")),
    ];
    let world = World::new(
        &sources
            .concat()
            .replace("url =", "interval = \"1h\"\nurl ="),
    );
    let daemon = world.start();
    origin.wait("/feed", 1);
    daemon.wait_for_polls("a/b", 1);
    daemon.wait_for("a/broken: the server answered 500");
    assert!(daemon.stop().success());
    for _ in 0..20 {
        let daemon = world.start();
        daemon.signal("HUP");
        daemon.wait_for("reloaded");
        assert!(daemon.stop().success());
    }
    assert_eq!(origin.asked("/feed").len(), 1);
    assert_eq!(origin.asked("/broken").len(), 1);
}

#[test]
fn gone_is_not_asked_again_and_the_operator_is_told() {
    let origin = Origin::start(8);
    origin
        .put("/feed", feed("", ITEM))
        .put("/gone", Reply::status(410));
    let world = World::new(
        &[
            source("b", &origin.url("/feed")),
            source("gone", &origin.url("/gone")),
        ]
        .concat(),
    );
    let daemon = world.start();
    daemon.wait_for("it is not asked any more");
    daemon.wait_for_polls("a/b", 3);
    assert!(daemon.stop().success());
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 2);
    assert!(daemon.stop().success());
    assert_eq!(origin.asked("/gone").len(), 1);
    let row = status(&world, "a/gone");
    assert_eq!(
        (row["health"].as_str(), row["due"].as_str()),
        (Some("gone"), None),
        "{row:#}"
    );
    // Another address is another matter.
    origin.put("/new", feed("", ITEM));
    world.configure(&source("gone", &origin.url("/new")));
    assert!(world.poll_once().status.success());
    assert_eq!(status(&world, "a/gone")["health"], "good");
}

#[test]
fn who_does_not_let_us_in_is_asked_hours_later() {
    for status in [401, 403, 451] {
        check_wait(Reply::status(status), "", 4 * 3600);
    }
    let throttled = "[host.\"127.0.0.8\"]\nthrottle_status = [403]\n";
    check_wait(Reply::status(403), throttled, 5 * 60);
    check_wait(Reply::status(404), "interval = \"10m\"\n", 1200);
}

#[test]
fn a_throttling_host_holds_all_its_sources_and_one_broken_page_none() {
    let origin = Origin::start(8);
    let names = ["s0", "s1", "s2", "s3"];
    for name in names {
        origin.put(
            &format!("/{name}"),
            Reply::status(429).with("Retry-After", "600"),
        );
    }
    let one_at_a_time = "[host.\"127.0.0.8\"]\nconcurrency = 1\nspacing = \"0s\"\n";
    let sources: String = names
        .iter()
        .map(|name| source(name, &origin.url(&format!("/{name}"))))
        .collect();
    let world = World::new(&format!("{one_at_a_time}{sources}"));
    let output = world.poll_once();
    assert!(
        log(&output).contains("3 sources are left for later"),
        "{}",
        log(&output)
    );
    assert!(world.poll_once().status.success());
    let n_asked: usize = names
        .iter()
        .map(|name| origin.asked(&format!("/{name}")).len())
        .sum();
    assert_eq!(n_asked, 1, "the host said that it wants to be left alone");
    let row = status(&world, "a/s3");
    let due: Timestamp = row["due"].as_str().unwrap().parse().unwrap();
    assert!(
        due.duration_since(gazetted::clock::now()) > SignedDuration::from_mins(8),
        "{row:#}"
    );

    // 503 is about the page.
    let origin = Origin::start(9);
    for name in names {
        origin.put(&format!("/{name}"), feed("", ITEM));
    }
    origin.put("/s0", Reply::status(503).with("Retry-After", "600"));
    let sources: String = names
        .iter()
        .map(|name| source(name, &origin.url(&format!("/{name}"))))
        .collect();
    let world = World::new(&sources);
    let daemon = world.start();
    for name in &names[1..] {
        daemon.wait_for_polls(&format!("a/{name}"), 3);
    }
    assert_eq!(origin.asked("/s0").len(), 1);
}

#[test]
fn status_tells_in_words_with_and_without_a_daemon() {
    let origin = Origin::start(8);
    origin.put("/feed", feed("<ttl>45</ttl>", ITEM));
    let world = World::new(&source("b", &origin.url("/feed")));
    let ask = |arguments: &[&str]| {
        let output = world.command("status").args(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, text) = ask(&["a/b"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("never polled"), "{text}");
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let (_, running) = ask(&["a/b", "--daemon", daemon.address()]);
    assert!(
        running.contains("how long it may be kept (ttl): not before"),
        "{running}"
    );
    let address = daemon.address().to_owned();
    assert!(daemon.stop().success());
    assert_eq!(ask(&["a/b"]).1, running, "the store says the same");
    assert_eq!(ask(&["a/b", "--daemon", &address]).0, Some(1));
    assert_eq!(ask(&["a/nobody"]).0, Some(1));
    assert!(ask(&[]).1.starts_with("a/b  good  "));
}

#[test]
fn status_asks_the_daemon_whose_store_it_does_not_see() {
    let origin = Origin::start(8);
    origin.put("/feed", feed("", ITEM));
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.150:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let world = World::with_config(&format!(
        "[server]\nlisten = \"127.0.0.150:{port}\"\n[http]\nallow_private = [\"127.0.0.0/8\"]\n{}",
        source("b", &origin.url("/feed"))
    ));
    let elsewhere = tempfile::tempdir().unwrap();
    let daemon = world.start_in(&elsewhere.path().join("state"));
    daemon.wait_for_polls("a/b", 1);
    let output = world.command("status").arg("a/b").output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.starts_with("a/b: good"), "{words}");
}

#[test]
fn names_and_addresses_of_one_machine_are_one_host() {
    let origin = Origin::start(1);
    let port = origin.url("").rsplit(':').next().unwrap().to_owned();
    let mut sources = String::from("[host.\"*\"]\nspacing = \"0s\"\nconcurrency = 1\n");
    for n in 0..6 {
        origin.put(&format!("/{n}"), feed("", ITEM));
        let host = if n % 2 == 0 { "127.0.0.1" } else { "localhost" };
        sources.push_str(&source(
            &format!("s{n}"),
            &format!("http://{host}:{port}/{n}"),
        ));
    }
    let world = World::with_config(&format!(
        "[http]\nallow_private = [\"127.0.0.0/8\"]\n\
         [defaults]\ninterval = \"1s\"\nmin_interval = \"1s\"\nmax_interval = \"1s\"\n{sources}"
    ));
    assert!(world.poll_once().status.success());
    // Now it is known that both are one machine. It throttles whoever comes first.
    for n in 0..6 {
        origin.put(
            &format!("/{n}"),
            Reply::status(429).with("Retry-After", "600"),
        );
    }
    let n_asked = || {
        (0..6)
            .map(|n| origin.asked(&format!("/{n}")).len())
            .sum::<usize>()
    };
    let before = n_asked();
    while n_asked() == before {
        assert!(world.poll_once().status.success());
    }
    assert!(world.poll_once().status.success());
    assert_eq!(n_asked() - before, 1);
}
