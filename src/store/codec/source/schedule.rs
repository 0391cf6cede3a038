//! Schedule of a source as bytes: what decides when it is polled again.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    ArrivalHistogram, BreakerState, FailureKind, PollHints, SourceState, WEEK_HOURS,
};
use crate::store::codec::Unreadable;
use crate::store::codec::scalar::{WireTime, read_time};

/// Kinds of failure by their number on disk, 1 and up in this order; append only.
pub(in crate::store) const TROUBLES: &[FailureKind] = &[
    FailureKind::Network,
    FailureKind::Denied,
    FailureKind::NotFound,
    FailureKind::Gone,
    FailureKind::Throttled,
    FailureKind::Server,
    FailureKind::Content,
    FailureKind::Own,
];

/// Schedule of a source in postcard order; part of [`super::state`]. Durations are in milliseconds.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WirePace {
    /// Number of the failure kind in [`TROUBLES`], 0 for none.
    trouble: u8,
    /// Duration of the last poll.
    took: u64,
    /// Time of the last poll that brought a new item.
    news: Option<WireTime>,
    /// Week that `counts` were decayed to last.
    week: u32,
    /// Arrivals by hour of the week, none or all 168.
    counts: Vec<u16>,
    /// `ttl` of the feed.
    ttl: Option<u64>,
    skip_hours: u32,
    skip_days: u8,
    /// Update period of the feed (`sy:`), with `base` as its origin.
    period: Option<u64>,
    base: Option<WireTime>,
    /// HTTP freshness of the last answer.
    fresh_for: Option<u64>,
    /// Earliest next request by `Retry-After`.
    retry_at: Option<WireTime>,
    /// Breaker of the host: the last failure, the end of the pause, failures in a row.
    host: Option<(WireTime, WireTime, u32)>,
    address: Option<IpAddr>,
}

impl WirePace {
    /// Draws the record from a state.
    pub(in crate::store) fn of(state: &SourceState) -> WirePace {
        let number = |kind| TROUBLES.iter().position(|known| *known == kind);
        let number = state.trouble.and_then(number);
        WirePace {
            trouble: number.map_or(0, |n| u8::try_from(n + 1).expect("there are few")),
            took: millis(state.took),
            news: state.news.map(WireTime::of),
            week: state.rhythm.week,
            counts: state.rhythm.counts.clone(),
            ttl: state.wishes.ttl.map(millis),
            skip_hours: state.wishes.skip_hours,
            skip_days: state.wishes.skip_days,
            period: state.wishes.period.map(millis),
            base: state.wishes.base.map(WireTime::of),
            fresh_for: state.fresh_for.map(millis),
            retry_at: state.retry_at.map(WireTime::of),
            host: state.host.map(|note| {
                let (at, until) = (WireTime::of(note.at), WireTime::of(note.until));
                (at, until, note.failures)
            }),
            address: state.address,
        }
    }

    /// Puts the record into a state; an unknown failure kind is read as none.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if a time is none, or `counts` has another length.
    pub(in crate::store) fn read(self, state: &mut SourceState) -> Result<(), Unreadable> {
        let kind = usize::from(self.trouble).checked_sub(1);
        state.trouble = kind.and_then(|kind| TROUBLES.get(kind).copied());
        state.took = Duration::from_millis(self.took);
        state.news = read_time(self.news).ok_or(Unreadable)?;
        let is_whole = matches!(self.counts.len(), 0 | WEEK_HOURS);
        state.rhythm = ArrivalHistogram {
            week: self.week,
            counts: is_whole.then_some(self.counts).ok_or(Unreadable)?,
        };
        state.wishes = PollHints {
            ttl: self.ttl.map(Duration::from_millis),
            skip_hours: self.skip_hours,
            skip_days: self.skip_days,
            period: self.period.map(Duration::from_millis),
            base: read_time(self.base).ok_or(Unreadable)?,
        };
        state.fresh_for = self.fresh_for.map(Duration::from_millis);
        state.retry_at = read_time(self.retry_at).ok_or(Unreadable)?;
        state.host = match self.host {
            Some((at, until, failures)) => Some(BreakerState {
                at: at.read().ok_or(Unreadable)?,
                until: until.read().ok_or(Unreadable)?,
                failures,
            }),
            None => None,
        };
        state.address = self.address;
        Ok(())
    }
}

/// Returns whole milliseconds; saturates.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
