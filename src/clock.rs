//! Wall clock: the one place that reads the time.

use jiff::Timestamp;

/// Returns the time by the wall clock.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
