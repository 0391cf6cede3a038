//! Reports on all sources: how often they are made anew, and the gauges of the last scrape.
//!
//! They change with every poll, and of ten thousand sources a poll ends every tenth of a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as Turn;

use super::response::key::Version;
use crate::config::Config;
use crate::metrics::Snapshot;
use crate::model::SourceId;
use crate::store::Store;
use crate::sync;
use crate::text::site;

/// Greatest age of a report, in seconds, if nothing else makes it anew.
const MAX_REPORT_SECONDS: i64 = 10;

/// Sources from which on a report is kept while polls go on.
const MANY_SOURCES: usize = 500;

/// Age of a report on many sources, as a multiple of the time it took, below which it stands for
/// what was committed since: whoever asks for it again and again takes a tenth of a core.
const KEPT_FOR: u32 = 10;

/// Knowledge of reports that were made.
#[derive(Debug, Default)]
pub(super) struct Reports {
    last: Mutex<Last>,
    /// Gauges of the last scrape.
    pub(super) gauges: Turn<Option<(Version, Snapshot)>>,
    /// Sources of a configuration by site.
    sites: Mutex<Option<(Weak<Config>, Arc<SourcesBySite>)>>,
}

/// Sources by the site of their address.
pub(super) type SourcesBySite = HashMap<String, Vec<SourceId>>;

/// Report that was made last.
#[derive(Debug, Default)]
struct Last {
    /// Groups of commits that it knows of.
    commits: u64,
    /// Time at which it was there, and the time it took.
    made: Option<(Instant, Duration)>,
}

impl Reports {
    /// Returns the version of a report at `second`: it holds until something is committed, or goes
    /// wrong or well (`refused` is the reason why feeds.toml is not in force), and for at most ten
    /// seconds, as it says how long things take.
    pub(super) fn version(
        &self,
        store: &Store,
        (config, refused): (&Arc<Config>, Option<String>),
        second: i64,
    ) -> Version {
        let commits = self.commits(*store.commits().borrow(), config.sources.len());
        let span = second / MAX_REPORT_SECONDS;
        let damage: Vec<String> = store.damage().iter().map(ToString::to_string).collect();
        let moods = (refused, store.trouble(), store.waiting(), store.is_open());
        Version::of_all(config, &(commits, span, damage, moods))
    }

    /// Returns the sources by site: those of one site wait for each other, so a report on one of them
    /// has to know of the others.
    pub(super) fn sites(&self, config: &Arc<Config>) -> Arc<SourcesBySite> {
        let mut kept = sync::lock(&self.sites);
        if let Some((of, sites)) = kept.as_ref()
            && of.ptr_eq(&Arc::downgrade(config))
        {
            return Arc::clone(sites);
        }
        let mut sites = SourcesBySite::new();
        for source in config.sources.values() {
            let site = site::of(&source.url.host()).to_owned();
            sites.entry(site).or_default().push(source.id.clone());
        }
        let sites = Arc::new(sites);
        *kept = Some((Arc::downgrade(config), Arc::clone(&sites)));
        sites
    }

    /// Notes that a report was made in this time.
    pub(super) fn took(&self, time: Duration) {
        sync::lock(&self.last).made = Some((Instant::now(), time));
    }

    /// Returns how many groups of commits a report on `n_sources` has to know of, of `all`.
    fn commits(&self, all: u64, n_sources: usize) -> u64 {
        let mut last = sync::lock(&self.last);
        let is_young =
            |(made, took): (Instant, Duration)| made.elapsed() < took.saturating_mul(KEPT_FOR);
        if n_sources < MANY_SOURCES || !last.made.is_some_and(is_young) {
            last.commits = all;
        }
        last.commits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_on_many_sources_stands_for_a_while() {
        let reports = Reports::default();
        assert_eq!(reports.commits(1, MANY_SOURCES), 1);
        reports.took(Duration::from_secs(60));
        assert_eq!(reports.commits(2, MANY_SOURCES), 1);
        assert_eq!(reports.commits(2, 3), 2, "one on a few does not");
        reports.took(Duration::ZERO);
        assert_eq!(reports.commits(3, MANY_SOURCES), 3);
    }
}
