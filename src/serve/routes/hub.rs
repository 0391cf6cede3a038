//! Our own hub (WebSub, 5.1): where somebody subscribes to a feed of ours.
//!
//! Whether a form is a request is found out here; whether it is taken is the hub's to say.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::websub::MAX_HUB_WAIT;
use crate::ingest::websub::hub::request;
use crate::serve::app::{App, HubCall, HubRefusal};
use crate::serve::response::NEVER;
use crate::serve::response::error::{AppError, Explained};

/// Largest form, in bytes: two addresses, escaped, and a secret.
const MAX_FORM_BYTES: usize = 32 << 10;

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Words for people who look at the address.
const ABOUT: &str = "This is a WebSub hub (https://www.w3.org/TR/websub/) for the feeds of this site.\n\
                     To be told as soon as a feed changes, POST hub.mode=subscribe, hub.topic, the\n\
                     address of the feed, and hub.callback, your own, as a form.\n";

/// Serves `GET /hub`: a word for people.
///
/// # Errors
///
/// [`AppError::NotFound`] if there is no hub.
pub(in crate::serve) async fn about(State(app): State<App>) -> Result<Response, AppError> {
    match app.config().server.hub && app.hub.is_some() {
        true => Ok(plain(StatusCode::OK, ABOUT.to_owned())),
        false => Err(AppError::NotFound),
    }
}

/// Serves `POST /hub`: 202 if the callback will be asked whether the request is meant; else the reason
/// as plain text.
///
/// # Errors
///
/// [`AppError::NotFound`] if there is no hub; [`AppError::UnknownEncoding`], [`AppError::TooLarge`] or
/// [`AppError::TooSlow`] for the body; [`AppError::Unavailable`] if the hub does not say.
pub(in crate::serve) async fn receive(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    let config = app.config();
    let hub = app.hub.as_ref().filter(|_| config.server.hub);
    let hub = hub.ok_or(AppError::NotFound)?;
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or(FORM);
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(FORM) {
        return Err(AppError::UnknownEncoding);
    }
    let form = timeout(config.http.timeout, read(body, MAX_FORM_BYTES)).await;
    let form = form.map_err(|_| AppError::TooSlow)??;
    let request = match request::read(&form) {
        Ok(request) => request,
        Err(why) => return Ok(plain(StatusCode::BAD_REQUEST, format!("{why}\n"))),
    };
    let (reply, said) = oneshot::channel();
    let call = HubCall { request, reply };
    let sent = hub.send_timeout(call, MAX_HUB_WAIT).await;
    sent.map_err(|_| AppError::Unavailable)?;
    Ok(match said.await.map_err(|_| AppError::Unavailable)? {
        Ok(()) => plain(
            StatusCode::ACCEPTED,
            "the callback will be asked\n".to_owned(),
        ),
        Err(HubRefusal { status, why }) => plain(status, format!("{why}\n")),
    })
}

/// Builds an answer in plain text, which is left as it is also if it is an error: it is for a program.
fn plain(status: StatusCode, text: String) -> Response {
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, NEVER),
    ];
    let mut response = (status, about, text).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
        let later = HeaderValue::from_static("600");
        response.headers_mut().insert(header::RETRY_AFTER, later);
    }
    response.extensions_mut().insert(Explained);
    response
}

/// Reads a body of at most `max` bytes; one announced as longer is refused unread.
async fn read(body: Body, max: usize) -> Result<Bytes, AppError> {
    let announced = hyper::body::Body::size_hint(&body).lower();
    if announced > u64::try_from(max).unwrap_or(u64::MAX) {
        return Err(AppError::TooLarge);
    }
    let read = Limited::new(body, max).collect().await;
    let read = read.map_err(|why| match why.is::<LengthLimitError>() {
        true => AppError::TooLarge,
        false => AppError::BadRequest,
    })?;
    Ok(read.to_bytes())
}
