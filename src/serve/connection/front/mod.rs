//! Front: answers plain requests for feeds that are at hand, without hyper and the router.
//!
//! ```text
//!   bytes of a client
//!     | head::read              a plain request, or anything else
//!     | shortcuts               the feed at its path, made anew if it has changed
//!     | shortcuts::head         status and headers as they go over the wire
//!     | one vectored write      head and body; a large body out of its file
//! ```
//!
//! The first request that is anything else hands the connection over to hyper, with what was read of
//! it, for the rest of its life. Deadlines, seats, bytes under way and the end are those of
//! connections that hyper serves.

mod head;
pub(super) mod rewind;
pub(super) mod send;
#[cfg(test)]
mod tests;

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::flow::{Flows, MIN_COUNTED};
use super::limits::Limits;
use super::seats::Seat;
use super::stopping;
use crate::clock;
use crate::serve::app::App;
use crate::serve::middleware::{current, ready_head};
use crate::serve::response::body_file::BodyFile;
use crate::serve::response::negotiate;
use crate::serve::routes::channels::freshen;
use crate::serve::shortcuts::Shortcut;
use head::{PlainRequest, Reading, read};
use send::{Parcel, SendFile};

/// Bytes that there is room for when a head is waited for; more are made room for as they come.
const HEAD_BYTES: usize = 2 << 10;

/// Room below which there is to be more, in bytes.
const MIN_ROOM: usize = 512;

/// Front of one connection.
pub(super) struct Front<'a> {
    pub(super) app: &'a App,
    pub(super) limits: &'a Limits,
    pub(super) flows: &'a Arc<Flows>,
    pub(super) seat: &'a Seat,
    pub(super) shutdown: &'a CancellationToken,
    /// Time at which the connection began.
    pub(super) born: Instant,
}

/// Connection as another one takes it over.
#[derive(Debug, Default)]
pub(super) struct Handover {
    /// Bytes that were read of it and not answered.
    pub(super) read: BytesMut,
    /// Whether it has asked before, and waits for nothing now.
    pub(super) has_asked: bool,
    pub(super) age: Duration,
}

/// Memory of a connection from one request to the next.
#[derive(Default)]
struct Memory {
    /// Head of the last response, as it was sent.
    wire: Vec<u8>,
    /// `Date`, and the second that it tells.
    date: (i64, String),
    /// Feed of the last request.
    last: Option<Arc<Shortcut>>,
}

/// Body of a response.
struct Body {
    bytes: Bytes,
    /// File that holds the same, if it is to be sent from there.
    file: Option<Arc<BodyFile>>,
}

/// Result of looking for the answer to a request.
enum Found {
    /// Body; the head is in [`Memory::wire`].
    Body(Body),
    /// Feed that has changed, or is not packed as the client likes it.
    Stale(Arc<Shortcut>),
    /// Nothing that is answered here.
    Unfit,
}

/// News of a connection that is waited for.
enum News {
    Bytes,
    /// The client hung up, or was silent for too long.
    Gone,
    /// We stop, or the connection is old.
    Over,
}

impl Front<'_> {
    /// Answers the requests of a connection. `None` once it has ended, else what is to be handed over
    /// to who answers all kinds.
    pub(super) async fn attend<S>(&self, stream: &mut S) -> Option<Handover>
    where
        S: AsyncRead + SendFile + Unpin,
    {
        let mut memory = Memory::default();
        let mut bytes = BytesMut::with_capacity(HEAD_BYTES);
        let mut has_asked = false;
        let mut stop = pin!(self.shutdown.cancelled());
        let mut timer = pin!(time::sleep(self.limits.head.min(self.limits.life)));
        let mut since = self.born;
        loop {
            match read(&bytes) {
                Reading::Plain(request) => {
                    let Some(body) = self.body(&request, &mut memory).await else {
                        return Some(self.handover(bytes, has_asked));
                    };
                    let (length, closes) = (request.length, request.closes);
                    if let Err(why) = self.send(stream, (&memory.wire, body)).await {
                        debug!(error = %why, "a connection ended early");
                        return None;
                    }
                    if closes {
                        let _ = stream.shutdown().await;
                        return None;
                    }
                    bytes.advance(length);
                    has_asked = true;
                    since = Instant::now();
                }
                Reading::Partial if bytes.len() < self.limits.head_size => {
                    let waits = (stop.as_mut(), timer.as_mut());
                    match self.listen((&mut *stream, since), &mut bytes, waits).await {
                        News::Bytes => {}
                        News::Over if !(has_asked && bytes.is_empty()) => {
                            return Some(self.handover(bytes, has_asked));
                        }
                        News::Gone | News::Over => return None,
                    }
                }
                Reading::Partial | Reading::Other => {
                    return Some(self.handover(bytes, has_asked));
                }
            }
        }
    }

    fn handover(&self, read: BytesMut, has_asked: bool) -> Handover {
        Handover {
            has_asked: has_asked && read.is_empty(),
            read,
            age: self.born.elapsed(),
        }
    }

    /// Waits for bytes of a head that is waited for since `since`: for so many that they may end it.
    async fn listen<S, C>(
        &self,
        (stream, since): (&mut S, Instant),
        bytes: &mut BytesMut,
        (mut stop, mut timer): (Pin<&mut C>, Pin<&mut time::Sleep>),
    ) -> News
    where
        S: AsyncRead + Unpin,
        C: Future<Output = ()>,
    {
        let (silent, old) = (since + self.limits.head, self.born + self.limits.life);
        let known = bytes.len();
        poll_fn(|cx| {
            loop {
                if bytes.capacity() - bytes.len() < MIN_ROOM {
                    bytes.reserve(HEAD_BYTES);
                }
                let from = bytes.len();
                match pin!(stream.read_buf(&mut *bytes)).poll(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(News::Gone),
                    // A line that goes on cannot be the end of a head.
                    Poll::Ready(Ok(_)) if known > 0 && !bytes[from..].contains(&b'\n') => {}
                    Poll::Ready(Ok(_)) => return Poll::Ready(News::Bytes),
                    Poll::Pending => break,
                }
                if bytes.len() >= self.limits.head_size {
                    return Poll::Ready(News::Bytes);
                }
            }
            if stop.as_mut().poll(cx).is_ready() {
                return Poll::Ready(News::Over);
            }
            while timer.as_mut().poll(cx).is_ready() {
                match Instant::now() {
                    now if now >= silent => return Poll::Ready(News::Gone),
                    now if now >= old => return Poll::Ready(News::Over),
                    _ => timer.as_mut().reset(silent.min(old)),
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Finds the answer to a request: writes its head into the memory, and returns its body. A feed
    /// that has changed is made anew. `None` if there is none here.
    async fn body(&self, request: &PlainRequest<'_>, memory: &mut Memory) -> Option<Body> {
        let stale = match self.find(request, memory) {
            Found::Body(body) => return Some(body),
            Found::Stale(shortcut) => shortcut,
            Found::Unfit => return None,
        };
        self.seat.set_busy(true);
        let coding = negotiate::wanted_coding(request);
        tokio::select! {
            () = freshen(self.app, &stale.feed, coding) => {}
            () = stopping(self.shutdown, self.limits.drain) => {}
        }
        self.seat.set_busy(false);
        match self.find(request, memory) {
            Found::Body(body) => Some(body),
            Found::Stale(_) | Found::Unfit => None,
        }
    }

    /// Looks for the answer to a request among the feeds that are at hand.
    fn find(&self, request: &PlainRequest<'_>, memory: &mut Memory) -> Found {
        let Some(shortcut) = self.shortcut(request.path, &mut memory.last) else {
            return Found::Unfit;
        };
        let Some(document) = current(self.app, shortcut) else {
            return Found::Stale(Arc::clone(shortcut));
        };
        let wanted = negotiate::wanted_coding(request);
        if wanted.is_some_and(|coding| !document.is_settled(coding)) {
            return Found::Stale(Arc::clone(shortcut));
        }
        let coding = negotiate::coding(request, |coding| document.packed(coding).is_some());
        let packed = coding.and_then(|coding| document.packed(coding));
        let variant = packed.unwrap_or(&document.plain);
        let etag = variant.etag.to_str().unwrap_or_default();
        let is_held = negotiate::is_current(request, etag, document.modified);
        if !is_held && request.is_conditional() && negotiate::accepts_delta(request) {
            return Found::Unfit;
        }
        let of = (&**shortcut, &*document);
        let make = || ready_head(self.app, of, (coding, is_held));
        let Some(head) = shortcut.head((coding, is_held), make) else {
            return Found::Unfit;
        };
        head.write(&mut memory.wire, date(&mut memory.date), request.closes);
        let is_empty = is_held || request.is_head;
        Found::Body(match is_empty {
            true => Body {
                bytes: Bytes::new(),
                file: None,
            },
            false => Body {
                bytes: variant.bytes.clone(),
                file: shortcut.file(coding, &variant.bytes),
            },
        })
    }

    /// Returns the shortcut at a path: the last one again if it is that and holds, else the one that
    /// is there now.
    fn shortcut<'m>(
        &self,
        path: &str,
        last: &'m mut Option<Arc<Shortcut>>,
    ) -> Option<&'m Arc<Shortcut>> {
        let is_it = |last: &Arc<Shortcut>| *last.path == *path && last.is_current();
        if !last.as_ref().is_some_and(is_it) {
            *last = self.app.shortcuts.find(path);
        }
        last.as_ref()
    }

    /// Sends a response: at once if the client takes it.
    async fn send<S>(&self, stream: &mut S, (head, body): (&[u8], Body)) -> io::Result<()>
    where
        S: SendFile + Unpin,
    {
        let response = (head, &body);
        let written = poll_fn(|cx| {
            Poll::Ready(match poll_send(Pin::new(&mut *stream), cx, response, 0) {
                Poll::Ready(written) => written,
                Poll::Pending => Ok(0),
            })
        });
        let n_sent = written.await?;
        match n_sent == head.len() + body.bytes.len() {
            true => Ok(()),
            false => self.send_rest(stream, response, n_sent).await,
        }
    }

    /// Sends what is left of a response behind its first bytes, as the client takes it; its body is
    /// counted among those that are under way.
    async fn send_rest<S>(
        &self,
        stream: &mut S,
        (head, body): (&[u8], &Body),
        mut n_sent: usize,
    ) -> io::Result<()>
    where
        S: SendFile + Unpin,
    {
        let bytes = &body.bytes;
        let share = match bytes.len() >= MIN_COUNTED {
            true => Some(self.flows.begin(bytes, &self.seat.leave).ok_or_else(full)?),
            false => None,
        };
        let sending = async {
            while n_sent < head.len() + bytes.len() {
                let sent =
                    poll_fn(|cx| poll_send(Pin::new(&mut *stream), cx, (head, body), n_sent));
                let n = sent.await?;
                if n == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                n_sent += n;
                if let Some(share) = &share {
                    share.take(n);
                }
            }
            Ok(())
        };
        let last_moment = self.born + self.limits.life * 2;
        tokio::select! {
            sent = sending => sent,
            () = stopping(self.shutdown, self.limits.drain) => Err(io::ErrorKind::TimedOut.into()),
            () = time::sleep_until(last_moment) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Sends what is left of a response behind its first bytes: a small body in one write with the head, a
/// large one out of its file.
fn poll_send<S: SendFile>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    (head, body): (&[u8], &Body),
    n_sent: usize,
) -> Poll<io::Result<usize>> {
    let head_left = &head[n_sent.min(head.len())..];
    let offset = n_sent.saturating_sub(head.len());
    if let Some(file) = &body.file {
        let parcel = Parcel {
            head: head_left,
            file,
            offset: offset as u64,
        };
        return stream.poll_send_file(cx, parcel);
    }
    if body.bytes.is_empty() {
        return stream.poll_write(cx, head_left);
    }
    let slices = [IoSlice::new(head_left), IoSlice::new(&body.bytes[offset..])];
    stream.poll_write_vectored(cx, &slices)
}

/// Makes the error of an answer for which there is no room among those under way.
fn full() -> io::Error {
    io::Error::other("too many bytes are under way to slow readers")
}

/// Returns the `Date` of this moment: that of the last time, if it is the same second.
fn date((second, text): &mut (i64, String)) -> &[u8] {
    let now = clock::now().as_second();
    if now != *second || text.is_empty() {
        let since = Duration::from_secs(u64::try_from(now).unwrap_or_default());
        *text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since);
        *second = now;
    }
    text.as_bytes()
}
