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
    /// The store cannot be read; that is in the log already.
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
