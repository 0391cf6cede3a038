//! Memory of sources, hosts and subscribers. What cannot be read counts as not there, and is told.

use std::collections::BTreeMap;

use super::{Ledger, failed, tree};
use crate::model::{
    CallbackToken, HubState, RobotsNote, SeenEntries, SourceId, SourceState, Subscriber,
    SubscriberKey,
};
use crate::store::codec::Unreadable;
use crate::store::codec::frame::Frame;
use crate::store::codec::source::hub::read_subscription;
use crate::store::codec::source::robots::read_robots;
use crate::store::codec::source::seen::read_roll;
use crate::store::codec::source::state::read_state;
use crate::store::codec::source::subscriber::{read_subscriber, write_subscriber};
use crate::store::disk::damage::DamageLog;
use crate::store::error::StoreError;

impl Ledger {
    /// Returns all states; one that cannot be read is left out, so that its source is polled as if it
    /// were new.
    pub(in crate::store) fn states(
        &self,
        damage: &DamageLog,
    ) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        let mut states = BTreeMap::new();
        self.each_state(damage, |source, state| drop(states.insert(source, state)))?;
        Ok(states)
    }

    /// Calls `visit` with each state, by source; one that cannot be read is left out.
    pub(super) fn each_state(
        &self,
        damage: &DamageLog,
        mut visit: impl FnMut(SourceId, SourceState),
    ) -> Result<(), StoreError> {
        for entry in &self.sources {
            let (name, bytes) = match entry.map_err(failed) {
                Ok(entry) => entry,
                // sled repeats this for ever.
                Err(damaged @ StoreError::Damaged { .. }) => {
                    damage.unreadable("the rest of the source states", &damaged);
                    break;
                }
                Err(other) => return Err(other),
            };
            let name = String::from_utf8_lossy(&name);
            match (name.parse(), read_state(&bytes)) {
                (Ok(source), Ok(state)) => visit(source, state),
                (_, Err(why)) => damage.unreadable(&format!("the state of `{name}`"), &why),
                (Err(why), _) => damage.unreadable("the name of a source", &why),
            }
        }
        Ok(())
    }

    /// Returns the states of these sources, as far as they were polled and can be read.
    pub(in crate::store) fn states_of<'a>(
        &self,
        sources: impl IntoIterator<Item = &'a SourceId>,
        damage: &DamageLog,
    ) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        let mut states = BTreeMap::new();
        for source in sources {
            let Some(bytes) = self.sources.get(source.as_str()).map_err(failed)? else {
                continue;
            };
            match read_state(&bytes) {
                Ok(state) => drop(states.insert(source.clone(), state)),
                Err(why) => damage.unreadable(&format!("the state of `{source}`"), &why),
            }
        }
        Ok(states)
    }

    /// Returns the seen set of a source; an empty one if it is new, or cannot be read.
    pub(in crate::store) fn roll(
        &self,
        source: &SourceId,
        damage: &DamageLog,
    ) -> Result<SeenEntries, StoreError> {
        let Some(bytes) = self.rolls.get(source.as_str()).map_err(failed)? else {
            return Ok(SeenEntries::default());
        };
        let read = read_roll(&bytes);
        Ok(read
            .inspect_err(|why| damage.unreadable(&format!("the roll of `{source}`"), why))
            .unwrap_or_default())
    }

    /// Returns all hub states, in no order. One that cannot be read is left out, so that its source
    /// subscribes anew.
    pub(in crate::store) fn subscriptions(
        &self,
        damage: &DamageLog,
    ) -> Result<Vec<HubState>, StoreError> {
        readable(&self.hubs, read_subscription, "subscription", damage)
    }

    /// Returns the hub states of these sources, by source, of those that have one that can be read.
    pub(in crate::store) fn subscriptions_of<'a>(
        &self,
        sources: impl IntoIterator<Item = &'a SourceId>,
        damage: &DamageLog,
    ) -> Result<BTreeMap<SourceId, HubState>, StoreError> {
        let mut subscriptions = BTreeMap::new();
        for source in sources {
            let key = CallbackToken::key_of(source);
            let Some(bytes) = self.hubs.get(key).map_err(failed)? else {
                continue;
            };
            match read_subscription(&bytes) {
                Ok(found) if found.source == *source => {
                    subscriptions.insert(source.clone(), found);
                }
                // Another source whose key is the same.
                Ok(_) => {}
                Err(why) => damage.unreadable("a subscription", &why),
            }
        }
        Ok(subscriptions)
    }

    /// Returns the hub state whose subscription has this callback token; `None` also if it cannot be
    /// read.
    pub(in crate::store) fn subscription(
        &self,
        token: &CallbackToken,
        damage: &DamageLog,
    ) -> Result<Option<HubState>, StoreError> {
        let Some(bytes) = self.hubs.get(token.key()).map_err(failed)? else {
            return Ok(None);
        };
        let read = read_subscription(&bytes);
        let read = read.inspect_err(|why| damage.unreadable("a subscription", why));
        let is_meant = |found: &HubState| {
            let contract = found.contract.as_ref();
            contract.is_some_and(|contract| contract.token == *token)
        };
        Ok(read.ok().filter(is_meant))
    }

    /// Returns all subscribers of our hub, in no order. One that cannot be read is left out, so that
    /// it has to subscribe again.
    pub(in crate::store) fn subscribers(
        &self,
        damage: &DamageLog,
    ) -> Result<Vec<Subscriber>, StoreError> {
        readable(&self.subscribers, read_subscriber, "subscriber", damage)
    }

    /// Adds subscribers of our hub, and the removal of others, to a frame that is turned to the ledger.
    pub(in crate::store) fn put_subscribers(
        frame: &mut Frame,
        kept: &[Subscriber],
        gone: &[SubscriberKey],
    ) {
        for subscriber in kept {
            let record = write_subscriber(subscriber);
            frame.put(tree::SUBSCRIBERS, subscriber.key().as_bytes(), &record);
        }
        for key in gone {
            frame.remove(tree::SUBSCRIBERS, key.as_bytes());
        }
    }

    /// Returns the note on a site's robots.txt; `None` also if it cannot be read.
    pub(in crate::store) fn robots(
        &self,
        site: &str,
        damage: &DamageLog,
    ) -> Result<Option<RobotsNote>, StoreError> {
        let Some(bytes) = self.robots.get(site).map_err(failed)? else {
            return Ok(None);
        };
        let read = read_robots(site, &bytes);
        Ok(read
            .inspect_err(|why| damage.unreadable(&format!("the robots.txt of {site}"), why))
            .ok())
    }
}

/// Reads all records of a tree, each of them a `what`. One that cannot be read, and what lies behind a
/// damaged page, is noted and left out.
fn readable<T>(
    tree: &sled::Tree,
    read: impl Fn(&[u8]) -> Result<T, Unreadable>,
    what: &str,
    damage: &DamageLog,
) -> Result<Vec<T>, StoreError> {
    let mut records = Vec::new();
    for entry in tree {
        let bytes = match entry.map_err(failed) {
            Ok((_, bytes)) => bytes,
            Err(damaged @ StoreError::Damaged { .. }) => {
                damage.unreadable(&format!("the rest of the {what}s"), &damaged);
                break;
            }
            Err(other) => return Err(other),
        };
        match read(&bytes) {
            Ok(record) => records.push(record),
            Err(why) => damage.unreadable(&format!("a {what}"), &why),
        }
    }
    Ok(records)
}
