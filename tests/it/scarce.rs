//! A machine that has little to give: the daemon takes less, and blames no source.

use std::process::Command;

use crate::world::{Origin, Reply, World};

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
    assert!(waits.is_sorted_by(|a, b| a + 0.9 < *b), "{waits:?}: {log}");
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
