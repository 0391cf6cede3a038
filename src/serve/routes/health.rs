//! Health: `/healthz` and `/readyz` for supervisors.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::cluster::{Cluster, Condition};
use crate::model::ChannelId;
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::{AppError, Explained};

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
///
/// On a node of a cluster also 503 until all of the log is applied that was there at the start. A log that
/// cannot be reached later, or not be followed any more, is in the text only: what is there is served.
pub(in crate::serve) async fn ready(State(app): State<App>) -> Result<Response, AppError> {
    let store = app.store.clone();
    app.cache
        .render(move || store.changed(&ChannelId::root()))
        .await?;
    let Some(status) = app.cluster.as_ref().map(Cluster::status) else {
        return Ok(plain("ready\n"));
    };
    Ok(match (status.is_ready, status.condition) {
        (true, Condition::Level | Condition::Behind { .. }) => plain("ready\n"),
        (true, Condition::Away { since, why }) => plain(format!(
            "ready, cut off from the cluster since {since:.0}: {why}\n"
        )),
        (_, Condition::Unfit(why)) => unready(format!("{why}\n")),
        (false, Condition::Away { since, why }) => unready(format!(
            "waits for the log of the cluster since {since:.0}: {why}\n"
        )),
        (false, Condition::Behind { messages: Some(n) }) => {
            unready(format!("{n} messages of the log are still to be applied\n"))
        }
        (false, _) => unready("the log of the cluster was not looked at yet\n"),
    })
}

/// Answers 503 with a reason.
fn unready(why: impl Into<Cow<'static, str>>) -> Response {
    let mut response = plain(why);
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.extensions_mut().insert(Explained);
    response
}

fn plain(text: impl Into<Cow<'static, str>>) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    (about, text.into()).into_response()
}
