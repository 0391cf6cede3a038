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

/// Files that are no configuration, and what is said of each.
fn bad_files(good: &str) -> Vec<(Vec<u8>, &'static str)> {
    let twice = format!("{good}{good}");
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (text(""), "there is no [[source]]"),
        (text("\n"), "there is no [[source]]"),
        (text("x = ["), "feeds.toml:1:"),
        (
            text("[[source]]\nid = 1"),
            "feeds.toml:1:1: [[source]] needs `url`",
        ),
        (text(&good.replace("url", "ulr")), "needs `url`"),
        (
            text(&twice),
            "feeds.toml:5:6: source `a/one` is there twice",
        ),
        (
            text(&good.replace("http:", "htp:")),
            "feeds.toml:3:7: `url`",
        ),
        (b"\xff\xfe\x00".to_vec(), "UTF-8"),
        (vec![b'#'; 50 << 20], "larger than"),
    ]
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
    let mut n_refused = 0;
    let mut refuse = |why: &str| {
        daemon.signal("HUP");
        n_refused += 1;
        let line = daemon.wait_for_nth("the old configuration stays in force", n_refused);
        assert!(line.contains(why), "{why}: {line}");
        let told = daemon.get("/status.json").text();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let trouble = told["configuration"]["trouble"].as_str().unwrap_or("");
        assert!(trouble.contains(why), "{told}");
        assert!(daemon.get("/healthz").text().contains(why));
    };
    for (bad, why) in bad_files(&good) {
        fs::write(world.config(), bad).unwrap();
        refuse(why);
        let mut started = world.command("run");
        let ended = started.output().unwrap();
        assert_eq!(ended.status.code(), Some(78), "{why}");
        let checked = world.check();
        assert_eq!(checked.status.code(), Some(78), "{why}");
        assert_eq!(
            String::from_utf8_lossy(&checked.stderr),
            String::from_utf8_lossy(&ended.stderr),
            "the same is said at the start"
        );
    }
    fs::remove_file(world.config()).unwrap();
    refuse("there is no such file");
    fs::create_dir(world.config()).unwrap();
    refuse("is a folder");
    fs::remove_dir(world.config()).unwrap();
    let n_asked = origin.asked("/one").len();
    origin.wait("/one", n_asked + 1);
    assert_eq!(daemon.get("/a.rss").status, 200);
    world.configure(&good);
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    assert_eq!(daemon.get("/healthz").text(), "ok\n");
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

#[test]
fn however_an_editor_saves_the_whole_new_file_counts() {
    let origin = Origin::start(5);
    origin.put("/one", feed("one"));
    let one = |title: &str| {
        format!(
            "[[source]]\nid = \"a/one\"\nurl = \"{}\"\ntitle = \"{title}\"\n",
            origin.url("/one")
        )
    };
    let world = World::new(&one("First"));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let preamble = fs::read_to_string(world.config()).unwrap();
    let whole = |title: &str| preamble.replace("First", title);
    let path = world.config();
    let beside = path.with_file_name("new.toml");
    let mut n_reloads = 0;
    let mut reload = |title: &str| {
        n_reloads += 1;
        daemon.signal("HUP");
        daemon.wait_for_nth("reloaded: 1 sources", n_reloads);
        let page = daemon.get("/status.json").text();
        assert!(page.contains(title), "{title}: {page}");
    };
    // Written beside it and renamed over it.
    fs::write(&beside, whole("Renamed")).unwrap();
    fs::rename(&beside, &path).unwrap();
    reload("Renamed");
    // Cut to nothing, and told so; then written.
    fs::write(&path, "").unwrap();
    daemon.signal("HUP");
    daemon.wait_for("the old configuration stays in force");
    assert!(daemon.get("/status.json").text().contains("Renamed"));
    fs::write(&path, whole("Cut")).unwrap();
    reload("Cut");
    // Removed and made anew.
    fs::remove_file(&path).unwrap();
    fs::write(&path, whole("Anew")).unwrap();
    reload("Anew");
    // A link that is turned over to another folder, as Kubernetes does it.
    let folder = path.parent().unwrap();
    for (nth, title) in ["Linked", "Turned"].iter().enumerate() {
        let data = folder.join(format!("data{nth}"));
        fs::create_dir(&data).unwrap();
        fs::write(data.join("feeds.toml"), whole(title)).unwrap();
        let link = folder.join("link");
        std::os::unix::fs::symlink(data.join("feeds.toml"), &link).unwrap();
        fs::rename(&link, &path).unwrap();
        reload(title);
    }
    assert_eq!(daemon.get("/healthz").text(), "ok\n");
    assert!(daemon.get("/a.rss").text().contains("<title>one</title>"));
}

#[test]
fn another_address_of_a_source_keeps_its_items_and_drops_its_validators() {
    let origin = Origin::start(5);
    origin
        .put("/old", feed("one").with("ETag", "\"of-the-old\""))
        .put("/new", feed("one"));
    let source = |path: &str| {
        format!(
            "[[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
            origin.url(path)
        )
    };
    let world = World::new(&source("/old"));
    let daemon = world.start();
    origin.wait("/old", 2);
    let is_conditional = |path: &str, nth: usize| {
        let asked = &origin.asked(path)[nth];
        asked
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("if-none-match"))
    };
    assert!(is_conditional("/old", 1));
    let before = daemon.get("/a.rss").text();
    world.configure(&source("/new"));
    daemon.signal("HUP");
    origin.wait("/new", 1);
    assert!(!is_conditional("/new", 0));
    origin.wait("/new", 2);
    let guid = |text: &str| {
        let from = text.find("<guid").unwrap();
        let to = text[from..].find("</guid>").unwrap();
        text[from..from + to].to_owned()
    };
    let after = daemon.get("/a.rss").text();
    assert_eq!(guid(&before), guid(&after));
    assert_eq!(after.matches("<item>").count(), 1, "{after}");
    assert!(daemon.stop().success());
}
