//! Log of polls in memory: the last ones of each source, and news of each to whoever follows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::metrics::{Metrics, PollCount};
use crate::model::{FailureKind, Health, ListRepair, SourceId, SourceState, WebUrl};
use crate::sync;

/// Polls of one source that are remembered.
const MAX_RECORDS: usize = 10;

/// Polls that a follower may be behind before it misses some.
const MAX_BEHIND: usize = 256;

/// Record of one poll: a line of the log, for machines.
///
/// Made by the task of a poll, once its commit is written; read by the control socket.
#[derive(Clone, Debug, PartialEq)]
pub struct PollRecord {
    /// Source that was polled.
    pub source: SourceId,
    /// Time at which the poll began.
    pub at: Timestamp,
    /// Duration, with its article pages, without the write to the store.
    pub took: Duration,
    /// Whether the server said 304, or sent the bytes of the last time.
    pub is_unchanged: bool,
    /// Bytes of all documents that were fetched, decoded.
    pub bytes: u64,
    /// Items that the store did not have.
    pub new: usize,
    /// Items that changed in substance.
    pub changed: usize,
    /// Entries that were held back.
    pub held: usize,
    /// Entries of the document.
    pub entries: u32,
    /// Result: good, or what is wrong.
    pub health: Health,
    /// Failures in a row, 0 after a good poll.
    pub failures: u32,
    /// Whether the failure is one of what came, and not of reaching it.
    pub is_content: bool,
    /// Address at which the source says it is to be found for good.
    pub moved_to: Option<WebUrl>,
    /// Rules that would find the list of its page, where those in force do not.
    pub repair: Option<ListRepair>,
    /// Time of the next poll; `None`: never.
    pub due: Option<Timestamp>,
}

impl PollRecord {
    /// Makes the record of a poll that left its source in `state`; what else is known of it is for
    /// the caller to fill in.
    pub(super) fn of(source: &SourceId, at: Timestamp, state: &SourceState) -> PollRecord {
        PollRecord {
            source: source.clone(),
            at,
            took: state.took,
            is_unchanged: false,
            bytes: 0,
            new: 0,
            changed: 0,
            held: 0,
            entries: state.entries,
            health: state.health.clone(),
            failures: state.failures,
            is_content: state.trouble == Some(FailureKind::Content),
            moved_to: state.moved.as_ref().map(|moved| moved.to.clone()),
            repair: state.repair.clone(),
            due: state.due,
        }
    }

    /// Returns one word for what came of it: `unchanged`, `read`, or the code of the failure.
    #[must_use]
    pub fn outcome(&self) -> &str {
        match &self.health {
            Health::Failing { code, .. } => code,
            Health::Good | Health::Unknown if self.is_unchanged => "unchanged",
            Health::Good | Health::Unknown => "read",
        }
    }
}

/// Log of the last polls; shared by the poller, which writes, and the control socket.
#[derive(Debug)]
pub struct PollLog {
    metrics: Arc<Metrics>,
    recent: Mutex<BTreeMap<SourceId, VecDeque<Arc<PollRecord>>>>,
    news: broadcast::Sender<Arc<PollRecord>>,
}

impl Default for PollLog {
    fn default() -> PollLog {
        PollLog::counting(Arc::default())
    }
}

impl PollLog {
    /// Makes an empty log that counts the polls in `metrics`.
    #[must_use]
    pub fn counting(metrics: Arc<Metrics>) -> PollLog {
        PollLog {
            metrics,
            recent: Mutex::default(),
            news: broadcast::channel(MAX_BEHIND).0,
        }
    }

    /// Adds a poll, counts it, and tells those who follow.
    pub(super) fn note(&self, record: PollRecord) {
        self.metrics.poll(&PollCount {
            outcome: record.outcome(),
            took: record.took,
            bytes: record.bytes,
            items: [record.new, record.changed, record.held].map(|n| n as u64),
        });
        let record = Arc::new(record);
        let mut recent = sync::lock(&self.recent);
        let records = recent.entry(record.source.clone()).or_default();
        if records.len() == MAX_RECORDS {
            records.pop_front();
        }
        records.push_back(Arc::clone(&record));
        drop(recent);
        // Nobody may be listening.
        let _ = self.news.send(record);
    }

    /// Returns the last polls of a source since the start, oldest first; at most ten.
    #[must_use]
    pub fn of(&self, source: &SourceId) -> Vec<Arc<PollRecord>> {
        let recent = sync::lock(&self.recent);
        let records = recent.get(source).into_iter().flatten();
        records.cloned().collect()
    }

    /// Follows the polls from now on; who is more than 256 behind misses some.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Arc<PollRecord>> {
        self.news.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_polls_are_remembered() {
        let log = PollLog::default();
        let mut news = log.follow();
        let source: SourceId = "a/one".parse().unwrap();
        for second in 0..12 {
            let at = Timestamp::from_second(second).unwrap();
            log.note(PollRecord::of(&source, at, &SourceState::default()));
        }
        let seconds: Vec<i64> = log
            .of(&source)
            .iter()
            .map(|one| one.at.as_second())
            .collect();
        assert_eq!(seconds, (2..12).collect::<Vec<_>>());
        assert_eq!(news.try_recv().unwrap().at.as_second(), 0);
        assert!(log.of(&"a/two".parse().unwrap()).is_empty());
    }
}
