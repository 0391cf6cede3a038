//! Location of the store, for commands that look after it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::Config;

/// Default folder of the store, in the working directory.
const DEFAULT_STATE: &str = "gazetted-state";

/// Location of the store: arguments shared by several commands.
#[derive(Args, Debug)]
pub(in crate::cli) struct StateDir {
    /// The configuration, which may say where the store is
    #[arg(long, default_value = "feeds.toml", value_name = "FILE")]
    config: PathBuf,
    /// The folder of the store [default: $STATE_DIRECTORY, or store.path, or ./gazetted-state]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl StateDir {
    /// Path of feeds.toml.
    pub(in crate::cli) fn config(&self) -> &Path {
        &self.config
    }

    /// Returns the configuration; `None` if it cannot be read.
    pub(in crate::cli) fn checked(&self) -> Option<Config> {
        Config::load(&self.config).ok()
    }

    /// Returns the folder of the store. The configuration need not be good.
    pub(in crate::cli) fn dir(&self) -> PathBuf {
        let path = Config::store_path(&self.config);
        state_dir(self.state.as_deref(), path.as_deref())
    }
}

/// Chooses the folder of the store: the command line, else systemd's `$STATE_DIRECTORY` (the
/// first, if there are several), else the configuration, else [`DEFAULT_STATE`].
pub(in crate::cli) fn state_dir(told: Option<&Path>, configured: Option<&Path>) -> PathBuf {
    let systemd = std::env::var("STATE_DIRECTORY").ok();
    let systemd = systemd.as_deref().and_then(|all| all.split(':').next());
    told.or_else(|| systemd.filter(|first| !first.is_empty()).map(Path::new))
        .or(configured)
        .unwrap_or(Path::new(DEFAULT_STATE))
        .to_owned()
}
