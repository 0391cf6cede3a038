//! Metrics for Prometheus, and the listener of the admin.

use std::fs;

use serde_json::Value;

use crate::control::ok;
use crate::world::{Daemon, Origin, Reply, World, feed, source};

/// Samples of a metric, with their labels, as lines.
fn value(text: &str, sample: &str) -> Option<f64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.and_then(|number| number.trim().parse().ok())
}

#[test]
fn what_happens_is_counted_with_bounded_labels() {
    let origin = Origin::start(2);
    origin.put(
        "/one",
        Reply::rss(feed(&["first", "second"])).with("ETag", "\"1\""),
    );
    origin.put("/two", Reply::status(500));
    let (one, two) = (origin.url("/one"), origin.url("/two"));
    let slow = "interval = \"1h\"\nmin_interval = \"1h\"\n";
    let world = World::new(
        &[
            source("a/one", &one),
            slow.to_owned(),
            source("a/two", &two),
            slow.to_owned(),
        ]
        .concat(),
    );
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon.wait_for("a/two: ");
    ok(&world, "poll", &["a/one"]);
    assert_eq!(daemon.get("/a/").status, 200);
    assert_eq!(daemon.get("/a/?before=nonsense").status, 400);
    assert_eq!(daemon.get("/no/such/channel/").status, 404);
    let answer = daemon.get("/metrics");
    assert!(
        answer
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let text = answer.text();
    let is =
        |sample: &str, want: f64| assert_eq!(value(&text, sample), Some(want), "{sample}:\n{text}");
    is("gazetted_polls_total{outcome=\"read\"}", 1.0);
    is("gazetted_polls_total{outcome=\"unchanged\"}", 1.0);
    is("gazetted_polls_total{outcome=\"bad_status\"}", 1.0);
    is("gazetted_items_total{what=\"new\"}", 2.0);
    is("gazetted_sources{health=\"good\"}", 1.0);
    is("gazetted_sources{health=\"failing\"}", 1.0);
    is("gazetted_store_items", 2.0);
    is("gazetted_config_stale", 0.0);
    is(
        "gazetted_http_requests_total{route=\"/{*name}\",status=\"200\"}",
        1.0,
    );
    is(
        "gazetted_http_requests_total{route=\"/{*name}\",status=\"404\"}",
        1.0,
    );
    is("gazetted_poll_duration_seconds_count", 3.0);
    assert!(value(&text, "gazetted_fetched_bytes_total").unwrap() > 100.0);
    assert!(text.contains("gazetted_build_info{version="));
    assert!(
        !text.contains("a/one") && !text.contains("127.0.0.2"),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"));
    fs::write(world.config(), "nonsense").unwrap();
    daemon.signal("HUP");
    daemon.wait_for("stays in force");
    assert_eq!(
        value(&daemon.get("/metrics").text(), "gazetted_config_stale"),
        Some(1.0)
    );
}

#[test]
fn an_admin_may_have_a_listener_of_their_own() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let text = fs::read_to_string(world.config()).unwrap();
    let text = text.replace(
        "[server]",
        "[server]\nadmin = \"127.0.0.1:0\"\nlog = \"json\"",
    );
    fs::write(world.config(), text).unwrap();
    let mut command = world.command("run");
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let (mut public, mut admin, mut polled) = (None, None, None);
    for line in std::io::BufRead::lines(lines).map_while(Result::ok) {
        let event: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
        let message = event["message"].as_str().unwrap_or_default();
        let address = |text: &str| {
            text.trim_end_matches("/status")
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        };
        if message.starts_with("metrics and status") {
            admin = Some(address(message));
        } else if message.starts_with("serving http") {
            public = Some(message.rsplit(' ').next().unwrap().to_owned());
        } else if message == "a/one: polled" {
            polled = Some(event);
        }
        if public.is_some() && admin.is_some() && polled.is_some() {
            break;
        }
    }
    let (public, admin, polled) = (public.unwrap(), admin.unwrap(), polled.unwrap());
    assert_eq!(polled["source.id"], "a/one");
    assert_eq!(polled["items.new"], 1);
    let status = |address: &str, path: &str| crate::world::get_with(address, path, &[]).status;
    for path in ["/metrics", "/status", "/status.json"] {
        assert_eq!(status(&public, path), 404, "{path}");
        assert_eq!(status(&admin, path), 200, "{path}");
    }
    assert_eq!(status(&public, "/a.rss"), 200);
    assert_eq!(status(&admin, "/a.rss"), 404);
    assert_eq!(status(&admin, "/healthz"), 200);
    let page = crate::world::get_with(&public, "/", &[]).text();
    assert!(!page.contains("/status"), "{page}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The titles of the alarms, newest first.
fn alarms(daemon: &Daemon, token: &str) -> Vec<String> {
    let answer = daemon.get(&format!("/admin/health.atom?token={token}"));
    assert_eq!(answer.status, 200);
    let feed: atom_syndication::Feed = answer.text().parse().unwrap();
    feed.entries
        .iter()
        .map(|entry| entry.title.value.clone())
        .collect()
}

#[test]
fn what_breaks_is_told_once_and_once_when_it_is_well_again() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    origin.put("/two", Reply::rss(feed(&["other"])));
    let (one, two) = (origin.url("/one"), origin.url("/two"));
    let told = tempfile::tempdir().unwrap();
    let (file, token) = (told.path().join("told"), told.path().join("token"));
    fs::write(&token, "s3cret\n").unwrap();
    let alarm = format!(
        "[alarm]\ntoken = \"file:{}\"\ncommand = [\"sh\", \"-c\", \"cat >> {}; echo >> {}\"]\n",
        token.display(),
        file.display(),
        file.display()
    );
    let world = World::new(&[alarm, source("a/one", &one), source("a/two", &two)].concat());
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    assert_eq!(alarms(&daemon, "s3cret"), [""; 0]);
    for path in [
        "/admin/health.atom",
        "/admin/health.atom?token=",
        "/admin/health.atom?token=x",
    ] {
        assert_eq!(daemon.get(path).status, 404, "{path}");
    }
    // It is a page now: that is wrong at once.
    origin.put("/one", Reply::html("<p>moved</p>"));
    daemon.wait_for_nth("a/one: this is not a feed", 2);
    let good = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), format!("{good}nonsense")).unwrap();
    daemon.signal("HUP");
    daemon.wait_for("stays in force");
    fs::write(world.config(), good).unwrap();
    daemon.signal("HUP");
    daemon.wait_for("reloaded");
    origin.put("/one", Reply::rss(feed(&["first", "second"])));
    let n_polls = daemon.log().matches("a/one: polled").count();
    daemon.wait_for_polls("a/one", n_polls + 2);
    let want = [
        "source a/one is well again",
        "feeds.toml is well again",
        "feeds.toml: refused",
        "source a/one: not_a_feed",
    ];
    let mut found = alarms(&daemon, "s3cret");
    for _ in 0..50 {
        if found.len() >= want.len() {
            break;
        }
        daemon.wait_for_polls("a/two", daemon.log().matches("a/two: polled").count() + 1);
        found = alarms(&daemon, "s3cret");
    }
    assert_eq!(found, want);
    assert!(daemon.stop().success());
    let lines = fs::read_to_string(&file).unwrap();
    let codes: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["code"].clone())
        .collect();
    assert_eq!(codes, ["not_a_feed", "refused", "well", "well"]);
    // A restart tells nothing twice.
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 2);
    assert_eq!(alarms(&daemon, "s3cret").len(), want.len());
}

#[test]
fn channels_are_listed_as_they_are_written_in_zones_of_their_own() {
    let origin = Origin::start(2);
    let dated = "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link><description>d</description>\
                 <item><title>old news</title><guid>1</guid><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>";
    origin.put("/one", Reply::rss(dated));
    let world = World::new(&format!(
        "[[channel]]\nid = \"z\"\ntitle = \"Zed\"\ntimezone = \"Europe/Paris\"\n[[channel]]\nid = \"b\"\ntitle = \"Bee\"\n{}{}{}",
        source("z/one", &origin.url("/one")),
        source("b/one", &origin.url("/one")),
        source("a/one", &origin.url("/one")),
    ));
    let text = fs::read_to_string(world.config()).unwrap();
    fs::write(
        world.config(),
        text.replace("[server]", "[server]\ntimezone = \"UTC\""),
    )
    .unwrap();
    let daemon = world.start();
    daemon.wait_for_polls("z/one", 1);
    daemon.wait_for_polls("a/one", 1);
    let page = daemon.get("/").text();
    let at = |id: &str| page.find(&format!("href=\"/{id}/\"")).unwrap();
    assert!(at("z") < at("b") && at("b") < at("a"), "{page}");
    let opml = daemon.get("/channels.opml").text();
    let at = |title: &str| opml.find(&format!("\"{title}\"")).unwrap();
    assert!(at("Zed") < at("Bee") && at("Bee") < at("a"), "{opml}");
    assert!(
        daemon
            .get("/z/")
            .text()
            .contains("2026-11-24T11:00:00+01:00")
    );
    assert!(
        page.contains("2026-11-24T10:00:00Z") || page.contains("2026-11-24T10:00:00+00:00"),
        "{page}"
    );
}
