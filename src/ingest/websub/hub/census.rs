//! Census of our hub: how many subscribe, and from where, so that nobody fills it.
//!
//! Whoever may post to the hub can make us ask any public address, so a site is asked about few
//! requests at a time, and about none for a while after several that it did not mean.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::text::site;

/// Most subscriptions.
pub const MAX_SUBSCRIBERS: usize = 20_000;

/// Most subscriptions whose callbacks are on one site.
pub const MAX_OF_SITE: usize = 2_000;

/// Most requests that wait for their callback to confirm them.
pub const MAX_PENDING: usize = 512;

/// Most of them whose callbacks are on one site.
pub const MAX_PENDING_OF_SITE: usize = 64;

/// Requests in a row that a site did not confirm, after which it is left alone.
const MAX_UNMEANT: u32 = 8;

/// Time for which it is left alone then.
const REST: SignedDuration = SignedDuration::from_mins(10);

/// Counts of subscriptions and requests, in all and by site (registrable domain, or address).
#[derive(Debug, Default)]
pub struct Census {
    n_subscribers: usize,
    n_pending: usize,
    by_site: HashMap<String, SiteCount>,
    /// Time at which sites that had rested were last forgotten.
    swept: Option<Timestamp>,
}

/// Counts of one site; one that is all zero is forgotten.
#[derive(Debug, Default)]
struct SiteCount {
    n_subscribers: usize,
    n_pending: usize,
    /// Requests in a row that were not confirmed.
    n_unmeant: u32,
    /// Time of the last of them.
    last_unmeant: Option<Timestamp>,
}

/// Reason why a request is not taken; its text is for whoever posted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All places are taken.
    #[error("this hub has as many subscriptions as it can have")]
    Full,
    /// The site has as many subscriptions as one may have.
    #[error("there are too many subscriptions for callbacks of this site")]
    SiteFull,
    /// Too many requests wait, in all or of the site.
    #[error("too many requests wait for their callbacks to confirm them; come back later")]
    Busy,
    /// The site has not confirmed its last requests.
    #[error("callbacks of this site have not confirmed its last requests; come back later")]
    Unmeant,
}

impl Census {
    /// Counts a request as waiting, if there is room for it. `is_new` says whether there is no such
    /// subscription yet.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if there is none; nothing is counted then.
    pub fn ask(&mut self, host: &str, is_new: bool, now: Timestamp) -> Result<(), Refusal> {
        if self.swept.is_none_or(|at| is_over(at, now)) {
            self.sweep(now);
        }
        let found = self.by_site.get(site::of(host));
        let of_site = |count: fn(&SiteCount) -> usize| found.map_or(0, count);
        if is_new && self.n_subscribers + self.n_pending >= MAX_SUBSCRIBERS {
            return Err(Refusal::Full);
        }
        if is_new && of_site(|count| count.n_subscribers + count.n_pending) >= MAX_OF_SITE {
            return Err(Refusal::SiteFull);
        }
        let is_busy = self.n_pending >= MAX_PENDING;
        if is_busy || of_site(|count| count.n_pending) >= MAX_PENDING_OF_SITE {
            return Err(Refusal::Busy);
        }
        let is_resting = |count: &SiteCount| {
            count.n_unmeant >= MAX_UNMEANT && count.last_unmeant.is_some_and(|at| !is_over(at, now))
        };
        if found.is_some_and(is_resting) {
            return Err(Refusal::Unmeant);
        }
        self.n_pending += 1;
        self.site(host).n_pending += 1;
        Ok(())
    }

    /// Counts the end of a request that waited, and whether its callback confirmed it.
    pub fn answered(&mut self, host: &str, is_meant: bool, now: Timestamp) {
        self.n_pending = self.n_pending.saturating_sub(1);
        let count = self.site(host);
        count.n_pending = count.n_pending.saturating_sub(1);
        if is_meant {
            (count.n_unmeant, count.last_unmeant) = (0, None);
        } else {
            count.n_unmeant = count.n_unmeant.saturating_add(1);
            count.last_unmeant = Some(now);
        }
        self.tidy(host);
    }

    /// Counts a subscription that began.
    pub fn add(&mut self, host: &str) {
        self.n_subscribers += 1;
        self.site(host).n_subscribers += 1;
    }

    /// Counts a subscription that ended.
    pub fn remove(&mut self, host: &str) {
        self.n_subscribers = self.n_subscribers.saturating_sub(1);
        let count = self.site(host);
        count.n_subscribers = count.n_subscribers.saturating_sub(1);
        self.tidy(host);
    }

    fn site(&mut self, host: &str) -> &mut SiteCount {
        self.by_site.entry(site::of(host).to_owned()).or_default()
    }

    /// Forgets a site of which nothing is to be remembered.
    fn tidy(&mut self, host: &str) {
        let is_empty = |count: &SiteCount| {
            count.n_subscribers == 0 && count.n_pending == 0 && count.n_unmeant == 0
        };
        if self.by_site.get(site::of(host)).is_some_and(is_empty) {
            self.by_site.remove(site::of(host));
        }
    }

    /// Forgets requests that were not confirmed, of sites that have been left alone long enough.
    fn sweep(&mut self, now: Timestamp) {
        self.swept = Some(now);
        self.by_site.retain(|_, count| {
            if count.last_unmeant.is_some_and(|at| is_over(at, now)) {
                (count.n_unmeant, count.last_unmeant) = (0, None);
            }
            count.n_subscribers > 0 || count.n_pending > 0 || count.n_unmeant > 0
        });
    }
}

/// Whether a rest that began at `at` is over; so is one that a fast clock dated.
fn is_over(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age >= REST || age.is_negative()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_site_has_few_requests_at_a_time_and_others_are_not_in_its_way() {
        let mut census = Census::default();
        for n in 0..MAX_PENDING_OF_SITE {
            let host = format!("h{n}.reader.example.com");
            assert_eq!(census.ask(&host, true, now()), Ok(()));
        }
        assert_eq!(census.ask("x.example.com", true, now()), Err(Refusal::Busy));
        assert_eq!(census.ask("other.org", true, now()), Ok(()));
        census.answered("h0.reader.example.com", true, now());
        assert_eq!(census.ask("x.example.com", true, now()), Ok(()));
    }

    #[test]
    fn the_hub_waits_for_so_many_and_no_more() {
        let mut census = Census::default();
        for n in 0..MAX_PENDING {
            assert_eq!(census.ask(&format!("r{n}.org"), true, now()), Ok(()));
        }
        assert_eq!(census.ask("late.org", true, now()), Err(Refusal::Busy));
    }

    #[test]
    fn a_site_that_means_nothing_is_left_alone_for_a_while() {
        let mut census = Census::default();
        for _ in 0..MAX_UNMEANT {
            assert_eq!(census.ask("victim.org", true, now()), Ok(()));
            census.answered("victim.org", false, now());
        }
        let refused = census.ask("victim.org", true, now());
        assert_eq!(refused, Err(Refusal::Unmeant));
        assert_eq!(census.ask("victim.org", true, now() + REST), Ok(()));
    }

    #[test]
    fn places_are_limited_and_come_free() {
        let mut census = Census::default();
        for _ in 0..MAX_OF_SITE {
            census.add("reader.org");
        }
        assert_eq!(
            census.ask("reader.org", true, now()),
            Err(Refusal::SiteFull)
        );
        assert_eq!(census.ask("reader.org", false, now()), Ok(()), "a renewal");
        census.answered("reader.org", true, now());
        census.remove("reader.org");
        assert_eq!(census.ask("reader.org", true, now()), Ok(()));
        for n in 0..MAX_SUBSCRIBERS {
            census.add(&format!("r{n}.org"));
        }
        assert_eq!(census.ask("more.org", true, now()), Err(Refusal::Full));
        census.remove("reader.org");
        assert!(census.by_site.contains_key("reader.org"));
    }

    #[test]
    fn nothing_is_kept_of_a_site_that_left() {
        let mut census = Census::default();
        assert_eq!(census.ask("reader.org", true, now()), Ok(()));
        census.answered("reader.org", true, now());
        census.add("reader.org");
        census.remove("reader.org");
        assert!(census.by_site.is_empty());
        assert_eq!((census.n_subscribers, census.n_pending), (0, 0));
    }
}
