//! `gazetted run`: the daemon in the foreground.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::store::state_dir::state_dir;
use super::threads;
use super::{EXIT_CONFIG, Run};
use crate::clock;
use crate::cluster;
use crate::config::{ClusterRole, Config};
use crate::daemon::{Daemon, Event, Pauses};
use crate::poll::{Poller, RunMode};
use crate::serve;
use crate::store::{self, Store, StoreError};
use crate::telemetry;

/// Time that threads still at work have after the daemon has stopped; then they are left
/// behind.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Runs the daemon until it is told to stop.
///
/// Exits with 78 if the configuration is not good, or the store cannot be opened and trying
/// again would not help.
///
/// # Errors
///
/// Anything else that keeps the daemon from starting, or ends it.
pub(super) fn run(arguments: &Run) -> anyhow::Result<ExitCode> {
    let mut config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{problems}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    telemetry::init_as("info", config.server.log);
    for warning in &config.warnings {
        warn!("{}: {}", warning.place, warning.message);
    }
    let state = state_dir(arguments.state.as_deref(), config.store.path.as_deref());
    let runtime = threads::runtime()?;
    let readers = threads::readers()?;
    let connections = threads::ConnectionRuntimes::start()?;
    // Before the store is opened: a file that is too large is not to kill us.
    let events = {
        let _inside = runtime.enter();
        signals()?
    };
    anyhow::ensure!(
        !(arguments.once && config.cluster.is_some()),
        "--once polls alone: a node of a cluster polls its share for as long as it runs"
    );
    let Some(events) = join_cluster(&config, &state, &runtime, events)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let opened = open(&state, config.store.durable);
    let store = match opened {
        Ok(store) => Arc::new(store),
        Err(why) if is_permanent(&why) => {
            eprintln!("gazetted: {why}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
        Err(why) => return Err(why.into()),
    };
    info!(store = %state.display(), sources = config.sources.len(), "opened the store");
    let config_path = Some(arguments.config.clone());
    if arguments.once {
        Pauses::open(&state)
            .context("cannot read which sources rest")?
            .mark(&mut config);
    }
    let daemon = Daemon {
        config,
        config_path,
        store,
        readers: readers.handle().clone(),
        connections: connections.handles(),
    };
    let done = runtime.block_on(async {
        if arguments.once {
            once(daemon, events).await
        } else {
            forever(daemon, events).await
        }
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    drop(connections);
    readers.shutdown_timeout(SHUTDOWN_TIMEOUT);
    done.map(|()| ExitCode::SUCCESS)
}

/// Opens the store, after the set-up for durable writing if that is configured.
fn open(state: &Path, is_durable: bool) -> Result<Store, StoreError> {
    if is_durable {
        store::make_durable()?;
    }
    Store::open(state, clock::now())
}

/// Whether trying again would not mend the error: neither another process nor a full disk.
fn is_permanent(why: &StoreError) -> bool {
    !matches!(why, StoreError::AlreadyOpen(_) | StoreError::Full)
}

/// Fills the folder of a node that has no store yet with the snapshot of its cluster. A signal to stop ends
/// the wait for it; it is handed on.
fn join_cluster(
    config: &Config,
    state: &Path,
    runtime: &tokio::runtime::Runtime,
    events: mpsc::Receiver<Event>,
) -> anyhow::Result<Option<mpsc::Receiver<Event>>> {
    let cluster = config.cluster.as_ref();
    let Some(cluster) = cluster else {
        return Ok(Some(events));
    };
    if Store::clear_unfinished(state)? {
        info!("what was unpacked of a snapshot before is thrown away");
    }
    if Store::is_there(state) {
        return Ok(Some(events));
    }
    let stop = CancellationToken::new();
    let mut events = events;
    runtime.block_on(async {
        let joining = cluster::join(cluster, state, &stop);
        tokio::pin!(joining);
        loop {
            tokio::select! {
                joined = &mut joining => {
                    joined.context("cannot begin with a snapshot of the cluster")?;
                    return Ok(Some(events));
                }
                event = events.recv() => if event != Some(Event::Reload) {
                    return Ok(None);
                },
            }
        }
    })
}

async fn forever(daemon: Daemon, events: mpsc::Receiver<Event>) -> anyhow::Result<()> {
    let role = daemon.config.cluster.as_ref().map(|cluster| cluster.role);
    if role == Some(ClusterRole::Poll) {
        return daemon.run(None, events).await;
    }
    let listen = daemon.config.server.listen;
    let listener = match inherited()? {
        Some(listener) => listener,
        None => serve::listen(listen).with_context(|| {
            format!("cannot listen on {listen} (is another program there? change server.listen)")
        })?,
    };
    daemon.run(Some(listener), events).await
}

/// Takes the listener that systemd holds for us (`gazetted.socket`), so that nobody is refused while
/// the daemon is started again; `None` if there is none.
fn inherited() -> anyhow::Result<Option<TcpListener>> {
    let mut given = ListenFd::from_env();
    let listener = given.take_tcp_listener(0);
    let Some(listener) = listener.context("the socket that systemd gave is none of TCP")? else {
        return Ok(None);
    };
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener);
    Ok(Some(
        listener.context("cannot use the socket that systemd gave")?,
    ))
}

/// Polls all that is due once, and returns. [`Event::Stop`] ends it early, a reload is
/// ignored.
async fn once(daemon: Daemon, mut events: mpsc::Receiver<Event>) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if event == Event::Stop {
                stopper.cancel();
            }
        }
    });
    let (_configs, config) = watch::channel(Arc::new(daemon.config));
    Poller::new(daemon.store, config)?
        .run(RunMode::Once, stop)
        .await
}

/// Turns signals into events: SIGHUP reloads, SIGTERM and SIGINT stop; a second one of those
/// ends the process at once.
///
/// SIGXFSZ is caught and ignored, so that a file at its size limit is an error like a full
/// disk.
pub(super) fn signals() -> anyhow::Result<mpsc::Receiver<Event>> {
    let (send, events) = mpsc::channel(4);
    let context = "cannot listen for signals";
    let mut hup = signal(SignalKind::hangup()).context(context)?;
    let mut term = signal(SignalKind::terminate()).context(context)?;
    let mut int = signal(SignalKind::interrupt()).context(context)?;
    // A file that reaches the size limit is a full disk, not the end.
    let mut size = signal(SignalKind::from_raw(libc::SIGXFSZ)).context(context)?;
    tokio::spawn(async move {
        let mut is_stopping = false;
        loop {
            let event = tokio::select! {
                _ = hup.recv() => Event::Reload,
                _ = term.recv() => Event::Stop,
                _ = int.recv() => Event::Stop,
                _ = size.recv() => continue,
            };
            if event == Event::Stop && std::mem::replace(&mut is_stopping, true) {
                warn!("told to stop twice, ending at once");
                std::process::exit(1);
            }
            // A reload that finds others waiting is no loss: they read the same file.
            let _ = match event {
                Event::Stop => send.send(event).await.is_ok(),
                Event::Reload => send.try_send(event).is_ok(),
            };
        }
    });
    Ok(events)
}
