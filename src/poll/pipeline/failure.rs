//! What kind of trouble a failed fetch or reading is.

use crate::config::Host;
use crate::fetch::FetchError;
use crate::ingest::outcome::Outcome;
use crate::model::FailureKind;
use crate::source::ReadError;

/// A fetch that brought nothing, as the outcome of a poll.
pub(in crate::poll) fn fetching(error: &FetchError, rule: &Host) -> Outcome {
    let status = match error {
        FetchError::Status { status, .. } => Some(*status),
        _ => None,
    };
    let is_throttled = status.is_some_and(|status| rule.throttle_status.contains(&status));
    let trouble = match error {
        _ if is_throttled => FailureKind::Throttled,
        FetchError::Timeout(_) | FetchError::Connect { .. } => FailureKind::Network,
        FetchError::Refused(_) | FetchError::Secret(_) | FetchError::Certificate { .. } => {
            FailureKind::Own
        }
        FetchError::Challenge { .. } | FetchError::Robots { .. } => FailureKind::Denied,
        FetchError::Status { status, .. } => match status {
            401 | 403 | 451 => FailureKind::Denied,
            404 => FailureKind::NotFound,
            410 => FailureKind::Gone,
            429 => FailureKind::Throttled,
            _ => FailureKind::Server,
        },
        _ => FailureKind::Server,
    };
    Outcome::Failed {
        code: if is_throttled {
            "throttled"
        } else {
            error.code()
        },
        message: error.to_string(),
        trouble,
        is_unavailable: status == Some(503),
        retry_after: error.retry_after(),
    }
}

/// A document that could not be read, as the outcome of a poll.
pub(in crate::poll) fn reading(error: &ReadError) -> Outcome {
    Outcome::Failed {
        code: error.code(),
        message: error.to_string(),
        trouble: match error {
            ReadError::Wall => FailureKind::Denied,
            _ => FailureKind::Content,
        },
        is_unavailable: false,
        retry_after: None,
    }
}

/// A source that is not polled because reading it ended the process, repeatedly.
pub(in crate::poll) fn deadly(crashes: u32) -> Outcome {
    Outcome::Failed {
        code: "skipped",
        message: format!(
            "gazetted died {crashes} times in a row while it read this source, so it is skipped; \
             please report this; another url or release is tried again"
        ),
        trouble: FailureKind::Own,
        is_unavailable: false,
        retry_after: None,
    }
}

/// A poll that died of a mistake of ours.
pub(in crate::poll) fn panicked() -> Outcome {
    Outcome::Failed {
        code: "panic",
        message: "reading it failed inside gazetted; please report this".to_owned(),
        trouble: FailureKind::Own,
        is_unavailable: false,
        retry_after: None,
    }
}
