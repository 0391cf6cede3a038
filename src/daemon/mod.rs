//! Wiring: start, reload, stop.
//!
//! ```text
//! signals ─▶ Event ─▶ run ─┬─▶ poll::Poller   sources into the store
//!                          ├─▶ serve::run     the store to readers
//!                          ├─▶ serve::Hub     news to those who subscribed
//!                          └─▶ control::run   both to an admin: `gazetted poll`, `backup` …
//! ```
//!
//! The two halves share the store, the configuration and the signal to stop; what
//! hubs push to the one is handed to the other by a channel.

mod alarms;
mod clustering;
mod control;
mod correct;
mod pauses;
mod plan;
mod theme;
mod wiring;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub use clustering::refuse_alone;
pub use control::{NAME as CONTROL, Request, answer_of_store, select};
pub use correct::correct;
pub use pauses::Pauses;

use crate::cluster::Cluster;
use crate::config::{Config, ImageMode};
use crate::images::ImageProxy;
use crate::metrics::Metrics;
use crate::model::{HubNotice, WebUrl};
use crate::poll::{PollLog, PollOrder, Poller, RunMode, Watchdog};
use crate::search::{self, SearchIndex};
use crate::serve;
use crate::store::Store;
use alarms::AlarmContext;
use control::{Ask, ControlContext};
use wiring::{Wiring, notify};

/// Time the halves have to stop, before they are left behind.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// Time that leaving the cluster may take.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// Notices of hubs, and questions of an admin, that nobody has attended to yet; the next one waits at
/// the door.
const MAX_WAITING: usize = 4;

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
    /// Runtime that answers readers: apart from the one that polls, so that no origin keeps them
    /// waiting, whatever it sends.
    pub readers: Handle,
    /// Runtimes that connections of readers are dealt out to; none: `readers` serves them all.
    pub connections: Vec<Handle>,
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
        listener: Option<TcpListener>,
        mut events: mpsc::Receiver<Event>,
    ) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let _stop_on_error = stop.clone().drop_guard();
        let local = match &listener {
            Some(listener) => listener.local_addr(),
            None => Ok(self.config.server.listen),
        };
        let local = local.context("cannot tell the address of the listener")?;
        let public_url = self.public_url(local)?;
        let left = CancellationToken::new();
        let _leave_on_error = left.clone().drop_guard();
        let (cluster, members) = clustering::join(&self, &public_url, &left).await?.unzip();
        let (asks, mut asked) = mpsc::channel(MAX_WAITING);
        let admin = self.admin().await?;
        let is_serving = listener.is_some();
        let listeners = (listener, admin);
        let member = cluster.clone();
        let mut halves = self.start(listeners, &public_url, (asks, cluster), &stop)?;
        match is_serving {
            true => info!("serving {public_url} at {local}"),
            false => info!("polling for the cluster, not listening to readers"),
        }
        notify(&[
            NotifyState::Ready,
            NotifyState::Status("polling and serving"),
        ]);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Reload) => drop(halves.wiring.reload().await),
                    Some(Event::Stop) | None => break,
                },
                Some(ask) = asked.recv() => halves.wiring.attend(ask).await,
                ended = &mut halves.serving => return early("serving", ended),
                ended = &mut halves.polling => return early("polling", ended),
            }
        }
        notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
        info!("stopping");
        stop.cancel();
        if let Some(member) = member {
            member.close();
        }
        // Who has asked for something in this moment is not to wait for an answer.
        drop(asked);
        let drained = drain(halves).await;
        left.cancel();
        if let Some(members) = members {
            let _ = tokio::time::timeout(LEAVE_TIMEOUT, members.end()).await;
        }
        drained
    }

    /// Returns the address that links to ourselves begin with.
    fn public_url(&self, local: SocketAddr) -> anyhow::Result<WebUrl> {
        let own = || WebUrl::parse(&format!("http://{local}/"));
        let url = self.config.server.public_url.clone().or_else(own);
        url.context("a local address is a URL")
    }

    /// Binds the listener of the admin, if there is to be one.
    async fn admin(&self) -> anyhow::Result<Option<TcpListener>> {
        let Some(address) = self.config.server.admin else {
            return Ok(None);
        };
        let listener = serve::listen(address).with_context(|| {
            format!("cannot listen on {address} (is another program there? change server.admin)")
        })?;
        if let Ok(local) = listener.local_addr() {
            info!("metrics and status for the admin on http://{local}/status");
        }
        Ok(Some(listener))
    }

    /// Starts both halves and the control socket.
    fn start(
        self,
        (listener, admin): (Option<TcpListener>, Option<TcpListener>),
        public_url: &WebUrl,
        (asks, cluster): (mpsc::Sender<Ask>, Option<Cluster>),
        stop: &CancellationToken,
    ) -> anyhow::Result<Halves> {
        let is_searchable = self.config.server.search;
        let images = match self.config.server.images {
            ImageMode::Proxy => Some(Arc::new(ImageProxy::open(self.store.dir(), &self.config)?)),
            ImageMode::Direct | ImageMode::Off => None,
        };
        let theme = match &self.config.server.theme {
            Some(folder) => {
                let read = theme::read(folder);
                let (theme, mistakes) =
                    read.with_context(|| format!("cannot read the theme in {}", folder.display()))?;
                for mistake in mistakes {
                    warn!("theme: {mistake}");
                }
                Some(theme)
            }
            None => None,
        };
        let pauses = Pauses::open(self.store.dir()).context("cannot read which sources rest")?;
        let mut first = self.config;
        pauses.mark(&mut first);
        let (configs, config) = watch::channel(Arc::new(first));
        let (refusals, refused) = watch::channel(None);
        let (notices, heard) = mpsc::channel(MAX_WAITING);
        let (orders, ordered) = mpsc::channel(MAX_WAITING);
        let metrics = Arc::new(Metrics::default());
        let polls = Arc::new(PollLog::counting(Arc::clone(&metrics)));
        let inlets = PollInlets {
            heard,
            ordered,
            polls: Arc::clone(&polls),
            cluster: cluster.clone(),
        };
        let polling = poll(
            Arc::clone(&self.store),
            config.clone(),
            inlets,
            stop.clone(),
        );
        let (alarms, raised) = watch::channel(Arc::default());
        tokio::spawn(alarms::run(AlarmContext {
            store: Arc::clone(&self.store),
            config: config.clone(),
            refused: refused.clone(),
            polls: Arc::clone(&polls),
            alarms,
            stop: stop.clone(),
        }));
        let index = is_searchable.then(|| Arc::new(SearchIndex::beside(self.store.dir())));
        let indexing = index.clone().map(|index| {
            let store = Arc::clone(&self.store);
            tokio::spawn(search::follow(index, store, stop.clone()))
        });
        // Before anybody is told that we run.
        let socket = control::listen(self.store.dir());
        let control = ControlContext {
            store: Arc::clone(&self.store),
            index: index.clone(),
            config: config.clone(),
            refused: refused.clone(),
            polls,
            orders,
            asks,
            cluster: cluster.clone(),
            stop: stop.clone(),
        };
        let app = serve::App::new(self.store, config, public_url.clone());
        let app = app
            .hearing(notices)
            .telling(refused)
            .metered(metrics)
            .alarmed(raised)
            .clustered(cluster.clone())
            .served_on(&self.connections);
        let app = match images {
            Some(images) => app.picturing(images),
            None => app,
        };
        let app = match theme {
            Some(theme) => app.themed(theme),
            None => app,
        };
        let app = match index {
            Some(index) => app.searching(index),
            None => app,
        };
        let (app, hub) = serve::Hub::open(app);
        let inside = self.readers.enter();
        let listener = listener.map(moved).transpose()?;
        let admin = admin.map(moved).transpose()?;
        drop(inside);
        if let Some(admin) = admin {
            let serving = serve::run_admin(app.clone(), admin, stop.clone());
            self.readers.spawn(async move {
                if let Err(why) = serving.await {
                    error!("{why:#}");
                }
            });
        }
        Ok(Halves {
            serving: match listener {
                Some(listener) => self.readers.spawn(serve::run(app, listener, stop.clone())),
                None => self.readers.spawn(unheard(stop.clone())),
            },
            polling: tokio::spawn(polling),
            control: socket.map(|socket| tokio::spawn(control::run(control, socket))),
            hub: tokio::spawn(hub.run(stop.clone())),
            indexing,
            wiring: Wiring {
                path: self.config_path,
                configs,
                refusals,
                pauses,
                cluster,
            },
        })
    }
}

/// Serves nobody, until told to stop: a node that only polls.
async fn unheard(stop: CancellationToken) -> anyhow::Result<()> {
    stop.cancelled().await;
    Ok(())
}

/// Moves a listener to the runtime that this is called in.
fn moved(listener: TcpListener) -> anyhow::Result<TcpListener> {
    let listener = listener.into_std().and_then(TcpListener::from_std);
    listener.context("cannot hand the listener to the threads of readers")
}

/// Tasks of a running daemon, and what they work by.
struct Halves {
    serving: JoinHandle<anyhow::Result<()>>,
    polling: JoinHandle<anyhow::Result<()>>,
    /// Answers at the control socket, if there is one.
    control: Option<JoinHandle<()>>,
    hub: JoinHandle<()>,
    /// Keeper of the search index.
    indexing: Option<JoinHandle<()>>,
    wiring: Wiring,
}

/// Channels into the poller, and the log that it writes.
struct PollInlets {
    heard: mpsc::Receiver<HubNotice>,
    ordered: mpsc::Receiver<PollOrder>,
    polls: Arc<PollLog>,
    cluster: Option<Cluster>,
}

/// Polls, once the store can be read: one that could not even be opened, on a full disk, is
/// tried again every 2 s.
async fn poll(
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    inlets: PollInlets,
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
    let poller = Poller::new(store, config)?
        .listening(inlets.heard)
        .ordered(inlets.ordered)
        .logging(inlets.polls)
        .clustered(inlets.cluster);
    poller.run(RunMode::Forever, stop).await
}

/// Waits for both halves and the control socket, at most [`DRAIN_TIMEOUT`].
async fn drain(halves: Halves) -> anyhow::Result<()> {
    let both = async {
        let ends = (halves.serving.await, halves.polling.await);
        let _ = halves.hub.await;
        for task in [halves.control, halves.indexing].into_iter().flatten() {
            let _ = task.await;
        }
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
