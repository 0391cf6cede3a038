//! Alarms: `/admin/health.atom`, for who has the token.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::publish::alarms;
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::AppError;

/// Query of the feed.
#[derive(Deserialize)]
pub(in crate::serve) struct Asked {
    token: Option<String>,
}

/// Serves `/admin/health.atom?token=…`.
///
/// # Errors
///
/// [`AppError::NotFound`] if `[alarm]` has no token, or another one.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let config = app.config();
    let token = config.alarm.token.as_ref().ok_or(AppError::NotFound)?;
    // One that cannot be read opens nothing; the log said why when it was checked.
    let token = token.reveal().map_err(|_| AppError::NotFound)?;
    // Hashes take the same time to compare, whatever was asked with.
    let hash = |text: &str| blake3::hash(text.as_bytes());
    if token.is_empty() || hash(&token) != hash(&asked.token.unwrap_or_default()) {
        return Err(AppError::NotFound);
    }
    let alarms = app.alarms.borrow().clone();
    let feed = alarms::render(&alarms, &config.server, &app.public_url);
    let about = [
        (header::CONTENT_TYPE, "application/atom+xml"),
        (header::CACHE_CONTROL, NEVER),
    ];
    Ok((about, feed).into_response())
}
