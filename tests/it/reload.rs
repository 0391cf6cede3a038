//! SIGHUP reads feeds.toml again: the whole new file is good, or nothing changes.

use std::fs;

use crate::world::{Origin, Reply, World};

fn feed(title: &str) -> Reply {
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description><item><title>{title}</title><guid>{title}</guid></item></channel></rss>"
    ))
}

#[test]
fn a_new_source_is_polled_and_published() {
    let origin = Origin::start(5);
    origin.put("/one", feed("one")).put("/two", feed("two"));
    let one = format!(
        "[[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
        origin.url("/one")
    );
    let two = format!(
        "[[source]]\nid = \"b/two\"\nurl = \"{}\"\n",
        origin.url("/two")
    );
    let world = World::new(&one);
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    assert_eq!(daemon.get("/b.rss").status, 404);
    world.configure(&format!("{one}{two}"));
    daemon.signal("HUP");
    daemon.wait_for_polls("b/two", 1);
    assert!(daemon.get("/b.rss").text().contains("<title>two</title>"));
}

#[test]
fn a_bad_file_changes_nothing_and_says_where_it_is_bad() {
    let origin = Origin::start(5);
    origin.put("/one", feed("one"));
    let good = format!(
        "[[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
        origin.url("/one")
    );
    let world = World::new(&good);
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    for (n, bad) in [
        "",
        "[[source]]\nid = 1",
        "x = [",
        &good.replace("url", "ulr"),
    ]
    .iter()
    .enumerate()
    {
        fs::write(world.config(), bad).unwrap();
        daemon.signal("HUP");
        daemon.wait_for_nth("the old configuration stays in force", n + 1);
    }
    let n_asked = origin.asked("/one").len();
    origin.wait("/one", n_asked + 1);
    assert_eq!(daemon.get("/a.rss").status, 200);
    world.configure(&good);
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    assert!(daemon.stop().success());
}

#[test]
fn a_removed_source_is_not_polled_any_more_and_its_items_stay() {
    let origin = Origin::start(5);
    origin.put("/one", feed("one")).put("/two", feed("two"));
    let one = format!(
        "[[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
        origin.url("/one")
    );
    let two = format!(
        "[[source]]\nid = \"a/two\"\nurl = \"{}\"\n",
        origin.url("/two")
    );
    let world = World::new(&format!("{one}{two}"));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon.wait_for_polls("a/two", 1);
    world.configure(&one);
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    let n_two = origin.asked("/two").len();
    let n_one = origin.asked("/one").len();
    origin.wait("/one", n_one + 3);
    assert!(
        origin.asked("/two").len() <= n_two + 1,
        "one may have been on its way"
    );
    assert!(daemon.get("/a.rss").text().contains("<title>two</title>"));
}
