//! `/status`: the state of all sources as a page.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::momentary::{momentary, version};
use super::{hub_report, listing};
use crate::clock;
use crate::config::{Config, Source};
use crate::ingest::schedule::Reason;
use crate::ingest::schedule::explain::{Cause, Sites, cause, explain};
use crate::model::FailureKind;
use crate::publish::html::{self, PollReason, SourcePage};
use crate::serve::app::App;
use crate::serve::render_cache::DocumentKey;
use crate::serve::reports::with_summaries;
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::{prefers_json, wanted_coding};
use crate::store::StoreError;

/// Serves `/status`: the state of all sources as a page, or as JSON for clients that prefer
/// it.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    if prefers_json(&headers) {
        return listing::json(State(app), Ok(Query::default()), headers).await;
    }
    let asked = asked.map_err(|_| AppError::BadRequest)?.0;
    let start = asked.start.and_then(|start| start.parse().ok());
    let start: usize = start.unwrap_or_default();
    let work = app.clone();
    let config = app.config();
    let version = version(&app, &config);
    let render = move || {
        let begun = Instant::now();
        let bytes = page(&work, config, start)?;
        if start == 0 {
            work.reports.took(begun.elapsed());
        }
        let kind = "text/html; charset=utf-8";
        Ok(Some(RenderedDocument::new(kind, bytes, None)))
    };
    let coding = wanted_coding(&headers);
    if start > 0 {
        // There are as many as there are sources.
        let document = app.cache.render_once(coding, render).await?;
        return Ok(momentary(&headers, &document));
    }
    let name = DocumentKey::Status { is_page: true };
    let wanted = (version, coding);
    let document = app.cache.get_or_render(name, wanted, render).await?;
    Ok(momentary(&headers, &document))
}

/// Query of a page, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    /// Number of the first source, from 0.
    start: Option<String>,
}

/// Renders the page that begins with source number `start`.
fn page(app: &App, config: Arc<Config>, start: usize) -> Result<Vec<u8>, StoreError> {
    let summaries = app.store.source_summaries()?;
    let sources = with_summaries(&config, &summaries);
    let sources = sources
        .map(|(source, known)| (source, known.map(|known| known.health).unwrap_or_default()));
    let sources = SourcePage::of(sources, start);
    let (states, subscriptions) = hub_report::outlook_of(sources.shown(), &app.store, &config)?;
    let now = clock::now();
    let sites = Sites::of(summaries.values());
    let next = |source: &Source| {
        let state = states.get(&source.id).cloned().unwrap_or_default();
        let (due, _) = explain(source, &state, &sites, now);
        (due, reason(cause(source, &state, &sites, now)))
    };
    let desk = app.desk(Arc::clone(&config))?;
    let view = html::StatusView {
        next: &next,
        stories: app.store.counts().ok().map(|counts| counts.stories),
        trouble: app.store.trouble(),
        refused: app.refused(),
        sources: &sources,
        states: &states,
        subscriptions,
    };
    Ok(html::status(&desk.site(), &view))
}

/// Returns the reason as the page says it.
fn reason(cause: Cause) -> PollReason {
    match cause {
        Cause::Off => PollReason::Never,
        Cause::Paused => PollReason::Paused,
        Cause::New => PollReason::New,
        Cause::Host => PollReason::Host,
        Cause::Wait(reason) => match reason {
            Reason::Interval => PollReason::Own,
            Reason::Quiet => PollReason::Quiet,
            Reason::Failures(FailureKind::Gone) => PollReason::Never,
            Reason::Failures(_) => PollReason::Failures,
            Reason::RetryAfter => PollReason::RetryAfter,
            Reason::Fresh => PollReason::Fresh,
            Reason::Ttl | Reason::Period => PollReason::Feed,
            Reason::Skip => PollReason::Skip,
        },
    }
}
