//! Times that a sweep by age counts from.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::codec::period::Period;

/// Returns the latest time up to `now` that the volumes bear out; `None` if there are none. A newest
/// volume that does not follow upon the one before it may have been made by a clock that was fast for a
/// moment.
pub(super) fn borne_out(newest_first: &[Period], now: Timestamp) -> Option<Timestamp> {
    let witness = match newest_first {
        [] => return None,
        [newest, other, ..] if newest.previous() != *other => other,
        [newest, ..] => newest,
    };
    Some(now.min(witness.end()))
}

/// Returns the time that lies `age` before `now`; the earliest there is if that overflows.
pub(super) fn before(now: Timestamp, age: Duration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
