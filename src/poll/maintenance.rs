//! Having removed what is too old, and packed what is no longer written, every
//! hour, beside the polls.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tracing::error;

use crate::config::Config;
use crate::store::{Retention, Store, Which};

/// Time between two sweeps of items past their retention.
const RETENTION_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// State of the sweep: when one began last, and whether one is running.
#[derive(Debug, Default)]
pub(super) struct Maintenance {
    last: Option<Timestamp>,
    running: Option<JoinHandle<()>>,
}

impl Maintenance {
    /// Begins, if it is time.
    pub(super) fn begin(&mut self, store: &Arc<Store>, config: &Config, now: Timestamp) {
        let is_early = self
            .last
            .is_some_and(|last| now.duration_since(last).abs() < RETENTION_INTERVAL);
        if self.is_running() || is_early {
            return;
        }
        self.last = Some(now);
        let (store, retention) = (Arc::clone(store), Retention::of(config));
        self.running = Some(tokio::task::spawn_blocking(move || {
            redate(&store, now);
            match catch_unwind(AssertUnwindSafe(|| store.retain(&retention, now))) {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => error!("cannot remove what is too old from the store: {why}"),
                Err(_) => error!("removing what is too old panicked; please report this"),
            }
            match catch_unwind(AssertUnwindSafe(|| store.pack(Which::Over, &|_| {}))) {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => error!("cannot pack the old volumes of the store: {why}"),
                Err(_) => error!("packing old volumes panicked; please report this"),
            }
        }));
    }

    /// Puts it off after the clock was set: it may be wrong now, or may have been
    /// before, and what is removed is gone. Only items of a clock that was fast are looked for.
    pub(super) fn put_off(&mut self, store: &Arc<Store>, now: Timestamp) {
        self.last = Some(now);
        if self.is_running() {
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
            let _ = running.await;
        }
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
