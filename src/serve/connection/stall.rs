//! Write timeout: a stream that gives up on a peer which takes nothing of what we send, and
//! says when it heard of it last.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::front::send::{Parcel, SendFile};

/// Stream whose writes fail with [`io::ErrorKind::TimedOut`] once the peer has taken nothing
/// for `limit`. Calls `progress` for each read and write that moved something.
#[derive(Debug)]
pub(super) struct StallTimeout<S, F> {
    stream: S,
    limit: Duration,
    progress: F,
    /// Timer of the write that waits; absent while writes make progress.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S, F: Fn()> StallTimeout<S, F> {
    /// Wraps a stream.
    pub(super) fn new(stream: S, limit: Duration, progress: F) -> StallTimeout<S, F> {
        StallTimeout {
            stream,
            limit,
            progress,
            waiting: None,
        }
    }

    /// Passes `progress` on if it is ready; else starts the timer, or fails if the timer has
    /// run out.
    fn watch<T>(
        &mut self,
        progress: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.waiting = None;
            (self.progress)();
            return progress;
        }
        let limit = self.limit;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin, F: Fn() + Unpin> AsyncRead for StallTimeout<S, F> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        (self.progress)();
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin, F: Fn() + Unpin> AsyncWrite for StallTimeout<S, F> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(progress, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(progress, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(progress, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(progress, cx)
    }
}

impl<S: SendFile + Unpin, F: Fn() + Unpin> SendFile for StallTimeout<S, F> {
    fn poll_send_file(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parcel: Parcel<'_>,
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_send_file(cx, parcel);
        self.watch(progress, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(16);
        let mut ours = StallTimeout::new(ours, Duration::from_millis(20), || ());
        let failed = ours.write_all(&[0; 100]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_slow_peer_is_waited_for() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = StallTimeout::new(ours, Duration::from_secs(60), || ());
        let writing = async {
            ours.write_all(&[7; 1000]).await.unwrap();
            drop(ours);
        };
        let reading = async {
            let mut got = Vec::new();
            theirs.read_to_end(&mut got).await.unwrap();
            got.len()
        };
        assert_eq!(tokio::join!(writing, reading).1, 1000);
    }
}
