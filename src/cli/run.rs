//! `gazetted run`: the daemon in the foreground.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{EXIT_CONFIG, Run};
use crate::clock;
use crate::config::Config;
use crate::daemon::{Daemon, Event};
use crate::poll::{Poller, Span};
use crate::store::Store;
use crate::telemetry;

/// Where items are kept if nobody says anything.
const DEFAULT_STATE: &str = "gazetted-state";

/// What still runs on threads of its own after the daemon has stopped is left
/// behind after this.
pub(super) const LEAVE: Duration = Duration::from_millis(500);

/// Runs the daemon until it is told to stop.
pub(super) fn run(arguments: &Run) -> anyhow::Result<ExitCode> {
    telemetry::init("info");
    let config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    for warning in &config.warnings {
        warn!("{}: {}", warning.place, warning.message);
    }
    let state = state_dir(arguments.state.as_deref(), &config);
    let store = Arc::new(Store::open(&state, clock::now())?);
    info!(store = %state.display(), sources = config.sources.len(), "opened the store");
    let config_path = Some(arguments.config.clone());
    let daemon = Daemon {
        config,
        config_path,
        store,
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    let done = runtime.block_on(async {
        if arguments.once {
            once(daemon).await
        } else {
            forever(daemon).await
        }
    });
    runtime.shutdown_timeout(LEAVE);
    done.map(|()| ExitCode::SUCCESS)
}

/// The command line, else systemd's `$STATE_DIRECTORY` (the first, if there
/// are several), else the configuration.
fn state_dir(told: Option<&Path>, config: &Config) -> PathBuf {
    let systemd = std::env::var("STATE_DIRECTORY").ok();
    let systemd = systemd.as_deref().and_then(|all| all.split(':').next());
    told.map(Path::to_owned)
        .or_else(|| systemd.filter(|first| !first.is_empty()).map(PathBuf::from))
        .or_else(|| config.store.path.clone())
        .unwrap_or_else(|| PathBuf::from(DEFAULT_STATE))
}

async fn forever(daemon: Daemon) -> anyhow::Result<()> {
    let events = signals()?;
    let listen = daemon.config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen} (is another program there? change server.listen)")
    })?;
    daemon.run(listener, events).await
}

async fn once(daemon: Daemon) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let mut events = signals()?;
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
        .run(Span::Once, stop)
        .await
}

/// Signals as events: SIGHUP reloads, SIGTERM and SIGINT stop; a second one of
/// those ends the process at once.
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
