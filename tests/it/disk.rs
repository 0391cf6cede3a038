//! A disk that is full, cannot be written or fails: what is there is served,
//! nothing is lost, and it goes on by itself when the disk does.

use std::fs;
use std::path::{Path, PathBuf};

use gazetted::store::Store;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::world::{Daemon, Image, Mounted, Origin, Reply, World, feed, gazetted};

/// A feed that has grown by one item each time.
fn growing(nth: usize) -> Reply {
    let items: String = (0..=nth)
        .rev()
        .take(200)
        .map(|item| format!("<item><title>item {item}</title><guid>{item}</guid></item>"))
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

fn world(origin: &Origin) -> World {
    origin.put_growing("/feed", growing);
    World::new(&format!(
        "[[channel]]\nid = \"a\"\nlimit = 1000\n[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ))
}

/// A disk of 40 MB, and a world whose store is to stand on it; absent where this
/// machine mounts nothing.
fn on_small_disk() -> Option<(Mounted, World, PathBuf)> {
    let disk = Mounted::memory(40)?;
    let world = world(&Origin::start(12));
    let state = disk.path().join("state");
    Some((disk, world, state))
}

/// How many items the feed of the daemon shows.
fn shown(daemon: &Daemon) -> usize {
    let answer = daemon.get("/a.rss");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().matches("<item>").count()
}

#[track_caller]
fn trouble(daemon: &Daemon) -> Option<String> {
    let answer = daemon.get("/status.json");
    let report: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    report["store"]["trouble"].as_str().map(str::to_owned)
}

#[test]
fn a_full_disk_stops_fetching_and_nothing_else_also_at_start() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 2);
    assert_eq!(trouble(&daemon), None);
    assert_eq!(daemon.get("/healthz").text(), "ok\n");
    disk.fill();
    daemon.wait_for("the disk of the store is full");
    let committed = daemon.log().matches("a/b: polled").count();
    // What could not be committed may be seen until the store is opened again.
    assert!(shown(&daemon) >= committed);
    assert!(committed >= 2);
    assert!(trouble(&daemon).unwrap().contains("full"));
    assert!(
        daemon
            .get("/healthz")
            .text()
            .starts_with("storage: the disk")
    );
    assert_eq!(
        daemon.get("/healthz").status,
        200,
        "restarting would not help"
    );
    assert!(daemon.stop().success());

    // What else wants the room has taken it.
    disk.fill();
    for _ in 0..8 {
        let daemon = world.start_in(&state);
        let shown = shown(&daemon);
        assert!(
            (committed..=committed + 1).contains(&shown),
            "{shown}: {}",
            daemon.log()
        );
        assert!(trouble(&daemon).is_some());
        assert!(daemon.stop().success());
    }
    let daemon = world.start_in(&state);
    disk.empty();
    daemon.wait_for("the store takes commits again");
    daemon.wait_for_polls("a/b", 2);
    assert_eq!(trouble(&daemon), None);
    assert!(shown(&daemon) > committed, "what was missed is there");
    assert!(daemon.stop().success());
    assert_agrees(&state);
}

#[test]
fn a_first_start_on_a_full_disk_waits_for_room() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    fs::create_dir(&state).unwrap();
    let made = TempDir::new().unwrap();
    drop(Store::open(made.path(), Timestamp::UNIX_EPOCH).unwrap());
    fs::copy(made.path().join("layout"), state.join("layout")).unwrap();
    for file in ["lock", "volumes", "tombstones"] {
        match file {
            "lock" => fs::write(state.join(file), "").unwrap(),
            folder => fs::create_dir(state.join(folder)).unwrap(),
        }
    }
    disk.fill();
    let daemon = world.start_in(&state);
    daemon.wait_for("the disk of the store is full");
    assert_eq!(daemon.get("/readyz").status, 503);
    assert!(trouble(&daemon).unwrap().contains("full"));
    disk.empty();
    daemon.wait_for_polls("a/b", 1);
    assert_eq!(daemon.get("/readyz").status, 200);
    assert!(shown(&daemon) >= 1);
}

#[test]
fn an_upgrade_on_a_full_disk_is_paid_from_the_reserve() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 1);
    let before = shown(&daemon);
    assert!(daemon.stop().success());
    fs::write(state.join("layout"), "3\n").unwrap();
    disk.fill();
    let daemon = world.start_in(&state);
    daemon.wait_for("from layout 3 to 4");
    assert_eq!(shown(&daemon), before);
    assert!(trouble(&daemon).unwrap().contains("full"));
}

#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
    let origin = Origin::start(12);
    let world = world(&origin);
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let before = shown(&daemon);
    daemon.limit_files(Some(4096));
    daemon.wait_for("the disk of the store is full");
    assert!(shown(&daemon) >= before, "SIGXFSZ does not kill it");
    assert!(trouble(&daemon).is_some());
    daemon.limit_files(None);
    daemon.wait_for("the store takes commits again");
    assert!(daemon.stop().success());
    assert_agrees(&world.state());
}

#[test]
fn a_disk_that_cannot_be_written_is_served_and_read() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 1);
    let before = shown(&daemon);
    daemon.signal("KILL");
    drop(daemon.log_to_the_end());
    disk.remount("ro");
    let daemon = world.start_in(&state);
    assert!(shown(&daemon) >= before);
    assert!(trouble(&daemon).unwrap().contains("read-only"));
    let copies = TempDir::new().unwrap();
    for (command, file) in [("backup", "a"), ("export", "b")] {
        let mut command = gazetted_with(command, &state);
        let output = command.arg(copies.path().join(file)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(copies.path().join(file).exists());
    }
    assert_agrees(&state);
    assert!(daemon.stop().success());
}

fn gazetted_with(command: &str, state: &Path) -> std::process::Command {
    let mut program = gazetted();
    program.arg(command).arg("--state").arg(state);
    program
}

#[test]
fn a_disk_that_fails_under_the_daemon_leaves_what_was_read_served() {
    let Some(image) = Image::make(64) else { return };
    let origin = Origin::start(12);
    let world = world(&origin);
    let mounted = image.mount();
    let state = mounted.path().join("state");
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 2);
    let before = shown(&daemon);
    mounted.cut_power();
    daemon.wait_for("the store takes no commits, and is read as it is");
    assert!(shown(&daemon) >= before);
    assert!(trouble(&daemon).is_some());
    assert!(daemon.get("/healthz").text().starts_with("storage: "));
    daemon.signal("KILL");
    drop(daemon.log_to_the_end());
    drop(mounted);
    let mounted = image.mount();
    let state = mounted.path().join("state");
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 1);
    assert!(shown(&daemon) > before);
    assert!(daemon.stop().success());
    assert_agrees(&state);
}

#[track_caller]
fn assert_agrees(state: &Path) {
    let output = gazetted()
        .arg("fsck")
        .arg("--state")
        .arg(state)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
}

#[test]
fn a_folder_that_is_taken_away_stops_polls_until_it_is_back() {
    let origin = Origin::start(44);
    origin.put("/feed", Reply::rss(feed(&["one"])));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    let aside = world.state().with_extension("aside");
    fs::rename(world.state(), &aside).unwrap();
    daemon.wait_for("was removed or replaced");
    let said = daemon.get("/healthz").text();
    assert!(said.contains("put it back"), "{said}");
    assert!(
        daemon.get("/a.rss").text().contains("one"),
        "readers are served"
    );
    // Another store in its place is not ours either.
    fs::create_dir(world.state()).unwrap();
    fs::write(world.state().join("lock"), "").unwrap();
    origin.put("/feed", Reply::rss(feed(&["two", "one"])));
    let n_asked = origin.asked("/feed").len();
    fs::remove_dir_all(world.state()).unwrap();
    fs::rename(&aside, world.state()).unwrap();
    daemon.wait_for("takes commits again");
    daemon.wait_for("items.new=1");
    assert!(origin.asked("/feed").len() > n_asked);
    assert_eq!(daemon.get("/healthz").text(), "ok\n");
}

#[test]
fn a_disk_without_inodes_goes_on() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 2);
    disk.remount("nr_inodes=400");
    disk.take_inodes();
    let before = daemon.log().matches("a/b: polled").count();
    // Commits go into files that are there.
    daemon.wait_for_polls("a/b", before + 3);
    assert!(shown(&daemon) >= before);
    assert_eq!(daemon.get("/healthz").status, 200);
    disk.give_inodes();
    assert!(daemon.stop().success());
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 2);
    assert!(shown(&daemon) > before);
    assert_eq!(trouble(&daemon), None);
    assert!(daemon.stop().success());
    assert_agrees(&state);
}

#[test]
fn a_full_disk_is_backed_up_to_another_one() {
    let Some((disk, world, state)) = on_small_disk() else {
        return;
    };
    let daemon = world.start_in(&state);
    daemon.wait_for_polls("a/b", 2);
    disk.fill();
    daemon.wait_for("the disk of the store is full");
    let elsewhere = TempDir::new().unwrap();
    for (command, file) in [("backup", "b"), ("export", "e")] {
        let mut command = gazetted_with(command, &state);
        let done = command.arg(elsewhere.path().join(file)).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let backup = fs::File::open(elsewhere.path().join("b")).unwrap();
    assert!(gazetted::store::verify(backup).unwrap().records > 0);
}

/// A library that makes one fdatasync of a journal fail, as a disk does that has lost what it was given.
const FAILING_SYNC: &str = r#"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd) {
    char link[64], path[4096];
    const char *flag = getenv("FAIL_ONE_SYNC");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (flag && n > 8 && !strncmp(path + n - 8, "/journal", 8) && unlink(flag) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_fdatasync, fd);
}
"#;

/// Builds that library; `None`, and a word, where there is no C compiler.
fn failing_sync(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("sync.c"), folder.join("sync.so"));
    fs::write(&source, FAILING_SYNC).unwrap();
    let mut compiler = std::process::Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source);
    match compiler.status() {
        Ok(status) => {
            assert!(status.success());
            Some(library)
        }
        Err(why) => {
            println!("skipped: no C compiler on this machine: {why}");
            None
        }
    }
}

#[test]
fn a_sync_that_failed_once_is_not_taken_for_one_that_succeeded() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = failing_sync(folder.path()) else {
        return;
    };
    let flag = folder.path().join("fail");
    let origin = Origin::start(7);
    let tagged =
        |titles: &[&str]| Reply::rss(feed(titles)).with("ETag", &format!("\"{}\"", titles.len()));
    origin.put("/feed", tagged(&["first"]));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        origin.url("/feed")
    ));
    let mut command = world.command("run");
    command
        .env("LD_PRELOAD", &library)
        .env("FAIL_ONE_SYNC", &flag);
    let daemon = Daemon::start(command);
    daemon.wait_for_polls("a/b", 1);
    fs::write(&flag, "").unwrap();
    origin.put("/feed", tagged(&["second", "first"]));
    let line = daemon.wait_for("cannot write to the store");
    assert!(line.contains("Input/output error"), "{line}");
    // The next poll reads the document again, with what was lost, and writes it.
    let line = daemon.wait_for_nth("items.new=1", 2);
    assert!(line.contains("a/b: polled"), "{line}");
    assert!(!flag.exists(), "no sync has failed");
    daemon.signal("KILL");
    daemon.wait();
    let daemon = world.start();
    let published = daemon.get("/a.json").text();
    for title in ["first", "second"] {
        assert_eq!(
            published.matches(&format!("\"guid\": \"{title}\"")).count(),
            1,
            "{published}"
        );
    }
    assert_eq!(daemon.get("/healthz").status, 200);
}
