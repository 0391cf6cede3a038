//! Configuration: `feeds.toml`, checked.
//!
//! `read` reads the file as typed, `check` turns it into what is meant and
//! reports every problem at once. Everything past this module works with
//! [`Config`](crate::config::Config) and never sees TOML.

mod check;
mod describe;
pub mod edit;
mod load;
mod reach;
mod read;
pub mod rename;
mod report;
mod schema;
mod units;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use describe::json_schema;
pub use report::error::{ConfigError, Problem, Warning};
pub use schema::access::{Access, Auth, Secret, SecretError, TlsFiles};
pub use schema::channel::{Channel, Dedupe};
pub use schema::cluster::{Cluster, ClusterLogin, ClusterRole};
pub use schema::expect::{Days, Expect, Trial};
pub use schema::filter::{Action, Field, Filter, Rewrite, Wanted};
pub use schema::rule::HostRules;
pub use schema::settings::{
    AlarmOptions, Host, Http, ImageMode, RetryScope, RobotsRule, Server, StoreOptions,
};
pub use schema::source::{FullText, Future, IdentityKey, Source, Undated};

use crate::model::{ChannelId, SourceId, WebUrl};
use crate::source::page::ArticleRules;
use report::parts::Parts;

/// Configuration: all of `feeds.toml`, with every default filled in. Immutable; a reload makes
/// another.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`.
    pub server: Server,
    /// `[store]`.
    pub store: StoreOptions,
    /// `[http]`.
    pub http: Http,
    /// `[alarm]`.
    pub alarm: AlarmOptions,
    /// `[cluster]`; `None` for one machine alone. Read at start only.
    pub cluster: Option<Cluster>,
    /// `[host."…"]`, most specific pattern first.
    pub hosts: Vec<Host>,
    /// `[rule."…"]`, most specific pattern first.
    pub rules: Vec<HostRules>,
    /// Every channel, also the root and those that only follow from a source's name; parents before
    /// children.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// `[[source]]` tables, by id.
    pub sources: BTreeMap<SourceId, Arc<Source>>,
    /// Warnings: not wrong, but deserving a look.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks a file, with those that it includes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every problem of the file at once, each with line, column and a caret.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        check::files(&load::parts(path, None)?)
    }

    /// Reads and checks a file as [`Config::load`] does, as if `path`, which is that file or one that it
    /// includes, had another text.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load_with(main: &Path, path: &Path, text: &str) -> Result<Config, ConfigError> {
        check::files(&load::parts(main, Some((path, text)))?)
    }

    /// Lists a file and those that it includes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it cannot be read.
    pub fn files(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
        load::files(path)
    }

    /// Reads where the store is from a file that need not be good; `None` if it does not say.
    #[must_use]
    pub fn store_path(path: &Path) -> Option<PathBuf> {
        load::store_path(path)
    }

    /// Checks `text`; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn parse(name: &str, text: &str) -> Result<Config, ConfigError> {
        check::files(&Parts::one(name, text))
    }

    /// Returns the channels directly below `parent`: in the order of their tables in feeds.toml, then
    /// those without one by id.
    #[must_use]
    pub fn children(&self, parent: &ChannelId) -> Vec<&Channel> {
        let below = self.channels.values();
        let below = below.filter(|channel| channel.id.parent().as_ref() == Some(parent));
        let mut below: Vec<&Channel> = below.collect();
        below.sort_by_key(|channel| channel.position);
        below
    }

    /// Iterates over the sources of a channel and of all below it.
    pub fn sources_in(&self, channel: &ChannelId) -> impl Iterator<Item = &Arc<Source>> {
        let (prefix, first) = match channel.is_root() {
            true => (String::new(), None),
            // No segment is less than this one.
            false => (format!("{channel}/"), Some(format!("{channel}/-"))),
        };
        let first = first.and_then(|first| first.parse().ok());
        let from = first.map_or(Bound::Unbounded, Bound::<SourceId>::Included);
        let within = self.sources.range((from, Bound::Unbounded));
        within
            .take_while(move |(id, _)| id.as_str().starts_with(&prefix))
            .map(|(_, source)| source)
    }

    /// Returns the settings for requests to `host`, defaults if no `[host."…"]` matches it.
    #[must_use]
    pub fn host(&self, host: &str) -> Host {
        self.host_rule(host).cloned().unwrap_or_default()
    }

    /// Finds the most specific `[host."…"]` table that matches `host`.
    #[must_use]
    pub fn host_rule(&self, host: &str) -> Option<&Host> {
        self.hosts.iter().find(|rule| rule.matches(host))
    }

    /// Finds the rules for reading the article at `url` for `source`; `None` if it is not to be
    /// read.
    ///
    /// The source's own rules come first, then those of the host; with
    /// `full_text = "always"`, and where lists have no titles, pages are read
    /// without rules too.
    #[must_use]
    pub fn article_rules(&self, source: &Source, url: &WebUrl) -> Option<Cow<'_, ArticleRules>> {
        if source.full_text == FullText::Never {
            return None;
        }
        let host = url.host();
        let own = source.article.as_ref();
        let own = own.map(|rules| Cow::Owned(rules.clone()));
        let of_host = || {
            let mut rules = self.rules.iter().filter(|rule| rule.matches(&host));
            rules
                .find_map(|rule| rule.article.as_ref())
                .map(Cow::Borrowed)
        };
        let is_asked = source.full_text == FullText::Always || source.reader.needs_articles();
        let usual = || is_asked.then(|| Cow::Owned(ArticleRules::default()));
        own.or_else(of_host).or_else(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_holds_what_is_below_it_only() {
        let source = |id: &str| {
            let url = format!("http://paper.example/{id}");
            format!("[[source]]\nid = \"{id}\"\nurl = \"{url}\"\n")
        };
        let ids = ["a/one", "a/b/two", "a/b-c/three", "a/b/c/four", "ab/five"];
        let text: String = ids.iter().map(|id| source(id)).collect();
        let config = Config::parse("feeds.toml", &text).unwrap();
        let check = |channel: &str, want: &[&str]| {
            let channel: ChannelId = match channel {
                "" => ChannelId::root(),
                named => named.parse().unwrap(),
            };
            let found = config.sources_in(&channel).map(|source| source.id.as_str());
            assert_eq!(found.collect::<Vec<_>>(), want, "{channel}");
        };
        check("a", &["a/b-c/three", "a/b/c/four", "a/b/two", "a/one"]);
        check("a/b", &["a/b/c/four", "a/b/two"]);
        check("ab", &["ab/five"]);
        check("c", &[]);
        assert_eq!(config.sources_in(&ChannelId::root()).count(), ids.len());
    }
}
