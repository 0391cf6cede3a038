//! Wall clock: the one place that reads the time.

use jiff::{SignedDuration, Timestamp};

/// Returns the time by the wall clock.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns whether a time can be the present: this program did not exist before 2026. A machine without a
/// battery for its clock starts in 1970, and is set by the network soon after.
#[must_use]
pub fn is_believable(now: Timestamp) -> bool {
    const FIRST_RELEASE: Timestamp = Timestamp::constant(1_767_225_600, 0);
    now >= FIRST_RELEASE
}

/// Returns whether only a clock that was fast can have written `at`: it lies more than a minute ahead,
/// further than a date is ever moved on purpose.
#[must_use]
pub fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) > SignedDuration::from_mins(1)
}
