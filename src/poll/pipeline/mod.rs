//! One poll, from the request to the commit.

pub(super) mod articles;
pub(super) mod build;
pub(super) mod classify;
pub(super) mod failure;
pub(super) mod fetch;
pub(super) mod parse;
pub(super) mod push;
pub(super) mod report;
pub(super) mod task;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{RwLock, Semaphore};
use tracing::warn;

use super::hosts::registry::HostRegistry;
use super::hosts::robots::{Notes, RobotsCache};
use classify::{ClassificationSummary, ClassifiedEntry, ClassifyContext, sort};
use parse::ParsedSource;

use crate::config::{Config, Source};
use crate::fetch::{Client, Fetched};
use crate::ingest::anomaly::drift;
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::moved;
use crate::ingest::dedupe::keys::Addresses;
use crate::ingest::identity;
use crate::ingest::item::filter;
use crate::ingest::outcome;
use crate::ingest::outcome::{DocumentOutcome, Outcome};
use crate::ingest::schedule::hints;
use crate::model::{
    Commit, FailureKind, HubDiscovery, Precision, SourceState, Upsert, Validators, WebUrl,
};
use crate::source::{ParsedDocument, gate, hub};
use crate::store::{MAX_CRASHES, Store, StoreError};
use crate::text::fingerprint;
use build::upserts;

/// What polls share.
#[derive(Debug)]
pub(super) struct PollContext {
    pub(super) config: Arc<Config>,
    pub(super) client: Client,
    pub(super) store: Arc<Store>,
    pub(super) network: Arc<HostRegistry>,
    pub(super) robots: Arc<RobotsCache>,
    /// What this poll learns of robots.txt files.
    pub(super) notes: Notes,
    /// Documents that are parsed at the same time.
    pub(super) parsers: Arc<Semaphore>,
    /// Whether a document may be read beside others.
    pub(super) readers: Arc<RwLock<()>>,
}

/// A document that was read, on its way to a commit.
pub(super) struct ClassifiedEntries {
    pub(super) reading: ParsedDocument,
    pub(super) drafts: Vec<ClassifiedEntry>,
    sifted: ClassificationSummary,
    pub(super) addresses: Addresses,
    /// Of the first document, if it stands for all.
    body_hash: Option<u64>,
    offer: Option<HubDiscovery>,
}

/// What a document that was read whole offers; absent if none was.
pub(super) type Offered = Option<Option<HubDiscovery>>;

/// What a server promised along with a document.
#[derive(Default)]
pub(super) struct ResponseMeta {
    validators: Option<Validators>,
    fresh_for: Option<Duration>,
    moved: Option<WebUrl>,
    is_delta: bool,
}

/// What one visit brought.
pub(super) struct PollProduct {
    pub(super) outcome: Outcome,
    pub(super) upserts: Vec<Upsert>,
    pub(super) sifted: ClassificationSummary,
}

impl From<Outcome> for PollProduct {
    fn from(outcome: Outcome) -> PollProduct {
        PollProduct {
            outcome,
            upserts: Vec::new(),
            sifted: ClassificationSummary::default(),
        }
    }
}

impl PollContext {
    /// Polls `source`; the answer is what to write.
    pub(super) async fn poll(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        now: Timestamp,
    ) -> Result<(Commit, Offered), StoreError> {
        let PollProduct {
            outcome,
            upserts,
            sifted,
        } = self.visit(source, before, now).await?;
        let was_read = matches!(
            outcome,
            Outcome::Read(_)
                | Outcome::Failed {
                    trouble: FailureKind::Content,
                    ..
                }
        );
        if was_read {
            self.store.survived(&source.id, &source.url);
        }
        let mut state = self.conclude(source, before, &outcome, now);
        flood::mark(&mut state, before, &sifted.fates, sifted.flood);
        if let Some(words) = moved::news(before, &state) {
            warn!(source.id = %source.id, "{}: {words}", source.id);
        }
        let commit = Commit {
            source: source.id.clone(),
            at: now,
            upserts,
            state: Some(state),
            subscription: None,
            roll: sifted.roll,
            robots: self.take_notes(),
        };
        let offered = match outcome {
            Outcome::Read(findings) if findings.is_complete => Some(findings.offer),
            Outcome::Read(_) | Outcome::Unchanged { .. } | Outcome::Failed { .. } => None,
        };
        Ok((commit, offered))
    }

    async fn visit(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        now: Timestamp,
    ) -> Result<PollProduct, StoreError> {
        let crashes = self.store.crashes(&source.id, &source.url);
        if crashes >= MAX_CRASHES {
            return Ok(failure::deadly(crashes).into());
        }
        let accept = parse::accept(source);
        let held = outcome::validators(source, before, now);
        let url = moved::address(source, before, now);
        let fetched = self.fetch(source, url, accept, held, now).await;
        let (document, promise, links) = match fetched {
            Ok(Fetched::Document {
                document,
                validators,
                fresh_for,
                links,
                moved,
                is_delta,
            }) => {
                let promise = ResponseMeta {
                    validators,
                    fresh_for,
                    moved,
                    is_delta,
                };
                (document, promise, links)
            }
            Ok(Fetched::NotModified {
                validators,
                fresh_for,
                moved,
            }) => {
                let outcome = Outcome::Unchanged {
                    validators: Some(validators),
                    fresh_for: fresh_for.or(before.fresh_for),
                    moved,
                };
                return Ok(outcome.into());
            }
            Err(error) => {
                let rule = self.config.host(&source.url.host());
                return Ok(failure::fetching(&error, &rule).into());
            }
        };
        let body_hash = fingerprint::hash_bytes(&document.body);
        let is_same = before.body_hash == Some(body_hash)
            && before.asked.as_ref() == Some(&source.url)
            && before.unread.is_empty()
            && !promise.is_delta;
        if is_same {
            let outcome = Outcome::Unchanged {
                validators: promise.validators,
                fresh_for: promise.fresh_for,
                moved: promise.moved,
            };
            return Ok(outcome.into());
        }
        let first = document.url.clone();
        let reading = match self.read(source, document, now).await {
            Ok(reading) => reading,
            Err(error) => return Ok(failure::reading(&error).into()),
        };
        let mut further = match self.further(source, &first, reading, now).await? {
            Ok(further) => further,
            Err(outcome) => return Ok(outcome.into()),
        };
        further.is_part |= promise.is_delta;
        let mut harvest = self
            .harvest(source, before, further, body_hash, now)
            .await?;
        harvest.offer = hub::offer(&links, &harvest.reading.about, &first);
        self.gather(source, before, harvest, promise, now).await
    }

    /// Looks up what we have of what was read.
    pub(super) async fn harvest(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        further: ParsedSource,
        body_hash: u64,
        now: Timestamp,
    ) -> Result<ClassifiedEntries, StoreError> {
        let source = Arc::clone(source);
        let before = before.clone();
        let store = Arc::clone(&self.store);
        self.blocking(move || {
            let _mark = store.begin_reading(&source.id, &source.url);
            let ParsedSource {
                mut reading,
                is_whole,
                is_index,
                is_part,
            } = further;
            let mut drafts = std::mem::take(&mut reading.drafts);
            for draft in &mut drafts {
                filter::rewrite(draft, &source.rewrites);
            }
            let addresses = Addresses::of(drafts.iter());
            let roll = store.roll(&source.id)?;
            let identified = identity::identify(&source, &roll, drafts);
            let shelf = ClassifyContext {
                store: &store,
                source: &source,
                before: &before,
                roll: &roll,
            };
            let (drafts, sifted) = sort(&shelf, identified, is_part, now)?;
            Ok(ClassifiedEntries {
                reading,
                drafts,
                sifted,
                addresses,
                // An index stays the same while its sitemaps change.
                body_hash: (is_whole && !is_index).then_some(body_hash),
                offer: None,
            })
        })
        .await
    }

    /// Turns what is new in a harvest into items, with their article pages.
    pub(super) async fn gather(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        mut harvest: ClassifiedEntries,
        promise: ResponseMeta,
        now: Timestamp,
    ) -> Result<PollProduct, StoreError> {
        let sifted = std::mem::take(&mut harvest.sifted);
        let n_entries = sifted.fates.len();
        if n_entries >= gate::Limits::default().entries {
            warn!(
                source.id = %source.id,
                "{}: the document has {n_entries} entries or more, those beyond are left out",
                source.id
            );
        }
        let counts = harvest.reading.counts;
        let mut verdict = drift::judge(source, &before.baseline, &counts, now);
        if promise.is_delta {
            // A difference tells nothing of what is normal.
            (verdict.breach, verdict.baseline) = (None, before.baseline);
        }
        let mut wanted = std::mem::take(&mut harvest.drafts);
        let n_held = wanted.iter().filter(|sorted| sorted.held.is_some()).count();
        if verdict.breach.is_some() {
            wanted.clear();
        }
        wanted.retain(|sorted| !filter::is_dropped(&sorted.draft, &source.filters));
        wanted.retain(|sorted| {
            sorted.is_news || before.unread.iter().any(|unread| unread.item == sorted.id)
        });
        let (articles, unread) = self.articles(source, before, &wanted, now).await;
        let is_complete = outcome::is_whole(source, before, harvest.reading.complete, n_entries);
        let stands_for_all = is_complete && harvest.body_hash.is_some();
        let validators = promise.validators.filter(|_| stands_for_all);
        let outcome = Outcome::Read(Box::new(DocumentOutcome {
            validators,
            wishes: hints::wishes(&harvest.reading.about),
            fresh_for: promise.fresh_for,
            has_news: wanted.iter().any(|sorted| sorted.held.is_none()),
            arrivals: arrivals(&wanted),
            counts,
            verdict,
            body_hash: harvest.body_hash,
            title: harvest.reading.about.title.clone(),
            site: harvest.reading.about.link.clone(),
            language: harvest.reading.about.language.clone(),
            entries: n_entries,
            n_held,
            is_delta: promise.is_delta,
            moved: promise.moved,
            replaced: harvest.reading.replaced,
            repaired: harvest.reading.repaired.clone(),
            is_complete,
            unread: unread.clone(),
            offer: harvest.offer.take(),
        }));
        // What we hold with its text is not replaced by a list's line without.
        for (sorted, article) in wanted.iter_mut().zip(&articles) {
            let is_pending = unread.iter().any(|one| one.item == sorted.id);
            sorted.is_news &= article.is_some() || sorted.held.is_none() || !is_pending;
        }
        let source = Arc::clone(source);
        let config = Arc::clone(&self.config);
        let is_first_poll = before.succeeded.is_none();
        let upserts = self
            .blocking(move || {
                upserts(
                    &config,
                    &source,
                    &harvest,
                    &wanted,
                    &articles,
                    is_first_poll,
                    now,
                )
            })
            .await;
        Ok(PollProduct {
            outcome,
            upserts,
            sifted,
        })
    }

    /// Runs `work` on a thread of its own; few run at the same time.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let _permit = self.parsers.acquire().await;
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            // A panic ends this poll, as a failed one; see `run`.
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}

/// When what is new was published, where that is known to the minute.
fn arrivals(wanted: &[ClassifiedEntry]) -> Vec<Timestamp> {
    let new = wanted.iter().filter(|sorted| sorted.held.is_none());
    let dates = new.filter_map(|sorted| sorted.draft.published);
    let exact = dates.filter(|date| date.precision > Precision::Day);
    exact.map(|date| date.at).collect()
}
