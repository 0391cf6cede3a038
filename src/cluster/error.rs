//! Errors of a cluster.

use std::error::Error;

use crate::store::StoreError;

/// Error of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// NATS or JetStream refused, or did not answer.
    #[error("cannot {what}: {why}")]
    Bus {
        /// Attempt.
        what: &'static str,
        /// Reason, as the library tells it.
        why: String,
    },
    /// The disk refused.
    #[error("cannot {what}: {why}")]
    Disk {
        /// Attempt.
        what: &'static str,
        /// Reason.
        why: std::io::Error,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store is none that can follow this log, with the reason and what to do.
    #[error("{0}")]
    Unfit(String),
    /// A message is longer than the servers take, in bytes: theirs, then ours.
    #[error(
        "an item takes {0} bytes as a message and the NATS servers take {1}: raise their max_payload"
    )]
    TooLarge(usize, usize),
    /// The log did not bring it back in time; it may still.
    #[error(
        "the log of the cluster does not answer: it may still be done, see `gazetted cluster status`"
    )]
    Slow,
    /// The cluster is being left.
    #[error("the daemon stops")]
    Stopping,
}

impl ClusterError {
    /// Wraps an error of the disk.
    pub(super) fn disk(what: &'static str) -> impl Fn(std::io::Error) -> ClusterError {
        move |why| ClusterError::Disk { what, why }
    }

    /// Wraps an error of the library.
    pub(super) fn bus<E: Error>(what: &'static str) -> impl Fn(E) -> ClusterError {
        move |error| {
            let mut why = error.to_string();
            let mut cause = error.source();
            while let Some(inner) = cause {
                let inner_words = inner.to_string();
                if !why.contains(&inner_words) {
                    why = format!("{why}: {inner_words}");
                }
                cause = inner.source();
            }
            ClusterError::Bus { what, why }
        }
    }
}
