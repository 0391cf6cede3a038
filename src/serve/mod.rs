//! The network, inwards: every address in one place.
//!
//! One request, end to end:
//!
//! ```text
//!   client
//!     | connection            deadlines, a cap, a drain at the end          (network)
//!     | middleware            framing that no proxy can have read otherwise (pure)
//!     | router, routes        address → typed arguments                     (pure)
//!     | render_cache          the document, rendered once per change        (memory)
//!     |   store::Store::page    stories                                     (disk)
//!     |   publish::…            bytes                                       (pure)
//!     | response              200, or 304; packed, or not                   (pure)
//! ```
//!
//! `hub` tells those who subscribed to a feed when it has changed; it is the one part that asks
//! others, through the guard of [`fetch`](crate::fetch).
//!
//! Nothing here depends on `Host`: links to ourselves come from the
//! configuration alone.

mod app;
mod cards;
mod connection;
mod hub;
mod middleware;
mod pushes;
mod related;
mod render_cache;
mod reports;
mod response;
mod routes;
mod shortcuts;

use std::io;
use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

pub use app::App;
pub use hub::Hub;
pub use routes::status::{HealthReport, Outlook, live_report, outlook, report};

use response::error::AppError;

/// Answers readers until `shutdown`, and then for at most 5 seconds more those that have
/// asked already, whatever clients do.
///
/// # Errors
///
/// If the listener is of no use any more.
pub async fn run(
    app: App,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let limits = connection::Limits::of(&app.config().server);
    let app = app.ending(shutdown.clone());
    let serving = (router(app.clone()), Some(app));
    connection::serve(listener, serving, limits, shutdown)
        .await
        .context("cannot accept connections any more")
}

/// Most connections that wait to be accepted; Linux takes no more than `net.core.somaxconn` of them. Where
/// there is no room for one its client tries again after a second: a crowd that comes back at once would
/// keep out all others.
const BACKLOG: u32 = 4096;

/// Binds a listener for [`run`] or [`run_admin`].
///
/// # Errors
///
/// If the address is taken, or is none of this machine's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A port is taken anew although connections of the last run are not over.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers the admin and their machines at a listener of its own (`[server] admin`): health, status
/// and metrics.
///
/// # Errors
///
/// As [`run`].
pub async fn run_admin(
    app: App,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let app = app.without_feeds();
    let router = for_admin(Router::new())
        .route("/style.css", get(routes::indexing::style))
        .route("/favicon.svg", get(routes::indexing::icon))
        .route("/healthz", get(routes::health::alive))
        .route("/readyz", get(routes::health::ready));
    let limits = connection::Limits::of(&app.config().server);
    let serving = (finished(router, app), None);
    connection::serve(listener, serving, limits, shutdown)
        .await
        .context("cannot accept connections of the admin any more")
}

fn router(app: App) -> Router {
    let router = Router::new()
        .route("/", get(routes::channels::front))
        .route("/index.rss", get(routes::channels::root_rss))
        .route("/index.atom", get(routes::channels::root_atom))
        .route("/index.json", get(routes::channels::root_json))
        .route("/channels.opml", get(routes::channels::opml))
        .route("/story/{id}", get(routes::stories::show))
        .route("/story/{id}/", get(routes::channels::without_slash))
        .route("/channels.opml/", get(routes::channels::without_slash))
        .route("/status/", get(routes::channels::without_slash))
        .route("/search", get(routes::search::page))
        .route("/search.rss", get(routes::search::rss))
        .route("/search.atom", get(routes::search::atom))
        .route("/search.json", get(routes::search::json))
        .route("/search/", get(routes::channels::without_slash))
        .route("/style.css", get(routes::indexing::style))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/favicon.svg", get(routes::indexing::icon))
        .route("/robots.txt", get(routes::indexing::robots))
        .route("/sitemap.xml", get(routes::indexing::sitemap))
        .route("/image/{*path}", get(routes::images::show))
        .route("/source/{*path}", get(routes::channels::selections::source))
        .route("/tag/{*path}", get(routes::channels::selections::tag))
        .route("/place/{*path}", get(routes::channels::selections::place))
        .route("/healthz", get(routes::health::alive))
        .route("/readyz", get(routes::health::ready))
        .route("/hub", get(routes::hub::about).post(routes::hub::receive))
        .route("/hub/", get(routes::channels::without_slash))
        .route(
            "/websub/{token}",
            get(routes::websub::verify).post(routes::websub::receive),
        )
        .route("/{*name}", get(routes::channels::show))
        .merge(routes::api::router());
    let router = match app.config().server.admin {
        None => for_admin(router),
        // They are at that listener alone.
        Some(_) => router,
    };
    finished(router, app)
}

/// Adds what is for the admin.
fn for_admin(router: Router<App>) -> Router<App> {
    router
        .route("/status", get(routes::status::page::show))
        .route("/status.json", get(routes::status::listing::json))
        .route("/metrics", get(routes::metrics::show))
        .route("/admin/health.atom", get(routes::alarms::show))
}

/// Adds what every request passes.
fn finished(router: Router<App>, app: App) -> Router {
    use axum::middleware::from_fn_with_state;
    router
        .fallback(AppError::NotFound)
        .layer(from_fn_with_state(app.clone(), middleware::pass))
        .with_state(app)
}
