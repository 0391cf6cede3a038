//! Errors of handlers. The answer is a status and a page with a plain sentence; the cause
//! goes to the log.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::publish::html::ErrorPage;

/// Media type of problem details (RFC 9457), in which the API tells of errors.
pub(in crate::serve) const PROBLEM: &str = "application/problem+json";

/// Reason why a request gets no document; each has its own status. Made by handlers, turned
/// into a page by `middleware::finish`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum AppError {
    /// 400: the query or the body cannot be read.
    BadRequest,
    /// 404: there is nothing at this address.
    NotFound,
    /// 410: there was a story, and it was taken down.
    Gone,
    /// 413: a pushed document has more bytes than `http.max_body`.
    TooLarge,
    /// 408: a pushed document did not come within `http.timeout`.
    TooSlow,
    /// 415: a pushed document comes in a `Content-Encoding`, none of which we undo; or what should be a
    /// form says that it is something else.
    UnknownEncoding,
    /// 429: the client's address has had its share of renderings, and there is one more in so many
    /// seconds, 1 to 60.
    TooMany(u64),
    /// 503: the store cannot be read, which is in the log already; or too many hubs push at
    /// once.
    Unavailable,
    /// 500: rendering panicked, which is in the log already.
    Failed,
}

/// Mark (an extension of the response) of an error whose body is for the program that asked:
/// `middleware::finish` leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::serve) struct Explained;

impl AppError {
    /// Makes the error of who has to wait for so long.
    pub(in crate::serve) fn too_many(wait: Duration) -> AppError {
        let is_more = wait.subsec_nanos() > 0;
        AppError::TooMany((wait.as_secs() + u64::from(is_more)).max(1))
    }
}

impl IntoResponse for AppError {
    /// Returns the status alone, with `Retry-After` where that is known; `middleware::finish` writes the page.
    fn into_response(self) -> Response {
        let status = match self {
            AppError::BadRequest => StatusCode::BAD_REQUEST,
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::Gone => StatusCode::GONE,
            AppError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            AppError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            AppError::TooMany(seconds) => {
                let about = [(header::RETRY_AFTER, HeaderValue::from(seconds))];
                return (StatusCode::TOO_MANY_REQUESTS, about).into_response();
            }
            AppError::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        status.into_response()
    }
}

/// Chooses the page for a status of 400 and above.
pub(in crate::serve) fn trouble(status: StatusCode) -> ErrorPage {
    match status {
        StatusCode::NOT_FOUND => ErrorPage::NotFound,
        StatusCode::GONE => ErrorPage::Gone,
        StatusCode::METHOD_NOT_ALLOWED => ErrorPage::WrongMethod,
        StatusCode::TOO_MANY_REQUESTS => ErrorPage::TooMany,
        StatusCode::SERVICE_UNAVAILABLE => ErrorPage::Unavailable,
        status if status.is_client_error() => ErrorPage::BadRequest,
        _ => ErrorPage::Failed,
    }
}
