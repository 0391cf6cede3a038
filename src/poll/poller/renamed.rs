//! Sources that have another name in feeds.toml than before (`was`).

use std::sync::Arc;

use jiff::Timestamp;
use tracing::{error, info};

use super::Poller;
use crate::model::{HubState, SourceId};
use crate::store::StoreError;

impl Poller {
    /// Moves what is remembered of renamed sources to their new names, once.
    pub(super) fn adopt_renamed(&mut self, now: Timestamp) {
        let config = Arc::clone(&self.config.borrow());
        for source in config.sources.values() {
            if self.states.contains_key(&source.id) {
                continue;
            }
            let mut formers = source.was.iter();
            let Some(former) = formers.find(|former| self.states.contains_key(*former)) else {
                continue;
            };
            if self.rename_by_log(former, &source.id, now) {
                continue;
            }
            match self.move_copies_and_state(former, &source.id, now) {
                Ok(()) => {
                    if let Some(state) = self.states.remove(former) {
                        self.states.insert(source.id.clone(), state);
                    }
                    self.take_over_hub(former, &source.id, now);
                    info!(source.id = %source.id, former.id = %former, "goes on as renamed");
                }
                Err(why) => error!(
                    source.id = %source.id,
                    "what is remembered of `{former}` could not be moved: {why}"
                ),
            }
        }
    }

    /// Moves what the store has of a source. The state goes last: while it stands under the former
    /// name, what was stopped half way is begun again.
    fn move_copies_and_state(
        &self,
        former: &SourceId,
        new: &SourceId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.rename_copies(former, new, now)?;
        self.store.rename_source(former, new)?;
        Ok(())
    }

    /// Hands the hub that a source named over to its new name, so that it is asked to push there
    /// without waiting for a document that names it again. The former subscription ends as that
    /// of a source that left.
    fn take_over_hub(&mut self, former: &SourceId, new: &SourceId, now: Timestamp) {
        let offer = self.subscriber.of(former).and_then(|hub| hub.offer.clone());
        if offer.is_some() && self.subscriber.of(new).is_none() {
            let hub = HubState {
                offer,
                ..HubState::new(new.clone())
            };
            self.subscriber.keep(hub, now);
        }
    }
}
