//! Status page of the sources.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;

use super::document;
use super::shell::Shell;
use super::when::When;
use crate::config::Source;
use crate::model::{ChannelId, Health, HubState, SourceId, SourceState};
use crate::publish::Site;

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    shell: Shell<'a>,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    id: &'a str,
    title: &'a str,
    /// Class for the style sheet: `good`, `failing`, `unknown`, `off`.
    class: &'static str,
    health: &'static str,
    message: &'a str,
    push: Option<PushStatus>,
    /// Rules that would find the list of its page, as lines of TOML; empty if those in force do.
    repair: String,
    /// Address at which the source says it is to be found for good.
    moved_to: Option<&'a str>,
    last: Option<When>,
    next: Option<When>,
}

/// Hub whose lease is running, and its end.
struct PushStatus {
    hub: String,
    until: When,
}

/// Renders the state of all configured sources, those in trouble first.
#[must_use]
pub fn render(
    site: &Site<'_>,
    states: &BTreeMap<SourceId, SourceState>,
    subscriptions: &BTreeMap<SourceId, HubState>,
) -> Vec<u8> {
    let shell = Shell::new(
        site,
        None,
        super::Words::of(&site.config.server.language).status,
    );
    let unpolled = SourceState::default();
    let sources = site.config.sources.values();
    let mut rows: Vec<Row<'_>> = sources
        .map(|source| {
            let state = states.get(&source.id).unwrap_or(&unpolled);
            let subscription = subscriptions.get(&source.id);
            row(site, &shell, source, state, subscription)
        })
        .collect();
    rows.sort_by_key(|row| row.class != "failing");
    document(&StatusPage { shell, rows })
}

fn row<'a>(
    site: &Site<'a>,
    shell: &Shell<'_>,
    source: &'a Source,
    state: &'a SourceState,
    subscription: Option<&HubState>,
) -> Row<'a> {
    let words = shell.words;
    let zone = site.zone(&ChannelId::root());
    let when = |at: Option<Timestamp>| at.map(|at| When::of(at, &zone, words));
    let (class, health, message) = match &state.health {
        _ if !source.is_polled() => ("off", words.switched_off, ""),
        Health::Unknown => ("unknown", words.unknown, ""),
        Health::Good => ("good", words.good, ""),
        Health::Failing { message, .. } => ("failing", words.failing, message.as_str()),
    };
    let contract = subscription.and_then(|subscription| subscription.contract.as_ref());
    let push = contract.and_then(|contract| {
        let lease = contract.lease?;
        Some(PushStatus {
            hub: contract.hub.host(),
            until: When::of(lease.until, &zone, words),
        })
    });
    Row {
        id: source.id.as_str(),
        title: site.source_title(&source.id),
        class,
        health,
        message,
        push,
        repair: state
            .repair
            .as_ref()
            .map(|repair| repair.toml().join("\n"))
            .unwrap_or_default(),
        moved_to: state.moved.as_ref().map(|moved| moved.to.as_str()),
        last: when(state.polled),
        next: when(state.due.filter(|_| source.is_polled())),
    }
}
