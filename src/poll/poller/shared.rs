//! Polls that several nodes share: which of them are ours, from when on, and from what state they begin.
//!
//! As soon as the members of the cluster are others, the polls of sources that we lose are given up, those that we
//! gain begin once the node before us can have asked nothing for the spacing of their hosts. What is
//! known of a source is read from the store at each poll, as others may have written it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tracing::{error, info};

use super::{Poller, RunMode};
use crate::clock;
use crate::cluster::{Cluster, View};
use crate::config::Source;
use crate::ingest::outcome;
use crate::model::{LogEffect, LogOp, SourceId};
use crate::poll::hosts::lease_gate::LeaseGate;
use crate::sync;

/// Part of the poller that shares the polls with other nodes.
#[derive(Debug)]
pub(super) struct Sharing {
    pub(super) cluster: Cluster,
    gate: Arc<LeaseGate>,
    view: watch::Receiver<View>,
    hubs: watch::Receiver<u64>,
    /// Nodes that shared the polls before.
    polling: Vec<String>,
    /// Sources that an admin ordered to be polled, due or not.
    pub(super) ordered: HashSet<SourceId>,
    /// Sources whose new names go through the log.
    renaming: Arc<Mutex<HashSet<SourceId>>>,
}

/// Event that other nodes cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SharingEvent {
    /// Polls are shared otherwise.
    Members,
    /// Something about hubs, a name, or all of a source was written.
    Written,
}

impl Sharing {
    fn new(cluster: Cluster) -> Sharing {
        let mut view = cluster.view();
        view.mark_changed();
        Sharing {
            gate: Arc::new(LeaseGate::new(cluster.clone())),
            view,
            hubs: cluster.hubs(),
            cluster,
            polling: Vec::new(),
            ordered: HashSet::new(),
            renaming: Arc::default(),
        }
    }

    /// Waits for the next event; for ever without a cluster.
    pub(super) async fn next(sharing: &mut Option<Sharing>) -> SharingEvent {
        let Some(sharing) = sharing else {
            return std::future::pending().await;
        };
        tokio::select! {
            Ok(()) = sharing.view.changed() => SharingEvent::Members,
            Ok(()) = sharing.hubs.changed() => SharingEvent::Written,
            else => std::future::pending().await,
        }
    }

    /// Whether this node polls what is at `host` now.
    fn owns(&self, host: &str) -> bool {
        self.cluster.owns(host)
    }
}

impl Poller {
    /// Makes a poller that shares the polls with the other nodes of a cluster.
    #[must_use]
    pub fn clustered(mut self, cluster: Option<Cluster>) -> Poller {
        if let Some(cluster) = cluster {
            let sharing = Sharing::new(cluster);
            self.hosts.close_by(Arc::clone(&sharing.gate));
            self.sharing = Some(sharing);
        }
        self
    }

    /// Whether this node polls what is at `host`.
    pub(super) fn owns(&self, host: &str) -> bool {
        let sharing = self.sharing.as_ref();
        sharing.is_none_or(|sharing| sharing.owns(host))
    }

    /// Whether this node speaks to the hub of a source: who polls it, or, of one that left feeds.toml, who does
    /// the chores.
    pub(super) fn tends(&self, source: &SourceId) -> bool {
        let Some(sharing) = &self.sharing else {
            return true;
        };
        match self.config.borrow().sources.get(source) {
            Some(source) => sharing.owns(&source.url.host()),
            None => sharing.cluster.does_chores(),
        }
    }

    /// Whether polls may begin: alone always, in a cluster while the lease holds.
    pub(super) fn may_begin(&self) -> bool {
        let sharing = self.sharing.as_ref();
        sharing.is_none_or(|sharing| sharing.gate.is_open())
    }

    /// Takes what other nodes have done into account.
    pub(super) async fn share(&mut self, event: SharingEvent, span: RunMode) {
        let now = clock::now();
        match event {
            SharingEvent::Members => self.reshare(span, now).await,
            SharingEvent::Written => {
                self.read_states();
                self.read_hubs();
                self.fill_queue(span, now);
            }
        }
    }

    /// Gives up the polls that are not ours any more, and begins those that are now.
    async fn reshare(&mut self, span: RunMode, now: Timestamp) {
        let Some(sharing) = &mut self.sharing else {
            return;
        };
        let view = sharing.view.borrow_and_update().clone();
        let is_new_lease = view.lease != sharing.gate.granted();
        let before = std::mem::take(&mut sharing.polling);
        sharing.polling = view.polling().into_iter().map(str::to_owned).collect();
        let config = Arc::clone(&self.config.borrow());
        let lost: HashSet<SourceId> = self
            .running
            .values()
            .filter(|id| {
                let host = config.sources.get(*id).map(|source| source.url.host());
                is_new_lease || !host.is_some_and(|host| self.owns(&host))
            })
            .cloned()
            .collect();
        self.give_up(&lost, span).await;
        if let Some(sharing) = &self.sharing {
            sharing.gate.grant(view.lease);
        }
        self.read_states();
        self.read_hubs();
        self.subscriber.review(now);
        self.fill_queue(span, now);
        self.wait_for_former((&view, &before), is_new_lease, now);
    }

    /// Aborts polls and waits until they have ended.
    async fn give_up(&mut self, lost: &HashSet<SourceId>, span: RunMode) {
        for (task, id) in &self.running {
            if lost.contains(id)
                && let Some(handle) = self.aborts.get(task)
            {
                handle.abort();
            }
        }
        while self.running.values().any(|id| lost.contains(id)) {
            let Some(done) = self.tasks.join_next_with_id().await else {
                break;
            };
            self.finish(span, done);
        }
        if !lost.is_empty() {
            info!(
                polls = lost.len(),
                "gave up polls that other nodes make now"
            );
        }
    }

    /// Holds hosts that were another node's back: for their spacing, and as long as that node may go on to
    /// ask, if it is still there.
    fn wait_for_former(
        &mut self,
        (view, before): (&View, &[String]),
        is_new_lease: bool,
        now: Timestamp,
    ) {
        let Some(sharing) = &self.sharing else {
            return;
        };
        let config = Arc::clone(&self.config.borrow());
        let own = sharing.cluster.node();
        let former: Vec<&str> = before.iter().map(String::as_str).collect();
        for source in config.sources.values() {
            let host = source.url.host();
            if !source.is_polled() || !sharing.owns(&host) {
                continue;
            }
            let former = View::owner_among(&host, &former);
            if !is_new_lease && former == Some(own) {
                continue;
            }
            let may_go_on = match former.filter(|former| *former != own) {
                Some(former) => view.members.contains_key(former),
                None => view.polling().iter().any(|name| *name != own),
            };
            let grace = match may_go_on {
                true => sharing.cluster.lease_ttl(),
                // Whoever had it has no lease any more.
                false => Duration::ZERO,
            };
            let spacing = config.host(&host).spacing;
            self.hosts.postpone(&host, grace + spacing);
            let name = self.hosts.host(&host);
            let rest = self.hosts.note(&name).map(|note| note.until);
            let wait = SignedDuration::try_from(grace + spacing).unwrap_or_default();
            let turn = now.saturating_add(wait).unwrap_or(now);
            self.queue
                .hold(&name, rest.map_or(turn, |rest| rest.max(turn)));
        }
    }

    /// Reads what is known of the sources, which other nodes may have written.
    fn read_states(&mut self) {
        match self.store.states() {
            Ok(states) => self.states = states,
            Err(why) => error!("cannot read what the store knows of the sources: {why}"),
        }
        if !self.store.damage().is_empty() {
            self.states.values_mut().for_each(outcome::distrust);
        }
    }

    /// Whether a source waits for what is remembered under its former name.
    pub(super) fn waits_for_name(&self, source: &Source) -> bool {
        self.sharing.is_some()
            && !self.states.contains_key(&source.id)
            && source
                .was
                .iter()
                .any(|former| self.states.contains_key(former))
    }

    /// Reads what is known of hubs, which other nodes may have written.
    fn read_hubs(&mut self) {
        match self.store.subscriptions() {
            Ok(all) => self.subscriber.refresh(all),
            Err(why) => error!("cannot read what the store knows of hubs: {why}"),
        }
    }

    /// Whether a source that was due in memory is not due by what other nodes have written.
    pub(super) fn is_early(&mut self, source: &Source, now: Timestamp) -> Option<Timestamp> {
        let sharing = self.sharing.as_mut()?;
        if sharing.ordered.remove(&source.id) || self.released.contains(&source.id) {
            return None;
        }
        let due = self.due(source, self.states.get(&source.id), now)?;
        (due > now).then_some(due)
    }

    /// Reads the state of a source as other nodes may have written it, and returns the number of its last commit
    /// in the log; `None` without a cluster.
    pub(super) fn latest(&mut self, source: &SourceId) -> Option<u64> {
        self.sharing.as_ref()?;
        // The number first: what is written between the two reads makes the commit stale.
        let fence = self.store.last_commit(source);
        let state = self.store.states_of([source]);
        match (fence, state) {
            (Ok(fence), Ok(mut state)) => {
                match state.remove(source) {
                    Some(state) => self.states.insert(source.clone(), state),
                    None => self.states.remove(source),
                };
                Some(fence)
            }
            (Err(why), _) | (_, Err(why)) => {
                error!("cannot read the store: {why}");
                Some(u64::MAX)
            }
        }
    }

    /// Sends the new name of a source through the log; whether that is the way to do it.
    pub(super) fn rename_by_log(&self, former: &SourceId, new: &SourceId, now: Timestamp) -> bool {
        let Some(sharing) = &self.sharing else {
            return false;
        };
        let is_ours = self.may_begin() && sharing.cluster.does_chores();
        if !is_ours || !sync::lock(&sharing.renaming).insert(new.clone()) {
            return true;
        }
        let op = LogOp::Rename {
            former: former.clone(),
            new: new.clone(),
            at: now,
        };
        let cluster = sharing.cluster.clone();
        let renaming = Arc::clone(&sharing.renaming);
        let names = (former.clone(), new.clone());
        tokio::spawn(async move {
            match cluster.submit(op, None).await {
                Ok(LogEffect::Done(_)) => info!("{} goes on as {}", names.0, names.1),
                Ok(_) => {}
                Err(why) => error!(
                    "what is remembered of `{}` could not be moved: {why}",
                    names.0
                ),
            }
            sync::lock(&renaming).remove(&names.1);
        });
        true
    }
}
