//! Accept loop: number of connections, their deadlines, and their end.
//!
//! A client that says nothing, says half, or does not read what it asked for costs us one
//! socket until its deadline, and nobody else anything.

mod flow;
mod front;
mod limits;
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
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::app::App;
use super::middleware::Peer;
use flow::Flows;
use front::rewind::Rewound;
use front::{Front, Handover};
pub(super) use limits::Limits;
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
    (router, front): (Router, Option<App>),
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let seats = Arc::new(Seats::new(limits.connections, limits.per_address));
    let flows = Arc::new(Flows::new(limits.under_way, limits.slow_after));
    let limits = Arc::new(limits);
    let tracker = TaskTracker::new();
    let runtimes = front.as_ref().map(|app| Arc::clone(&app.runtimes));
    let runtimes = runtimes.unwrap_or_default();
    let mut turns = runtimes.iter().cycle();
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
            peer: Peer(peer.ip()),
            router: router.clone(),
            front: front.clone(),
            flows: Arc::clone(&flows),
            limits: Arc::clone(&limits),
            shutdown: shutdown.clone(),
        };
        match turns.next() {
            Some(runtime) => tracker.spawn_on(moved(stream.into_std(), place, house), runtime),
            None => tracker.spawn(connection(stream, place, house)),
        };
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

/// Client of a connection, and what all connections share.
struct House {
    peer: Peer,
    router: Router,
    /// State of the feeds that are answered without the router, if any are.
    front: Option<App>,
    flows: Arc<Flows>,
    limits: Arc<Limits>,
    shutdown: CancellationToken,
}

/// Serves a connection in the runtime that this is called in.
async fn moved(stream: io::Result<std::net::TcpStream>, place: Place, house: House) {
    match stream.and_then(TcpStream::from_std) {
        Ok(stream) => connection(stream, place, house).await,
        Err(why) => debug!(error = %why, "cannot hand a connection to another thread"),
    }
}

/// Serves one connection until it ends, its deadlines or the signal to stop end it, or it has to
/// give its place to another. Never fails: an error of the connection is logged at debug level.
async fn connection(stream: TcpStream, place: Place, house: House) {
    let House {
        peer,
        router,
        front,
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
            let mut stream = StallTimeout::new(stream, limits.stall, hear);
            let service = TowerToHyperService::new(router);
            let busy = Arc::clone(seat);
            let sent = Arc::clone(&flows);
            let serve = move |mut request: Request<Incoming>| {
                busy.set_busy(true);
                request.extensions_mut().insert(peer);
                let (answer, busy) = (service.call(request), Arc::clone(&busy));
                let flows = Arc::clone(&sent);
                async move {
                    let answer: Response = answer.await?;
                    busy.set_busy(false);
                    let leave = busy.leave.clone();
                    Ok::<_, Infallible>(answer.map(|body| flows.counted(body, leave)))
                }
            };
            let serving = async {
                let front = front.as_ref().map(|app| Front {
                    app,
                    limits: &limits,
                    flows: &flows,
                    seat,
                    shutdown: &shutdown,
                    born: time::Instant::now(),
                });
                let handover = match front {
                    Some(front) => front.attend(&mut stream).await,
                    None => Some(Handover::default()),
                };
                if let Some(handover) = handover {
                    let bounds = (&*limits, &shutdown);
                    attend((stream, handover), serve, bounds).await;
                }
            };
            tokio::select! {
                () = seat.leave.cancelled() => debug!("a silent or slow connection gave way to another"),
                () = serving => {}
            }
        }
        Place::Lobby(_, _, leave) => {
            let stream = StallTimeout::new(stream, limits.stall, || ());
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
                () = attend((stream, Handover::default()), serve, (&limits, &shutdown)) => {}
            }
        }
    }
}

/// Answers the requests of one connection with `serve`, for as long as the limits allow, from those on
/// that are handed over.
async fn attend<I, S, F, B>(
    (stream, handover): (I, Handover),
    serve: S,
    (limits, shutdown): (&Limits, &CancellationToken),
) where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<axum::http::Response<B>, Infallible>>,
    B: hyper::body::Body<Data = Bytes, Error = axum::Error> + 'static,
{
    let has_asked = Arc::new(AtomicBool::new(handover.has_asked));
    let io = TokioIo::new(Rewound::new(handover.read, stream));
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
        () = time::sleep(limits.life.saturating_sub(handover.age)) => limits.life,
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
