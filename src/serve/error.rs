//! Why a request gets no document. The answer is a status and a plain sentence;
//! the cause goes to the log.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::publish::html::Trouble;

/// Why a request gets no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppError {
    /// The address cannot be understood.
    BadRequest,
    /// There is nothing at this address.
    NotFound,
    /// More bytes than we take.
    TooLarge,
    /// They did not come in time.
    TooSlow,
    /// They come in a coding that we do not undo.
    UnknownEncoding,
    /// The store cannot be read, which is in the log already; or too many ask.
    Unavailable,
    /// A mistake of ours; that is in the log already.
    Failed,
}

impl IntoResponse for AppError {
    /// The status alone; [`finish`](super::answer::finish) writes the page.
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

/// What the page of an answer without a document says.
pub(super) fn trouble(status: StatusCode) -> Trouble {
    match status {
        StatusCode::NOT_FOUND => Trouble::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Trouble::WrongMethod,
        StatusCode::SERVICE_UNAVAILABLE => Trouble::Unavailable,
        status if status.is_client_error() => Trouble::BadRequest,
        _ => Trouble::Failed,
    }
}
