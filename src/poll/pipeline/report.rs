//! Log line of a poll: one each, whatever came of it.

use jiff::Unit;
use tracing::{debug, error, info, warn};

use crate::ingest::outcome::OUTAGE;
use crate::model::{FailureKind, Health, SourceId, SourceState};

/// Logs the line of a poll whose commit is written. `duration_ms` ends before the commit is queued.
pub(in crate::poll) fn report(
    source: &SourceId,
    state: &SourceState,
    n_new: usize,
    n_changed: usize,
) {
    let duration_ms = u64::try_from(state.took.as_millis()).unwrap_or(u64::MAX);
    let due = state.due.and_then(|due| due.round(Unit::Second).ok());
    let due = due.map(tracing::field::display);
    match &state.health {
        // One line said it for all of them.
        Health::Failing { code, message } if code == OUTAGE => debug!(
            source.id = %source,
            code,
            due,
            duration_ms,
            "{source}: {message}"
        ),
        Health::Failing { code, message } if state.trouble == Some(FailureKind::Gone) => error!(
            source.id = %source,
            failures = state.failures,
            code,
            duration_ms,
            "{source}: {message}; it is not asked any more"
        ),
        Health::Failing { code, message } => warn!(
            source.id = %source,
            items.new = n_new,
            failures = state.failures,
            code,
            due,
            duration_ms,
            "{source}: {message}"
        ),
        Health::Good | Health::Unknown => info!(
            source.id = %source,
            items.new = n_new,
            items.changed = n_changed,
            items.all = state.entries,
            due,
            duration_ms,
            "{source}: polled"
        ),
    }
}
