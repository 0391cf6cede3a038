//! Promises of the queue, in simulated time.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn entry(source: &str, host: &str, due: i64) -> QueueEntry {
    QueueEntry {
        source: source.parse().unwrap(),
        host: host.into(),
        host_limit: 2,
        spacing: SignedDuration::ZERO,
        due: Some(at(due)),
        is_slow: false,
    }
}

fn spaced(source: &str, host: &str, due: i64) -> QueueEntry {
    QueueEntry {
        spacing: SignedDuration::from_secs(1),
        ..entry(source, host, due)
    }
}

fn slow(source: &str, due: i64) -> QueueEntry {
    QueueEntry {
        is_slow: true,
        ..entry(source, source, due)
    }
}

fn names(sources: &[SourceId]) -> Vec<&str> {
    sources.iter().map(SourceId::as_str).collect()
}

#[test]
fn a_busy_host_holds_only_its_own_share() {
    let mut queue = Queue::default();
    let slow = (0..9).map(|n| entry(&format!("a/slow{n}"), "slow", n));
    queue.replace(4, slow.chain([entry("a/fast", "fast", 50)]));
    let started = queue.start(at(100));
    assert_eq!(names(&started), ["a/slow0", "a/slow1", "a/fast"]);
    queue.finish(&started[0], Some(at(1000)), false);
    assert_eq!(names(&queue.start(at(100))), ["a/slow2"]);
}

#[test]
fn nothing_starts_before_it_is_due() {
    let mut queue = Queue::default();
    queue.replace(4, [entry("a/x", "h", 10)]);
    assert!(queue.start(at(9)).is_empty());
    assert_eq!(queue.next_start(), Some(at(10)));
    assert_eq!(queue.start(at(10)).len(), 1);
    assert_eq!(queue.next_start(), None);
}

#[test]
fn what_runs_is_not_started_again_by_a_reload() {
    let mut queue = Queue::default();
    queue.replace(4, [entry("a/x", "h", 1)]);
    let started = queue.start(at(5));
    queue.replace(4, [entry("a/x", "h", 1), entry("a/y", "h", 1)]);
    assert_eq!(names(&queue.start(at(5))), ["a/y"]);
    queue.finish(&started[0], Some(at(60)), false);
    assert_eq!(names(&queue.start(at(60))), ["a/x"]);
}

#[test]
fn a_removed_source_is_forgotten_when_its_poll_ends() {
    let mut queue = Queue::default();
    queue.replace(4, [entry("a/x", "h", 1)]);
    let started = queue.start(at(5));
    queue.replace(4, []);
    queue.finish(&started[0], Some(at(60)), false);
    assert!(queue.is_done());
    assert!(queue.start(at(100)).is_empty());
}

/// Twenty sources of one host, all due: one a second, two at a time.
#[test]
fn sources_of_one_host_start_one_after_the_other() {
    let mut queue = Queue::default();
    queue.replace(32, (0..20).map(|n| spaced(&format!("a/s{n:02}"), "h", 0)));
    let mut running: Vec<(i64, SourceId)> = Vec::new();
    let mut starts = Vec::new();
    for second in 0..120 {
        // Each takes three seconds, so that two at a time are less than one a second.
        let (ended, rest) = running.into_iter().partition(|(until, _)| *until <= second);
        running = rest;
        let ended: Vec<(i64, SourceId)> = ended;
        for (_, source) in ended {
            queue.finish(&source, None, false);
        }
        let started = queue.start(at(second));
        assert!(started.len() <= 1, "at {second}: {started:?}");
        for source in started {
            starts.push(second);
            running.push((second + 3, source));
        }
        assert!(running.len() <= 2);
    }
    assert_eq!(starts.len(), 20);
    assert!(starts.windows(2).all(|pair| pair[1] > pair[0]));
}

/// Fifty sources that take thirty seconds, and 450 that take none: the fast
/// ones are on time.
#[test]
fn slow_sources_hold_half_of_the_places() {
    let mut queue = Queue::default();
    let slow = (0..50).map(|n| slow(&format!("a/slow{n}"), 0));
    let fast = (0..450).map(|n| entry(&format!("a/fast{n}"), &format!("h{n}"), n % 60));
    queue.replace(8, slow.chain(fast));
    let mut running: Vec<(i64, SourceId)> = Vec::new();
    let mut n_fast = 0;
    for second in 0..60 {
        let (ended, rest): (Vec<_>, Vec<_>) =
            running.into_iter().partition(|(until, _)| *until <= second);
        running = rest;
        for (_, source) in ended {
            queue.finish(&source, Some(at(second + 60)), true);
        }
        // A fast poll ends within the second.
        loop {
            let started = queue.start(at(second));
            if started.is_empty() {
                break;
            }
            for source in started {
                if source.as_str().starts_with("a/slow") {
                    running.push((second + 30, source));
                } else {
                    n_fast += 1;
                    queue.finish(&source, Some(at(second + 600)), false);
                }
            }
        }
        assert!(running.len() <= 4, "at {second}");
        let due_by_now = (0..450).filter(|n| n % 60 <= second).count();
        assert_eq!(n_fast, due_by_now, "fast ones are late at {second}");
    }
}

#[test]
fn a_host_that_wants_to_be_left_alone_is() {
    let mut queue = Queue::default();
    queue.replace(
        4,
        [
            entry("a/x", "h", 1),
            entry("a/y", "h", 2),
            entry("a/z", "other", 3),
        ],
    );
    let host: HostName = "h".into();
    queue.hold(&host, at(500));
    assert_eq!(names(&queue.start(at(100))), ["a/z"]);
    assert_eq!(queue.next_start(), Some(at(500)));
    assert_eq!(names(&queue.start(at(500))), ["a/x", "a/y"]);
}

#[test]
fn sources_of_a_held_host_can_be_left_for_later() {
    let mut queue = Queue::default();
    queue.replace(4, [entry("a/x", "h", 1), entry("a/y", "h", 2)]);
    queue.hold(&"h".into(), at(500));
    assert_eq!(queue.drop_held(at(500)), 0);
    assert_eq!(queue.drop_held(at(100)), 2);
    assert!(queue.is_done());
}
