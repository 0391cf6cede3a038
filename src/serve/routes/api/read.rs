//! Handlers of the API: what is asked for, read from the store, as JSON.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::problem::Problem;
use super::wire::{
    ChannelInfo, ChannelList, SearchList, SourceInfo, SourceList, StoryInfo, StoryList,
};
use crate::clock;
use crate::model::{ChannelId, SourceId, Story, StoryId};
use crate::publish::Site;
use crate::search::{Found, SearchError, SearchOrder, SearchState, SearchWish};
use crate::serve::app::App;
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, negotiate};
use crate::serve::routes::channels::{
    FRONT_POOL, cursor, read_cursor, widely_reported, write_cursor,
};
use crate::serve::routes::search::read as read_words;
use crate::store::{Cursor, StoreError};

/// Stories in a list unless the client says.
const DEFAULT_LIMIT: usize = 50;

/// Most stories in a list.
const MAX_LIMIT: usize = 200;

/// Part of a list of stories.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Channel whose stories, and those of all below it, are wanted; all unless given.
    #[param(value_type = String, required = false)]
    channel: Option<String>,
    /// Latest time of a story, RFC 3339.
    #[param(value_type = String, required = false, format = DateTime)]
    until: Option<String>,
    /// Earliest time of a story, RFC 3339.
    #[param(value_type = String, required = false, format = DateTime)]
    since: Option<String>,
    /// Cursor of a page: `next` of the one before.
    #[param(
        value_type = String,
        required = false,
        pattern = "^([0-9]{1,18}|[1-8][0-9]{18})-[0-9a-f]{32}$"
    )]
    cursor: Option<String>,
    /// Number of stories, 1 to 200; 50 unless given.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Channel whose hot stories are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HotQuery {
    /// Channel; all unless given.
    #[param(value_type = String, required = false)]
    channel: Option<String>,
}

/// Search, and part of its results.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FindQuery {
    /// Words, phrases and filters, as on the page of the search.
    #[param(value_type = String, required = true, pattern = "[^ ]")]
    q: Option<String>,
    /// `relevance`, or `date` for the newest first.
    #[param(value_type = String, required = false, pattern = "^(relevance|date)$", example = "date")]
    sort: Option<String>,
    /// Cursor of a page: `next` of the one before.
    #[param(value_type = String, required = false, pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
    /// Number of stories, 1 to 200; 50 unless given.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Lists all channels.
#[utoipa::path(get, path = "/api/v1/channels", tag = "channels",
    responses((status = 200, body = ChannelList), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn channels(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    respond(app, &headers, |_, site| {
        let channels = site.config.channels.values();
        Ok(Ok(ChannelList {
            channels: channels
                .map(|channel| ChannelInfo::of(site, channel))
                .collect(),
        }))
    })
    .await
}

/// Lists all sources.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = SourceList), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn sources(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    respond(app, &headers, |_, site| {
        let ids = site.config.sources.keys();
        Ok(Ok(SourceList {
            sources: ids.filter_map(|id| SourceInfo::of(site, id)).collect(),
        }))
    })
    .await
}

/// Tells of one source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "sources",
    params(("id" = String, Path, description = "Id of the source, with its slashes")),
    responses((status = 200, body = SourceInfo), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn source(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.ok().and_then(|Path(id)| id.parse::<SourceId>().ok());
    let id = id.ok_or_else(|| Problem::nothing("source"))?;
    respond(app, &headers, move |_, site| {
        Ok(SourceInfo::of(site, &id).ok_or_else(|| Problem::nothing("source")))
    })
    .await
}

/// Lists stories, newest first.
#[utoipa::path(get, path = "/api/v1/stories", tag = "stories", params(ListQuery),
    responses((status = 200, body = StoryList), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 400, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn stories(
    State(app): State<App>,
    asked: Result<Query<ListQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = asked.map_err(|_| Problem::from(AppError::BadRequest))?.0;
    let channel = channel(&app, asked.channel.as_deref())?;
    let limit = limit(asked.limit.as_deref())?;
    let since = time("since", asked.since.as_deref())?;
    let until = time("until", asked.until.as_deref())?;
    let from = match asked.cursor.as_deref() {
        Some(text) => {
            let read = read_cursor(text);
            Some(read.ok_or_else(|| Problem::parameter("cursor", "is none of ours"))?)
        }
        // No story of that moment stands before the least id.
        None => until.map(|at| Cursor {
            sort_key: at,
            story: StoryId::from_bytes([0; 16]),
        }),
    };
    respond(app, &headers, move |app, site| {
        let mut stories = app.store.page(&channel, from, limit + 1)?;
        let has_more = stories.len() > limit;
        stories.truncate(limit);
        let n_before = stories.len();
        stories.retain(|story| since.is_none_or(|since| story.canonical.sort_key >= since));
        let last = stories
            .last()
            .filter(|_| has_more && stories.len() == n_before);
        Ok(Ok(StoryList {
            next: last.map(|last| write_cursor(&cursor(last))),
            stories: told(site, &stories),
        }))
    })
    .await
}

/// Tells of one story.
#[utoipa::path(get, path = "/api/v1/stories/{id}", tag = "stories",
    params(("id" = String, Path, description = "Id of the story, 32 hexadecimal digits")),
    responses((status = 200, body = StoryInfo), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"), (status = 410, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn story(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.ok().and_then(|Path(id)| id.parse::<StoryId>().ok());
    let id = id.ok_or_else(|| Problem::nothing("story"))?;
    respond(app, &headers, move |app, site| {
        let found = app.store.story(id)?;
        let is_down = || app.store.takedowns().contains_key(&id);
        Ok(match found {
            Some(story) => Ok(StoryInfo::of(site, &story)),
            None if is_down() => Err(AppError::Gone.into()),
            None => Err(Problem::nothing("story")),
        })
    })
    .await
}

/// Lists the stories that most sources carry, hottest first.
#[utoipa::path(get, path = "/api/v1/hot", tag = "stories", params(HotQuery),
    responses((status = 200, body = StoryList), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn hot(
    State(app): State<App>,
    asked: Result<Query<HotQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = asked.map_err(|_| Problem::from(AppError::BadRequest))?.0;
    let channel = channel(&app, asked.channel.as_deref())?;
    respond(app, &headers, move |app, site| {
        let recent = app.store.page(&channel, None, FRONT_POOL)?;
        let now = recent.iter().map(|story| story.canonical.sort_key).max();
        let hot = widely_reported(recent, now.unwrap_or_default(), DEFAULT_LIMIT);
        Ok(Ok(StoryList {
            stories: told(site, &hot),
            next: None,
        }))
    })
    .await
}

/// Searches stories.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(FindQuery),
    responses((status = 200, body = SearchList), (status = 429, body = Problem, content_type = "application/problem+json"), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn search(
    State(app): State<App>,
    asked: Result<Query<FindQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = asked.map_err(|_| Problem::from(AppError::BadRequest))?.0;
    let index = app.search.clone();
    let index = index.ok_or_else(|| Problem::nothing("search: it is switched off"))?;
    let order = match asked.sort.as_deref() {
        None | Some("relevance") => SearchOrder::Relevance,
        Some("date") => SearchOrder::Newest,
        Some(_) => return Err(Problem::parameter("sort", "use `relevance` or `date`")),
    };
    let start = match asked.cursor.as_deref() {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Problem::parameter("cursor", "is none of ours"))?,
    };
    let limit = limit(asked.limit.as_deref())?;
    let words = asked.q.unwrap_or_default();
    if words.trim().is_empty() {
        return Err(Problem::parameter("q", "say what to search for"));
    }
    respond(app, &headers, move |app, site| {
        let query = read_words(&words, site);
        let wish = SearchWish {
            order,
            start,
            limit,
            now: clock::now(),
        };
        let found = match query.is_empty() {
            // Signs alone are found nowhere.
            true => Ok(Found::default()),
            false => index.search(&app.store, &query, wish),
        };
        let found = match found {
            Ok(found) => found,
            Err(SearchError::Store(why)) => return Err(why),
            Err(_) => return Ok(Err(AppError::Unavailable.into())),
        };
        Ok(Ok(SearchList {
            stories: told(site, &found.stories),
            total: found.total,
            is_exact: found.is_exact,
            is_complete: index.state() == SearchState::Ready,
            next: found.next.map(|next| next.to_string()),
        }))
    })
    .await
}

/// Reads what is wanted on a thread that may block, and answers with it: 304 if the client has it.
async fn respond<T, F>(app: App, headers: &HeaderMap, read: F) -> Result<Response, Problem>
where
    T: Serialize,
    F: FnOnce(&App, &Site<'_>) -> Result<Result<T, Problem>, StoreError> + Send + 'static,
{
    app.admit(headers).map_err(Problem::from)?;
    let reading = app.clone();
    let document = app.cache.render(move || {
        let desk = reading.desk(reading.config())?;
        let told = read(&reading, &desk.site())?;
        Ok(told.map(|told| {
            let bytes =
                serde_json::to_vec(&told).expect("strings and lists can be written as JSON");
            RenderedDocument::new("application/json", bytes, None)
        }))
    });
    let document = document.await.map_err(Problem::from)??;
    let coding = negotiate::wanted_coding(headers);
    Ok(answer(
        headers,
        &document.pack(coding.as_slice(), Effort::Once),
    ))
}

fn told(site: &Site<'_>, stories: &[Arc<Story>]) -> Vec<StoryInfo> {
    let stories = stories.iter();
    stories.map(|story| StoryInfo::of(site, story)).collect()
}

/// Reads the id of a channel that there is.
fn channel(app: &App, text: Option<&str>) -> Result<ChannelId, Problem> {
    let id = match text.unwrap_or_default().trim_matches('/') {
        "" => Some(ChannelId::root()),
        text => text.parse().ok(),
    };
    let config = app.config();
    let id = id.filter(|id| config.channels.contains_key(id));
    id.ok_or_else(|| Problem::nothing("channel"))
}

fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::parameter("limit", "use 1 to 200"))
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let read = text.map(|text| text.parse::<Timestamp>());
    let read = read.transpose();
    read.map_err(|_| Problem::parameter(name, "use RFC 3339, as in 2026-11-20T08:00:00Z"))
}
