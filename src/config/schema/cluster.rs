//! `[cluster]`: several nodes on one log, and how each reaches it.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Secret;

/// `[cluster]`: the NATS servers that keep the log, and the part this node plays. Read at start only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Addresses of the servers as given, `nats://host:port` or `tls://host:port`, without credentials;
    /// 1 to 16.
    pub servers: Vec<String>,
    /// Name of the cluster, `[a-z0-9-]{1,32}`; several share the servers under different ones.
    /// Default `gazetted`.
    pub name: String,
    /// Name of this node, `[A-Za-z0-9._-]{1,64}`, another one on each machine. Default the host name,
    /// with `-` for all other letters.
    pub node: String,
    /// Part that this node plays. Default [`ClusterRole::Full`].
    pub role: ClusterRole,
    /// Copies that the servers keep of the log: 1, 3 or 5. Default 3.
    pub replicas: usize,
    /// Login at the servers. Default none.
    pub login: Option<ClusterLogin>,
    /// Certificates (PEM) that are trusted in place of the system's; TLS is a must then, as with `identity`.
    pub ca: Option<PathBuf>,
    /// Client certificate to show, with those that vouch for it, and its key (PEM); twice the same path
    /// where one file holds both.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Time between two backups of the store into the servers' object store, from which empty nodes begin,
    /// 1 min to 7 d. Default 6 h.
    pub snapshot_interval: Duration,
}

/// Part that a node plays in its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClusterRole {
    /// Polls its share of the sources, and serves readers.
    #[default]
    Full,
    /// Polls its share, and never listens to readers.
    Poll,
    /// Serves readers, and never fetches a source.
    Serve,
}

/// Login at the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterLogin {
    /// User with a password.
    User {
        /// Name of the user.
        user: String,
        /// Password.
        password: Secret,
    },
    /// Token.
    Token(Secret),
}

impl Cluster {
    /// Name of a cluster that is given none.
    pub const NAME: &str = "gazetted";

    /// Copies of the log, unless the file says otherwise.
    pub const REPLICAS: usize = 3;

    /// Time between two backups, unless the file says otherwise: 6 h.
    pub const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(6 * 3600);
}

impl ClusterRole {
    /// Returns the word of feeds.toml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClusterRole::Full => "full",
            ClusterRole::Poll => "poll",
            ClusterRole::Serve => "serve",
        }
    }
}
