//! A source that gets another name in feeds.toml goes on as it was; one that left is still
//! credited by its title.

use crate::world::{Ask, Daemon, Hub, Manner, Origin, Reply, World, gazetted};

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
fn old_entries_that_come_again_are_the_items_they_were() {
    let origin = Origin::start(2);
    let two = |titles: [&str; 2]| {
        let items: Vec<String> = titles
            .iter()
            .map(|title| format!("<item><title>{title}</title><guid>{title}</guid><description>It snows in {title}.</description></item>"))
            .collect();
        Reply::rss(format!(
            "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
             <description>d</description>{}</channel></rss>",
            items.concat()
        ))
    };
    origin.put("/feed", two(["Kassel", "Erfurt"]));
    let address = origin.url("/feed");
    let table =
        |id: &str, was: &str| format!("[[source]]\nid = \"{id}\"\n{was}url = \"{address}\"\n");
    let world = World::new(&table("hesse/evening", ""));
    let daemon = world.start();
    daemon.wait_for_polls("hesse/evening", 1);
    let ids = |daemon: &Daemon, path: &str| -> std::collections::BTreeSet<String> {
        let stories = stories(daemon, path);
        stories
            .iter()
            .map(|story| story["id"].to_string())
            .collect()
    };
    let before = ids(&daemon, "/hesse.json");
    assert_eq!(before.len(), 2);
    world.configure(&table("saxony/late", "was = [\"hesse/evening\"]\n"));
    daemon.signal("HUP");
    daemon.wait_for("goes on as renamed");
    // What the channel of its new name shows, and to whom the copies are credited.
    assert_eq!(ids(&daemon, "/saxony.json"), before);
    for story in stories(&daemon, "/saxony.json") {
        assert_eq!(sightings(&story)[0]["source"], "saxony/late");
    }
    // One that is not even remembered: as an entry that comes back after months.
    assert!(daemon.stop().success());
    let store = gazetted::store::Store::open(&world.state(), gazetted::clock::now()).unwrap();
    let source: gazetted::model::SourceId = "saxony/late".parse().unwrap();
    let state = store.states().unwrap()[&source].clone();
    let forgotten = gazetted::model::Commit {
        source: source.clone(),
        at: gazetted::clock::now(),
        upserts: Vec::new(),
        state: Some(gazetted::model::SourceState {
            validators: None,
            body_hash: None,
            due: None,
            ..state
        }),
        subscription: None,
        roll: Some(gazetted::model::SeenEntries::default()),
        robots: Vec::new(),
    };
    store.apply(&[forgotten]).unwrap();
    drop(store);
    let daemon = world.start();
    daemon.wait_for_polls("saxony/late", 1);
    assert_eq!(ids(&daemon, "/saxony.json"), before);
}

#[test]
fn the_hub_pushes_to_the_new_name() {
    let origin = Origin::start(3);
    let hub = Hub::start(3, Manner::Verifies(864_000));
    let own = origin.url("/feed");
    let body = format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>P</title>\
         <link>http://p.example/</link><description>d</description>\
         <atom:link rel=\"self\" href=\"{own}\"/><atom:link rel=\"hub\" href=\"{}\"/>\
         <item><title>old</title><guid>old</guid></item></channel></rss>",
        hub.url("/")
    );
    origin.put("/feed", Reply::rss(body).with("ETag", "\"1\""));
    let server = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.example/\"\n\
                  [http]\nallow_private = [\"127.0.0.0/8\"]\n[host.\"*\"]\nspacing = \"0s\"\n";
    let table =
        |id: &str, was: &str| format!("{server}[[source]]\nid = \"{id}\"\n{was}url = \"{own}\"\n");
    let world = World::with_config(&table("a/one", ""));
    let daemon = world.start();
    hub.reach(daemon.address());
    let first = hub.wait(1);
    assert!(first.field("hub.callback").contains("/"), "{first:?}");
    let changed = table("a/two", "was = [\"a/one\"]\n");
    std::fs::write(world.config(), changed).unwrap();
    daemon.signal("HUP");
    daemon.wait_for("goes on as renamed");
    // The new name is subscribed, the old one unsubscribed, in whatever order.
    let asks = [hub.wait(2), hub.wait(3)];
    let is_new = |ask: &Ask| ask.field("hub.mode") == "subscribe";
    let new = asks.iter().find(|ask| is_new(ask)).unwrap();
    assert_ne!(new.field("hub.callback"), first.field("hub.callback"));
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

#[test]
fn the_command_writes_the_new_id_and_leaves_the_rest() {
    let origin = Origin::start(2);
    let address = origin.url("/feed");
    let text = format!("# ours\n[[source]]\nid = \"a/one\" # first\nurl = \"{address}\"\n");
    let world = World::with_config(&text);
    let rename = |arguments: &[&str]| {
        let mut command = gazetted();
        command
            .args(["source", "rename", "--config"])
            .arg(world.config());
        command.args(arguments).output().unwrap()
    };
    let read = || std::fs::read_to_string(world.config()).unwrap();
    let shown = rename(&["--dry-run", "a/one", "a/two"]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let said = String::from_utf8(shown.stdout).unwrap();
    assert!(said.contains("+    4 was = [\"a/one\"]"), "{said}");
    assert_eq!(read(), text);
    let done = rename(&["a/one", "a/two"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let want = text.replace("\"a/one\" # first", "\"a/two\" # first\nwas = [\"a/one\"]");
    assert_eq!(read(), want);
    let clash = rename(&["a/one", "a/three"]);
    assert_eq!(clash.status.code(), Some(1));
    let said = String::from_utf8(clash.stderr).unwrap();
    assert!(
        said.contains("`a/one` was renamed before, it is `a/two` now"),
        "{said}"
    );
    std::fs::write(world.config(), "[[source]]\nid = 7\n").unwrap();
    assert_eq!(rename(&["a/one", "a/two"]).status.code(), Some(78));
}
