//! Taking things out of the ledger, as frames say.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Ledger, NAME, failed, tree};
use crate::model::{ItemId, SourceId};
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::frame::Frame;
use crate::store::codec::key::{IndexPrefix, number, time_bytes};
use crate::store::codec::period::Period;
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;

impl Ledger {
    /// Returns the items whose entry names this volume; reads all entries.
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

    /// Returns the items whose ids begin as those of `source`, of which some may be another's.
    pub(in crate::store) fn items_like(
        &self,
        source: &SourceId,
    ) -> Result<Vec<ItemId>, StoreError> {
        let head = ItemId::of(source, "");
        let mut ids = Vec::new();
        for key in self.items.scan_prefix(&head.as_bytes()[..6]).keys() {
            let key = key.map_err(failed)?;
            ids.extend(<[u8; 16]>::try_from(&*key).map(ItemId::from_bytes));
        }
        Ok(ids)
    }

    /// Turns `frame` to the ledger and adds that nothing is remembered of a source.
    pub(in crate::store) fn put_forgotten(&self, frame: &mut Frame, source: &SourceId) {
        frame.ledger();
        for tree in [tree::SOURCES, tree::ROLLS] {
            frame.remove(tree, source.as_str().as_bytes());
        }
    }

    /// Returns the channels that have stories in this volume.
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

    /// Returns the keys of the spans in this volume.
    fn spans_of(&self, period: Period) -> Result<Vec<sled::IVec>, StoreError> {
        let keys = self.spans.iter().keys();
        let of_period = keys.filter(|key| match key {
            Ok(key) => key.len() == 10 && key[8..] == period.to_bytes(),
            Err(_) => true,
        });
        of_period.map(|key| key.map_err(failed)).collect()
    }

    /// Turns `frame` to the ledger and adds smaller totals; has to come last of what it says of totals.
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

    /// Adds a count of items or stories to `frame`.
    pub(super) fn put_total(frame: &mut Frame, name: &str, count: u64) {
        frame.put(tree::META, name.as_bytes(), &count.to_be_bytes());
    }

    /// Adds to `frame` that channels which changed after `now`, as is written, did so now; returns them.
    pub(in crate::store) fn put_not_after(
        &self,
        frame: &mut Frame,
        now: Timestamp,
        damage: &DamageLog,
    ) -> BTreeSet<IndexPrefix> {
        frame.ledger();
        let ahead = self.raw_channels(damage).filter(|(_, at)| *at > now);
        let channels: BTreeSet<IndexPrefix> = ahead.map(|(channel, _)| channel).collect();
        for channel in &channels {
            frame.put(tree::CHANNELS, channel.as_bytes(), &time_bytes(now));
        }
        channels
    }

    /// Adds the entry of an item to `frame`, or its removal.
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

    /// Returns the number of these items that have an entry.
    pub(in crate::store) fn n_known(&self, ids: &[ItemId]) -> Result<u64, StoreError> {
        let mut n_known = 0;
        for id in ids {
            n_known += u64::from(self.items.contains_key(id.as_bytes()).map_err(failed)?);
        }
        Ok(n_known)
    }

    /// Removes the entry of an item.
    pub(in crate::store) fn forget(&self, id: ItemId) -> Result<(), StoreError> {
        self.items.remove(id.as_bytes()).map(drop).map_err(failed)
    }

    /// Removes the spans and the write count of a volume.
    pub(in crate::store) fn forget_volume(&self, period: Period) -> Result<(), StoreError> {
        for key in self.spans_of(period)? {
            self.spans.remove(key).map_err(failed)?;
        }
        let done = self.volumes.remove(period.to_bytes());
        done.map(drop).map_err(failed)
    }

    /// Returns the trees that cannot be rebuilt from the volumes: sources, hubs, seen sets, robots.txt,
    /// subscribers, times of change.
    pub(super) fn learnt(&self) -> [&sled::Tree; 6] {
        [
            &self.sources,
            &self.hubs,
            &self.rolls,
            &self.robots,
            &self.subscribers,
            &self.channels,
        ]
    }

    /// Returns all trees; `meta` last, as it says that the others are complete.
    pub(super) fn trees(&self) -> [&sled::Tree; 10] {
        let [sources, hubs, rolls, robots, subscribers, channels] = self.learnt();
        let (items, spans) = (&self.items, &self.spans);
        let (volumes, meta) = (&self.volumes, &self.meta);
        [
            sources,
            hubs,
            rolls,
            robots,
            subscribers,
            channels,
            items,
            spans,
            volumes,
            meta,
        ]
    }

    /// Returns the number of checkpoints; `None` in a ledger that has not counted them yet.
    pub(in crate::store) fn checkpoints(&self) -> Result<Option<u64>, StoreError> {
        let bytes = self.meta.get("checkpoints").map_err(failed)?;
        Ok(bytes.as_deref().map(number))
    }

    /// Sets the number of checkpoints; not in the journal.
    pub(in crate::store) fn set_checkpoints(&self, count: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("checkpoints", &count.to_be_bytes());
        done.map(drop).map_err(failed)
    }

    /// Compares the number of checkpoints with that of the journal; takes it over if the ledger has none.
    ///
    /// sled takes a damaged place in its log for the end of it, and says nothing. Such a loss shows in
    /// the ledger knowing of fewer checkpoints than the journal.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it does.
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

    /// Returns the size of sled's file, in bytes, when it was written anew last; 0 if it never was.
    pub(super) fn compact_size(&self) -> Result<u64, StoreError> {
        let bytes = self.meta.get("size").map_err(failed)?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// Sets that size.
    pub(super) fn set_compact_size(&self, size: u64) -> Result<(), StoreError> {
        let done = self.meta.insert("size", &size.to_be_bytes());
        done.map_err(failed)?;
        self.flush()
    }
}
