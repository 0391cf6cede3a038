//! Alarms that go out by a command or a POST, and a log that goes to systemd's journal: over real
//! processes and real sockets.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::world::{Origin, Raw, Reply, World, any_port, feed, say, source, whole};

/// How long a test waits for what it is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// A feed that breaks once it has been read, and a world with `[alarm]` as given.
fn breaking(alarm: &str) -> (Origin, World) {
    let origin = Origin::start(2);
    origin.put_growing("/one", |nth| match nth {
        0 => Reply::rss(feed(&["first"])),
        _ => Reply::html("<p>moved</p>"),
    });
    let world = World::new(&format!(
        "[alarm]\n{alarm}\n{}",
        source("a/one", &origin.url("/one"))
    ));
    (origin, world)
}

/// An address that answers each POST with `status`, and the bodies and heads that came.
fn mailbox(host: u8, status: &'static str) -> (Raw, Receiver<(String, Value)>) {
    let (sender, posted) = channel();
    let sender = std::sync::Mutex::new(sender);
    let server = Raw::start(any_port(host), move |stream, head| {
        let lower = head.to_lowercase();
        let length = lower
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.trim().parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let _ = sender
            .lock()
            .unwrap()
            .send((lower, serde_json::from_slice(&body).unwrap()));
        say(stream, whole(status, "", b""));
    });
    (server, posted)
}

#[test]
fn an_alarm_is_posted_as_json() {
    let (server, posted) = mailbox(3, "204 No Content");
    let (origin, world) = breaking(&format!("webhook = \"{}\"", server.url("/alarm")));
    let daemon = world.start();
    let (head, alarm) = posted.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("post /alarm http/1.1"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(alarm["subject"], "source a/one");
    assert_eq!(alarm["code"], "not_a_feed");
    assert!(alarm["message"].as_str().unwrap().contains("not a feed"));
    assert!(alarm["id"].as_str().unwrap().starts_with("urn:uuid:"));
    origin.put_growing("/one", |_| Reply::rss(feed(&["first", "second"])));
    let (_, well) = posted.recv_timeout(PATIENCE).unwrap();
    assert_eq!(well["code"], "well");
    assert!(daemon.stop().success());
    assert!(posted.try_recv().is_err(), "one state is one alarm");
}

#[test]
fn an_alarm_that_cannot_be_posted_is_logged_and_the_daemon_goes_on() {
    let (server, posted) = mailbox(3, "500 Internal Server Error");
    let (_origin, world) = breaking(&format!("webhook = \"{}\"", server.url("/alarm")));
    let daemon = world.start();
    posted.recv_timeout(PATIENCE).unwrap();
    daemon.wait_for("/alarm answered 500");
    assert_eq!(daemon.get("/a.rss").status, 200);
    drop(daemon);

    // It is asked through the same guard as everything else.
    let (server, posted) = mailbox(3, "204 No Content");
    let (_origin, world) = breaking(&format!("webhook = \"{}\"", server.url("/alarm")));
    let text = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), text.replace("127.0.0.0/8", "127.0.0.2/32")).unwrap();
    let daemon = world.start();
    let line = daemon.wait_for("alarm.webhook ");
    assert!(line.contains("127.0.0.3"), "{line}");
    assert_eq!(server.hits(), 0);
    assert!(posted.try_recv().is_err());
}

#[test]
fn a_command_gets_its_words_as_they_are_and_the_alarm_on_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    // No shell comes between: the second word is one word.
    let alarm = format!(
        "command = [\"sh\", \"-c\", \"{{ echo \\\"$1\\\"; cat; }} > $0.new && mv $0.new $0\", \"{}\", \"two words; $HOME\"]",
        told.display()
    );
    let (origin, world) = breaking(&alarm);
    let daemon = world.start();
    origin.wait("/one", 2);
    for n in 2.. {
        if told.exists() {
            break;
        }
        daemon.wait_for_nth("a/one: this is not a feed", n);
    }
    let text = fs::read_to_string(&told).unwrap();
    let (word, alarm) = text.split_once('\n').unwrap();
    assert_eq!(word, "two words; $HOME");
    let alarm: Value = serde_json::from_str(alarm).unwrap();
    assert_eq!(alarm["code"], "not_a_feed");
}

#[test]
fn a_command_that_fails_or_is_not_there_is_logged() {
    let (_origin, world) = breaking("command = [\"sh\", \"-c\", \"exit 3\"]");
    let daemon = world.start();
    daemon.wait_for("alarm.command `sh`: it ended with exit status: 3");
    drop(daemon);
    let (_origin, world) = breaking("command = [\"/no/such/program\"]");
    let daemon = world.start();
    daemon.wait_for("alarm.command `/no/such/program`: No such file");
    assert_eq!(daemon.get("/a.rss").status, 200);
}

/// Fields of an entry in the native protocol of the journal: `KEY=value`, or `KEY`, the length of the
/// value as 64 bits little-endian, and the value.
fn fields(mut entry: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    while let Some(end) = entry.iter().position(|byte| *byte == b'\n') {
        let line = &entry[..end];
        entry = &entry[end + 1..];
        match line.iter().position(|byte| *byte == b'=') {
            Some(at) => {
                fields.insert(text(&line[..at]), text(&line[at + 1..]));
            }
            None => {
                let (length, rest) = entry.split_at(8);
                let length = u64::from_le_bytes(length.try_into().unwrap());
                let (value, rest) = rest.split_at(usize::try_from(length).unwrap());
                fields.insert(text(line), text(value));
                entry = &rest[1..];
            }
        }
    }
    fields
}

#[test]
fn the_journal_gets_all_fields_of_a_poll() {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first"])));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let text = fs::read_to_string(world.config()).unwrap();
    let text = text.replace("[server]", "[server]\nlog = \"journal\"");
    fs::write(world.config(), text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(folder.path().join("socket")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    // The address of the journal is fixed, so the daemon gets a view of the files of its own.
    let run = world.command("run");
    let script = "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && \
                  mount --bind \"$0\" /run/systemd/journal && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--propagation", "private", "sh", "-c", script])
        .arg(folder.path())
        .arg(run.get_program())
        .args(run.get_args())
        .env_remove("STATE_DIRECTORY")
        .env_remove("NOTIFY_SOCKET")
        .env_remove("RUST_LOG")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut entry = vec![0; 1 << 16];
    let polled = loop {
        let Ok(length) = socket.recv(&mut entry) else {
            child.kill().unwrap();
            let mut said = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut said);
            child.wait().unwrap();
            if said.contains("unshare") || said.contains("mount") {
                println!("skipped: no view of files of its own on this machine: {said}");
                return;
            }
            panic!("nothing came into the journal; standard error: {said}");
        };
        let fields = fields(&entry[..length]);
        if fields.get("MESSAGE").map(String::as_str) == Some("a/one: polled") {
            break fields;
        }
    };
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(said, "", "said on standard error as well");
    let has = |key: &str, want: &str| {
        assert_eq!(
            polled.get(key).map(String::as_str),
            Some(want),
            "{polled:?}"
        );
    };
    has("SOURCE_ID", "a/one");
    has("ITEMS_NEW", "1");
    has("ITEMS_ALL", "1");
    has("PRIORITY", "5");
    has("SYSLOG_IDENTIFIER", "gazetted");
    assert!(polled.contains_key("DURATION_MS"), "{polled:?}");
    assert!(polled.contains_key("DUE"), "{polled:?}");
}

#[test]
fn newsboat_reads_the_feed_of_alarms() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "s3cret").unwrap();
    let (origin, world) = breaking(&format!("token = \"file:{}\"", token.display()));
    let daemon = world.start();
    let address = "/admin/health.atom?token=s3cret";
    for n in 1.. {
        if daemon.get(address).text().contains("<entry>") {
            break;
        }
        origin.wait("/one", n);
    }
    let urls = folder.path().join("urls");
    fs::write(&urls, format!("http://{}{address}\n", daemon.address())).unwrap();
    let config = folder.path().join("config");
    fs::write(&config, "").unwrap();
    let output = Command::new("newsboat")
        .arg("-u")
        .arg(&urls)
        .arg("-C")
        .arg(&config)
        .arg("-c")
        .arg(folder.path().join("cache.db"))
        .args(["-x", "reload", "print-unread"])
        .env("HOME", folder.path())
        .output();
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("1 unread articles"), "{output:?}");
        }
        Err(why) => println!("skipped: no newsboat on this machine: {why}"),
    }
}
