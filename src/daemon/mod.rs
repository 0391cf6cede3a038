//! Wiring: start, reload, stop.
//!
//! ```text
//! signals ─▶ Event ─▶ run ─┬─▶ poll::Poller   sources into the store
//!                          ├─▶ serve::run     the store to readers
//!                          └─▶ control::run   the store to `gazetted backup`
//! ```
//!
//! The two halves share the store, the configuration and the signal to stop; what
//! hubs push to the one is handed to the other by a channel.

mod control;
mod correct;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use control::NAME as CONTROL;
pub use correct::correct;

use crate::config::Config;
use crate::model::{HubNotice, WebUrl};
use crate::poll::{Poller, RunMode, Watchdog};
use crate::serve;
use crate::store::Store;

/// Time the halves have to stop, before they are left behind.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// Notices of hubs that nobody has attended to yet; the next one waits at the door.
const MAX_WAITING_NOTICES: usize = 4;

/// Time between two attempts to open a store that could not be opened.
const STORE_RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// Event that changes the course of a running daemon; sent by `cli::run` for signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Read `feeds.toml` again (SIGHUP).
    Reload,
    /// Finish what is at hand and end (SIGTERM, SIGINT).
    Stop,
}

/// Parts of a daemon before it runs.
#[derive(Debug)]
pub struct Daemon {
    /// Configuration to begin with.
    pub config: Config,
    /// File to reload the configuration from; `None` for one made by a program.
    pub config_path: Option<PathBuf>,
    /// Store, shared by both halves.
    pub store: Arc<Store>,
}

impl Daemon {
    /// Polls and serves until [`Event::Stop`] comes, or `events` is closed; then drains for
    /// at most 8 s.
    ///
    /// # Errors
    ///
    /// If one of the halves cannot start or dies.
    pub async fn run(
        self,
        listener: TcpListener,
        mut events: mpsc::Receiver<Event>,
    ) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let _stop_on_error = stop.clone().drop_guard();
        let local = listener
            .local_addr()
            .context("cannot tell the address of the listener")?;
        let public_url = match &self.config.server.public_url {
            Some(url) => url.clone(),
            None => {
                WebUrl::parse(&format!("http://{local}/")).context("a local address is a URL")?
            }
        };
        let (configs, config) = watch::channel(Arc::new(self.config));
        let (notices, heard) = mpsc::channel(MAX_WAITING_NOTICES);
        let polling = poll(Arc::clone(&self.store), config.clone(), heard, stop.clone());
        let mut polling = tokio::spawn(polling);
        let control = control::run(Arc::clone(&self.store), config.clone(), stop.clone());
        let control = tokio::spawn(control);
        let (refusals, refused) = watch::channel(None);
        let app = serve::App::new(self.store, config, public_url.clone());
        let app = app.hearing(notices).telling(refused);
        let mut serving = tokio::spawn(serve::run(app, listener, stop.clone()));
        info!("serving {public_url} at {local}");
        notify(&[
            NotifyState::Ready,
            NotifyState::Status("polling and serving"),
        ]);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Reload) => {
                        reload(self.config_path.as_ref(), &configs, &refusals).await;
                    }
                    Some(Event::Stop) | None => break,
                },
                ended = &mut serving => return early("serving", ended),
                ended = &mut polling => return early("polling", ended),
            }
        }
        notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
        info!("stopping");
        stop.cancel();
        drain(serving, polling, control).await
    }
}

/// Polls, once the store can be read: one that could not even be opened, on a full disk, is
/// tried again every 2 s.
async fn poll(
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    heard: mpsc::Receiver<HubNotice>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut beat = Watchdog::of_systemd();
    while !store.is_open() {
        beat.tick();
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(STORE_RETRY_INTERVAL) => {}
        }
        let store = Arc::clone(&store);
        // The store says in the log what is wrong, once.
        let _ = tokio::task::spawn_blocking(move || store.mend()).await;
    }
    let poller = Poller::new(store, config)?.listening(heard);
    poller.run(RunMode::Forever, stop).await
}

/// Waits for both halves and the control socket, at most [`DRAIN_TIMEOUT`].
async fn drain(
    serving: JoinHandle<anyhow::Result<()>>,
    polling: JoinHandle<anyhow::Result<()>>,
    control: JoinHandle<()>,
) -> anyhow::Result<()> {
    let both = async {
        let ends = (serving.await, polling.await);
        let _ = control.await;
        ends
    };
    match tokio::time::timeout(DRAIN_TIMEOUT, both).await {
        Ok((served, polled)) => {
            served.context("serving panicked")??;
            polled.context("polling panicked")??;
            info!("stopped");
        }
        Err(_) => warn!(
            "not everything ended within {} s, leaving it",
            DRAIN_TIMEOUT.as_secs()
        ),
    }
    Ok(())
}

/// Turns the end of a half that was not told to stop into an error.
fn early(
    half: &str,
    ended: Result<anyhow::Result<()>, tokio::task::JoinError>,
) -> anyhow::Result<()> {
    ended
        .with_context(|| format!("{half} panicked"))?
        .with_context(|| format!("{half} ended"))?;
    anyhow::bail!("{half} ended without being told to")
}

/// Reads the file again. The whole new file is good, or nothing changes but that `refusals`
/// holds the reason, which `/healthz` and `/status.json` tell.
async fn reload(
    path: Option<&PathBuf>,
    configs: &watch::Sender<Arc<Config>>,
    refusals: &watch::Sender<Option<String>>,
) {
    let Some(path) = path.cloned() else {
        warn!("nothing to reload: this configuration is not from a file");
        return;
    };
    let loaded = tokio::task::spawn_blocking(move || Config::load(&path)).await;
    match loaded {
        Ok(Ok(config)) => {
            refusals.send_replace(None);
            let before = configs.send_replace(Arc::new(config));
            let after = Arc::clone(&configs.borrow());
            warn_of_unchangeable(&before, &after);
            let n_sources = after.sources.len();
            info!(sources = n_sources, "reloaded: {n_sources} sources");
            notify(&[NotifyState::Status("polling and serving")]);
        }
        Ok(Err(problems)) => {
            let summary = problems.summary();
            refusals.send_replace(Some(summary.clone()));
            error!(
                "the old configuration stays in force, the new one is not good: {summary}; \
                 `gazetted check` shows all of it"
            );
            notify(&[NotifyState::Status(
                "the new feeds.toml is not good, the old one is in force",
            )]);
        }
        Err(panic) => {
            refusals.send_replace(Some("reading it failed".to_owned()));
            error!("the old configuration stays in force, reading failed: {panic}");
        }
    }
}

/// Warns of changed keys that are read at the start only.
fn warn_of_unchangeable(before: &Config, after: &Config) {
    let changes = [
        ("server.listen", before.server.listen != after.server.listen),
        (
            "server.public_url",
            before.server.public_url != after.server.public_url,
        ),
        ("store.path", before.store.path != after.store.path),
    ];
    for (key, _) in changes.iter().filter(|(_, has_changed)| *has_changed) {
        warn!("{key} has changed; restart gazetted to use it");
    }
}

/// Tells systemd of a new state, if it listens (sd_notify(3)).
fn notify(states: &[NotifyState<'_>]) {
    if let Err(why) = sd_notify::notify(states) {
        warn!("cannot tell systemd: {why}");
    }
}
