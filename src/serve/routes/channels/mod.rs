//! Channels: the front page, listings, feeds, and the list of them all.

mod archives;
mod documents;
mod events;
mod explain;
mod history;
mod kept;
mod path;
pub(in crate::serve) mod selections;
mod topic;
mod wish;

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};

pub(in crate::serve) use documents::{FRONT_POOL, RANKED_STORIES, widely_reported};
use history::ArchiveWish;
pub(in crate::serve) use kept::freshen;
use path::{Wanted, wanted};
pub(in crate::serve) use path::{cursor, read_cursor, write_cursor};
pub(in crate::serve) use topic::{Feed, feed_of, newest};
use wish::{Asked, PageStart, Wish};

use crate::model::ChannelId;
use crate::publish::html::OpenedFeed;
use crate::publish::{self, Address, Format, Month, View};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::mark::Entry;
use crate::serve::response::{answer, answer_delta, held_of_feed, negotiate};
use crate::store::StoreError;

/// Serves `/`: the front page, or with `?before=` an older listing page of the root channel.
pub(in crate::serve) async fn front(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    if asked.start()? != PageStart::Newest {
        return listing(app, ChannelId::root(), asked, &headers).await;
    }
    let config = app.config();
    let root = ChannelId::root();
    let version = Version::new(&config, app.store.generation(&root));
    let desk = app.clone();
    let document = app
        .cache
        .get_or_render(
            DocumentKey::Front,
            (version, negotiate::wanted_coding(&headers)),
            move || documents::front(&desk, config),
        )
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
        Wanted::Feed(channel, format) => feed(app, (channel, format), asked, &headers).await,
        Wanted::Events(channel) => match own_channel(&app, &path) {
            // A channel may have that name; its page goes before.
            Some(own) => Ok(moved(&app, &own, query.as_deref())),
            None => events::listen(app, channel, &headers),
        },
        Wanted::Archive(channel, month, format) => {
            archive(app, (channel, month, format), asked, &headers).await
        }
        Wanted::View(channel, of) => view(app, channel, of, None, &headers).await,
        Wanted::ViewFeed(channel, of, format) => {
            if asked.is_ok_and(|asked| explain::is_wanted(&headers, &asked)) {
                let opened = OpenedFeed::Feed(format);
                return explain::explain(&app, (channel, of), opened, &headers).await;
            }
            view(app, channel, of, Some(format), &headers).await
        }
    }
}

/// Redirects (308) from an address of ours with a slash too many to the one without.
pub(in crate::serve) async fn without_slash(State(app): State<App>, uri: Uri) -> Response {
    moved(&app, uri.path().trim_matches('/'), uri.query())
}

/// Returns the path of the page of the channel whose id this is, if it is one.
fn own_channel(app: &App, path: &str) -> Option<String> {
    let id = path.parse::<ChannelId>().ok()?;
    let is_there = app.config().channels.contains_key(&id);
    is_there.then(|| Address::Listing(&id, View::Newest).path())
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
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, (ChannelId::root(), Format::Rss), asked, &headers).await
}

/// Serves `/index.atom`: the newest stories of all channels as Atom.
pub(in crate::serve) async fn root_atom(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, (ChannelId::root(), Format::Atom), asked, &headers).await
}

/// Serves `/index.json`: the newest stories of all channels as JSON Feed.
pub(in crate::serve) async fn root_json(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, (ChannelId::root(), Format::Json), asked, &headers).await
}

/// Serves `/channels.opml`: the feeds of all channels in the format of `?format=`, RSS unless it
/// says. Depends on the configuration alone.
///
/// # Errors
///
/// [`AppError::BadRequest`] for a format that we do not have.
pub(in crate::serve) async fn opml(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    let format = asked.format()?.unwrap_or(Format::Rss);
    if explain::is_wanted(&headers, &asked) {
        let front = (ChannelId::root(), View::Newest);
        return explain::explain(&app, front, OpenedFeed::List(format), &headers).await;
    }
    let version = Version::new(&app.config(), 0);
    let wanted = (version, negotiate::wanted_coding(&headers));
    let desk = app.bare_desk();
    let document = app
        .cache
        .get_or_render(DocumentKey::Opml(format), wanted, move || {
            let bytes = publish::opml(&desk.site(), format);
            Ok(Some(RenderedDocument::new(
                "text/x-opml; charset=utf-8",
                bytes,
                None,
            )))
        })
        .await?;
    Ok(answer(&headers, &document))
}

/// Serves the newest stories of a channel as a feed, or those that the reader asked for.
async fn feed(
    app: App,
    place: (ChannelId, Format),
    asked: Result<Query<Asked>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    let wish = asked.wish()?;
    let (id, format) = place.clone();
    if explain::is_wanted(headers, &asked) {
        let opened = OpenedFeed::Feed(format);
        return explain::explain(&app, (id, View::Newest), opened, headers).await;
    }
    if !app.config().channels.contains_key(&id) {
        return Err(AppError::NotFound);
    }
    if wish.is_common() {
        let coding = negotiate::wanted_coding(headers);
        let document = kept::feed(&app, &place, (wish, coding)).await?;
        let delta = delta(&app, &place, (wish, &document), headers).await;
        return Ok(delta.unwrap_or_else(|| answer(headers, &document)));
    }
    let (desk, config) = (app.clone(), app.config());
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        history::feed(&desk, config, channel, (wish, format)).map(Some)
    };
    once(&app, headers, render).await
}

/// Serves what the client lacks of a feed, if it asked for no more; `None` if it has to have the
/// whole.
async fn delta(
    app: &App,
    (id, format): &(ChannelId, Format),
    (wish, document): (Wish, &RenderedDocument),
    headers: &HeaderMap,
) -> Option<Response> {
    let (mark, base) = held_of_feed(headers, document)?;
    let entries = document.entries.iter().copied();
    let lacking: Vec<Entry> = entries.filter(|entry| mark.lacks(entry)).collect();
    if lacking.len() == document.entries.len() {
        return None;
    }
    let config = app.config();
    let (desk, id, format) = (app.clone(), id.clone(), *format);
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        history::delta(&desk, config, channel, (wish, format, lacking))
    };
    // Whatever is in the way of that, the whole is at hand.
    let delta = app.cache.render(render).await.ok().flatten()?;
    Some(answer_delta(headers, document, (delta, base)))
}

/// Serves the archive of a month.
async fn archive(
    app: App,
    (id, month, format): (ChannelId, Month, Format),
    asked: Result<Query<Asked>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let wish = asked.map_err(|_| AppError::BadRequest)?.0.wish()?;
    let wanted = ArchiveWish {
        month,
        wish: Wish {
            limit: None,
            ..wish
        },
        format,
        coding: negotiate::wanted_coding(headers),
    };
    let config = app.config();
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        history::archive(&desk, config, channel, &wanted)
    };
    once(&app, headers, render).await
}

/// Serves a document that is not kept. Past pages are without number; who pages through them
/// shall not push the documents that everybody reads out of the cache.
async fn once<F>(app: &App, headers: &HeaderMap, render: F) -> Result<Response, AppError>
where
    F: FnOnce() -> Result<Option<RenderedDocument>, StoreError> + Send + 'static,
{
    app.admit(headers)?;
    let coding = negotiate::wanted_coding(headers);
    let document = app.cache.render_once(coding, render).await?;
    Ok(answer(headers, &document))
}

/// Serves a view of a channel (hot, with pictures): as a feed if `format` is given, else as a
/// page.
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
    let wanted = (version, negotiate::wanted_coding(headers));
    let document = app.cache.get_or_render(name, wanted, render).await?;
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
    let start = asked.start()?;
    let version = Version::new(&config, app.store.generation(&id));
    let name = DocumentKey::Listing(id.clone());
    let path = Address::Listing(&id, View::Newest).path();
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        documents::listing(&desk, Arc::clone(&config), channel, start)
    };
    match start {
        PageStart::Newest => {
            let wanted = (version, negotiate::wanted_coding(headers));
            let document = app.cache.get_or_render(name, wanted, render).await?;
            Ok(answer(headers, &document))
        }
        PageStart::Behind(_) => once(&app, headers, render).await,
        PageStart::Before(_) => match once(&app, headers, render).await {
            // As far up as it goes.
            Err(AppError::NotFound) => {
                let target = format!("{}{path}", app.public_url.to_url().path());
                Ok(Redirect::to(&target).into_response())
            }
            answer => answer,
        },
    }
}
