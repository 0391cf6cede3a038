//! Sources that have another name in feeds.toml than before (`was`).

use std::sync::Arc;

use tracing::{error, info};

use super::Poller;

impl Poller {
    /// Moves what is remembered of renamed sources to their new names, once.
    pub(super) fn adopt_renamed(&mut self) {
        let config = Arc::clone(&self.config.borrow());
        for source in config.sources.values() {
            if self.states.contains_key(&source.id) {
                continue;
            }
            let mut formers = source.was.iter();
            let Some(former) = formers.find(|former| self.states.contains_key(*former)) else {
                continue;
            };
            match self.store.rename_source(former, &source.id) {
                Ok(_) => {
                    if let Some(state) = self.states.remove(former) {
                        self.states.insert(source.id.clone(), state);
                    }
                    info!(source.id = %source.id, former.id = %former, "goes on as renamed");
                }
                Err(why) => error!(
                    source.id = %source.id,
                    "what is remembered of `{former}` could not be moved: {why}"
                ),
            }
        }
    }
}
