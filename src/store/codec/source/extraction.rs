//! Extraction yield of a source as bytes: counts of its last document, and what is usual.

use serde::{Deserialize, Serialize};

use crate::model::{Baseline, ExtractionCounts, SourceState};
use crate::store::codec::Unreadable;
use crate::store::codec::scalar::{WireTime, read_time};

/// Extraction yield of a source in postcard order; part of [`super::state`].
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireDrift {
    /// Counts of the last document: containers, items, titles, links, dates.
    counts: [u32; 5],
    /// Hash of the rules that `usual` was learnt with.
    rules: u64,
    /// Documents that `usual` was learnt from.
    documents: u32,
    /// Usual yield of a document: items, titles, links, dates.
    usual: [u32; 4],
    /// Time since which documents have been odd, if they are.
    odd_since: Option<WireTime>,
}

impl WireDrift {
    /// Draws the record from a state.
    pub(in crate::store) fn of(state: &SourceState) -> WireDrift {
        let (counts, baseline) = (&state.counts, &state.baseline);
        WireDrift {
            counts: [
                counts.containers,
                counts.items,
                counts.titles,
                counts.links,
                counts.dates,
            ],
            rules: baseline.rules,
            documents: baseline.documents,
            usual: [
                baseline.items,
                baseline.titles,
                baseline.links,
                baseline.dates,
            ],
            odd_since: baseline.odd_since.map(WireTime::of),
        }
    }

    /// Puts the record into a state.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if the time is none.
    pub(in crate::store) fn read(self, state: &mut SourceState) -> Result<(), Unreadable> {
        let [containers, items, titles, links, dates] = self.counts;
        state.counts = ExtractionCounts {
            containers,
            items,
            titles,
            links,
            dates,
        };
        let [items, titles, links, dates] = self.usual;
        state.baseline = Baseline {
            rules: self.rules,
            documents: self.documents,
            items,
            titles,
            links,
            dates,
            odd_since: read_time(self.odd_since).ok_or(Unreadable)?,
        };
        Ok(())
    }
}
