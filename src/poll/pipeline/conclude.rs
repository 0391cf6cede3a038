//! Last stage, pure but for the memory of hosts: the outcome of a poll, the next state, the commit.

use jiff::Timestamp;
use tracing::warn;

use super::classify::{ClassificationSummary, ClassifiedEntry};
use super::context::Poll;
use super::fetch::ResponseMeta;
use super::parse::Coverage;
use super::select::Selection;
use crate::ingest::anomaly::{flood, moved, notice, repair};
use crate::ingest::item::article;
use crate::ingest::outcome::{self, DocumentOutcome, Failure, HostContext, Outcome};
use crate::ingest::schedule::hints;
use crate::model::{Article, Commit, HubDiscovery, PendingArticle, Precision, SourceState, Upsert};
use crate::sync;

/// Product of the stages before this one.
pub(super) struct PollProduct {
    pub(super) outcome: Outcome,
    /// Items to write, oldest first.
    pub(super) upserts: Vec<Upsert>,
    pub(super) summary: ClassificationSummary,
}

/// Result of one poll.
pub(super) struct Polled {
    pub(super) commit: Commit,
    /// Whether the server said 304, or sent the bytes of the last time.
    pub(super) is_unchanged: bool,
    /// Entries that were held back.
    pub(super) n_held: usize,
    /// Hubs that the document offers; the outer `None` means that no whole document was read.
    pub(super) hubs: Option<Option<HubDiscovery>>,
}

impl PollProduct {
    /// Makes the product of a poll that brought nothing new.
    pub(super) fn unchanged(meta: ResponseMeta) -> PollProduct {
        PollProduct::bare(Outcome::Unchanged {
            validators: meta.validators,
            fresh_for: meta.fresh_for,
            moved: meta.redirect,
        })
    }

    /// Makes the product of a poll that failed.
    pub(super) fn failed(failure: Failure) -> PollProduct {
        PollProduct::bare(Outcome::Failed(failure))
    }

    /// Makes a product without items.
    fn bare(outcome: Outcome) -> PollProduct {
        PollProduct {
            outcome,
            upserts: Vec::new(),
            summary: ClassificationSummary::default(),
        }
    }
}

impl Poll {
    /// Gathers the outcome of a document that was read.
    pub(super) fn read_outcome(
        &self,
        selection: &Selection,
        meta: ResponseMeta,
        pending: Vec<PendingArticle>,
    ) -> Outcome {
        let parsed = &selection.parsed;
        let document = &parsed.document;
        let stands_for_all = selection.is_complete && parsed.body_hash.is_some();
        let read = selection
            .entries
            .iter()
            .filter_map(|entry| entry.article.as_ref());
        let read: Vec<&Article> = read.collect();
        let new = selection
            .entries
            .iter()
            .filter(|entry| entry.stored.is_none());
        Outcome::Read(Box::new(DocumentOutcome {
            validators: meta.validators.filter(|_| stands_for_all),
            wishes: hints::wishes(&document.about),
            fresh_for: meta.fresh_for,
            arrivals: arrivals(&selection.entries),
            n_new: u32::try_from(new.count()).unwrap_or(u32::MAX),
            counts: document.counts,
            unmatched: article::unmatched(&self.source, &document.counts, &read, &self.before),
            n_articles: read.len(),
            verdict: selection.drift.clone(),
            body_hash: parsed.body_hash,
            title: document.about.title.clone(),
            site: document.about.link.clone(),
            language: document.about.language.clone(),
            entries: selection.n_entries,
            n_held: selection.n_stored,
            is_delta: parsed.coverage == Coverage::Delta,
            moved: meta.redirect,
            replaced: document.replaced,
            repaired: document.repaired.clone(),
            is_complete: selection.is_complete,
            unread: pending,
            offer: parsed.hubs.clone(),
        }))
    }

    /// Concludes the poll: computes the next state of the source and makes the commit.
    pub(super) fn conclude(&self, product: PollProduct) -> Polled {
        let PollProduct {
            outcome,
            upserts,
            summary,
        } = product;
        if outcome.was_parsed() {
            self.context
                .store
                .survived(&self.source.id, &self.source.url);
        }
        let mut state = self.next_state(&outcome);
        flood::mark(
            &mut state,
            (&self.source, &self.before),
            &summary.dispositions,
            &summary.flood,
        );
        if let Some(notice) = &summary.notice {
            notice::mark(&mut state, &self.before, notice);
        }
        let found = sync::lock(&self.repair).take();
        repair::keep(&mut state, found, outcome.was_parsed());
        if let Some(words) = moved::news(&self.before, &state) {
            warn!(source.id = %self.source.id, "{}: {words}", self.source.id);
        }
        let commit = Commit {
            upserts,
            roll: summary.seen.clone(),
            robots: self.robots_log.take(),
            ..Commit::of_poll(self.source.id.clone(), self.now, state)
        };
        let is_unchanged = matches!(outcome, Outcome::Unchanged { .. });
        let held = summary.dispositions.iter();
        let n_held = held.filter(|disposition| disposition.is_waiting()).count();
        let hubs = match outcome {
            Outcome::Read(document) if document.is_complete => Some(document.offer),
            Outcome::Read(_) | Outcome::Unchanged { .. } | Outcome::Failed(_) => None,
        };
        Polled {
            commit,
            is_unchanged,
            n_held,
            hubs,
        }
    }

    /// Computes the next state of the source, and remembers what the poll told of its host.
    fn next_state(&self, outcome: &Outcome) -> SourceState {
        let Poll {
            source,
            before,
            now,
            context,
            ..
        } = self;
        let name = source.url.host();
        let host = context.hosts.host(&name);
        let place = HostContext {
            rule: &context.config.host(&name),
            note: context.hosts.note(&host),
            is_outage: context.hosts.judge(&host, before, outcome, *now),
        };
        let mut state = outcome::next_state(source, before, outcome, &place, *now);
        state.address = context.client.address(&name).or(state.address);
        if let Some(note) = state.host.filter(|note| note.at == *now) {
            context.hosts.remember(&host, note);
        }
        state
    }
}

/// Lists the publication times of new entries that are known to the minute or better.
fn arrivals(entries: &[ClassifiedEntry]) -> Vec<Timestamp> {
    let new = entries.iter().filter(|entry| entry.stored.is_none());
    let dates = new.filter_map(|entry| entry.draft.published);
    let exact = dates.filter(|date| date.precision > Precision::Day);
    exact.map(|date| date.at).collect()
}
