//! Membership in a cluster, wired: what an admin says goes through the log, and what the cluster is like comes
//! back as JSON.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Daemon;
use crate::cluster::{Cluster, ClusterStatus, ClusterTasks, Condition};
use crate::config::Config;
use crate::model::{LogEffect, LogOp, WebUrl};
use crate::store::Store;
use crate::text::site;

/// Tables of feeds.toml in which the nodes of one cluster may differ.
const OWN_TABLES: [&str; 3] = ["cluster", "server", "store"];

/// Joins the cluster, if there is one in the configuration. A store that was one of a cluster stands alone from
/// now on, if there is none.
///
/// # Errors
///
/// If the certificates cannot be read, or the disk refuses.
pub(super) async fn join(
    daemon: &Daemon,
    public_url: &WebUrl,
    left: &CancellationToken,
) -> anyhow::Result<Option<(Cluster, ClusterTasks)>> {
    let store = Arc::clone(&daemon.store);
    let Some(cluster) = daemon.config.cluster.clone() else {
        if store.is_open() && store.log_position()?.is_some() {
            warn!("this store was one of a cluster; without [cluster] it stands alone from now on");
            store.follow_log(None)?;
        }
        return Ok(None);
    };
    let about = (
        public_url.to_string(),
        config_hash(daemon.config_path.as_deref()),
    );
    let joined = Cluster::start(cluster, store, about, left.clone()).await;
    Ok(Some(joined.context("cannot join the cluster")?))
}

/// Has an operation applied by all nodes, and returns what it did. Blocks.
///
/// # Errors
///
/// If it makes no sense, or the daemon stops before it has come back.
pub(super) fn by_log(cluster: &Cluster, op: LogOp) -> anyhow::Result<String> {
    match cluster.submit_blocking(op)? {
        LogEffect::Done(done) => Ok(done),
        LogEffect::Refused(why) => bail!("{why}"),
        LogEffect::Stale => bail!("another node was faster"),
    }
}

/// Refuses to change the store of a node of a cluster whose daemon does not run.
///
/// # Errors
///
/// If the store follows a log.
pub fn refuse_alone(store: &Store) -> anyhow::Result<()> {
    if store.log_position()?.is_some() {
        bail!(
            "this store is one of a cluster, and what changes it goes through the log: start the daemon, or \
             ask on a node where it runs"
        );
    }
    Ok(())
}

/// Computes the hash of what the feeds.toml at `path` says of sources and channels, in 16 hexadecimal digits;
/// empty if it cannot be read.
pub(super) fn config_hash(path: Option<&Path>) -> String {
    let text = path.and_then(|path| std::fs::read_to_string(path).ok());
    let table = text.and_then(|text| text.parse::<toml::Table>().ok());
    let Some(mut table) = table else {
        return String::new();
    };
    for own in OWN_TABLES {
        table.remove(own);
    }
    blake3::hash(table.to_string().as_bytes()).to_hex()[..16].to_owned()
}

/// Describes the cluster as JSON.
pub(super) fn told(status: &ClusterStatus, config: &Config) -> Value {
    let members = status.view.members.iter().map(|(name, member)| {
        let behind = status.last.saturating_sub(member.sequence);
        json!({
            "node": name,
            "role": member.role,
            "version": member.version,
            "config": member.config,
            "same_config": member.config == status.config,
            "sequence": member.sequence,
            "behind": behind,
            "draining": member.is_draining,
            "address": member.address,
        })
    });
    let mut sites: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let hosts: Vec<String> = config
        .sources
        .values()
        .filter(|source| source.is_polled())
        .map(|source| source.url.host())
        .collect();
    for host in &hosts {
        sites.insert(site::of(host), status.view.owner(host));
    }
    let [applied, stale, refused] = status.effects;
    json!({
        "cluster": status.cluster,
        "node": status.node,
        "condition": word(&status.condition),
        "why": why(&status.condition),
        "ready": status.is_ready,
        "lease": status.view.is_held,
        "sequence": status.sequence,
        "last": status.last,
        "lag_messages": status.last.saturating_sub(status.sequence),
        "lag_seconds": status.lag.map(|lag| lag.as_secs_f64()),
        "apply_ms": status.delays.map(|[p50, p99]| json!({"p50": p50, "p99": p99})),
        "applied": applied,
        "stale": stale,
        "refused": refused,
        "snapshot": status.snapshot.map(|(at, sequence)| json!({
            "at": at.to_string(), "sequence": sequence,
        })),
        "members": members.collect::<Vec<_>>(),
        "sites": sites,
    })
}

/// Says in a word how a node is.
fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::Level => "level",
        Condition::Behind { .. } => "behind",
        Condition::Away { .. } => "away",
        Condition::Unfit(_) => "unfit",
    }
}

/// Says in words why a node is not level.
fn why(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Level => None,
        Condition::Behind { messages } => Some(match messages {
            Some(messages) => format!("{messages} messages of the log are still to be applied"),
            None => "the log was not looked at yet".to_owned(),
        }),
        Condition::Away { since, why } => Some(format!("since {since:.0}: {why}")),
        Condition::Unfit(why) => Some(why.clone()),
    }
}

/// Returns the membership, for requests that are about it.
///
/// # Errors
///
/// If there is none.
pub(super) fn membership(cluster: Option<&Cluster>) -> anyhow::Result<&Cluster> {
    cluster.context("this daemon runs alone: there is no [cluster] in its feeds.toml")
}
