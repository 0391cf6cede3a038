//! Schedules in simulated time.

use proptest::prelude::*;

use super::*;
use crate::config::Host;
use crate::ingest::outcome;
use crate::ingest::outcome::{Failure, HostContext, Outcome};
use crate::model::{Health, PollHints, WebUrl};
use crate::source::Reader;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn source(name: &str) -> Source {
    let url = WebUrl::parse(&format!("https://{name}.example/feed")).unwrap();
    Source::new(format!("a/{name}").parse().unwrap(), url, Reader::Feed)
}

fn at(second: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(second)
}

fn failed(trouble: FailureKind) -> Outcome {
    Outcome::Failed(Failure::plain("test", "a test fails".to_owned(), trouble))
}

fn good() -> Outcome {
    Outcome::Unchanged {
        validators: None,
        fresh_for: None,
        moved: None,
    }
}

/// Polls for `seconds` with the same outcome; returns the time of each poll, and the state
/// after the last.
fn polls(
    source: &Source,
    outcome: &Outcome,
    is_outage: bool,
    seconds: i64,
) -> (Vec<i64>, SourceState) {
    let rule = Host::default();
    let place = HostContext {
        rule: &rule,
        note: None,
        is_outage,
    };
    let mut state = SourceState::default();
    let (mut now, mut times) = (0, Vec::new());
    while now < seconds {
        times.push(now);
        state = outcome::next_state(source, &state, outcome, &place, at(now));
        match state.due {
            Some(due) => now = due.duration_since(at(0)).as_secs(),
            None => break,
        }
    }
    (times, state)
}

#[test]
fn failures_double_the_wait_up_to_a_day_and_disable_nothing() {
    // A name that does not exist for a week.
    let (times, state) = polls(
        &source("gone"),
        &failed(FailureKind::Network),
        false,
        7 * DAY,
    );
    assert!((10..=14).contains(&times.len()), "{times:?}");
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| *gap <= DAY + DAY / 16), "{gaps:?}");
    assert!(gaps[0] < HOUR, "once is nothing: {gaps:?}");
    assert!(state.due.is_some());
    // The first good answer forgives all.
    let rule = Host::default();
    let place = HostContext {
        rule: &rule,
        note: None,
        is_outage: false,
    };
    let state = outcome::next_state(&source("gone"), &state, &good(), &place, at(8 * DAY));
    let wait = state.due.unwrap().duration_since(at(8 * DAY)).as_secs();
    assert!(wait <= 1800 + 1800 / 16, "{wait}");
}

#[test]
fn an_outage_of_a_day_leaves_the_schedule_as_it_is() {
    let outage = failed(FailureKind::Network);
    let all: Vec<Source> = (0..500).map(|n| source(&format!("s{n}"))).collect();
    let mut returns = Vec::new();
    for source in &all {
        let (times, state) = polls(source, &outage, true, DAY);
        assert!(times.len() >= 44, "{}", times.len());
        assert_eq!(state.failures, 0);
        assert!(matches!(&state.health, Health::Failing { code, .. } if code == outcome::OUTAGE));
        returns.push(state.due.unwrap().duration_since(at(DAY)).as_secs());
    }
    // All are back within one interval, and not together.
    assert!(returns.iter().all(|wait| (0..=1800 + 113).contains(wait)));
    for minute in 0..30 {
        let n = returns.iter().filter(|wait| **wait / 60 == minute).count();
        assert!(n <= 60, "{n} in minute {minute}");
    }
}

#[test]
fn the_start_of_many_is_spread_and_that_of_few_is_soon() {
    let of = |n: usize| -> Vec<i64> {
        let all = (0..n).map(|n| source(&format!("s{n}")));
        all.map(|source| start(&source, n, at(0)).duration_since(at(0)).as_millis() as i64)
            .collect()
    };
    assert!(of(10).iter().all(|wait| *wait < 2_500), "a new user waits");
    let many = of(500);
    assert!(many.iter().all(|wait| *wait < 125_000));
    for second in 0..125 {
        let n = many.iter().filter(|wait| **wait / 1000 == second).count();
        assert!(n <= 14, "{n} in second {second}");
    }
    assert_eq!(many, of(500), "the same at every start");
    assert!(
        of(100_000).iter().all(|wait| *wait < 1_800_000),
        "within one interval"
    );
}

#[test]
fn who_does_not_let_us_in_is_asked_every_few_hours_and_then_daily() {
    let (times, _) = polls(
        &source("denied"),
        &failed(FailureKind::Denied),
        false,
        7 * DAY,
    );
    assert!(times[1] >= 4 * HOUR, "{times:?}");
    assert!((7..=9).contains(&times.len()), "{times:?}");
    let (times, state) = polls(&source("gone"), &failed(FailureKind::Gone), false, 30 * DAY);
    assert_eq!((times.len(), state.due), (1, None));
}

#[test]
fn a_source_that_has_been_quiet_for_weeks_is_asked_less_often() {
    let source = source("quiet");
    let state = SourceState {
        asked: Some(source.url.clone()),
        polled: Some(at(40 * DAY)),
        news: Some(at(0)),
        ..SourceState::default()
    };
    let next = next(&source, &state, at(40 * DAY));
    assert_eq!(next.waits.last().unwrap().reason, Reason::Quiet);
    let wait = next.due.unwrap().duration_since(at(40 * DAY)).as_hours();
    assert!((14..=17).contains(&wait), "{wait}");
}

#[test]
fn another_address_is_asked_at_once() {
    let (_, state) = polls(&source("old"), &failed(FailureKind::Gone), false, DAY);
    let mut moved = source("old");
    moved.url = WebUrl::parse("https://new.example/feed").unwrap();
    assert_eq!(next(&moved, &state, at(DAY)).due, Some(at(DAY)));
}

#[test]
fn a_server_that_never_notices_a_change_is_asked_for_everything() {
    let source = source("stuck");
    let since: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let held = crate::model::Validators {
        url: source.url.clone(),
        etag: Some(b"\"1\"".to_vec()),
        last_modified: None,
        since,
    };
    let rule = Host::default();
    let place = HostContext {
        rule: &rule,
        note: None,
        is_outage: false,
    };
    let outcome = Outcome::Unchanged {
        validators: Some(held),
        fresh_for: None,
        moved: None,
    };
    let mut state = SourceState::default();
    for hour in 0..8 * 24 {
        let now = since + SignedDuration::from_hours(hour);
        state = outcome::next_state(&source, &state, &outcome, &place, now);
        assert!(
            outcome::validators(&source, &state, now).is_some(),
            "hour {hour}"
        );
    }
    let later = since + SignedDuration::from_hours(8 * 24);
    assert!(outcome::validators(&source, &state, later).is_none());
}

proptest! {
    /// Bounds hold whatever is wished: never below the floor, never beyond the cap.
    #[test]
    fn the_floor_and_the_cap_hold(
        ttl in proptest::option::of(0_u64..1 << 40),
        fresh in proptest::option::of(0_u64..1 << 40),
        period in proptest::option::of(0_u64..1 << 40),
        base in -1_i64 << 40..1 << 36,
        retry in proptest::option::of(-1_i64 << 36..1 << 36),
        skip_hours in 0_u32..1 << 24, skip_days in 0_u8..1 << 7,
        failures in 0_u32..2000, quiet in 0_i64..1 << 32,
        counts in proptest::collection::vec(any::<u16>(), crate::model::WEEK_HOURS),
    ) {
        let source = source("any");
        let polled = at(0);
        let state = SourceState {
            asked: Some(source.url.clone()),
            polled: Some(polled),
            failures,
            trouble: (failures > 0).then_some(FailureKind::Server),
            news: Timestamp::from_second(polled.as_second() - quiet).ok(),
            fresh_for: fresh.map(Duration::from_secs),
            retry_at: retry.and_then(|second| Timestamp::from_second(polled.as_second() + second).ok()),
            wishes: PollHints {
                ttl: ttl.map(Duration::from_secs),
                period: period.map(Duration::from_secs),
                base: Timestamp::from_second(base).ok(),
                skip_hours,
                skip_days,
            },
            rhythm: crate::model::ArrivalHistogram { week: 0, counts },
            ..SourceState::default()
        };
        let due = next(&source, &state, polled).due.unwrap();
        let wait = due.duration_since(polled);
        prop_assert!(wait >= SignedDuration::try_from(source.min_interval).unwrap(), "{wait}");
        prop_assert!(due <= latest(&source, polled), "{wait}");
        // A restart finds the same.
        prop_assert_eq!(next(&source, &state, at(77)).due.unwrap(), due);
    }
}
