//! systemd is told when the daemon is ready, and not before.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::world::{Daemon, Origin, Reply, World};

#[test]
fn ready_is_said_when_the_listener_answers() {
    let origin = Origin::start(10);
    origin.put("/feed", Reply::silent());
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let socket = world.config().with_file_name("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut command = world.command("run");
    command.env("NOTIFY_SOCKET", &socket);
    let daemon = Daemon::start(command);
    let mut message = [0; 512];
    let n = systemd.recv(&mut message).unwrap();
    let text = String::from_utf8_lossy(&message[..n]).into_owned();
    assert!(text.contains("READY=1"), "{text}");
    assert_eq!(daemon.get("/readyz").status, 200);
    assert_eq!(daemon.get("/healthz").status, 200);
    daemon.signal("TERM");
    let n = systemd.recv(&mut message).unwrap();
    assert!(String::from_utf8_lossy(&message[..n]).contains("STOPPING=1"));
    assert!(daemon.wait().success());
}

#[test]
fn the_loop_that_polls_feeds_the_watchdog() {
    let origin = Origin::start(10);
    origin.put("/feed", Reply::silent());
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let socket = world.config().with_file_name("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut command = world.command("run");
    command
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "600000");
    let daemon = Daemon::start(command);
    let hear = || {
        let mut message = [0; 512];
        let n = systemd.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..n]).into_owned()
    };
    let mut n_beats = 0;
    while n_beats < 10 {
        n_beats += usize::from(hear().contains("WATCHDOG=1"));
    }
    daemon.signal("TERM");
    while !hear().contains("STOPPING=1") {}
    assert!(daemon.wait().success());
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
