//! Texts of items, as others are compared with them.

use std::sync::Arc;

use super::Batch;
use super::batch::WriteBatch;
use crate::ingest::dedupe::similarity;
use crate::model::{DedupeKeys, ItemId, StoryId, TokenizedText};
use crate::store::codec::item::ItemRecord;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;

impl Batch<'_> {
    /// Returns the tokens of a copy of an open story, cached; `None` if the copy cannot be read.
    pub(in crate::store) fn gist(
        &mut self,
        id: ItemId,
        story: StoryId,
        draft: &WriteBatch,
    ) -> Result<Option<Arc<TokenizedText>>, StoreError> {
        if let Some(gist) = self.gists.get(id) {
            return Ok(Some(gist));
        }
        let period = draft.stories[&story].record.period_of(id);
        let Some(record) = self.copy(id, period, draft)? else {
            return Ok(None);
        };
        let gist = Arc::new(similarity::reading(&record.item));
        self.gists.put(id, Arc::clone(&gist));
        Ok(Some(gist))
    }

    /// Returns a copy as it is stored, of this group or of its volume; `None` if it cannot be read, or
    /// `period` is not known.
    pub(in crate::store) fn copy(
        &mut self,
        id: ItemId,
        period: Option<Period>,
        draft: &WriteBatch,
    ) -> Result<Option<ItemRecord>, StoreError> {
        if let Some(record) = draft.items.get(&id) {
            return Ok(Some(record.clone()));
        }
        let Some(period) = period else {
            return Ok(None);
        };
        match self.store.volumes.find(period)? {
            Some(volume) => volume.item(id, &mut self.tools.decoder, &self.store.damage),
            None => Ok(None),
        }
    }

    /// Replaces the cached tokens of an item that is new or has changed.
    pub(in crate::store) fn remember_gist(&mut self, id: ItemId, join: &DedupeKeys) {
        self.gists.forget(id);
        if let Some(gist) = &join.gist {
            self.gists
                .put(id, Arc::new(similarity::for_comparison(gist)));
        }
    }
}
