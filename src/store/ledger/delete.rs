//! Taking things out of the ledger, as frames say.

use super::{Ledger, NAME, failed, tree};
use crate::model::ItemId;
use crate::store::codec::frame::Frame;
use crate::store::codec::key::{IndexPrefix, number};
use crate::store::codec::period::Period;
use crate::store::codec::story::DirectoryEntry;
use crate::store::error::StoreError;

impl Ledger {
    /// All items whose entry names this volume.
    pub(in crate::store) fn items_of(&self, period: Period) -> Result<Vec<ItemId>, StoreError> {
        let mut ids = Vec::new();
        for entry in &self.items {
            let (key, bytes) = entry.map_err(failed)?;
            let is_of = DirectoryEntry::read(&bytes).is_ok_and(|entry| entry.period() == period);
            if is_of && let Ok(id) = <[u8; 16]>::try_from(&*key) {
                ids.push(ItemId::from_bytes(id));
            }
        }
        Ok(ids)
    }

    /// The channels that have stories in this volume.
    pub(in crate::store) fn channels_of(
        &self,
        period: Period,
    ) -> Result<Vec<IndexPrefix>, StoreError> {
        let spans = self.spans_of(period)?;
        let head = |key: &sled::IVec| key[..8].try_into().ok().map(u64::from_be_bytes);
        Ok(spans
            .iter()
            .filter_map(head)
            .map(IndexPrefix::from_number)
            .collect())
    }

    fn spans_of(&self, period: Period) -> Result<Vec<sled::IVec>, StoreError> {
        let keys = self.spans.iter().keys();
        let of_period = keys.filter(|key| match key {
            Ok(key) => key.len() == 10 && key[8..] == period.to_bytes(),
            Err(_) => true,
        });
        of_period.map(|key| key.map_err(failed)).collect()
    }

    /// Says in `frame`, after what else it says of items, that there are fewer of them
    /// and of stories.
    pub(in crate::store) fn put_fewer(
        &self,
        frame: &mut Frame,
        n_items: u64,
        n_stories: u64,
    ) -> Result<(), StoreError> {
        let totals = self.totals()?;
        frame.ledger();
        for (name, before, gone) in [
            ("items", totals.items, n_items),
            ("stories", totals.stories, n_stories),
        ] {
            Ledger::put_total(frame, name, before.saturating_sub(gone));
        }
        Ok(())
    }

    /// Says in `frame` how many items or stories there are.
    pub(super) fn put_total(frame: &mut Frame, name: &str, count: u64) {
        frame.put(tree::META, name.as_bytes(), &count.to_be_bytes());
    }

    /// Says in `frame` what is to be known of an item; `None` for nothing.
    pub(in crate::store) fn put_entry(
        frame: &mut Frame,
        id: ItemId,
        entry: Option<DirectoryEntry>,
    ) {
        match entry {
            Some(entry) => frame.put(tree::ITEMS, id.as_bytes(), &entry.to_bytes()),
            None => frame.remove(tree::ITEMS, id.as_bytes()),
        }
    }

    /// How many of these items it knows.
    pub(in crate::store) fn n_known(&self, ids: &[ItemId]) -> Result<u64, StoreError> {
        let mut n_known = 0;
        for id in ids {
            n_known += u64::from(self.items.contains_key(id.as_bytes()).map_err(failed)?);
        }
        Ok(n_known)
    }

    pub(in crate::store) fn forget(&self, id: ItemId) -> Result<(), StoreError> {
        self.items.remove(id.as_bytes()).map(drop).map_err(failed)
    }

    /// Forgets that there is a volume, and what stands in it.
    pub(in crate::store) fn forget_volume(&self, period: Period) -> Result<(), StoreError> {
        for key in self.spans_of(period)? {
            self.spans.remove(key).map_err(failed)?;
        }
        let done = self.volumes.remove(period.to_bytes());
        done.map(drop).map_err(failed)
    }

    /// What does not follow from the volumes: sources, hubs, hosts, what entries are known
    /// by, when channels changed.
    pub(super) fn learnt(&self) -> [&sled::Tree; 5] {
        [
            &self.sources,
            &self.hubs,
            &self.rolls,
            &self.robots,
            &self.channels,
        ]
    }

    /// All of them; last the one that says that the others are complete.
    pub(super) fn trees(&self) -> [&sled::Tree; 9] {
        let [sources, hubs, rolls, robots, channels] = self.learnt();
        let (items, spans) = (&self.items, &self.spans);
        let (volumes, meta) = (&self.volumes, &self.meta);
        [
            sources, hubs, rolls, robots, channels, items, spans, volumes, meta,
        ]
    }

    /// How often all databases were flushed together; `None` if that is not known.
    pub(in crate::store) fn checkpoints(&self) -> Result<Option<u64>, StoreError> {
        let bytes = self.meta.get("checkpoints").map_err(failed)?;
        Ok(bytes.as_deref().map(number))
    }

    pub(in crate::store) fn set_checkpoints(&self, count: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("checkpoints", &count.to_be_bytes());
        done.map(drop).map_err(failed)
    }

    /// sled takes a damaged place in its log for the end of it, and says nothing. That
    /// shows in the ledger knowing of fewer checkpoints than the journal.
    pub(in crate::store) fn compare_checkpoints(&self, count: u64) -> Result<(), StoreError> {
        match self.checkpoints()? {
            Some(known) if known < count => Err(StoreError::Damaged {
                what: NAME.to_owned(),
                why: "what was written last is lost".to_owned(),
            }),
            Some(_) => Ok(()),
            None => self.set_checkpoints(count),
        }
    }

    /// Bytes of sled's file when it was written anew last; 0 if it never was.
    pub(super) fn compact_size(&self) -> Result<u64, StoreError> {
        let bytes = self.meta.get("size").map_err(failed)?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    pub(super) fn set_compact_size(&self, size: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("size", &size.to_be_bytes());
        done.map_err(failed)?;
        self.flush()
    }
}
