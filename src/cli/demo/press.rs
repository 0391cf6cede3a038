//! Printing of the made-up papers: articles printed by a given time. Pure.

use jiff::{SignedDuration, Timestamp};

use super::texts::{self, Story};

/// Time between two articles of a paper while the demo runs.
pub(super) const ARTICLE_INTERVAL: SignedDuration = SignedDuration::from_secs(12);

/// Time between two articles of a paper before the demo began.
const BACKLOG_INTERVAL: SignedDuration = SignedDuration::from_mins(47);

/// Articles of a paper printed before the demo begins.
const BACKLOG_ARTICLES: i64 = 14;

/// Upper limit of articles that a paper shows.
const MAX_SHOWN_ARTICLES: usize = 20;

/// Period of wire articles: one in so many, the same for all who carry the wire.
const WIRE_PERIOD: i64 = 5;

/// Made-up paper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    /// Name, in Chinese.
    pub(super) name: &'static str,
    /// Town, filled into its texts.
    pub(super) town: &'static str,
    /// Number among the papers, from 0; each prints 3 seconds after the one before.
    pub(super) number: i64,
    /// Whether it takes the wire.
    pub(super) takes_wire: bool,
}

/// Printed article.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// Number in this paper, from 0.
    pub(super) serial: i64,
    /// Time of printing.
    pub(super) at: Timestamp,
    /// Headline and text.
    pub(super) story: Story,
}

impl Paper {
    /// Lists the articles that the paper shows at `now`, newest first, at most 20, if the
    /// demo began at `begun`.
    pub(super) fn shown(&self, begun: Timestamp, now: Timestamp) -> Vec<Printed> {
        let newest = self.newest(begun, now);
        let serials = (0..=newest).rev().take(MAX_SHOWN_ARTICLES);
        serials
            .filter_map(|serial| self.printed(serial, begun))
            .collect()
    }

    /// Returns the article with this number, if it has been printed by `now`.
    pub(super) fn article(&self, serial: i64, begun: Timestamp, now: Timestamp) -> Option<Printed> {
        if (0..=self.newest(begun, now)).contains(&serial) {
            self.printed(serial, begun)
        } else {
            None
        }
    }

    fn newest(&self, begun: Timestamp, now: Timestamp) -> i64 {
        let running = now.duration_since(begun).as_secs() - self.offset().as_secs();
        BACKLOG_ARTICLES - 1 + running.div_euclid(ARTICLE_INTERVAL.as_secs()).max(0)
    }

    fn printed(&self, serial: i64, begun: Timestamp) -> Option<Printed> {
        let into_demo = i32::try_from(serial - BACKLOG_ARTICLES + 1).ok()?;
        let step = if into_demo > 0 {
            ARTICLE_INTERVAL
        } else {
            BACKLOG_INTERVAL
        };
        let at = begun.checked_add(step.checked_mul(into_demo)?).ok()?;
        let at = at.checked_add(self.offset()).ok()?;
        let story = if self.takes_wire && serial % WIRE_PERIOD == 2 {
            texts::wire(serial / WIRE_PERIOD, self.name)
        } else {
            texts::local(serial, self.number, self.town, self.name)
        };
        Some(Printed { serial, at, story })
    }

    fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.number * 3)
    }
}
