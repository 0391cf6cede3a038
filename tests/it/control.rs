//! Commands that speak to the running daemon.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Output;

use serde_json::Value;

use crate::world::{Origin, Reply, World, feed, source};

/// Sources that are not polled again by themselves while a test runs.
fn slow(id: &str, url: &str) -> String {
    format!(
        "{}interval = \"1h\"\nmin_interval = \"1h\"\n",
        source(id, url)
    )
}

/// The exit code and what a command prints.
#[track_caller]
pub fn told(world: &World, command: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output: Output = world.command(command).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[track_caller]
pub fn ok(world: &World, command: &str, arguments: &[&str]) -> String {
    let (code, said) = told(world, command, arguments);
    assert_eq!(code, Some(0), "{command} {arguments:?}: {said}");
    said
}

#[test]
fn poll_polls_now_and_says_what_came() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    origin.put("/two", Reply::status(500));
    let (one, two) = (origin.url("/one"), origin.url("/two"));
    let world = World::new(&[slow("a/one", &one), slow("a/b/two", &two)].concat());
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    origin.put("/one", Reply::rss(feed(&["first", "second"])));
    let said = ok(&world, "poll", &["a/one"]);
    assert!(
        said.contains("a/one  1 new, 0 changed of 2 entries"),
        "{said}"
    );
    assert_eq!(origin.asked("/one").len(), 2);

    // A channel, with one in trouble.
    let (code, said) = told(&world, "poll", &["--json", "a"]);
    assert_eq!(code, Some(1), "{said}");
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |id: &str| lines.iter().find(|line| line["source"] == id).unwrap();
    assert_eq!(of("a/one")["outcome"], "unchanged");
    assert_eq!(of("a/b/two")["outcome"], "bad_status");

    let (code, said) = told(&world, "poll", &["a/on"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("did you mean `a/one`?"), "{said}");

    let said = ok(&world, "log", &["--json", "a/one"]);
    let news: Vec<u64> = said
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["new"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(news, [1, 1, 0]);
    assert!(daemon.stop().success());
}

#[test]
fn a_pause_holds_over_a_restart() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    origin.put("/two", Reply::rss(feed(&["other"])));
    let (one, two) = (origin.url("/one"), origin.url("/two"));
    let sources = [source("a/one", &one), source("b/two", &two)].concat();
    let world = World::new(&sources);
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    assert!(ok(&world, "pause", &["a"]).contains("paused 1 source"));
    assert!(ok(&world, "pause", &["a/one"]).contains("nothing changed"));
    let said = ok(&world, "status", &["a/one"]);
    assert!(said.contains("it is paused since"), "{said}");
    let (code, said) = told(&world, "poll", &["a/one"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("paused"), "{said}");
    assert!(daemon.stop().success());

    let n_asked = origin.asked("/one").len();
    let daemon = world.start();
    daemon.wait_for_polls("b/two", 2);
    daemon.signal("HUP");
    daemon.wait_for("reloaded");
    daemon.wait_for_polls("b/two", 4);
    assert_eq!(origin.asked("/one").len(), n_asked, "polled while it rests");
    assert!(
        daemon.get("/a.rss").text().contains("first"),
        "its news are gone"
    );
    assert!(ok(&world, "resume", &["--all"]).contains("resumed 1 source"));
    daemon.wait_for_polls("a/one", 1);
    assert!(daemon.stop().success());

    // And while no daemon runs.
    ok(&world, "pause", &["a/one"]);
    let n_asked = origin.asked("/one").len();
    assert!(world.poll_once().status.success());
    assert_eq!(origin.asked("/one").len(), n_asked);
    let said = ok(&world, "status", &["a/one"]);
    assert!(said.contains("it is paused since"), "{said}");
}

#[test]
fn a_pause_before_the_first_start_holds() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&source("a/one", &origin.url("/one")));
    fs::create_dir_all(world.state()).unwrap();
    assert!(ok(&world, "pause", &["a/one"]).contains("paused 1"));
    assert!(world.poll_once().status.success());
    assert!(origin.asked("/one").is_empty());
}

#[test]
fn a_pause_reaches_a_daemon_that_starts() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&source("a/one", &origin.url("/one")));
    assert!(world.poll_once().status.success());
    for _ in 0..8 {
        for (command, done) in [("pause", "paused 1"), ("resume", "resumed 1")] {
            let daemon = std::thread::scope(|scope| {
                let said = scope.spawn(|| ok(&world, command, &["a/one"]));
                let daemon = world.start();
                let said = said.join().unwrap();
                assert!(said.contains(done), "{said}");
                daemon
            });
            let said = ok(&world, "status", &["a/one"]);
            assert_eq!(said.contains("it is paused since"), command == "pause");
            assert!(daemon.stop().success());
        }
    }
}

#[test]
fn status_speaks_to_the_daemon_while_the_file_is_bad() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&slow("a/one", &origin.url("/one")));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let good = fs::read_to_string(world.config()).unwrap();
    // Where the store is can be read from a file that is not good.
    let state = world.state();
    let store = format!("[store]\npath = \"{}\"\n", state.display());
    fs::write(
        world.config(),
        format!(
            "{good}{store}{}idd = 3\n",
            source("a/two", "http://two.example/")
        ),
    )
    .unwrap();
    let (code, said) = told(&world, "reload", &[]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("`idd`"), "{said}");
    let mut status = crate::world::gazetted();
    let output = status
        .arg("status")
        .arg("--config")
        .arg(world.config())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("a/one  good"), "{said}");
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(
        why.contains("the new one is not good") && why.contains("`idd`"),
        "{why}"
    );

    fs::write(world.config(), good).unwrap();
    assert!(ok(&world, "reload", &[]).contains("in force, with 1 source"));
    let mode = fs::metadata(state.join("control"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(daemon.stop().success());
    assert_eq!(told(&world, "reload", &[]).0, Some(1));
}

#[test]
fn watch_tells_each_poll_as_it_ends() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let mut watch = world.command("status");
    let mut watch = watch
        .args(["--watch", "--json", "a/one"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let polls = lines.filter(|line| line.contains("\"outcome\"")).take(2);
    assert_eq!(polls.count(), 2);
    watch.kill().unwrap();
    watch.wait().unwrap();
    // One that is being watched stops all the same.
    assert!(daemon.stop().success());
}

#[test]
fn what_is_held_back_is_released() {
    let origin = Origin::start(2);
    let titles =
        |from: usize| -> Vec<String> { (from..from + 12).map(|n| format!("news {n}")).collect() };
    let reply = |from: usize| {
        let titles = titles(from);
        Reply::rss(feed(&titles.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    origin.put("/one", reply(0));
    let world = World::new(&slow("a/one", &origin.url("/one")));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    origin.put("/one", reply(100));
    let (code, said) = told(&world, "poll", &["a/one"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("held_back: ") && said.contains("12 held back"),
        "{said}"
    );
    assert!(!daemon.get("/a.rss").text().contains("news 100"));
    let said = ok(&world, "release", &["a/one"]);
    assert!(said.contains("12 new"), "{said}");
    assert!(daemon.get("/a.rss").text().contains("news 100"));
    // Once: the next flood is held back again.
    origin.put("/one", reply(200));
    assert_eq!(told(&world, "poll", &["a/one"]).0, Some(1));
    assert!(daemon.stop().success());
}

#[test]
fn plan_says_what_a_changed_file_would_do() {
    let origin = Origin::start(2);
    origin.put(
        "/one",
        Reply::rss(feed(&["sport: goal", "sport: match", "town hall"])),
    );
    let one = origin.url("/one");
    let before = [
        slow("a/one", &one),
        slow("a/gone", &one),
        slow("a/old", &one),
        slow("a/here", &one),
    ];
    let world = World::new(&before.concat());
    let daemon = world.start();
    for id in ["a/one", "a/gone", "a/old", "a/here"] {
        daemon.wait_for_polls(id, 1);
    }
    assert_eq!(ok(&world, "plan", &[]), "nothing would change\n");
    let filter = "[[source.filter]]\naction = \"drop\"\nfield = \"title\"\ncontains = \"sport\"\n";
    let after = [
        slow("a/one", &one),
        filter.to_owned(),
        slow("a/new-name", &one),
        "was = [\"a/old\"]\n".to_owned(),
        slow("b/there", &one),
        "was = [\"a/here\"]\n".to_owned(),
        slow("c/new", &origin.url("/new")),
    ];
    world.configure(&after.concat());
    let n_asked = origin.asked("/one").len();
    let said = ok(&world, "plan", &["--json"]);
    let of = |subject: &str, change: &str| {
        let lines = said
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut lines = lines.filter(|line| line["subject"] == subject && line["change"] == change);
        let found = lines
            .next()
            .unwrap_or_else(|| panic!("no {change} {subject}: {said}"));
        found["what"].as_str().unwrap().to_owned()
    };
    assert!(of("a/gone", "removed").contains("its 3 items stay"));
    assert!(of("a/new-name", "renamed").contains("was a/old"));
    assert!(of("b/there", "moved").contains("was a/here"));
    assert!(of("c/new", "added").contains("/new"));
    of("/b/", "added");
    assert!(said.contains("would have been dropped"), "{said}");
    // Nothing has happened yet.
    assert!(!daemon.log().contains("reloaded"));
    assert_eq!(origin.asked("/one").len(), n_asked);
    assert!(daemon.stop().success());
}

#[test]
fn clients_that_are_silent_or_talk_nonsense_hold_up_nobody() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&slow("a/one", &origin.url("/one")));
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    let connect = || UnixStream::connect(world.state().join("control")).unwrap();
    let silent: Vec<UnixStream> = (0..5).map(|_| connect()).collect();
    let ask = |line: &str| {
        let mut client = connect();
        // It may have been refused before all of it was sent.
        let _ = client.write_all(line.as_bytes());
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer);
        answer
    };
    assert!(ask("{\"do\":\"nothing\"}\n").contains("\"error\":\"this is no request"));
    assert!(ask("{\"do\":\"poll\",\"what\":7}\n").contains("this is no request"));
    assert!(ask("{\"do\":\"log\",\"source\":\"../../etc\"}\n").contains("is no id of a source"));
    assert!(ask("\u{1b}[2J\n").contains("unknown: ask for"));
    assert!(ask(&format!("{{\"do\":\"{}", "x".repeat(1 << 16))).len() < 1000);
    assert!(ok(&world, "status", &[]).starts_with("a/one  good"));
    drop(silent);
    assert!(daemon.stop().success());
}
