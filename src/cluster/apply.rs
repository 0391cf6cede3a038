//! Applying: what was fetched of the log, in groups, into the store, on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::Shared;
use super::message::{self, Message, Reading};
use crate::clock;
use crate::model::{LogEffect, LogEntry, LogOp};
use crate::store::StoreError;
use crate::sync;

/// Items that are enough for one group; what follows from each takes some ten kilobytes until it is written.
const MAX_GROUP_ITEMS: usize = 256;

/// Pause before the store is tried again.
const STORE_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Message with its number and the time it was published.
pub(super) struct Numbered {
    /// Number.
    pub(super) sequence: u64,
    /// Time at which the servers had it.
    pub(super) published: Option<Timestamp>,
    /// Hash of its bytes.
    pub(super) hash: [u8; 32],
    /// Content.
    pub(super) reading: Reading,
}

/// Applies windows as they come, until their sender is gone. One thread.
pub(super) fn apply_all(shared: &Shared, mut windows: mpsc::Receiver<Vec<Numbered>>) {
    while let Some(window) = windows.blocking_recv() {
        let mut rest = window.into_iter().peekable();
        while rest.peek().is_some() {
            let mut group = Vec::new();
            let mut n_items = 0;
            while n_items < MAX_GROUP_ITEMS
                && let Some(numbered) = rest.next()
            {
                if let Reading::Newer(version) = numbered.reading {
                    apply(shared, group);
                    return stop_at_newer(shared, numbered.sequence, version);
                }
                n_items += n_items_of(&numbered);
                group.push(numbered);
            }
            apply(shared, group);
            if shared.stop.is_cancelled() {
                return;
            }
        }
    }
}

/// Says that a newer release wrote a message, and takes no more of them.
fn stop_at_newer(shared: &Shared, sequence: u64, version: u8) {
    shared.unfit(&format!(
        "message {sequence} of the log, of version {version}, is not understood; this release knows versions up to {}: a node of \
         a newer release has written it. Nothing more is applied here, and nothing polled; what is there is \
         served. Install the newer release",
        message::VERSION
    ));
}

fn n_items_of(numbered: &Numbered) -> usize {
    match op_of(numbered) {
        Some(LogOp::Commit(commit)) => commit.upserts.len(),
        _ => 0,
    }
}

/// Applies a group, trying again while the store cannot be written, and tells those that wait.
fn apply(shared: &Shared, group: Vec<Numbered>) {
    let (Some(end), Some(log)) = (group.last(), shared.known().log) else {
        return;
    };
    let (end, published) = (end.sequence, end.published);
    let n_hubs = group.iter().filter(|one| is_of_hub(one)).count();
    let has_subscribers = group.iter().any(is_of_subscribers);
    let (mut entries, mut ids) = (Vec::new(), Vec::new());
    for numbered in group {
        let (entry, id) = entry(numbered);
        entries.push(entry);
        ids.push(id);
    }
    let Some(effects) = until_applied(shared, log, &mut entries) else {
        return;
    };
    {
        let mut known = sync::write(&shared.condition);
        let was_fit = known.is_fit();
        known.note_applied(end, (published, clock::now()), &effects);
        if known.is_fit() && !was_fit {
            shared.renew.notify_one();
        }
    }
    let mut waiting = sync::lock(&shared.waiting);
    for ((id, effect), entry) in ids.into_iter().zip(effects).zip(&entries) {
        if let Some(waiter) = id.and_then(|id| waiting.remove(&id)) {
            let _ = waiter.send((entry.sequence, effect));
        }
    }
    drop(waiting);
    shared.applied.send_replace(end);
    if has_subscribers {
        shared.subscribers.send_modify(|count| *count += 1);
    }
    if n_hubs > 0 {
        shared.hubs.send_modify(|count| *count += n_hubs as u64);
    }
}

fn is_of_hub(numbered: &Numbered) -> bool {
    let commit = match op_of(numbered) {
        Some(LogOp::Commit(commit)) => Some(commit),
        _ => None,
    };
    commit.is_some_and(|commit| commit.subscription.is_some())
        || matches!(
            op_of(numbered),
            Some(LogOp::Rename { .. } | LogOp::Purge { .. })
        )
}

fn is_of_subscribers(numbered: &Numbered) -> bool {
    matches!(op_of(numbered), Some(LogOp::Subscribers { .. }))
}

fn op_of(numbered: &Numbered) -> Option<&LogOp> {
    match &numbered.reading {
        Reading::Message(message) => Some(&message.op),
        Reading::Foreign | Reading::Newer(_) => None,
    }
}

/// Makes an entry for the store of a message.
fn entry(numbered: Numbered) -> (LogEntry, Option<message::MessageId>) {
    let sequence = numbered.sequence;
    match numbered.reading {
        Reading::Message(message) => {
            let Message { id, fence, op, .. } = *message;
            let op = Some(op);
            (
                LogEntry {
                    sequence,
                    fence,
                    op,
                },
                Some(id),
            )
        }
        Reading::Foreign | Reading::Newer(_) => {
            warn!(
                sequence,
                "message {sequence} of the log is none of gazetted; passed over"
            );
            let (fence, op) = (None, None);
            (
                LogEntry {
                    sequence,
                    fence,
                    op,
                },
                None,
            )
        }
    }
}

/// Applies entries; `None` if the cluster is left before the store can be written. One that makes it panic is
/// passed over, on every node alike.
fn until_applied(shared: &Shared, log: i128, entries: &mut [LogEntry]) -> Option<Vec<LogEffect>> {
    let mut has_told = false;
    loop {
        let done = catch_unwind(AssertUnwindSafe(|| shared.store.apply_log(log, entries)));
        match done {
            Ok(Ok(effects)) => {
                if has_told {
                    info!("the store can be written again");
                }
                return Some(effects);
            }
            Ok(Err(why)) => tell_trouble(&why, &mut has_told),
            Err(_) => return one_by_one(shared, log, entries),
        }
        if shared.stop.is_cancelled() {
            return None;
        }
        std::thread::sleep(STORE_RETRY_DELAY);
    }
}

/// Applies entries one after the other, without those that make the store panic.
fn one_by_one(shared: &Shared, log: i128, entries: &mut [LogEntry]) -> Option<Vec<LogEffect>> {
    let mut effects = Vec::with_capacity(entries.len());
    for entry in entries {
        let one = std::slice::from_ref(entry);
        let done = catch_unwind(AssertUnwindSafe(|| shared.store.apply_log(log, one)));
        let Err(_) = done else {
            effects.extend(until_applied(shared, log, std::slice::from_mut(entry))?);
            continue;
        };
        let sequence = entry.sequence;
        error!(
            sequence,
            "applying message {sequence} of the log panicked, it is passed over; please report this"
        );
        let passed = LogEntry {
            sequence,
            fence: None,
            op: None,
        };
        *entry = passed;
        effects.extend(until_applied(shared, log, std::slice::from_mut(entry))?);
    }
    Some(effects)
}

fn tell_trouble(why: &StoreError, has_told: &mut bool) {
    if !std::mem::replace(has_told, true) {
        error!(
            "cannot write to the store: {why}; the log waits, it is tried again until it succeeds"
        );
    }
}
