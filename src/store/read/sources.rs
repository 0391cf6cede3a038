//! Reading what is known of sources, hosts, subscribers and single items.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::StoryReader;
use crate::model::{
    CallbackToken, HubState, ItemId, Revision, RobotsNote, SeenEntries, SourceId, SourceState,
    Subscriber, WebUrl,
};
use crate::store::{SourceNames, SourceSummaries, Store, StoreError};

impl Store {
    /// Returns the state of every source that was polled.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn states(&self) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        self.noting(self.ledger.get()?.states(&self.damage))
    }

    /// Returns the states of these sources, of those that were polled.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn states_of<'a>(
        &self,
        sources: impl IntoIterator<Item = &'a SourceId>,
    ) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        self.noting(self.ledger.get()?.states_of(sources, &self.damage))
    }

    /// Returns what every source that was polled calls itself; the same map until one of them calls
    /// itself otherwise.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn source_names(&self) -> Result<Arc<SourceNames>, StoreError> {
        self.noting(self.ledger.get()?.source_names(&self.damage))
    }

    /// Returns the summary of the state of every source that was polled, as of one moment; all states
    /// are read for it once after the start.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn source_summaries(&self) -> Result<Arc<SourceSummaries>, StoreError> {
        self.noting(self.ledger.get()?.source_summaries(&self.damage))
    }

    /// Returns the hub states of these sources, by source, of those that have one.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscriptions_of<'a>(
        &self,
        sources: impl IntoIterator<Item = &'a SourceId>,
    ) -> Result<BTreeMap<SourceId, HubState>, StoreError> {
        self.ledger.get()?.subscriptions_of(sources, &self.damage)
    }

    /// Returns the hub state of all sources, in no order.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscriptions(&self) -> Result<Vec<HubState>, StoreError> {
        self.ledger.get()?.subscriptions(&self.damage)
    }

    /// Returns the hub state whose subscription has this callback token.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscription(&self, token: &CallbackToken) -> Result<Option<HubState>, StoreError> {
        self.ledger.get()?.subscription(token, &self.damage)
    }

    /// Returns all subscribers of our hub, in no order, also those whose lease is over.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscribers(&self) -> Result<Vec<Subscriber>, StoreError> {
        self.ledger.get()?.subscribers(&self.damage)
    }

    /// Returns the seen set of a source; an empty one if it is new, or cannot be read.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn roll(&self, source: &SourceId) -> Result<SeenEntries, StoreError> {
        self.ledger.get()?.roll(source, &self.damage)
    }

    /// Returns the note on the robots.txt of a site (scheme, host and port).
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn robots(&self, site: &str) -> Result<Option<RobotsNote>, StoreError> {
        self.ledger.get()?.robots(site, &self.damage)
    }

    /// Returns the address of the article of an item, and whether its story was taken down; `None` if
    /// the item is not there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn item_page(&self, item: ItemId) -> Result<Option<(Option<WebUrl>, bool)>, StoreError> {
        let Some(entry) = self.ledger.get()?.entry(item, &self.damage)? else {
            return Ok(None);
        };
        let mut reader = StoryReader::new(self);
        let Some((item, story)) = reader.copy(item, entry.period())? else {
            return Ok(None);
        };
        let is_down = match self.corrections.down().is_empty() {
            true => false,
            false => {
                let story = self.story_or_down(story)?;
                story.is_some_and(|story| self.corrections.is_down(&story))
            }
        };
        Ok(Some((item.url, is_down)))
    }

    /// Returns the earlier texts of an item, oldest first; the last ten are kept.
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
