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
//! Nothing here depends on `Host`: links to ourselves come from the
//! configuration alone.

mod app;
mod connection;
mod middleware;
mod render_cache;
mod response;
mod routes;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use app::App;
pub use routes::health::{HealthReport, report};
pub use routes::hub_report::{Outlook, outlook};

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
    connection::serve(
        listener,
        router(app.ending(shutdown.clone())),
        connection::Limits::default(),
        shutdown,
    )
    .await
    .context("cannot accept connections any more")
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(routes::channels::front))
        .route("/index.rss", get(routes::channels::root_rss))
        .route("/index.atom", get(routes::channels::root_atom))
        .route("/index.json", get(routes::channels::root_json))
        .route("/channels.opml", get(routes::channels::opml))
        .route("/story/{id}", get(routes::stories::show))
        .route("/story/{id}/", get(routes::channels::without_slash))
        .route("/channels.opml/", get(routes::channels::without_slash))
        .route("/status/", get(routes::channels::without_slash))
        .route("/style.css", get(response::style))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/healthz", get(routes::health::alive))
        .route("/readyz", get(routes::health::ready))
        .route("/status", get(routes::health::page))
        .route("/status.json", get(routes::health::json))
        .route(
            "/websub/{token}",
            get(routes::websub::verify).post(routes::websub::receive),
        )
        .route("/{*name}", get(routes::channels::show))
        .fallback(AppError::NotFound)
        .layer(axum::middleware::from_fn(middleware::cors::share))
        .layer(axum::middleware::from_fn(middleware::framing::judge))
        .layer(axum::middleware::map_response_with_state(
            app.clone(),
            middleware::finish::finish,
        ))
        .with_state(app)
}
