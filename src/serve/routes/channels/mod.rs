//! Channels: the front page, listings, feeds, and the list of them all.

mod documents;
mod path;

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

pub(in crate::serve) use documents::{RECENT_STORIES, region};
use path::{Wanted, read_cursor, wanted};

use crate::model::ChannelId;
use crate::publish::{self, Address, Format, View};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, negotiate};

/// Query of a listing page, `?before=…`: a cursor naming the last story of the page before.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    before: Option<String>,
}

/// Serves `/`: the front page, or with `?before=` an older listing page of the root channel.
pub(in crate::serve) async fn front(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    if asked.before.is_some() {
        return listing(app, ChannelId::root(), asked, &headers).await;
    }
    let config = app.config();
    let root = ChannelId::root();
    let version = Version::new(&config, app.store.generation(&root));
    let desk = app.clone();
    let document = app
        .cache
        .get_or_render(DocumentKey::Front, version, move || {
            documents::front(&desk, config)
        })
        .await?;
    Ok(answer(&headers, &document))
}

/// Serves a channel as a page or feed; redirects (308) who wrote the address in another way.
///
/// # Errors
///
/// [`AppError::NotFound`] if the path is none of ours or the channel is not configured;
/// [`AppError::BadRequest`] if the query cannot be read.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    match wanted(&path).ok_or(AppError::NotFound)? {
        Wanted::Listing(channel) => {
            let asked = asked.map_err(|_| AppError::BadRequest)?.0;
            listing(app, channel, asked, &headers).await
        }
        Wanted::Moved(channel, view, format) => {
            let config = app.config();
            let channel = config.channels.get(&channel).ok_or(AppError::NotFound)?;
            let address = match format {
                Some(format) => Address::Feed(&channel.id, view, format),
                None => Address::Listing(&channel.id, view),
            };
            Ok(moved(&app, &address.path(), query.as_deref()))
        }
        Wanted::Feed(channel, format) => feed(app, channel, format, &headers).await,
        Wanted::View(channel, of) => view(app, channel, of, None, &headers).await,
        Wanted::ViewFeed(channel, of, format) => {
            view(app, channel, of, Some(format), &headers).await
        }
    }
}

/// Redirects (308) from an address of ours with a slash too many to the one without.
pub(in crate::serve) async fn without_slash(State(app): State<App>, uri: Uri) -> Response {
    moved(&app, uri.path().trim_matches('/'), uri.query())
}

/// Builds the redirect (308) to a path below the public address, the query kept.
fn moved(app: &App, path: &str, query: Option<&str>) -> Response {
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    let target = format!("{}{path}{query}", app.public_url.to_url().path());
    Redirect::permanent(&target).into_response()
}

/// Serves `/index.rss`: the newest stories of all channels as RSS.
pub(in crate::serve) async fn root_rss(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Rss, &headers).await
}

/// Serves `/index.atom`: the newest stories of all channels as Atom.
pub(in crate::serve) async fn root_atom(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Atom, &headers).await
}

/// Serves `/index.json`: the newest stories of all channels as JSON Feed.
pub(in crate::serve) async fn root_json(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Json, &headers).await
}

/// Serves `/channels.opml`: the feeds of all channels. Depends on the configuration alone.
pub(in crate::serve) async fn opml(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let version = Version::new(&app.config(), 0);
    let desk = app.bare_desk();
    let document = app
        .cache
        .get_or_render(DocumentKey::Opml, version, move || {
            let bytes = publish::opml(&desk.site());
            Ok(Some(RenderedDocument::new(
                "text/x-opml; charset=utf-8",
                bytes,
                None,
            )))
        })
        .await?;
    Ok(answer(&headers, &document))
}

async fn feed(
    app: App,
    id: ChannelId,
    format: Format,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    view(app, id, View::Newest, Some(format), headers).await
}

/// Serves a view of a channel (newest, hot, with pictures): as a feed if `format` is given,
/// else as a page.
async fn view(
    app: App,
    id: ChannelId,
    view: View,
    format: Option<Format>,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let config = app.config();
    if !config.channels.contains_key(&id) {
        return Err(AppError::NotFound);
    }
    let version = Version::new(&config, app.store.generation(&id));
    let name = DocumentKey::View(id.clone(), view, format);
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        documents::view(&desk, config, channel, view, format).map(Some)
    };
    let document = app.cache.get_or_render(name, version, render).await?;
    Ok(answer(headers, &document))
}

async fn listing(
    app: App,
    id: ChannelId,
    asked: Asked,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let config = app.config();
    if !config.channels.contains_key(&id) {
        return Err(AppError::NotFound);
    }
    let before = match &asked.before {
        Some(text) => Some(read_cursor(text).ok_or(AppError::BadRequest)?),
        None => None,
    };
    let version = Version::new(&config, app.store.generation(&id));
    let name = DocumentKey::Listing(id.clone());
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        documents::listing(&desk, Arc::clone(&config), channel, before).map(Some)
    };
    // Past pages are without number; who pages through them shall not push the
    // documents that everybody reads out of the cache.
    let document = match before {
        None => app.cache.get_or_render(name, version, render).await?,
        Some(_) => {
            let coding = negotiate::coding(headers, |_| true);
            Arc::new(app.cache.render_once(coding, render).await?)
        }
    };
    Ok(answer(headers, &document))
}
