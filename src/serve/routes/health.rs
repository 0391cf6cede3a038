//! Health: `/healthz` and `/readyz` for supervisors.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::model::ChannelId;
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::AppError;

/// Serves `/healthz`, always 200: whether the process answers, the store takes commits and
/// the last feeds.toml is in force.
///
/// Restarting mends neither a disk nor a file, so their trouble is in the text, not in the
/// status. Touches nothing that
/// could be slow.
pub(in crate::serve) async fn alive(State(app): State<App>) -> Response {
    if let Some(why) = app.store.trouble() {
        return plain(format!("storage: {why}\n"));
    }
    if let Some(why) = app.refused() {
        return plain(format!("configuration: the old one is in force: {why}\n"));
    }
    if let Some(why) = app.store.waiting() {
        return plain(format!("ok, but {why}\n"));
    }
    match app.store.damage().len() {
        0 => plain("ok\n"),
        n => plain(format!("ok, with damage in {n} places: see /status.json\n")),
    }
}

/// Serves `/readyz`: 200 if the store can be read, and readers so be served; else 503.
pub(in crate::serve) async fn ready(State(app): State<App>) -> Result<Response, AppError> {
    let store = app.store.clone();
    app.cache
        .render(move || store.changed(&ChannelId::root()))
        .await?;
    Ok(plain("ready\n"))
}

fn plain(text: impl Into<Cow<'static, str>>) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    (about, text.into()).into_response()
}
