//! Roster of our hub: who is to be told, who is being told, and who has to wait for what. It touches
//! neither network nor disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::lanes::{Lanes, Place};
use crate::model::{ChannelId, Subscriber, SubscriberKey, Topic};
use crate::serve::routes::channels::Feed;

/// Least time between two deliveries to one subscriber: what came in the meantime is told at once.
const SPACING: SignedDuration = SignedDuration::from_millis(500);

/// All subscribers, by key.
#[derive(Default)]
pub(super) struct Roster {
    seats: HashMap<SubscriberKey, Seat>,
    by_channel: BTreeMap<ChannelId, BTreeSet<SubscriberKey>>,
    lanes: Lanes,
    /// Times at which to look at a subscriber: its lease ends, or it may be told again.
    agenda: BTreeSet<(Timestamp, SubscriberKey)>,
    /// Number of the last seat.
    last: u64,
}

/// Subscriber with what is known of it since the start.
struct Seat {
    subscriber: Subscriber,
    /// Feed that its topic names at present.
    feed: Option<Feed>,
    host: String,
    /// Number that no other seat had: a subscriber may leave and come back while it is being told.
    number: u64,
    state: SeatState,
    /// Generation of the channel in what it was told last; `None` if nobody knows.
    generation: Option<u64>,
    /// Time of the last delivery.
    told: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SeatState {
    Idle,
    Waiting,
    Busy,
}

/// Delivery under way.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) key: SubscriberKey,
    pub(super) place: Place,
    number: u64,
}

/// Version of a feed that was delivered, or is held already.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    /// First 32 characters of its tag.
    pub(super) tag: String,
    /// Generation of the channel before it was rendered.
    pub(super) generation: u64,
    /// Last change of the channel at that time.
    pub(super) changed: Option<Timestamp>,
}

impl Roster {
    /// Returns how many subscribe.
    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    /// Returns the keys of all that subscribe.
    pub(super) fn keys(&self) -> Vec<SubscriberKey> {
        self.seats.keys().copied().collect()
    }

    /// Whether somebody with this key subscribes.
    pub(super) fn contains(&self, key: &SubscriberKey) -> bool {
        self.seats.contains_key(key)
    }

    /// Returns a subscriber.
    pub(super) fn get(&self, key: &SubscriberKey) -> Option<&Subscriber> {
        self.seats.get(key).map(|seat| &seat.subscriber)
    }

    /// Adds a subscriber of a feed that has been told of `generation`, or renews it; returns whether it
    /// is new. One that is being told stays so.
    pub(super) fn add(
        &mut self,
        subscriber: Subscriber,
        feed: Option<Feed>,
        generation: Option<u64>,
    ) -> bool {
        let key = subscriber.key();
        self.agenda.insert((subscriber.until, key));
        if let Some(seat) = self.seats.get_mut(&key) {
            seat.subscriber = subscriber;
            return false;
        }
        let host = subscriber.callback.host();
        self.lanes.join(&host);
        if let Some((channel, _)) = &feed {
            let keys = self.by_channel.entry(channel.clone()).or_default();
            keys.insert(key);
        }
        self.last += 1;
        let seat = Seat {
            subscriber,
            feed,
            host,
            number: self.last,
            state: SeatState::Idle,
            generation,
            told: None,
        };
        self.seats.insert(key, seat);
        true
    }

    /// Removes a subscriber; returns the host of its callback.
    pub(super) fn remove(&mut self, key: &SubscriberKey) -> Option<String> {
        let seat = self.seats.remove(key)?;
        if let Some((channel, _)) = &seat.feed {
            self.leave_channel(channel, key);
        }
        self.lanes.leave(&seat.host);
        Some(seat.host)
    }

    /// Finds the feeds of all topics again: the configuration is another one.
    pub(super) fn assign(&mut self, feed_of: impl Fn(&Topic) -> Option<Feed>) {
        self.by_channel.clear();
        for (key, seat) in &mut self.seats {
            let feed = feed_of(&seat.subscriber.topic);
            if let Some((channel, _)) = &feed {
                let keys = self.by_channel.entry(channel.clone()).or_default();
                keys.insert(*key);
            }
            seat.feed = feed;
        }
    }

    /// Returns the channels that somebody subscribes to.
    pub(super) fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.by_channel.keys()
    }

    /// Offers a change of a channel to its subscribers.
    pub(super) fn offer_all(&mut self, channel: &ChannelId, now: Timestamp) {
        let keys = self.by_channel.get(channel).cloned().unwrap_or_default();
        for key in keys {
            self.offer(&key, now);
        }
    }

    /// Puts a subscriber into the lane of its host, unless it stands there, is being told, or is not to
    /// be told yet: then it is looked at later.
    pub(super) fn offer(&mut self, key: &SubscriberKey, now: Timestamp) {
        let Some(seat) = self.seats.get_mut(key) else {
            return;
        };
        if seat.state != SeatState::Idle || seat.feed.is_none() {
            return;
        }
        let rested = seat.told.and_then(|told| told.checked_add(SPACING).ok());
        // A clock that was set back counts for nothing.
        let rested = rested.filter(|_| seat.told.is_some_and(|told| told <= now));
        if let Some(then) = rested.max(seat.subscriber.due).filter(|then| *then > now) {
            self.agenda.insert((then, *key));
            return;
        }
        seat.state = SeatState::Waiting;
        self.lanes.wait(&seat.host, *key);
    }

    /// Returns the next delivery for which there is a place.
    pub(super) fn start(&mut self) -> Option<(Started, Subscriber, Feed)> {
        loop {
            let (place, key) = self.lanes.take()?;
            let seat = self.seats.get_mut(&key);
            let seat = seat.filter(|seat| seat.state == SeatState::Waiting);
            if let Some(seat) = seat {
                seat.state = SeatState::Idle;
                if let Some(feed) = seat.feed.clone() {
                    seat.state = SeatState::Busy;
                    let number = seat.number;
                    let started = Started { key, place, number };
                    return Some((started, seat.subscriber.clone(), feed));
                }
            }
            self.lanes.give_back(&place, None);
        }
    }

    /// Ends a delivery: its place is free, and its host is known to answer, or not to; `None` where that
    /// was not tried. Returns the subscriber, unless it has left meanwhile.
    pub(super) fn finish(
        &mut self,
        started: &Started,
        has_answered: Option<bool>,
        now: Timestamp,
    ) -> Option<&mut Subscriber> {
        self.lanes.give_back(&started.place, has_answered);
        let seat = self.seats.get_mut(&started.key);
        let seat = seat.filter(|seat| seat.number == started.number)?;
        seat.state = SeatState::Idle;
        if has_answered.is_some() {
            seat.told = Some(now);
        }
        Some(&mut seat.subscriber)
    }

    /// Notes the generation that a subscriber has been told of.
    pub(super) fn note(&mut self, key: &SubscriberKey, generation: u64) {
        if let Some(seat) = self.seats.get_mut(key) {
            seat.generation = Some(generation);
        }
    }

    /// Whether a subscriber lacks what its channel holds at `generation`.
    pub(super) fn lacks(
        &self,
        key: &SubscriberKey,
        generation: impl Fn(&ChannelId) -> u64,
    ) -> bool {
        self.seats.get(key).is_some_and(|seat| {
            let feed = seat.feed.as_ref();
            feed.is_some_and(|(channel, _)| seat.generation != Some(generation(channel)))
        })
    }

    /// Puts a subscriber on the agenda.
    pub(super) fn look_at(&mut self, key: SubscriberKey, then: Timestamp) {
        self.agenda.insert((then, key));
    }

    /// Returns the next subscriber to look at by `now`.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<SubscriberKey> {
        let first = self.agenda.first().filter(|(then, _)| *then <= now)?;
        let first = *first;
        self.agenda.remove(&first);
        Some(first.1)
    }

    /// Returns the time at which somebody is to be looked at next.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        self.agenda.first().map(|(then, _)| *then)
    }

    fn leave_channel(&mut self, channel: &ChannelId, key: &SubscriberKey) {
        if let Some(keys) = self.by_channel.get_mut(channel) {
            keys.remove(key);
            if keys.is_empty() {
                self.by_channel.remove(channel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::publish::Format;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_780_000_000_000 + milliseconds).unwrap()
    }

    fn add(roster: &mut Roster, host: &str, n: usize) -> SubscriberKey {
        let callback = format!("https://{host}/{n}");
        let subscriber = Subscriber {
            topic: Topic::parse("https://news.example/a.rss").unwrap(),
            callback: WebUrl::parse(&callback).unwrap(),
            secret: None,
            until: at(3_600_000),
            version: String::new(),
            changed: None,
            failures: 0,
            due: None,
        };
        let key = subscriber.key();
        let feed = ("a".parse().unwrap(), Format::Rss);
        assert!(roster.add(subscriber, Some(feed), Some(1)));
        key
    }

    fn started(roster: &mut Roster) -> Vec<Started> {
        let started = std::iter::from_fn(|| roster.start());
        started.map(|(started, ..)| started).collect()
    }

    #[test]
    fn who_is_being_told_or_has_just_been_is_not_told_again_at_once() {
        let mut roster = Roster::default();
        let key = add(&mut roster, "r.example", 0);
        roster.offer(&key, at(0));
        roster.offer(&key, at(0));
        let first = started(&mut roster);
        assert_eq!(first.len(), 1);
        roster.offer(&key, at(1));
        assert!(started(&mut roster).is_empty(), "it is being told");
        assert!(roster.finish(&first[0], Some(true), at(100)).is_some());
        roster.offer(&key, at(200));
        assert!(started(&mut roster).is_empty(), "it has just been told");
        assert_eq!(roster.wake(), Some(at(600)));
        assert_eq!(roster.due(at(599)), None);
        assert_eq!(roster.due(at(600)), Some(key));
        roster.offer(&key, at(600));
        assert_eq!(started(&mut roster).len(), 1);
    }

    #[test]
    fn who_left_is_not_told_and_who_came_back_is_somebody_else() {
        let mut roster = Roster::default();
        let key = add(&mut roster, "r.example", 0);
        roster.offer(&key, at(0));
        assert_eq!(roster.remove(&key).as_deref(), Some("r.example"));
        assert!(started(&mut roster).is_empty());
        add(&mut roster, "r.example", 0);
        roster.offer(&key, at(0));
        let first = started(&mut roster);
        roster.remove(&key);
        add(&mut roster, "r.example", 0);
        assert!(roster.finish(&first[0], Some(true), at(0)).is_none());
        roster.remove(&key);
        assert!(roster.lanes.is_empty() && roster.by_channel.is_empty());
        assert_eq!(roster.len(), 0);
    }
}
