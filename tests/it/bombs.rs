//! Documents that are too much, through the daemon: what stays small, and who
//! does not notice.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::world::{Daemon, Origin, Reply, World, feed, source};

/// Memory for everything, in MiB.
const MEMORY: u64 = 256;

/// The most memory that the daemon has had at once, in MiB.
fn peak(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
    kibibytes.parse::<u64>().unwrap() >> 10
}

#[test]
fn of_a_hundred_thousand_items_the_newest_are_kept() {
    let origin = Origin::start(63);
    let item = |n: i64| {
        let at = jiff::Timestamp::from_second(1_780_000_000 + n).unwrap();
        format!("<item><title>n {n}</title><guid>{n}</guid><pubDate>{at}</pubDate></item>")
    };
    let whole = |items: String| {
        Reply::rss(format!(
            "<rss version=\"2.0\"><channel><title>P</title>{items}</channel></rss>"
        ))
    };
    // The newest last, and the newest first.
    origin
        .put("/rising", whole((0..100_000).map(item).collect()))
        .put("/falling", whole((0..100_000).rev().map(item).collect()));
    let world = World::new(&format!(
        "{}{}",
        source("a/rising", &origin.url("/rising")),
        source("b/falling", &origin.url("/falling")),
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/rising", 1);
    daemon.wait_for_polls("b/falling", 1);
    for channel in ["a", "b"] {
        let shown = daemon.get(&format!("/{channel}.rss")).text();
        assert!(shown.contains("<title>n 99999</title>"), "{channel}");
        let n_shown = shown.matches("<item>").count();
        assert!((20..=200).contains(&n_shown), "{n_shown} of {channel}");
    }
    let log = daemon.log();
    assert_eq!(log.matches("items.new=2000 ").count(), 2, "{log}");
    assert!(peak(&daemon) < 400, "{} MiB", peak(&daemon));
    // It is the same document again.
    daemon.wait_for_polls("a/rising", 2);
    assert!(daemon.log().matches("items.new=2000 ").count() == 2);
}

/// Documents that cost much, each in its way.
fn bombs() -> Vec<Reply> {
    let rss = |items: &str| {
        Reply::rss(format!(
            "<rss version=\"2.0\"><channel><title>P</title>{items}</channel></rss>"
        ))
    };
    let described = |text: &str| {
        rss(&format!(
            "<item><guid>1</guid><description><![CDATA[{text}]]></description></item>"
        ))
    };
    let attributes: String = (0..50_000).map(|n| format!(" a{n}=\"x\"")).collect();
    let links: String = (0..40_000)
        .map(|n| format!("<li><a href='/{n}.html'>标题标题标题标题 {n}</a> 2026-11-02</li>"))
        .collect();
    vec![
        rss(&"<x>".repeat(500_000)),
        rss(&format!("<item{attributes}><title>x</title></item>")),
        described(&"<div>".repeat(300_000)),
        described(&"<b><i>".repeat(200_000)),
        described(&"&amp;lt;".repeat(300_000)),
        described(&"<a href='".repeat(200_000)),
        described(&"济南".repeat(800_000)),
        described(&"<table><tr><td>".repeat(100_000)),
        Reply::rss(format!(
            "<!DOCTYPE x [{}]><rss><channel>&z;</channel></rss>",
            (0..20)
                .map(|n| format!("<!ENTITY e{n} \"&e{};&e{};\">", n + 1, n + 1))
                .collect::<String>()
        )),
        Reply::ok(
            "application/json",
            format!("{}1{}", "[".repeat(400_000), "]".repeat(400_000)),
        ),
        Reply::html(format!("<html><body><ul>{links}</ul></body></html>")),
        Reply::html("<div><p>".repeat(500_000)),
        Reply::html(format!("<p>{}", "<![CDATA[".repeat(200_000))),
        Reply::html("<li><a href=/1>标题标题标题</a> 2026-11-02</li>".repeat(20_000)),
        Reply::html(format!("<li><a href=/1>{}</a>", "&".repeat(2_000_000))),
        rss(&"<item><title>x</title></item>".repeat(150_000)),
        Reply::rss("<".repeat(4_000_000)),
        Reply::rss("\u{feff}".repeat(1_000_000)),
    ]
}

/// A cgroup with little memory; `None`, and a word about it, where none can be made.
struct Confined(PathBuf);

impl Confined {
    fn make() -> Option<Confined> {
        let name = format!("gazetted-test-{}", std::process::id());
        let places = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        for (place, limit) in places {
            let folder = PathBuf::from(place).join(&name);
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            if fs::write(folder.join(limit), (MEMORY << 20).to_string()).is_ok() {
                return Some(Confined(folder));
            }
            let _ = fs::remove_dir(&folder);
        }
        println!("skipped in part: no cgroup of memory can be made on this machine");
        None
    }

    /// The same command, inside.
    fn hold(&self, command: &Command) -> Command {
        let mut held = Command::new("sh");
        held.arg("-c").arg("echo $$ > \"$0\" && exec \"$@\"");
        held.arg(self.0.join("cgroup.procs"));
        held.arg(command.get_program()).args(command.get_args());
        held
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        // It is empty once the kernel has buried what ran in it.
        for _ in 0..100_000 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::yield_now();
        }
    }
}

/// Says so, also when a test fails.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn bombs_of_all_kinds_at_once_leave_the_daemon_answering() {
    let origin = Origin::start(64);
    let (mut sources, bombs) = (String::new(), bombs());
    for (nth, bomb) in bombs.iter().enumerate() {
        let path = format!("/{nth}");
        origin.put(&path, bomb.clone());
        sources += &source(&format!("a/s{nth}"), &origin.url(&path));
        let kind =
            |(name, value): &(String, String)| name == "Content-Type" && value == "text/html";
        if bomb.headers.iter().any(kind) {
            sources += "type = \"page\"\n";
        }
    }
    origin.put("/good", Reply::rss(feed(&["good"])));
    sources += &source("b/good", &origin.url("/good"));
    sources += "[host.\"127.0.0.64\"]\nspacing = \"0s\"\nconcurrency = 20\n";
    let world = World::new(&sources);
    let confined = Confined::make();
    let command = world.command("run");
    let daemon = Daemon::start(match &confined {
        Some(confined) => confined.hold(&command),
        None => command,
    });
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut n_answers = 0;
            while !is_done.load(Ordering::Acquire) {
                assert_eq!(daemon.get("/healthz").text(), "ok\n");
                n_answers += 1;
            }
            n_answers
        });
        let done = Done(&is_done);
        daemon.wait_for_polls("b/good", 3);
        for nth in 0..bombs.len() {
            daemon.wait_for(&format!("a/s{nth}: "));
        }
        drop(done);
        assert!(asking.join().unwrap() > 10);
    });
    assert!(peak(&daemon) < MEMORY, "{} MiB", peak(&daemon));
    assert!(daemon.get("/b.rss").text().contains("<title>good</title>"));
    let log = daemon.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(daemon.stop().success());
}
