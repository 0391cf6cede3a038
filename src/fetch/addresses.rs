//! Which address each name was last found at, so that sources that share a
//! machine can be told.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Names beyond this are not remembered: redirects can lead anywhere.
const MOST: usize = 20_000;

/// Where names were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses(Arc<Mutex<HashMap<String, IpAddr>>>);

impl Addresses {
    /// Remembers the least address, so that the order of an answer does not matter.
    pub(super) fn found(&self, name: &str, addresses: &[SocketAddr]) {
        let Some(least) = addresses.iter().map(SocketAddr::ip).min() else {
            return;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST || known.contains_key(name) {
            known.insert(name.to_owned(), least);
        }
    }

    pub(super) fn of(&self, name: &str) -> Option<IpAddr> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).copied()
    }
}
