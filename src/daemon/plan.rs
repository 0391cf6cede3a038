//! Plan: what a changed feeds.toml would do to the running daemon, before it is reloaded.

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::config::{Config, Source};
use crate::ingest::item::filter;
use crate::model::{ChannelId, Route, SourceId};
use crate::store::{Store, StoreError};

/// Newest stories of a source that changed filters are tried on.
const TRIED_STORIES: usize = 500;

/// Lists the changes between the configuration in force and another one, each as one JSON object with
/// `change`, `subject` and `what`. Of rules it says what they would have done to the stories that the
/// store has.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(super) fn plan(
    before: &Config,
    after: &Config,
    store: &Store,
    now: Timestamp,
) -> Result<Vec<Value>, StoreError> {
    let mut plan = Plan {
        store,
        changes: Vec::new(),
    };
    plan.settings(before, after);
    plan.retention(before, after, now)?;
    plan.channels(before, after);
    plan.sources(before, after)?;
    Ok(plan.changes)
}

struct Plan<'a> {
    store: &'a Store,
    changes: Vec<Value>,
}

impl Plan<'_> {
    fn say(&mut self, change: &str, subject: &str, what: impl Into<String>) {
        let what = what.into();
        self.changes
            .push(json!({"change": change, "subject": subject, "what": what}));
    }

    /// Compares the tables that are about no source and no channel.
    fn settings(&mut self, before: &Config, after: &Config) {
        let (old, new) = (&before.server, &after.server);
        let restart = [
            ("server.listen", differ(&old.listen, &new.listen)),
            ("server.admin", differ(&old.admin, &new.admin)),
            ("server.log", differ(&old.log, &new.log)),
            (
                "server.public_url",
                differ(&old.public_url, &new.public_url),
            ),
            ("store.path", differ(&before.store.path, &after.store.path)),
            (
                "store.durable",
                differ(&before.store.durable, &after.store.durable),
            ),
            ("cluster", differ(&before.cluster, &after.cluster)),
        ];
        for (key, _) in restart.iter().filter(|(_, is_other)| *is_other) {
            self.say(
                "restart",
                key,
                "changes at the next restart, not at a reload",
            );
        }
        let tables = [
            ("http", differ(&before.http, &after.http)),
            ("host", differ(&before.hosts, &after.hosts)),
            ("rule", differ(&before.rules, &after.rules)),
            ("alarm", differ(&before.alarm, &after.alarm)),
        ];
        for (table, _) in tables.iter().filter(|(_, is_other)| *is_other) {
            self.say(
                "changed",
                table,
                "other settings for the requests and pages that come",
            );
        }
    }

    /// Says how much would go that is kept at present.
    fn retention(
        &mut self,
        before: &Config,
        after: &Config,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (old, new) = (before.store.retention, after.store.retention);
        if let Some(age) = new.filter(|new| old.is_none_or(|old| *new < old)) {
            let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
            let horizon = now.checked_sub(age).unwrap_or(Timestamp::MIN);
            let n_items = self.store.items_before(horizon)?;
            self.say(
                "drops",
                "store.retention",
                format!("{n_items} items are older and would go"),
            );
        } else if old != new {
            self.say("changed", "store.retention", "items are kept for longer");
        }
        Ok(())
    }

    fn channels(&mut self, before: &Config, after: &Config) {
        for (id, channel) in &after.channels {
            match before.channels.get(id) {
                None => self.say(
                    "added",
                    &name(id),
                    "a channel with pages and feeds of its own",
                ),
                Some(old) if differ(old, channel) => {
                    let keys = [
                        ("title", differ(&old.title, &channel.title)),
                        ("limit", old.limit != channel.limit),
                        ("max_age", old.max_age != channel.max_age),
                        ("retention", old.retention != channel.retention),
                        ("max_items", old.max_items != channel.max_items),
                        ("dedupe", old.dedupe != channel.dedupe),
                        ("dedupe_window", old.dedupe_window != channel.dedupe_window),
                        ("places", old.places != channel.places),
                        ("position", old.position != channel.position),
                    ];
                    let keys: Vec<&str> = keys
                        .iter()
                        .filter(|(_, is)| *is)
                        .map(|(key, _)| *key)
                        .collect();
                    self.say(
                        "changed",
                        &name(id),
                        match keys.as_slice() {
                            [] => "other words for readers".to_owned(),
                            keys => format!("other {}", keys.join(", ")),
                        },
                    );
                }
                Some(_) => {}
            }
        }
        for id in before
            .channels
            .keys()
            .filter(|id| !after.channels.contains_key(*id))
        {
            self.say("removed", &name(id), "its pages and feeds answer 404");
        }
    }

    fn sources(&mut self, before: &Config, after: &Config) -> Result<(), StoreError> {
        let mut renamed: BTreeMap<&SourceId, &SourceId> = BTreeMap::new();
        for source in after.sources.values() {
            let former = || {
                source
                    .was
                    .iter()
                    .find(|was| before.sources.contains_key(*was))
            };
            let id = source.id.as_str();
            let old = match (before.sources.get(&source.id), former()) {
                (Some(old), _) => old,
                (None, Some(was)) => {
                    renamed.insert(was, &source.id);
                    let (change, what) = match was.channel() == source.id.channel() {
                        true => (
                            "renamed",
                            format!("was {was}; goes on with what is known of that"),
                        ),
                        false => (
                            "moved",
                            format!("was {was}; new items go to {}", source.id.channel()),
                        ),
                    };
                    self.say(change, id, what);
                    &before.sources[was]
                }
                (None, None) => {
                    let what = match source.is_polled() {
                        true => format!("{} is polled at once", source.url),
                        false => "switched off or paused".to_owned(),
                    };
                    self.say("added", id, what);
                    continue;
                }
            };
            self.source(old, source)?;
        }
        for id in before.sources.keys() {
            if !after.sources.contains_key(id) && !renamed.contains_key(id) {
                let n_items = self.store.items_of(id)?;
                let what = format!(
                    "polled no more; its {n_items} items stay until they are too old, or `gazetted purge {id}`"
                );
                self.say("removed", id.as_str(), what);
            }
        }
        Ok(())
    }

    /// Compares two versions of a source.
    fn source(&mut self, old: &Source, new: &Source) -> Result<(), StoreError> {
        let id = new.id.as_str();
        if old.url != new.url {
            let what = format!("asks {} in place of {}, and begins anew", new.url, old.url);
            self.say("changed", id, what);
        }
        if old.enabled != new.enabled {
            let what = if new.enabled {
                "polled again"
            } else {
                "polled no more"
            };
            self.say("changed", id, what);
        }
        if old.priority != new.priority {
            let what = "ranks otherwise among copies that come; `gazetted story rechoose` ranks those that are there";
            self.say("folds", id, what);
        }
        let keys = [
            ("title", differ(&old.title, &new.title)),
            ("interval", old.interval != new.interval),
            ("min_interval", old.min_interval != new.min_interval),
            ("max_interval", old.max_interval != new.max_interval),
            ("timeout", old.timeout != new.timeout),
            ("encoding", differ(&old.encoding, &new.encoding)),
            ("timezone", differ(&old.timezone, &new.timezone)),
            ("dedupe", old.dedupe != new.dedupe),
            ("full_text", old.full_text != new.full_text),
            ("identity", old.identity != new.identity),
            ("auth or headers", differ(&old.access, &new.access)),
            ("rewrite", differ(&old.rewrites, &new.rewrites)),
            ("type or list", differ(&old.reader, &new.reader)),
            ("article", differ(&old.article, &new.article)),
            ("expect", differ(&old.expect, &new.expect)),
        ];
        let keys: Vec<&str> = keys
            .iter()
            .filter(|(_, is)| *is)
            .map(|(key, _)| *key)
            .collect();
        if !keys.is_empty() {
            self.say("changed", id, format!("other {}", keys.join(", ")));
        }
        match differ(&old.filters, &new.filters) {
            true => self.filters(old, new),
            false => Ok(()),
        }
    }

    /// Tries old and new filters on the newest stories of a source.
    fn filters(&mut self, old: &Source, new: &Source) -> Result<(), StoreError> {
        let stories = self.store.page(&old.id.channel(), None, TRIED_STORIES)?;
        let own = stories.iter().map(|story| &story.canonical);
        let own: Vec<_> = own.filter(|item| item.source == old.id).collect();
        let (mut n_dropped, mut n_routed, mut n_tagged) = (0, 0, 0);
        for item in &own {
            let (mut was, mut is) = ((*item).clone(), (*item).clone());
            let (mut old_routes, mut routes): (Vec<Route>, Vec<Route>) = (Vec::new(), Vec::new());
            let was_kept = filter::settle(&mut was, &old.filters, &mut old_routes);
            let is_kept = filter::settle(&mut is, &new.filters, &mut routes);
            let to = |routes: &[Route]| routes.first().map(|route| route.to.clone());
            n_dropped += usize::from(was_kept && !is_kept);
            n_routed +=
                usize::from(is_kept && to(&routes).is_some() && to(&routes) != to(&old_routes));
            n_tagged += usize::from(is_kept && is.categories != was.categories);
        }
        let what = format!(
            "other filters: of its {} newest stories {n_dropped} would have been dropped, {n_routed} moved \
             to another channel, {n_tagged} tagged; those that are there stay",
            own.len()
        );
        let change = if n_dropped > 0 { "drops" } else { "changed" };
        self.say(change, new.id.as_str(), what);
        Ok(())
    }
}

/// Whether two values are written differently, all there is to say of regexes and selectors.
fn differ<T: Debug>(old: &T, new: &T) -> bool {
    format!("{old:?}") != format!("{new:?}")
}

fn name(channel: &ChannelId) -> String {
    format!("/{channel}/")
}
