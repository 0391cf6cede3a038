//! Server-sent events of a channel (HTML standard, 9.2): one for each story that is new or has
//! changed, as soon as it is committed.
//!
//! The id of an event is a mark of the newest stories after it, as in the tags of feeds, so that
//! whoever comes back with one (`Last-Event-ID`) gets what came in the meantime, also after a
//! restart. The events of one change that came together carry it on the last of them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::model::ChannelId;
use crate::publish::{Edition, NO_HISTORY, Subject, Texts, View, json_item};
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::AppError;
use crate::serve::response::mark::{Entry, Mark};
use crate::store::StoreError;

/// Newest stories of a channel that are watched; most events that are made up for.
const WATCHED_STORIES: usize = 100;

/// Time between two signs of life, shorter than proxies wait (nginx: 60 s).
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Time that a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(5);

/// Header by which a client says which event it had last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Client that listens to a channel.
struct Listener {
    app: App,
    channel: ChannelId,
    /// Mark of what the client has; `None` before the first event.
    held: Option<Mark>,
    /// Generation of the channel that was looked at last.
    generation: Option<u64>,
    commits: watch::Receiver<u64>,
    waiting: VecDeque<Event>,
    /// Place among all clients that listen.
    _seat: OwnedSemaphorePermit,
}

/// Serves the events of a channel.
///
/// # Errors
///
/// [`AppError::NotFound`] if the channel is not configured, [`AppError::Unavailable`] if too many
/// clients listen already.
pub(super) fn listen(
    app: App,
    channel: ChannelId,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    if !app.config().channels.contains_key(&channel) {
        return Err(AppError::NotFound);
    }
    let seat = Arc::clone(&app.listeners).try_acquire_owned();
    let last = headers.get(LAST_EVENT_ID);
    let last = last.and_then(|value| value.to_str().ok());
    let listener = Listener {
        commits: app.store.commits(),
        held: last.and_then(Mark::read),
        channel,
        generation: None,
        waiting: VecDeque::new(),
        _seat: seat.map_err(|_| AppError::Unavailable)?,
        app,
    };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<Event, Infallible>(event), listener))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    let about = response.headers_mut();
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    // nginx would wait until it has a buffer full.
    about.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

impl Listener {
    /// Waits for the next event; `None` once there is none any more: the daemon ends, or the
    /// store cannot be read, and the client comes back later.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let generation = self.app.store.generation(&self.channel);
            if self.generation != Some(generation) {
                self.generation = Some(generation);
                self.look().await?;
                continue;
            }
            tokio::select! {
                () = self.app.stop.cancelled() => return None,
                changed = self.commits.changed() => changed.ok()?,
            }
        }
    }

    /// Looks for what the client lacks among the newest stories, oldest first.
    async fn look(&mut self) -> Option<()> {
        let (app, channel, held) = (self.app.clone(), self.channel.clone(), self.held.clone());
        let news = move || news(&app, &channel, held.as_ref());
        let (mark, items) = self.app.cache.render(news).await.ok().flatten()?;
        let is_first = self.held.is_none();
        let texts = items.into_iter();
        let mut events: VecDeque<Event> = texts
            .map(|text| Event::default().event("story").data(text))
            .collect();
        let last = match events.pop_back() {
            Some(last) => Some(last.id(mark.to_text())),
            // An event without data says an id and else nothing.
            None => is_first.then(|| Event::default().retry(RETRY).id(mark.to_text())),
        };
        events.extend(last);
        self.waiting = events;
        self.held = Some(mark);
        Some(())
    }
}

/// Stories as JSON, and the mark that is right after them.
type News = (Mark, Vec<String>);

/// Reads the newest stories of a channel; returns those that whoever has `held` lacks, none
/// without it. `None` if the channel is gone.
fn news(app: &App, channel: &ChannelId, held: Option<&Mark>) -> Result<Option<News>, StoreError> {
    let config = app.config();
    let Some(shown) = config.channels.get(channel) else {
        return Ok(None);
    };
    let mut stories = app.store.page(channel, None, WATCHED_STORIES)?;
    let mark = Mark::of(&Entry::all(&stories));
    stories.retain(|story| held.is_some_and(|held| held.lacks(&Entry::of(story))));
    stories.reverse();
    if stories.is_empty() {
        return Ok(Some((mark, Vec::new())));
    }
    app.related.relate(&app.store, &mut stories)?;
    let desk = app.desk(Arc::clone(&config))?;
    let edition = Edition {
        site: desk.site(),
        channel: shown,
        subject: Subject::Channel,
        stories: &stories,
        changed: None,
        view: View::Newest,
        deleted: &[],
        history: &NO_HISTORY,
        texts: Texts::Full,
    };
    let items = stories.iter().map(|story| json_item(&edition, story));
    Ok(Some((mark, items.collect())))
}
