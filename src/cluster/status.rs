//! State of the cluster as one node sees it: for `gazetted cluster status`, `/readyz`, `/metrics`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::Shared;
use super::members::{Member, View};
use crate::clock;
use crate::model::LogEffect;
use crate::sync;

/// Messages whose times are kept.
const MAX_DELAYS: usize = 1000;

/// Reason before the first answer.
pub(super) const NOT_YET: &str = "it has not answered yet";

/// Part of a membership that asks JetStream on its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// Keeper of the lease.
    Lease = 0,
    /// Follower of the log.
    Log = 1,
}

/// Figures that the tasks of a membership keep.
#[derive(Debug)]
pub(super) struct Known {
    /// Identity of the log that is followed.
    pub(super) log: Option<i128>,
    /// Number of the last message of the log, as far as it was looked at; 0 before.
    pub(super) last: u64,
    /// Whether the ends of the log were ever seen.
    has_looked: bool,
    /// Time since which JetStream does not answer one of the parts, and why.
    pub(super) away: [Option<(Timestamp, String)>; 2],
    /// Reason why the log cannot be followed any more.
    pub(super) unfit: Option<String>,
    /// Whether everything was applied that was there at the start.
    is_ready: bool,
    /// Time since which there is more in the log than is applied.
    behind_since: Option<Timestamp>,
    /// Times from publishing to applying of the last messages, in milliseconds.
    delays: VecDeque<u32>,
    /// Messages by their effect: applied, stale, refused.
    effects: [u64; 3],
    /// Time of the last snapshot, and its number.
    pub(super) snapshot: Option<(Timestamp, u64)>,
}

/// Readiness of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of the log is applied.
    Level,
    /// Messages are still to be applied that were there at the start.
    Behind {
        /// Messages to go; `None` while nobody knows.
        messages: Option<u64>,
    },
    /// JetStream does not answer since then; what is there is served.
    Away {
        /// Beginning.
        since: Timestamp,
        /// Reason.
        why: String,
    },
    /// The log cannot be followed any more, with the reason and what to do.
    Unfit(String),
}

/// State of the cluster as one node sees it.
#[derive(Clone, Debug)]
pub struct ClusterStatus {
    /// Name of the cluster.
    pub cluster: String,
    /// Name of this node.
    pub node: String,
    /// Readiness.
    pub condition: Condition,
    /// Whether everything was applied that was there at the start: readers may be sent here.
    pub is_ready: bool,
    /// Members and how polls are shared.
    pub view: View,
    /// Number of the last message that was applied.
    pub sequence: u64,
    /// Number of the last message of the log.
    pub last: u64,
    /// Time for which there is more in the log than is applied; zero when level, `None` while nobody knows.
    pub lag: Option<Duration>,
    /// Median and 99th percentile of the times from publishing to applying of the last thousand messages, in
    /// milliseconds, by the clocks of the servers and of this node.
    pub delays: Option<[u32; 2]>,
    /// Messages that this process applied, passed over as stale, and refused.
    pub effects: [u64; 3],
    /// Time of the last snapshot that this node made, and the number it goes up to.
    pub snapshot: Option<(Timestamp, u64)>,
    /// Hash of this node's configuration.
    pub config: String,
}

impl Known {
    /// Begins with nothing known: JetStream has not answered yet.
    pub(super) fn new(now: Timestamp) -> Known {
        Known {
            log: None,
            last: 0,
            has_looked: false,
            away: [
                Some((now, NOT_YET.to_owned())),
                Some((now, NOT_YET.to_owned())),
            ],
            unfit: None,
            is_ready: false,
            behind_since: None,
            delays: VecDeque::new(),
            effects: [0; 3],
            snapshot: None,
        }
    }

    /// Whether the log can be followed.
    pub(super) fn is_fit(&self) -> bool {
        self.unfit.is_none() && self.is_ready
    }

    /// Returns the time since which a part is not answered, and why; that of the first.
    pub(super) fn away(&self) -> Option<&(Timestamp, String)> {
        self.away.iter().flatten().min_by_key(|(since, _)| *since)
    }

    /// Notes that messages up to `sequence` were applied, the last of them `published` then, by the clock of
    /// the servers.
    pub(super) fn note_applied(
        &mut self,
        sequence: u64,
        (published, now): (Option<Timestamp>, Timestamp),
        effects: &[LogEffect],
    ) {
        let delay = published.map(|published| now.duration_since(published).as_millis());
        if let Some(delay) = delay {
            self.delays.truncate(MAX_DELAYS - 1);
            self.delays
                .push_front(u32::try_from(delay.max(0)).unwrap_or(u32::MAX));
        }
        self.note_gap(sequence, now);
        for effect in effects {
            let kind = match effect {
                LogEffect::Done(_) => 0,
                LogEffect::Stale => 1,
                LogEffect::Refused(_) => 2,
            };
            self.effects[kind] += 1;
        }
        self.is_ready |= self.has_looked && sequence >= self.last;
    }
}

impl Known {
    /// Notes whether there is more in the log than is applied.
    fn note_gap(&mut self, applied: u64, now: Timestamp) {
        match applied < self.last {
            true => drop(self.behind_since.get_or_insert(now)),
            false => self.behind_since = None,
        }
    }

    /// Returns the median and the 99th percentile of the times from publishing to applying.
    fn delays(&self) -> Option<[u32; 2]> {
        let mut all: Vec<u32> = self.delays.iter().copied().collect();
        all.sort_unstable();
        let at = |share: usize| all.get((all.len() * share / 100).min(all.len().checked_sub(1)?));
        Some([*at(50)?, *at(99)?])
    }
}

impl Shared {
    /// Notes where the log ends.
    pub(super) fn note_end(&self, last: u64) {
        let applied = *self.applied.borrow();
        let mut known = sync::write(&self.condition);
        known.last = known.last.max(last);
        known.has_looked = true;
        known.note_gap(applied, clock::now());
        if !known.is_ready && known.unfit.is_none() && applied >= last {
            known.is_ready = true;
            self.renew.notify_one();
        }
    }

    /// Notes that the log has a message of this number.
    pub(super) fn expect(&self, sequence: u64) {
        {
            let applied = *self.applied.borrow();
            let mut known = sync::write(&self.condition);
            known.last = known.last.max(sequence);
            known.note_gap(applied, clock::now());
        }
        self.more.notify_one();
    }

    /// Returns the state of the cluster.
    pub(super) fn status(&self) -> ClusterStatus {
        let sequence = *self.applied.borrow();
        let known = self.known();
        let lag = known
            .behind_since
            .map(|since| clock::now().duration_since(since));
        let condition = match (&known.unfit, known.away()) {
            (Some(why), _) => Condition::Unfit(why.clone()),
            (None, Some((since, why))) => Condition::Away {
                since: *since,
                why: why.clone(),
            },
            (None, None) if known.is_ready => Condition::Level,
            (None, None) => Condition::Behind {
                messages: known
                    .has_looked
                    .then(|| known.last.saturating_sub(sequence)),
            },
        };
        ClusterStatus {
            cluster: self.config.name.clone(),
            node: self.config.node.clone(),
            condition,
            is_ready: known.is_ready && known.unfit.is_none(),
            view: self.view.borrow().clone(),
            sequence,
            last: known.last.max(sequence),
            lag: known.has_looked.then(|| {
                lag.and_then(|lag| Duration::try_from(lag).ok())
                    .unwrap_or_default()
            }),
            delays: known.delays(),
            effects: known.effects,
            snapshot: known.snapshot,
            config: sync::read(&self.config_hash).clone(),
        }
    }
}

impl ClusterStatus {
    /// Returns the members by the hash of their configuration; more than one means that feeds.toml differs.
    #[must_use]
    pub fn configs(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut configs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, Member { config, .. }) in &self.view.members {
            configs.entry(config).or_default().push(name);
        }
        configs
    }
}
