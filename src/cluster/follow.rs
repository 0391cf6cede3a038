//! Following the log: its messages, in its order, into the store of this node.
//!
//! ```text
//!   a message was published ─┐
//!   every second ────────────┴▶ ends of the stream ─▶ messages from the next one on, 64 at a time
//!                                                       ▼ a thread of its own
//!                                              Store::apply_log ─▶ who waits for an effect
//! ```
//!
//! Messages are asked for by their numbers, not sent by a consumer of JetStream: whatever dies, there is
//! nothing on the servers that would have to be found or made again, and the next question is answered by
//! whoever is left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind, Stream};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::bus::Bus;
use super::message::{self, Message, Reading};
use super::{ClusterError, Shared};
use crate::clock;
use crate::model::{ChannelId, LogEffect, LogEntry, LogOp, LogPosition};
use crate::store::StoreError;
use crate::sync;

/// Messages that are asked for at the same time.
const WINDOW: u64 = 64;

/// Windows that wait to be applied.
const MAX_WAITING_WINDOWS: usize = 4;

/// Items that are enough for one group; what follows from each takes some ten kilobytes until it is written.
const MAX_GROUP_ITEMS: usize = 256;

/// Time between two looks at the ends of the stream where nothing says that there is more.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Pauses in which a message that was announced is looked for: it is published before it is stored.
const LOOKS_AFTER_HINT: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(100),
];

/// Pause before the store is tried again.
const STORE_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Behind by so many messages, progress is told.
const MIN_TOLD_MESSAGES: u64 = 1000;

/// Message with its number and the time it was published.
struct Numbered {
    sequence: u64,
    published: Option<Timestamp>,
    reading: Reading,
}

/// Follows the log until the cluster is left, or this store cannot follow it any more.
pub(super) async fn run(shared: Arc<Shared>, bus: Bus) {
    let (send, receive) = mpsc::channel(MAX_WAITING_WINDOWS);
    let applying = {
        let shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || apply_all(&shared, receive))
    };
    let Ok(applying) = applying else {
        shared.unfit("no thread can be started to apply the log");
        return;
    };
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = listen(&shared, &bus) => {}
        why = fetch_all(&shared, &bus, send) => {
            if let Err(why) = why {
                shared.unfit(&why.to_string());
            }
        }
    }
    shared.stop.cancelled().await;
    let _ = tokio::task::spawn_blocking(move || applying.join()).await;
}

/// Hears what is published, as a hint that there is more in the log.
async fn listen(shared: &Shared, bus: &Bus) {
    loop {
        if let Ok(mut heard) = bus.client.subscribe(bus.subjects()).await {
            while heard.next().await.is_some() {
                shared.more.notify_one();
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Fetches what is in the log behind the store's place, for ever.
///
/// # Errors
///
/// [`ClusterError::Unfit`] if the log is another one, or does not begin where the store ends.
async fn fetch_all(
    shared: &Shared,
    bus: &Bus,
    windows: mpsc::Sender<Vec<Numbered>>,
) -> Result<(), ClusterError> {
    let mut next = None;
    loop {
        match fetch_some(shared, bus, &mut next, &windows).await {
            Ok(()) => {}
            Err(why @ ClusterError::Unfit(_)) => return Err(why),
            Err(ClusterError::Stopping) => return Ok(()),
            Err(why) => {
                shared.unreached(&why);
                tokio::time::sleep(LOOK_INTERVAL).await;
                continue;
            }
        }
        let hinted = tokio::time::timeout(LOOK_INTERVAL, shared.more.notified()).await;
        if hinted.is_ok() {
            wait_for_more(shared, bus).await;
        }
    }
}

/// Looks, after a hint, until the stream has more than is known.
async fn wait_for_more(shared: &Shared, bus: &Bus) {
    let before = shared.known().last;
    for pause in LOOKS_AFTER_HINT {
        tokio::time::sleep(pause).await;
        if shared.known().last > before {
            return;
        }
        if let Ok(log) = bus.log_at_hand().await
            && let Ok(info) = log.get_info().await
        {
            let state = info.state;
            shared.note_ends(state.first_sequence, state.last_sequence);
        }
    }
}

/// Fetches up to the end of the log.
async fn fetch_some(
    shared: &Shared,
    bus: &Bus,
    next: &mut Option<u64>,
    windows: &mpsc::Sender<Vec<Numbered>>,
) -> Result<(), ClusterError> {
    let log = bus.log_at_hand().await?;
    let info = log.get_info().await;
    let info = info.map_err(ClusterError::bus("look at the log"))?;
    let (first, last) = (info.state.first_sequence, info.state.last_sequence);
    let from = match *next {
        Some(from) => from,
        None => {
            let place = place(shared, info.created.unix_timestamp_nanos(), (first, last))?;
            sync::write(&shared.condition).log = Some(place.log);
            place.sequence + 1
        }
    };
    if last + 1 < from {
        return Err(ClusterError::Unfit(ahead(shared, from - 1, last)));
    }
    if first > from {
        return Err(ClusterError::Unfit(behind(shared, from - 1, first)));
    }
    shared.note_ends(first, last);
    shared.reached();
    *next = Some(from);
    let n_behind = (last + 1).saturating_sub(from);
    if n_behind >= MIN_TOLD_MESSAGES {
        info!(messages = n_behind, "reads {n_behind} messages of the log");
    }
    let mut from = from;
    while from <= last {
        let end = last.min(from + WINDOW - 1);
        let window: Vec<Numbered> = stream::iter(from..=end)
            .map(|sequence| get(&log, sequence))
            .buffered(usize::try_from(WINDOW).unwrap_or(usize::MAX))
            .filter_map(async |got| got.transpose())
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<_, ClusterError>>()?;
        windows
            .send(window)
            .await
            .map_err(|_| ClusterError::Stopping)?;
        from = end + 1;
        *next = Some(from);
    }
    Ok(())
}

/// Gets one message; `None` if the log has none of this number.
async fn get(log: &Stream, sequence: u64) -> Result<Option<Numbered>, ClusterError> {
    // A replica that is a little behind does not have it yet.
    let found = match log.direct_get(sequence).await {
        Ok(found) => Some(found),
        Err(why) if why.kind() == DirectGetErrorKind::NotFound => {
            match log.get_raw_message(sequence).await {
                Ok(found) => Some(found),
                Err(why) if why.kind() == RawMessageErrorKind::NoMessageFound => None,
                Err(why) => return Err(ClusterError::bus("read the log")(why)),
            }
        }
        Err(why) => return Err(ClusterError::bus("read the log")(why)),
    };
    Ok(found.map(|found| numbered(sequence, &found)))
}

/// Decodes a message.
fn numbered(sequence: u64, found: &StreamMessage) -> Numbered {
    let nanoseconds = found.time.unix_timestamp_nanos();
    Numbered {
        sequence,
        published: Timestamp::from_nanosecond(nanoseconds).ok(),
        reading: message::read(&found.payload),
    }
}

/// Finds the place of this store in the log `log`; an empty store begins a log that has its beginning.
fn place(
    shared: &Shared,
    log: i128,
    (first, last): (u64, u64),
) -> Result<LogPosition, ClusterError> {
    let store = &shared.store;
    match store.log_position()? {
        Some(place) if place.log == log => Ok(place),
        Some(_) => Err(ClusterError::Unfit(format!(
            "the log of cluster `{}` is another one than this store has followed: it was deleted and made \
             anew, or the servers are others. {}",
            shared.config.name, REJOIN
        ))),
        None if !store.page(&ChannelId::root(), None, 1)?.is_empty() => {
            Err(ClusterError::Unfit(format!(
                "this store holds news and has never followed the log of cluster `{}`. If it is to be the \
                 beginning of the cluster, stop the daemon and run `gazetted cluster seed`, once, on this \
                 node only. Otherwise: {REJOIN}",
                shared.config.name
            )))
        }
        None if first > 1 => Err(ClusterError::Unfit(behind(shared, 0, first))),
        None => {
            let place = LogPosition { log, sequence: 0 };
            store.follow_log(Some(place))?;
            info!(
                messages = last,
                "follows the log of cluster `{}`", shared.config.name
            );
            Ok(place)
        }
    }
}

/// Way to begin anew, for people.
const REJOIN: &str = "Stop the daemon, move the folder of the store away, and start it again: it begins \
                      with a snapshot of the cluster";

fn ahead(shared: &Shared, own: u64, last: u64) -> String {
    format!(
        "this store holds message {own} of the log of cluster `{}`, which ends at {last}: the servers have \
         lost what they had confirmed, or were restored. Nothing is changed. If all nodes say so, the one \
         with the highest number begins a new log: `gazetted cluster seed` there, and on the others: {REJOIN}",
        shared.config.name
    )
}

fn behind(shared: &Shared, own: u64, first: u64) -> String {
    format!(
        "this store has followed the log of cluster `{}` up to message {own}, and it begins at {first} now. \
         {REJOIN}",
        shared.config.name
    )
}

/// Applies windows as they come, until their sender is gone. One thread.
fn apply_all(shared: &Shared, mut windows: mpsc::Receiver<Vec<Numbered>>) {
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
        "message {sequence} of the log has version {version}, this release knows versions up to {}: a node of \
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
        known.note_applied(end, published, &effects);
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

/// Time for which nothing more was applied, if there is more: the lag.
pub(super) fn lag(published: Option<Timestamp>, is_level: bool) -> Option<Duration> {
    if is_level {
        return Some(Duration::ZERO);
    }
    let behind = clock::now().duration_since(published?);
    Some(Duration::try_from(behind).unwrap_or_default())
}
