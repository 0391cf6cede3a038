//! robots.txt of each site, fetched once a day and kept in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::{debug, warn};

use crate::config::{Config, RobotsRule, Source};
use crate::fetch::robots::{Purpose, Robots, Rules};
use crate::fetch::{self, Client, FetchError};
use crate::model::{RobotsCopy, RobotsNote, WebUrl};
use crate::store::Store;
use crate::sync;

/// Lifetime of a copy (RFC 9309, 2.4).
const RULES_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Wait before a site that could not be asked is asked again.
const RETRY_AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(30);

/// Upper limit of sites kept in memory.
const MAX_SITES: usize = 4096;

/// Cache of robots.txt files in memory, over the copies in the store.
#[derive(Debug, Default)]
pub(in crate::poll) struct RobotsCache {
    sites: Mutex<HashMap<String, Arc<SiteSlot>>>,
}

/// Slot of one site; the holder of its lock asks for all who wait.
type SiteSlot = tokio::sync::Mutex<Option<Known>>;

#[derive(Clone, Debug)]
struct Known {
    asked: Timestamp,
    /// `None`: the site has never answered.
    rules: Option<Arc<Rules>>,
    copied: Option<Timestamp>,
}

/// Answers of robots.txt files that were fetched in one poll; they go into its commit.
#[derive(Debug, Default)]
pub(in crate::poll) struct RobotsLog(Mutex<Vec<RobotsNote>>);

impl RobotsLog {
    /// Takes the answers out.
    pub(in crate::poll) fn take(&self) -> Vec<RobotsNote> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RobotsNote>> {
        sync::lock(&self.0)
    }
}

/// Asker of a site's robots.txt: one poll of one source.
#[derive(Clone, Copy, Debug)]
pub(in crate::poll) struct RobotsQuery<'a> {
    pub(in crate::poll) client: &'a Client,
    pub(in crate::poll) store: &'a Store,
    pub(in crate::poll) config: &'a Config,
    pub(in crate::poll) source: &'a Source,
    pub(in crate::poll) log: &'a RobotsLog,
    pub(in crate::poll) now: Timestamp,
}

impl RobotsCache {
    fn site(&self, name: &str) -> Arc<SiteSlot> {
        let mut sites = sync::lock(&self.sites);
        if sites.len() >= MAX_SITES && !sites.contains_key(name) {
            // They are in the store; what is in use stays.
            sites.retain(|_, site| Arc::strong_count(site) > 1);
        }
        Arc::clone(sites.entry(name.to_owned()).or_default())
    }
}

impl Known {
    fn of(note: &RobotsNote) -> Known {
        let copy = note.copy.as_ref();
        Known {
            asked: note.asked,
            rules: copy.map(|copy| Arc::new(Rules::read(copy.text.as_bytes()))),
            copied: copy.map(|copy| copy.at),
        }
    }

    /// Whether the copy still counts: a clock that was wrong makes nothing last. Another
    /// poll may have asked a moment later than `now`, when this one began.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let lifetime = match self.copied == Some(self.asked) {
            true => RULES_LIFETIME,
            false => RETRY_AFTER_FAILURE,
        };
        (-RETRY_AFTER_FAILURE..lifetime).contains(&now.duration_since(self.asked))
    }
}

impl RobotsCache {
    /// Asks whether robots.txt lets `query.source` request `url`, and returns the `Crawl-delay` that its
    /// site wants, if any.
    ///
    /// # Errors
    ///
    /// [`FetchError::Robots`] if it does not let us.
    pub(in crate::poll) async fn admit(
        &self,
        query: &RobotsQuery<'_>,
        url: &WebUrl,
        purpose: Purpose,
    ) -> Result<Option<Duration>, FetchError> {
        let host = url.host();
        if query.config.host(&host).robots == RobotsRule::Ignore {
            return Ok(None);
        }
        let refuse = |rule: Option<&str>| FetchError::Robots {
            host: host.clone(),
            path: url.to_url().path().chars().take(100).collect(),
            rule: rule.map(str::to_owned),
        };
        let Some(rules) = self.rules(query, url).await else {
            return match purpose {
                // It was published for us; a site that is down will say so itself.
                Purpose::Feed => Ok(None),
                Purpose::Page => Err(refuse(None)),
            };
        };
        match rules.forbids(url, purpose) {
            Some(rule) => Err(refuse(Some(rule))),
            None => Ok(rules.delay(purpose)),
        }
    }

    /// Returns the rules of a site; `None` if it does not answer and never has.
    async fn rules(&self, query: &RobotsQuery<'_>, url: &WebUrl) -> Option<Arc<Rules>> {
        let (source, now) = (query.source, query.now);
        let name = url.to_url().origin().ascii_serialization();
        let site = self.site(&name);
        let mut known = site.lock().await;
        if known.is_none() {
            *known = stored(query.store, &name);
        }
        if let Some(known) = known.as_ref().filter(|known| known.is_fresh(now)) {
            return known.rules.clone();
        }
        let contact = query.config.server.contact.as_deref();
        let user_agent = fetch::user_agent(contact, &source.id);
        let answer = query.client.robots(url, &user_agent, source.timeout).await;
        let held = known.take();
        let (rules, copied) = match answer {
            Robots::Rules(rules) => (Some(Arc::new(rules)), Some(now)),
            Robots::Unreachable(why) => {
                debug!(site = %name, "robots.txt of {name}: {why}");
                held.map_or((None, None), |held| (held.rules, held.copied))
            }
        };
        let copy = rules.as_ref().zip(copied).map(|(rules, at)| RobotsCopy {
            at,
            text: rules.write(),
        });
        query.log.lock().push(RobotsNote {
            site: name,
            asked: now,
            copy,
        });
        *known = Some(Known {
            asked: now,
            rules: rules.clone(),
            copied,
        });
        rules
    }
}

/// Looks up the copy that the store has of a site's robots.txt.
fn stored(store: &Store, site: &str) -> Option<Known> {
    match store.robots(site) {
        Ok(note) => note.as_ref().map(Known::of),
        Err(why) => {
            warn!("cannot read what the store knows of {site}: {why}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_counts_for_a_day_and_for_polls_that_began_before_it() {
        let asked: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let known = |copied| Known {
            asked,
            rules: None,
            copied,
        };
        let fresh =
            |known: &Known, hours| known.is_fresh(asked + SignedDuration::from_hours(hours));
        let copied = known(Some(asked));
        assert!(copied.is_fresh(asked - SignedDuration::from_secs(20)));
        assert!(fresh(&copied, 23));
        assert!(!fresh(&copied, 24));
        assert!(!fresh(&copied, -1), "the clock was wrong");
        assert!(!fresh(&known(None), 1), "it did not answer");
    }
}
