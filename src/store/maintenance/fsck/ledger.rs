//! The ledger: what it says of items is so, and its sums are right.

use std::collections::BTreeMap;

use super::Check;
use crate::model::ItemId;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::frame::Frame;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::ledger::{Ledger, failed};

/// Items that one frame takes out of the ledger.
const ITEMS_PER_FRAME: usize = 10_000;

impl Check<'_> {
    pub(super) fn ledger(&mut self) -> Result<(), StoreError> {
        self.entries()?;
        // What follows is not in the journal.
        self.store.checkpoint()?;
        self.sums()?;
        self.states()
    }

    /// Checks that every item of the ledger is in its volume.
    fn entries(&mut self) -> Result<(), StoreError> {
        let ledger = self.store.ledger.get()?;
        let mut by_period: BTreeMap<Option<Period>, Vec<ItemId>> = BTreeMap::new();
        for (key, bytes) in ledger.raw_entries(&self.store.damage) {
            let period = DirectoryEntry::read(&bytes)
                .ok()
                .map(DirectoryEntry::period);
            let ids = by_period.entry(period).or_default();
            ids.push(ItemId::from_bytes(key));
        }
        for (period, ids) in by_period {
            let volume = match period {
                Some(period) => self.store.volumes.find(period)?,
                None => None,
            };
            let mut lost = Vec::new();
            for id in ids {
                let is_there = volume
                    .as_ref()
                    .map_or(Ok(false), |volume| volume.has_item(id))?;
                lost.extend((!is_there).then_some(id));
            }
            let Some(damaged) = period.filter(|period| self.store.volumes.is_doubtful(*period))
            else {
                let what = |id| format!("the ledger knows item {id}, no volume does");
                lost.retain(|id| self.mendable("entry_stray", what(*id)));
                self.forget(&lost)?;
                continue;
            };
            let what = format!(
                "{} items of {damaged}, with a part of its volume",
                lost.len()
            );
            if !lost.is_empty() && self.mendable("items_lost", what) {
                self.forget(&lost)?;
            }
        }
        Ok(())
    }

    /// Removes items from the ledger that are in no volume.
    pub(super) fn forget(&self, lost: &[ItemId]) -> Result<(), StoreError> {
        let ledger = self.store.ledger.get()?;
        for lost in lost.chunks(ITEMS_PER_FRAME) {
            let mut frame = Frame::default();
            ledger.put_fewer(&mut frame, ledger.n_known(lost)?, 0)?;
            for id in lost {
                Ledger::put_entry(&mut frame, *id, None);
            }
            self.store.append_and_apply(frame.bytes())?;
        }
        Ok(())
    }

    fn sums(&mut self) -> Result<(), StoreError> {
        let ledger = self.store.ledger.get()?;
        let mut is_wrong = false;
        let (said, found) = (ledger.totals()?, self.digest.totals);
        // What was lost with a volume that was moved aside is still remembered.
        let is_less = found.items > said.items || found.stories > said.stories;
        if is_less || (said != found && !self.store.volumes.has_damage()) {
            is_wrong |= self.mendable(
                "count_wrong",
                format!(
                    "the ledger counts {} items and {} stories, there are {} and {}",
                    said.items, said.stories, found.items, found.stories
                ),
            );
        }
        for (channel, changed) in &self.digest.channels.clone() {
            if ledger.changed(*channel)?.is_none_or(|said| said < *changed) {
                is_wrong |= self.mendable("changed_early", "when a channel changed last");
            }
        }
        for ((channel, period), span) in &self.digest.spans.clone() {
            let said = ledger.span(*channel, *period)?;
            let covers =
                said.is_some_and(|said| said.newest >= span.newest && said.oldest <= span.oldest);
            if !covers {
                is_wrong |= self.mendable(
                    "span_short",
                    format!("from when to when a channel stands in {period}"),
                );
            }
        }
        match is_wrong {
            true => ledger.mend(&self.digest),
            false => Ok(()),
        }
    }

    /// Checks the states: one that cannot be read makes its source a new one, and what else is known of
    /// sources and hosts is learnt again.
    fn states(&mut self) -> Result<(), StoreError> {
        let ledger = self.store.ledger.get()?;
        for (name, is_readable) in ledger.raw_states(&self.store.damage) {
            if is_readable {
                self.found.sources += 1;
            } else if self.mendable("state_unreadable", format!("the state of `{name}`")) {
                ledger.forget_state(&name)?;
            }
        }
        for (what, tree, key) in ledger.unreadable(&self.store.damage) {
            let name = String::from_utf8_lossy(&key);
            if self.mendable("record_unreadable", format!("{what} `{name}`")) {
                tree.remove(&key).map_err(failed)?;
            }
        }
        ledger.flush()
    }
}
