//! Who is due, host by host. Pure: time comes in, names go out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::model::SourceId;

/// What the queue has to know of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The source.
    pub source: SourceId,
    /// Whom it asks.
    pub host: String,
    /// Polls of this host at the same time.
    pub host_limit: usize,
    /// When to poll it; never, if absent.
    pub due: Option<Timestamp>,
}

/// All sources, by when they are due.
///
/// A source whose host is busy waits with its host, so that it holds none of
/// the places that others could use.
#[derive(Debug, Default)]
pub struct Queue {
    limit: usize,
    entries: BTreeMap<SourceId, Entry>,
    due: BTreeSet<(Timestamp, SourceId)>,
    running: BTreeMap<SourceId, String>,
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    running: usize,
    waiting: BTreeSet<(Timestamp, SourceId)>,
}

impl Queue {
    /// A queue that lets `limit` polls run at the same time.
    #[must_use]
    pub fn new(limit: usize) -> Queue {
        Queue {
            limit,
            ..Queue::default()
        }
    }

    /// Puts other sources in the place of those that are here. What runs goes
    /// on running, and is counted until it is finished.
    pub fn replace(&mut self, limit: usize, entries: impl IntoIterator<Item = Entry>) {
        self.limit = limit;
        self.entries.clear();
        self.due.clear();
        for host in self.hosts.values_mut() {
            host.waiting.clear();
        }
        self.hosts.retain(|_, host| host.running > 0);
        for entry in entries {
            if let Some(due) = entry
                .due
                .filter(|_| !self.running.contains_key(&entry.source))
            {
                self.due.insert((due, entry.source.clone()));
            }
            self.entries.insert(entry.source.clone(), entry);
        }
    }

    /// The sources to poll now, the longest due first; they count as running.
    pub fn start(&mut self, now: Timestamp) -> Vec<SourceId> {
        let mut started = Vec::new();
        while self.running.len() < self.limit {
            let Some((due, source)) = self.due.pop_first() else {
                break;
            };
            if due > now {
                self.due.insert((due, source));
                break;
            }
            let Some(entry) = self.entries.get(&source) else {
                continue;
            };
            let host = self.hosts.entry(entry.host.clone()).or_default();
            if host.running >= entry.host_limit.max(1) {
                host.waiting.insert((due, source));
                continue;
            }
            host.running += 1;
            self.running.insert(source.clone(), entry.host.clone());
            started.push(source);
        }
        started
    }

    /// A poll has ended; the source is due again at `due`.
    pub fn finish(&mut self, source: &SourceId, due: Option<Timestamp>) {
        if let Some(name) = self.running.remove(source)
            && let Some(host) = self.hosts.get_mut(&name)
        {
            host.running -= 1;
            match host.waiting.pop_first() {
                Some(next) => {
                    self.due.insert(next);
                }
                None if host.running == 0 => {
                    self.hosts.remove(&name);
                }
                None => {}
            }
        }
        if let (Some(entry), Some(due)) = (self.entries.get_mut(source), due) {
            entry.due = Some(due);
            self.due.insert((due, source.clone()));
        }
    }

    /// When the next source is due that does not wait for its host.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let has_room = self.running.len() < self.limit;
        self.due.first().map(|(due, _)| *due).filter(|_| has_room)
    }

    /// Whether nothing runs.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn entry(source: &str, host: &str, due: i64) -> Entry {
        Entry {
            source: source.parse().unwrap(),
            host: host.to_owned(),
            host_limit: 2,
            due: Some(at(due)),
        }
    }

    fn names(sources: &[SourceId]) -> Vec<&str> {
        sources.iter().map(SourceId::as_str).collect()
    }

    #[test]
    fn a_busy_host_holds_only_its_own_share() {
        let mut queue = Queue::new(4);
        let slow = (0..9).map(|n| entry(&format!("a/slow{n}"), "slow", n));
        queue.replace(4, slow.chain([entry("a/fast", "fast", 50)]));
        let started = queue.start(at(100));
        assert_eq!(names(&started), ["a/slow0", "a/slow1", "a/fast"]);
        queue.finish(&started[0], Some(at(1000)));
        assert_eq!(names(&queue.start(at(100))), ["a/slow2"]);
    }

    #[test]
    fn nothing_starts_before_it_is_due() {
        let mut queue = Queue::new(4);
        queue.replace(4, [entry("a/x", "h", 10)]);
        assert!(queue.start(at(9)).is_empty());
        assert_eq!(queue.next_due(), Some(at(10)));
        assert_eq!(queue.start(at(10)).len(), 1);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn what_runs_is_not_started_again_by_a_reload() {
        let mut queue = Queue::new(4);
        queue.replace(4, [entry("a/x", "h", 1)]);
        let started = queue.start(at(5));
        queue.replace(4, [entry("a/x", "h", 1), entry("a/y", "h", 1)]);
        assert_eq!(names(&queue.start(at(5))), ["a/y"]);
        queue.finish(&started[0], Some(at(60)));
        assert_eq!(names(&queue.start(at(60))), ["a/x"]);
    }

    #[test]
    fn a_removed_source_is_forgotten_when_its_poll_ends() {
        let mut queue = Queue::new(4);
        queue.replace(4, [entry("a/x", "h", 1)]);
        let started = queue.start(at(5));
        queue.replace(4, []);
        queue.finish(&started[0], Some(at(60)));
        assert!(queue.is_idle());
        assert!(queue.start(at(100)).is_empty());
    }
}
