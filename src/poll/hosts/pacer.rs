//! Every host has its pace: a request waits for its turn.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::HostName;
use crate::sync;

/// Pacing of hosts: the time of the next request slot of each.
#[derive(Debug, Default)]
pub(in crate::poll) struct HostPacer(Mutex<HashMap<HostName, Instant>>);

impl HostPacer {
    /// Waits until `host` may be asked, and takes that turn. One that is further
    /// away than `longest` is not taken, and nothing waited for.
    pub(in crate::poll) async fn take(
        &self,
        host: &HostName,
        spacing: Duration,
        longest: Duration,
    ) {
        if let Some(turn) = self.reserve(host, spacing, longest) {
            tokio::time::sleep_until(turn).await;
        }
    }

    /// Gives the next turn of `host` not before `wait` has passed.
    pub(in crate::poll) fn postpone(&self, host: &HostName, wait: Duration) {
        let end = Instant::now() + wait;
        let mut hosts = sync::lock(&self.0);
        let next = hosts.entry(host.clone()).or_insert(end);
        *next = (*next).max(end);
    }

    fn reserve(&self, host: &HostName, spacing: Duration, longest: Duration) -> Option<Instant> {
        let now = Instant::now();
        let mut hosts = sync::lock(&self.0);
        if hosts.len() > 1024 {
            hosts.retain(|_, next| *next > now);
        }
        let next = hosts.entry(host.clone()).or_insert(now);
        let turn = (*next).max(now);
        if turn.duration_since(now) > longest {
            return None;
        }
        *next = turn + spacing;
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_are_a_second_apart_and_others_do_not_wait() {
        let turns = HostPacer::default();
        let (host, other): (HostName, HostName) = ("a.example".into(), "b.example".into());
        let begun = Instant::now();
        for n in 0..5 {
            turns
                .take(&host, Duration::from_secs(1), Duration::MAX)
                .await;
            turns.take(&other, Duration::ZERO, Duration::MAX).await;
            assert_eq!(begun.elapsed(), Duration::from_secs(n));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_is_far_away_is_not_waited_for() {
        let (turns, host) = (HostPacer::default(), HostName::from("a.example"));
        let (spacing, longest) = (Duration::from_secs(8), Duration::from_secs(10));
        let begun = Instant::now();
        let take = || turns.take(&host, spacing, longest);
        // At 0, at 8; at 16 somebody else; and that is more than ten seconds from now.
        let others = turns.take(&host, spacing, Duration::MAX);
        tokio::join!(take(), take(), others, take());
        assert_eq!(begun.elapsed(), Duration::from_secs(16));
        let free = turns.reserve(&host, spacing, Duration::MAX);
        assert_eq!(free, Some(begun + Duration::from_secs(24)));
    }
}
