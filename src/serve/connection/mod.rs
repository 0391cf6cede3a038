//! Accept loop: number of connections, their deadlines, and their end.
//!
//! A client that says nothing, says half, or does not read what it asked for costs us one
//! socket until its deadline, and nobody else anything.

mod flow;
mod seats;
mod stall;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::config::Server;
use flow::Flows;
use seats::{Place, Seats};
use stall::StallTimeout;

/// Size of the system's buffer for what one connection is sent, in bytes; Linux takes twice that.
const SEND_BUFFER_BYTES: usize = 128 << 10;

/// Time for the request of a connection in the lobby.
const LOBBY_TIMEOUT: Duration = Duration::from_secs(2);

/// Time that the first request of a connection has once we stop: it may be on its way.
const FIRST_REQUEST_GRACE: Duration = Duration::from_millis(250);

/// Addresses that are answered in the lobby, too.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

/// Limits of one connection, and of all together.
///
/// Fixed at compile time but for the numbers of connections; tests make theirs shorter.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Connections at the same time, `[server] max_connections`; who comes when all are taken and busy
    /// gets 503. An idle one costs about 10 KiB of memory.
    pub(super) connections: usize,
    /// Connections of one address at the same time, `[server] max_connections_per_address`.
    pub(super) per_address: usize,
    /// Bytes of all documents that readers are being sent and have not taken yet; beyond that the
    /// slowest are cut off. Default: 64 MiB.
    pub(super) under_way: usize,
    /// Age of an answer from which on it can be taken too slowly. Default: 2 s.
    pub(super) slow_after: Duration,
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

impl Limits {
    /// Makes the limits of a configuration.
    pub(super) fn of(server: &Server) -> Limits {
        let connections = seats(server.max_connections);
        let half = connections.div_ceil(2);
        Limits {
            connections,
            per_address: server.max_connections_per_address.unwrap_or(half),
            under_way: 64 << 20,
            slow_after: Duration::from_secs(2),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            life: Duration::from_secs(10 * 60),
            drain: Duration::from_secs(5),
            head_size: 32 << 10,
        }
    }
}

/// Computes the limit of connections: three quarters of the files that this process may have
/// open (`RLIMIT_NOFILE`), at most `wanted`, so that the store and the sources always
/// find some left.
fn seats(wanted: usize) -> usize {
    let files = getrlimit(Resource::Nofile).current;
    let most = files.map(|files| usize::try_from(files / 4 * 3).unwrap_or(usize::MAX));
    most.map_or(wanted, |most| wanted.min(most))
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
    let seats = Arc::new(Seats::new(limits.connections, limits.per_address));
    let flows = Arc::new(Flows::new(limits.under_way, limits.slow_after));
    let limits = Arc::new(limits);
    let tracker = TaskTracker::new();
    let mut pause = Pause::default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
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
        let place = seats.take(peer.ip());
        let house = House {
            router: router.clone(),
            flows: Arc::clone(&flows),
            limits: Arc::clone(&limits),
            shutdown: shutdown.clone(),
        };
        tracker.spawn(connection(stream, place, house));
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

/// Shared by all connections.
struct House {
    router: Router,
    flows: Arc<Flows>,
    limits: Arc<Limits>,
    shutdown: CancellationToken,
}

/// Serves one connection until it ends, its deadlines or the signal to stop end it, or it has to
/// give its place to another. Never fails: an error of the connection is logged at debug level.
async fn connection(stream: TcpStream, place: Place, house: House) {
    let House {
        router,
        flows,
        limits,
        shutdown,
    } = house;
    limit_buffer(&stream);
    // A small answer shall not wait for the next one.
    let _ = stream.set_nodelay(true);
    match &place {
        Place::Seat(seats, seat) => {
            let hear = {
                let (seats, seat) = (Arc::clone(seats), Arc::clone(seat));
                move || seats.hear(&seat)
            };
            let io = TokioIo::new(StallTimeout::new(stream, limits.stall, hear));
            let service = TowerToHyperService::new(router);
            let busy = Arc::clone(seat);
            let serve = move |request| {
                busy.set_busy(true);
                let (answer, busy) = (service.call(request), Arc::clone(&busy));
                let flows = Arc::clone(&flows);
                async move {
                    let answer: Response = answer.await?;
                    busy.set_busy(false);
                    let leave = busy.leave.clone();
                    Ok::<_, Infallible>(answer.map(|body| flows.counted(body, leave)))
                }
            };
            tokio::select! {
                () = seat.leave.cancelled() => debug!("a silent or slow connection gave way to another"),
                () = attend(io, serve, &limits, &shutdown) => {}
            }
        }
        Place::Lobby(_, _, leave) => {
            let io = TokioIo::new(StallTimeout::new(stream, limits.stall, || ()));
            let service = TowerToHyperService::new(router);
            let limits = Limits {
                head: limits.head.min(LOBBY_TIMEOUT),
                life: limits.life.min(LOBBY_TIMEOUT),
                ..(*limits).clone()
            };
            let serve = move |request: Request<Incoming>| {
                let is_answered = HEALTH.contains(&request.uri().path());
                let answer = is_answered.then(|| service.call(request));
                async move {
                    let Some(answer) = answer else {
                        return Ok(busy());
                    };
                    let mut answer: Response = answer.await?;
                    let headers = answer.headers_mut();
                    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
                    Ok::<_, Infallible>(answer)
                }
            };
            tokio::select! {
                () = leave.cancelled() => debug!("turned away a connection: too many"),
                () = attend(io, serve, &limits, &shutdown) => {}
            }
        }
    }
}

/// Answers the requests of one connection with `serve`, for as long as `limits` allow.
async fn attend<I, S, F, B>(io: I, serve: S, limits: &Limits, shutdown: &CancellationToken)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<axum::http::Response<B>, Infallible>>,
    B: hyper::body::Body<Data = Bytes, Error = axum::Error> + 'static,
{
    let has_asked = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let has_asked = Arc::clone(&has_asked);
        move |request| {
            has_asked.store(true, Ordering::Relaxed);
            let answered = serve(request);
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
        tokio::select! {
            done = serving.as_mut() => return log_end(done),
            () = time::sleep(FIRST_REQUEST_GRACE) => {}
        }
    }
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
        () = stopping(shutdown, limits.drain) => debug!("cut off a connection that did not end"),
    }
}

/// Limits what the system keeps of what we send to [`SEND_BUFFER_BYTES`]: by itself it would take
/// four megabytes for each reader that takes nothing.
fn limit_buffer(stream: &TcpStream) {
    let limited = SockRef::from(stream).set_send_buffer_size(SEND_BUFFER_BYTES);
    if let Err(why) = limited {
        debug!(error = %why, "cannot limit the buffer of a connection");
    }
}

/// Makes the answer to a request in the lobby: come back in ten seconds.
fn busy() -> Response {
    let about = [(header::RETRY_AFTER, "10"), (header::CONNECTION, "close")];
    (StatusCode::SERVICE_UNAVAILABLE, about).into_response()
}

/// Takes the length out of a 304: the router counts the bytes of its body, of which there are
/// none, and a client would believe them to be those of the document (RFC 9110, 8.6).
fn without_false_length<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
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
