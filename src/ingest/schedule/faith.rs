//! Belief in "not modified", and its end.

use jiff::{SignedDuration, Timestamp};

use crate::config::Source;
use crate::model::{SourceState, Validators};

/// A server that answers 304 for longer than this is asked for everything
/// again: some never notice that their feed has changed.
pub(in crate::ingest) const MAX_NOT_MODIFIED_AGE: SignedDuration =
    SignedDuration::from_hours(8 * 24);

/// Turn at which "not modified" is put to the test for the first time.
const FIRST_TEST_TURN: u64 = 8;

/// Whether it is time to see whether "not modified" is true: the eighth time that a
/// document could have been asked for since it came, the sixteenth, and so on.
pub(in crate::ingest) fn is_test(
    source: &Source,
    state: &SourceState,
    held: &Validators,
    now: Timestamp,
) -> bool {
    let interval = source.interval.as_secs().max(1);
    let turns = |at: Timestamp| {
        let seconds = at.duration_since(held.since).as_secs();
        u64::try_from(seconds).unwrap_or(0) / interval
    };
    let (before, turn) = (turns(state.polled.unwrap_or(held.since)), turns(now));
    turn >= FIRST_TEST_TURN && turn.ilog2() > before.max(1).ilog2()
}

/// Returns the validators of an answer, if they are good for something: `old` ones that a
/// server repeats with other bytes are not. Bytes that are still the same are as old
/// as they were.
#[must_use]
pub fn renewed(
    given: Option<Validators>,
    old: Option<&Validators>,
    is_same: bool,
    now: Timestamp,
) -> Option<Validators> {
    let (Some(mut given), Some(old)) = (given.clone(), old) else {
        return given;
    };
    let is_repeated = given.etag == old.etag && given.last_modified == old.last_modified;
    match (is_repeated, is_same) {
        (true, false) => None,
        (true, true) if now.duration_since(old.since) < MAX_NOT_MODIFIED_AGE => {
            given.since = old.since;
            Some(given)
        }
        _ => Some(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::source::Reader;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + 60 * minutes).unwrap()
    }

    fn held(etag: &str, since: i64) -> Validators {
        Validators {
            url: WebUrl::parse("https://a.de/feed").unwrap(),
            etag: Some(etag.as_bytes().to_vec()),
            last_modified: None,
            since: at(since),
        }
    }

    #[test]
    fn it_is_put_to_the_test_ever_more_rarely() {
        let url = WebUrl::parse("https://a.de/feed").unwrap();
        let mut source = Source::new("a/b".parse().unwrap(), url, Reader::Feed);
        source.interval = std::time::Duration::from_secs(15 * 60);
        let is_tested = |turn: &i64| {
            let state = SourceState {
                polled: Some(at(15 * (turn - 1))),
                ..SourceState::default()
            };
            is_test(&source, &state, &held("1", 0), at(15 * turn))
        };
        let tests: Vec<i64> = (1..200).filter(is_tested).collect();
        assert_eq!(tests, [8, 16, 32, 64, 128]);
    }

    #[test]
    fn validators_that_are_repeated_with_other_bytes_are_none() {
        let old = held("1", 0);
        let of = |etag: &str, is_same| renewed(Some(held(etag, 9)), Some(&old), is_same, at(9));
        assert_eq!(of("1", false), None);
        assert_eq!(of("1", true), Some(held("1", 0)));
        assert_eq!(of("2", false), Some(held("2", 9)));
        assert_eq!(renewed(None, Some(&old), true, at(9)), None);
        assert_eq!(
            renewed(Some(held("1", 9)), None, false, at(9)),
            Some(held("1", 9))
        );
    }
}
