//! Sources, files and neighbours in trouble: one plain message each, and the
//! last good items stay published.

use std::fs;
use std::net::TcpListener;

use crate::world::{Origin, Reply, World, feed, gazetted, meddle, source};

#[test]
fn a_failing_neighbour_delays_nobody() {
    let origin = Origin::start(6);
    origin.put("/good", Reply::rss(feed(&["good"])));
    origin
        .put("/silent", Reply::silent())
        .put("/broken", Reply::status(500));
    let closed = TcpListener::bind("127.0.0.6:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let world = World::new(
        &[
            source("a/silent", &origin.url("/silent")),
            source("a/broken", &origin.url("/broken")),
            source("a/closed", &format!("http://{closed}/")),
            "[host.\"127.0.0.6\"]\nconcurrency = 8\nspacing = \"0s\"\n".to_owned(),
            source("a/good", &origin.url("/good")),
        ]
        .concat(),
    );
    let daemon = world.start();
    daemon.wait_for_polls("a/good", 3);
    daemon.wait_for("a/broken: the server answered 500");
    daemon.wait_for("a/closed: cannot connect");
    assert!(
        !daemon.log().contains("a/silent:"),
        "it has not answered yet:\n{}",
        daemon.log()
    );
    daemon.wait_for("a/silent: no complete answer within 5 s");
    assert!(daemon.get("/a.rss").text().contains("<title>good</title>"));
}

#[test]
fn the_last_good_items_stay_whatever_the_source_says_next() {
    let origin = Origin::start(6);
    let whole = feed(&["one", "two"]);
    let cut = &whole[..whole.len() - 60];
    origin.put("/feed", Reply::rss(whole.clone()).with("ETag", "\"1\""));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let before = daemon.get("/a.rss").text();
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>";
    let troubles = [
        (Reply::html(page), "not a feed"),
        (Reply::rss(page), "not a feed"),
        (Reply::rss(""), "the answer was empty"),
        (Reply::status(404), "answered 404"),
        (Reply::rss(cut), "ends in the middle"),
        (Reply::rss("\u{0}\u{1}PNG not xml"), "a/b:"),
        (
            Reply::rss(feed(&["Bridge returned error 503! (20418)"])),
            "could not read its site and says so in the feed: Bridge returned error 503!",
        ),
    ];
    for (reply, message) in troubles {
        origin.put("/feed", reply);
        daemon.wait_for(message);
        assert_eq!(daemon.get("/a.rss").text(), before, "after: {message}");
        origin.put("/feed", Reply::rss(whole.clone()));
        let n = daemon.log().matches("a/b: polled").count();
        daemon.wait_for_polls("a/b", n + 1);
    }
}

#[test]
fn an_address_of_this_machine_is_not_asked_unless_listed() {
    let origin = Origin::start(6);
    origin.put("/feed", Reply::rss(feed(&["one"])));
    let world = World::with_config(&source("a/b", &origin.url("/feed")));
    let output = world.poll_once();
    assert!(output.status.success());
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        log.contains("127.0.0.6 is this machine; list it in http.allow_private"),
        "{log}"
    );
    assert!(origin.asked("/feed").is_empty());
}

#[test]
fn a_redirect_into_forbidden_places_is_not_followed() {
    let (outside, inside) = (Origin::start(6), Origin::start(7));
    inside.put("/feed", Reply::rss(feed(&["secret"])));
    let hop = Reply::status(302).with("Location", &inside.url("/feed"));
    outside.put("/feed", hop);
    let config = format!(
        "[http]\nallow_private = [\"127.0.0.6/32\"]\n{}",
        source("a/b", &outside.url("/feed"))
    );
    let output = World::with_config(&config).poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("blocked_address"), "{log}");
    assert!(inside.asked("/feed").is_empty());
}

#[test]
fn a_bad_configuration_exits_with_78_and_shows_every_problem() {
    let world =
        World::with_config("[[source]]\nid = \"daily\"\nulr = \"x\"\n[http]\ntimeout = \"soon\"\n");
    let check = |flag: Option<&str>| {
        let mut command = gazetted();
        command.arg("check").args(flag).arg(world.config());
        command
    };
    for mut command in [world.command("run"), check(None), check(Some("--config"))] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(78));
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        for text in ["feeds.toml", "daily", "ulr", "url", "soon"] {
            assert!(report.contains(text), "no `{text}` in\n{report}");
        }
    }
    let mut missing = gazetted();
    let output = missing
        .args(["run", "--config", "/nowhere/feeds.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/feeds.toml"));
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let world = World::with_config(&format!(
        "[server]\nlisten = \"{address}\"\n{}",
        source("a/b", "http://127.0.0.6:9999/")
    ));
    let output = world.command("run").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains(&format!("cannot listen on {address}")),
        "{message}"
    );
}

#[test]
fn a_second_instance_leaves_the_first_alone() {
    let origin = Origin::start(6);
    origin.put("/feed", Reply::rss(feed(&["one"])));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let second = world.command("run").output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        message.contains("another gazetted") || message.contains("in use"),
        "{message}"
    );
    assert!(
        message.contains(&world.state().display().to_string()),
        "{message}"
    );
    daemon.wait_for_polls("a/b", 3);
    assert_eq!(daemon.get("/a.rss").status, 200);
}

#[test]
fn a_rebuilt_page_keeps_what_was_there() {
    let origin = Origin::start(6);
    let list = "<html><body><ul class=news><li><a href=/1>大桥今天合龙通车</a></ul></body></html>";
    origin.put("/", Reply::html(list));
    let world = World::new(&format!(
        "{}type = \"page\"\n[source.list]\ncontainer = \"ul.news\"\nitem = \"li\"\n",
        source("a/b", &origin.url("/"))
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    origin.put(
        "/",
        Reply::html(list.replace("class=news", "class=list-2027")),
    );
    daemon.wait_for("the page was rebuilt");
    assert!(daemon.get("/a.rss").text().contains("大桥今天合龙通车"));
}

#[test]
fn an_item_that_cannot_be_read_costs_no_other() {
    let origin = Origin::start(6);
    let titles: Vec<String> = (0..50).map(|n| format!("news {n}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    origin.put("/feed", Reply::rss(feed(&titles)));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    assert!(world.poll_once().status.success());
    let volumes = fs::read_dir(world.state().join("volumes")).unwrap();
    let volume = volumes.map(|entry| entry.unwrap().file_name()).next();
    let volume = format!("volumes/{}", volume.unwrap().display());
    meddle(&world.state(), &volume, "items", |items| {
        items.values_mut().next().unwrap()[6..].fill(0xa5);
    });
    let daemon = world.start();
    for path in ["/a.rss", "/a.atom", "/a.json"] {
        let text = daemon.get(path).text();
        let n_shown = titles
            .iter()
            .filter(|title| {
                text.contains(&format!("{title}<")) || text.contains(&format!("{title}\""))
            })
            .count();
        assert_eq!(n_shown, 49, "{path}");
    }
    let status = daemon.get("/status.json").text();
    assert!(status.contains("records could not be read"), "{status}");
    assert!(daemon.get("/healthz").text().contains("with damage"));
    assert!(daemon.stop().success());
}

#[test]
fn items_of_a_damaged_month_come_back_from_their_sources() {
    let origin = Origin::start(6);
    let reply = Reply::rss(feed(&["one", "two"])).with("ETag", "\"1\"");
    origin.put("/feed", reply);
    let world = World::new(&source("a/b", &origin.url("/feed")));
    assert!(world.poll_once().status.success());
    let volumes = std::fs::read_dir(world.state().join("volumes")).unwrap();
    for volume in volumes {
        for file in std::fs::read_dir(volume.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let size = usize::try_from(path.metadata().unwrap().len()).unwrap();
                std::fs::write(path, vec![0x5a; size]).unwrap();
            }
        }
    }
    let daemon = world.start();
    daemon.wait_for("was moved aside");
    daemon.wait_for("items.new=2");
    assert!(daemon.get("/a.rss").text().contains("<title>one</title>"));
}
