//! Results of a query: the index says which stories may be meant, the store has them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tantivy::collector::sort_key::SortByStaticFastValue;
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::columnar::Column;
use tantivy::query::Query;
use tantivy::{DocAddress, DocId, Order, Score, Searcher, SegmentReader};

use super::atoms::Atoms;
use super::document::texts;
use super::error::SearchError;
use super::highlight::has_phrase;
use super::index::SearchIndex;
use super::plan::{n_at_most, newer, phrases, plan};
use super::query::SearchQuery;
use super::schema::{AT, Fields, HEAD, TAIL, joined};
use crate::model::{Story, StoryId};
use crate::store::Store;

/// Furthest result that can be asked for.
const MAX_START: usize = 10_000;

/// Stories that are compared with a phrase for one page; beyond these the next page goes on.
const MAX_COMPARED: usize = 400;

/// Stories that are ranked by relevance; of more only the newest are, about as many.
const MAX_RANKED: u64 = 100_000;

/// Stories whose times are read to learn when the newest so many begin.
const SAMPLE_STORIES: usize = 1000;

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
    fields: &'a Fields,
    query: &'a dyn Query,
    wish: SearchWish,
    /// Most stories that may be found.
    n_at_most: u64,
    /// Stories that are ranked by relevance: [`MAX_RANKED`].
    max_ranked: u64,
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
                fields: &open.fields,
                query: &plan,
                wish,
                n_at_most: n_at_most(&open.fields, query, &searcher)?,
                max_ranked: MAX_RANKED,
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
        // A page may be full soon; if not, the rest is read at once, volume by volume.
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
        let top = || TopDocs::with_limit(limit.max(1)).and_offset(start.min(MAX_START));
        let (places, total) = match self.wish.order {
            SearchOrder::Newest => {
                // Of one second in the order of the store, wherever the index has them: nodes that hold the
                // same stories list them in the same way.
                let at = SortByStaticFastValue::<i64>::for_field(AT);
                let [head, tail] = [HEAD, TAIL].map(SortByStaticFastValue::<u64>::for_field);
                let top =
                    top().order_by(((at, Order::Desc), (head, Order::Asc), (tail, Order::Asc)));
                self.collect(self.query, top)?
            }
            SearchOrder::Relevance if self.n_at_most <= self.max_ranked => {
                self.ranked(self.query, top())?
            }
            SearchOrder::Relevance => self.newest_ranked(top)?,
        };
        let ids: Result<Vec<Option<StoryId>>, SearchError> =
            places.into_iter().map(|place| self.id(place)).collect();
        Ok((total, ids?.into_iter().flatten().collect()))
    }

    /// Ranks the newest `max_ranked` of the stories that are found, or all if there are no more, or
    /// the newest are far fewer than thought: words that so many stories have say little of them, and
    /// their age says more.
    fn newest_ranked(
        &self,
        top: impl Fn() -> TopDocs,
    ) -> Result<(Vec<DocAddress>, usize), SearchError> {
        let total = self.searcher.search(self.query, &Count)?;
        let max = self.max_ranked;
        if total as u64 > max
            && let Some(since) = self.beginning_of_newest(max as f64 / total as f64)?
        {
            let newest = newer(self.fields, self.query, since);
            let (places, n_ranked) = self.ranked(&newest, top())?;
            if n_ranked as u64 >= max / 4 {
                return Ok((places, total));
            }
        }
        self.ranked(self.query, top())
    }

    /// Ranks all stories that are found.
    fn ranked(
        &self,
        query: &dyn Query,
        top: TopDocs,
    ) -> Result<(Vec<DocAddress>, usize), SearchError> {
        let now = self.wish.now.as_second();
        let top = top.tweak_score(move |segment: &SegmentReader| {
            let at = segment.fast_fields().i64(AT).ok();
            move |doc: DocId, score: Score| {
                let at = at.as_ref().and_then(|at| at.first(doc));
                score * (1.0 + freshness(now - at.unwrap_or_default()))
            }
        });
        self.collect(query, top)
    }

    /// Returns when the newest stories of the index begin that are a share of all, by a sample of them;
    /// `None` if it is empty.
    fn beginning_of_newest(&self, share: f64) -> Result<Option<Timestamp>, SearchError> {
        let all: usize = self
            .segments()
            .map(|segment| segment.max_doc() as usize)
            .sum();
        let step = (all / SAMPLE_STORIES).max(1);
        let mut times = Vec::new();
        for segment in self.segments() {
            let at = segment.fast_fields().i64(AT)?;
            let sampled = (0..segment.max_doc()).step_by(step);
            times.extend(sampled.filter_map(|story| at.first(story)));
        }
        times.sort_unstable();
        let nth = ((1.0 - share) * times.len() as f64) as usize;
        let since = times.get(nth);
        Ok(since.and_then(|since| Timestamp::from_second(*since).ok()))
    }

    fn segments(&self) -> impl Iterator<Item = &SegmentReader> {
        self.searcher.segment_readers().iter()
    }

    fn collect<K: Send + 'static>(
        &self,
        query: &dyn Query,
        top: impl Collector<Fruit = Vec<(K, DocAddress)>>,
    ) -> Result<(Vec<DocAddress>, usize), SearchError> {
        let (places, total) = self.searcher.search(query, &(top, Count))?;
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

#[cfg(test)]
mod tests;
