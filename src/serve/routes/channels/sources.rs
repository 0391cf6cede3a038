//! Pages and feeds of sources.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clock;
use crate::config::Config;
use crate::model::{SourceId, Story};
use crate::publish::html::{self, Paging};
use crate::publish::{Address, Edition, Format, NO_HISTORY, Subject, Texts, View};
use crate::search::{SearchOrder, SearchQuery, SearchWish};
use crate::serve::app::App;
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::error::AppError;
use crate::serve::response::{answer, negotiate};
use crate::store::StoreError;

/// Stories on one page.
const PAGE_STORIES: usize = 40;

/// Stories in a feed.
const FEED_STORIES: usize = 50;

/// Newest stories of the channel that are looked through where there is no index.
const MAX_LOOKED_THROUGH: usize = 500;

/// Query of a page, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    /// Number of the first story, for older pages.
    before: Option<String>,
}

/// Document of a source that is wanted.
struct Wanted {
    app: App,
    config: Arc<Config>,
    source: SourceId,
    /// Number of the first story, from 0.
    start: usize,
}

/// Stories of a source, and the number that the next page begins with.
type Choice = (Vec<Arc<Story>>, Option<usize>);

/// Serves `/source/{id}/` and `/source/{id}.rss`, `.atom`, `.json`; redirects (308) who wrote the
/// page's address without its slash.
///
/// # Errors
///
/// [`AppError::NotFound`] if nothing is known of such a source.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    let (source, format) = wanted(&path).ok_or(AppError::NotFound)?;
    if format.is_none() && !path.ends_with('/') {
        let path = Address::Source(&source).path();
        let target = format!("{}{path}", app.public_url.to_url().path());
        return Ok(Redirect::permanent(&target).into_response());
    }
    let start = asked.before.and_then(|start| start.parse().ok());
    let wanted = Wanted {
        config: app.config(),
        app: app.clone(),
        source,
        start: start.unwrap_or_default(),
    };
    let document = app.cache.render(move || wanted.document(format)).await?;
    let document = document.ok_or(AppError::NotFound)?;
    let coding = negotiate::wanted_coding(&headers);
    Ok(answer(
        &headers,
        &document.pack(coding.as_slice(), Effort::Once),
    ))
}

/// Splits the path of a source's page or feed.
fn wanted(path: &str) -> Option<(SourceId, Option<Format>)> {
    let of_format = |format: Format| {
        let stem = path.strip_suffix(format.ending())?.strip_suffix('.')?;
        Some((stem.parse().ok()?, Some(format)))
    };
    let feed = Format::ALL.into_iter().find_map(of_format);
    feed.or_else(|| {
        let id = path.strip_suffix('/').unwrap_or(path);
        Some((id.parse().ok()?, None))
    })
}

impl Wanted {
    /// Renders the document; `None` if nothing is known of the source.
    fn document(&self, format: Option<Format>) -> Result<Option<RenderedDocument>, StoreError> {
        let desk = self.app.desk(Arc::clone(&self.config))?;
        let site = desk.site();
        let lineage = self.source.channel().lineage();
        let home = lineage
            .into_iter()
            .find_map(|id| self.config.channels.get(&id));
        let Some(channel) = home.filter(|_| site.sources.contains_key(&self.source)) else {
            return Ok(None);
        };
        let limit = match format {
            Some(_) => FEED_STORIES,
            None => PAGE_STORIES,
        };
        let (stories, next) = self.stories(limit)?;
        let changed = stories.iter().map(|story| story.changed).max();
        let edition = Edition {
            site,
            channel,
            subject: Subject::Source(&self.source),
            stories: &stories,
            changed,
            view: View::Newest,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        };
        Ok(Some(match format {
            Some(format) => {
                let bytes = format.render(&edition);
                let document = RenderedDocument::new(format.media_type(), bytes, changed);
                document.fresh_for(edition.site.rhythm(&channel.id))
            }
            None => {
                let paging = Paging {
                    is_past: self.start > 0,
                    older: next.map(|next| next.to_string()),
                };
                let bytes = html::source(&edition, &self.source, &paging);
                RenderedDocument::new("text/html; charset=utf-8", bytes, changed)
            }
        }))
    }

    /// Reads the newest stories of the source, from `start` on: by the index or, where there is
    /// none, the newest of its channel.
    fn stories(&self, limit: usize) -> Result<Choice, StoreError> {
        let query = SearchQuery {
            sources: vec![self.source.to_string()],
            ..SearchQuery::default()
        };
        let wish = SearchWish {
            order: SearchOrder::Newest,
            start: self.start,
            limit,
            now: clock::now(),
        };
        let index = self.app.search.as_ref();
        let found = index.map(|index| index.search(&self.app.store, &query, wish));
        if let Some(Ok(found)) = found {
            return Ok((found.stories, found.next));
        }
        let channel = self.source.channel();
        let mut stories = self.app.store.page(&channel, None, MAX_LOOKED_THROUGH)?;
        stories.retain(|story| {
            story
                .sightings
                .iter()
                .any(|seen| seen.source == self.source)
        });
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
        let id = |text: &str| text.parse::<SourceId>().unwrap();
        assert_eq!(wanted("a/b/"), Some((id("a/b"), None)));
        assert_eq!(wanted("a/b"), Some((id("a/b"), None)));
        assert_eq!(wanted("a/b.rss"), Some((id("a/b"), Some(Format::Rss))));
        for path in ["", "/", "a/", "a.rss", "a/b.exe", "../x", "a/b.rss/"] {
            assert_eq!(wanted(path), None, "{path}");
        }
    }
}
