//! A backup of the running daemon, and an export, make stores that give readers
//! the same bytes.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Output;

use gazetted::model::{Secret, Subscriber, Topic, WebUrl};
use gazetted::store::Store;
use jiff::Timestamp;

use crate::world::{Daemon, Origin, Reply, World, gazetted};

/// A feed of `n` items that carry everything a feed can say.
fn feed(n: usize) -> Reply {
    let items: String = (0..n)
        .map(|nth| {
            format!(
                "<item><title>\"标题\" {nth} \\ \u{1F600}</title><link>http://p.example/{nth}</link>\
                 <guid>{nth}</guid><author>a@b.c (王)</author><category>x</category>\
                 <pubDate>Tue, 24 Nov 2026 10:{:02}:00 GMT</pubDate>\
                 <description>&lt;p&gt;text {nth}\n\"quoted\"&lt;/p&gt;</description></item>",
                nth % 60
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
    .with("ETag", "\"w\u{e9}ird\"")
}

/// A daemon with two sources that share stories, and a removed item.
fn world(origin: &Origin) -> World {
    origin.put("/one", feed(30)).put("/two", feed(20));
    let source = |id: &str, path: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\ninterval = \"1h\"\nurl = \"{}\"\n",
            origin.url(path)
        )
    };
    let world = World::new(&format!(
        "[[channel]]\nid = \"c\"\nmax_items = 5\n{}{}{}",
        source("a/one", "/one"),
        source("b/two", "/two"),
        source("c/three", "/three")
    ));
    let fixed = fs::read_to_string(world.config()).unwrap();
    let fixed = fixed.replace(
        "[server]",
        "[server]\npublic_url = \"http://news.example/\"",
    );
    fs::write(world.config(), fixed).unwrap();
    world
}

const ADDRESSES: [&str; 9] = [
    "/",
    "/index.rss",
    "/index.atom",
    "/index.json",
    "/a/",
    "/a.rss",
    "/b.atom",
    "/c.json",
    "/channels.opml",
];

fn documents(daemon: &Daemon) -> Vec<(String, String, String)> {
    ADDRESSES
        .iter()
        .map(|address| {
            let answer = daemon.get(address);
            let date = answer.header("last-modified").to_owned();
            (answer.text(), answer.header("etag").to_owned(), date)
        })
        .collect()
}

#[track_caller]
fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    let output = gazetted().args(arguments).args(paths).output().unwrap();
    let said = [
        &output.stdout[..2000.min(output.stdout.len())],
        &output.stderr,
    ]
    .concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    output
}

/// A daemon of the same configuration on another store.
fn start_on(world: &World, state: &Path) -> Daemon {
    let mut command = gazetted();
    command.arg("run").arg("--config").arg(world.config());
    command.arg("--state").arg(state);
    Daemon::start(command)
}

#[test]
fn a_backup_of_the_running_daemon_restores_to_the_same_bytes() {
    let origin = Origin::start(9);
    let world = world(&origin);
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon.wait_for_polls("b/two", 1);
    daemon.wait_for("c/three: the server answered 404");
    let before = documents(&daemon);
    let folder = world.state().parent().unwrap().to_owned();
    let (file, lines) = (folder.join("backup"), folder.join("export.jsonl"));
    let state = world.state();
    run(&["backup", "--state"], &[&state, &file]);
    run(&["export", "--jsonl", "--state"], &[&state, &lines]);
    assert_eq!(documents(&daemon), before, "it goes on serving");
    assert!(daemon.stop().success());
    assert!(!state.join("control").exists());

    let copies = [folder.join("restored"), folder.join("imported")];
    run(&["restore", "--state"], &[&copies[0], &file]);
    run(&["import", "--state"], &[&copies[1], &lines]);
    for copy in &copies {
        run(&["fsck", "--state"], &[copy]);
        let store = Store::open(copy, Timestamp::UNIX_EPOCH).unwrap();
        let original = Store::open(&state, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(store.states().unwrap(), original.states().unwrap());
        let (one, other) = (store.counts().unwrap(), original.counts().unwrap());
        assert_eq!((one.items, one.stories), (other.items, other.stories));
        drop((store, original));
        let daemon = start_on(&world, copy);
        assert_eq!(documents(&daemon), before, "{}", copy.display());
        assert!(daemon.stop().success());
    }
    // Without a daemon too.
    let again = folder.join("again.jsonl");
    run(&["export", "--jsonl", "--state"], &[&copies[1], &again]);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&lines).unwrap());
    run(&["backup", "--state"], &[&copies[0], &file]);
}

#[test]
fn who_subscribed_to_our_hub_is_in_a_backup_and_an_export() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let subscriber = Subscriber {
        topic: Topic::parse("https://news.example/a.rss").unwrap(),
        callback: WebUrl::parse("https://reader.example/callback").unwrap(),
        secret: Some(Secret::from_text("hush")),
        until: Timestamp::MAX,
        version: "0123".to_owned(),
        changed: Some(Timestamp::UNIX_EPOCH),
        failures: 2,
        due: None,
    };
    let (state, file, lines) = (place("state"), place("backup"), place("lines"));
    let store = Store::open(&state, Timestamp::UNIX_EPOCH).unwrap();
    store
        .keep_subscribers(std::slice::from_ref(&subscriber), &[])
        .unwrap();
    drop(store);
    run(&["backup", "--state"], &[&state, &file]);
    run(&["export", "--jsonl", "--state"], &[&state, &lines]);
    let copies = [place("restored"), place("imported")];
    run(&["restore", "--state"], &[&copies[0], &file]);
    run(&["import", "--state"], &[&copies[1], &lines]);
    for copy in &copies {
        let store = Store::open(copy, Timestamp::UNIX_EPOCH).unwrap();
        let kept = store.subscribers().unwrap();
        assert_eq!(kept, std::slice::from_ref(&subscriber));
    }
}

#[test]
fn a_backup_that_is_damaged_makes_no_store() {
    let origin = Origin::start(9);
    let world = world(&origin);
    assert!(world.poll_once().status.success());
    let folder = world.state().parent().unwrap().to_owned();
    let file = folder.join("backup");
    run(&["backup", "--state"], &[&world.state(), &file]);
    let sound = fs::read(&file).unwrap();
    let target = folder.join("restored");
    let refused = || {
        let output = gazetted()
            .args(["restore", "--state"])
            .args([&target, &file])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for at in [0, 30, 60, sound.len() / 2, sound.len() - 3] {
        let mut flipped = sound.clone();
        flipped[at] ^= 0x20;
        fs::write(&file, flipped).unwrap();
        assert!(
            refused().contains("this backup cannot be used"),
            "byte {at}"
        );
        fs::write(&file, &sound[..at]).unwrap();
        assert!(
            refused().contains("this backup cannot be used"),
            "cut at {at}"
        );
    }
    assert!(!target.exists(), "nothing was begun");
    fs::write(&file, sound).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("something"), "").unwrap();
    assert!(refused().contains("is not empty"));
    assert!(target.join("something").exists());
}

#[test]
fn an_import_that_is_cut_off_is_no_store() {
    let origin = Origin::start(9);
    let world = world(&origin);
    assert!(world.poll_once().status.success());
    let folder = world.state().parent().unwrap().to_owned();
    let lines = folder.join("export.jsonl");
    run(&["export", "--jsonl", "--state"], &[&world.state(), &lines]);
    let whole = fs::read_to_string(&lines).unwrap();
    let target = folder.join("imported");
    let (cut, _) = whole.trim_end().rsplit_once('\n').unwrap();
    let strange = whole.replace("\"kind\":\"story\"", "\"kind\":\"poem\"");
    for (text, said) in [
        (cut, "its last line is missing"),
        (&strange, "no line of an export"),
    ] {
        fs::write(&lines, text).unwrap();
        let output = gazetted()
            .args(["import", "--state"])
            .args([&target, &lines])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(said), "{message}");
        let mut command = gazetted();
        command.arg("run").arg("--config").arg(world.config());
        let output = command.arg("--state").arg(&target).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("is not whole"), "{message}");
        fs::remove_dir_all(&target).unwrap();
    }
}

#[test]
fn nobody_but_the_owner_asks_and_only_what_is_known_is_answered() {
    let origin = Origin::start(9);
    let world = world(&origin);
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let socket = world.state().join("control");
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for word in ["erase\n", "GET / HTTP/1.1\r\n\r\n", "\n"] {
        let mut line = UnixStream::connect(&socket).unwrap();
        line.write_all(word.as_bytes()).unwrap();
        let mut said = String::new();
        line.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("unknown"), "{said}");
    }
    for path in ["/control", "/backup", "/api/v1/backup"] {
        assert_eq!(daemon.get(path).status, 404);
    }
}

/// A small store that nobody has open.
fn closed(folder: &Path) -> std::path::PathBuf {
    let dir = folder.join("state");
    let store = Store::open(&dir, Timestamp::UNIX_EPOCH).unwrap();
    let seen: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let upserts = (0..50).map(|nth| crate::world::upsert("a/one", &nth.to_string(), seen));
    store
        .apply(&[crate::world::commit(upserts.collect())])
        .unwrap();
    dir
}

#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let dir = closed(folder.path());
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    for words in [
        &["backup", "--state"][..],
        &["export", "--jsonl", "--state"],
    ] {
        let from = pipe.clone();
        let reader = std::thread::spawn(move || fs::read(from).unwrap());
        run(words, &[&dir, &link]);
        let read = reader.join().unwrap();
        assert!(!read.is_empty());
        if words[0] == "backup" {
            gazetted::store::verify(&read[..]).unwrap();
        }
        use std::os::unix::fs::FileTypeExt;
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 3, "nothing else was made: {names:?}");
}

#[test]
fn a_backup_to_standard_output_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let dir = closed(folder.path());
    let written = run(&["backup", "--state"], &[&dir, Path::new("-")]);
    gazetted::store::verify(&written.stdout[..]).unwrap();
    let said = String::from_utf8_lossy(&written.stderr);
    assert!(said.contains("not read back"), "{said}");
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_links_lead_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = closed(folder.path());
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("file", &link).unwrap();
    run(&["backup", "--state"], &[&dir, &link]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640
    );
    gazetted::store::verify(fs::File::open(&file).unwrap()).unwrap();
    let socket = folder.path().join("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let refused = gazetted()
        .args(["backup", "--state"])
        .args([&dir, &socket])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("is a socket"), "{said}");
}

#[test]
fn polls_do_not_wait_for_a_slow_reader_of_an_export() {
    let origin = Origin::start(43);
    // More than a pipe and the buffers on the way hold.
    let items: String = (0..900)
        .map(|nth| {
            let text = format!("{nth} word ").repeat(300);
            format!("<item><title>t{nth}</title><guid>{nth}</guid><description>{text}</description></item>")
        })
        .collect();
    let channel = |items: &str| {
        Reply::rss(format!(
            "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
             <description>d</description>{items}</channel></rss>"
        ))
    };
    origin.put("/feed", channel(&items));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let mut line = UnixStream::connect(world.state().join("control")).unwrap();
    line.write_all(b"export\n").unwrap();
    let mut first = [0; 3];
    line.read_exact(&mut first).unwrap();
    origin.put(
        "/feed",
        channel(&format!(
            "<item><title>new</title><guid>new</guid></item>{items}"
        )),
    );
    daemon.wait_for("items.new=1");
    let mut rest = Vec::new();
    line.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"}\n"), "and the export is whole");
}

/// An export of a small store, and what becomes of it when its lines are changed.
fn imported(change: impl Fn(&str) -> Option<String>) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let dir = closed(folder.path());
    let lines = run(&["export", "--jsonl", "--state"], &[&dir]).stdout;
    let lines = String::from_utf8(lines).unwrap();
    let mut kept: Vec<String> = lines.lines().filter_map(change).collect();
    let n_kept = kept.len();
    *kept.last_mut().unwrap() = format!("{{\"kind\":\"end\",\"lines\":{n_kept}}}");
    let file = folder.path().join("changed.jsonl");
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    let done = gazetted()
        .args(["import", "--state"])
        .args([&folder.path().join("new"), &file])
        .output()
        .unwrap();
    (done, folder)
}

#[test]
fn an_import_is_cleaned_as_a_poll_is() {
    let (done, folder) = imported(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["kind"] == "item" {
            let item = &mut line["item"];
            item["content"] =
                "<p>text<script>alert(1)</script><a href=\"javascript:x()\">y</a></p>".into();
            item["title"] = format!("long\u{7}{}", "x".repeat(5000)).into();
        }
        Some(line.to_string())
    });
    assert!(done.status.success(), "{done:?}");
    let store = Store::open(&folder.path().join("new"), Timestamp::UNIX_EPOCH).unwrap();
    let stories = store
        .page(&gazetted::model::ChannelId::root(), None, 100)
        .unwrap();
    assert_eq!(stories.len(), 50);
    for story in stories {
        let item = &story.canonical;
        let content = item.content.as_ref().unwrap().as_str();
        assert!(content.contains("text"), "{content}");
        assert!(!content.contains("script"), "{content}");
        assert!(item.title.len() <= 1024 && !item.title.contains('\u{7}'));
    }
}

#[test]
fn an_import_whose_records_do_not_agree_is_refused() {
    let is_kind = |line: &str, kind: &str| line.contains(&format!("\"kind\":\"{kind}\""));
    let without_stories = |line: &str| (!is_kind(line, "story")).then(|| line.to_owned());
    let (done, folder) = imported(without_stories);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success());
    assert!(said.contains("do not agree"), "{said}");
    let opened = Store::open(&folder.path().join("new"), Timestamp::UNIX_EPOCH);
    assert!(opened.is_err(), "what was made says so itself");

    let (done, _folder) = imported(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        if line["kind"] == "story" {
            let sightings = line["story"]["sightings"].as_array_mut().unwrap();
            let copy = sightings[0].clone();
            sightings.resize(100_000, copy);
        }
        Some(line.to_string())
    });
    assert!(!done.status.success());
}
