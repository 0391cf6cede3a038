//! Bound on what a connection brings that reaches nobody who asked.
//!
//! Interim answers (1xx), headers, frames of control and padding are read and dropped by the HTTP
//! library, as many as come. So the bytes of a connection are counted where they are read, behind
//! TLS, and each part of an answer that arrives makes room for more: an origin that sends on and on
//! and never answers costs a bounded number of bytes, and with them of CPU, on every protocol.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hyper::rt;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of a connection that one byte of a body makes room for: a chunk of a single byte takes six
/// (HTTP/1.1) or ten (HTTP/2).
const ROOM_PER_BODY_BYTE: usize = 16;

/// Count of the bytes that a connection may still bring; clones share it.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct Meter(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    most: usize,
    room: AtomicUsize,
    is_spent: AtomicBool,
}

impl Meter {
    /// Makes a count of `most` bytes, of which all are left.
    pub(super) fn new(most: usize) -> Meter {
        Meter(Arc::new(Counts {
            most,
            room: AtomicUsize::new(most),
            is_spent: AtomicBool::new(false),
        }))
    }

    /// Notes the head of an answer: the whole room is there again.
    pub(in crate::fetch) fn note_head(&self) {
        self.0.room.store(self.0.most, Ordering::Relaxed);
    }

    /// Notes a part of a body, of so many bytes.
    pub(in crate::fetch) fn note_body(&self, bytes: usize) {
        let more = bytes.saturating_mul(ROOM_PER_BODY_BYTE);
        self.change(|room| Some(room.saturating_add(more).min(self.0.most)));
    }

    /// Whether the connection was ended because it brought too much.
    pub(in crate::fetch) fn is_spent(&self) -> bool {
        self.0.is_spent.load(Ordering::Relaxed)
    }

    /// Most bytes that reach nobody.
    pub(in crate::fetch) fn most(&self) -> usize {
        self.0.most
    }

    fn note_read(&self, bytes: usize) -> io::Result<()> {
        if self.change(|room| room.checked_sub(bytes)) {
            return Ok(());
        }
        self.0.is_spent.store(true, Ordering::Relaxed);
        Err(io::Error::other("bytes without end, and no answer"))
    }

    fn change(&self, to: impl Fn(usize) -> Option<usize>) -> bool {
        let room = &self.0.room;
        room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, to)
            .is_ok()
    }
}

/// Stream that a connection is carried by: TCP, TLS, or either in a tunnel.
pub(super) trait Carrier: rt::Read + rt::Write + Connection + Send + Unpin {}
impl<T: rt::Read + rt::Write + Connection + Send + Unpin> Carrier for T {}

/// Stream that counts what is read from it, and ends with an error where its [`Meter`] does.
pub(in crate::fetch) struct Metered {
    stream: TokioIo<Box<dyn Carrier>>,
    meter: Meter,
    is_proxied: bool,
}

impl Metered {
    /// Counts what `stream` brings; `is_proxied` if it leads to a proxy that is asked for whole
    /// addresses.
    pub(super) fn new(stream: Box<dyn Carrier>, most: usize, is_proxied: bool) -> Metered {
        Metered {
            stream: TokioIo::new(stream),
            meter: Meter::new(most),
            is_proxied,
        }
    }
}

impl Connection for Metered {
    fn connected(&self) -> Connected {
        let connected = self.stream.inner().connected();
        connected.proxy(self.is_proxied).extra(self.meter.clone())
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        match read {
            Poll::Ready(Ok(())) => {
                Poll::Ready(self.meter.note_read(buffer.filled().len() - before))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_makes_all_the_room_and_a_body_what_it_takes() {
        let meter = Meter::new(100);
        assert!(meter.note_read(60).is_ok());
        meter.note_head();
        assert!(meter.note_read(100).is_ok());
        meter.note_body(2);
        assert!(meter.note_read(32).is_ok() && !meter.is_spent());
        meter.note_body(0);
        assert!(meter.note_read(1).is_err() && meter.is_spent());
        meter.note_body(usize::MAX);
        assert!(meter.note_read(101).is_err());
        assert!(meter.note_read(100).is_ok() && meter.is_spent());
    }
}
