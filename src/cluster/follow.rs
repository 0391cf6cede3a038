//! Following the log: its messages, in its order, into the store of this node.
//!
//! ```text
//!   a message was published ─┐
//!   every second ────────────┴▶ ends of the stream ─▶ messages from the next one on, 64 at a time
//!                                                       ▼ a thread of its own
//!                                              Store::apply_log ─▶ who waits for an effect
//! ```
//!
//! Own messages are at hand once JetStream has confirmed them with their number. All others are asked for by it, not sent by a consumer of JetStream: whatever dies, there is
//! nothing on the servers that would have to be found or made again, and the next question is answered by
//! whoever is left.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind, Stream};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{info, warn};

use super::apply::{Numbered, apply_all};
use super::bus::Bus;
use super::fitness::{ahead, another, behind, place};
use super::status::Part;
use super::{ClusterError, Shared};
use crate::clock;
use crate::sync;

/// Messages that are asked for at the same time.
const WINDOW: u64 = 64;

/// Windows that wait to be applied.
const MAX_WAITING_WINDOWS: usize = 4;

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

/// Time for which servers may deny a message that they have confirmed. One that was killed, and leads again,
/// answers with what it had then until it has caught up; after this time the message is lost.
const DENIAL_PATIENCE: Duration = Duration::from_secs(30);

/// Behind by so many messages, progress is told.
const MIN_TOLD_MESSAGES: u64 = 1000;

/// Progress of the following.
#[derive(Default)]
struct Progress {
    /// Number of the next message to fetch; `None` before the place of this store was found.
    next: Option<u64>,
    /// Message that the servers should have and deny, and since when.
    denied: Option<(u64, Instant)>,
    /// Number and hash of the last message that was handed over.
    last: Option<(u64, [u8; 32])>,
    /// Whether the servers may have another message of that number: they did not answer for a while.
    is_doubtful: bool,
}

impl Progress {
    /// Goes on at `next`, behind the messages of `window`.
    fn go_to(&mut self, next: u64, window: &[Numbered]) {
        self.next = Some(next);
        if let Some(last) = window.last() {
            self.last = Some((last.sequence, last.hash));
        }
    }

    /// Notes that the servers deny a message; whether they have done so for long enough to be believed.
    fn is_lost(&mut self, sequence: u64) -> bool {
        let same = self.denied.filter(|(denied, _)| *denied == sequence);
        let (_, since) = *self
            .denied
            .insert(same.unwrap_or((sequence, Instant::now())));
        since.elapsed() >= DENIAL_PATIENCE
    }
}

/// Makes the error of servers that deny a message.
fn denied(sequence: u64) -> ClusterError {
    ClusterError::Bus {
        what: "read the log",
        why: format!("a server that is not level yet denies message {sequence}"),
    }
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
    let mut progress = Progress::default();
    loop {
        match fetch_some(shared, bus, &mut progress, &windows).await {
            Ok(()) => {}
            Err(why @ ClusterError::Unfit(_)) => return Err(why),
            Err(ClusterError::Stopping) => return Ok(()),
            Err(why) => {
                progress.is_doubtful = true;
                shared.unreached(Part::Log, &why);
                tokio::time::sleep(LOOK_INTERVAL).await;
                continue;
            }
        }
        let hinted = tokio::time::timeout(LOOK_INTERVAL, shared.more.notified()).await;
        if hinted.is_ok() {
            wait_for_more(shared, bus, progress.next).await;
        }
    }
}

/// Looks, after a hint, until the stream has more than was fetched.
async fn wait_for_more(shared: &Shared, bus: &Bus, next: Option<u64>) {
    let next = next.unwrap_or_default();
    for pause in LOOKS_AFTER_HINT {
        tokio::time::sleep(pause).await;
        if shared.known().last >= next {
            return;
        }
        if let Ok(log) = bus.log_at_hand().await
            && let Ok(info) = log.get_info().await
        {
            let state = info.state;
            shared.note_end(state.last_sequence);
        }
    }
}

/// Fetches up to the end of the log.
async fn fetch_some(
    shared: &Shared,
    bus: &Bus,
    progress: &mut Progress,
    windows: &mpsc::Sender<Vec<Numbered>>,
) -> Result<(), ClusterError> {
    if hand_over_own(shared, progress, windows).await? {
        return Ok(());
    }
    let log = bus.log_at_hand().await?;
    let info = log.get_info().await;
    let info = info.map_err(ClusterError::bus("look at the log"))?;
    let (first, last) = (info.state.first_sequence, info.state.last_sequence);
    let created = info.created.unix_timestamp_nanos();
    if shared.known().log.is_some_and(|log| log != created) {
        return Err(ClusterError::Unfit(another(shared)));
    }
    confirm_last(shared, log, progress, (first, last)).await?;
    let from = match progress.next {
        Some(from) => from,
        None => {
            let place = place(shared, created, (first, last))?;
            sync::write(&shared.condition).log = Some(place.log);
            place.sequence + 1
        }
    };
    if last + 1 < from {
        return Err(match progress.is_lost(from - 1) {
            true => ClusterError::Unfit(ahead(shared, from - 1, last)),
            false => denied(from - 1),
        });
    }
    if first > from {
        return Err(ClusterError::Unfit(behind(shared, from - 1, first)));
    }
    if progress.denied.is_some_and(|(sequence, _)| sequence < from) {
        progress.denied = None;
    }
    shared.note_end(last);
    shared.reached(Part::Log);
    progress.next = Some(from);
    let n_behind = (last + 1).saturating_sub(from);
    if n_behind >= MIN_TOLD_MESSAGES {
        info!(messages = n_behind, "reads {n_behind} messages of the log");
    }
    let mut from = from;
    while from <= last {
        let end = last.min(from + WINDOW - 1);
        let answers: Vec<_> = stream::iter(from..=end)
            .map(|sequence| async move { (sequence, get(shared, log, sequence).await) })
            .buffered(usize::try_from(WINDOW).unwrap_or(usize::MAX))
            .collect()
            .await;
        let mut window = Vec::new();
        for (sequence, answer) in answers {
            match answer? {
                Some(numbered) => window.push(numbered),
                None => {
                    // What comes before it is applied; it is looked for again.
                    progress.go_to(sequence, &window);
                    send(windows, std::mem::take(&mut window)).await?;
                    if !progress.is_lost(sequence) {
                        return Err(denied(sequence));
                    }
                    warn!("message {sequence} of the log is gone, and passed over");
                    progress.denied = None;
                }
            }
        }
        progress.go_to(end + 1, &window);
        send(windows, window).await?;
        from = end + 1;
        progress.denied = None;
    }
    Ok(())
}

/// Hands messages to the thread that applies them.
async fn send(
    windows: &mpsc::Sender<Vec<Numbered>>,
    window: Vec<Numbered>,
) -> Result<(), ClusterError> {
    if window.is_empty() {
        return Ok(());
    }
    let sent = windows.send(window).await;
    sent.map_err(|_| ClusterError::Stopping)
}

/// After servers that did not answer: whether the message that was handed over last is still the one that they
/// have. If they have lost it and gone on without, this store is of another history.
async fn confirm_last(
    shared: &Shared,
    log: &Stream,
    progress: &mut Progress,
    (first, end): (u64, u64),
) -> Result<(), ClusterError> {
    let Some((sequence, hash)) = progress.last.filter(|_| progress.is_doubtful) else {
        return Ok(());
    };
    // One that is missing at the end is looked for by who calls.
    if sequence <= end {
        let found = match log.get_raw_message(sequence).await {
            Ok(found) => found,
            Err(why) if why.kind() == RawMessageErrorKind::NoMessageFound => {
                // Trimmed behind a snapshot that has it.
                progress.is_doubtful = first <= sequence;
                return match progress.is_doubtful {
                    true => Err(denied(sequence)),
                    false => Ok(()),
                };
            }
            Err(why) => return Err(ClusterError::bus("read the log")(why)),
        };
        if *blake3::hash(&found.payload).as_bytes() != hash {
            return Err(ClusterError::Unfit(ahead(shared, sequence, end)));
        }
        progress.is_doubtful = false;
    }
    Ok(())
}

/// Hands over own messages that come next; whether that is all that is known to be in the log.
async fn hand_over_own(
    shared: &Shared,
    progress: &mut Progress,
    windows: &mpsc::Sender<Vec<Numbered>>,
) -> Result<bool, ClusterError> {
    let Some(from) = progress.next else {
        return Ok(false);
    };
    let own = shared.take_own(from);
    let Some((end, _)) = own.last() else {
        return Ok(false);
    };
    let next = end + 1;
    let window = own.into_iter().map(|(sequence, bytes)| Numbered {
        sequence,
        published: Some(clock::now()),
        hash: *blake3::hash(&bytes).as_bytes(),
        reading: shared.codec.read(&bytes),
    });
    let window: Vec<Numbered> = window.collect();
    progress.go_to(next, &window);
    send(windows, window).await?;
    Ok(shared.known().last < next)
}

/// Gets one message; `None` if the server that leads the log has none of this number.
async fn get(
    shared: &Shared,
    log: &Stream,
    sequence: u64,
) -> Result<Option<Numbered>, ClusterError> {
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
    Ok(found.map(|found| numbered(shared, sequence, &found)))
}

/// Decodes a message.
fn numbered(shared: &Shared, sequence: u64, found: &StreamMessage) -> Numbered {
    let nanoseconds = found.time.unix_timestamp_nanos();
    Numbered {
        sequence,
        published: Timestamp::from_nanosecond(nanoseconds).ok(),
        hash: *blake3::hash(&found.payload).as_bytes(),
        reading: shared.codec.read(&found.payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_message_is_lost_once_it_was_denied_for_long() {
        let mut progress = Progress::default();
        assert!(!progress.is_lost(72));
        tokio::time::advance(DENIAL_PATIENCE - Duration::from_secs(1)).await;
        assert!(!progress.is_lost(72));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(progress.is_lost(72));
        assert!(!progress.is_lost(73), "another one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_was_there_meanwhile_is_denied_anew() {
        let mut progress = Progress::default();
        assert!(!progress.is_lost(72));
        progress.denied = None;
        tokio::time::advance(DENIAL_PATIENCE).await;
        assert!(!progress.is_lost(72));
    }
}
