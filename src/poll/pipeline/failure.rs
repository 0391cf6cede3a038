//! Failures of a poll: errors of fetching and parsing, by what the source, its host or we are to blame for.

use crate::config::Host;
use crate::fetch::FetchError;
use crate::ingest::outcome::Failure;
use crate::model::FailureKind;
use crate::source::ReadError;

/// Makes the failure of a request that brought no document. `rule` is the table of its host, whose
/// `throttle_status` may turn any status into throttling.
pub(super) fn fetch(error: &FetchError, rule: &Host) -> Failure {
    let status = match error {
        FetchError::Status { status, .. } => Some(*status),
        _ => None,
    };
    let is_throttled = status.is_some_and(|status| rule.throttle_status.contains(&status));
    Failure {
        code: match is_throttled {
            true => "throttled",
            false => error.code(),
        },
        message: error.to_string(),
        kind: match is_throttled {
            true => FailureKind::Throttled,
            false => kind(error),
        },
        is_unavailable: status == Some(503),
        retry_after: error.retry_after(),
    }
}

/// Maps an error to the kind that decides the back-off.
fn kind(error: &FetchError) -> FailureKind {
    match error {
        FetchError::Timeout(_) | FetchError::Connect { .. } => FailureKind::Network,
        FetchError::Refused(_)
        | FetchError::Secret(_)
        | FetchError::SecretTimeout(_)
        | FetchError::Certificate { .. } => FailureKind::Own,
        FetchError::Challenge { .. } | FetchError::Robots { .. } => FailureKind::Denied,
        FetchError::Status { status, .. } => match status {
            401 | 403 | 451 => FailureKind::Denied,
            404 => FailureKind::NotFound,
            410 => FailureKind::Gone,
            429 => FailureKind::Throttled,
            _ => FailureKind::Server,
        },
        _ => FailureKind::Server,
    }
}

/// Makes the failure of a document that could not be parsed.
pub(super) fn parse(error: &ReadError) -> Failure {
    let kind = match error {
        ReadError::Wall => FailureKind::Denied,
        _ => FailureKind::Content,
    };
    Failure::plain(error.code(), error.to_string(), kind)
}

/// Makes the failure of a source that is not polled because the process died `crashes` times in a row
/// while it parsed its documents.
pub(super) fn crash_loop(crashes: u32) -> Failure {
    let message = format!(
        "gazetted died {crashes} times in a row while it read this source, so it is skipped; \
         please report this; another url or release is tried again"
    );
    Failure::plain("skipped", message, FailureKind::Own)
}

/// Makes the failure of a poll that panicked: a bug of ours.
pub(super) fn panic() -> Failure {
    let message = "reading it failed inside gazetted; please report this".to_owned();
    Failure::plain("panic", message, FailureKind::Own)
}
