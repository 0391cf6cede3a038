//! Permanent redirects, differences and empty documents: what a server says of
//! its feed is followed, but not believed at once.

use std::sync::{Arc, Mutex};

use gazetted::fetch::{Client, Fetched};

use crate::world::{Origin, Raw, Reply, World, any_port, ask_with, feed, http, say, whole};

fn source(url: &str) -> String {
    format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n")
}

#[test]
fn a_permanent_redirect_is_followed_told_and_not_written_into_the_file() {
    let (old, new) = (Origin::start(8), Origin::start(9));
    old.put("/feed", Reply::rss(feed(&["one", "two"])));
    new.put("/feed", Reply::rss(feed(&["one", "two", "three"])));
    let world = World::new(&source(&old.url("/feed")));
    let before = std::fs::read(world.config()).unwrap();
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    old.put(
        "/feed",
        Reply::status(301).with("Location", &new.url("/feed")),
    );
    daemon.wait_for("says that it has moved to");
    daemon.wait_for("items.new=1");
    let status = daemon.get("/status.json").text();
    assert!(status.contains(&new.url("/feed")), "{status}");
    // Then the redirect was a mistake of an hour.
    old.put("/feed", Reply::rss(feed(&["four"])));
    let n = daemon.log().matches("a/b: polled").count();
    daemon.wait_for_polls("a/b", n + 2);
    let status = daemon.get("/status.json").text();
    assert!(!status.contains(&new.url("/feed")), "{status}");
    assert!(daemon.get("/a.rss").text().contains("<title>four</title>"));
    assert_eq!(std::fs::read(world.config()).unwrap(), before);
    assert_eq!(daemon.log().matches("says that it has moved").count(), 1);
}

#[test]
fn a_redirect_to_what_is_no_feed_changes_nothing() {
    let (old, parking) = (Origin::start(8), Origin::start(9));
    old.put("/feed", Reply::rss(feed(&["one"])));
    parking.put(
        "/",
        Reply::html("<!DOCTYPE html><html><body>This domain is for sale</body></html>"),
    );
    let world = World::new(&source(&old.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let shown = daemon.get("/a.rss").text();
    old.put(
        "/feed",
        Reply::status(308).with("Location", &parking.url("/")),
    );
    daemon.wait_for("not a feed");
    assert_eq!(daemon.get("/a.rss").text(), shown);
    assert!(!daemon.log().contains("has moved"));
    let n_asked = old.asked("/feed").len();
    old.put("/feed", Reply::rss(feed(&["two"])));
    old.wait("/feed", n_asked + 1);
    daemon.wait_for("items.new=1");
}

#[test]
fn temporary_redirects_are_followed_each_time_and_never_remembered() {
    let (old, new) = (Origin::start(8), Origin::start(9));
    new.put("/feed", Reply::rss(feed(&["one"])));
    for status in [302, 303, 307] {
        old.put("/feed", Reply::status(status).with("Location", "/next"));
        old.put(
            "/next",
            Reply::status(301).with("Location", &new.url("/feed")),
        );
        let world = World::new(&source(&old.url("/feed")));
        let n_asked = old.asked("/feed").len();
        let daemon = world.start();
        daemon.wait_for_polls("a/b", 2);
        assert!(old.asked("/feed").len() >= n_asked + 2);
        assert!(!daemon.log().contains("has moved"), "{}", daemon.log());
    }
}

#[tokio::test]
async fn a_difference_is_asked_for_only_against_a_known_version() {
    let origin = Raw::start(any_port(8), |stream, head| {
        let is_known = head.to_lowercase().contains("if-none-match: \"1\"");
        let answer = match is_known {
            true => whole(
                "226 IM Used",
                "IM: feed\r\nETag: \"2\"\r\n",
                feed(&["three"]).as_bytes(),
            ),
            false => whole(
                "200 OK",
                "ETag: \"1\"\r\n",
                feed(&["one", "two"]).as_bytes(),
            ),
        };
        say(stream, answer);
    });
    let http = http(&["127.0.0.8/32"]);
    let client = Client::new(&http).unwrap();
    let first = ask_with(&client, http.timeout, &origin.url("/"), None).await;
    let Ok(Fetched::Document {
        validators,
        is_delta: false,
        ..
    }) = first
    else {
        panic!("{first:?}")
    };
    let second = ask_with(&client, http.timeout, &origin.url("/"), validators.as_ref()).await;
    let Ok(Fetched::Document { is_delta: true, .. }) = second else {
        panic!("{second:?}")
    };
    let heads = origin.heads();
    assert!(!heads[0].contains("a-im:"), "{}", heads[0]);
    assert!(heads[1].contains("a-im: feed\r\n"), "{}", heads[1]);
}

#[test]
fn what_a_difference_lacks_is_still_there() {
    let shown = Arc::new(Mutex::new(String::from("\"1\"")));
    let current = Arc::clone(&shown);
    let origin = Raw::start(any_port(8), move |stream, head| {
        let head = head.to_lowercase();
        let etag = current.lock().unwrap().clone();
        let answer = if head.contains(" /robots.txt ") {
            whole("404 Not Found", "", b"")
        } else if head.contains(&format!("if-none-match: {etag}")) {
            whole("304 Not Modified", "", b"")
        } else if head.contains("if-none-match: \"1\"") && head.contains("a-im: feed") {
            whole(
                "226 IM Used",
                "IM: feed\r\nETag: \"2\"\r\n",
                // All of it is new and undated, and still no flood.
                feed(&["three", "four", "five", "six", "seven", "eight"]).as_bytes(),
            )
        } else if head.contains("if-none-match: \"2\"") && head.contains("a-im: feed") {
            whole(
                "226 IM Used",
                "IM: feed\r\nETag: \"3\"\r\n",
                feed(&[]).as_bytes(),
            )
        } else {
            whole(
                "200 OK",
                &format!("ETag: {etag}\r\n"),
                feed(&["one", "two"]).as_bytes(),
            )
        };
        say(stream, answer);
    });
    let world = World::new(&source(&origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for("items.new=2");
    *shown.lock().unwrap() = "\"2\"".to_owned();
    daemon.wait_for("items.new=6");
    *shown.lock().unwrap() = "\"3\"".to_owned();
    let n = daemon.log().matches("a/b: polled").count();
    daemon.wait_for_polls("a/b", n + 4);
    let text = daemon.get("/a.rss").text();
    for title in ["one", "two", "three", "eight"] {
        assert!(text.contains(&format!("<title>{title}</title>")), "{text}");
    }
    assert!(daemon.log().contains("items.all=2"), "{}", daemon.log());
    assert!(!daemon.log().contains("empty"), "{}", daemon.log());
}

#[test]
fn an_empty_feed_takes_nothing_back_and_is_named_when_it_lasts() {
    let origin = Origin::start(8);
    origin.put("/feed", Reply::rss(feed(&["one", "two"])));
    let world = World::new(&source(&origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let shown = daemon.get("/a.rss").text();
    origin.put("/feed", Reply::rss(feed(&[])).with("ETag", "\"empty\""));
    daemon.wait_for("whole but empty 3 times in a row and had 2 entries before");
    assert!(daemon.log().contains("suspicious_empty"));
    assert_eq!(daemon.get("/a.rss").text(), shown);
    let n = daemon.log().matches("a/b: polled").count();
    origin.put("/feed", Reply::rss(feed(&["one", "two"])));
    daemon.wait_for_polls("a/b", n + 1);
    let status = daemon.get("/status.json").text();
    assert!(!status.contains("suspicious_empty"), "{status}");
}
