//! Filling a new ledger from the volumes, when the old one is gone, and an old one
//! that knows less than they do.
//!
//! Everything in it follows from the volumes but the states of the sources: they
//! are polled as if they were new, and what they bring is known already. A
//! rebuild that was interrupted begins anew.

use std::collections::BTreeMap;

use super::Ledger;
use super::changes::Digest;
use crate::model::StoryId;
use crate::store::codec::entry::DirectoryEntry;
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;
use crate::store::volume::set::Volumes;

/// Newest volumes, which new items can be in.
const GROWING_VOLUMES: usize = 2;

/// Entries that are written at a time.
const ENTRIES_PER_BATCH: usize = 1000;

/// Fills the ledger from all volumes, unless it is complete.
pub(in crate::store) fn complete(
    ledger: &Ledger,
    volumes: &Volumes,
    damage: &DamageLog,
) -> Result<(), StoreError> {
    if ledger.is_complete()? {
        return Ok(());
    }
    let mut digest = Digest::default();
    let mut entries = Vec::with_capacity(ENTRIES_PER_BATCH);
    for period in volumes.present() {
        let Some(volume) = volumes.find(period)? else {
            continue;
        };
        tracing::info!("reading volume {period} into a new ledger");
        volume.each_item(damage, |record| {
            digest.totals.items += 1;
            entries.push((record.item.id, DirectoryEntry::of(&record.item)));
            if entries.len() == ENTRIES_PER_BATCH {
                ledger.restore(&entries)?;
                entries.clear();
            }
            Ok(())
        })?;
        digest.writes.insert(period, volume.writes());
        volume.each_story(damage, StoryRecord::read, |_, story| {
            digest.take(period, &story)
        })?;
    }
    ledger.restore(&entries)?;
    ledger.complete(&digest)
}

/// Tells the ledger what was written to the newest volumes after it, where the journal does not: it is
/// an older copy, or the journal is gone.
///
/// `known` is the write count of each volume, as far as ledger and journal know.
pub(in crate::store) fn catch_up(
    ledger: &Ledger,
    volumes: &Volumes,
    known: &BTreeMap<Period, u64>,
    damage: &DamageLog,
) -> Result<(), StoreError> {
    for period in volumes.present().into_iter().take(GROWING_VOLUMES) {
        let Some(volume) = volumes.find(period)? else {
            continue;
        };
        let writes = volume.writes();
        if writes <= known.get(&period).copied().unwrap_or_default() {
            continue;
        }
        let mut entries = Vec::new();
        let mut totals = ledger.totals()?;
        volume.each_item(damage, |record| {
            let id = record.item.id;
            let entry = DirectoryEntry::of(&record.item);
            let before = ledger.entry(id, damage)?;
            if before.is_none() {
                totals.items += 1;
                totals.stories += u64::from(record.story == StoryId::begun_by(id));
            }
            if before != Some(entry) {
                entries.push((id, entry));
            }
            Ok(())
        })?;
        let mut digest = Digest::default();
        volume.each_story(damage, StoryRecord::read, |_, story| {
            digest.take(period, &story)
        })?;
        digest.totals = totals;
        digest.writes.insert(period, writes);
        ledger.restore(&entries)?;
        ledger.mend(&digest)?;
        tracing::info!(
            items = entries.len(),
            "took over from volume {period} what the ledger did not know"
        );
    }
    Ok(())
}
