//! Life of a subscription: from the offer to the end.

use super::*;
use crate::model::{CallbackToken, HubDiscovery, Secret, SourceId, Topic};

pub(super) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(super) fn contract() -> HubSubscription {
    let source: SourceId = "shandong/jinan/daily".parse().unwrap();
    let token = CallbackToken::new(&source, [7; 16]);
    let callback = format!("https://news.example/websub/{}", token.segment());
    let callback = WebUrl::parse(&callback).unwrap();
    HubSubscription::new(
        Topic::parse("https://paper.example/feed").unwrap(),
        hub(0),
        (callback, token),
        Secret::new([9; 32]),
    )
}

fn hub(n: u8) -> WebUrl {
    WebUrl::parse(&format!("https://hub{n}.example/")).unwrap()
}

/// Makes a source that offers so many hubs.
fn offered(n_hubs: u8) -> HubState {
    let mut subscription = HubState::new("shandong/jinan/daily".parse().unwrap());
    subscription.offer = Some(HubDiscovery {
        topic: contract().topic,
        hubs: (0..n_hubs).map(hub).collect(),
    });
    subscription
}

/// Makes a source that offers so many hubs, asked at `now()`.
fn asking(n_hubs: u8) -> HubState {
    let mut subscription = offered(n_hubs);
    subscription.contract = Some(contract());
    asked(&mut subscription, Mode::Subscribe, now());
    subscription
}

fn subscribed(lease_seconds: Option<u64>) -> HubState {
    let mut subscription = asking(1);
    confirmed(&mut subscription, Mode::Subscribe, lease_seconds, now());
    subscription
}

fn hours(n: i64) -> Timestamp {
    now() + SignedDuration::from_hours(n)
}

#[track_caller]
fn rests_until(subscription: &HubState, wish: Wish, at: Timestamp) {
    assert_eq!(step(subscription, wish, now()), HubAction::Rest(Some(at)));
}

#[test]
fn a_hub_that_is_offered_is_asked_once() {
    assert_eq!(
        step(&offered(2), Wish::Push, now()),
        HubAction::Begin(hub(0))
    );
    assert_eq!(step(&offered(2), Wish::Poll, now()), HubAction::Rest(None));
    assert_eq!(step(&offered(0), Wish::Push, now()), HubAction::Rest(None));
    rests_until(&asking(1), Wish::Push, now() + MIN_PAUSE);
    let again = step(&asking(1), Wish::Push, now() + MIN_PAUSE);
    assert_eq!(again, HubAction::Ask(Mode::Subscribe));
}

#[test]
fn a_hub_that_does_not_verify_is_spoken_of() {
    let mut subscription = asking(1);
    assert_eq!(subscription.trouble, None);
    asked(&mut subscription, Mode::Subscribe, now());
    let why = "hub0.example has not verified our last request; can it reach news.example?";
    assert_eq!(subscription.trouble.as_deref(), Some(why));
    confirmed(&mut subscription, Mode::Subscribe, None, now());
    assert_eq!(subscription.trouble, None);
}

#[test]
fn the_pauses_grow_to_a_day() {
    let mut subscription = asking(1);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        let due = subscription.due.unwrap();
        pauses.push(due.duration_since(now()).as_mins());
        asked(&mut subscription, Mode::Subscribe, now());
    }
    assert_eq!(pauses, [10, 40, 160, 640, 1440, 1440]);
}

#[test]
fn the_second_hub_is_asked_when_the_first_refuses_and_no_third() {
    let mut subscription = asking(2);
    refused(&mut subscription, "down".to_owned(), None, now());
    assert_eq!(
        step(&subscription, Wish::Push, now()),
        HubAction::Begin(hub(1))
    );
    let second = HubSubscription {
        hub: hub(1),
        ..contract()
    };
    subscription.contract = Some(second);
    asked(&mut subscription, Mode::Subscribe, now());
    refused(&mut subscription, "down too".to_owned(), None, now());
    let due = subscription.due.unwrap();
    assert!(due > now());
    assert_eq!(subscription.trouble.as_deref(), Some("down too"));
    assert_eq!(
        step(&subscription, Wish::Push, due),
        HubAction::Begin(hub(0))
    );
}

#[test]
fn a_hub_may_say_when_to_come_back() {
    let mut subscription = asking(1);
    let asked = Duration::from_secs(3 * 3600);
    refused(&mut subscription, "busy".to_owned(), Some(asked), now());
    rests_until(&subscription, Wish::Push, hours(3));
    refused(
        &mut subscription,
        "busy".to_owned(),
        Some(asked * 1000),
        now(),
    );
    rests_until(&subscription, Wish::Push, hours(24));
}

#[test]
fn a_lease_is_between_an_hour_and_thirty_days() {
    let until = |lease_seconds| {
        let lease = subscribed(lease_seconds).contract.unwrap().lease.unwrap();
        lease.until.duration_since(now()).as_hours()
    };
    assert_eq!(until(Some(10 * 365 * 86_400)), 30 * 24);
    assert_eq!(until(Some(u64::MAX)), 30 * 24);
    assert_eq!(until(Some(0)), 1);
    assert_eq!(until(Some(86_400 * 10)), 240);
    assert_eq!(until(None), 24);
}

#[test]
fn a_lease_is_renewed_before_it_ends() {
    rests_until(&subscribed(Some(10 * 86_400)), Wish::Push, hours(9 * 24));
    let short = subscribed(Some(3600));
    rests_until(&short, Wish::Push, now() + SignedDuration::from_mins(45));
    let mut subscription = subscribed(Some(10 * 86_400));
    let renewal = step(&subscription, Wish::Push, hours(9 * 24));
    assert_eq!(renewal, HubAction::Ask(Mode::Subscribe));
    asked(&mut subscription, Mode::Subscribe, hours(9 * 24));
    assert!(subscription.contract.as_ref().unwrap().is_open());
    confirmed(
        &mut subscription,
        Mode::Subscribe,
        Some(86_400),
        hours(9 * 24),
    );
    let lease = subscription.contract.unwrap().lease.unwrap();
    assert_eq!((lease.since, lease.until), (now(), hours(10 * 24)));
}

#[test]
fn nothing_is_confirmed_twice() {
    let mut subscription = subscribed(Some(3600));
    let before = subscription.clone();
    confirmed(&mut subscription, Mode::Subscribe, Some(86_400), now());
    confirmed(&mut subscription, Mode::Unsubscribe, None, now());
    assert_eq!(subscription, before);
}

#[test]
fn a_lease_that_ended_is_asked_for_again() {
    let subscription = subscribed(Some(3600));
    assert_eq!(age(&subscription, now()), None);
    let aged = age(&subscription, hours(1)).unwrap();
    assert!(!aged.contract.as_ref().unwrap().is_open());
    let next = step(&aged, Wish::Push, hours(1));
    assert_eq!(next, HubAction::Ask(Mode::Subscribe));
}

#[test]
fn a_clock_that_was_ahead_does_no_harm() {
    let mut subscription = subscribed(Some(3600));
    let far = hours(24 * 365);
    subscription.due = Some(far);
    subscription.contract.as_mut().unwrap().lease = Some(Lease {
        since: now(),
        until: far,
    });
    let aged = age(&subscription, now()).unwrap();
    let lease = aged.contract.unwrap().lease.unwrap();
    assert_eq!(lease.until, hours(30 * 24));
    let mut asking = asking(1);
    asking.due = Some(far);
    rests_until(&asking, Wish::Push, hours(24));
}

#[test]
fn a_denial_is_believed_for_a_day() {
    let mut subscription = subscribed(Some(86_400));
    denied(&mut subscription, Some("no thanks"), now());
    let trouble = subscription.trouble.as_deref().unwrap();
    assert_eq!(trouble, "hub0.example denies the subscription: no thanks");
    assert!(!subscription.contract.as_ref().unwrap().is_open());
    rests_until(&subscription, Wish::Push, hours(24));
}

#[test]
fn what_is_not_wanted_any_more_is_ended() {
    let mut subscription = subscribed(Some(10 * 86_400));
    let end = step(&subscription, Wish::Poll, now());
    assert_eq!(end, HubAction::Ask(Mode::Unsubscribe));
    asked(&mut subscription, Mode::Unsubscribe, now());
    assert!(!subscription.contract.as_ref().unwrap().is_open());
    rests_until(&subscription, Wish::Poll, now() + MIN_PAUSE);
    confirmed(&mut subscription, Mode::Unsubscribe, None, now());
    assert_eq!(subscription.contract, None);
    assert_eq!(
        step(&subscription, Wish::Poll, now()),
        HubAction::Rest(None)
    );
}

#[test]
fn a_hub_that_does_not_let_go_is_left() {
    let mut subscription = subscribed(Some(10 * 86_400));
    for _ in 0..MAX_FAREWELLS {
        asked(&mut subscription, Mode::Unsubscribe, now());
    }
    let due = subscription.due.unwrap();
    rests_until(&subscription, Wish::Poll, due);
    assert_eq!(step(&subscription, Wish::Poll, due), HubAction::Forget);
}

#[test]
fn a_source_that_comes_back_goes_on() {
    let mut subscription = subscribed(Some(10 * 86_400));
    asked(&mut subscription, Mode::Unsubscribe, now());
    let back = step(&subscription, Wish::Push, now());
    assert_eq!(back, HubAction::Ask(Mode::Subscribe));
}

#[test]
fn another_topic_is_another_contract() {
    let mut subscription = subscribed(Some(86_400));
    subscription.offer.as_mut().unwrap().topic = Topic::parse("https://paper.example/new").unwrap();
    assert_eq!(
        step(&subscription, Wish::Push, now()),
        HubAction::Begin(hub(0))
    );
    let mut subscription = subscribed(Some(86_400));
    subscription.offer = None;
    let end = step(&subscription, Wish::Push, now());
    assert_eq!(end, HubAction::Ask(Mode::Unsubscribe));
}
