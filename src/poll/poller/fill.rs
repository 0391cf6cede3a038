//! Filling of the queue: which sources are ours, on which hosts, and when each is due.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{Poller, RunMode, SLOW_POLL_THRESHOLD, places};
use crate::config::Source;
use crate::ingest::schedule;
use crate::poll::hosts::queue::QueueEntry;
use crate::poll::hosts::{HostName, Hosts};

impl Poller {
    /// Fills the queue anew: the configuration, the states or the clock are others.
    pub(super) fn fill_queue(&mut self, span: RunMode, now: Timestamp) {
        self.adopt_renamed(now);
        let config = Arc::clone(&self.config.borrow());
        let sources: Vec<&Arc<Source>> = config
            .sources
            .values()
            .filter(|source| {
                source.is_polled() && self.owns(&source.url.host()) && !self.waits_for_name(source)
            })
            .collect();
        let names: Vec<String> = sources.iter().map(|source| source.url.host()).collect();
        let addresses = sources
            .iter()
            .map(|source| self.states.get(&source.id)?.address);
        let hosts = Hosts::of(names.iter().map(String::as_str).zip(addresses));
        let dues: Vec<Option<Timestamp>> = sources
            .iter()
            .map(|source| self.due(source, self.states.get(&source.id), now))
            .collect();
        let n_late = dues.iter().flatten().filter(|due| **due <= now).count();
        let mut entries = Vec::with_capacity(sources.len());
        for ((source, name), due) in sources.iter().zip(&names).zip(dues) {
            let due = match (span, due) {
                (RunMode::Once, due) => due.filter(|due| *due <= now),
                (RunMode::Forever, Some(due)) if due <= now => {
                    let start = self.starts.entry(source.id.clone());
                    Some(*start.or_insert_with(|| schedule::start(source, n_late, now)))
                }
                (RunMode::Forever, due) => due,
            };
            let rule = config.host(name);
            let state = self.states.get(&source.id);
            entries.push(QueueEntry {
                source: source.id.clone(),
                host: hosts.host(name),
                host_limit: rule.concurrency,
                spacing: SignedDuration::try_from(rule.spacing).unwrap_or(SignedDuration::ZERO),
                due,
                is_slow: state.is_some_and(|state| state.took > SLOW_POLL_THRESHOLD),
            });
        }
        let all: HashSet<HostName> = entries.iter().map(|entry| entry.host.clone()).collect();
        self.hosts.redraw(hosts, all.len(), self.states.values());
        self.queue.replace(places(config.http.concurrency), entries);
        for host in all {
            if let Some(note) = self.hosts.note(&host) {
                let latest = now.checked_add(schedule::MAX_WAIT).unwrap_or(now);
                self.queue.hold(&host, note.until.min(latest));
            }
        }
        (self.has_moved, self.filled) = (false, Instant::now());
    }
}
