//! Report on store, configuration, hub and sources: body of `/status.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::hub_report;
use super::hub_report::{HubPush, SubscriberReport};
use crate::config::{Config, Source};
use crate::ingest::schedule::explain::{Sites, explain};
use crate::model::{
    FailureKind, Health, HubState, ListRepair, SourceId, SourceState, SourceSummary,
};
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
    let (states, subscriptions) = match store.is_open() {
        true => hub_report::outlook(store, config)?,
        false => Default::default(),
    };
    let sources = config.sources.values().map(AsRef::as_ref);
    let rows = rows(sources, (&states, &subscriptions), &sites(&states), now);
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
    let sources = config.sources.values().map(AsRef::as_ref);
    bare(rows(sources, (states, subscriptions), &sites(states), now))
}

/// Collects what these sources know of their hosts.
fn sites(states: &BTreeMap<SourceId, SourceState>) -> Sites {
    let summaries: Vec<SourceSummary> = states.values().map(SourceSummary::of).collect();
    Sites::of(&summaries)
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

/// Reports on sources; what others of their `sites` know counts for them.
pub(super) fn rows<'a>(
    sources: impl Iterator<Item = &'a Source>,
    (states, subscriptions): (
        &BTreeMap<SourceId, SourceState>,
        &BTreeMap<SourceId, HubState>,
    ),
    sites: &Sites,
    now: Timestamp,
) -> Vec<Row> {
    let row = |source: &Source| {
        let state = states.get(&source.id).cloned().unwrap_or_default();
        row(source, state, subscriptions.get(&source.id), sites, now)
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
