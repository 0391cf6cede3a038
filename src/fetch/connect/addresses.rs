//! Last known address of each host name, so that sources that share a machine can be told.

use crate::sync;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

/// Most names remembered; redirects can lead anywhere.
const MAX_NAMES: usize = 20_000;

/// Map from host name to the least of the addresses it was last found at; shared by all clones.
#[derive(Clone, Debug, Default)]
pub(in crate::fetch) struct PeerAddresses(Arc<Mutex<HashMap<String, IpAddr>>>);

impl PeerAddresses {
    /// Remembers the least of `addresses`, so that the order of an answer does not matter.
    pub(in crate::fetch) fn found(&self, name: &str, addresses: &[SocketAddr]) {
        let Some(least) = addresses.iter().map(SocketAddr::ip).min() else {
            return;
        };
        let mut known = sync::lock(&self.0);
        if known.len() < MAX_NAMES || known.contains_key(name) {
            known.insert(name.to_owned(), least);
        }
    }

    /// Returns the address that `name` was last found at.
    pub(in crate::fetch) fn of(&self, name: &str) -> Option<IpAddr> {
        let known = sync::lock(&self.0);
        known.get(name).copied()
    }
}
