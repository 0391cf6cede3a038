//! How we are doing: for supervisors, and for the admin.

use std::borrow::Cow;
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
use crate::clock;
use crate::config::{Config, Source};
use crate::ingest::explain::{Sites, explain};
use crate::model::{ChannelId, Health, SourceId, SourceState, Subscription, Trouble};
use crate::publish::html;
use crate::store::Store;

/// All sources, as JSON.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Absent where only the sources were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<StoreReport>,
    /// Absent where only the sources were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<ConfigReport>,
    sources: Vec<Row>,
}

/// The configuration, as JSON.
#[derive(Debug, Serialize)]
struct ConfigReport {
    /// Why the file that was read last is not in force, if it is not.
    trouble: Option<String>,
}

/// The store, as JSON.
#[derive(Debug, Serialize)]
struct StoreReport {
    /// Why commits are not written at present, if they are not.
    trouble: Option<String>,
    items: Option<u64>,
    stories: Option<u64>,
    volumes: Option<usize>,
    removed: Option<u64>,
    bytes: Option<u64>,
    /// Why what is too old is not removed, if it waits for an admin's word.
    waiting: Option<String>,
    damage: Vec<String>,
}

impl StoreReport {
    fn of(store: &Store) -> StoreReport {
        let counts = store.counts().ok();
        StoreReport {
            trouble: store.trouble(),
            items: counts.map(|counts| counts.items),
            stories: counts.map(|counts| counts.stories),
            volumes: counts.map(|counts| counts.volumes),
            removed: counts.map(|counts| counts.removed),
            bytes: counts.map(|counts| counts.bytes),
            waiting: store.waiting(),
            damage: store.damage().iter().map(ToString::to_string).collect(),
        }
    }
}

/// One source, as JSON.
#[derive(Debug, Serialize)]
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
    news: Option<String>,
    due: Option<String>,
    /// Why not sooner: the sentence that decides comes last.
    next: Vec<String>,
    push: Option<Push>,
    /// Where it says it has moved for good.
    moved_to: Option<String>,
    seen: Seen,
}

/// What came through of its last document, as JSON.
#[derive(Debug, Serialize)]
struct Seen {
    containers: u32,
    items: u32,
    titles: u32,
    links: u32,
    dates: u32,
    /// Items that are usual; absent until that is known.
    usual_items: Option<u32>,
    /// Characters that could not be decoded.
    replaced: u32,
    /// What had to be repaired.
    repaired: Vec<String>,
}

/// Says that the process answers, and whether the store is well and the last
/// feeds.toml in force. Restarting mends neither a disk nor a file, so that this is
/// a success either way. Touches nothing that could be slow.
pub(super) async fn alive(State(app): State<App>) -> Response {
    if let Some(why) = app.store.trouble() {
        return plain(format!("storage: {why}\n"));
    }
    if let Some(why) = app.refused() {
        return plain(format!("configuration: the old one is in force: {why}\n"));
    }
    if let Some(why) = app.store.waiting() {
        return plain(format!("ok, but {why}\n"));
    }
    match app.store.damage().len() {
        0 => plain("ok\n"),
        n => plain(format!("ok, with damage in {n} places: see /status.json\n")),
    }
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
            let (states, subscriptions) = push::outlook(&work.store, &work.config())?;
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
    let config = app.config();
    let about = std::sync::Arc::clone(&config);
    let (states, subscriptions, store) = app
        .shelf
        .render(move || {
            let store = StoreReport::of(&work.store);
            let (states, subscriptions) = match work.store.is_open() {
                true => push::outlook(&work.store, &about)?,
                false => Default::default(),
            };
            Ok((states, subscriptions, store))
        })
        .await?;
    let mut report = report(&config, &states, &subscriptions, clock::now());
    report.store = Some(store);
    report.configuration = Some(ConfigReport {
        trouble: app.refused(),
    });
    let bytes = serde_json::to_vec_pretty(&report).map_err(|_| AppError::Failed)?;
    let about = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, NEVER),
        (header::VARY, "accept"),
    ];
    Ok((about, bytes).into_response())
}

/// How all sources of a configuration are doing.
#[must_use]
pub fn report(
    config: &Config,
    states: &BTreeMap<SourceId, SourceState>,
    subscriptions: &BTreeMap<SourceId, Subscription>,
    now: Timestamp,
) -> Report {
    let sites = Sites::of(states.values());
    let sources = config.sources.values();
    Report {
        store: None,
        configuration: None,
        sources: sources
            .map(|source| {
                let state = states.get(&source.id).cloned().unwrap_or_default();
                row(source, state, subscriptions.get(&source.id), &sites, now)
            })
            .collect(),
    }
}

fn row(
    source: &Source,
    state: SourceState,
    push: Option<&Subscription>,
    sites: &Sites,
    now: Timestamp,
) -> Row {
    let second = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
    let time = |at: Option<Timestamp>| at.map(|at| second(at).to_string());
    let (mut due, mut next) = explain(source, &state, sites, now);
    if state.due > due && due.is_some() && push.is_some() {
        due = state.due;
        next.push("its hub pushes what is new, so it is polled less often".to_owned());
    }
    let (health, code, message) = match state.health {
        Health::Unknown => ("unknown", None, None),
        Health::Good => ("good", None, None),
        Health::Failing { code, message } if state.trouble == Some(Trouble::Gone) => {
            ("gone", Some(code), Some(message))
        }
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
        news: time(state.news),
        due: time(due),
        next,
        push: push.and_then(Push::of),
        moved_to: state.moved.map(|moved| moved.to.to_string()),
        seen: Seen {
            containers: state.counts.containers,
            items: state.counts.items,
            titles: state.counts.titles,
            links: state.counts.links,
            dates: state.counts.dates,
            usual_items: (state.baseline.documents > 0).then_some(state.baseline.items / 16),
            replaced: state.replaced,
            repaired: state.repaired,
        },
    }
}

fn plain(text: impl Into<Cow<'static, str>>) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    (about, text.into()).into_response()
}
