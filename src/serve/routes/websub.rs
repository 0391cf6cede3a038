//! Callbacks of hubs (WebSub): they verify, and they push.
//!
//! Whoever does not know a token gets 404 before anything of theirs is read. What is in order
//! is handed on; what becomes of it is decided elsewhere.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::warn;

use crate::clock;
use crate::ingest::websub::callback::{self, Call};
use crate::ingest::websub::signature;
use crate::model::{CallbackToken, Document, HubNotice, HubState, HubSubscription};
use crate::serve::app::App;
use crate::serve::response::NEVER;
use crate::serve::response::error::AppError;

/// Longest wait of a hub for its notice to be taken, before it gets 503.
pub(super) const MAX_HUB_WAIT: Duration = Duration::from_secs(5);

/// Token of a callback address as the router gives it, not parsed yet.
type Token = Result<Path<String>, PathRejection>;

/// Serves `GET /websub/{token}`: a hub verifies what we asked for (we echo its challenge), or
/// denies it (WebSub, 5.2 and 5.3).
///
/// # Errors
///
/// [`AppError::NotFound`] for an unknown token, a query that is no such call, or one that we
/// did not ask for; [`AppError::Unavailable`] if the notice is not taken in time.
pub(in crate::serve) async fn verify(
    State(app): State<App>,
    token: Token,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let token = parse(token)?;
    let call = callback::call(&query.unwrap_or_default()).ok_or(AppError::NotFound)?;
    let (_, contract) = find(&app, token).await?;
    if !callback::is_meant(&call, &contract, clock::now()) {
        return Err(AppError::NotFound);
    }
    let (notice, body) = match call {
        Call::Verify {
            mode,
            challenge,
            lease_seconds,
            ..
        } => {
            let notice = HubNotice::Confirmed {
                token,
                mode,
                lease_seconds,
            };
            (notice, challenge)
        }
        Call::Denied { reason, .. } => (HubNotice::Denied { token, reason }, String::new()),
    };
    hand_on(&app, notice).await?;
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    Ok((about, body).into_response())
}

/// Serves `POST /websub/{token}`: a hub pushes a document. 202 once it is handed on.
///
/// A bad signature is acknowledged as a good one is, as the specification has it (7.1), and
/// the document under it is dropped with a warning in the log.
///
/// # Errors
///
/// [`AppError::NotFound`] for an unknown token or a closed subscription;
/// [`AppError::UnknownEncoding`], [`AppError::TooLarge`] or [`AppError::TooSlow`] for the
/// body; [`AppError::Unavailable`] if too many push at once.
pub(in crate::serve) async fn receive(
    State(app): State<App>,
    token: Token,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let token = parse(token)?;
    let (subscription, contract) = find(&app, token).await?;
    let config = app.config();
    let source = config.sources.get(&subscription.source);
    let source = source.filter(|source| config.may_be_pushed(source) && contract.is_open());
    let source = source.ok_or(AppError::NotFound)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_plain = |coding: &str| coding.eq_ignore_ascii_case("identity");
    if !text(header::CONTENT_ENCODING).is_none_or(is_plain) {
        return Err(AppError::UnknownEncoding);
    }
    let push = app.pushes.begin(contract.hub.host());
    let mut push = push.ok_or(AppError::Unavailable)?;
    let reading = push.read(body, config.http.max_body);
    let body = timeout(config.http.timeout, reading).await;
    let body = body.map_err(|_| AppError::TooSlow)??;
    let _seat = push.sit_down().await?;
    let signature = text(
        "x-hub-signature"
            .parse()
            .expect("lower-case letters and dashes"),
    );
    let is_signed = |header| signature::is_signed(header, &body, &contract.secret);
    if !signature.is_some_and(is_signed) {
        let flaw = if signature.is_some() { "a bad" } else { "no" };
        let id = &source.id;
        warn!(source.id = %id, "{id}: a push under {flaw} signature is ignored");
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let document = Document {
        // References are relative to what is polled, so that both ways lead to
        // the same items.
        url: source.url.clone(),
        content_type: text(header::CONTENT_TYPE).map(str::to_owned),
        content_language: text(header::CONTENT_LANGUAGE).map(str::to_owned),
        robots: Vec::new(),
        body,
    };
    hand_on(&app, HubNotice::Pushed { token, document }).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn parse(token: Token) -> Result<CallbackToken, AppError> {
    let Path(token) = token.map_err(|_| AppError::NotFound)?;
    token.parse().map_err(|_| AppError::NotFound)
}

/// Finds the hub state whose subscription is called back at this token.
async fn find(app: &App, token: CallbackToken) -> Result<(HubState, HubSubscription), AppError> {
    let store = app.store.clone();
    let found = app.cache.render(move || store.subscription(&token)).await?;
    let subscription = found.ok_or(AppError::NotFound)?;
    let contract = subscription.contract.clone().ok_or(AppError::NotFound)?;
    Ok((subscription, contract))
}

/// Sends a notice to the poll side; 503 if it is not taken within 5 s.
async fn hand_on(app: &App, notice: HubNotice) -> Result<(), AppError> {
    let notices = app.notices.as_ref().ok_or(AppError::NotFound)?;
    let sent = notices.send_timeout(notice, MAX_HUB_WAIT).await;
    sent.map_err(|_| AppError::Unavailable)
}
