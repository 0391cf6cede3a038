//! `/status.json`: the report on all sources in pages, so that one costs little however many there are.

use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::hub_report;
use super::momentary::{momentary, version};
use super::report::{HealthReport, live, rows};
use crate::clock;
use crate::config::{Config, Source};
use crate::ingest::schedule::explain::Sites;
use crate::model::SourceId;
use crate::serve::app::App;
use crate::serve::render_cache::DocumentKey;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::wanted_coding;
use crate::store::StoreError;

/// Sources on a page unless its reader asks for another number.
const PAGE_SOURCES: usize = 200;

/// Upper limit of sources on a page.
const MAX_PAGE_SOURCES: usize = 1000;

/// Query of a page, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    /// Id of the last source of the page before.
    after: Option<String>,
    limit: Option<String>,
}

/// Place of a page among the sources, which are in the order of their ids.
struct Page {
    after: Option<SourceId>,
    limit: usize,
}

/// Serves `/status.json`: 200 sources, or those that were asked for. Answers also while the store is
/// closed, then without what is stored of sources.
///
/// # Errors
///
/// [`AppError::BadRequest`] for what can be no id of a source.
pub(in crate::serve) async fn json(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let page = asked.map_err(|_| AppError::BadRequest)?.0.page()?;
    let (work, config) = (app.clone(), app.config());
    let version = version(&app, &config);
    let is_first = page.after.is_none() && page.limit == PAGE_SOURCES;
    let render = move || {
        let begun = Instant::now();
        let report = report(&work, &config, &page)?;
        let bytes = serde_json::to_vec_pretty(&report).expect("a report is JSON");
        if is_first {
            work.reports.took(begun.elapsed());
        }
        Ok(Some(RenderedDocument::new("application/json", bytes, None)))
    };
    let coding = wanted_coding(&headers);
    if !is_first {
        // There are as many as there are sources.
        let document = app.cache.render_once(coding, render).await?;
        return Ok(momentary(&headers, &document));
    }
    let name = DocumentKey::Status { is_page: false };
    let wanted = (version, coding);
    let document = app.cache.get_or_render(name, wanted, render).await?;
    Ok(momentary(&headers, &document))
}

/// Reports on the sources of a page.
fn report(app: &App, config: &Arc<Config>, page: &Page) -> Result<HealthReport, StoreError> {
    let now = clock::now();
    let behind = match &page.after {
        Some(after) => Bound::Excluded(after),
        None => Bound::Unbounded,
    };
    let mut found = config.sources.range((behind, Bound::Unbounded));
    let shown: Vec<&Source> = found
        .by_ref()
        .take(page.limit)
        .map(|(_, one)| one.as_ref())
        .collect();
    let has_more = found.next().is_some();
    let store = &app.store;
    let ((states, subscriptions), sites) = match store.is_open() {
        true => (
            hub_report::outlook_of(&shown, store, config)?,
            Sites::of(store.source_summaries()?.values()),
        ),
        false => Default::default(),
    };
    let sources = shown.iter().copied();
    let rows = rows(sources, (&states, &subscriptions), &sites, now);
    let mut report = live(&app.store, (config, app.refused()), rows, now)?;
    let last = shown.last().filter(|_| has_more);
    report.next = last.map(|last| page.next(&last.id));
    Ok(report)
}

impl Asked {
    fn page(&self) -> Result<Page, AppError> {
        let after = self.after.as_deref().filter(|after| !after.is_empty());
        let after = after.map(|after| after.parse().map_err(|_| AppError::BadRequest));
        let limit = self.limit.as_deref().and_then(|text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=MAX_PAGE_SOURCES).contains(limit));
        Ok(Page {
            after: after.transpose()?,
            limit: limit.unwrap_or(PAGE_SOURCES),
        })
    }
}

impl Page {
    /// Returns the address of the page behind a source, relative to this one; ids have no character
    /// that an address writes otherwise.
    fn next(&self, last: &SourceId) -> String {
        let limit = match self.limit {
            PAGE_SOURCES => String::new(),
            limit => format!("&limit={limit}"),
        };
        format!("status.json?after={last}{limit}")
    }
}
