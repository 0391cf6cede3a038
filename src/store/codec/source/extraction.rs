//! What is remembered of what came through of a source, as bytes.

use serde::{Deserialize, Serialize};

use crate::model::{Baseline, ExtractionCounts, SourceState};
use crate::store::codec::Unreadable;
use crate::store::codec::scalar::{WireTime, read_time};

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireDrift {
    /// Containers, items, titles, links, dates.
    counts: [u32; 5],
    rules: u64,
    documents: u32,
    /// Items, titles, links, dates.
    usual: [u32; 4],
    odd_since: Option<WireTime>,
}

impl WireDrift {
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
