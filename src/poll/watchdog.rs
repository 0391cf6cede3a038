//! Watchdog of systemd (sd_notify(3), `WATCHDOG=1`).
//!
//! The loop that polls sends it, each time it goes round: if that stands still, or
//! every thread of the runtime is blocked, it stays out, and systemd starts us anew.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;
use tracing::warn;

/// Timer of the signs of life.
#[derive(Debug)]
pub struct Watchdog {
    /// `None` where nobody waits for it.
    every: Option<Duration>,
    next: Instant,
}

impl Watchdog {
    /// As often as systemd asks for (`WatchdogSec=`), and twice more.
    #[must_use]
    pub fn of_systemd() -> Watchdog {
        Watchdog {
            every: sd_notify::watchdog_enabled().map(|most| most / 3),
            next: Instant::now(),
        }
    }

    /// Says it, if it is time to.
    pub fn tick(&mut self) {
        let now = Instant::now();
        let Some(every) = self.every.filter(|_| self.next <= now) else {
            return;
        };
        self.next = now + every;
        if let Err(why) = sd_notify::notify(&[NotifyState::Watchdog]) {
            warn!("cannot tell systemd: {why}");
        }
    }

    /// Returns the time of the next sign of life, or `other` if that is earlier.
    pub(super) fn or(&self, other: Instant) -> Instant {
        match self.every {
            Some(_) => self.next.min(other),
            None => other,
        }
    }
}
