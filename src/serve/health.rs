//! How we are doing: for supervisors, and for the admin.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::answer::NEVER;
use super::app::App;
use super::error::AppError;
use super::negotiate::prefers_json;
use super::push::{self, Push};
use crate::config::Source;
use crate::model::{ChannelId, Health, SourceId, SourceState};
use crate::publish::html;

/// All sources, as JSON.
#[derive(Serialize)]
struct Report {
    sources: Vec<Row>,
}

/// One source, as JSON.
#[derive(Serialize)]
struct Row {
    id: String,
    channel: String,
    title: Option<String>,
    enabled: bool,
    health: &'static str,
    code: Option<String>,
    message: Option<String>,
    failures: u32,
    polled: Option<String>,
    succeeded: Option<String>,
    due: Option<String>,
    push: Option<Push>,
    seen: Seen,
}

/// What came through of its last document, as JSON.
#[derive(Serialize)]
struct Seen {
    containers: u32,
    items: u32,
    titles: u32,
    links: u32,
    dates: u32,
    /// Items that are usual; absent until that is known.
    usual_items: Option<u32>,
}

/// Says that the process answers. Touches nothing that could be slow.
pub(super) async fn alive() -> Response {
    plain("ok\n")
}

/// Says whether readers can be served: whether the store can be read.
pub(super) async fn ready(State(app): State<App>) -> Result<Response, AppError> {
    let store = app.store.clone();
    app.shelf
        .render(move || store.changed(&ChannelId::root()))
        .await?;
    Ok(plain("ready\n"))
}

/// How the sources are doing, as a page, or as JSON for those who ask for that.
pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Result<Response, AppError> {
    if prefers_json(&headers) {
        return json(State(app)).await;
    }
    let work = app.clone();
    let bytes = app
        .shelf
        .render(move || {
            let (states, subscriptions) = push::outlook(&work)?;
            let desk = work.desk(work.config())?;
            Ok(html::status(&desk.site(), &states, &subscriptions))
        })
        .await?;
    let about = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
        (header::VARY, "accept"),
    ];
    Ok((about, bytes).into_response())
}

/// How the sources are doing, as JSON.
pub(super) async fn json(State(app): State<App>) -> Result<Response, AppError> {
    let work = app.clone();
    let (states, subscriptions) = app.shelf.render(move || push::outlook(&work)).await?;
    let config = app.config();
    let rows = config.sources.values().map(|source| Row {
        push: subscriptions.get(&source.id).and_then(Push::of),
        ..row(source, &states)
    });
    let report = Report {
        sources: rows.collect(),
    };
    let bytes = serde_json::to_vec_pretty(&report).map_err(|_| AppError::Failed)?;
    let about = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, NEVER),
        (header::VARY, "accept"),
    ];
    Ok((about, bytes).into_response())
}

fn row(source: &Source, states: &BTreeMap<SourceId, SourceState>) -> Row {
    let state = states.get(&source.id).cloned().unwrap_or_default();
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let (health, code, message) = match state.health {
        Health::Unknown => ("unknown", None, None),
        Health::Good => ("good", None, None),
        Health::Failing { code, message } => ("failing", Some(code), Some(message)),
    };
    Row {
        id: source.id.to_string(),
        channel: source.id.channel().to_string(),
        title: source.title.clone().or(state.title),
        enabled: source.enabled,
        health,
        code,
        message,
        failures: state.failures,
        polled: time(state.polled),
        succeeded: time(state.succeeded),
        due: time(state.due),
        push: None,
        seen: Seen {
            containers: state.counts.containers,
            items: state.counts.items,
            titles: state.counts.titles,
            links: state.counts.links,
            dates: state.counts.dates,
            usual_items: (state.baseline.documents > 0).then_some(state.baseline.items / 16),
        },
    }
}

fn plain(text: &'static str) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    (about, text).into_response()
}
