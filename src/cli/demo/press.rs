//! Which articles a paper has printed at a given time. Pure.

use jiff::{SignedDuration, Timestamp};

use super::texts::{self, Story};

/// Between two articles of a paper while the demo runs.
pub(super) const EVERY: SignedDuration = SignedDuration::from_secs(12);

/// Between two articles of a paper before the demo began.
const BEFORE: SignedDuration = SignedDuration::from_mins(47);

/// Articles that are there when the demo begins.
const BACKLOG: i64 = 14;

/// Articles that a paper shows.
const SHOWN: usize = 20;

/// One article in every so many is from the wire, the same for all who carry it.
const WIRE: i64 = 5;

/// A made-up paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    /// What it is called.
    pub(super) name: &'static str,
    /// Where it is, for its texts.
    pub(super) town: &'static str,
    /// Its place among the papers; they print one after the other.
    pub(super) number: i64,
    /// Whether it takes the wire.
    pub(super) takes_wire: bool,
}

/// One printed article.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// Its number in this paper.
    pub(super) serial: i64,
    /// When it was printed.
    pub(super) at: Timestamp,
    /// What it says.
    pub(super) story: Story,
}

impl Paper {
    /// What the paper shows at `now`, newest first, if the demo began at `begun`.
    pub(super) fn shown(&self, begun: Timestamp, now: Timestamp) -> Vec<Printed> {
        let newest = self.newest(begun, now);
        let serials = (0..=newest).rev().take(SHOWN);
        serials
            .filter_map(|serial| self.printed(serial, begun))
            .collect()
    }

    /// The article with this number, if it has been printed by `now`.
    pub(super) fn article(&self, serial: i64, begun: Timestamp, now: Timestamp) -> Option<Printed> {
        if (0..=self.newest(begun, now)).contains(&serial) {
            self.printed(serial, begun)
        } else {
            None
        }
    }

    fn newest(&self, begun: Timestamp, now: Timestamp) -> i64 {
        let running = now.duration_since(begun).as_secs() - self.offset().as_secs();
        BACKLOG - 1 + running.div_euclid(EVERY.as_secs()).max(0)
    }

    fn printed(&self, serial: i64, begun: Timestamp) -> Option<Printed> {
        let into_demo = i32::try_from(serial - BACKLOG + 1).ok()?;
        let step = if into_demo > 0 { EVERY } else { BEFORE };
        let at = begun.checked_add(step.checked_mul(into_demo)?).ok()?;
        let at = at.checked_add(self.offset()).ok()?;
        let story = if self.takes_wire && serial % WIRE == 2 {
            texts::wire(serial / WIRE, self.name)
        } else {
            texts::local(serial, self.number, self.town, self.name)
        };
        Some(Printed { serial, at, story })
    }

    fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.number * 3)
    }
}
