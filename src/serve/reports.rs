//! Reports on all sources: how often they are made anew, and the gauges of the last scrape.
//!
//! They change with every poll, and of ten thousand sources a poll ends every tenth of a second.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as Turn;

use super::response::key::Version;
use crate::config::{Config, Source};
use crate::metrics::Snapshot;
use crate::model::SourceSummary;
use crate::store::{SourceSummaries, Store};
use crate::sync;

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
}

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

/// Iterates over all configured sources, in the order of their ids, each with its summary if it was
/// polled.
pub(super) fn with_summaries<'a>(
    config: &'a Config,
    summaries: &'a SourceSummaries,
) -> impl Iterator<Item = (&'a Source, Option<&'a SourceSummary>)> {
    // Both are in one order: to look each source up would take ten times as long.
    let mut known = summaries.iter().peekable();
    config.sources.iter().map(move |(id, source)| {
        while known.next_if(|(other, _)| *other < id).is_some() {}
        let summary = known.next_if(|(other, _)| *other == id);
        (&**source, summary.map(|(_, summary)| summary))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SourceId, SourceState};

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

    #[test]
    fn sources_meet_their_summaries() {
        let id = |name: &str| name.parse::<SourceId>().unwrap();
        let check = |sources: &[&str], polled: &[&str]| {
            let table = |id: &&str| {
                format!("[[source]]\nid = \"{id}\"\nurl = \"https://x.example/{id}\"\n")
            };
            let tables: String = sources.iter().map(table).collect();
            let config = Config::parse("feeds.toml", &tables).unwrap();
            let summary = |name: &&str| {
                SourceSummary::of(&SourceState {
                    due: jiff::Timestamp::from_second(i64::from(name.as_bytes()[2])).ok(),
                    ..SourceState::default()
                })
            };
            let summaries: SourceSummaries = polled
                .iter()
                .map(|name| (id(name), summary(name)))
                .collect();
            let found: Vec<(&SourceId, Option<&SourceSummary>)> =
                with_summaries(&config, &summaries)
                    .map(|(source, summary)| (&source.id, summary))
                    .collect();
            let sources = config.sources.keys();
            let by_lookup: Vec<(&SourceId, Option<&SourceSummary>)> =
                sources.map(|id| (id, summaries.get(id))).collect();
            assert_eq!(found, by_lookup);
        };
        check(&["a/b", "a/d", "a/f"], &["a/a", "a/b", "a/c", "a/f", "a/g"]);
        check(&["a/b"], &[]);
        check(&["a/b", "a/c"], &["a/d"]);
    }
}
