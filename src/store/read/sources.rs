//! What is known of sources, hosts and single items, as readers ask for it.

use std::collections::BTreeMap;

use super::StoryReader;
use crate::model::{
    CallbackToken, HubState, ItemId, Revision, RobotsNote, SeenEntries, SourceId, SourceState,
};
use crate::store::{Store, StoreError};

impl Store {
    /// What we remember of every source.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn states(&self) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        self.noting(self.ledger.get()?.states(&self.damage))
    }

    /// All that sources have to do with hubs, in no order.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscriptions(&self) -> Result<Vec<HubState>, StoreError> {
        self.ledger.get()?.subscriptions(&self.damage)
    }

    /// The subscription that is called back at this token.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscription(&self, token: &CallbackToken) -> Result<Option<HubState>, StoreError> {
        self.ledger.get()?.subscription(token, &self.damage)
    }

    /// What the entries of a source are known by; nothing, if it is new or that
    /// cannot be read.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn roll(&self, source: &SourceId) -> Result<SeenEntries, StoreError> {
        self.ledger.get()?.roll(source, &self.damage)
    }

    /// What was learned of the robots.txt of a site (scheme, host and port).
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn robots(&self, site: &str) -> Result<Option<RobotsNote>, StoreError> {
        self.ledger.get()?.robots(site, &self.damage)
    }

    /// What an item said before its substance changed, oldest first; the last
    /// ten of these are kept.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn revisions(&self, item: ItemId) -> Result<Vec<Revision>, StoreError> {
        match self.ledger.get()?.entry(item, &self.damage)? {
            Some(entry) => StoryReader::new(self).revisions(item, entry.period()),
            None => Ok(Vec::new()),
        }
    }
}
