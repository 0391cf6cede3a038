//! What kind of trouble a failed fetch or reading is.

use crate::config::Host;
use crate::fetch::FetchError;
use crate::ingest::plan::Outcome;
use crate::model::Trouble;
use crate::source::ReadError;

/// A fetch that brought nothing, as the outcome of a poll.
pub(super) fn fetching(error: &FetchError, rule: &Host) -> Outcome {
    let status = match error {
        FetchError::Status { status, .. } => Some(*status),
        _ => None,
    };
    let is_throttled = status.is_some_and(|status| rule.throttle_status.contains(&status));
    let trouble = match error {
        _ if is_throttled => Trouble::Throttled,
        FetchError::Timeout(_) | FetchError::Connect { .. } => Trouble::Network,
        FetchError::Refused(_) | FetchError::Secret(_) | FetchError::Certificate { .. } => {
            Trouble::Own
        }
        FetchError::Challenge { .. } | FetchError::Robots { .. } => Trouble::Denied,
        FetchError::Status { status, .. } => match status {
            401 | 403 | 451 => Trouble::Denied,
            404 => Trouble::NotFound,
            410 => Trouble::Gone,
            429 => Trouble::Throttled,
            _ => Trouble::Server,
        },
        _ => Trouble::Server,
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
pub(super) fn reading(error: &ReadError) -> Outcome {
    Outcome::Failed {
        code: error.code(),
        message: error.to_string(),
        trouble: match error {
            ReadError::Wall => Trouble::Denied,
            _ => Trouble::Content,
        },
        is_unavailable: false,
        retry_after: None,
    }
}

/// A source that is not polled because reading it ended the process, repeatedly.
pub(super) fn deadly(crashes: u32) -> Outcome {
    Outcome::Failed {
        code: "skipped",
        message: format!(
            "gazetted died {crashes} times in a row while it read this source, so it is skipped; \
             please report this; another url or release is tried again"
        ),
        trouble: Trouble::Own,
        is_unavailable: false,
        retry_after: None,
    }
}

/// A poll that died of a mistake of ours.
pub(super) fn panicked() -> Outcome {
    Outcome::Failed {
        code: "panic",
        message: "reading it failed inside gazetted; please report this".to_owned(),
        trouble: Trouble::Own,
        is_unavailable: false,
        retry_after: None,
    }
}
