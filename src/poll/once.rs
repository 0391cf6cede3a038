//! One poll, from the request to the commit.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tracing::warn;

use super::network::Network;
use super::pages::Further;
use super::sort::{Sifted, Sorted, sort};
use super::trouble;
use crate::config::{Config, FullText, Source};
use crate::fetch::{self, Accept, Client, Fetched, Request};
use crate::ingest::articles;
use crate::ingest::clean::{self, Origin};
use crate::ingest::drift;
use crate::ingest::fresh::Sight;
use crate::ingest::keys::{self, Addresses};
use crate::ingest::plan::{self, Findings, Outcome};
use crate::ingest::wishes;
use crate::ingest::{hold, identity};
use crate::model::{Article, Commit, HubOffer, Join, Precision, SourceState, Upsert, Validators};
use crate::source::{Reading, gate, hub};
use crate::store::{Store, StoreError};
use crate::text::fingerprint;

/// What polls share.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) config: Arc<Config>,
    pub(super) client: Client,
    pub(super) store: Arc<Store>,
    pub(super) network: Arc<Network>,
    /// Documents that are parsed at the same time.
    pub(super) parsers: Arc<Semaphore>,
}

/// A document that was read, on its way to a commit.
pub(super) struct Harvest {
    pub(super) reading: Reading,
    pub(super) drafts: Vec<Sorted>,
    sifted: Sifted,
    addresses: Addresses,
    /// Of the first document, if it stands for all.
    body_hash: Option<u64>,
    offer: Option<HubOffer>,
}

/// What a document that was read whole offers; absent if none was.
pub(super) type Offered = Option<Option<HubOffer>>;

/// What a server promised along with a document.
#[derive(Default)]
pub(super) struct Promise {
    validators: Option<Validators>,
    fresh_for: Option<Duration>,
}

/// What one visit brought.
pub(super) struct Visit {
    pub(super) outcome: Outcome,
    pub(super) upserts: Vec<Upsert>,
    pub(super) sifted: Sifted,
}

impl From<Outcome> for Visit {
    fn from(outcome: Outcome) -> Visit {
        Visit {
            outcome,
            upserts: Vec::new(),
            sifted: Sifted::default(),
        }
    }
}

impl Tools {
    /// Polls `source`; the answer is what to write.
    pub(super) async fn poll(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        now: Timestamp,
    ) -> Result<(Commit, Offered), StoreError> {
        let Visit {
            outcome,
            upserts,
            sifted,
        } = self.visit(source, before, now).await?;
        let mut state = self.conclude(source, before, &outcome, now);
        hold::mark(&mut state, before, &sifted.fates, sifted.flood);
        let commit = Commit {
            source: source.id.clone(),
            at: now,
            upserts,
            state: Some(state),
            subscription: None,
            roll: sifted.roll,
        };
        let offered = match outcome {
            Outcome::Read(findings) if findings.is_complete => Some(findings.offer),
            Outcome::Read(_) | Outcome::Unchanged { .. } | Outcome::Failed { .. } => None,
        };
        Ok((commit, offered))
    }

    /// What to remember after a poll, also of the host.
    pub(super) fn conclude(
        &self,
        source: &Source,
        before: &SourceState,
        outcome: &Outcome,
        now: Timestamp,
    ) -> SourceState {
        let name = source.url.host();
        let host = self.network.host(&name);
        let place = plan::Place {
            rule: &self.config.host(&name),
            note: self.network.note(&host),
            is_outage: self.network.judge(&host, before, outcome, now),
        };
        let mut state = plan::state(source, before, outcome, &place, now);
        state.address = self.client.address(&name).or(state.address);
        if let Some(note) = state.host.filter(|note| note.at == now) {
            self.network.remember(&host, note);
        }
        state
    }

    async fn visit(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        now: Timestamp,
    ) -> Result<Visit, StoreError> {
        let accept = super::pages::accept(source);
        let held = plan::validators(source, before, now);
        let fetched = self.fetch(source, &source.url, accept, held, now).await;
        let (document, validators, fresh_for, links) = match fetched {
            Ok(Fetched::Document {
                document,
                validators,
                fresh_for,
                links,
            }) => (document, validators, fresh_for, links),
            Ok(Fetched::NotModified {
                validators,
                fresh_for,
            }) => {
                let outcome = Outcome::Unchanged {
                    validators: Some(validators),
                    fresh_for: fresh_for.or(before.fresh_for),
                };
                return Ok(outcome.into());
            }
            Err(error) => {
                let rule = self.config.host(&source.url.host());
                return Ok(trouble::fetching(&error, &rule).into());
            }
        };
        let body_hash = fingerprint::hash_bytes(&document.body);
        let is_same = before.body_hash == Some(body_hash)
            && before.asked.as_ref() == Some(&source.url)
            && before.unread.is_empty();
        if is_same {
            let outcome = Outcome::Unchanged {
                validators,
                fresh_for,
            };
            return Ok(outcome.into());
        }
        let promise = Promise {
            validators,
            fresh_for,
        };
        let first = document.url.clone();
        let reading = match self.read(source, document, now).await {
            Ok(reading) => reading,
            Err(error) => return Ok(trouble::reading(&error).into()),
        };
        let further = match self.further(source, &first, reading, now).await? {
            Ok(further) => further,
            Err(outcome) => return Ok(outcome.into()),
        };
        let mut harvest = self
            .harvest(source, before, further, body_hash, now)
            .await?;
        harvest.offer = hub::offer(&links, &harvest.reading.about, &first);
        self.gather(source, before, harvest, promise, now).await
    }

    /// Asks for a document when it is the host's turn.
    pub(super) async fn fetch(
        &self,
        source: &Source,
        url: &crate::model::WebUrl,
        accept: Accept,
        validators: Option<&Validators>,
        now: Timestamp,
    ) -> Result<Fetched, fetch::FetchError> {
        let host = url.host();
        let spacing = self.config.host(&host).spacing;
        self.network.take_turn(&host, spacing).await;
        let contact = self.config.server.contact.as_deref();
        let user_agent = fetch::user_agent(contact, &source.id);
        let request = Request {
            url,
            accept,
            validators,
            timeout: source.timeout,
            user_agent: &user_agent,
        };
        self.client.get(&request, now).await
    }

    /// Looks up what we have of what was read.
    pub(super) async fn harvest(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        further: Further,
        body_hash: u64,
        now: Timestamp,
    ) -> Result<Harvest, StoreError> {
        let source = Arc::clone(source);
        let before = before.clone();
        let store = Arc::clone(&self.store);
        self.blocking(move || {
            let Further {
                mut reading,
                is_whole,
                is_index,
            } = further;
            let drafts = std::mem::take(&mut reading.drafts);
            let addresses = Addresses::of(drafts.iter());
            let roll = store.roll(&source.id)?;
            let identified = identity::identify(&source, &roll, drafts);
            let (drafts, sifted) = sort(&store, &source, &before, &roll, identified, now)?;
            Ok(Harvest {
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
        mut harvest: Harvest,
        promise: Promise,
        now: Timestamp,
    ) -> Result<Visit, StoreError> {
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
        let verdict = drift::judge(source, &before.baseline, &counts, now);
        let mut wanted = std::mem::take(&mut harvest.drafts);
        if verdict.breach.is_some() {
            wanted.clear();
        }
        wanted.retain(|sorted| {
            sorted.is_news || before.unread.iter().any(|unread| unread.item == sorted.id)
        });
        let (articles, unread) = self.articles(source, before, &wanted, now).await;
        let is_complete = plan::is_whole(source, before, harvest.reading.complete, n_entries);
        let stands_for_all = is_complete && harvest.body_hash.is_some();
        let validators = promise.validators.filter(|_| stands_for_all);
        let outcome = Outcome::Read(Box::new(Findings {
            validators,
            wishes: wishes::wishes(&harvest.reading.about),
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
        let is_first_poll = before.succeeded.is_none();
        let upserts = self
            .blocking(move || upserts(&source, &harvest, &wanted, &articles, is_first_poll, now))
            .await;
        Ok(Visit {
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

/// What to write, oldest first.
fn upserts(
    source: &Source,
    harvest: &Harvest,
    wanted: &[Sorted],
    articles: &[Option<Article>],
    is_first_poll: bool,
    now: Timestamp,
) -> Vec<Upsert> {
    let about = &harvest.reading.about;
    let language = source.language.as_deref().or(about.language.as_deref());
    let mut upserts: Vec<Upsert> = wanted
        .iter()
        .zip(articles)
        .filter(|(sorted, article)| sorted.is_news || article.is_some())
        .filter(|(sorted, article)| articles::has_title(source, &sorted.draft, article.as_ref()))
        .map(|(sorted, article)| {
            let sight = Sight {
                now,
                zone: &source.timezone,
                is_first_poll,
                index: sorted.index,
            };
            let origin = Origin {
                source: &source.id,
                language,
                base: &source.url,
                fingerprint: sorted.fingerprint,
            };
            let mut item = clean::item(
                sorted.id,
                &sorted.draft,
                article.as_ref(),
                sorted.held.as_ref(),
                &origin,
                &sight,
            );
            if source.full_text == FullText::Never {
                clean::keep_teaser(&mut item);
            }
            let join = match source.dedupe {
                true => Join::by(keys::join(&item, &harvest.addresses, &source.strip_params)),
                false => Join::default(),
            };
            Upsert {
                rank: plan::rank(source, &item),
                join,
                routes: Vec::new(),
                item,
            }
        })
        .collect();
    upserts.sort_by_key(|upsert| (upsert.item.sort_key, upsert.item.id));
    upserts
}

/// When what is new was published, where that is known to the minute.
fn arrivals(wanted: &[Sorted]) -> Vec<Timestamp> {
    let new = wanted.iter().filter(|sorted| sorted.held.is_none());
    let dates = new.filter_map(|sorted| sorted.draft.published);
    let exact = dates.filter(|date| date.precision > Precision::Day);
    exact.map(|date| date.at).collect()
}
