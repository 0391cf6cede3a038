//! Results of a query: the index says which stories may be meant, the store has them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::columnar::Column;
use tantivy::query::Query;
use tantivy::{DocAddress, DocId, Order, Score, Searcher, SegmentReader};

use super::atoms::Atoms;
use super::document::texts;
use super::error::SearchError;
use super::highlight::has_phrase;
use super::index::SearchIndex;
use super::plan::{phrases, plan};
use super::query::SearchQuery;
use super::schema::{AT, HEAD, TAIL, joined};
use crate::model::{Story, StoryId};
use crate::store::Store;

/// Furthest result that can be asked for.
const MAX_START: usize = 10_000;

/// Stories that are compared with a phrase for one page; beyond these the next page goes on.
const MAX_COMPARED: usize = 400;

/// Age at which the bonus of fresh news is half of what it was, in seconds.
const FRESHNESS_SECONDS: f32 = 30.0 * 86_400.0;

/// Order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SearchOrder {
    /// Best first, fresh ones before others of their kind.
    #[default]
    Relevance,
    /// Newest first.
    Newest,
}

/// Part of the results that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchWish {
    /// Order of the results.
    pub order: SearchOrder,
    /// Number of the first one, from 0; that of [`Found::next`] for a next page.
    pub start: usize,
    /// Most results, at least 1.
    pub limit: usize,
    /// Present, by which the bonus of fresh news is counted.
    pub now: Timestamp,
}

/// Results of a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Stories, in their order.
    pub stories: Vec<Arc<Story>>,
    /// Number of stories that have all the words; those of a phrase need not have them in a row.
    pub total: usize,
    /// Whether `total` is exact.
    pub is_exact: bool,
    /// Number of the first result of the next page, if there is one.
    pub next: Option<usize>,
}

/// Search under way.
struct Search<'a> {
    searcher: &'a Searcher,
    query: &'a dyn Query,
    wish: SearchWish,
    /// Columns of the ids, by segment.
    ids: BTreeMap<u32, (Column<u64>, Column<u64>)>,
}

impl SearchIndex {
    /// Searches; a story that the store does not have any more is left out.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotReady`], [`SearchError::Index`] if the index cannot be read, and those of
    /// the store.
    pub fn search(
        &self,
        store: &Store,
        query: &SearchQuery,
        wish: SearchWish,
    ) -> Result<Found, SearchError> {
        let open = self.opened()?;
        let phrases = phrases(query);
        let plan = plan(&open.fields, query);
        // tantivy trusts what it maps; a damaged file may make it panic.
        let found = catch_unwind(AssertUnwindSafe(|| {
            let searcher = open.reader.searcher();
            let search = Search {
                searcher: &searcher,
                query: &plan,
                wish,
                ids: BTreeMap::new(),
            };
            match phrases.is_empty() {
                true => search.plain(store),
                false => search.comparing(store, &phrases),
            }
        }));
        let found = found.unwrap_or_else(|_| Err(SearchError::Index("it is damaged".to_owned())));
        found.inspect_err(|why| {
            if matches!(why, SearchError::Index(_)) {
                self.suspect();
            }
        })
    }
}

impl Search<'_> {
    /// Reads a page of what the index finds.
    fn plain(mut self, store: &Store) -> Result<Found, SearchError> {
        let SearchWish { start, limit, .. } = self.wish;
        let (total, ids) = self.candidates(start, limit + 1)?;
        let has_more = ids.len() > limit && start + limit < MAX_START;
        let stories = store.stories(&ids[..ids.len().min(limit)])?;
        Ok(Found {
            stories: stories.into_iter().flatten().collect(),
            total,
            is_exact: true,
            next: has_more.then_some(start + limit),
        })
    }

    /// Reads a page of those among what the index finds that have the phrases.
    fn comparing(mut self, store: &Store, phrases: &[Atoms]) -> Result<Found, SearchError> {
        let SearchWish { start, limit, .. } = self.wish;
        let (total, ids) = self.candidates(start, MAX_COMPARED)?;
        let mut found = Found {
            total,
            ..Found::default()
        };
        let mut n_compared = 0;
        // A page may be full soon; if not, the rest is read at once, as each read opens all volumes anew.
        let (first, rest) = ids.split_at(ids.len().min(2 * limit.max(16)));
        for some in [first, rest] {
            if found.stories.len() == limit {
                break;
            }
            for story in store.stories(some)? {
                if found.stories.len() == limit {
                    break;
                }
                n_compared += 1;
                found
                    .stories
                    .extend(story.filter(|story| has_all(story, phrases)));
            }
        }
        let next = start + n_compared;
        found.next = (next < total && next < MAX_START).then_some(next);
        if start == 0 && found.next.is_none() {
            found.total = found.stories.len();
            found.is_exact = true;
        }
        Ok(found)
    }

    /// Asks the index for the number of stories, and for the ids of some from `start` on.
    fn candidates(
        &mut self,
        start: usize,
        limit: usize,
    ) -> Result<(usize, Vec<StoryId>), SearchError> {
        let top = TopDocs::with_limit(limit.max(1)).and_offset(start.min(MAX_START));
        let (places, total) = match self.wish.order {
            SearchOrder::Newest => {
                let top = top.order_by_fast_field::<i64>(AT, Order::Desc);
                self.collect(top)?
            }
            SearchOrder::Relevance => {
                let now = self.wish.now.as_second();
                let top = top.tweak_score(move |segment: &SegmentReader| {
                    let at = segment.fast_fields().i64(AT).ok();
                    move |doc: DocId, score: Score| {
                        let at = at.as_ref().and_then(|at| at.first(doc));
                        score * (1.0 + freshness(now - at.unwrap_or_default()))
                    }
                });
                self.collect(top)?
            }
        };
        let ids: Result<Vec<Option<StoryId>>, SearchError> =
            places.into_iter().map(|place| self.id(place)).collect();
        Ok((total, ids?.into_iter().flatten().collect()))
    }

    fn collect<K: Send + 'static>(
        &self,
        top: impl Collector<Fruit = Vec<(K, DocAddress)>>,
    ) -> Result<(Vec<DocAddress>, usize), SearchError> {
        let (places, total) = self.searcher.search(self.query, &(top, Count))?;
        Ok((places.into_iter().map(|(_, place)| place).collect(), total))
    }

    /// Returns the id of a story in the index.
    fn id(&mut self, place: DocAddress) -> Result<Option<StoryId>, SearchError> {
        let segment = place.segment_ord;
        if !self.ids.contains_key(&segment) {
            let fast = self.searcher.segment_reader(segment).fast_fields();
            self.ids.insert(segment, (fast.u64(HEAD)?, fast.u64(TAIL)?));
        }
        let halves = self.ids.get(&segment);
        let halves = halves
            .and_then(|(head, tail)| Some((head.first(place.doc_id)?, tail.first(place.doc_id)?)));
        Ok(halves.map(|(head, tail)| joined(head, tail)))
    }
}

/// Whether a story has all phrases, each in one of its texts.
fn has_all(story: &Story, phrases: &[Atoms]) -> bool {
    let texts = texts(story);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    phrases.iter().all(|phrase| has_phrase(&texts, phrase))
}

/// Computes the bonus of a story's age, 1 for one that is new, falling to 0.
fn freshness(age_seconds: i64) -> f32 {
    1.0 / (1.0 + age_seconds.max(0) as f32 / FRESHNESS_SECONDS)
}
