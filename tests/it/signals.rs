//! Signals of every kind, and too many of them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{Daemon, Origin, Reply, World, feed, kill, source};

#[test]
fn of_a_flood_of_hangups_the_last_file_is_in_force() {
    let origin = Origin::start(9);
    origin
        .put("/slow", Reply::silent())
        .put("/last", Reply::rss(feed(&["last"])));
    let slow = source("a/slow", &origin.url("/slow"));
    let world = World::new(&slow);
    let daemon = world.start();
    origin.wait("/slow", 1);
    for nth in 0..100 {
        let other = source(&format!("a/s{nth}"), &origin.url("/slow"));
        world.configure(&format!("{slow}{other}"));
        daemon.signal("HUP");
    }
    world.configure(&source("b/last", &origin.url("/last")));
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 1 sources");
    daemon.wait_for_polls("b/last", 1);
    assert!(daemon.get("/b.rss").text().contains("<title>last</title>"));
    assert_eq!(daemon.get("/a.rss").status, 404, "no source of it is left");
    let started = Instant::now();
    for _ in 0..20 {
        daemon.signal("HUP");
    }
    assert!(daemon.stop().success());
    assert!(started.elapsed() < Duration::from_secs(12));
}

#[test]
fn told_twice_it_ends_at_once() {
    let origin = Origin::start(9);
    origin.put("/feed", Reply::rss(feed(&["one"])));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    // A reader that takes nothing holds the first one up.
    let mut reader = TcpStream::connect(daemon.address()).unwrap();
    for _ in 0..50 {
        reader
            .write_all(b"GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
    }
    daemon.signal("INT");
    daemon.wait_for("stopping");
    daemon.signal("INT");
    let ended = daemon.wait();
    assert!(
        matches!(ended.code(), Some(0 | 1)),
        "by itself, not by a signal: {ended:?}"
    );
    let again = world.start();
    again.wait_for_polls("a/b", 1);
    assert!(again.get("/a.rss").text().contains("<title>one</title>"));
}

#[test]
fn told_to_stop_while_it_starts_it_leaves_a_good_store() {
    let origin = Origin::start(9);
    origin.put("/feed", Reply::rss(feed(&["one"])));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    for wait in [0, 2, 5, 10, 20, 40, 80] {
        let mut child = world
            .command("run")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Some moment of the start; nothing is waited for.
        std::thread::sleep(Duration::from_millis(wait));
        kill(&child, "TERM");
        let mut log = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        let ended = child.wait().unwrap();
        // Before it listens for signals, the kernel ends it.
        assert!(
            ended.success() || ended.code().is_none(),
            "{ended:?}:\n{log}"
        );
        assert!(!log.contains("panicked"), "{log}");
    }
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    assert!(daemon.get("/a.rss").text().contains("<title>one</title>"));
}

#[test]
fn a_log_that_nobody_reads_any_more_ends_nothing() {
    let origin = Origin::start(9);
    origin.put_growing("/feed", |nth| Reply::rss(feed(&[&format!("n{nth}")])));
    let world = World::new(&source("a/b", &origin.url("/feed")));
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = world
        .command("run")
        .stderr(writer)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut some = [0; 64];
    reader.read_exact(&mut some).unwrap();
    drop(reader);
    origin.wait("/feed", 4);
    kill(&child, "TERM");
    assert!(child.wait().unwrap().success());
    // What it polled without a log is there.
    let daemon = Daemon::start(world.command("run"));
    let text = daemon.get("/a.rss").text();
    assert!(text.contains("<title>n1</title>"), "{text}");
}
