//! The lease of a node, and the list of those that hold one.
//!
//! A lease is an entry in a bucket whose entries live for [`LEASE_TTL`]; it is renewed every second by
//! compare-and-set, so that no two nodes have one name. A node counts its own from before it asked and for
//! [`OWN_TTL`] only: whatever the servers and the clocks do, it stops asking sources before the others take
//! them over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::kv;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use futures_util::StreamExt;
use tokio::time::Instant;
use tracing::{info, warn};

use super::bus::Bus;
use super::members::{LEASE_TTL, Member, View};
use super::status::Part;
use super::{ClusterError, Shared};

/// Life of a lease as its own node counts it, from before it asked for it.
const OWN_TTL: Duration = Duration::from_secs(3);

/// Time between two renewals.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(1);

/// Keeper of the lease of this node.
pub(super) struct LeaseKeeper {
    shared: Arc<Shared>,
    bus: Bus,
    bucket: Option<(kv::Store, Stream)>,
    /// Revision of the entry that we wrote last.
    revision: Option<u64>,
    /// Whether the log says already that the name is taken.
    has_told: bool,
}

impl LeaseKeeper {
    pub(super) fn new(shared: Arc<Shared>, bus: Bus) -> LeaseKeeper {
        LeaseKeeper {
            shared,
            bus,
            bucket: None,
            revision: None,
            has_told: false,
        }
    }

    /// Renews the lease every second until the cluster is left, then gives it back.
    pub(super) async fn run(mut self) {
        let stop = self.shared.stop.clone();
        let mut ticks = tokio::time::interval(RENEWAL_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {}
                () = self.shared.renew.notified() => {}
            }
            match self.turn().await {
                Ok(()) => self.shared.reached(Part::Lease),
                Err(why) => {
                    self.shared.unreached(Part::Lease, &why);
                    // It is in the servers' memory: all of them may have been started anew.
                    self.bucket = None;
                }
            }
            self.expire();
        }
        self.give_back().await;
    }

    /// Renews the lease and looks who else has one.
    async fn turn(&mut self) -> Result<(), ClusterError> {
        if self.bucket.is_none() {
            let store = self.bus.nodes().await?;
            let stream = self.bus.context.get_stream(&store.stream_name).await;
            let stream = stream.map_err(ClusterError::bus("find the bucket of leases"))?;
            self.bucket = Some((store, stream));
        }
        let begun = Instant::now();
        let is_renewed = self.renew().await?;
        let members = self.members().await?;
        // Not before it is known who else is there: by an old list two would poll one site.
        if is_renewed {
            self.shared.hold_until(begun + OWN_TTL);
        }
        let is_held = self.shared.is_held();
        self.see(is_held, members);
        Ok(())
    }

    /// Renews the lease, or takes one; whether we have one now.
    async fn renew(&mut self) -> Result<bool, ClusterError> {
        let Some((store, _)) = &self.bucket else {
            return Ok(false);
        };
        let value = serde_json::to_vec(&self.shared.describe()).expect("plain fields serialise");
        let name = &self.shared.config.node;
        let value = bytes::Bytes::from(value);
        if let Some(revision) = self.revision {
            match store.update(name, value.clone(), revision).await {
                Ok(revision) => {
                    self.revision = Some(revision);
                    return Ok(true);
                }
                Err(why) if why.kind() == kv::UpdateErrorKind::WrongLastRevision => {
                    self.revision = None;
                }
                Err(why) => return Err(ClusterError::bus("renew the lease")(why)),
            }
        }
        match store.create(name, value).await {
            Ok(revision) => {
                self.revision = Some(revision);
                self.has_told = false;
                self.shared.begin_lease();
                Ok(true)
            }
            Err(why) if why.kind() == kv::CreateErrorKind::AlreadyExists => {
                self.explain_taken().await;
                Ok(false)
            }
            Err(why) => Err(ClusterError::bus("take a lease")(why)),
        }
    }

    /// Says, once, that another process has our name; a lease of our own former process ends by itself. A
    /// renewal whose answer was lost is found here too.
    async fn explain_taken(&mut self) {
        let Some((store, _)) = &self.bucket else {
            return;
        };
        let name = &self.shared.config.node;
        let Ok(Some(entry)) = store.entry(name.clone()).await else {
            return;
        };
        let holder = serde_json::from_slice::<Member>(&entry.value).ok();
        if holder.is_some_and(|holder| holder.process == self.shared.process) {
            self.revision = Some(entry.revision);
        } else if !std::mem::replace(&mut self.has_told, true) {
            info!(
                "a node named `{name}` holds a lease: it ends within {} s if it is the one before a \
                 restart; if another machine has this name, change cluster.node",
                LEASE_TTL.as_secs()
            );
        }
    }

    /// Lists those that hold a lease, as the leader of the bucket has them.
    async fn members(&self) -> Result<BTreeMap<String, Member>, ClusterError> {
        let Some((store, stream)) = &self.bucket else {
            return Ok(BTreeMap::new());
        };
        let subjects = stream.info_with_subjects(">").await;
        let mut subjects = subjects.map_err(ClusterError::bus("list the nodes"))?;
        let mut members = BTreeMap::new();
        while let Some(subject) = subjects.next().await {
            let (subject, _) = subject.map_err(ClusterError::bus("list the nodes"))?;
            let Some(name) = subject.strip_prefix(&store.prefix) else {
                continue;
            };
            // Of the leader: a replica that is behind has let entries expire that were renewed.
            let found = match stream.get_last_raw_message_by_subject(&subject).await {
                Ok(found) => found,
                Err(why) if why.kind() == LastRawMessageErrorKind::NoMessageFound => continue,
                Err(why) => return Err(ClusterError::bus("list the nodes")(why)),
            };
            let is_marker = found.headers.get("KV-Operation").is_some();
            let member = serde_json::from_slice(&found.payload).ok();
            let member = member.filter(|_: &Member| !is_marker);
            if let Some(member) = member {
                members.insert(name.to_owned(), member);
            }
        }
        Ok(members)
    }

    /// Publishes a new view, if the polls are shared otherwise now; the rest is kept for the status.
    fn see(&self, is_held: bool, members: BTreeMap<String, Member>) {
        self.shared.view.send_if_modified(|view| {
            let next = View {
                lease: self.shared.lease(),
                is_held,
                members,
            };
            let is_other = !view.is_like(&next);
            if is_other {
                let (before, after) = (view.polling().join(", "), next.polling().join(", "));
                if before != after {
                    info!("polls are shared by: {after}");
                }
            }
            *view = next;
            is_other
        });
    }

    /// Ends the lease where it is not held any more.
    fn expire(&self) {
        if self.shared.is_held() {
            return;
        }
        self.shared.view.send_if_modified(|view| {
            if view.is_held {
                warn!("the lease of this node has ended: its polls wait, readers are served");
            }
            std::mem::replace(&mut view.is_held, false)
        });
    }

    /// Gives the lease back, so that others need not wait for its end.
    async fn give_back(&mut self) {
        self.shared.hold_until(Instant::now());
        if let (Some((store, _)), Some(revision)) = (&self.bucket, self.revision) {
            let name = &self.shared.config.node;
            let given = store.purge_expect_revision(name, Some(revision));
            let _ = tokio::time::timeout(Duration::from_secs(1), given).await;
        }
    }
}
