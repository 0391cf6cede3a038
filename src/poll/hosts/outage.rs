//! Telling one dead network from many dead sources. Pure.

use std::collections::HashSet;

use jiff::Timestamp;

use super::HostName;
use crate::ingest::outcome::OUTAGE;
use crate::model::{Health, SourceState};

/// Fewest silent hosts in a row that prove an outage: however few there are, one alone proves
/// nothing.
const MIN_NEEDED_HOSTS: usize = 2;

/// Most silent hosts in a row that are needed for it, however many there are.
const MAX_NEEDED_HOSTS: usize = 8;

/// Whether anything on the network answers.
#[derive(Debug, Default)]
pub(in crate::poll) struct Outage {
    /// All hosts there are.
    n_hosts: usize,
    /// Hosts that were well and did not answer, since any host last did.
    silent: HashSet<HostName>,
    /// Since when nothing answers.
    since: Option<Timestamp>,
}

/// Change of the outage by an answer, or by none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::poll) enum OutageChange {
    /// Nothing.
    None,
    /// From now on nothing answers.
    Begins,
    /// Something answers again; nothing did since then.
    Ends(Timestamp),
}

impl Outage {
    /// Restores the outage from the states of sources, after a restart.
    pub(in crate::poll) fn remembered<'a>(states: impl Iterator<Item = &'a SourceState>) -> Outage {
        let latest = states.max_by_key(|state| state.polled);
        let since = latest.filter(|state| is_outage(&state.health));
        Outage {
            since: since.and_then(|state| state.polled),
            ..Outage::default()
        }
    }

    pub(in crate::poll) fn set_hosts(&mut self, n_hosts: usize) {
        self.n_hosts = n_hosts;
    }

    pub(in crate::poll) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// Notes that a host has answered, whatever it said.
    pub(in crate::poll) fn heard(&mut self) -> OutageChange {
        self.silent.clear();
        self.since
            .take()
            .map_or(OutageChange::None, OutageChange::Ends)
    }

    /// Notes that a host has not answered. One that `was_failing` before proves nothing.
    pub(in crate::poll) fn silent(
        &mut self,
        host: HostName,
        was_failing: bool,
        now: Timestamp,
    ) -> OutageChange {
        if self.is_on() || was_failing {
            return OutageChange::None;
        }
        self.silent.insert(host);
        // Of few hosts, three in four: two papers on one dead server are no network.
        let enough = (self.n_hosts * 3)
            .div_ceil(4)
            .clamp(MIN_NEEDED_HOSTS, MAX_NEEDED_HOSTS);
        if self.silent.len() < enough {
            return OutageChange::None;
        }
        self.since = Some(now);
        OutageChange::Begins
    }
}

fn is_outage(health: &Health) -> bool {
    matches!(health, Health::Failing { code, .. } if code == OUTAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn with_hosts(n_hosts: usize) -> Outage {
        let mut outage = Outage::default();
        outage.set_hosts(n_hosts);
        outage
    }

    #[test]
    fn many_hosts_falling_silent_at_once_are_one_outage() {
        let mut outage = with_hosts(500);
        for n in 0..7 {
            assert_eq!(
                outage.silent(n.to_string().into(), false, at(n)),
                OutageChange::None
            );
        }
        assert_eq!(
            outage.silent("7".into(), false, at(7)),
            OutageChange::Begins
        );
        assert_eq!(outage.silent("8".into(), false, at(8)), OutageChange::None);
        assert!(outage.is_on());
        assert_eq!(outage.heard(), OutageChange::Ends(at(7)));
        assert!(!outage.is_on());
    }

    #[test]
    fn one_answer_in_between_proves_the_network() {
        let mut outage = with_hosts(500);
        for n in 0..100 {
            assert_eq!(
                outage.silent(n.to_string().into(), false, at(n)),
                OutageChange::None
            );
            if n % 7 == 6 {
                outage.heard();
            }
        }
    }

    #[test]
    fn the_same_host_again_and_hosts_long_dead_prove_nothing() {
        let mut outage = with_hosts(500);
        for n in 0..100 {
            assert_eq!(
                outage.silent("same".into(), false, at(n)),
                OutageChange::None
            );
            assert_eq!(
                outage.silent(n.to_string().into(), true, at(n)),
                OutageChange::None
            );
        }
    }

    #[test]
    fn of_few_hosts_three_in_four_are_the_network() {
        let mut outage = with_hosts(4);
        assert_eq!(
            outage.silent("one".into(), false, at(1)),
            OutageChange::None
        );
        assert_eq!(
            outage.silent("two".into(), false, at(2)),
            OutageChange::None
        );
        assert_eq!(
            outage.silent("three".into(), false, at(3)),
            OutageChange::Begins
        );
    }

    #[test]
    fn a_single_host_is_never_a_network() {
        let mut outage = with_hosts(1);
        assert_eq!(
            outage.silent("only".into(), false, at(1)),
            OutageChange::None
        );
        let mut outage = with_hosts(2);
        assert_eq!(
            outage.silent("one".into(), false, at(1)),
            OutageChange::None
        );
        assert_eq!(
            outage.silent("two".into(), false, at(2)),
            OutageChange::Begins
        );
    }

    #[test]
    fn an_outage_goes_on_over_a_restart() {
        let state = |polled: i64, code: &str| SourceState {
            polled: Some(at(polled)),
            health: Health::Failing {
                code: code.to_owned(),
                message: String::new(),
            },
            ..SourceState::default()
        };
        let states = [state(1, "timeout"), state(5, OUTAGE)];
        assert!(Outage::remembered(states.iter()).is_on());
        let states = [state(7, "timeout"), state(5, OUTAGE)];
        assert!(!Outage::remembered(states.iter()).is_on());
    }
}
