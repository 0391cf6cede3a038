//! A source that gets another name in feeds.toml goes on as it was; one that left is still
//! credited by its title.

use crate::world::{Daemon, Origin, Reply, World};

fn feed(title: &str) -> Reply {
    Reply::rss(format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Kasseler Abendblatt</title>\
         <link>http://paper.example/</link><description>d</description>\
         <item><title>{title}</title><link>http://paper.example/1</link><guid>1</guid>\
         <pubDate>Mon, 02 Nov 2026 08:00:00 +0800</pubDate><description>It snows.</description>\
         </item></channel></rss>"
    ))
}

fn stories(daemon: &Daemon, path: &str) -> Vec<serde_json::Value> {
    let feed: serde_json::Value = serde_json::from_str(&daemon.get(path).text()).unwrap();
    feed["items"].as_array().unwrap().clone()
}

fn sightings(story: &serde_json::Value) -> Vec<serde_json::Value> {
    story["_gazetted"]["sightings"].as_array().unwrap().clone()
}

#[test]
fn no_story_gains_a_copy_and_corrections_keep_coming() {
    let origin = Origin::start(2);
    origin.put("/feed", feed("It snows in Kassel"));
    let address = origin.url("/feed");
    let before = format!("[[source]]\nid = \"hesse/kassel/evening\"\nurl = \"{address}\"\n");
    let world = World::new(&before);
    let daemon = world.start();
    daemon.wait_for_polls("hesse/kassel/evening", 1);
    let [story] = &stories(&daemon, "/hesse/kassel.json")[..] else {
        panic!("one story");
    };
    world.configure(&format!(
        "[[source]]\nid = \"hesse/kassel/abendblatt\"\nwas = [\"hesse/kassel/evening\"]\nurl = \"{address}\"\n"
    ));
    origin.put("/feed", feed("It snows in Kassel again"));
    daemon.signal("HUP");
    daemon.wait_for("goes on as renamed");
    daemon.wait_for_polls("hesse/kassel/abendblatt", 2);
    let [after] = &stories(&daemon, "/hesse/kassel.json")[..] else {
        panic!("one story still");
    };
    assert_eq!(after["id"], story["id"]);
    assert_eq!(after["title"], "It snows in Kassel again");
    let copies = sightings(after);
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(copies[0]["source"], "hesse/kassel/abendblatt");
}

#[test]
fn a_source_that_left_is_credited_by_its_title() {
    let (one, two) = (Origin::start(2), Origin::start(3));
    one.put("/feed", feed("It snows in Kassel"));
    two.put("/feed", feed("It rains in Erfurt"));
    let source = |id: &str, origin: &Origin| {
        format!(
            "[[source]]\nid = \"{id}\"\nurl = \"{}\"\n",
            origin.url("/feed")
        )
    };
    let stays = source("hesse/kassel/morning", &two);
    let world = World::new(&format!("{stays}{}", source("hesse/kassel/evening", &one)));
    let daemon = world.start();
    daemon.wait_for_polls("hesse/kassel/evening", 1);
    daemon.wait_for_polls("hesse/kassel/morning", 1);
    world.configure(&stays);
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    drop(daemon);
    let daemon = world.start();
    let all = stories(&daemon, "/hesse/kassel.json");
    let is_of_evening = |seen: &serde_json::Value| seen["source"] == "hesse/kassel/evening";
    let seen: Vec<_> = all
        .iter()
        .flat_map(sightings)
        .filter(is_of_evening)
        .collect();
    assert_eq!(seen.len(), 1, "{all:?}");
    assert_eq!(seen[0]["source_title"], "Kasseler Abendblatt");
}

#[test]
fn a_name_that_is_in_use_was_no_other_source() {
    let origin = Origin::start(2);
    let (one, two) = (origin.url("/one"), origin.url("/two"));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/one\"\nurl = \"{one}\"\n[[source]]\nid = \"a/two\"\nwas = [\"a/one\"]\nurl = \"{two}\"\n"
    ));
    let said = String::from_utf8(world.check().stderr).unwrap();
    assert!(
        said.contains("`a/two` was `a/one`, and that is a source still"),
        "{said}"
    );
}
