//! Queue of sources that are due, host by host. Pure: time comes in, names go out.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::HostName;
use crate::model::SourceId;

/// Source as the queue knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::poll) struct QueueEntry {
    /// The source.
    pub(in crate::poll) source: SourceId,
    /// Host whose queue it stands in.
    pub(in crate::poll) host: HostName,
    /// Polls of this host at the same time.
    pub(in crate::poll) host_limit: usize,
    /// Between the starts of two polls of this host.
    pub(in crate::poll) spacing: SignedDuration,
    /// Time of the next poll; `None` is never.
    pub(in crate::poll) due: Option<Timestamp>,
    /// Whether its last poll took long.
    pub(in crate::poll) is_slow: bool,
}

/// All sources, by when they are due, in one queue per host.
///
/// A host that is busy, that was asked a moment ago or that wants to be left
/// alone waits with all its sources, and holds none of the places that others
/// could use. Slow sources hold at most half of the places.
#[derive(Debug, Default)]
pub(in crate::poll) struct Queue {
    limit: usize,
    entries: BTreeMap<SourceId, QueueEntry>,
    running: BTreeMap<SourceId, Running>,
    n_slow: usize,
    hosts: HashMap<HostName, QueuedHost>,
    /// Hosts by when they may be asked next, those that may at all.
    ready: BTreeSet<(Timestamp, HostName)>,
    /// Hosts of which only slow sources are due, waiting for a slow one to end.
    behind_slow: Vec<HostName>,
}

/// Effect of making a source due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::poll) enum Advanced {
    /// Due.
    Due,
    /// Being polled.
    Running,
    /// Due, but the host wants to be left alone until then.
    Held(Timestamp),
    /// Not in the queue.
    Unknown,
}

#[derive(Debug)]
struct Running {
    host: HostName,
    is_slow: bool,
}

#[derive(Debug, Default)]
struct QueuedHost {
    running: usize,
    due: BTreeSet<(Timestamp, SourceId)>,
    /// By the spacing.
    next_turn: Option<Timestamp>,
    /// End of the rest that the host asked for.
    until: Option<Timestamp>,
    /// Time under which it stands in `ready`.
    ready: Option<Timestamp>,
}

impl Queue {
    /// Puts other sources in the place of those that are here. What runs goes
    /// on running, and is counted until it is finished.
    pub(in crate::poll) fn replace(
        &mut self,
        limit: usize,
        entries: impl IntoIterator<Item = QueueEntry>,
    ) {
        self.limit = limit;
        self.entries.clear();
        self.ready.clear();
        self.behind_slow.clear();
        self.hosts.retain(|_, host| host.running > 0);
        for host in self.hosts.values_mut() {
            host.due.clear();
            (host.ready, host.until) = (None, None);
        }
        for entry in entries {
            if let Some(due) = entry.due
                && !self.running.contains_key(&entry.source)
            {
                let host = self.hosts.entry(Arc::clone(&entry.host)).or_default();
                host.due.insert((due, entry.source.clone()));
            }
            self.entries.insert(entry.source.clone(), entry);
        }
        let hosts: Vec<HostName> = self.hosts.keys().cloned().collect();
        hosts.iter().for_each(|host| self.settle(host));
    }

    /// Starts no source of `host` before `until`.
    pub(in crate::poll) fn hold(&mut self, host: &HostName, until: Timestamp) {
        if let Some(held) = self.hosts.get_mut(host) {
            held.until = Some(until);
            self.settle(host);
        }
    }

    /// Returns the sources to poll now, the longest due first; they count as running.
    pub(in crate::poll) fn start(&mut self, now: Timestamp) -> Vec<SourceId> {
        let mut started = Vec::new();
        while self.running.len() < self.limit {
            let Some((at, name)) = self.ready.pop_first() else {
                break;
            };
            if at > now {
                self.ready.insert((at, name));
                break;
            }
            started.extend(self.start_one_of(&name, now));
        }
        started
    }

    fn start_one_of(&mut self, name: &HostName, now: Timestamp) -> Option<SourceId> {
        let is_full = self.n_slow >= (self.limit / 2).max(1);
        let host = self.hosts.get_mut(name)?;
        host.ready = None;
        let may_start = |source: &SourceId| {
            let entry = self.entries.get(source);
            !(is_full && entry.is_some_and(|entry| entry.is_slow))
        };
        let found = host
            .due
            .iter()
            .take_while(|(due, _)| *due <= now)
            .find(|(_, source)| may_start(source))
            .cloned();
        let Some(found) = found else {
            self.behind_slow.push(Arc::clone(name));
            return None;
        };
        host.due.remove(&found);
        let (_, source) = found;
        let entry = self.entries.get(&source)?;
        host.running += 1;
        let next_turn = now.checked_add(entry.spacing).ok();
        host.next_turn = next_turn.filter(|_| !entry.spacing.is_zero());
        let is_slow = entry.is_slow;
        self.n_slow += usize::from(is_slow);
        let host = Arc::clone(name);
        self.running
            .insert(source.clone(), Running { host, is_slow });
        self.settle(name);
        Some(source)
    }

    /// Notes that a poll has ended; the source is due again at `due`.
    pub(in crate::poll) fn finish(
        &mut self,
        source: &SourceId,
        due: Option<Timestamp>,
        is_slow: bool,
    ) {
        if let Some(ended) = self.running.remove(source) {
            if let Some(host) = self.hosts.get_mut(&ended.host) {
                host.running -= 1;
            }
            if ended.is_slow {
                self.n_slow -= 1;
                for host in std::mem::take(&mut self.behind_slow) {
                    self.settle(&host);
                }
            }
            self.settle(&ended.host);
        }
        let Some(entry) = self.entries.get_mut(source) else {
            return;
        };
        (entry.due, entry.is_slow) = (due, is_slow);
        if let Some(due) = due {
            let name = Arc::clone(&entry.host);
            let host = self.hosts.entry(Arc::clone(&name)).or_default();
            host.due.insert((due, source.clone()));
            self.settle(&name);
        }
    }

    /// Makes a source due at `now` that would be later; what came of that.
    pub(in crate::poll) fn advance(&mut self, source: &SourceId, now: Timestamp) -> Advanced {
        if self.running.contains_key(source) {
            return Advanced::Running;
        }
        let Some(entry) = self.entries.get_mut(source) else {
            return Advanced::Unknown;
        };
        let name = Arc::clone(&entry.host);
        let before = entry.due;
        let due = before.map_or(now, |due| due.min(now));
        entry.due = Some(due);
        let host = self.hosts.entry(Arc::clone(&name)).or_default();
        if let Some(before) = before {
            host.due.remove(&(before, source.clone()));
        }
        host.due.insert((due, source.clone()));
        let until = host.until.filter(|until| *until > now);
        self.settle(&name);
        until.map_or(Advanced::Due, Advanced::Held)
    }

    /// Takes out the sources of hosts that want to be left alone beyond `now`;
    /// returns how many that are.
    pub(in crate::poll) fn drop_held(&mut self, now: Timestamp) -> usize {
        let mut n_dropped = 0;
        let held = self.hosts.iter();
        let held = held.filter(|(_, host)| host.until.is_some_and(|until| until > now));
        let held: Vec<HostName> = held.map(|(name, _)| Arc::clone(name)).collect();
        for name in held {
            if let Some(host) = self.hosts.get_mut(&name) {
                n_dropped += host.due.len();
                host.due.clear();
            }
            self.settle(&name);
        }
        n_dropped
    }

    /// Returns the time to call [`Queue::start`] again, if no poll ends before.
    #[must_use]
    pub(in crate::poll) fn next_start(&self) -> Option<Timestamp> {
        let has_room = self.running.len() < self.limit;
        self.ready.first().map(|(at, _)| *at).filter(|_| has_room)
    }

    /// Whether nothing runs and nothing is due, ever.
    #[must_use]
    pub(in crate::poll) fn is_done(&self) -> bool {
        self.running.is_empty() && self.ready.is_empty() && self.behind_slow.is_empty()
    }

    /// Puts a host where it belongs in `ready`.
    fn settle(&mut self, name: &HostName) {
        let Some(host) = self.hosts.get_mut(name) else {
            return;
        };
        let first = host.due.first();
        let limit = first.and_then(|(_, source)| self.entries.get(source));
        let limit = limit.map_or(1, |entry| entry.host_limit.max(1));
        let ready = first
            .filter(|_| host.running < limit)
            .map(|(due, _)| (*due).max(host.next_turn.unwrap_or(*due)))
            .map(|at| at.max(host.until.unwrap_or(at)));
        if host.ready != ready {
            if let Some(before) = host.ready {
                self.ready.remove(&(before, Arc::clone(name)));
            }
            if let Some(at) = ready {
                self.ready.insert((at, Arc::clone(name)));
            }
            host.ready = ready;
        }
        let is_idle = host.running == 0 && host.due.is_empty();
        // Its spacing and its wish to be left alone are remembered elsewhere.
        if is_idle && host.until.is_none() && host.next_turn.is_none() {
            self.hosts.remove(name);
        }
    }
}
