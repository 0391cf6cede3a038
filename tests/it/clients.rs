//! Real feed readers, eight rounds each: every entry once, edits as edits, and 304 where nothing is
//! new. A reader that is not on this machine is skipped, with a word about it; `.ci/run` installs them.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::{Daemon, Origin, Reply, World};

/// Rounds in which something is new and something has changed.
const ROUNDS: usize = 8;

/// Longest time that a reader may take for one round.
const PATIENCE_SECONDS: &str = "60";

/// Longest time until readers get what is new.
const PATIENCE: Duration = Duration::from_secs(60);

/// Python of the system, which has its modules.
const PYTHON: &str = "/usr/bin/python3";

/// Keeps what feedparser was told of the version, and prints the status and each entry.
const FEEDPARSER: &str = r"
import feedparser, json, pathlib, sys
state = pathlib.Path('state.json')
held = json.loads(state.read_text()) if state.exists() else {}
feed = feedparser.parse(sys.argv[1], etag=held.get('etag'), modified=held.get('modified'))
assert not feed.bozo, feed.bozo_exception
if feed.status != 304:
    state.write_text(json.dumps({'etag': feed.get('etag'), 'modified': feed.get('modified')}))
print(feed.status)
for entry in feed.entries:
    print(entry.id + '\t' + entry.title)
";

/// Follows `rel=next` to the oldest entry, and prints each on the way.
const WALK: &str = r"
import feedparser, sys
address, seen = sys.argv[1], 0
while address:
    feed = feedparser.parse(address)
    assert not feed.bozo and feed.status == 200, address
    for entry in feed.entries:
        print(entry.id + '\t' + entry.title)
    address = next((link.href for link in feed.feed.links if link.rel == 'next'), None)
    seen += 1
    assert seen < 50
";

/// Prints all that newsboat keeps.
const NEWSBOAT: &str = r"
import sqlite3
for guid, title in sqlite3.connect('cache.db').execute('select guid, title from rss_item'):
    print(guid + '\t' + title)
";

/// Updates a feed as the library `reader` does, and prints all that it keeps.
const READER: &str = r"
import reader, sys
keeper = reader.make_reader('reader.sqlite')
keeper.add_feed(sys.argv[1], exist_ok=True)
keeper.update_feed(sys.argv[1])
for entry in keeper.get_entries():
    print(entry.id + '\t' + entry.title)
";

/// Prints the subject of each mail.
const MAILS: &str = r"
import email, email.header, pathlib
for path in pathlib.Path('mail').glob('**/new/*'):
    subject = email.message_from_bytes(path.read_bytes())['subject']
    print(str(email.header.make_header(email.header.decode_header(subject))))
";

/// A publisher whose feed grows.
struct Scene {
    origin: Origin,
    daemon: Daemon,
    folder: tempfile::TempDir,
    _world: World,
}

impl Scene {
    fn open(host: u8) -> Scene {
        let origin = Origin::start(host);
        origin.put("/feed", feed(0));
        let source = format!(
            "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
            origin.url("/feed")
        );
        let world = World::new(&source);
        let daemon = world.start();
        Scene {
            origin,
            daemon,
            folder: tempfile::tempdir().unwrap(),
            _world: world,
        }
    }

    /// Makes something new and something else, and waits until readers get it.
    #[track_caller]
    fn turn(&self, round: usize) {
        self.origin.put("/feed", feed(round));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.daemon.get("/a.rss").text();
            if titles(round)
                .iter()
                .all(|title| text.contains(&format!(">{title}<")))
            {
                return;
            }
            assert!(Instant::now() < deadline, "round {round} is not in {text}");
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.daemon.address())
    }

    /// Answers so far that said no more than that nothing is new.
    fn n_unchanged(&self) -> u64 {
        let text = self.daemon.get("/metrics").text();
        let counts = text.lines().filter_map(|line| {
            let (labels, count) = line.rsplit_once(' ')?;
            let is_meant =
                labels.starts_with("gazetted_http_requests") && labels.contains("\"304\"");
            is_meant.then(|| count.parse::<u64>().unwrap())
        });
        counts.sum()
    }

    /// Runs a program in the folder of this scene; returns what it prints.
    #[track_caller]
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        run(self.folder.path(), program, arguments)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// Titles of a round: the last one is new, the one before it has just been edited.
fn titles(round: usize) -> Vec<String> {
    let old = (0..round).map(|n| format!("Report {n} of the flood, edited"));
    old.chain([format!("Report {round} of the flood")])
        .collect()
}

fn feed(round: usize) -> Reply {
    let items: String = titles(round)
        .iter()
        .enumerate()
        .map(|(n, title)| {
            format!(
                "<item><title>{title}</title><guid isPermaLink=\"false\">guid-{n}</guid>\
                 <link>http://p.example/{n}</link><description>Text {n}: {title}.</description>\
                 <pubDate>Tue, 24 Nov 2026 10:{n:02}:00 GMT</pubDate></item>"
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

#[track_caller]
fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new("timeout")
        .args([PATIENCE_SECONDS, program])
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program}: {}\n{said}\n{errors}",
        output.status
    );
    said
}

/// Whether a program is here; a word about it if not.
fn is_here(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_here = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !is_here {
        println!("skipped: {program} is not on this machine");
    }
    is_here
}

/// Whether the system's Python has feedparser; a word about it if not.
fn has_feedparser() -> bool {
    let probe = Command::new(PYTHON)
        .args(["-c", "import feedparser"])
        .output();
    let is_here = probe.is_ok_and(|output| output.status.success());
    if !is_here {
        println!("skipped: {PYTHON} has no feedparser");
    }
    is_here
}

/// Reads lines of id, tab, title; each id stands there once.
#[track_caller]
fn entries(text: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let (id, title) = line.split_once('\t').unwrap();
        let before = entries.insert(id.to_owned(), title.to_owned());
        assert_eq!(before, None, "twice: {line}");
    }
    entries
}

#[track_caller]
fn has_all(entries: &BTreeMap<String, String>, round: usize) {
    let mut found: Vec<&str> = entries.values().map(String::as_str).collect();
    let mut wanted = titles(round);
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "round {round}");
}

#[test]
fn feedparser_sees_each_entry_once_and_asks_for_what_is_new() {
    if !has_feedparser() {
        return;
    }
    for (host, format) in [(91, "rss"), (96, "atom")] {
        let scene = Scene::open(host);
        let address = scene.url(&format!("/a.{format}"));
        for round in 0..ROUNDS {
            scene.turn(round);
            let said = scene.run(PYTHON, &["-c", FEEDPARSER, &address]);
            let (status, text) = said.split_once('\n').unwrap();
            // Not 226: who uses it may not know that it asks for deltas.
            assert_eq!(status, "200", "round {round}: {said}");
            has_all(&entries(text), round);
            let again = scene.run(PYTHON, &["-c", FEEDPARSER, &address]);
            assert_eq!(again, "304\n");
        }
        // The whole history, two at a time.
        let said = scene.run(PYTHON, &["-c", WALK, &format!("{address}?limit=2")]);
        has_all(&entries(&said), ROUNDS - 1);
    }
}

#[test]
fn newsboat_keeps_each_story_once_whatever_the_format() {
    if !is_here("newsboat") {
        return;
    }
    let scene = Scene::open(92);
    scene.write("config", "");
    scene.write("urls", &format!("{}\n", scene.url("/a.atom")));
    let files = ["-u", "urls", "-c", "cache.db", "-C", "config"];
    let reload = [&files[..], &["-x", "reload"]].concat();
    for round in 0..ROUNDS {
        scene.turn(round);
        scene.run("newsboat", &reload);
        has_all(&entries(&scene.run(PYTHON, &["-c", NEWSBOAT])), round);
        let before = scene.n_unchanged();
        scene.run("newsboat", &reload);
        // It keeps the tag of a feed from the second time on.
        let is_asked = scene.n_unchanged() > before;
        assert!(
            is_asked || round == 0,
            "round {round}: not asked for what is new"
        );
        has_all(&entries(&scene.run(PYTHON, &["-c", NEWSBOAT])), round);
    }
}

#[test]
fn reader_keeps_each_entry_once_and_asks_for_what_is_new() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/readers/bin/python");
    let Some(python) = python.to_str().filter(|_| python.is_file()) else {
        println!("skipped: no `reader` in target/readers (python3 -m venv, pip install reader)");
        return;
    };
    for (host, format) in [(97, "rss"), (98, "atom"), (99, "json")] {
        let scene = Scene::open(host);
        let address = scene.url(&format!("/a.{format}"));
        for round in 0..ROUNDS {
            scene.turn(round);
            let update = || entries(&scene.run(python, &["-c", READER, &address]));
            has_all(&update(), round);
            let before = scene.n_unchanged();
            has_all(&update(), round);
            assert!(
                scene.n_unchanged() > before,
                "round {round}: not asked for what is new"
            );
        }
    }
}

#[test]
fn sfeed_knows_each_entry_by_its_id() {
    if !is_here("sfeed_update") || !is_here("curl") {
        return;
    }
    let scene = Scene::open(93);
    let address = scene.url("/a.rss");
    let rules = format!("sfeedpath=\"$PWD/feeds\"\nfeeds() {{\n feed \"a\" \"{address}\"\n}}\n");
    scene.write("sfeedrc", &rules);
    let mut ids = BTreeMap::new();
    for round in 0..ROUNDS {
        scene.turn(round);
        for _ in 0..2 {
            scene.run("sfeed_update", &["./sfeedrc"]);
            let text = fs::read_to_string(scene.folder.path().join("feeds/a")).unwrap();
            let fields =
                |line: &str| -> Vec<String> { line.split('\t').map(str::to_owned).collect() };
            let lines: Vec<Vec<String>> = text.lines().map(fields).collect();
            // It keeps an edited title beside the first one, under the same id.
            assert_eq!(lines.len(), 2 * round + 1, "{text}");
            for line in lines {
                let number = line[1].split(' ').nth(1).unwrap().to_owned();
                let known = ids.entry(line[5].clone()).or_insert_with(|| number.clone());
                assert_eq!(*known, number, "one id, two entries: {text}");
            }
            assert_eq!(ids.len(), round + 1);
        }
    }
}

#[test]
fn rss2email_sends_each_entry_once() {
    if !is_here("r2e") {
        return;
    }
    let scene = Scene::open(94);
    let r2e = |arguments: &[&str]| {
        scene.run(
            "r2e",
            &[&["-c", "r2e.cfg", "-d", "r2e.json"], arguments].concat(),
        )
    };
    r2e(&["new", "reader@example.org"]);
    let path = scene.folder.path().join("r2e.cfg");
    let rules = fs::read_to_string(&path).unwrap();
    let rules = rules.replace("email-protocol = sendmail", "email-protocol = maildir");
    let mails = scene.folder.path().join("mail");
    fs::create_dir(&mails).unwrap();
    let maildir = format!(
        "maildir-path = {}\nmaildir-mailbox = inbox",
        mails.display()
    );
    let lines: Vec<&str> = rules
        .lines()
        .filter(|line| !line.starts_with("maildir-"))
        .flat_map(|line| match line {
            "[DEFAULT]" => vec![line, maildir.as_str()],
            line => vec![line],
        })
        .collect();
    fs::write(&path, lines.join("\n")).unwrap();
    r2e(&["add", "a", &scene.url("/a.rss")]);
    for round in 0..ROUNDS {
        scene.turn(round);
        r2e(&["run"]);
        let before = scene.n_unchanged();
        r2e(&["run"]);
        assert!(
            scene.n_unchanged() > before,
            "round {round}: not asked for what is new"
        );
        let mut said: Vec<String> = scene
            .run(PYTHON, &["-c", MAILS])
            .lines()
            .map(str::to_owned)
            .collect();
        said.sort_unstable();
        let wanted: Vec<String> = (0..=round)
            .map(|n| format!("Report {n} of the flood"))
            .collect();
        assert_eq!(said, wanted, "round {round}");
    }
}

#[test]
fn a_browser_shows_what_a_feed_is_for() {
    if !is_here("chromium") {
        return;
    }
    let scene = Scene::open(95);
    scene.turn(1);
    let profile = format!("--user-data-dir={}", scene.folder.path().display());
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
        profile.as_str(),
    ];
    for path in ["/a.rss", "/a.atom", "/a.json", "/hot.rss"] {
        let address = scene.url(path);
        let page = scene.run("chromium", &[&flags[..], &[address.as_str()]].concat());
        assert!(page.contains(&format!("{path}</code>")), "{page}");
        // What only one paper has is not hot.
        let is_shown = page.contains(&titles(1)[1]);
        assert_eq!(is_shown, path != "/hot.rss", "{page}");
    }
    let list = scene.url("/channels.opml");
    let page = scene.run("chromium", &[&flags[..], &[list.as_str()]].concat());
    assert!(page.contains("channels.opml?format=rss</code>"), "{page}");
}
