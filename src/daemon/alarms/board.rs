//! Board of alarms: which subject is in which state, and what was said about it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::model::{Health, ListRepair};
use crate::poll::PollRecord;
use crate::publish::alarms::Alarm;
use crate::store::Store;

/// Name of the file, in the folder of the store.
const NAME: &str = "alarms";

/// Alarms that are remembered and shown.
const MAX_ALARMS: usize = 200;

/// Failures in a row from which on a source that cannot be reached is an alarm; what comes and is not
/// what it should be is one at once.
const MIN_FAILURES: u32 = 3;

/// Subject of what is wrong with the configuration.
const CONFIG: &str = "feeds.toml";

/// Subject of what is wrong with the disk.
const STORE: &str = "store";

/// Line of the file.
#[derive(Deserialize, Serialize)]
struct Line {
    subject: String,
    code: String,
    message: String,
    #[serde(default)]
    repair: Vec<String>,
    at: String,
}

/// State of a subject that is not well.
struct Trouble<'a> {
    code: &'a str,
    message: &'a str,
    /// Lines of TOML that would mend it.
    repair: Vec<String>,
}

impl<'a> Trouble<'a> {
    /// Makes a trouble of which nobody knows how to mend it.
    fn plain(code: &'a str, message: &'a str) -> Trouble<'a> {
        Trouble {
            code,
            message,
            repair: Vec::new(),
        }
    }
}

/// Alarms so far, oldest first, with the last state of each subject.
pub(super) struct Board {
    dir: PathBuf,
    alarms: Vec<Alarm>,
    /// Code of each subject that is not well.
    states: BTreeMap<String, String>,
}

impl Board {
    /// Reads the board of `dir`; what cannot be read of it is passed over.
    pub(super) fn open(dir: &Path) -> Board {
        let text = fs::read_to_string(dir.join(NAME)).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let alarms = lines.filter_map(|line| {
            Some(Alarm {
                subject: line.subject,
                code: line.code,
                message: line.message,
                repair: line.repair,
                at: line.at.parse().ok()?,
            })
        });
        let mut board = Board {
            dir: dir.to_owned(),
            alarms: Vec::new(),
            states: BTreeMap::new(),
        };
        for alarm in alarms {
            board.take(alarm);
        }
        board
    }

    /// Returns the alarms, oldest first.
    pub(super) fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// Replaces the file.
    pub(super) fn save(&self) -> io::Result<()> {
        let draft = self.dir.join("alarms.new");
        let mut file = File::create(&draft)?;
        for alarm in &self.alarms {
            let line = Line {
                subject: alarm.subject.clone(),
                code: alarm.code.clone(),
                message: alarm.message.clone(),
                repair: alarm.repair.clone(),
                at: alarm.at.to_string(),
            };
            writeln!(file, "{}", serde_json::to_string(&line)?)?;
        }
        file.sync_all()?;
        fs::rename(draft, self.dir.join(NAME))
    }

    /// Notes what came of a poll; returns the alarms that are new.
    pub(super) fn polled(&mut self, record: &PollRecord, now: Timestamp) -> Vec<Alarm> {
        let subject = format!("source {}", record.source);
        let state = match &record.health {
            Health::Failing { code, message }
                if record.is_content || record.due.is_none() || record.failures >= MIN_FAILURES =>
            {
                Some(Trouble {
                    repair: record
                        .repair
                        .as_ref()
                        .map_or_else(Vec::new, ListRepair::toml),
                    ..Trouble::plain(code, message)
                })
            }
            // It may be well the next time: as before, until then.
            Health::Failing { .. } => return self.moved(record, now),
            Health::Good | Health::Unknown => None,
        };
        let mut raised: Vec<Alarm> = self.note(&subject, state, now).into_iter().collect();
        raised.extend(self.moved(record, now));
        raised
    }

    /// Notes that a source says it has moved.
    fn moved(&mut self, record: &PollRecord, now: Timestamp) -> Vec<Alarm> {
        let subject = format!("address of {}", record.source);
        let message = record.moved_to.as_ref().map(|to| {
            format!("it says that it has moved to {to} for good: put that into feeds.toml")
        });
        let state = message
            .as_deref()
            .map(|message| Trouble::plain("moved", message));
        self.note(&subject, state, now).into_iter().collect()
    }

    /// Notes whether the feeds.toml read last is in force.
    pub(super) fn configured(&mut self, refused: Option<&str>, now: Timestamp) -> Vec<Alarm> {
        let message = refused.map(|why| format!("the old configuration stays in force: {why}"));
        let state = message
            .as_deref()
            .map(|message| Trouble::plain("refused", message));
        self.note(CONFIG, state, now).into_iter().collect()
    }

    /// Notes what no poll tells; forgets sources that have left feeds.toml.
    pub(super) fn looked(&mut self, store: &Store, config: &Config, now: Timestamp) -> Vec<Alarm> {
        let is_polled = |subject: &str| {
            let id = subject
                .strip_prefix("source ")
                .or(subject.strip_prefix("address of "));
            let id = id.and_then(|id| id.parse().ok());
            id.is_none_or(|id| config.sources.contains_key(&id))
        };
        self.states.retain(|subject, _| is_polled(subject));
        let trouble = store.trouble().map(|why| ("no_commits", why));
        let waiting = store.waiting().map(|why| ("waiting", why));
        let state = trouble.or(waiting);
        let state = state.as_ref().map(|(code, why)| Trouble::plain(code, why));
        self.note(STORE, state, now).into_iter().collect()
    }

    /// Notes a state of `subject`, `None` if it is well; returns the alarm if it is another than before.
    fn note(&mut self, subject: &str, state: Option<Trouble<'_>>, now: Timestamp) -> Option<Alarm> {
        let before = self.states.get(subject).map(String::as_str);
        if before == state.as_ref().map(|trouble| trouble.code) {
            return None;
        }
        let well = || Trouble::plain(Alarm::WELL, "it is as it should be");
        let trouble = state.unwrap_or_else(well);
        let alarm = Alarm {
            subject: subject.to_owned(),
            code: trouble.code.to_owned(),
            message: trouble.message.to_owned(),
            repair: trouble.repair,
            at: now,
        };
        self.take(alarm.clone());
        Some(alarm)
    }

    fn take(&mut self, alarm: Alarm) {
        match alarm.code.as_str() {
            Alarm::WELL => self.states.remove(&alarm.subject),
            code => self.states.insert(alarm.subject.clone(), code.to_owned()),
        };
        self.alarms.push(alarm);
        let n_old = self.alarms.len().saturating_sub(MAX_ALARMS);
        self.alarms.drain(..n_old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_state_is_one_alarm_also_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let mut board = Board::open(dir.path());
        let broken = || Some(Trouble::plain("timeout", "no answer"));
        assert!(board.note("source a/one", broken(), now).is_some());
        assert!(board.note("source a/one", broken(), now).is_none());
        assert!(board.note("source a/two", None, now).is_none());
        board.save().unwrap();

        let mut board = Board::open(dir.path());
        assert_eq!(board.alarms().len(), 1);
        assert!(board.note("source a/one", broken(), now).is_none());
        let well = board.note("source a/one", None, now).unwrap();
        assert_eq!(well.title(), "source a/one is well again");
        assert!(board.note("source a/one", None, now).is_none());
    }
}
