//! Permanent redirects: whether a source that says it has moved is believed.
//!
//! Captive portals, parking pages and mistakes of a day answer 301 too. A move
//! is believed when every answer of the configured address has said so for
//! seven days, and the feed there had the entries that we knew. Then the new
//! address is asked directly, and the old one now and then, in case it has
//! changed its mind. The file stays as the admin wrote it.

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{PermanentRedirect, SourceState, WebUrl};

/// Time for which all answers must say the same.
const MOVE_PROVEN_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Time for which a move is believed without asking the configured address.
const RECHECK_INTERVAL: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether a move has held for long enough, and led to the entries that we knew.
#[must_use]
pub fn is_believed(moved: &PermanentRedirect) -> bool {
    moved.is_same && moved.confirmed.duration_since(moved.since) >= MOVE_PROVEN_AFTER
}

/// Chooses the address to ask: the configured one, unless it has moved for good.
///
/// The configured one is asked again also when the new one fails, or was believed for a week
/// without a look back.
#[must_use]
pub fn address<'a>(source: &'a Source, state: &'a SourceState, now: Timestamp) -> &'a WebUrl {
    let is_same_source = state.asked.as_ref() == Some(&source.url);
    let believed = state.moved.as_ref().filter(|moved| {
        let age = now.duration_since(moved.confirmed);
        let is_recent = (SignedDuration::ZERO..RECHECK_INTERVAL).contains(&age);
        is_same_source && state.failures == 0 && is_recent && is_believed(moved)
    });
    believed.map_or(&source.url, |moved| &moved.to)
}

/// Computes the redirect to remember after a poll that went well: `to` is the permanent
/// target (301, 308) that the answer names, and `is_same` whether the document there has the
/// entries that we knew. `None`: no redirect, or no longer.
#[must_use]
pub fn after(
    source: &Source,
    before: &SourceState,
    to: Option<&WebUrl>,
    is_same: bool,
    now: Timestamp,
) -> Option<PermanentRedirect> {
    let is_same_source = before.asked.as_ref() == Some(&source.url);
    let held = before.moved.as_ref().filter(|_| is_same_source);
    if *address(source, before, now) != source.url {
        // It was asked directly; the configured address has said nothing.
        return held.cloned();
    }
    let to = to?;
    match held.filter(|held| held.to == *to && held.since <= now) {
        Some(held) => Some(PermanentRedirect {
            confirmed: now,
            ..held.clone()
        }),
        None => Some(PermanentRedirect {
            to: to.clone(),
            since: now,
            confirmed: now,
            // From the next poll on, its entries are those that we know: this is
            // the one time that the comparison means something.
            is_same,
        }),
    }
}

/// Describes a move for the admin, when it was seen first or has come to be believed.
#[must_use]
pub fn news(before: &SourceState, after: &SourceState) -> Option<String> {
    let moved = after.moved.as_ref()?;
    let held = before.moved.as_ref().filter(|held| held.to == moved.to);
    let to = &moved.to;
    match (held, is_believed(moved)) {
        (Some(held), true) if !is_believed(held) => Some(format!(
            "its address has moved to {to} for good, which is asked from now on; put it into feeds.toml"
        )),
        (None, _) if moved.is_same => Some(format!(
            "its address says that it has moved to {to} for good; that is believed when it has said so \
             for 7 days, unless you put it into feeds.toml"
        )),
        (None, _) => Some(format!(
            "its address says that it has moved to {to} for good, where none of what we knew is; \
             that is followed but not believed; put the right address into feeds.toml"
        )),
        _ => None,
    }
}

/// Whether a document of `n_entries`, of which `n_held` were known, has the entries that a
/// source had, which were `n_before` the last time: half of the fewer at least.
#[must_use]
pub fn is_same(n_entries: usize, n_held: usize, n_before: u32) -> bool {
    let n_before = usize::try_from(n_before).unwrap_or(usize::MAX);
    n_held > 0 && n_held * 2 >= n_entries.min(n_before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Reader;

    const OLD: &str = "https://old.example/rss";
    const NEW: &str = "https://new.example/rss";

    fn url(text: &str) -> WebUrl {
        WebUrl::parse(text).unwrap()
    }

    fn source() -> Source {
        Source::new("a/b".parse().unwrap(), url(OLD), Reader::Feed)
    }

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + n * 86_400).unwrap()
    }

    /// Polls once a day; each answer of the configured address is a move, or not.
    fn live(answers: &[Option<(&str, bool)>]) -> SourceState {
        let source = source();
        let mut state = SourceState {
            asked: Some(source.url.clone()),
            ..SourceState::default()
        };
        for (n, answer) in (0..).zip(answers) {
            let asked = address(&source, &state, day(n)).clone();
            let to = answer.map(|(to, _)| url(to));
            let to = to.as_ref().filter(|_| asked == source.url);
            let is_same = answer.is_some_and(|(_, is_same)| is_same);
            state.moved = after(&source, &state, to, is_same, day(n));
        }
        state
    }

    #[track_caller]
    fn asks(state: &SourceState, n: i64, want: &str) {
        assert_eq!(address(&source(), state, day(n)).as_str(), want);
    }

    #[test]
    fn a_move_is_believed_after_a_week() {
        let state = live(&[Some((NEW, true)); 7]);
        asks(&state, 7, OLD);
        let state = live(&[Some((NEW, true)); 8]);
        asks(&state, 8, NEW);
    }

    #[test]
    fn the_admin_is_told_twice() {
        let told = |n: usize| {
            let (before, after) = (
                live(&vec![Some((NEW, true)); n - 1]),
                live(&vec![Some((NEW, true)); n]),
            );
            news(&before, &after)
        };
        assert!(told(1).unwrap().contains("says that it has moved"));
        assert_eq!(told(2), None);
        assert!(told(8).unwrap().contains("asked from now on"));
        assert_eq!(told(9), None);
        let strange = live(&[Some((NEW, false))]);
        assert!(
            news(&live(&[None]), &strange)
                .unwrap()
                .contains("not believed")
        );
    }

    #[test]
    fn a_portal_for_a_day_counts_for_nothing() {
        let portal = Some(("https://portal.example/", true));
        let answers = [Some((NEW, true)); 6].into_iter().chain([portal]);
        let answers: Vec<_> = answers.chain([Some((NEW, true)); 7]).collect();
        asks(&live(&answers), 14, OLD);
        assert_eq!(live(&[Some((NEW, true)), None]).moved, None);
    }

    #[test]
    fn other_entries_are_never_believed() {
        let mut answers = vec![Some((NEW, false))];
        answers.extend([Some((NEW, true)); 20]);
        asks(&live(&answers), 21, OLD);
    }

    #[test]
    fn the_configured_address_is_looked_at_again() {
        let state = live(&[Some((NEW, true)); 8]);
        asks(&state, 13, NEW);
        asks(&state, 14, OLD);
        let failing = SourceState {
            failures: 1,
            ..state.clone()
        };
        asks(&failing, 8, OLD);
        let elsewhere = SourceState {
            asked: Some(url("https://third.example/")),
            ..state
        };
        asks(&elsewhere, 8, OLD);
    }

    #[test]
    fn half_of_the_entries_make_it_the_same_feed() {
        assert!(is_same(20, 10, 20));
        assert!(is_same(50, 10, 20));
        assert!(!is_same(20, 9, 20));
        assert!(!is_same(5, 0, 20));
        assert!(!is_same(20, 0, 0));
    }
}
