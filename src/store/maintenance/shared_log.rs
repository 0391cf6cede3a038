//! Following: what stands in a log that several nodes share becomes this store, in the log's order.
//!
//! ```text
//!   entries ─▶ commits that follow each other: one frame, as a group of a single node, with the place
//!           └▶ others: the operation, then the place in a frame of its own, or in the same one
//! ```
//!
//! The place in the log stands in the frame of what follows from it, so that a crash applies each entry
//! once. Operations of several frames (a sweep, a purge, a new name) may be cut off and are then done again
//! from the beginning, which comes to the same.

use std::collections::BTreeMap;

use super::correct::{CannotCorrect, Correction};
use super::retention::{ChannelRetention, Retention};
use crate::model::{Commit, LogEffect, LogEntry, LogOp, LogPosition, RetentionRules, SourceId};
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::codec::log::{read_op, write_op};
use crate::store::commit::corrections::Takedown;
use crate::store::error::StoreError;
use crate::store::ledger::Ledger;

/// Encodes an operation for a shared log.
#[must_use]
pub fn encode_op(op: &LogOp) -> Vec<u8> {
    write_op(op)
}

/// Decodes an operation of a shared log; `None` if this release does not know it.
#[must_use]
pub fn decode_op(bytes: &[u8]) -> Option<LogOp> {
    read_op(bytes).ok()
}

/// Commits that follow each other in the log, on their way into one frame.
#[derive(Default)]
struct Group {
    commits: Vec<Commit>,
    /// Number of the last commit of each source, as it will be after the group.
    last: BTreeMap<SourceId, u64>,
    /// Number of the last entry, also of one that was passed over.
    end: Option<u64>,
}

impl Store {
    /// Returns the place of this store in a shared log; `None` if it follows none.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn log_position(&self) -> Result<Option<LogPosition>, StoreError> {
        self.ledger.get()?.log_position()
    }

    /// Returns the number of the last commit of a source in the shared log, 0 for none: the fence of what
    /// follows from the state that is read after this call.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn last_commit(&self, source: &SourceId) -> Result<u64, StoreError> {
        self.ledger.get()?.last_commit(source)
    }

    /// Takes a place in a shared log, of which the store holds all up to there; `None` leaves it.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn follow_log(&self, position: Option<LogPosition>) -> Result<(), StoreError> {
        let mut frame = Frame::default();
        match position {
            Some(position) => Ledger::put_log_position(&mut frame, position),
            None => self.ledger.get()?.leave_log(&mut frame)?,
        }
        self.write_place(frame)
    }

    /// Applies entries of the log `log` that follow on the store's place in it, and returns the effect of
    /// each. Those at or before the place are passed over.
    ///
    /// # Errors
    ///
    /// If the disk refuses: then the first of them may be applied, and calling again with the same goes on
    /// behind these.
    pub fn apply_log(&self, log: i128, entries: &[LogEntry]) -> Result<Vec<LogEffect>, StoreError> {
        let place = self.log_position()?;
        let done = place.filter(|place| place.log == log);
        let done = done.map_or(0, |place| place.sequence);
        let mut effects = Vec::with_capacity(entries.len());
        let mut group = Group::default();
        for entry in entries {
            if entry.sequence <= done {
                effects.push(LogEffect::Done(String::new()));
                continue;
            }
            match &entry.op {
                Some(LogOp::Commit(commit)) => {
                    effects.push(self.gather(&mut group, commit, entry)?);
                }
                Some(op) => {
                    self.apply_group(log, std::mem::take(&mut group))?;
                    effects.push(self.apply_one(log, entry.sequence, op)?);
                }
                None => {
                    group.end = Some(entry.sequence);
                    effects.push(LogEffect::Refused("it is no message of ours".to_owned()));
                }
            }
        }
        self.apply_group(log, group)?;
        Ok(effects)
    }

    /// Adds a commit to a group, unless another one of its source came between.
    fn gather(
        &self,
        group: &mut Group,
        commit: &Commit,
        entry: &LogEntry,
    ) -> Result<LogEffect, StoreError> {
        group.end = Some(entry.sequence);
        if let Some(fence) = entry.fence {
            let last = match group.last.get(&commit.source) {
                Some(last) => *last,
                None => self.last_commit(&commit.source)?,
            };
            if last != fence {
                return Ok(LogEffect::Stale);
            }
            group.last.insert(commit.source.clone(), entry.sequence);
        }
        group.commits.push(commit.clone());
        Ok(LogEffect::Done(String::new()))
    }

    /// Writes a group of commits, and the place behind it, in one frame.
    fn apply_group(&self, log: i128, group: Group) -> Result<(), StoreError> {
        let Some(sequence) = group.end else {
            return Ok(());
        };
        let mut place = Frame::default();
        Ledger::put_log_position(&mut place, LogPosition { log, sequence });
        for (source, sequence) in &group.last {
            Ledger::put_last_commit(&mut place, source, *sequence);
        }
        self.commit_with(&group.commits, place)?;
        Ok(())
    }

    /// Applies one operation, and notes the place behind it.
    fn apply_one(&self, log: i128, sequence: u64, op: &LogOp) -> Result<LogEffect, StoreError> {
        let position = LogPosition { log, sequence };
        let place = || {
            let mut place = Frame::default();
            Ledger::put_log_position(&mut place, position);
            // What was polled before is of another name, or of a source that is gone.
            let changed: &[&SourceId] = match op {
                LogOp::Rename { former, new, .. } => &[former, new],
                LogOp::Purge { source, .. } => &[source],
                _ => &[],
            };
            for source in changed {
                Ledger::put_last_commit(&mut place, source, sequence);
            }
            place
        };
        let effect = match op {
            LogOp::Split { story, item, at } => {
                let (story, item) = (*story, *item);
                let split = Correction::Split { story, item };
                effect(self.correct_with(split, *at, place()))?
            }
            LogOp::Join { into, from, at } => {
                let (into, from) = (*into, *from);
                let join = Correction::Join { into, from };
                effect(self.correct_with(join, *at, place()))?
            }
            LogOp::TakeDown { story, takedown } => {
                let takedown = takedown.clone();
                let takedown = takedown.map(|(at, reason)| Takedown { at, reason });
                let taken = self.take_down(*story, takedown);
                effect(taken.map(|story| story.id))?
            }
            LogOp::Rechoose { priorities, at } => {
                let all: BTreeMap<&SourceId, i32> = priorities
                    .iter()
                    .map(|(id, priority)| (id, *priority))
                    .collect();
                let n_shown = self.rechoose(&|id| all.get(id).copied(), *at)?;
                LogEffect::Done(n_shown.to_string())
            }
            LogOp::Purge { source, at } => {
                let purged = self.purge(source, *at)?;
                let (items, stories, kept) = (purged.items, purged.stories, purged.kept);
                LogEffect::Done(format!("{items} {stories} {kept}"))
            }
            LogOp::Rename { former, new, at } => {
                self.rename_copies(former, new, *at)?;
                self.rename_source(former, new)?;
                LogEffect::Done(String::new())
            }
            LogOp::Retain {
                rules,
                at,
                is_allowed,
            } => {
                let retention = Retention::from(rules);
                let swept = match is_allowed {
                    true => self.retain_all(&retention, *at)?,
                    false => self.retain(&retention, *at)?,
                };
                LogEffect::Done(format!("{} {}", swept.items, swept.volumes.len()))
            }
            LogOp::Redate { at } => LogEffect::Done(self.redate(*at)?.to_string()),
            LogOp::Subscribers { kept, gone } => {
                self.keep_subscribers(kept, gone)?;
                LogEffect::Done(String::new())
            }
            LogOp::Commit(_) => unreachable!("commits are applied in groups"),
        };
        if self.log_position()? != Some(position) {
            self.write_place(place())?;
        }
        Ok(effect)
    }

    /// Writes a frame that only says where the store is.
    fn write_place(&self, frame: Frame) -> Result<(), StoreError> {
        let mut writer = self.writer();
        self.guarded(&mut writer, || self.append_and_apply(frame.bytes()))
    }
}

/// Tells what a correction did: the id of its story, or that it makes no sense.
fn effect(done: Result<crate::model::StoryId, CannotCorrect>) -> Result<LogEffect, StoreError> {
    match done {
        Ok(story) => Ok(LogEffect::Done(story.to_string())),
        Err(CannotCorrect::Store(why)) => Err(why),
        Err(why) => Ok(LogEffect::Refused(why.to_string())),
    }
}

impl From<&RetentionRules> for Retention {
    fn from(rules: &RetentionRules) -> Retention {
        let channels = rules.channels.iter().map(|(channel, max_age, max_items)| {
            let rule = ChannelRetention {
                max_age: *max_age,
                max_items: max_items.and_then(|most| usize::try_from(most).ok()),
            };
            (channel.clone(), rule)
        });
        Retention {
            max_age: rules.max_age,
            max_items: rules.max_items,
            tombstones: rules.tombstones,
            channels: channels.collect(),
        }
    }
}

impl From<&Retention> for RetentionRules {
    fn from(retention: &Retention) -> RetentionRules {
        let channels = retention.channels.iter().map(|(channel, rule)| {
            let max_items = rule.max_items.and_then(|most| u64::try_from(most).ok());
            (channel.clone(), rule.max_age, max_items)
        });
        RetentionRules {
            max_age: retention.max_age,
            max_items: retention.max_items,
            tombstones: retention.tombstones,
            channels: channels.collect(),
        }
    }
}
