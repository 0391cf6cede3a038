//! Errors of handlers. The answer is a status and a page with a plain sentence; the cause
//! goes to the log.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::publish::html::Trouble;

/// Reason why a request gets no document; each has its own status. Made by handlers, turned
/// into a page by [`finish`](super::answer::finish).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppError {
    /// 400: the query or the body cannot be read.
    BadRequest,
    /// 404: there is nothing at this address.
    NotFound,
    /// 413: a pushed document has more bytes than `http.max_body`.
    TooLarge,
    /// 408: a pushed document did not come within `http.timeout`.
    TooSlow,
    /// 415: a pushed document comes in a `Content-Encoding`, none of which we undo.
    UnknownEncoding,
    /// 503: the store cannot be read, which is in the log already; or too many hubs push at
    /// once.
    Unavailable,
    /// 500: rendering panicked, which is in the log already.
    Failed,
}

impl IntoResponse for AppError {
    /// Returns the status alone; [`finish`](super::answer::finish) writes the page.
    fn into_response(self) -> Response {
        let status = match self {
            AppError::BadRequest => StatusCode::BAD_REQUEST,
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            AppError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            AppError::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        status.into_response()
    }
}

/// Chooses the page for a status of 400 and above.
pub(super) fn trouble(status: StatusCode) -> Trouble {
    match status {
        StatusCode::NOT_FOUND => Trouble::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Trouble::WrongMethod,
        StatusCode::SERVICE_UNAVAILABLE => Trouble::Unavailable,
        status if status.is_client_error() => Trouble::BadRequest,
        _ => Trouble::Failed,
    }
}
