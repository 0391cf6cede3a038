//! When to come back to a source.

use std::time::Duration;

/// No source waits longer than this.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to leave a source alone after a poll.
///
/// A healthy source waits `every`. Each failure in a row doubles that. A server
/// that asks for more gets it, up to [`MAX_WAIT`].
///
/// ```
/// use std::time::Duration;
/// use gazetted::ingest::pace::{MAX_WAIT, wait};
///
/// let quarter = Duration::from_secs(15 * 60);
/// let hour = 4 * quarter;
/// assert_eq!(wait(quarter, 0, None), quarter);
/// assert_eq!(wait(quarter, 2, None), hour);
/// assert_eq!(wait(quarter, 0, Some(hour)), hour);
/// assert_eq!(wait(quarter, 99, None), MAX_WAIT);
/// ```
#[must_use]
pub fn wait(every: Duration, failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = every.saturating_mul(2_u32.saturating_pow(failures));
    doubled
        .max(asked.unwrap_or_default())
        .min(MAX_WAIT.max(every))
}
