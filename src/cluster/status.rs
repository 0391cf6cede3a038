//! State of the cluster as one node sees it: for `gazetted cluster status`, `/readyz`, `/metrics`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Member, Shared, View};
use crate::model::LogEffect;
use crate::sync;

/// Figures that the tasks of a membership keep.
#[derive(Debug)]
pub(super) struct Known {
    /// Identity of the log that is followed.
    pub(super) log: Option<i128>,
    /// Number of the first message that is in the log.
    pub(super) first: u64,
    /// Number of the last message of the log, as far as it was looked at; 0 before.
    pub(super) last: u64,
    /// Whether the ends of the log were ever seen.
    has_looked: bool,
    /// Time since which JetStream does not answer, and why.
    pub(super) away: Option<(Timestamp, String)>,
    /// Reason why the log cannot be followed any more.
    pub(super) unfit: Option<String>,
    /// Whether everything was applied that was there at the start.
    is_ready: bool,
    /// Number and time of the message that was applied last.
    applied: Option<(u64, Option<Timestamp>)>,
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
    /// Age of the oldest message that is not applied; zero when level, `None` while nobody knows.
    pub lag: Option<Duration>,
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
            first: 0,
            last: 0,
            has_looked: false,
            away: Some((now, "it has not answered yet".to_owned())),
            unfit: None,
            is_ready: false,
            applied: None,
            effects: [0; 3],
            snapshot: None,
        }
    }

    /// Whether the log can be followed.
    pub(super) fn is_fit(&self) -> bool {
        self.unfit.is_none() && self.is_ready
    }

    /// Notes that messages up to `sequence` were applied.
    pub(super) fn note_applied(
        &mut self,
        sequence: u64,
        published: Option<Timestamp>,
        effects: &[LogEffect],
    ) {
        self.applied = Some((sequence, published));
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

impl Shared {
    /// Notes the ends of the log.
    pub(super) fn note_ends(&self, first: u64, last: u64) {
        let applied = *self.applied.borrow();
        let mut known = sync::write(&self.condition);
        known.first = first;
        known.last = known.last.max(last);
        known.has_looked = true;
        known.is_ready |= known.unfit.is_none() && applied >= last;
    }

    /// Notes that the log has a message of this number.
    pub(super) fn expect(&self, sequence: u64) {
        {
            let mut known = sync::write(&self.condition);
            known.last = known.last.max(sequence);
        }
        self.more.notify_one();
    }

    /// Returns the state of the cluster.
    pub(super) fn status(&self) -> ClusterStatus {
        let sequence = *self.applied.borrow();
        let known = self.known();
        let is_level = known.has_looked && sequence >= known.last;
        let condition = match (&known.unfit, &known.away) {
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
        let published = known.applied.and_then(|(_, published)| published);
        ClusterStatus {
            cluster: self.config.name.clone(),
            node: self.config.node.clone(),
            condition,
            is_ready: known.is_ready && known.unfit.is_none(),
            view: self.view.borrow().clone(),
            sequence,
            last: known.last.max(sequence),
            lag: super::follow::lag(published, is_level),
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
