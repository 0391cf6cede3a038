//! Metrics: `/metrics`, for Prometheus.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::status;
use crate::clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::metrics::{MEDIA_TYPE, Snapshot};
use crate::model::HealthKind;
use crate::serve::app::App;
use crate::serve::reports::with_summaries;
use crate::serve::response::NEVER;
use crate::serve::response::error::AppError;
use crate::store::{Store, StoreError};

/// Serves `/metrics`.
pub(in crate::serve) async fn show(State(app): State<App>) -> Result<Response, AppError> {
    let (config, is_config_stale) = (app.config(), app.refused().is_some());
    let snapshot = gauges(&app, config).await?;
    if let Some(status) = app.cluster.as_ref().map(Cluster::status) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let lag = status
            .lag
            .map_or(-1, |lag| i64::try_from(lag.as_millis()).unwrap_or(i64::MAX));
        let values = [
            number(status.sequence),
            number(status.last.saturating_sub(status.sequence)),
            lag,
            number(status.view.members.len() as u64),
            i64::from(status.is_ready),
        ];
        app.metrics.cluster(&status.node, values);
    }
    let text = app.metrics.text(&Snapshot {
        is_config_stale,
        ..snapshot
    });
    let about = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, NEVER),
    ];
    Ok((about, text).into_response())
}

/// Returns the gauges of this moment; those of the last scrape while nothing has changed.
async fn gauges(app: &App, config: Arc<Config>) -> Result<Snapshot, AppError> {
    let version = status::version(app, &config);
    let mut last = app.reports.gauges.lock().await;
    if let Some((_, snapshot)) = last.as_ref().filter(|(kept, _)| *kept == version) {
        return Ok(snapshot.clone());
    }
    let (store, reports) = (Arc::clone(&app.store), Arc::clone(&app.reports));
    let work = move || {
        let begun = Instant::now();
        let snapshot = snapshot(&store, &config, clock::now())?;
        reports.took(begun.elapsed());
        Ok(snapshot)
    };
    let snapshot = app.cache.render(work).await?;
    *last = Some((version, snapshot.clone()));
    Ok(snapshot)
}

/// Reads the state of sources and store. While the store is closed nothing is known of these.
fn snapshot(store: &Store, config: &Config, now: Timestamp) -> Result<Snapshot, StoreError> {
    let mut snapshot = Snapshot {
        is_store_in_trouble: store.trouble().is_some(),
        ..Snapshot::default()
    };
    if !store.is_open() {
        return Ok(snapshot);
    }
    let (summaries, subscriptions) = (store.source_summaries()?, status::subscriptions(store)?);
    let [good, failing, unknown, off] = &mut snapshot.sources;
    for (source, summary) in with_summaries(config, &summaries) {
        if !source.is_polled() {
            *off += 1;
            continue;
        }
        let health = summary.map(|summary| summary.health).unwrap_or_default();
        *match health {
            HealthKind::Good => &mut *good,
            HealthKind::Failing | HealthKind::HeldBack => &mut *failing,
            HealthKind::Unknown => &mut *unknown,
        } += 1;
        let late = |due| now.duration_since(due).as_secs();
        let own = summary.and_then(|summary| Some((summary.due?, summary.polled)));
        // A hub can only put it off.
        let Some((own, polled)) = own.filter(|(own, _)| late(*own) > snapshot.lag_seconds) else {
            continue;
        };
        let due = match subscriptions.get(&source.id) {
            Some(hub) => status::due((own, polled), source, hub, config),
            None => own,
        };
        snapshot.lag_seconds = snapshot.lag_seconds.max(late(due));
    }
    let leases = subscriptions
        .values()
        .filter_map(|hub| hub.contract.as_ref()?.lease.as_ref());
    let running = leases.filter(|lease| lease.until > now).count();
    snapshot.subscriptions = number(running as u64);
    let counts = store.counts()?;
    snapshot.store = Some([
        number(counts.items),
        number(counts.stories),
        number(counts.volumes as u64),
        number(counts.removed),
        number(counts.bytes),
    ]);
    Ok(snapshot)
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
