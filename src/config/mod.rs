//! What the admin declared: `feeds.toml`, checked.
//!
//! `read` reads the file as typed, `check` turns it into what is meant and
//! reports every problem at once. Everything past this module works with
//! [`Config`] and never sees TOML.

mod channel;
mod check;
mod fault;
mod load;
mod problem;
mod quote;
mod reach;
mod read;
mod report;
mod settings;
mod source;
mod units;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use channel::{Channel, Dedupe};
pub use problem::{ConfigError, Problem, Warning};
pub use settings::{Host, Http, RetryScope, Server, StoreOptions};
pub use source::{FullText, Source};

use crate::model::{ChannelId, SourceId};

/// All of `feeds.toml`, with every default filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: StoreOptions,
    /// `[http]`
    pub http: Http,
    /// `[host."…"]`, most specific pattern first.
    pub hosts: Vec<Host>,
    /// Every channel, also those that only follow from a source's name and
    /// the root; parents before children.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// `[[source]]`
    pub sources: BTreeMap<SourceId, Arc<Source>>,
    /// What is not wrong but deserves a look.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// Every problem of the file at once, each with line, column and a caret.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = load::text(path)?;
        Config::parse(&path.to_string_lossy(), &text)
    }

    /// Checks `text`; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn parse(name: &str, text: &str) -> Result<Config, ConfigError> {
        check::file(name, text)
    }

    /// The channels directly below `parent`, in order.
    pub fn children(&self, parent: &ChannelId) -> impl Iterator<Item = &Channel> {
        self.channels
            .values()
            .filter(move |channel| channel.id.parent().as_ref() == Some(parent))
    }

    /// What applies to requests to `host`.
    #[must_use]
    pub fn host(&self, host: &str) -> Host {
        let named = self.hosts.iter().find(|rule| rule.matches(host));
        named.cloned().unwrap_or_default()
    }
}
