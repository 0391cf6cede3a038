//! A machine that has little to give: the daemon takes less, and blames no source.

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::world::{Daemon, Origin, Raw, Reply, Wire, World, any_port, gazetted, say};

#[test]
fn few_files_make_fewer_polls_at_a_time_and_no_failures() {
    let origins: Vec<Origin> = (140..148).map(Origin::start).collect();
    let mut sources = String::new();
    for (nth, origin) in origins.iter().enumerate() {
        for k in 0..25 {
            let path = format!("/{k}");
            let feed = format!(
                "<rss version=\"2.0\"><channel><title>P</title><item><title>news {nth} {k}</title>\
                 <guid>{nth}-{k}</guid></item></channel></rss>"
            );
            origin.put(&path, Reply::rss(feed));
            let url = origin.url(&path);
            sources += &format!("[[source]]\nid = \"a/s{nth}-{k}\"\nurl = \"{url}\"\n");
        }
    }
    let world = World::new(&sources);
    let command = world.command("run");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]);
    limited.arg(command.get_program()).args(command.get_args());
    let output = limited.arg("--once").output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert_eq!(log.matches("items.new=1 ").count(), 200, "{log}");
    assert!(!log.contains("WARN"), "{log}");
}

/// The daemon as somebody who has no other process and may start so many threads;
/// absent where this machine lets nobody become another.
fn with_threads(folder: &TempDir, feeds: &str, threads: usize) -> Option<Command> {
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let (program, config) = (
        folder.path().join("gazetted"),
        folder.path().join("feeds.toml"),
    );
    fs::copy(gazetted().get_program(), &program).unwrap();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[http]\nallow_private = [\"127.0.0.0/8\"]\n{feeds}"
    );
    fs::write(&config, text).unwrap();
    let somebody = ["--reuid=64999", "--clear-groups"];
    let trial = Command::new("setpriv").args(somebody).arg("true").status();
    if !trial.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine lets nobody become another user");
        return None;
    }
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--nproc={threads}"))
        .arg("setpriv")
        .args(somebody);
    command.arg(program).args(["run", "--config"]).arg(config);
    command.arg("--state").arg(folder.path().join("state"));
    Some(command)
}

#[test]
fn too_few_threads_are_said_at_once_and_few_are_enough() {
    let (origin, folder) = (Origin::start(150), TempDir::new().unwrap());
    let feed = "<rss version=\"2.0\"><channel><title>P</title><item><title>news</title></item></channel></rss>";
    let mut sources = String::new();
    for nth in 0..40 {
        let path = format!("/{nth}");
        origin.put(&path, Reply::rss(feed));
        let url = origin.url(&path);
        sources += &format!(
            "[[source]]\nid = \"a/s{nth}\"\nurl = \"{url}\"\ninterval = \"1s\"\nmin_interval = \"1s\"\n"
        );
    }
    sources += "[host.\"127.0.0.150\"]\nspacing = \"0s\"\nconcurrency = 40\n";
    let Some(mut command) = with_threads(&folder, &sources, 4) else {
        return;
    };
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("threads may be started and"), "{said}");

    // What it asks for and the first thread; those that were only counted may be a
    // moment in going.
    let needed = said.split(" are needed").next().unwrap();
    let needed: usize = needed.rsplit(' ').next().unwrap().parse().unwrap();
    let enough = needed + 1 + 4;
    let command = with_threads(&folder, &sources, enough).unwrap();
    let daemon = Daemon::start(command);
    daemon.wait_for_nth(": polled", 120);
    let log = daemon.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    assert!(daemon.stop().success());
}

#[test]
fn who_refuses_connections_is_asked_less_and_less() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.149:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.149:{port}/feed");
    let world = World::new(&format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n"));
    let daemon = world.start();
    daemon.wait_for_nth("failures=", 3);
    let log = daemon.log();
    let waits = log
        .lines()
        .filter(|line| line.contains("failures="))
        .map(wait);
    let waits: Vec<f64> = waits.collect();
    // Of 1, 2 and 4 s, a tenth more or less by chance; `due` is cut to whole seconds.
    assert!(waits[0] + 1.0 < waits[2], "{waits:?}: {log}");
    assert!(daemon.stop().success());
}

/// Seconds from a line of the log to when the source is due next.
fn wait(line: &str) -> f64 {
    let at = line.split(' ').next().unwrap();
    let due = line
        .split("due=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let (at, due): (jiff::Timestamp, jiff::Timestamp) = (at.parse().unwrap(), due.parse().unwrap());
    due.duration_since(at).as_secs_f64()
}

#[test]
fn endless_interim_answers_keep_no_reader_waiting() {
    let heads = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n".repeat(500);
    let flood = move |stream: &mut dyn Wire, _: &str| while say(stream, &heads) {};
    let hosts = 160..168;
    let origins: Vec<Raw> = hosts
        .map(|host| Raw::start(any_port(host), flood.clone()))
        .collect();
    let sources = origins.iter().enumerate();
    let sources = sources.map(|(nth, origin)| {
        let url = origin.url("/feed");
        format!("[[source]]\nid = \"a/s{nth}\"\nurl = \"{url}\"\ninterval = \"1h\"\n")
    });
    let world = World::new(&sources.collect::<String>());
    let daemon = world.start();
    let mut slowest = Duration::ZERO;
    // The last ones may be told as an outage, as nothing else answers either.
    let is_polled = |daemon: &Daemon| {
        let status = daemon.get("/status.json").text();
        let status: Value = serde_json::from_str(&status).unwrap();
        let sources = status["sources"].as_array().unwrap().iter();
        sources.filter(|source| !source["polled"].is_null()).count() == 8
    };
    let until = Instant::now() + Duration::from_secs(120);
    while !is_polled(&daemon) {
        assert!(Instant::now() < until, "{}", daemon.log());
        let begun = Instant::now();
        assert_eq!(daemon.get("/healthz").status, 200);
        slowest = slowest.max(begun.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(daemon.stop().success());
}

#[test]
fn monitors_and_readers_get_in_past_a_crowd_of_idle_clients() {
    let origin = Origin::start(151);
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\ninterval = \"1h\"\n",
        origin.url("/feed")
    ));
    let run = world.command("run");
    let mut command = Command::new("prlimit");
    command
        .arg("--nofile=400")
        .arg(run.get_program())
        .args(run.get_args());
    let daemon = Daemon::start(command);
    let address = daemon.address();
    // More than all seats there are with so few files.
    let crowd: Vec<TcpStream> = (0..350)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for _ in 0..20 {
        assert_eq!(daemon.get("/healthz").text(), "ok\n");
    }
    // Silence of a second makes room for readers, too.
    let deadline = Instant::now() + Duration::from_secs(20);
    while daemon.get("/").status != 200 {
        assert!(Instant::now() < deadline, "no reader gets in");
    }
    drop(crowd);
}
