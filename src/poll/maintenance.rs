//! Having removed what is too old, and packed what is no longer written, every
//! hour, beside the polls.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tracing::error;

use crate::cluster::Cluster;
use crate::config::Config;
use crate::model::{LogOp, RetentionRules};
use crate::store::{Retention, Store, Which};

/// Time between two sweeps of items past their retention.
const RETENTION_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// State of the sweep: when one began last, and whether one is running.
#[derive(Debug, Default)]
pub(super) struct Maintenance {
    last: Option<Timestamp>,
    running: Option<JoinHandle<()>>,
    /// Whether what runs waits for the log of a cluster.
    is_by_log: bool,
}

impl Maintenance {
    /// Begins, if it is time.
    ///
    /// In a cluster one node asks for the sweep, by the log; each packs its own store.
    pub(super) fn begin(
        &mut self,
        store: &Arc<Store>,
        config: &Config,
        cluster: Option<&Cluster>,
        now: Timestamp,
    ) {
        let is_early = self
            .last
            .is_some_and(|last| now.duration_since(last).abs() < RETENTION_INTERVAL);
        if self.is_running() || is_early {
            return;
        }
        // Who takes a lease later sweeps then.
        if cluster.is_some_and(|cluster| cluster.lease().is_none()) {
            return;
        }
        self.last = Some(now);
        let (store, retention) = (Arc::clone(store), Retention::of(config));
        if let Some(cluster) = cluster {
            let (cluster, rules) = (cluster.clone(), RetentionRules::from(&retention));
            self.is_by_log = true;
            self.running = Some(tokio::spawn(async move {
                sweep_by_log(&cluster, rules, now).await;
                let _ = tokio::task::spawn_blocking(move || pack(&store)).await;
            }));
            return;
        }
        self.running = Some(tokio::task::spawn_blocking(move || {
            redate(&store, now);
            match catch_unwind(AssertUnwindSafe(|| store.retain(&retention, now))) {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => error!("cannot remove what is too old from the store: {why}"),
                Err(_) => error!("removing what is too old panicked; please report this"),
            }
            pack(&store);
        }));
    }

    /// Puts it off after the clock was set: it may be wrong now, or may have been
    /// before, and what is removed is gone. Only items of a clock that was fast are looked for.
    pub(super) fn put_off(&mut self, store: &Arc<Store>, is_clustered: bool, now: Timestamp) {
        self.last = Some(now);
        if self.is_running() || is_clustered {
            return;
        }
        let store = Arc::clone(store);
        self.running = Some(tokio::task::spawn_blocking(move || redate(&store, now)));
    }

    fn is_running(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|task| !task.is_finished())
    }

    /// Waits for what was begun.
    pub(super) async fn end(self) {
        if let Some(running) = self.running {
            if self.is_by_log {
                // The log may not answer; what it brings later is done then.
                running.abort();
            }
            let _ = running.await;
        }
    }
}

/// Asks for a sweep by the log, if this is the node that does.
async fn sweep_by_log(cluster: &Cluster, rules: RetentionRules, now: Timestamp) {
    if !cluster.does_chores() || cluster.lease().is_none() {
        return;
    }
    let retain = LogOp::Retain {
        rules,
        at: now,
        is_allowed: false,
    };
    for op in [LogOp::Redate { at: now }, retain] {
        if let Err(why) = cluster.submit(op, None).await {
            error!("cannot remove what is too old from the stores: {why}");
        }
    }
}

/// Packs what is no longer written.
fn pack(store: &Store) {
    match catch_unwind(AssertUnwindSafe(|| store.pack(Which::Over, &|_| {}))) {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => error!("cannot pack the old volumes of the store: {why}"),
        Err(_) => error!("packing old volumes panicked; please report this"),
    }
}

/// Sets right what a fast clock has dated.
fn redate(store: &Store, now: Timestamp) {
    match catch_unwind(AssertUnwindSafe(|| store.redate(now))) {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => {
            error!("cannot set the times of items right that a fast clock dated: {why}")
        }
        Err(_) => error!("setting times right panicked; please report this"),
    }
}
