//! A world for one test: origins on loopback addresses, a store in a temporary
//! folder, and the real daemon as a child process.

mod ask;
mod client;
mod cut;
mod daemon;
mod hub;
mod killed;
mod mount;
mod names;
mod nats;
mod origin;
mod raw;
mod stock;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub use ask::{ask, ask_with, body, code, http, http_by};
pub use client::{Answer, get_with, send};
pub use cut::Cut;
pub use daemon::{Daemon, kill};
pub use hub::{Ask, Hub, Manner};
pub use killed::{kill_after, kill_when, time};
pub use mount::{Image, Mounted};
pub use names::{Names, Said};
pub use nats::NatsCluster;
pub use origin::{Origin, Reply};
pub use raw::{Authority, Raw, Wire, any_port, say, toml_path, whole};
pub use stock::{Records, commit, copy, feed, meddle, rounds, source, upsert};

/// What every configuration of a test begins with: any port, loopback origins
/// allowed, no politeness towards ourselves.
const PREAMBLE: &str = r#"
[server]
listen = "127.0.0.1:0"
[http]
allow_private = ["127.0.0.0/8"]
timeout = "5s"
[host."*"]
spacing = "0s"
[defaults]
interval = "1s"
min_interval = "1s"
"#;

/// A folder with a configuration and a store.
pub struct World {
    folder: TempDir,
}

impl World {
    /// A world whose configuration is the usual beginning and `sources`.
    pub fn new(sources: &str) -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
        };
        world.configure(sources);
        world
    }

    /// A world whose configuration is `text` and nothing else.
    pub fn with_config(text: &str) -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(world.config(), text).unwrap();
        world
    }

    /// Writes another configuration; a running daemon learns of it by SIGHUP.
    pub fn configure(&self, sources: &str) {
        fs::write(self.config(), format!("{PREAMBLE}\n{sources}")).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("feeds.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The program with the arguments that lead it into this world.
    pub fn command(&self, name: &str) -> Command {
        let mut command = gazetted();
        command
            .arg(name)
            .arg("--config")
            .arg(self.config())
            .arg("--state")
            .arg(self.state());
        command
    }

    /// Starts the daemon and waits until it serves.
    pub fn start(&self) -> Daemon {
        Daemon::start(self.command("run"))
    }

    /// Starts the daemon on another store, and waits until it serves.
    pub fn start_in(&self, state: &Path) -> Daemon {
        let mut command = gazetted();
        command.arg("run").arg("--config").arg(self.config());
        command.arg("--state").arg(state);
        Daemon::start(command)
    }

    /// What `gazetted check` says of the configuration.
    pub fn check(&self) -> Output {
        let mut command = gazetted();
        command.arg("check").arg("--config").arg(self.config());
        command.output().unwrap()
    }

    /// Polls everything that is due once.
    pub fn poll_once(&self) -> Output {
        self.command("run").arg("--once").output().unwrap()
    }
}

/// Puts a program under a wall clock that the environment sets, by libfaketime; `None`, and a word, where
/// the machine has none.
pub fn fake_clock(command: &mut Command) -> Option<&mut Command> {
    let library = Path::new("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    if !library.exists() {
        eprintln!("skipped: there is no {}", library.display());
        return None;
    }
    let command = command.env("LD_PRELOAD", library).env("TZ", "UTC");
    Some(command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1"))
}

/// The program under test.
pub fn gazetted() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gazetted"));
    command
        .env_remove("STATE_DIRECTORY")
        .env_remove("NOTIFY_SOCKET")
        .env_remove("RUST_LOG");
    command
}

/// A folder beside the project that not every machine has; `None`, and a word
/// about it, where it is absent.
pub fn beside_the_project(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not on this machine", folder.display());
    None
}
