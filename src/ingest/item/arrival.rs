//! Arrival of a new entry in its document: as news, or as history.
//!
//! A document is a window. What stands at its head was put there; what turns up
//! behind entries that we know was there before, and the window has grown or slid
//! back. On a first reading all of it is history.

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{Moment, SourceState, StoredItem};

/// Distance from the first reading of a source to the place of its undated entries:
/// older than the news of the day, near enough to be joined with copies of them.
const UNDATED_AGE: SignedDuration = SignedDuration::from_hours(48);

/// Time that may pass from the date of an entry until its feed shows it.
const MAX_LISTING_DELAY: SignedDuration = SignedDuration::from_hours(12);

/// Number of undated entries, new at once at the end of a longer document, that
/// make a window that has grown; fewer may be a list that begins with the oldest.
const MIN_GROWTH: usize = 5;

/// Circumstances in which a new entry appeared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Whether the whole document is history: the first reading of a source, or
    /// one in which nothing is known.
    pub is_archive: bool,
    /// Place of the newest known entry nearer to the head of the document.
    pub behind: Option<Timestamp>,
    /// Time from which on an entry may have been made since the last good poll.
    pub since: Option<Timestamp>,
    /// Place of the entry if it has no date.
    pub undated: Timestamp,
}

impl Arrival {
    /// Returns the arrival of an entry that came by itself, `index` places from the top.
    #[must_use]
    pub fn alone(now: Timestamp, index: usize) -> Arrival {
        Arrival {
            is_archive: false,
            behind: None,
            since: None,
            undated: below(now, index),
        }
    }

    /// Whether an entry of this date is history, which stands at its own date,
    /// and no late news.
    #[must_use]
    pub fn is_history(&self, date: Timestamp) -> bool {
        let is_behind = self.behind.is_some_and(|known| known > date);
        let is_since = self.since.is_some_and(|since| date >= since);
        self.is_archive || is_behind || is_since
    }
}

/// One entry of a document, as far as its place matters.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Number of drafts above it in the document.
    pub index: usize,
    /// Date, as the source says.
    pub date: Option<Moment>,
    /// Record of it in the store.
    pub held: Option<StoredItem>,
}

impl Seen {
    /// Returns the time by which a known entry is placed.
    fn place(&self) -> Option<Timestamp> {
        match self.held? {
            StoredItem {
                is_removed: true, ..
            } => self.date.map(|date| date.at),
            held => Some(held.sort_key),
        }
    }
}

/// Returns the arrivals of the entries of a document, in its order; `is_part` says that
/// only what is new was given.
#[must_use]
pub fn arrivals(
    seen: &[Seen],
    source: &Source,
    before: &SourceState,
    is_part: bool,
    now: Timestamp,
) -> Vec<Arrival> {
    let is_first = before.succeeded.is_none() || before.asked.as_ref() != Some(&source.url);
    let n_known = seen.iter().filter(|seen| seen.held.is_some()).count();
    let since = before
        .succeeded
        .and_then(|at| at.checked_sub(MAX_LISTING_DELAY).ok());
    let floor = floor(seen, now);
    let grown = grown(seen, before);
    let is_rising = is_rising(seen);
    let mut arrivals: Vec<Arrival> = Vec::with_capacity(seen.len());
    for one in seen {
        let undated = match (is_first && !is_part, grown) {
            (true, _) => below(floor, one.index + 1),
            (false, Some((start, oldest))) if one.index >= start && !is_rising => {
                below(oldest, one.index + 1)
            }
            (false, _) => below(now, one.index),
        };
        arrivals.push(Arrival {
            is_archive: !is_part && (is_first || n_known == 0),
            behind: None,
            since,
            undated,
        });
    }
    let mut newest: Option<Timestamp> = None;
    let mut pass = |at: usize| {
        arrivals[at].behind = newest;
        newest = newest.max(seen[at].place());
    };
    match is_rising {
        true => (0..seen.len()).rev().for_each(&mut pass),
        false => (0..seen.len()).for_each(&mut pass),
    }
    arrivals
}

/// Upper bound of the undated entries of a first reading.
fn floor(seen: &[Seen], now: Timestamp) -> Timestamp {
    let aged = now.checked_sub(UNDATED_AGE).unwrap_or(now);
    let dates = seen.iter().filter_map(|seen| seen.date);
    dates.map(|date| date.at).fold(aged, Timestamp::min)
}

/// Index from which on a window has grown into the past, and the place of the
/// oldest entry that was known before.
fn grown(seen: &[Seen], before: &SourceState) -> Option<(usize, Timestamp)> {
    let last = seen.iter().rposition(|seen| seen.held.is_some())?;
    let tail = &seen[last + 1..];
    let n_undated = tail.iter().filter(|seen| seen.date.is_none()).count();
    let was = usize::try_from(before.entries).unwrap_or(usize::MAX);
    let is_grown = n_undated >= MIN_GROWTH && seen.len() >= was.saturating_add(n_undated);
    let oldest = seen.iter().filter_map(Seen::place).min();
    oldest
        .filter(|_| is_grown)
        .map(|oldest| (tail[0].index, oldest))
}

/// Whether a document begins with its oldest entry, as the places of those tell
/// that are known.
fn is_rising(seen: &[Seen]) -> bool {
    let places: Vec<Timestamp> = seen.iter().filter_map(Seen::place).collect();
    let n_rising = places.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let n_falling = places.windows(2).filter(|pair| pair[0] > pair[1]).count();
    n_rising > n_falling
}

/// `at`, so many milliseconds earlier as keep the order of a document.
pub(super) fn below(at: Timestamp, index: usize) -> Timestamp {
    let distance = SignedDuration::from_millis(i64::try_from(index).unwrap_or(0));
    at.checked_sub(distance).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Precision, WebUrl};
    use crate::source::Reader;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn days_ago(days: i64) -> Timestamp {
        now()
            .checked_sub(SignedDuration::from_hours(24 * days))
            .unwrap()
    }

    fn source() -> Source {
        let url = WebUrl::parse("https://paper.example/feed").unwrap();
        Source::new("a/b".parse().unwrap(), url, Reader::Feed)
    }

    fn polled(entries: u32) -> SourceState {
        SourceState {
            succeeded: Some(days_ago(1)),
            asked: Some(source().url),
            entries,
            ..SourceState::default()
        }
    }

    /// Entries by age in days, those with a star known.
    fn seen(entries: &[&str]) -> Vec<Seen> {
        let one = |(index, text): (usize, &&str)| {
            let age = text.trim_end_matches('*').parse().ok();
            let at = age.map(days_ago);
            Seen {
                index,
                date: at.map(|at| Moment {
                    at,
                    precision: Precision::Second,
                }),
                held: text.ends_with('*').then(|| StoredItem {
                    fingerprint: 0,
                    first_seen: now(),
                    sort_key: at.unwrap_or_else(|| below(days_ago(1), index)),
                    is_removed: false,
                }),
            }
        };
        entries.iter().enumerate().map(one).collect()
    }

    /// Whether the entry at `index` is history.
    #[track_caller]
    fn check(entries: &[&str], before: &SourceState, index: usize, want: bool) {
        let seen = seen(entries);
        let all = arrivals(&seen, &source(), before, false, now());
        let date = seen[index].date.unwrap().at;
        assert_eq!(all[index].is_history(date), want, "{entries:?} {index}");
    }

    #[test]
    fn a_first_reading_is_history() {
        check(&["1", "400"], &SourceState::default(), 1, true);
        let moved = SourceState {
            asked: WebUrl::parse("https://paper.example/old"),
            ..polled(2)
        };
        check(&["400", "1*"], &moved, 0, true);
    }

    #[test]
    fn what_appears_at_the_head_is_news_and_behind_known_ones_history() {
        check(&["90", "1*", "2*"], &polled(2), 0, false);
        check(&["1*", "2*", "90"], &polled(2), 2, true);
        check(&["1*", "90", "100*"], &polled(2), 1, true);
        check(&["90", "2*", "1*"], &polled(2), 0, true);
        check(&["2*", "1*", "90"], &polled(2), 2, false);
        check(&["300*", "90", "1*", "2*"], &polled(3), 1, false);
    }

    #[test]
    fn what_came_during_an_outage_has_its_date() {
        let long_ago = SourceState {
            succeeded: Some(days_ago(40)),
            ..polled(2)
        };
        check(&["20", "41*"], &long_ago, 0, true);
        check(&["50", "41*"], &long_ago, 0, false);
        check(&["20", "90"], &long_ago, 1, true);
    }

    #[test]
    fn a_part_of_a_document_has_no_history() {
        let seen = seen(&["90"]);
        let all = arrivals(&seen, &source(), &polled(9), true, now());
        assert!(!all[0].is_history(days_ago(90)));
    }

    #[test]
    fn undated_entries_of_a_first_reading_stand_below_all_others() {
        let seen = seen(&["x", "1", "x", "9"]);
        let all = arrivals(&seen, &source(), &SourceState::default(), false, now());
        assert!(all[0].undated < days_ago(9) && all[2].undated < all[0].undated);
    }

    #[test]
    fn undated_entries_are_news_unless_the_window_has_grown() {
        let undated = |entries: &[&str], was| {
            let all = arrivals(&seen(entries), &source(), &polled(was), false, now());
            all.last().unwrap().undated > days_ago(1)
        };
        assert!(undated(&["x*", "x*", "x"], 2), "oldest first, one more");
        assert!(undated(&["x", "x*", "x", "x"], 2));
        let grown = ["x*", "x*", "x", "x", "x", "x", "x"];
        assert!(!undated(&grown, 2));
        assert!(undated(&grown, 7), "no longer than it was");
    }
}
