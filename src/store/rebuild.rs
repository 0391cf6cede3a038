//! Filling a new ledger from the volumes, when the old one is gone.
//!
//! Everything in it follows from the volumes but the states of the sources: they
//! are polled as if they were new, and what they bring is known already. A
//! rebuild that was interrupted begins anew.

use super::damage::DamageLog;
use super::error::StoreError;
use super::keys::Month;
use super::ledger::{Digest, Ledger, Span};
use super::record::{Entry, StoryRecord};
use super::volumes::Volumes;

/// Entries that are written at a time.
const CHUNK: usize = 1000;

/// Completes `ledger`, if it is not complete.
pub(super) fn complete(
    ledger: &Ledger,
    volumes: &Volumes,
    damage: &DamageLog,
) -> Result<(), StoreError> {
    if ledger.is_complete()? {
        return Ok(());
    }
    let mut digest = Digest::default();
    let mut entries = Vec::with_capacity(CHUNK);
    for month in volumes.present() {
        let Some(volume) = volumes.find(month)? else {
            continue;
        };
        tracing::info!("reading volume {month} into a new ledger");
        volume.each_item(damage, |record| {
            digest.totals.items += 1;
            entries.push((record.item.id, Entry::of(&record.item)));
            if entries.len() == CHUNK {
                ledger.restore(&entries)?;
                entries.clear();
            }
            Ok(())
        })?;
        digest.writes.insert(month, volume.writes()?);
        volume.each_story(damage, |story| digest.take(month, &story))?;
    }
    ledger.restore(&entries)?;
    ledger.complete(&digest)
}

impl Digest {
    fn take(&mut self, month: Month, story: &StoryRecord) {
        self.totals.stories += 1;
        for channel in &story.channels {
            let changed = self.channels.entry(*channel).or_insert(story.changed);
            *changed = story.changed.max(*changed);
            let place = (*channel, month);
            let before = self.spans.get(&place).copied();
            self.spans
                .insert(place, Span::around(before, story.sort_key));
        }
    }
}
