//! Where the store is, for commands that look after it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::Config;

/// Where items are kept if nobody says anything.
const DEFAULT_STATE: &str = "gazetted-state";

/// Where the store is.
#[derive(Args, Debug)]
pub(super) struct Place {
    /// The configuration, which may say where the store is
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
    /// The folder of the store [default: $STATE_DIRECTORY, or store.path, or ./gazetted-state]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Place {
    /// The configuration, if it can be read.
    pub(super) fn config(&self) -> Option<Config> {
        Config::load(&self.config).ok()
    }

    /// The folder of the store. A configuration that cannot be read says nothing.
    pub(super) fn dir(&self) -> PathBuf {
        let path = self.config().and_then(|config| config.store.path);
        state_dir(self.state.as_deref(), path.as_deref())
    }
}

/// The command line, else systemd's `$STATE_DIRECTORY` (the first, if there
/// are several), else the configuration.
pub(super) fn state_dir(told: Option<&Path>, configured: Option<&Path>) -> PathBuf {
    let systemd = std::env::var("STATE_DIRECTORY").ok();
    let systemd = systemd.as_deref().and_then(|all| all.split(':').next());
    told.or_else(|| systemd.filter(|first| !first.is_empty()).map(Path::new))
        .or(configured)
        .unwrap_or(Path::new(DEFAULT_STATE))
        .to_owned()
}
