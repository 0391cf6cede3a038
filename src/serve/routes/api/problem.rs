//! Errors of the API: problem details (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::response::NEVER;
use crate::serve::response::error::{AppError, PROBLEM};

/// Problem details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Kind of the problem; `about:blank`, as the status says it.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// Status in words.
    title: String,
    /// Status, 400 to 599.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Sentence that says what to do.
    detail: String,
    /// Seconds after which to come back.
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, detail: &str) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            retry_after: None,
        }
    }

    /// Tells of a parameter that makes no sense.
    pub(super) fn parameter(name: &str, want: &str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, &format!("`{name}`: {want}"))
    }

    /// Tells that there is no such thing.
    pub(super) fn nothing(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, &format!("there is no such {what}"))
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Problem {
        let (status, detail) = match error {
            AppError::TooMany(seconds) => {
                let detail = format!("too much in a short time; come back in {seconds} s");
                return Problem {
                    retry_after: Some(seconds),
                    ..Problem::new(StatusCode::TOO_MANY_REQUESTS, &detail)
                };
            }
            AppError::NotFound => (StatusCode::NOT_FOUND, "there is nothing at this address"),
            AppError::Gone => (StatusCode::GONE, "this story was taken down"),
            AppError::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "this cannot be read at the moment; come back later",
            ),
            AppError::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "a mistake of ours"),
            _ => (StatusCode::BAD_REQUEST, "the request cannot be read"),
        };
        Problem::new(status, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::to_vec(&self).expect("strings and a number are JSON");
        let mut response = (status, body).into_response();
        let about = response.headers_mut();
        about.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
        if let Some(seconds) = self.retry_after {
            about.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
