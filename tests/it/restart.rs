//! A restart continues: nothing is fetched before it is due, nothing stands
//! twice in a feed, the bytes are the same.

use crate::world::{Origin, Reply, World};

fn feed(titles: &[&str]) -> Reply {
    let items: String = titles
        .iter()
        .map(|title| {
            format!("<item><title>{title}</title><link>http://p.example/{title}</link><guid>{title}</guid></item>")
        })
        .collect();
    let body = format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    );
    Reply::rss(body)
}

#[test]
fn nothing_is_fetched_before_it_is_due() {
    let origin = Origin::start(4);
    origin.put("/feed", feed(&["one"]));
    let source = format!(
        "[[source]]\nid = \"a/b\"\ninterval = \"1h\"\nurl = \"{}\"",
        origin.url("/feed")
    );
    let world = World::new(&source);
    for _ in 0..3 {
        assert!(world.poll_once().status.success());
    }
    assert_eq!(origin.asked("/feed").len(), 1);
}

#[test]
fn the_same_bytes_after_a_restart() {
    let origin = Origin::start(4);
    origin.put("/feed", feed(&["one", "two"]));
    let source = format!(
        "[[source]]\nid = \"a/b\"\ninterval = \"1h\"\nurl = \"{}\"",
        origin.url("/feed")
    );
    let world = World::new(&format!("{source}\n[[channel]]\nid = \"a\"\n"));
    let fixed = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(
        world.config(),
        fixed.replace(
            "[server]",
            "[server]\npublic_url = \"http://news.example/\"",
        ),
    )
    .unwrap();
    let addresses = ["/a.rss", "/a.atom", "/a.json", "/channels.opml", "/a/"];
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let before: Vec<_> = addresses
        .iter()
        .map(|address| daemon.get(address))
        .collect();
    assert!(daemon.stop().success());
    let daemon = world.start();
    for (address, before) in addresses.iter().zip(before) {
        let after = daemon.get(address);
        assert_eq!(after.status, 200, "{address}");
        assert_eq!(after.text(), before.text(), "{address}");
        assert_eq!(after.header("etag"), before.header("etag"), "{address}");
        assert_eq!(
            after.header("last-modified"),
            before.header("last-modified"),
            "{address}"
        );
    }
}

#[test]
fn validators_are_sent_back_byte_for_byte_also_after_a_restart() {
    let origin = Origin::start(4);
    let tag = "W/\"odd  tag\"";
    let date = "last Tuesday";
    origin.put(
        "/feed",
        feed(&["one"]).with("ETag", tag).with("Last-Modified", date),
    );
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 2);
    assert!(daemon.stop().success());
    let n_asked = origin.asked("/feed").len();
    let _daemon = world.start();
    origin.wait("/feed", n_asked + 1);
    let asked = origin.asked("/feed");
    assert!(!asked[0].headers.contains_key("if-none-match"));
    for request in &asked[1..] {
        assert_eq!(request.headers["if-none-match"], tag);
        assert_eq!(request.headers["if-modified-since"], date);
    }
}

#[test]
fn nothing_stands_twice_in_a_feed() {
    let origin = Origin::start(4);
    origin.put("/feed", feed(&["one", "two"]));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 2);
    assert!(daemon.stop().success());
    origin.put("/feed", feed(&["three", "two", "one"]));
    let daemon = world.start();
    daemon.wait_for("items.new=1");
    let channel = daemon.get("/a.rss").text();
    for title in ["one", "two", "three"] {
        assert_eq!(
            channel.matches(&format!("<title>{title}</title>")).count(),
            1,
            "{channel}"
        );
    }
}
