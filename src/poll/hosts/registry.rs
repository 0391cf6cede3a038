//! Registry of hosts, shared by all polls: which host is which, when each may be asked, its
//! breaker, and whether anything answers at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tracing::{error, info};

use super::lease_gate::LeaseGate;
use super::outage::{Outage, OutageChange};
use super::pacer::HostPacer;
use super::{HostName, Hosts};
use crate::ingest::outcome::Outcome;
use crate::ingest::schedule::breaker;
use crate::model::{BreakerState, FailureKind, SourceState};
use crate::sync;

/// The longest that a poll which is under way waits for the turn of another host:
/// it takes the place of polls that need not wait.
const MAX_REDIRECT_PACING: Duration = Duration::from_secs(10);

/// Hosts and their state, shared by all polls.
#[derive(Debug, Default)]
pub(in crate::poll) struct HostRegistry {
    hosts: RwLock<Hosts>,
    notes: Mutex<HashMap<HostName, BreakerState>>,
    outage: Mutex<Outage>,
    turns: HostPacer,
    /// Gate before each request, on a node of a cluster.
    gate: OnceLock<Arc<LeaseGate>>,
}

impl HostRegistry {
    /// Restores the registry from the states of the sources.
    pub(in crate::poll) fn remembered<'a>(
        states: impl Iterator<Item = &'a SourceState>,
    ) -> HostRegistry {
        HostRegistry {
            outage: Mutex::new(Outage::remembered(states)),
            ..HostRegistry::default()
        }
    }

    /// Draws the hosts anew: the sources are others now, or were found elsewhere.
    pub(in crate::poll) fn redraw<'a>(
        &self,
        hosts: Hosts,
        n_hosts: usize,
        states: impl Iterator<Item = &'a SourceState>,
    ) {
        *sync::lock(&self.notes) = breaker::latest_by_host(states, |name| hosts.host(name));
        sync::lock(&self.outage).set_hosts(n_hosts);
        *sync::write(&self.hosts) = hosts;
    }

    /// Returns the host that a host name belongs to.
    pub(in crate::poll) fn host(&self, name: &str) -> HostName {
        let hosts = sync::read(&self.hosts);
        hosts.host(name)
    }

    /// Whether several sources belong to the same host.
    pub(in crate::poll) fn is_shared(&self, name: &str) -> bool {
        let hosts = sync::read(&self.hosts);
        hosts.is_shared(name)
    }

    /// Waits until the host may be asked, and takes that turn.
    pub(in crate::poll) async fn take_turn(&self, name: &str, spacing: Duration) {
        self.take_turn_within(name, spacing, Duration::MAX).await;
    }

    /// Waits for a turn of a host that a redirect leads to, unless that is far away.
    pub(in crate::poll) async fn take_near_turn(&self, name: &str, spacing: Duration) {
        self.take_turn_within(name, spacing, MAX_REDIRECT_PACING)
            .await;
    }

    async fn take_turn_within(&self, name: &str, spacing: Duration, longest: Duration) {
        loop {
            if let Some(gate) = self.gate.get() {
                gate.pass().await;
            }
            if !spacing.is_zero() {
                self.turns.take(&self.host(name), spacing, longest).await;
            }
            // A turn that came after the lease had ended was another node's.
            if self.gate.get().is_none_or(|gate| gate.is_open()) {
                return;
            }
        }
    }

    /// Sends all requests through a gate from now on.
    pub(in crate::poll) fn close_by(&self, gate: Arc<LeaseGate>) {
        let _ = self.gate.set(gate);
    }

    /// Gives the next turn of a host not before `wait` has passed.
    pub(in crate::poll) fn postpone(&self, name: &str, wait: Duration) {
        self.turns.postpone(&self.host(name), wait);
    }

    /// Returns the circuit breaker of a host.
    pub(in crate::poll) fn note(&self, host: &HostName) -> Option<BreakerState> {
        sync::lock(&self.notes).get(host).copied()
    }

    /// Remembers what was learned of a host, if it is newer.
    pub(in crate::poll) fn remember(&self, host: &HostName, note: BreakerState) {
        let mut notes = sync::lock(&self.notes);
        let held = notes.entry(host.clone()).or_insert(note);
        if note.at >= held.at {
            *held = note;
        }
    }

    /// Takes the end of a poll into account; whether nothing at all answers.
    pub(in crate::poll) fn judge(
        &self,
        host: &HostName,
        before: &SourceState,
        outcome: &Outcome,
        now: Timestamp,
    ) -> bool {
        let mut outage = sync::lock(&self.outage);
        let turn = match outcome {
            Outcome::Failed(failure) if failure.kind == FailureKind::Network => {
                outage.silent(host.clone(), before.failures > 0, now)
            }
            Outcome::Failed(failure) if failure.kind == FailureKind::Own => OutageChange::None,
            _ => outage.heard(),
        };
        match turn {
            OutageChange::None => {}
            OutageChange::Begins => error!(
                "nothing on the network answers: is this machine connected, does its DNS work? \
                 sources keep their schedule, none is blamed, what is published stays"
            ),
            OutageChange::Ends(since) => {
                let seconds = now.duration_since(since).as_secs();
                info!(seconds, "the network answers again, after {seconds} s");
            }
        }
        outage.is_on()
    }
}
