//! Pages and feeds of selections: of a source, a tag, a place.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clock;
use crate::config::{Channel, Config};
use crate::model::{ChannelId, SourceId, Story};
use crate::publish::html::{self, Paging};
use crate::publish::{Address, Edition, Format, NO_HISTORY, Selection, Site, Subject, Texts, View};
use crate::search::{SearchOrder, SearchQuery, SearchState, SearchWish, SearchWords, is_same_name};
use crate::serve::app::App;
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, answer_opened, negotiate};
use crate::store::StoreError;

/// Stories on one page.
const PAGE_STORIES: usize = 40;

/// Stories in a feed.
const FEED_STORIES: usize = 50;

/// Newest stories that are looked through where there is no index.
const MAX_LOOKED_THROUGH: usize = 500;

/// Longest name of a tag or a place, in characters.
const MAX_NAME_CHARACTERS: usize = 80;

/// Query of a page, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    /// Number of the first story, for older pages.
    before: Option<String>,
    /// Wish of a person to see the feed itself, and not what it is for.
    raw: Option<String>,
}

/// Selection that is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Chosen {
    Source(SourceId),
    Tag(String),
    Place(String),
}

/// Document of a selection that is wanted.
struct Wanted {
    app: App,
    config: Arc<Config>,
    chosen: Chosen,
    /// Number of the first story, from 0.
    start: usize,
    /// Format of the feed that is wanted; `None` for the page.
    format: Option<Format>,
    /// Whether a person opened the feed in a browser.
    is_opened: bool,
}

/// Stories of a selection, and the number that the next page begins with.
type Choice = (Vec<Arc<Story>>, Option<usize>);

/// Request for one of the documents of a selection.
type Request = (
    Result<Path<String>, PathRejection>,
    Result<Query<Asked>, QueryRejection>,
    HeaderMap,
);

/// Serves `/source/{id}/` and `/source/{id}.rss`, `.atom`, `.json`; redirects (308) who wrote the
/// page's address without its slash.
///
/// # Errors
///
/// [`AppError::NotFound`] if nothing is known of such a source.
pub(in crate::serve) async fn source(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let read = |name: &str| Some(Chosen::Source(name.parse().ok()?));
    show(app, (path, asked, headers), read).await
}

/// Serves `/tag/{name}/` and its feeds, as [`source`].
///
/// # Errors
///
/// [`AppError::NotFound`] if there is no story with that tag.
pub(in crate::serve) async fn tag(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let read = |name: &str| Some(Chosen::Tag(read_name(name)?));
    show(app, (path, asked, headers), read).await
}

/// Serves `/place/{name}/` and its feeds, as [`source`]; the name of a channel, and of a place that
/// a channel is about, leads there.
///
/// # Errors
///
/// [`AppError::NotFound`] if no story names the place.
pub(in crate::serve) async fn place(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let read = |name: &str| Some(Chosen::Place(read_name(name)?));
    show(app, (path, asked, headers), read).await
}

async fn show(
    app: App,
    (path, asked, headers): Request,
    read: impl Fn(&str) -> Option<Chosen>,
) -> Result<Response, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    let (chosen, format) = wanted(&path, read).ok_or(AppError::NotFound)?;
    let config = app.config();
    let root = app.public_url.to_url();
    if let Some(channel) = chosen.channel(&config) {
        let address = match format {
            Some(format) => Address::Feed(channel, View::Newest, format),
            None => Address::Listing(channel, View::Newest),
        };
        let target = format!("{}{}", root.path(), address.path());
        return Ok(Redirect::temporary(&target).into_response());
    }
    if format.is_none() && !path.ends_with('/') {
        let path = Address::Selection(chosen.selection()).path();
        return Ok(Redirect::permanent(&format!("{}{path}", root.path())).into_response());
    }
    let is_opened = format.is_some() && asked.raw.is_none() && negotiate::is_browser(&headers);
    let start = asked.before.and_then(|start| start.parse().ok());
    let wanted = Wanted {
        config,
        app: app.clone(),
        chosen,
        start: start.unwrap_or_default(),
        format,
        is_opened,
    };
    app.admit(&headers)?;
    let document = app.cache.render(move || wanted.document()).await?;
    let document = document.ok_or_else(|| match &app.search {
        // It may be found when the index is whole.
        Some(index) if index.state() != SearchState::Ready => AppError::Unavailable,
        _ => AppError::NotFound,
    })?;
    let coding = negotiate::wanted_coding(&headers);
    let document = document.pack(coding.as_slice(), Effort::Once);
    Ok(match is_opened {
        true => answer_opened(&headers, &document),
        false => answer(&headers, &document),
    })
}

/// Splits the path of a selection's page or feed.
fn wanted(path: &str, read: impl Fn(&str) -> Option<Chosen>) -> Option<(Chosen, Option<Format>)> {
    let stem = |format: Format| path.strip_suffix(format.ending())?.strip_suffix('.');
    let feed = Format::ALL
        .into_iter()
        .find_map(|format| Some((stem(format)?, format)));
    match feed {
        Some((stem, format)) => Some((read(stem)?, Some(format))),
        None => {
            let name = path.strip_suffix('/').unwrap_or(path);
            Some((read(name)?, None))
        }
    }
}

/// Reads the name of a tag or a place; `None` if it can be none.
fn read_name(text: &str) -> Option<String> {
    let name = text.trim();
    let is_name = name.chars().any(char::is_alphanumeric)
        && !name.chars().any(char::is_control)
        && name.chars().count() <= MAX_NAME_CHARACTERS;
    is_name.then(|| name.to_owned())
}

impl Chosen {
    fn selection(&self) -> Selection<'_> {
        match self {
            Chosen::Source(id) => Selection::Source(id),
            Chosen::Tag(name) => Selection::Tag(name),
            Chosen::Place(name) => Selection::Place(name),
        }
    }

    /// Finds the channel that is about a place.
    fn channel<'a>(&self, config: &'a Config) -> Option<&'a ChannelId> {
        let Chosen::Place(name) = self else {
            return None;
        };
        let mut channels = config.channels.values();
        let found = channels.find(|channel| {
            let mut names = channel.places.iter().chain([&channel.title]);
            names.any(|known| is_same_name(known, name))
        });
        found.map(|channel| &channel.id)
    }

    /// Returns the search that finds its stories.
    fn query(&self) -> SearchQuery {
        let mut query = SearchQuery::default();
        match self {
            Chosen::Source(id) => query.sources.push(id.to_string()),
            Chosen::Tag(name) => query.tags.push(name.clone()),
            Chosen::Place(name) => query.words.push(SearchWords {
                text: name.clone(),
                is_phrase: true,
            }),
        }
        query
    }

    /// Whether a story is one of its.
    fn has(&self, story: &Story) -> bool {
        let item = &story.canonical;
        match self {
            Chosen::Source(id) => story.sightings.iter().any(|seen| seen.source == *id),
            Chosen::Tag(name) => item.categories.iter().any(|tag| is_same_name(tag, name)),
            Chosen::Place(name) => {
                let text = item.content.as_ref().or(item.summary.as_ref());
                item.title.contains(name) || text.is_some_and(|text| text.as_str().contains(name))
            }
        }
    }
}

impl Wanted {
    /// Renders the document; `None` if nothing is known of the selection.
    fn document(&self) -> Result<Option<RenderedDocument>, StoreError> {
        let desk = self.app.desk(Arc::clone(&self.config))?;
        let site = desk.site();
        let Some(channel) = self.home().filter(|_| self.is_known(&site)) else {
            return Ok(None);
        };
        let feed = self.format.filter(|_| !self.is_opened);
        let limit = match feed {
            Some(_) => FEED_STORIES,
            None => PAGE_STORIES,
        };
        let (stories, next) = self.stories(limit)?;
        if stories.is_empty() && !matches!(self.chosen, Chosen::Source(_)) {
            return Ok(None);
        }
        let changed = stories.iter().map(|story| story.changed).max();
        let selection = self.chosen.selection();
        let edition = Edition {
            site,
            channel,
            subject: Subject::Selection(selection),
            stories: &stories,
            changed,
            view: View::Newest,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        };
        Ok(Some(match feed {
            Some(format) => {
                let bytes = format.render(&edition);
                let document = RenderedDocument::new(format.media_type(), bytes, changed);
                document.fresh_for(edition.site.rhythm(&channel.id))
            }
            None => {
                let paging = Paging {
                    is_past: self.start > 0,
                    newer: None,
                    older: next.map(|next| next.to_string()),
                };
                let bytes = html::selection(&edition, selection, (&paging, self.format));
                RenderedDocument::new("text/html; charset=utf-8", bytes, changed)
            }
        }))
    }

    /// Returns the channel that lends its language and its rhythm: that of a source, or the root.
    fn home(&self) -> Option<&Channel> {
        let id = match &self.chosen {
            Chosen::Source(source) => source.channel(),
            Chosen::Tag(_) | Chosen::Place(_) => ChannelId::root(),
        };
        let lineage = id.lineage();
        lineage
            .into_iter()
            .find_map(|id| self.config.channels.get(&id))
    }

    fn is_known(&self, site: &Site<'_>) -> bool {
        match &self.chosen {
            Chosen::Source(source) => site.sources.contains_key(source),
            Chosen::Tag(_) | Chosen::Place(_) => true,
        }
    }

    /// Reads the newest stories of the selection, from `start` on: by the index or, where there is
    /// none, out of the newest of the channel.
    fn stories(&self, limit: usize) -> Result<Choice, StoreError> {
        let wish = SearchWish {
            order: SearchOrder::Newest,
            start: self.start,
            limit,
            now: clock::now(),
        };
        let index = self.app.search.as_ref();
        let found = index.map(|index| index.search(&self.app.store, &self.chosen.query(), wish));
        if let Some(Ok(found)) = found {
            return Ok((found.stories, found.next));
        }
        let channel = self
            .home()
            .map_or_else(ChannelId::root, |home| home.id.clone());
        let mut stories = self.app.store.page(&channel, None, MAX_LOOKED_THROUGH)?;
        stories.retain(|story| self.chosen.has(story));
        stories.drain(..self.start.min(stories.len()));
        let next = (stories.len() > limit).then_some(self.start + limit);
        stories.truncate(limit);
        Ok((stories, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let source = |name: &str| Some(Chosen::Source(name.parse().ok()?));
        let of = |text: &str| Chosen::Source(text.parse().unwrap());
        assert_eq!(wanted("a/b/", source), Some((of("a/b"), None)));
        assert_eq!(wanted("a/b", source), Some((of("a/b"), None)));
        let feed = Some((of("a/b"), Some(Format::Rss)));
        assert_eq!(wanted("a/b.rss", source), feed);
        for path in ["", "/", "a/", "a.rss", "a/b.exe", "../x", "a/b.rss/"] {
            assert_eq!(wanted(path, source), None, "{path}");
        }
    }

    #[test]
    fn names_may_be_any_but_not_nothing() {
        let tag = |name: &str| Some(Chosen::Tag(read_name(name)?));
        let of = |text: &str| Chosen::Tag(text.to_owned());
        assert_eq!(wanted("教育/", tag), Some((of("教育"), None)));
        assert_eq!(wanted("a/b.rss/", tag), Some((of("a/b.rss"), None)));
        assert_eq!(
            wanted("C++.atom", tag),
            Some((of("C++"), Some(Format::Atom)))
        );
        for path in ["", "/", "...", ".rss", "a\0b", &"x".repeat(81)] {
            assert_eq!(wanted(path, tag), None, "{path}");
        }
    }
}
