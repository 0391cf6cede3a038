//! The API, `/api/v1`: channels, sources, stories and searches as JSON, for programs.

mod problem;
mod read;
mod wire;

use std::sync::LazyLock;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use utoipa::OpenApi;

use crate::serve::app::App;
use crate::serve::response::answer;
use crate::serve::response::document::{Effort, RenderedDocument};
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::Coding;
use problem::Problem;

/// Description of the API (OpenAPI 3.1), made of the handlers and their types.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "gazetted",
        description = "Channels, sources and stories of a news listing. Lists are paged by `cursor`; answers carry an ETag; errors are problem details (RFC 9457)."
    ),
    paths(
        read::channels,
        read::sources,
        read::source,
        read::stories,
        read::story,
        read::hot,
        read::search
    )
)]
struct Description;

/// The description as JSON.
static DESCRIPTION: LazyLock<RenderedDocument> = LazyLock::new(|| {
    let text = Description::openapi().to_json();
    let text = text.expect("strings and lists can be written as JSON");
    let document = RenderedDocument::new("application/json", text.into_bytes(), None);
    document.pack(&Coding::ALL, Effort::Kept)
});

/// Builds the routes of the API.
pub(in crate::serve) fn router() -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(description))
        .route("/api/v1/channels", get(read::channels))
        .route("/api/v1/sources", get(read::sources))
        .route("/api/v1/sources/{*id}", get(read::source))
        .route("/api/v1/stories", get(read::stories))
        .route("/api/v1/stories/{id}", get(read::story))
        .route("/api/v1/hot", get(read::hot))
        .route("/api/v1/search", get(read::search))
        .route("/api/{*rest}", get(nothing))
}

async fn description(headers: HeaderMap) -> Response {
    answer(&headers, &DESCRIPTION)
}

async fn nothing() -> Problem {
    AppError::NotFound.into()
}
