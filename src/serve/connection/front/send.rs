//! Sending of a head and a body out of a file, without copying the body.

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::fs::sendfile;
use socket2::SockRef;
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;

use crate::serve::response::body_file::BodyFile;

/// Response, or the rest of one, on its way.
#[derive(Clone, Copy, Debug)]
pub(in crate::serve::connection) struct Parcel<'a> {
    /// Head, or the rest of it.
    pub(in crate::serve::connection) head: &'a [u8],
    pub(in crate::serve::connection) file: &'a BodyFile,
    /// Offset in the file of the first byte that is to be sent.
    pub(in crate::serve::connection) offset: u64,
}

/// Stream that sends out of files.
pub(in crate::serve::connection) trait SendFile: AsyncWrite {
    /// Sends as much of a response as the peer takes; returns the number of bytes.
    fn poll_send_file(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parcel: Parcel<'_>,
    ) -> Poll<io::Result<usize>>;
}

impl SendFile for TcpStream {
    fn poll_send_file(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parcel: Parcel<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_write_ready(cx))?;
            match self.try_io(Interest::WRITABLE, || send(&self, parcel)) {
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

/// Sends without waiting: the head first, which the system holds back until the body follows.
fn send(stream: &TcpStream, parcel: Parcel<'_>) -> io::Result<usize> {
    let mut n_sent = 0;
    if !parcel.head.is_empty() {
        n_sent = SockRef::from(stream).send_with_flags(parcel.head, libc::MSG_MORE)?;
        if n_sent < parcel.head.len() {
            return Ok(n_sent);
        }
    }
    let mut offset = parcel.offset;
    let length = parcel.file.len() as u64;
    while offset < length {
        let rest = (length - offset) as usize;
        match sendfile(stream.as_fd(), parcel.file.as_fd(), Some(&mut offset), rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => n_sent += n,
            Err(why) if n_sent > 0 && why == rustix::io::Errno::AGAIN => break,
            Err(why) => return Err(why.into()),
        }
    }
    Ok(n_sent)
}
