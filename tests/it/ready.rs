//! systemd is told when the daemon is ready, and not before.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use crate::world::{Daemon, Origin, Reply, World, source};

/// A daemon that was started by systemd, as far as it can tell, and what systemd hears.
struct Started {
    systemd: UnixDatagram,
    daemon: Daemon,
    _world: World,
}

impl Started {
    fn with(variables: &[(&str, &str)]) -> Started {
        let origin = Origin::start(10);
        origin.put("/feed", Reply::silent());
        let world = World::new(&source("a/b", &origin.url("/feed")));
        let socket = world.config().with_file_name("notify");
        let systemd = UnixDatagram::bind(&socket).unwrap();
        systemd
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut command = world.command("run");
        command
            .env("NOTIFY_SOCKET", &socket)
            .envs(variables.iter().copied());
        Started {
            systemd,
            daemon: Daemon::start(command),
            _world: world,
        }
    }

    /// The next message.
    fn hear(&self) -> String {
        let mut message = [0; 512];
        let n = self.systemd.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..n]).into_owned()
    }
}

#[test]
fn ready_is_said_when_the_listener_answers() {
    let started = Started::with(&[]);
    let text = started.hear();
    assert!(text.contains("READY=1"), "{text}");
    assert_eq!(started.daemon.get("/readyz").status, 200);
    assert_eq!(started.daemon.get("/healthz").status, 200);
    started.daemon.signal("TERM");
    assert!(started.hear().contains("STOPPING=1"));
    assert!(started.daemon.wait().success());
}

#[test]
fn the_loop_that_polls_feeds_the_watchdog() {
    let started = Started::with(&[("WATCHDOG_USEC", "600000")]);
    let mut n_beats = 0;
    while n_beats < 10 {
        n_beats += usize::from(started.hear().contains("WATCHDOG=1"));
    }
    started.daemon.signal("TERM");
    while !started.hear().contains("STOPPING=1") {}
    assert!(started.daemon.wait().success());
}

#[test]
fn the_state_directory_of_systemd_is_used() {
    let origin = Origin::start(10);
    origin.put("/feed", Reply::status(500));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let mut command = crate::world::gazetted();
    command
        .args(["run", "--once", "--config"])
        .arg(world.config());
    command.env("STATE_DIRECTORY", world.state());
    assert!(command.status().unwrap().success());
    assert!(world.state().join("ledger").is_dir());
}

#[test]
fn a_reload_is_told_from_its_beginning_to_its_end() {
    let started = Started::with(&[]);
    assert!(started.hear().contains("READY=1"));
    started.daemon.signal("HUP");
    let text = started.hear();
    assert!(
        text.contains("RELOADING=1") && text.contains("MONOTONIC_USEC="),
        "{text}"
    );
    assert!(started.hear().contains("READY=1"));
    started.daemon.signal("TERM");
    assert!(started.daemon.wait().success());
}

#[test]
fn a_socket_that_systemd_holds_is_taken_over() {
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    let world = World::new(&source("a/b", "http://127.0.0.9:9/feed"));
    let start = || {
        let mut command = Command::new("sh");
        let script = "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\" 3<&0";
        command.args(["-c", script, env!("CARGO_BIN_EXE_gazetted"), "run"]);
        command.arg("--config").arg(world.config());
        command.arg("--state").arg(world.state());
        command.stdin(std::os::fd::OwnedFd::from(held.try_clone().unwrap()));
        Daemon::start(command)
    };
    let daemon = start();
    assert_eq!(daemon.address(), address.to_string());
    assert_eq!(daemon.get("/healthz").status, 200);
    assert!(daemon.stop().success());
    // While none runs a request waits, and is answered by the next one.
    let waiting = std::thread::spawn(move || {
        crate::world::get_with(&address.to_string(), "/healthz", &[]).status
    });
    let daemon = start();
    assert_eq!(waiting.join().unwrap(), 200);
    assert!(daemon.stop().success());
}
