//! Publishing: an operation goes to the log, and comes back as its effect.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::message::MessageId;
use super::{Cluster, ClusterError};
use crate::model::{Commit, LogEffect, LogOp, SourceId};
use crate::store::Store;
use crate::sync;

/// Bytes of a message that its headers and subject may take.
const HEADER_BYTES: usize = 2048;

/// Time that an admin, or a subscriber, waits for the log.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(30);

/// First pause before a message is published again; doubled each time.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Longest pause before a message is published again.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(2);

/// End of one attempt.
enum Attempt {
    /// In the log, at this number.
    Stored(u64),
    /// Refused: the subject has another last message.
    Behind,
    /// Nobody knows whether it is in the log.
    Doubtful(String),
}

/// Message on its way into the log.
struct Outgoing {
    subject: String,
    id: MessageId,
    bytes: Bytes,
    /// Source that it is about, and the commit that it follows on, if that counts.
    source: Option<(SourceId, u64)>,
}

impl Outgoing {
    /// Returns the number of the commit that it follows on.
    fn fence(&self) -> Option<u64> {
        self.source.as_ref().map(|(_, fence)| *fence)
    }

    /// Whether another commit of its source was applied since the one that it follows on.
    fn is_stale(&self, store: &Store) -> Result<bool, ClusterError> {
        Ok(match &self.source {
            Some((source, fence)) => store.last_commit(source)? != *fence,
            None => false,
        })
    }
}

impl Cluster {
    /// Publishes an operation, and returns its effect on this store once it has come back by the log.
    ///
    /// `fence` is the number of the commit that it follows on, see
    /// [`Store::last_commit`](crate::store::Store::last_commit). While JetStream does not answer, this waits.
    ///
    /// # Errors
    ///
    /// [`ClusterError::TooLarge`] for an item that no message can hold; [`ClusterError::Stopping`].
    pub async fn submit(&self, op: LogOp, fence: Option<u64>) -> Result<LogEffect, ClusterError> {
        let mut fence = fence;
        let mut rest = vec![op];
        let mut effect = LogEffect::Done(String::new());
        while let Some(op) = rest.pop() {
            match (self.publish(&op, fence).await, op) {
                (Ok((sequence, LogEffect::Done(done))), _) => {
                    fence = fence.map(|_| sequence);
                    effect = LogEffect::Done(done);
                }
                (Ok((_, other)), _) => return Ok(other),
                (Err(ClusterError::TooLarge(..)), LogOp::Commit(commit))
                    if commit.upserts.len() > 1 =>
                {
                    let (first, second) = halves(*commit);
                    let parts = [second, first].map(|part| LogOp::Commit(Box::new(part)));
                    rest.extend(parts);
                }
                (Err(why), _) => return Err(why),
            }
        }
        Ok(effect)
    }

    /// Publishes an operation from a thread that may block, and returns its effect.
    ///
    /// # Errors
    ///
    /// Those of [`Cluster::submit`].
    ///
    /// # Panics
    ///
    /// On a thread of an asynchronous runtime.
    pub fn submit_blocking(&self, op: LogOp) -> Result<LogEffect, ClusterError> {
        let closing = self.shared.closing.clone();
        self.runtime.block_on(async {
            tokio::select! {
                () = closing.cancelled() => Err(ClusterError::Stopping),
                done = tokio::time::timeout(ADMIN_TIMEOUT, self.submit(op, None)) => {
                    done.unwrap_or(Err(ClusterError::Slow))
                }
            }
        })
    }

    /// Publishes one message until its effect is known.
    async fn publish(
        &self,
        op: &LogOp,
        fence: Option<u64>,
    ) -> Result<(u64, LogEffect), ClusterError> {
        if let Some(why) = &self.shared.known().unfit {
            return Err(ClusterError::Unfit(why.clone()));
        }
        let id = self.next_id();
        let subject = self.bus.subject(op, fence.is_some());
        let source = match (op, fence) {
            (LogOp::Commit(commit), Some(fence)) => Some((commit.source.clone(), fence)),
            _ => None,
        };
        let (codec, node) = (&self.shared.codec, &self.shared.config.node);
        let bytes = Bytes::from(codec.write(node, id, fence, op));
        let room = self.bus.client.max_payload().saturating_sub(HEADER_BYTES);
        if bytes.len() > room {
            return Err(ClusterError::TooLarge(bytes.len(), room));
        }
        let (send, effect) = oneshot::channel();
        sync::lock(&self.shared.waiting).insert(id, send);
        let _forget = Forget(self, id);
        let outgoing = Outgoing {
            subject,
            id,
            bytes,
            source,
        };
        self.until_known(&outgoing, effect).await
    }

    /// Publishes until the message stands in the log or is stale, and waits for its effect.
    async fn until_known(
        &self,
        outgoing: &Outgoing,
        mut effect: oneshot::Receiver<(u64, LogEffect)>,
    ) -> Result<(u64, LogEffect), ClusterError> {
        let stop = &self.shared.stop;
        let mut expected = outgoing.fence();
        let mut wait = FIRST_RETRY_DELAY;
        loop {
            let attempt = tokio::select! {
                () = stop.cancelled() => return Err(ClusterError::Stopping),
                // An earlier attempt has come back.
                Ok(known) = &mut effect => return Ok(known),
                attempt = self.attempt(outgoing, expected) => attempt,
            };
            let again = match attempt {
                Attempt::Stored(sequence) => {
                    self.shared.keep_own(sequence, outgoing.bytes.clone());
                    self.applied_up_to(sequence).await?;
                    match effect.try_recv() {
                        Ok(known) => return Ok(known),
                        Err(_) => Err(format!("message {sequence} was confirmed and is not there")),
                    }
                }
                Attempt::Behind => self.last_of(&outgoing.subject).await,
                Attempt::Doubtful(why) => Err(why),
            };
            match again {
                Ok(last) => {
                    self.applied_up_to(last).await?;
                    if let Ok(known) = effect.try_recv() {
                        return Ok(known);
                    }
                    if outgoing.is_stale(&self.shared.store)? {
                        return Ok((last, LogEffect::Stale));
                    }
                    // It was trimmed, or what came since changed nothing of the source.
                    expected = Some(last);
                }
                Err(why) => tracing::debug!("publishing is tried again: {why}"),
            }
            tokio::select! {
                () = stop.cancelled() => return Err(ClusterError::Stopping),
                Ok(known) = &mut effect => return Ok(known),
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(MAX_RETRY_DELAY);
        }
    }

    /// Publishes once; JetStream takes it if `expected` is the number of the last message of the subject.
    async fn attempt(&self, outgoing: &Outgoing, expected: Option<u64>) -> Attempt {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, digits(outgoing.id));
        if let Some(expected) = expected {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        }
        let context = &self.bus.context;
        let (subject, bytes) = (outgoing.subject.clone(), outgoing.bytes.clone());
        let sent = context.publish_with_headers(subject, headers, bytes).await;
        let acknowledged = match sent {
            Ok(acknowledgement) => acknowledgement.await,
            Err(why) => Err(why),
        };
        match acknowledged {
            // 2.9 knows an id again before it has stored its message, and has no number for it then.
            Ok(acknowledgement) if acknowledgement.sequence == 0 => {
                Attempt::Doubtful("it is being stored".to_owned())
            }
            Ok(acknowledgement) => Attempt::Stored(acknowledgement.sequence),
            Err(why) if why.kind() == PublishErrorKind::WrongLastSequence => Attempt::Behind,
            Err(why) => Attempt::Doubtful(why.to_string()),
        }
    }

    /// Returns the number of the last message of a subject that is in the log; 0 for none.
    async fn last_of(&self, subject: &str) -> Result<u64, String> {
        let log = self
            .bus
            .log_at_hand()
            .await
            .map_err(|why| why.to_string())?;
        match log.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(message.sequence),
            Err(why) if why.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(0),
            Err(why) => Err(why.to_string()),
        }
    }

    /// Waits until the log is applied up to `sequence`.
    async fn applied_up_to(&self, sequence: u64) -> Result<(), ClusterError> {
        self.shared.expect(sequence);
        let mut applied = self.shared.applied.subscribe();
        tokio::select! {
            () = self.shared.stop.cancelled() => Err(ClusterError::Stopping),
            reached = applied.wait_for(|applied| *applied >= sequence) => {
                reached.map(drop).map_err(|_| ClusterError::Stopping)
            }
        }
    }

    /// Makes an id that no other message has.
    fn next_id(&self) -> MessageId {
        let number = self.shared.n_published.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.shared.process.as_bytes());
        hasher.update(&number.to_be_bytes());
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        id
    }
}

/// Stops waiting for the effect of a message when its sender is gone.
struct Forget<'a>(&'a Cluster, MessageId);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        sync::lock(&self.0.shared.waiting).remove(&self.1);
    }
}

/// Writes an id as 32 hexadecimal digits.
fn digits(id: MessageId) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parts a commit of several items in two: what is remembered of the source goes with the second, so that
/// the items of both are there before it.
fn halves(commit: Commit) -> (Commit, Commit) {
    let mut second = commit;
    let rest = second.upserts.split_off(second.upserts.len() / 2);
    let first = Commit {
        upserts: std::mem::replace(&mut second.upserts, rest),
        ..Commit::new(second.source.clone(), second.at)
    };
    (first, second)
}
