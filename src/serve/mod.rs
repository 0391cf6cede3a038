//! The network, inwards: every address in one place.
//!
//! One request, end to end:
//!
//! ```text
//!   connection
//!     | accept                 deadlines, a cap, a drain at the end     (network)
//!     | router                 address → typed arguments                (pure)
//!     | shelf::Shelf::take     the document, rendered once per change   (memory)
//!     |   store::Store::page     stories                                (disk)
//!     |   publish::…             bytes                                  (pure)
//!     | answer                 200, or 304; gzip, or not                (pure)
//! ```
//!
//! Nothing here depends on `Host`: links to ourselves come from the
//! configuration alone.

mod accept;
mod answer;
mod app;
mod channels;
mod document;
mod error;
mod health;
mod negotiate;
mod push;
mod shelf;
mod stories;
mod strict;
mod websub;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use app::App;
pub use health::{Report, report};
pub use push::{Outlook, outlook};

use error::AppError;

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
    accept::serve(listener, router(app), accept::Limits::default(), shutdown)
        .await
        .context("cannot accept connections any more")
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(channels::front))
        .route("/index.rss", get(channels::root_rss))
        .route("/index.atom", get(channels::root_atom))
        .route("/index.json", get(channels::root_json))
        .route("/channels.opml", get(channels::opml))
        .route("/story/{id}", get(stories::show))
        .route("/style.css", get(answer::style))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/status", get(health::page))
        .route("/status.json", get(health::json))
        .route("/websub/{token}", get(websub::verify).post(websub::receive))
        .route("/{*name}", get(channels::show))
        .fallback(AppError::NotFound)
        .layer(middleware::from_fn(strict::judge))
        .layer(middleware::map_response_with_state(
            app.clone(),
            answer::finish,
        ))
        .with_state(app)
}
