//! Wiring that outlives a reload: the configuration in force, why a newer one is not, which
//! sources rest; and what systemd hears of it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use sd_notify::NotifyState;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::clustering;
use super::control::Ask;
use super::pauses::Pauses;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::model::SourceId;

/// Senders of what both halves work by.
pub(super) struct Wiring {
    /// File of the configuration; `None` for one made by a program.
    pub(super) path: Option<PathBuf>,
    pub(super) configs: watch::Sender<Arc<Config>>,
    pub(super) refusals: watch::Sender<Option<String>>,
    /// Sources that rest.
    pub(super) pauses: Pauses,
    /// Membership in a cluster, which is told the hash of each configuration.
    pub(super) cluster: Option<Cluster>,
}

impl Wiring {
    /// Does what the control socket asks for.
    pub(super) async fn attend(&mut self, ask: Ask) {
        // Who asked may have left.
        match ask {
            Ask::Reload(reply) => drop(reply.send(self.reload().await)),
            Ask::Pause {
                sources,
                now,
                reply,
            } => {
                drop(reply.send(self.pause(&sources, now)));
            }
        }
    }

    /// Lets sources rest, or go on; returns how many changed.
    fn pause(&mut self, sources: &[SourceId], now: Option<Timestamp>) -> Result<usize, String> {
        let mut config = Config::clone(&self.configs.borrow());
        let n_changed = self.pauses.set(sources, &config, now);
        let n_changed =
            n_changed.map_err(|why| format!("cannot write which sources rest: {why}"))?;
        if n_changed > 0 {
            self.pauses.mark(&mut config);
            self.configs.send_replace(Arc::new(config));
            let what = if now.is_some() { "paused" } else { "resumed" };
            info!(
                sources = n_changed,
                "{what} {n_changed} sources, by an admin's word"
            );
        }
        Ok(n_changed)
    }

    /// Reads the file again, and returns how many sources it has. The whole new file is good, or nothing
    /// changes but that `refusals` holds the reason, which `/healthz` and `/status.json` tell.
    pub(super) async fn reload(&self) -> Result<usize, String> {
        let Some(path) = self.path.clone() else {
            let why = "nothing to reload: this configuration is not from a file";
            warn!("{why}");
            return Err(why.to_owned());
        };
        let begun = NotifyState::monotonic_usec_now().ok();
        let reloading = [NotifyState::Reloading].into_iter().chain(begun);
        notify(&reloading.collect::<Vec<_>>());
        let file = path.clone();
        match tokio::task::spawn_blocking(move || Config::load(&path)).await {
            Ok(Ok(mut config)) => {
                if let Some(cluster) = &self.cluster {
                    cluster.note_config(clustering::config_hash(Some(&file)));
                }
                self.pauses.mark(&mut config);
                self.refusals.send_replace(None);
                let before = self.configs.send_replace(Arc::new(config));
                let after = Arc::clone(&self.configs.borrow());
                warn_of_unchangeable(&before, &after);
                let n_sources = after.sources.len();
                info!(sources = n_sources, "reloaded: {n_sources} sources");
                notify(&[
                    NotifyState::Ready,
                    NotifyState::Status("polling and serving"),
                ]);
                Ok(n_sources)
            }
            Ok(Err(problems)) => {
                let summary = problems.summary();
                let why = self.refuse(&summary);
                error!(
                    "the old configuration stays in force, the new one is not good: {summary}; \
                     `gazetted check` shows all of it"
                );
                notify(&[
                    NotifyState::Ready,
                    NotifyState::Status("the new feeds.toml is not good, the old one is in force"),
                ]);
                Err(why)
            }
            Err(panic) => {
                let why = self.refuse("reading it failed");
                error!("the old configuration stays in force, reading failed: {panic}");
                notify(&[NotifyState::Ready]);
                Err(why)
            }
        }
    }

    /// Remembers why the new file is not in force.
    fn refuse(&self, why: &str) -> String {
        self.refusals.send_replace(Some(why.to_owned()));
        format!("the old configuration stays in force: {why}")
    }
}

/// Warns of changed keys that are read at the start only.
fn warn_of_unchangeable(before: &Config, after: &Config) {
    let changes = [
        ("server.listen", before.server.listen != after.server.listen),
        ("server.admin", before.server.admin != after.server.admin),
        ("server.log", before.server.log != after.server.log),
        ("server.images", before.server.images != after.server.images),
        ("server.search", before.server.search != after.server.search),
        ("server.theme", before.server.theme != after.server.theme),
        (
            "server.public_url",
            before.server.public_url != after.server.public_url,
        ),
        ("store.path", before.store.path != after.store.path),
        ("cluster", before.cluster != after.cluster),
    ];
    for (key, _) in changes.iter().filter(|(_, has_changed)| *has_changed) {
        warn!("{key} has changed; restart gazetted to use it");
    }
}

/// Tells systemd of a new state, if it listens (sd_notify(3)).
pub(super) fn notify(states: &[NotifyState<'_>]) {
    if let Err(why) = sd_notify::notify(states) {
        warn!("cannot tell systemd: {why}");
    }
}
