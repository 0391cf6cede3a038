//! Members of a cluster, and who of them polls which site.

mod sharing;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::site;

/// Life of a lease that is not renewed.
pub(super) const LEASE_TTL: Duration = Duration::from_secs(4);

/// Node that holds a lease, as it describes itself: the value of its entry, in JSON. Fields that a newer
/// release adds are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// `full`, `poll` or `serve`.
    pub role: String,
    /// Version of the program.
    pub version: String,
    /// Hash of the configuration, 16 hexadecimal digits.
    pub config: String,
    /// Number of the last message of the log that it has applied.
    pub sequence: u64,
    /// Process, so that two nodes of one name are told apart.
    pub process: String,
    /// Whether it hands its polls over, as before a restart.
    #[serde(default)]
    pub is_draining: bool,
    /// Whether it can follow the log, and has applied what was there at its start.
    #[serde(default = "yes")]
    pub is_fit: bool,
    /// Address that readers reach it at, for people.
    #[serde(default)]
    pub address: String,
}

impl Member {
    /// Whether sites are shared out to it.
    fn polls(&self) -> bool {
        self.role != "serve" && !self.is_draining && self.is_fit
    }
}

/// Value of a field that an older release does not send.
fn yes() -> bool {
    true
}

/// Members of the cluster, as a node sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Number of the own lease, from 1: another one after each loss. 0 before the first.
    pub lease: u64,
    /// Whether the own lease holds.
    pub is_held: bool,
    /// All that hold a lease, by name.
    pub members: BTreeMap<String, Member>,
}

impl View {
    /// Returns the node that polls `site`, a registrable domain.
    #[must_use]
    pub fn owner(&self, site: &str) -> Option<&str> {
        let polling = self.members.iter().filter(|(_, member)| member.polls());
        sharing::owner(site, polling.map(|(name, _)| name.as_str()))
    }

    /// Returns the node of `names` that would poll what is at `host`.
    #[must_use]
    pub fn owner_among<'a>(host: &str, names: &[&'a str]) -> Option<&'a str> {
        sharing::owner(site::of(host), names.iter().copied())
    }

    /// Returns the names of those that poll.
    #[must_use]
    pub fn polling(&self) -> Vec<&str> {
        let polling = self.members.iter().filter(|(_, member)| member.polls());
        polling.map(|(name, _)| name.as_str()).collect()
    }

    /// Whether both share the polls alike.
    pub(super) fn is_like(&self, other: &View) -> bool {
        (self.lease, self.is_held) == (other.lease, other.is_held)
            && self.polling() == other.polling()
    }
}
