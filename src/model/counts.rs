//! Extraction yield of a document, by which "no news" is told from "rebuilt".

use std::collections::HashSet;

use super::Draft;

/// Extraction yield of one document: counts over its entries, each saturating at `u32::MAX`.
///
/// Written by the readers in `source`, judged by `ingest::anomaly::drift`, shown by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtractionCounts {
    /// Elements that hold items; 1 for a feed.
    pub containers: u32,
    /// Items, also those of which no entry could be made.
    pub items: u32,
    /// Distinct titles that are not empty.
    pub titles: u32,
    /// Distinct links.
    pub links: u32,
    /// Items with a date, published or updated.
    pub dates: u32,
}

impl ExtractionCounts {
    /// Counts `drafts` as one container.
    #[must_use]
    pub fn of(drafts: &[Draft]) -> ExtractionCounts {
        let count = |has: &dyn Fn(&Draft) -> bool| {
            let n = drafts.iter().filter(|draft| has(draft)).count();
            u32::try_from(n).unwrap_or(u32::MAX)
        };
        let titles = drafts.iter().filter_map(|draft| draft.title.as_deref());
        let titles: HashSet<_> = titles.filter(|title| !title.is_empty()).collect();
        let links = drafts.iter().filter_map(|draft| draft.link.as_ref());
        let links: HashSet<_> = links.collect();
        ExtractionCounts {
            containers: 1,
            items: count(&|_| true),
            titles: u32::try_from(titles.len()).unwrap_or(u32::MAX),
            links: u32::try_from(links.len()).unwrap_or(u32::MAX),
            dates: count(&|draft| draft.published.or(draft.updated).is_some()),
        }
    }

    /// Adds two counts field by field, as for several pages of one list; saturates.
    #[must_use]
    pub fn and(self, other: ExtractionCounts) -> ExtractionCounts {
        ExtractionCounts {
            containers: self.containers.saturating_add(other.containers),
            items: self.items.saturating_add(other.items),
            titles: self.titles.saturating_add(other.titles),
            links: self.links.saturating_add(other.links),
            dates: self.dates.saturating_add(other.dates),
        }
    }
}
