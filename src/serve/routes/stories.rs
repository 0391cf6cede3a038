//! Pages of stories.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::channels::{RECENT_STORIES, region};
use crate::config::Config;
use crate::ingest::dedupe::related::RelatedIndex;
use crate::model::{ChannelId, StoryId};
use crate::publish::{Address, html};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::answer;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::store::StoreError;

/// Other stories of the same channel listed below a story.
const MORE_STORIES: usize = 6;

/// Serves `/story/{id}`; redirects (301) to the story that it has become part of.
///
/// # Errors
///
/// [`AppError::NotFound`] if `id` is not an id or the store does not have it, [`AppError::Gone`] if it
/// was taken down.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(id) = id.map_err(|_| AppError::NotFound)?;
    let id: StoryId = id.parse().map_err(|_| AppError::NotFound)?;
    if let Some(moved) = moved(&app, id).await? {
        let path = Address::Story(moved).path();
        let target = format!("{}{path}", app.public_url.to_url().path());
        let moved = (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, target)]);
        return Ok(moved.into_response());
    }
    let config = app.config();
    let version = Version::new(&config, app.store.generation(&ChannelId::root()));
    let desk = app.clone();
    let document = app
        .cache
        .get_or_render(DocumentKey::Story(id), version, move || {
            document(&desk, config, id)
        })
        .await;
    let is_down = || app.store.takedowns().contains_key(&id);
    let document = document.map_err(|why| match why {
        AppError::NotFound if is_down() => AppError::Gone,
        other => other,
    })?;
    Ok(answer(&headers, &document))
}

/// Looks up the story that this one has become part of. `None` also if the store cannot be
/// read.
async fn moved(app: &App, id: StoryId) -> Result<Option<StoryId>, AppError> {
    let store = Arc::clone(&app.store);
    let asked = tokio::task::spawn_blocking(move || store.moved(id)).await;
    // Without the store the cache may still have it.
    Ok(asked.ok().and_then(Result::ok).flatten())
}

/// Renders the page of a story: revisions, related stories, and others of its channel. `None`
/// if there is no such story.
fn document(
    app: &App,
    config: Arc<Config>,
    id: StoryId,
) -> Result<Option<RenderedDocument>, StoreError> {
    let Some(mut story) = app.store.story(id)? else {
        return Ok(None);
    };
    let revisions = app.store.revisions(story.canonical.id)?;
    let recent = app.store.page(&region(&story), None, RECENT_STORIES)?;
    story.related =
        RelatedIndex::of(recent.iter().map(Arc::as_ref).chain([&story])).related(&story);
    let desk = app.desk(config)?;
    let site = desk.site();
    let mut more = match site.home(&story) {
        // One more, as this one may be among them.
        Some(home) => app.store.page(&home.id, None, MORE_STORIES + 1)?,
        None => Vec::new(),
    };
    more.retain(|other| other.id != id);
    more.truncate(MORE_STORIES);
    // What stands below it changes more often than the story does.
    let newest = more.iter().map(|other| other.changed).max();
    let changed = newest.max(Some(story.changed));
    Ok(Some(RenderedDocument::new(
        "text/html; charset=utf-8",
        html::story(&site, &story, &revisions, &more),
        changed,
    )))
}
