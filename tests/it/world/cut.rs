//! A way between two processes that a test cuts and mends: a TCP proxy that stops forwarding.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::raw::any_port;

/// A proxy on `127.0.0.1`, any port, to one server. Its threads end with the test process.
///
/// While it is blocked nothing goes through, either way, no connection is closed, and new ones hang: so
/// it is where a network is partitioned. What was sent meanwhile arrives once it is unblocked, as TCP
/// sends it again.
pub struct Cut {
    address: SocketAddr,
    gate: Arc<Gate>,
}

/// Whether bytes may pass.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Waits until bytes may pass.
    fn pass(&self) {
        let mut is_shut = self.is_shut.lock().unwrap();
        while *is_shut {
            is_shut = self.opened.wait(is_shut).unwrap();
        }
    }
}

impl Cut {
    /// Opens a way to `server`.
    pub fn to(server: SocketAddr) -> Cut {
        let listener = TcpListener::bind(any_port(1)).unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::new(Gate::default());
        let shared = Arc::clone(&gate);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let gate = Arc::clone(&shared);
                thread::spawn(move || join(client, server, &gate));
            }
        });
        Cut { address, gate }
    }

    /// `nats://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Lets nothing through from now on.
    pub fn block(&self) {
        *self.gate.is_shut.lock().unwrap() = true;
    }

    /// Lets everything through again, and what has waited.
    pub fn unblock(&self) {
        *self.gate.is_shut.lock().unwrap() = false;
        self.gate.opened.notify_all();
    }
}

/// Forwards both ways until one side is done.
fn join(client: TcpStream, server: SocketAddr, gate: &Arc<Gate>) {
    gate.pass();
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (Ok(from_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else {
        return;
    };
    let way_back = Arc::clone(gate);
    let back = thread::spawn(move || forward(from_server, to_client, &way_back));
    forward(client, server, gate);
    let _ = back.join();
}

/// Forwards one way; an end, or a broken connection, is told on, through the gate as well.
fn forward(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n_read = from.read(&mut buffer).unwrap_or(0);
        gate.pass();
        if n_read == 0 || to.write_all(&buffer[..n_read]).is_err() {
            let _ = to.shutdown(Shutdown::Write);
            let _ = from.shutdown(Shutdown::Read);
            return;
        }
    }
}
