//! Hosts: sources that count as one, and what is remembered of each.
//!
//! Hosts of one registrable site count as one, and so do hosts that were found
//! at the same address: twenty names on one machine are one machine.

pub(super) mod lease_gate;
pub(super) mod outage;
pub(super) mod pacer;
pub(super) mod queue;
pub(super) mod registry;
pub(super) mod robots;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::text::site;

/// Names a host that has a queue of its own.
pub(super) type HostName = Arc<str>;

/// The host that each host name belongs to.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    by_name: HashMap<String, HostName>,
    /// Hosts with more than one source.
    shared: HashSet<HostName>,
}

impl Hosts {
    /// Puts together what belongs together, from host names and the addresses
    /// they were found at.
    pub(super) fn of<'a>(found: impl IntoIterator<Item = (&'a str, Option<IpAddr>)>) -> Hosts {
        let mut joined = DisjointSets::default();
        let mut names = HashMap::new();
        let mut members = Vec::new();
        for (name, address) in found {
            let own = site::of(name);
            let mut member = joined.member(own);
            if let Some(address) = address.or_else(|| name.parse().ok()) {
                let machine = joined.member(&address.to_canonical().to_string());
                member = joined.join(member, machine);
            }
            names.insert(name.to_owned(), member);
            names.insert(own.to_owned(), member);
            members.push(member);
        }
        let by_name = names
            .into_iter()
            .map(|(name, member)| (name, joined.name(member)))
            .collect();
        let mut seen = HashSet::new();
        let hosts = members.into_iter().map(|member| joined.name(member));
        let shared = hosts
            .filter(|host| !seen.insert(Arc::clone(host)))
            .collect();
        Hosts { by_name, shared }
    }

    /// Whether several sources belong to the same host.
    #[must_use]
    pub(super) fn is_shared(&self, name: &str) -> bool {
        self.shared.contains(&self.host(name))
    }

    /// Returns the host that `name` belongs to; its site, if it is not the host of a
    /// source.
    #[must_use]
    pub(super) fn host(&self, name: &str) -> HostName {
        if let Some(host) = self.by_name.get(name) {
            return Arc::clone(host);
        }
        let site = site::of(name);
        self.by_name
            .get(site)
            .cloned()
            .unwrap_or_else(|| site.into())
    }
}

/// Sets that grow together (union-find).
#[derive(Default)]
struct DisjointSets {
    names: Vec<HostName>,
    parents: Vec<usize>,
    by_name: HashMap<HostName, usize>,
}

impl DisjointSets {
    fn member(&mut self, name: &str) -> usize {
        if let Some(member) = self.by_name.get(name) {
            return *member;
        }
        let (name, member): (HostName, usize) = (name.into(), self.names.len());
        self.names.push(Arc::clone(&name));
        self.parents.push(member);
        self.by_name.insert(name, member);
        member
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }

    /// Joins two sets; the lesser becomes the root, so that a set is called after the site that
    /// came first.
    fn join(&mut self, one: usize, other: usize) -> usize {
        let (one, other) = (self.root(one), self.root(other));
        let (root, child) = (one.min(other), one.max(other));
        self.parents[child] = root;
        root
    }

    fn name(&mut self, member: usize) -> HostName {
        let root = self.root(member);
        Arc::clone(&self.names[root])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::schedule::breaker;
    use crate::model::{BreakerState, SourceState};

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([127, 0, 0, last]))
    }

    #[test]
    fn names_of_one_site_are_one_host() {
        let hosts = Hosts::of([
            ("rss.example.cn", None),
            ("www.example.cn", None),
            ("b.example", None),
        ]);
        assert_eq!(hosts.host("rss.example.cn"), hosts.host("www.example.cn"));
        assert_eq!(hosts.host("img.example.cn"), hosts.host("www.example.cn"));
        assert_ne!(hosts.host("b.example"), hosts.host("www.example.cn"));
    }

    #[test]
    fn names_at_one_address_are_one_host() {
        let hosts = Hosts::of([
            ("a.example", address(2)),
            ("b.example", address(2)),
            ("127.0.0.2", None),
            ("c.example", address(3)),
            ("d.example", None),
        ]);
        for name in ["b.example", "127.0.0.2", "www.b.example"] {
            assert_eq!(&*hosts.host(name), "a.example", "{name}");
        }
        assert_eq!(&*hosts.host("c.example"), "c.example");
        assert_eq!(&*hosts.host("d.example"), "d.example");
    }

    #[test]
    fn what_was_heard_last_counts() {
        let hosts = Hosts::of([("a.example", None)]);
        let state = |path: &str, second: i64, failures: u32| {
            let at = jiff::Timestamp::from_second(second).unwrap();
            SourceState {
                asked: crate::model::WebUrl::parse(&format!("http://a.example/{path}")),
                host: Some(BreakerState {
                    at,
                    until: at,
                    failures,
                }),
                ..SourceState::default()
            }
        };
        let states = [state("x", 5, 1), state("y", 9, 2), state("z", 7, 3)];
        let notes = breaker::latest_by_host(&states, |name| hosts.host(name));
        assert_eq!(notes[&hosts.host("a.example")].failures, 2);
    }
}
