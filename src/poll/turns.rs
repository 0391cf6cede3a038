//! Every host has its pace: a request waits for its turn.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// When each host may be asked again.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Instant>>);

impl Turns {
    /// Waits until `host` may be asked, and takes that turn.
    pub(super) async fn take(&self, host: &str, spacing: Duration) {
        let turn = self.reserve(host, spacing);
        tokio::time::sleep_until(turn).await;
    }

    fn reserve(&self, host: &str, spacing: Duration) -> Instant {
        let now = Instant::now();
        let mut hosts = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if hosts.len() > 1024 {
            hosts.retain(|_, next| *next > now);
        }
        let next = hosts.entry(host.to_owned()).or_insert(now);
        let turn = (*next).max(now);
        *next = turn + spacing;
        turn
    }
}
