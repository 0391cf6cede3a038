//! Health: `/healthz` and `/readyz` for supervisors, `/status` and `/status.json` for the
//! admin.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::hub_report::{HubPush, SubscriberReport};
use super::{hub_report, report_page};
use crate::clock;
use crate::config::{Config, Source};
use crate::ingest::schedule::Reason;
use crate::ingest::schedule::explain::{Cause, Sites, cause, explain};
use crate::model::{ChannelId, FailureKind, Health, HubState, ListRepair, SourceId, SourceState};
use crate::publish::html::{self, PollReason};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::{prefers_json, wanted_coding};
use crate::serve::response::{NEVER, answer};
use crate::store::{Store, StoreError};

/// State of all sources as JSON: body of `/status.json`, output of `gazetted status --json`.
#[derive(Debug, Serialize)]
pub struct HealthReport {
    /// State of the store; absent where only the sources were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<StoreReport>,
    /// State of the configuration; absent where only the sources were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<ConfigReport>,
    /// State of our own hub; absent where there is none, or only the sources were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    hub: Option<SubscriberReport>,
    sources: Vec<Row>,
    /// Address of the page with the sources that follow; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// State of the configuration, as JSON.
#[derive(Debug, Serialize)]
struct ConfigReport {
    /// Reason why the feeds.toml read last is not in force; null if it is.
    trouble: Option<String>,
}

/// State of the store, as JSON. Numbers are null while the store cannot be read.
#[derive(Debug, Serialize)]
struct StoreReport {
    /// Reason why commits are not written at present; null if they are.
    trouble: Option<String>,
    items: Option<u64>,
    stories: Option<u64>,
    volumes: Option<usize>,
    removed: Option<u64>,
    bytes: Option<u64>,
    /// Reason why items past their retention wait for an admin's word; null if they do not.
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

/// State of one source, as JSON. Times are RFC 3339 in UTC, whole seconds.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    channel: String,
    title: Option<String>,
    enabled: bool,
    /// Time since which an admin lets it rest.
    paused: Option<String>,
    health: &'static str,
    code: Option<String>,
    message: Option<String>,
    failures: u32,
    polled: Option<String>,
    succeeded: Option<String>,
    news: Option<String>,
    due: Option<String>,
    /// Sentences explaining `due`; the one that decides comes last.
    next: Vec<String>,
    push: Option<HubPush>,
    /// Address at which the source says it is to be found for good (301, 308); null if it
    /// does not.
    moved_to: Option<String>,
    /// Rules that would find the list of its page, where those in force do not; null otherwise.
    repair: Option<RepairReport>,
    seen: Seen,
}

/// Rules to paste into feeds.toml, as JSON.
#[derive(Debug, Serialize)]
struct RepairReport {
    /// Items that they find, in a sentence.
    says: String,
    /// Lines of TOML.
    toml: Vec<String>,
}

impl RepairReport {
    fn of(repair: &ListRepair) -> RepairReport {
        RepairReport {
            says: repair.sentence(),
            toml: repair.toml(),
        }
    }
}

/// Extraction counts of a source's last document, as JSON.
#[derive(Debug, Serialize)]
struct Seen {
    containers: u32,
    items: u32,
    titles: u32,
    links: u32,
    dates: u32,
    /// Usual number of items in a document (mean of the baseline); null until known.
    usual_items: Option<u32>,
    /// Undecodable byte sequences.
    replaced: u32,
    /// Names of the repairs that the document needed.
    repaired: Vec<String>,
}

/// Serves `/healthz`, always 200: whether the process answers, the store takes commits and
/// the last feeds.toml is in force.
///
/// Restarting mends neither a disk nor a file, so their trouble is in the text, not in the
/// status. Touches nothing that
/// could be slow.
pub(in crate::serve) async fn alive(State(app): State<App>) -> Response {
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

/// Serves `/readyz`: 200 if the store can be read, and readers so be served; else 503.
pub(in crate::serve) async fn ready(State(app): State<App>) -> Result<Response, AppError> {
    let store = app.store.clone();
    app.cache
        .render(move || store.changed(&ChannelId::root()))
        .await?;
    Ok(plain("ready\n"))
}

/// Serves `/status`: the state of all sources as a page, or as JSON for clients that prefer
/// it.
pub(in crate::serve) async fn page(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    if prefers_json(&headers) {
        return report_page::json(State(app), Ok(Query::default()), headers).await;
    }
    let work = app.clone();
    let config = app.config();
    let version = version(&app, &config);
    let render = move || {
        let begun = Instant::now();
        let view = view(&work, &config)?;
        let desk = work.desk(config)?;
        let bytes = html::status(&desk.site(), &view);
        work.reports.took(begun.elapsed());
        let kind = "text/html; charset=utf-8";
        Ok(Some(RenderedDocument::new(kind, bytes, None)))
    };
    let name = DocumentKey::Status { is_page: true };
    let wanted = (version, wanted_coding(&headers));
    let document = app.cache.get_or_render(name, wanted, render).await?;
    Ok(momentary(&headers, &document))
}

/// Looks at everything for the page.
fn view(app: &App, config: &Arc<Config>) -> Result<html::StatusView, StoreError> {
    let (states, subscriptions) = hub_report::outlook(&app.store, config)?;
    let now = clock::now();
    let sites = Sites::of(states.values());
    let next = config.sources.values().map(|source| {
        let state = states.get(&source.id).cloned().unwrap_or_default();
        let (due, _) = explain(source, &state, &sites, now);
        let why = reason(cause(source, &state, &sites, now));
        (source.id.clone(), (due, why))
    });
    Ok(html::StatusView {
        next: next.collect(),
        stories: app.store.counts().ok().map(|counts| counts.stories),
        trouble: app.store.trouble(),
        refused: app.refused(),
        states,
        subscriptions,
    })
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

/// Returns the version of a report at this moment.
pub(super) fn version(app: &App, config: &Arc<Config>) -> Version {
    let now = clock::now().as_second();
    let told = (config, app.refused());
    app.reports.version(&app.store, told, now)
}

/// Builds the response from a report that is not to be stored by anybody but us.
pub(super) fn momentary(headers: &HeaderMap, document: &RenderedDocument) -> Response {
    let mut response = answer(headers, document);
    let about = response.headers_mut();
    about.remove(header::ETAG);
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    let vary = HeaderValue::from_static("accept, accept-encoding");
    about.insert(header::VARY, vary);
    response
}

/// Builds the report of a running daemon: store, configuration (`refused` is the reason why the last
/// feeds.toml is not in force) and all sources. While the store is closed nothing is known of these.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub fn live_report(
    store: &Store,
    config: &Config,
    refused: Option<String>,
    now: Timestamp,
) -> Result<HealthReport, StoreError> {
    let outlook = match store.is_open() {
        true => hub_report::outlook(store, config)?,
        false => Default::default(),
    };
    let sources = config.sources.values();
    let rows = rows(sources, (&outlook.0, &outlook.1), now);
    live(store, (config, refused), rows, now)
}

/// Builds the report of a running daemon around rows of sources.
pub(super) fn live(
    store: &Store,
    (config, refused): (&Config, Option<String>),
    rows: Vec<Row>,
    now: Timestamp,
) -> Result<HealthReport, StoreError> {
    let mut report = bare(rows);
    report.store = Some(StoreReport::of(store));
    if config.server.hub && store.is_open() {
        report.hub = Some(SubscriberReport::of(&store.subscribers()?, now));
    }
    report.configuration = Some(ConfigReport { trouble: refused });
    Ok(report)
}

/// Builds the report on all configured sources, without the parts on store and configuration.
///
/// `states` and `subscriptions` may lack sources: those were never polled, or have no hub.
/// Used by `/status.json` and `gazetted status`.
#[must_use]
pub fn report(
    config: &Config,
    states: &BTreeMap<SourceId, SourceState>,
    subscriptions: &BTreeMap<SourceId, HubState>,
    now: Timestamp,
) -> HealthReport {
    let sources = config.sources.values();
    bare(rows(sources, (states, subscriptions), now))
}

/// Makes a report of rows alone.
fn bare(sources: Vec<Row>) -> HealthReport {
    HealthReport {
        store: None,
        configuration: None,
        hub: None,
        sources,
        next: None,
    }
}

/// Reports on sources; `states` may hold more: what others of their sites know counts for them.
pub(super) fn rows<'a>(
    sources: impl Iterator<Item = &'a Arc<Source>>,
    (states, subscriptions): (
        &BTreeMap<SourceId, SourceState>,
        &BTreeMap<SourceId, HubState>,
    ),
    now: Timestamp,
) -> Vec<Row> {
    let sites = Sites::of(states.values());
    let row = |source: &Arc<Source>| {
        let state = states.get(&source.id).cloned().unwrap_or_default();
        row(source, state, subscriptions.get(&source.id), &sites, now)
    };
    sources.map(row).collect()
}

fn row(
    source: &Source,
    state: SourceState,
    push: Option<&HubState>,
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
        Health::Failing { code, message } if state.trouble == Some(FailureKind::Gone) => {
            ("gone", Some(code), Some(message))
        }
        Health::Failing { code, message } => ("failing", Some(code), Some(message)),
    };
    Row {
        id: source.id.to_string(),
        channel: source.id.channel().to_string(),
        title: source.title.clone().or(state.title),
        enabled: source.enabled,
        paused: time(source.paused),
        health,
        code,
        message,
        failures: state.failures,
        polled: time(state.polled),
        succeeded: time(state.succeeded),
        news: time(state.news),
        due: time(due),
        next,
        push: push.and_then(HubPush::of),
        moved_to: state.moved.map(|moved| moved.to.to_string()),
        repair: state.repair.as_ref().map(RepairReport::of),
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
