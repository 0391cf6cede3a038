//! Channels: the front page, listings, feeds, and the list of them all.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::answer::answer;
use super::app::App;
use super::document::Document;
use super::error::AppError;
use super::shelf::{Name, Version};
use crate::config::{Channel, Config};
use crate::model::{ChannelId, Story, StoryId};
use crate::publish::html::{Paging, Section};
use crate::publish::{Address, Edition, Format, html, opml as publish_opml};
use crate::store::{Cursor, StoreError};

/// Stories on a page of a channel.
const PAGE: usize = 40;

/// Stories on the front page, and in each of its sections.
const FRONT: usize = 24;
const IN_SECTION: usize = 5;

/// Sections of the front page.
const MAX_SECTIONS: usize = 12;

const HTML: &str = "text/html; charset=utf-8";

/// What is asked of a page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    before: Option<String>,
}

/// What the path of a channel asks for.
#[derive(Debug, PartialEq)]
enum Wanted {
    /// `shandong/jinan/`
    Listing(ChannelId),
    /// `shandong/jinan`, which has moved a slash further.
    Unfinished(ChannelId),
    /// `shandong/jinan.rss`
    Feed(ChannelId, Format),
}

/// The front page.
pub(super) async fn front(
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
        .shelf
        .take(Name::Front, version, move || front_document(&desk, config))
        .await?;
    Ok(answer(&headers, &document))
}

/// A channel, as a page or as a feed.
pub(super) async fn show(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    match wanted(&path).ok_or(AppError::NotFound)? {
        Wanted::Listing(channel) => {
            let asked = asked.map_err(|_| AppError::BadRequest)?.0;
            listing(app, channel, asked, &headers).await
        }
        Wanted::Unfinished(channel) => {
            let config = app.config();
            let channel = config.channels.get(&channel).ok_or(AppError::NotFound)?;
            let path = Address::Listing(&channel.id).path();
            let target = format!("{}{path}", app.public_url.to_url().path());
            Ok(Redirect::permanent(&target).into_response())
        }
        Wanted::Feed(channel, format) => feed(app, channel, format, &headers).await,
    }
}

/// All stories as RSS.
pub(super) async fn root_rss(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Rss, &headers).await
}

/// All stories as Atom.
pub(super) async fn root_atom(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Atom, &headers).await
}

/// All stories as JSON Feed.
pub(super) async fn root_json(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    feed(app, ChannelId::root(), Format::Json, &headers).await
}

/// All channels.
pub(super) async fn opml(State(app): State<App>, headers: HeaderMap) -> Result<Response, AppError> {
    let version = Version::new(&app.config(), 0);
    let desk = app.bare_desk();
    let document = app
        .shelf
        .take(Name::Opml, version, move || {
            let bytes = publish_opml(&desk.site());
            Ok(Some(Document::new(
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
    let config = app.config();
    if !config.channels.contains_key(&id) {
        return Err(AppError::NotFound);
    }
    let version = Version::new(&config, app.store.generation(&id));
    let desk = app.clone();
    let document = app
        .shelf
        .take(Name::Feed(id.clone(), format), version, move || {
            let Some(channel) = config.channels.get(&id) else {
                return Ok(None);
            };
            feed_document(&desk, Arc::clone(&config), channel, format).map(Some)
        })
        .await?;
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
    let name = Name::Listing(id.clone());
    let desk = app.clone();
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        listing_document(&desk, Arc::clone(&config), channel, before).map(Some)
    };
    // Past pages are without number; who pages through them shall not push the
    // documents that everybody reads off the shelf.
    let document = match before {
        None => app.shelf.take(name, version, render).await?,
        Some(_) => {
            let document = app.shelf.render(render).await?;
            Arc::new(document.ok_or(AppError::NotFound)?)
        }
    };
    Ok(answer(headers, &document))
}

fn front_document(app: &App, config: Arc<Config>) -> Result<Option<Document>, StoreError> {
    let desk = app.desk(config)?;
    let root = ChannelId::root();
    let Some(channel) = desk.config.channels.get(&root) else {
        return Ok(None);
    };
    let stories = app.store.page(&root, None, FRONT)?;
    let changed = app.store.changed(&root)?;
    let mut parts: Vec<(&Channel, Vec<Story>)> = Vec::new();
    for region in desk.config.children(branching(&desk.config, &root)) {
        if parts.len() == MAX_SECTIONS {
            break;
        }
        let newest = app.store.page(&region.id, None, IN_SECTION)?;
        if !newest.is_empty() {
            parts.push((region, newest));
        }
    }
    let sections: Vec<Section<'_>> = parts
        .iter()
        .map(|(channel, stories)| Section { channel, stories })
        .collect();
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    let bytes = html::front(&edition, &sections);
    Ok(Some(Document::new(HTML, bytes, changed)))
}

/// The first channel from here down that has several below it: one section that
/// repeats the front page says nothing.
fn branching<'a>(config: &'a Config, from: &'a ChannelId) -> &'a ChannelId {
    let mut here = from;
    loop {
        let mut children = config.children(here);
        match (children.next(), children.next()) {
            (Some(only), None) => here = &only.id,
            _ => return here,
        }
    }
}

fn listing_document(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    before: Option<Cursor>,
) -> Result<Document, StoreError> {
    let desk = app.desk(config)?;
    let mut stories = app.store.page(&channel.id, before, PAGE + 1)?;
    let has_older = stories.len() > PAGE;
    stories.truncate(PAGE);
    let changed = app.store.changed(&channel.id)?;
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    let paging = Paging {
        is_past: before.is_some(),
        older: stories.last().filter(|_| has_older).map(write_cursor),
    };
    Ok(Document::new(
        HTML,
        html::channel(&edition, &paging),
        changed,
    ))
}

fn feed_document(
    app: &App,
    config: Arc<Config>,
    channel: &Channel,
    format: Format,
) -> Result<Document, StoreError> {
    let desk = app.desk(config)?;
    let mut stories = app.store.page(&channel.id, None, channel.limit)?;
    let changed = app.store.changed(&channel.id)?;
    if let Some(oldest) = oldest(channel, changed) {
        stories.retain(|story| story.canonical.sort_key >= oldest);
    }
    let edition = Edition {
        site: desk.site(),
        channel,
        stories: &stories,
        changed,
    };
    Ok(Document::new(
        format.media_type(),
        format.render(&edition),
        changed,
    ))
}

/// From when on stories are shown. Counted from the last change, not from now:
/// a feed does not change by itself, and one that stands still keeps its news.
fn oldest(channel: &Channel, changed: Option<Timestamp>) -> Option<Timestamp> {
    let max_age = SignedDuration::try_from(channel.max_age?).ok()?;
    changed?.checked_sub(max_age).ok()
}

fn wanted(path: &str) -> Option<Wanted> {
    if let Some(channel) = path.strip_suffix('/') {
        return Some(Wanted::Listing(channel.parse().ok()?));
    }
    for format in Format::ALL {
        let stem = path.strip_suffix(format.ending());
        if let Some(channel) = stem.and_then(|stem| stem.strip_suffix('.')) {
            return Some(Wanted::Feed(channel.parse().ok()?, format));
        }
    }
    Some(Wanted::Unfinished(path.parse().ok()?))
}

/// `1521175740000000000-0123…cdef`
fn write_cursor(last: &Story) -> String {
    let sort_key = last.canonical.sort_key.as_nanosecond();
    format!("{sort_key}-{}", last.id)
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let (sort_key, story) = text.rsplit_once('-')?;
    Some(Cursor {
        sort_key: Timestamp::from_nanosecond(sort_key.parse().ok()?).ok()?,
        story: story.parse::<StoryId>().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let id = |text: &str| text.parse::<ChannelId>().unwrap();
        #[track_caller]
        fn check(given: &str, want: Option<Wanted>) {
            assert_eq!(wanted(given), want, "given {given}");
        }
        check("a/b/", Some(Wanted::Listing(id("a/b"))));
        check("a/b", Some(Wanted::Unfinished(id("a/b"))));
        check("a/b.rss", Some(Wanted::Feed(id("a/b"), Format::Rss)));
        check("a.atom", Some(Wanted::Feed(id("a"), Format::Atom)));
        check("a.json", Some(Wanted::Feed(id("a"), Format::Json)));
    }

    #[test]
    fn hostile_paths_lead_nowhere() {
        for path in [
            "",
            "/",
            "//",
            "../etc/passwd",
            "a/../b",
            ".rss",
            "a.rss.rss",
            "a\0",
            "a.exe",
            "A/",
            "a.rss/",
            "济南/",
            "a//b",
            "a/b//",
        ] {
            assert_eq!(wanted(path), None, "{path:?}");
        }
        assert_eq!(wanted(&"a/".repeat(30_000)), None);
    }

    #[test]
    fn age_counts_from_the_last_change() {
        let mut channel = Channel::new("a".parse().unwrap(), "zh-CN");
        let changed = Some("2026-11-20T12:00:00Z".parse().unwrap());
        assert_eq!(oldest(&channel, changed), None);
        channel.max_age = Some(std::time::Duration::from_secs(86_400));
        let want = "2026-11-19T12:00:00Z".parse().unwrap();
        assert_eq!(oldest(&channel, changed), Some(want));
        assert_eq!(oldest(&channel, None), None);
        channel.max_age = Some(std::time::Duration::MAX);
        assert_eq!(oldest(&channel, changed), None);
    }

    #[test]
    fn hostile_cursors_are_refused() {
        for text in [
            "",
            "-",
            "1",
            "x-y",
            "9999999999999999999999999999999999-00",
            "1-xyz",
        ] {
            assert!(read_cursor(text).is_none(), "{text:?}");
        }
        let text = format!("-1521175740000000000-{}", "0".repeat(32));
        let cursor = read_cursor(&text).unwrap();
        assert_eq!(cursor.sort_key.as_second(), -1_521_175_740);
    }
}
