//! Many polls with faults among them: memory, open files and threads stay as they are. Twenty seconds in
//! the gate; `just endurance 3600` for an hour.

use std::fs;

use crate::world::{Origin, Reply, World, feed, source};

/// Length of the run in the gate, in seconds; each source is polled about once a second.
const SECONDS: usize = 20;

/// Sources that are well; their entries change at every poll.
const GOOD: usize = 40;

/// Open files, threads, and resident memory in bytes.
#[derive(Clone, Copy, Debug)]
struct Usage {
    files: usize,
    threads: usize,
    memory: usize,
}

impl Usage {
    fn of(pid: u32) -> Usage {
        let count = |folder: &str| {
            fs::read_dir(format!("/proc/{pid}/{folder}"))
                .unwrap()
                .count()
        };
        let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        Usage {
            files: count("fd"),
            threads: count("task"),
            memory: pages * 4096,
        }
    }

    /// The largest of each.
    fn peak(samples: &[Usage]) -> Usage {
        let most = |part: fn(&Usage) -> usize| samples.iter().map(part).max().unwrap();
        Usage {
            files: most(|usage| usage.files),
            threads: most(|usage| usage.threads),
            memory: most(|usage| usage.memory),
        }
    }
}

/// Answers that are none, of several kinds.
fn faults() -> Vec<(&'static str, Reply)> {
    let whole = feed(&["one", "two"]);
    let half = whole.as_bytes()[..whole.len() / 2].to_vec();
    vec![
        ("/status", Reply::status(500)),
        ("/html", Reply::html("<p>moved</p>")),
        ("/half", Reply::rss(half)),
        ("/empty", Reply::rss("")),
        (
            "/gzip",
            Reply::rss("this is no gzip").with("Content-Encoding", "gzip"),
        ),
        ("/loop", Reply::status(302).with("Location", "/loop")),
    ]
}

#[test]
fn many_polls_with_faults_among_them_use_up_nothing() {
    let seconds = std::env::var("GAZETTED_ENDURANCE_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().unwrap());
    let origin = Origin::start(2);
    let mut sources = String::new();
    for n in 0..GOOD {
        let path = format!("/good/{n}");
        sources.push_str(&source(&format!("a/good-{n}"), &origin.url(&path)));
        origin.put_growing(&path, move |nth| {
            Reply::rss(format!(
                "<rss version='2.0'><channel><title>P</title><link>http://p.example/</link><description>d</description>\
                 <item><title>Story of paper {n}</title><guid>{n}</guid><description>Version {nth} of it</description></item>\
                 </channel></rss>"
            ))
        });
    }
    for (path, reply) in faults() {
        sources.push_str(&source(&format!("a{path}"), &origin.url(path)));
        origin.put(path, reply);
    }
    let world = World::new(&sources);
    let daemon = world.start();
    let mut samples = Vec::new();
    for nth in 1..=seconds {
        origin.wait("/good/0", nth);
        assert_eq!(daemon.get("/a.rss").status, 200);
        samples.push(Usage::of(daemon.pid()));
    }
    let third = samples.len() / 3;
    let before = Usage::peak(&samples[third..2 * third]);
    let after = Usage::peak(&samples[2 * third..]);
    let told = format!("{before:?} in the middle third, {after:?} in the last");
    println!("{seconds} s: {told}");
    assert!(after.files <= before.files + 10, "{told}");
    assert!(after.threads <= before.threads + 4, "{told}");
    assert!(after.memory <= before.memory + before.memory / 8, "{told}");
    assert!(daemon.stop().success());
}
