//! Told to stop, the daemon ends in time whatever clients do.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::world::{Origin, Reply, World};

#[test]
fn stuck_clients_and_stuck_origins_do_not_hold_it() {
    let origin = Origin::start(8);
    origin.put("/feed", Reply::silent());
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    origin.wait("/feed", 1);
    let silent = TcpStream::connect(daemon.address()).unwrap();
    let mut half = TcpStream::connect(daemon.address()).unwrap();
    half.write_all(b"GET /a.rss HTTP/1.1\r\nHost: x\r\n")
        .unwrap();
    let deaf: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut deaf = TcpStream::connect(daemon.address()).unwrap();
            let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
            deaf.write_all(request.repeat(50).as_bytes()).unwrap();
            deaf
        })
        .collect();
    let asked = Instant::now();
    assert!(daemon.stop().success());
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "took {:?}",
        asked.elapsed()
    );
    drop((silent, half, deaf));
}

#[test]
fn an_idle_daemon_stops_at_once_on_ctrl_c() {
    let origin = Origin::start(8);
    origin.put("/feed", Reply::status(500));
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for("a/b: the server answered 500");
    daemon.signal("INT");
    assert!(daemon.wait().success());
}
