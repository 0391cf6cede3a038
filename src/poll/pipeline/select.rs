//! Fourth stage, pure: which classified entries are to be stored.

use tracing::warn;

use super::classify::{ClassificationSummary, ClassifiedEntries, ClassifiedEntry};
use super::context::Poll;
use super::parse::{Coverage, ParsedSource};
use crate::ingest::anomaly::drift;
use crate::ingest::dedupe::keys::LinkUses;
use crate::ingest::item::filter;
use crate::ingest::outcome;
use crate::source::gate;

/// Entries to be stored, with what is known of the whole document.
pub(super) struct Selection {
    pub(super) parsed: ParsedSource,
    /// New and edited entries, and those whose article page is pending; none after a breach.
    pub(super) entries: Vec<ClassifiedEntry>,
    /// Links of all entries of the document, by how many use them.
    pub(super) link_uses: LinkUses,
    pub(super) summary: ClassificationSummary,
    /// Verdict on the extraction counts of the document.
    pub(super) drift: drift::DriftVerdict,
    /// Entries of the document, also those that were held back.
    pub(super) n_entries: usize,
    /// Entries that the store has.
    pub(super) n_stored: usize,
    /// Whether the document counts as whole, see [`outcome::is_whole`].
    pub(super) is_complete: bool,
}

impl Poll {
    /// Selects what is new or edited, unless the document deviates from the baseline of the source.
    pub(super) fn select(&self, classified: ClassifiedEntries) -> Selection {
        let ClassifiedEntries {
            parsed,
            entries,
            link_uses,
            summary,
        } = classified;
        let (source, before) = (&self.source, &self.before);
        let n_entries = summary.dispositions.len();
        if n_entries >= gate::Limits::default().entries {
            warn!(
                source.id = %source.id,
                "{}: the document has {n_entries} entries or more, those beyond are left out",
                source.id
            );
        }
        let drift = match parsed.coverage {
            // A difference tells nothing of what is normal.
            Coverage::Delta => drift::DriftVerdict {
                breach: None,
                baseline: before.baseline,
            },
            _ => drift::judge(source, &before.baseline, &parsed.document.counts, self.now),
        };
        let n_stored = entries
            .iter()
            .filter(|entry| entry.stored.is_some())
            .count();
        let is_wanted = |entry: &ClassifiedEntry| {
            drift.breach.is_none()
                && !filter::is_dropped(&entry.draft, &source.filters)
                && (entry.is_new_or_edited || self.is_pending(entry))
        };
        let entries = entries.into_iter().filter(is_wanted).collect();
        let has_end = parsed.document.complete;
        let is_complete = outcome::is_whole(source, before, has_end, n_entries);
        Selection {
            parsed,
            entries,
            link_uses,
            summary,
            drift,
            n_entries,
            n_stored,
            is_complete,
        }
    }

    /// Whether the article page of `entry` was pending before this poll.
    fn is_pending(&self, entry: &ClassifiedEntry) -> bool {
        let mut pending = self.before.unread.iter();
        pending.any(|pending| pending.item == entry.id)
    }
}
