//! Gate before each request: on a node of a cluster, only the holder of a lease asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::cluster::Cluster;

/// Time between two looks whether the lease holds again.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Gate that is open while the lease holds under which the polls at hand were begun.
#[derive(Debug)]
pub(in crate::poll) struct LeaseGate {
    cluster: Cluster,
    /// Number of the lease under which polls are begun; set once those of the one before have ended.
    granted: AtomicU64,
}

impl LeaseGate {
    /// Makes a gate that is closed until a lease is granted.
    pub(in crate::poll) fn new(cluster: Cluster) -> LeaseGate {
        LeaseGate {
            cluster,
            granted: AtomicU64::new(0),
        }
    }

    /// Whether requests may be sent.
    pub(in crate::poll) fn is_open(&self) -> bool {
        self.cluster.lease() == Some(self.granted.load(Ordering::Acquire))
    }

    /// Opens the gate for polls that begin under this lease.
    pub(in crate::poll) fn grant(&self, lease: u64) {
        self.granted.store(lease, Ordering::Release);
    }

    /// Returns the lease that polls are begun under.
    pub(in crate::poll) fn granted(&self) -> u64 {
        self.granted.load(Ordering::Acquire)
    }

    /// Waits until requests may be sent. A poll of a lease that has ended waits until it is given up.
    pub(super) async fn pass(&self) {
        while !self.is_open() {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }
}
