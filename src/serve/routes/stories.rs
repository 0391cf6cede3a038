//! Pages of stories.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::channels::{FRONT_POOL, RANKED_STORIES, widely_reported};
use crate::config::{Channel, Config};
use crate::ingest::dedupe::related::MAX_RELATED;
use crate::model::{ChannelId, Story, StoryId};
use crate::publish::html::Beside;
use crate::publish::{Address, html};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, negotiate};
use crate::store::{Store, StoreError};

/// Other stories of the same channel beside a story.
const MORE_STORIES: usize = 6;

/// Stories with pictures beside a story.
const PICTURE_STORIES: usize = 4;

/// Place of a story.
enum Place {
    /// None: there is no such story.
    Nowhere,
    /// Another story, of which it has become part.
    In(StoryId),
    /// Place of its own, with the version of its page.
    Here(Version),
}

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
    let config = app.config();
    let version = match place(&app, &config, id).await? {
        Place::Here(version) => version,
        Place::In(other) => {
            let path = Address::Story(other).path();
            let target = format!("{}{path}", app.public_url.to_url().path());
            let moved = (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, target)]);
            return Ok(moved.into_response());
        }
        Place::Nowhere if app.store.takedowns().contains_key(&id) => return Err(AppError::Gone),
        Place::Nowhere => return Err(AppError::NotFound),
    };
    let name = DocumentKey::Story(id);
    if !app.cache.holds(&name, &version).await {
        app.admit(&headers)?;
    }
    let wanted = (version, negotiate::wanted_coding(&headers));
    let desk = app.clone();
    let render = move || document(&desk, config, id);
    let document = app.cache.get_or_render(name, wanted, render).await?;
    Ok(answer(&headers, &document))
}

/// Looks up the place of a story. If the store cannot be read, the version is one that no page
/// was rendered from, as the cache may still have the last.
async fn place(app: &App, config: &Arc<Config>, id: StoryId) -> Result<Place, AppError> {
    let (store, of) = (Arc::clone(&app.store), Arc::clone(config));
    let asked = tokio::task::spawn_blocking(move || place_of(&store, &of, id)).await;
    let place = asked.map_err(|_| AppError::Failed)?;
    Ok(place.unwrap_or_else(|_| Place::Here(Version::new(config, 0))))
}

fn place_of(store: &Store, config: &Arc<Config>, id: StoryId) -> Result<Place, StoreError> {
    Ok(match store.story(id)? {
        Some(story) if story.id == id => Place::Here(version(store, config, &story)),
        Some(story) => Place::In(story.id),
        // One that was taken down may be part of another that was.
        None => store.moved(id)?.map_or(Place::Nowhere, Place::In),
    })
}

/// Returns the version of a story's page, which hangs on the story and on the newest of its own
/// channel. Links to related stories elsewhere may be older: news of one channel leave the pages
/// of all others as they are.
fn version(store: &Store, config: &Arc<Config>, story: &Story) -> Version {
    let lineage = story.canonical.source.channel().lineage();
    let mut known = lineage.filter(|id| config.channels.contains_key(id));
    let home = known.next().unwrap_or_else(ChannelId::root);
    let generation = store.generation(&home);
    Version::of_all(config, &(home, generation, story.changed))
}

/// Renders the page of a story: revisions, and what stands beside it. `None` if there is no such
/// story.
fn document(
    app: &App,
    config: Arc<Config>,
    id: StoryId,
) -> Result<Option<RenderedDocument>, StoreError> {
    let Some(story) = app.store.story(id)? else {
        return Ok(None);
    };
    let revisions = app.store.revisions(story.canonical.id)?;
    let desk = app.desk(config)?;
    let site = desk.site();
    let beside = beside(app, &story, site.home(&story))?;
    // What stands beside it changes more often than the story does.
    let newest = beside.more.iter().map(|other| other.changed).max();
    let changed = newest.max(Some(story.changed));
    Ok(Some(RenderedDocument::new(
        "text/html; charset=utf-8",
        html::story(&site, &story, &revisions, &beside),
        changed,
    )))
}

/// Chooses the stories beside one; each stands in one place, but for the hot ones.
fn beside(app: &App, story: &Story, home: Option<&Channel>) -> Result<Beside, StoreError> {
    let mut taken: Taken = BTreeSet::from([story.id]);
    let nearest = app.related.nearest(&app.store, story, 2 * MAX_RELATED)?;
    let ids: Vec<StoryId> = nearest.iter().map(|other| other.story).collect();
    let near = app.store.stories(&ids)?;
    let mut related: Vec<Arc<Story>> = near.into_iter().flatten().collect();
    let like = related.split_off(related.len().min(MAX_RELATED));
    taken.extend(related.iter().chain(&like).map(|other| other.id));
    let Some(home) = home else {
        return Ok(Beside {
            related,
            like,
            ..Beside::default()
        });
    };
    let recent = app.store.page(&home.id, None, FRONT_POOL)?;
    let now = recent.iter().map(|other| other.canonical.sort_key).max();
    let mut hot = widely_reported(recent.clone(), now.unwrap_or_default(), RANKED_STORIES);
    hot.retain(|other| other.id != story.id);
    let picks = app.store.stories(&home.picks)?;
    let recommended = take(picks.into_iter().flatten(), &mut taken, 1).pop();
    let recommended = match recommended {
        Some(picked) => Some(picked),
        None => take(hot.iter().cloned(), &mut taken, 1).pop(),
    };
    let with_picture = recent
        .iter()
        .filter(|other| other.canonical.image.is_some());
    let pictures = take(with_picture.cloned(), &mut taken, PICTURE_STORIES);
    Ok(Beside {
        recommended,
        related,
        like,
        pictures,
        more: take(recent.into_iter(), &mut taken, MORE_STORIES),
        hot,
    })
}

/// Stories that stand somewhere already.
type Taken = BTreeSet<StoryId>;

/// Takes the first stories that stand nowhere yet.
fn take(
    stories: impl Iterator<Item = Arc<Story>>,
    taken: &mut Taken,
    most: usize,
) -> Vec<Arc<Story>> {
    let new = stories.filter(|story| taken.insert(story.id));
    new.take(most).collect()
}
