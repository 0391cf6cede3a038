//! Search: a page, and feeds of a search to subscribe to.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::clock;
use crate::config::Config;
use crate::model::{ChannelId, Story};
use crate::publish::html::{self, Fragment, Hit, IndexNotice, SearchResults};
use crate::publish::{Edition, Format, NO_HISTORY, Site, Subject, Texts, View};
use crate::search::{
    self, Found, MAX_QUERY_CHARACTERS, SearchError, SearchIndex, SearchOrder, SearchQuery,
    SearchState, SearchWish, is_same_name,
};
use crate::serve::app::{App, RenderContext};
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, answer_opened, negotiate};
use crate::store::StoreError;
use crate::text::html::to_text;

/// Results on one page.
const PAGE_RESULTS: usize = 20;

/// Results in one feed.
const FEED_RESULTS: usize = 50;

/// Media type of pages.
const HTML: &str = "text/html; charset=utf-8";

/// Query of a search, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    #[serde(default)]
    q: String,
    sort: Option<String>,
    start: Option<String>,
    /// Wish of a person to see the feed itself, and not what it is for.
    raw: Option<String>,
}

/// Search to be carried out.
struct Wanted {
    app: App,
    index: Arc<SearchIndex>,
    config: Arc<Config>,
    /// Words, at most [`MAX_QUERY_CHARACTERS`], without white space around them.
    words: String,
    order: SearchOrder,
    start: usize,
}

/// Serves `/search?q=`.
///
/// # Errors
///
/// [`AppError::NotFound`] where `[server] search` is off, [`AppError::BadRequest`] if the query is no UTF-8.
pub(in crate::serve) async fn page(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let wanted = Wanted::of(&app, asked)?;
    app.admit(&headers)?;
    let document = app.cache.render(move || wanted.page(None)).await?;
    Ok(packed(&headers, document))
}

/// Serves `/search.rss?q=`: the newest of a search.
///
/// # Errors
///
/// As [`page`], and [`AppError::Unavailable`] while nothing can be searched.
pub(in crate::serve) async fn rss(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(&app, asked, &headers, Format::Rss).await
}

/// Serves `/search.atom?q=`, as [`rss`](rss()).
///
/// # Errors
///
/// As [`rss`](rss()).
pub(in crate::serve) async fn atom(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(&app, asked, &headers, Format::Atom).await
}

/// Serves `/search.json?q=`, as [`rss`](rss()).
///
/// # Errors
///
/// As [`rss`](rss()).
pub(in crate::serve) async fn json(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(&app, asked, &headers, Format::Json).await
}

async fn feed(
    app: &App,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: &HeaderMap,
    format: Format,
) -> Result<Response, AppError> {
    let is_opened =
        negotiate::is_browser(headers) && !asked.as_ref().is_ok_and(|asked| asked.raw.is_some());
    let wanted = Wanted::of(app, asked)?;
    app.admit(headers)?;
    if is_opened {
        let page = app.cache.render(move || wanted.page(Some(format))).await?;
        let coding = negotiate::coding(headers, |_| true);
        return Ok(answer_opened(
            headers,
            &page.pack(coding.as_slice(), Effort::Once),
        ));
    }
    let document = app.cache.render(move || wanted.feed(format)).await?;
    let document = document.ok_or(AppError::Unavailable)?;
    Ok(packed(headers, document))
}

/// Answers with a document that is not kept.
fn packed(headers: &HeaderMap, document: RenderedDocument) -> Response {
    let coding = negotiate::coding(headers, |_| true);
    answer(headers, &document.pack(coding.as_slice(), Effort::Once))
}

impl Wanted {
    fn of(app: &App, asked: Result<Query<Asked>, QueryRejection>) -> Result<Wanted, AppError> {
        let index = app.search.clone().ok_or(AppError::NotFound)?;
        let asked = asked.map_err(|_| AppError::BadRequest)?.0;
        let start = asked.start.and_then(|start| start.parse().ok());
        let words = asked.q.trim().chars().take(MAX_QUERY_CHARACTERS);
        Ok(Wanted {
            config: app.config(),
            app: app.clone(),
            index,
            words: words.filter(|c| !c.is_control()).collect(),
            order: match asked.sort.as_deref() {
                Some("date") => SearchOrder::Newest,
                _ => SearchOrder::Relevance,
            },
            start: start.unwrap_or_default(),
        })
    }

    /// Renders the page, or that in the place of the feed in the format `opened`; where nothing can be
    /// searched it says so.
    fn page(self, opened: Option<Format>) -> Result<RenderedDocument, StoreError> {
        let desk = self.app.desk(Arc::clone(&self.config))?;
        let query = self.query(&desk);
        let state = self.index.state();
        let found = match query.is_empty() {
            true => Ok(Found::default()),
            false => self.search(&query, (self.order, self.start, PAGE_RESULTS)),
        };
        let (found, notice) = match found {
            Ok(found) => (found, notice(&state)),
            Err(SearchError::Store(why)) => return Err(why),
            Err(_) => (
                Found::default(),
                Some(notice(&state).unwrap_or(IndexNotice::Failed)),
            ),
        };
        let results = SearchResults {
            query: &self.words,
            hits: found
                .stories
                .iter()
                .map(|story| hit(story, &query))
                .collect(),
            total: found.total,
            is_exact: found.is_exact,
            is_by_date: self.order == SearchOrder::Newest,
            is_past: self.start > 0,
            next: found.next,
            notice,
            opened,
        };
        let bytes = html::search(&desk.site(), &results);
        Ok(RenderedDocument::new(HTML, bytes, None))
    }

    /// Renders the newest results as a feed; `None` where nothing can be searched.
    fn feed(self, format: Format) -> Result<Option<RenderedDocument>, StoreError> {
        let desk = self.app.desk(Arc::clone(&self.config))?;
        let query = self.query(&desk);
        let found = match query.is_empty() {
            true => Ok(Found::default()),
            false => self.search(&query, (SearchOrder::Newest, 0, FEED_RESULTS)),
        };
        let found = match found {
            Ok(found) => found,
            Err(SearchError::Store(why)) => return Err(why),
            Err(_) => return Ok(None),
        };
        let Some(channel) = self.config.channels.get(&ChannelId::root()) else {
            return Ok(None);
        };
        let changed = found.stories.iter().map(|story| story.changed).max();
        let edition = Edition {
            site: desk.site(),
            channel,
            subject: Subject::Search(&self.words),
            stories: &found.stories,
            changed,
            view: View::Newest,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        };
        let rhythm = edition.site.rhythm(&channel.id);
        let document = RenderedDocument::new(format.media_type(), format.render(&edition), changed);
        Ok(Some(document.fresh_for(rhythm)))
    }

    fn search(
        &self,
        query: &SearchQuery,
        (order, start, limit): (SearchOrder, usize, usize),
    ) -> Result<Found, SearchError> {
        let wish = SearchWish {
            order,
            start,
            limit,
            now: clock::now(),
        };
        self.index.search(&self.app.store, query, wish)
    }

    fn query(&self, desk: &RenderContext) -> SearchQuery {
        read(&self.words, &desk.site())
    }
}

/// Reads the words of a search; sources and channels may be called by their titles.
pub(in crate::serve) fn read(words: &str, site: &Site<'_>) -> SearchQuery {
    let mut query = SearchQuery::read(words, &site.zone(&ChannelId::root()));
    let is_one = |names: &[String], title: &str| {
        let mut names = names.iter();
        names.any(|name| is_same_name(name, title))
    };
    let known = site.sources.iter();
    let called = known.filter(|(_, card)| is_one(&query.sources, &card.title));
    let called: Vec<String> = called.map(|(id, _)| id.to_string()).collect();
    query.sources.extend(called);
    let known = site.config.channels.values();
    let called = known.filter(|channel| is_one(&query.channels, &channel.title));
    let called: Vec<String> = called.map(|channel| channel.id.to_string()).collect();
    query.channels.extend(called);
    query
}

/// Makes the line of a story that was found.
fn hit<'a>(story: &'a Arc<Story>, query: &SearchQuery) -> Hit<'a> {
    let item = &story.canonical;
    let html = item.content.as_ref().or(item.summary.as_ref());
    let text = html.map_or_else(String::new, |html| to_text(html.as_str()));
    // On one line, as an excerpt is.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Hit {
        title: fragments(search::mark(&item.title, &query.words)),
        excerpt: fragments(search::excerpt(&text, &query.words)),
        story,
    }
}

fn fragments(found: Vec<search::Fragment>) -> Vec<Fragment> {
    let fragment = |search::Fragment { text, is_hit }| Fragment { text, is_hit };
    found.into_iter().map(fragment).collect()
}

/// Tells readers what is wrong with the index.
fn notice(state: &SearchState) -> Option<IndexNotice> {
    match state {
        SearchState::Ready => None,
        SearchState::Opening => Some(IndexNotice::Building(0)),
        SearchState::Building { done, total } => {
            let percent = done * 100 / (*total).max(1);
            Some(IndexNotice::Building(percent.min(99) as u8))
        }
        SearchState::Failed(_) => Some(IndexNotice::Failed),
    }
}
