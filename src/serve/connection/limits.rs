//! Limits: how many connections there are, how long each may take over what, and how much it may hold.

use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use crate::config::Server;

/// Limits of one connection, and of all together.
///
/// Fixed at compile time but for the numbers of connections; tests make theirs shorter.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Limits {
    /// Connections at the same time, `[server] max_connections`; who comes when all are taken and busy
    /// gets 503. An idle one costs about 10 KiB of memory.
    pub(in crate::serve) connections: usize,
    /// Connections of one address at the same time, `[server] max_connections_per_address`.
    pub(in crate::serve) per_address: usize,
    /// Bytes of all documents that readers are being sent and have not taken yet; beyond that the
    /// slowest are cut off. Default: 64 MiB.
    pub(in crate::serve) under_way: usize,
    /// Age of an answer from which on it can be taken too slowly. Default: 2 s.
    pub(in crate::serve) slow_after: Duration,
    /// Time for the head of a request, from the moment we are ready to read it; so also the
    /// longest pause between two requests. Default: 10 s.
    pub(in crate::serve) head: Duration,
    /// Time without any progress of a write, after which the client is given up. Default: 20
    /// s.
    pub(in crate::serve) stall: Duration,
    /// Age of a connection at which it has to end with its next answer; and then the time for
    /// that answer. Default: 10 min.
    pub(in crate::serve) life: Duration,
    /// Time for answers under way after the signal to stop. Default: 5 s.
    pub(in crate::serve) drain: Duration,
    /// Largest head of a request, in bytes. Default: 32 KiB.
    pub(in crate::serve) head_size: usize,
}

impl Limits {
    /// Makes the limits of a configuration.
    pub(in crate::serve) fn of(server: &Server) -> Limits {
        let connections = seats(server.max_connections);
        let half = connections.div_ceil(2);
        Limits {
            connections,
            per_address: server.max_connections_per_address.unwrap_or(half),
            under_way: 64 << 20,
            slow_after: Duration::from_secs(2),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            life: Duration::from_secs(10 * 60),
            drain: Duration::from_secs(5),
            head_size: 32 << 10,
        }
    }
}

/// Computes the limit of connections: three quarters of the files that this process may have
/// open (`RLIMIT_NOFILE`), at most `wanted`, so that the store and the sources always
/// find some left.
fn seats(wanted: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current;
    let most = files.map(|files| usize::try_from(files / 4 * 3).unwrap_or(usize::MAX));
    most.map_or(wanted, |most| wanted.min(most))
}
