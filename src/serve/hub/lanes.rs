//! Lanes of our hub: callbacks of one host wait in a lane of their own, so that none waits for another
//! host's. Hosts that did not answer last time have few places together, so that they leave room to
//! those that do.

use std::collections::{HashMap, VecDeque};

use crate::model::SubscriberKey;

/// Deliveries at the same time to hosts that answer.
pub(super) const MAX_FAST: usize = 256;

/// Deliveries at the same time to hosts that did not answer last time.
pub(super) const MAX_SLOW: usize = 32;

/// Deliveries at the same time to one host that answers; to another, one.
pub(super) const MAX_OF_HOST: usize = 4;

/// Lanes of all hosts with subscribers.
#[derive(Default)]
pub(super) struct Lanes {
    by_host: HashMap<String, Lane>,
    /// Hosts with somebody who waits.
    ready: VecDeque<String>,
    n_fast: usize,
    n_slow: usize,
}

/// Lane of one host.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<SubscriberKey>,
    n_busy: usize,
    n_subscribers: usize,
    is_ready: bool,
    /// Whether the last delivery failed.
    is_slow: bool,
}

/// Place of a delivery, to be given back.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) host: String,
    is_slow: bool,
}

impl Lanes {
    /// Counts a subscriber of a host that came.
    pub(super) fn join(&mut self, host: &str) {
        self.by_host
            .entry(host.to_owned())
            .or_default()
            .n_subscribers += 1;
    }

    /// Counts one that left.
    pub(super) fn leave(&mut self, host: &str) {
        if let Some(lane) = self.by_host.get_mut(host) {
            lane.n_subscribers = lane.n_subscribers.saturating_sub(1);
        }
        self.tidy(host);
    }

    /// Puts a subscriber behind those of its host that wait.
    pub(super) fn wait(&mut self, host: &str, key: SubscriberKey) {
        let lane = self.by_host.entry(host.to_owned()).or_default();
        lane.waiting.push_back(key);
        if !std::mem::replace(&mut lane.is_ready, true) {
            self.ready.push_back(host.to_owned());
        }
    }

    /// Takes the next subscriber for whom there is a place; it may have left meanwhile.
    pub(super) fn take(&mut self) -> Option<(Place, SubscriberKey)> {
        for _ in 0..self.ready.len() {
            let host = self.ready.pop_front()?;
            let Some(lane) = self.by_host.get_mut(&host) else {
                continue;
            };
            let (n_all, max, max_of_host) = match lane.is_slow {
                true => (&mut self.n_slow, MAX_SLOW, 1),
                false => (&mut self.n_fast, MAX_FAST, MAX_OF_HOST),
            };
            let has_room = *n_all < max && lane.n_busy < max_of_host;
            let key = if has_room {
                lane.waiting.pop_front()
            } else {
                None
            };
            lane.is_ready = !lane.waiting.is_empty();
            if lane.is_ready {
                self.ready.push_back(host.clone());
            }
            if let Some(key) = key {
                lane.n_busy += 1;
                *n_all += 1;
                let is_slow = lane.is_slow;
                return Some((Place { host, is_slow }, key));
            }
        }
        None
    }

    /// Gives a place back; the host is known to answer, or not to: `None` where that was not tried.
    pub(super) fn give_back(&mut self, place: &Place, has_answered: Option<bool>) {
        let n_all = match place.is_slow {
            true => &mut self.n_slow,
            false => &mut self.n_fast,
        };
        *n_all = n_all.saturating_sub(1);
        if let Some(lane) = self.by_host.get_mut(&place.host) {
            lane.n_busy = lane.n_busy.saturating_sub(1);
            if let Some(has_answered) = has_answered {
                lane.is_slow = !has_answered;
            }
        }
        self.tidy(&place.host);
    }

    /// Forgets the lane of a host at which nobody is any more.
    fn tidy(&mut self, host: &str) {
        let is_empty = |lane: &Lane| lane.n_subscribers == 0 && lane.n_busy == 0;
        if self.by_host.get(host).is_some_and(is_empty) {
            self.by_host.remove(host);
            self.ready.retain(|ready| ready != host);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.by_host.is_empty() && self.ready.is_empty() && self.n_fast + self.n_slow == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Topic, WebUrl};

    fn wait(lanes: &mut Lanes, host: &str, n: usize) {
        let topic = Topic::parse("https://news.example/a.rss").unwrap();
        let callback = WebUrl::parse(&format!("https://{host}/{n}")).unwrap();
        lanes.join(host);
        lanes.wait(host, SubscriberKey::of(&topic, &callback));
    }

    fn take_all(lanes: &mut Lanes) -> Vec<Place> {
        std::iter::from_fn(|| lanes.take())
            .map(|(place, _)| place)
            .collect()
    }

    #[test]
    fn a_host_with_many_callbacks_delays_no_other() {
        let mut lanes = Lanes::default();
        for n in 0..1000 {
            wait(&mut lanes, "many.example", n);
        }
        wait(&mut lanes, "one.example", 0);
        let first = take_all(&mut lanes);
        assert_eq!(first.len(), MAX_OF_HOST + 1);
        assert!(first.iter().any(|place| place.host == "one.example"));
        // A place that is free again goes to the next one of the host.
        let of_many = first.iter().find(|place| place.host == "many.example");
        lanes.give_back(of_many.unwrap(), Some(true));
        assert_eq!(take_all(&mut lanes).len(), 1);
    }

    #[test]
    fn hosts_that_do_not_answer_leave_room_to_those_that_do() {
        let mut lanes = Lanes::default();
        let dead: Vec<String> = (0..300).map(|n| format!("dead{n}.example")).collect();
        dead.iter().for_each(|host| wait(&mut lanes, host, 0));
        for _ in 0..2 {
            for place in take_all(&mut lanes) {
                lanes.give_back(&place, Some(false));
            }
        }
        dead.iter().for_each(|host| wait(&mut lanes, host, 1));
        wait(&mut lanes, "alive.example", 0);
        let now = take_all(&mut lanes);
        assert_eq!(now.len(), MAX_SLOW + 1);
        assert!(now.iter().any(|place| place.host == "alive.example"));
        // One that was not asked at all is no better and no worse for it.
        let slow = now.iter().find(|place| place.is_slow).unwrap();
        lanes.give_back(slow, None);
        wait(&mut lanes, &slow.host, 2);
        assert!(lanes.by_host[&slow.host].is_slow);
    }
}
