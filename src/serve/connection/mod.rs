//! Accept loop: number of connections, their deadlines, and their end.
//!
//! A client that says nothing, says half, or does not read what it asked for costs us one
//! socket until its deadline, and nobody else anything.

mod stall;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use stall::StallTimeout;

/// Upper limit of connections at the same time; an idle one costs about 10 KiB of memory. The
/// limit on open files may allow fewer, see [`seats`].
const MAX_SEATS: u64 = 4000;

/// Complete answer (503, `Retry-After: 10`) to a connection beyond [`Limits::connections`].
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 10\r\nconnection: close\r\n\r\n";

/// Limits of one connection, and of all together.
///
/// Fixed at compile time but for `connections`; tests make theirs shorter.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Connections at the same time; one more gets 503 and is closed. Default: [`seats`].
    pub(super) connections: usize,
    /// Time for the head of a request, from the moment we are ready to read it; so also the
    /// longest pause between two requests. Default: 10 s.
    pub(super) head: Duration,
    /// Time without any progress of a write, after which the client is given up. Default: 20
    /// s.
    pub(super) stall: Duration,
    /// Age of a connection at which it has to end with its next answer; and then the time for
    /// that answer. Default: 10 min.
    pub(super) life: Duration,
    /// Time for answers under way after the signal to stop. Default: 5 s.
    pub(super) drain: Duration,
    /// Largest head of a request, in bytes. Default: 32 KiB.
    pub(super) head_size: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: seats(),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            life: Duration::from_secs(10 * 60),
            drain: Duration::from_secs(5),
            head_size: 32 << 10,
        }
    }
}

/// Computes the limit of connections: three quarters of the files that this process may have
/// open (`RLIMIT_NOFILE`), at most [`MAX_SEATS`], so that the store and the sources always
/// find some left.
fn seats() -> usize {
    let files = getrlimit(Resource::Nofile).current;
    let most = files.map_or(MAX_SEATS, |files| files / 4 * 3);
    usize::try_from(most.min(MAX_SEATS)).unwrap_or(usize::MAX)
}

/// Serves connections until `shutdown` and for at most `limits.drain` after it.
///
/// Transient failures of `accept` (no file descriptors left) are waited out, 50 ms to 1 s
/// each.
///
/// # Errors
///
/// The error of `accept` if the listener itself is broken ([`is_for_good`]).
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let seats = Arc::new(Semaphore::new(limits.connections));
    let limits = Arc::new(limits);
    let tracker = TaskTracker::new();
    let mut pause = Pause::default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(trouble) if is_of_the_client(&trouble) => continue,
            Err(trouble) if is_for_good(&trouble) => return Err(trouble),
            Err(trouble) => {
                pause.lengthen(&trouble);
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = time::sleep(pause.length) => continue,
                }
            }
        };
        pause = Pause::default();
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
            turn_away(stream);
            continue;
        };
        let serving = connection(
            stream,
            router.clone(),
            Arc::clone(&limits),
            shutdown.clone(),
        );
        tracker.spawn(async move {
            serving.await;
            drop(seat);
        });
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

/// Serves one connection until it ends, or its deadlines or `shutdown` end it. Never fails:
/// an error of the connection is logged at debug level.
async fn connection(
    stream: TcpStream,
    router: Router,
    limits: Arc<Limits>,
    shutdown: CancellationToken,
) {
    // A small answer shall not wait for the next one.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(StallTimeout::new(stream, limits.stall));
    let has_asked = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let has_asked = Arc::clone(&has_asked);
        let router = TowerToHyperService::new(router);
        move |request| {
            has_asked.store(true, Ordering::Relaxed);
            let answered = router.call(request);
            async move { answered.await.map(without_false_length) }
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_size)
        .serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    let grace = tokio::select! {
        done = serving.as_mut() => return log_end(done),
        () = shutdown.cancelled() => limits.drain,
        () = time::sleep(limits.life) => limits.life,
    };
    if !has_asked.load(Ordering::Relaxed) {
        // hyper would wait for its first request, as browsers that connect
        // ahead never send it.
        return;
    }
    serving.as_mut().graceful_shutdown();
    // Ends at the latest with the grace; what is left of it is dropped.
    tokio::select! {
        done = serving => log_end(done),
        () = time::sleep(grace) => debug!("cut off a connection that did not end"),
        () = stopping(&shutdown, limits.drain) => debug!("cut off a connection that did not end"),
    }
}

/// Takes the length out of a 304: the router counts the bytes of its body, of which there are
/// none, and a client would believe them to be those of the document (RFC 9110, 8.6).
fn without_false_length(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

/// Waits for `shutdown`, then for `drain`.
async fn stopping(shutdown: &CancellationToken, drain: Duration) {
    shutdown.cancelled().await;
    time::sleep(drain).await;
}

fn log_end(done: Result<(), hyper::Error>) {
    if let Err(trouble) = done {
        debug!(error = %trouble, "a connection ended early");
    }
}

/// Writes [`BUSY`] if the socket's buffer takes it at once, then closes the connection.
fn turn_away(stream: TcpStream) {
    let told = stream.into_std().and_then(|mut stream| stream.write(BUSY));
    debug!(told = told.is_ok(), "turned away a connection: too many");
}

/// Whether `accept` failed because of a client that went away; nothing to wait for, then.
fn is_of_the_client(trouble: &io::Error) -> bool {
    matches!(
        trouble.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Whether `accept` will fail for ever: the socket is not a listener (any more).
fn is_for_good(trouble: &io::Error) -> bool {
    let codes = [libc::EBADF, libc::EINVAL, libc::ENOTSOCK];
    trouble
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

/// Pause before the next `accept` after one failed, as it does while there are no file
/// descriptors left: 50 ms, doubled with each failure in a row up to 1 s; zero again after a
/// success.
#[derive(Default)]
struct Pause {
    length: Duration,
}

impl Pause {
    /// Pause after a first failure.
    const MIN: Duration = Duration::from_millis(50);
    /// Longest pause.
    const MAX: Duration = Duration::from_secs(1);

    fn lengthen(&mut self, trouble: &io::Error) {
        if self.length.is_zero() {
            warn!(error = %trouble, "cannot accept connections; trying again");
        }
        self.length = (self.length * 2).clamp(Pause::MIN, Pause::MAX);
    }
}
