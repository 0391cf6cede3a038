//! Answers under way: how many bytes they hold for readers who have not taken them yet, and who has
//! to go when that is too much.
//!
//! Readers of one document share its bytes, so what counts are the documents. A document that is in
//! nobody's cache any more is held by its readers alone; when all of them together hold too much,
//! those of the document that is taken slowest are cut off.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sync;

/// Bytes that are handed to the connection at once; the next ones when these are on their way.
const CHUNK_BYTES: usize = 64 << 10;

/// Bytes of an answer below which it is not worth counting.
pub(super) const MIN_COUNTED: usize = CHUNK_BYTES;

/// Documents that readers are being sent.
#[derive(Debug)]
pub(super) struct Flows {
    /// Upper limit of their bytes; one document alone may be larger.
    most: usize,
    /// Age of an answer below which nobody can say that it is taken slowly.
    min_age: Duration,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Bytes of all documents.
    bytes: usize,
    documents: HashMap<DocumentPlace, HashMap<u64, Arc<Flow>>>,
    next: u64,
}

/// Place of a document in memory, and its length: copies of the same bytes are one.
type DocumentPlace = (usize, usize);

/// Answer to one reader.
#[derive(Debug)]
struct Flow {
    begun: Instant,
    /// Bytes that the connection took.
    taken: AtomicUsize,
    /// Cancelled when the reader has to go.
    leave: CancellationToken,
}

/// Share of one answer in the documents, given back when dropped.
#[derive(Debug)]
pub(super) struct FlowShare {
    flows: Arc<Flows>,
    place: DocumentPlace,
    number: u64,
    flow: Arc<Flow>,
}

/// Body of an answer that is counted while it is under way.
#[derive(Debug)]
pub(super) struct FlowBody {
    inner: Body,
    /// Bytes that `inner` gave and the connection has not taken.
    rest: Bytes,
    share: Option<FlowShare>,
    flows: Arc<Flows>,
    leave: CancellationToken,
}

impl Flows {
    /// Counts answers of documents of at most `most` bytes together; they are not taken slowly
    /// before the age of `min_age`.
    pub(super) fn new(most: usize, min_age: Duration) -> Flows {
        Flows {
            most,
            min_age,
            held: Mutex::default(),
        }
    }

    /// Returns `body`, counted; `leave` is cancelled if its reader has to go.
    pub(super) fn counted(self: &Arc<Flows>, body: Body, leave: CancellationToken) -> FlowBody {
        FlowBody {
            inner: body,
            rest: Bytes::new(),
            share: None,
            flows: Arc::clone(self),
            leave,
        }
    }

    /// Counts one more reader of a document; `None` if there is no room and nobody who has to go.
    pub(super) fn begin(
        self: &Arc<Flows>,
        bytes: &Bytes,
        leave: &CancellationToken,
    ) -> Option<FlowShare> {
        let place = (bytes.as_ptr() as usize, bytes.len());
        let mut held = sync::lock(&self.held);
        let is_too_much = |held: &Held| {
            let is_new = !held.documents.contains_key(&place);
            is_new && held.bytes > 0 && held.bytes + bytes.len() > self.most
        };
        while is_too_much(&held) {
            let slowest = held.slowest(self.min_age)?;
            for (_, flow) in held.forget(slowest) {
                flow.leave.cancel();
            }
        }
        let flow = Arc::new(Flow {
            begun: Instant::now(),
            taken: AtomicUsize::new(0),
            leave: leave.clone(),
        });
        held.next += 1;
        let number = held.next;
        if !held.documents.contains_key(&place) {
            held.bytes += bytes.len();
        }
        let readers = held.documents.entry(place).or_default();
        readers.insert(number, Arc::clone(&flow));
        Some(FlowShare {
            flows: Arc::clone(self),
            place,
            number,
            flow,
        })
    }
}

impl Held {
    /// Finds the document whose readers take it slowest; `None` if all have a reader who has just
    /// begun.
    fn slowest(&self, min_age: Duration) -> Option<DocumentPlace> {
        let speed = |readers: &HashMap<u64, Arc<Flow>>| {
            let mut speeds = readers.values().map(|flow| flow.speed(min_age));
            speeds.try_fold(0_u64, |most, speed| Some(most.max(speed?)))
        };
        let documents = self.documents.iter();
        let slow = documents.filter_map(|(place, readers)| Some((speed(readers)?, *place)));
        slow.min().map(|(_, place)| place)
    }

    /// Takes a document out, and returns its readers.
    fn forget(&mut self, place: DocumentPlace) -> HashMap<u64, Arc<Flow>> {
        let readers = self.documents.remove(&place);
        if readers.is_some() {
            self.bytes -= place.1;
        }
        readers.unwrap_or_default()
    }
}

impl Flow {
    /// Returns the bytes taken a second; `None` if it is younger than `min_age`.
    fn speed(&self, min_age: Duration) -> Option<u64> {
        let age = self.begun.elapsed();
        let taken = u64::try_from(self.taken.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
        let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX).max(1);
        (age >= min_age).then(|| taken.saturating_mul(1000) / millis)
    }
}

impl FlowShare {
    /// Notes that the connection took so many bytes.
    pub(super) fn take(&self, n_bytes: usize) {
        self.flow.taken.fetch_add(n_bytes, Ordering::Relaxed);
    }
}

impl Drop for FlowShare {
    fn drop(&mut self) {
        let mut held = sync::lock(&self.flows.held);
        let Some(readers) = held.documents.get_mut(&self.place) else {
            return;
        };
        // Another document may lie there by now.
        if readers.remove(&self.number).is_some() && readers.is_empty() {
            held.forget(self.place);
        }
    }
}

impl FlowBody {
    /// Returns the next bytes of `rest`.
    fn chunk(&mut self) -> Option<Bytes> {
        if self.rest.is_empty() {
            return None;
        }
        let chunk = self.rest.split_to(CHUNK_BYTES.min(self.rest.len()));
        if let Some(share) = &self.share {
            share.take(chunk.len());
        }
        if self.rest.is_empty() {
            self.share = None;
        }
        Some(chunk)
    }
}

impl HttpBody for FlowBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(chunk) = self.chunk() {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other),
        };
        let bytes = match frame.into_data() {
            Ok(bytes) if bytes.len() >= MIN_COUNTED => bytes,
            Ok(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Err(other) => return Poll::Ready(Some(Ok(other))),
        };
        let flows = Arc::clone(&self.flows);
        let Some(share) = flows.begin(&bytes, &self.leave) else {
            let full = std::io::Error::other("too many bytes are under way to slow readers");
            return Poll::Ready(Some(Err(axum::Error::new(full))));
        };
        self.share = Some(share);
        self.rest = bytes;
        Poll::Ready(self.chunk().map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.inner.size_hint();
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        match hint.exact() {
            Some(exact) => hint.set_exact(exact + rest),
            None => hint.set_lower(hint.lower() + rest),
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    const SIZE: usize = 4 * CHUNK_BYTES;
    const MIN_AGE: Duration = Duration::from_secs(2);

    fn document() -> Bytes {
        Bytes::from(vec![7; SIZE])
    }

    async fn first(body: &mut FlowBody) -> Result<usize, axum::Error> {
        let frame = body.frame().await.unwrap()?;
        Ok(frame.into_data().unwrap().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_counts_once_however_many_read_it() {
        let flows = Arc::new(Flows::new(2 * SIZE, MIN_AGE));
        let document = document();
        let mut bodies: Vec<FlowBody> = (0..100)
            .map(|_| flows.counted(Body::from(document.clone()), CancellationToken::new()))
            .collect();
        for body in &mut bodies {
            assert_eq!(body.size_hint().exact(), Some(SIZE as u64));
            assert_eq!(first(body).await.unwrap(), CHUNK_BYTES);
            assert_eq!(body.size_hint().exact(), Some((SIZE - CHUNK_BYTES) as u64));
        }
        assert_eq!(sync::lock(&flows.held).bytes, SIZE);
        let whole = bodies.pop().unwrap().collect().await.unwrap().to_bytes();
        assert_eq!(whole.len(), SIZE - CHUNK_BYTES);
        drop(bodies);
        let held = sync::lock(&flows.held);
        assert!(held.bytes == 0 && held.documents.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_go_when_too_much_is_under_way() {
        let flows = Arc::new(Flows::new(2 * SIZE, MIN_AGE));
        let begin = || {
            let leave = CancellationToken::new();
            (flows.counted(Body::from(document()), leave.clone()), leave)
        };
        let [(mut quick, stays), (mut slow, goes), (mut third, _)] = [begin(), begin(), begin()];
        first(&mut quick).await.unwrap();
        first(&mut quick).await.unwrap();
        first(&mut slow).await.unwrap();
        assert!(first(&mut third).await.is_err(), "all have just begun");
        tokio::time::advance(2 * MIN_AGE).await;
        let (mut fourth, _) = begin();
        assert_eq!(first(&mut fourth).await.unwrap(), CHUNK_BYTES);
        assert!(goes.is_cancelled() && !stays.is_cancelled());
        drop((slow, quick, fourth));
        assert_eq!(sync::lock(&flows.held).bytes, 0);
    }
}
