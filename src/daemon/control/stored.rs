//! Answers about what is in the store: purges, takedowns, plans. They need no daemon, so that commands
//! give them too where none runs.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tracing::{info, warn};

use super::request::Request;
use super::select::source;
use crate::clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::daemon::clustering::{by_log, refuse_alone};
use crate::daemon::plan::plan;
use crate::model::{LogOp, SourceId, StoryId, WebUrl};
use crate::store::{Purged, Store, Takedown};

/// Longest reason of a takedown, in characters.
const MAX_REASON_CHARS: usize = 200;

/// Removes what a source has brought; one that is polled still would bring the rest of it anew.
fn purge(
    (store, cluster): (&Store, Option<&Cluster>),
    config: Option<&Config>,
    id: &SourceId,
) -> anyhow::Result<Value> {
    let source = config.and_then(|config| config.sources.get(id));
    if source.is_some_and(|source| source.is_polled()) {
        bail!("`{id}` is polled still: take it out of feeds.toml, or `gazetted pause {id}` first");
    }
    let is_known = store.states()?.contains_key(id);
    let at = clock::now();
    let purged = match cluster {
        Some(cluster) => {
            let source = id.clone();
            let done = by_log(cluster, LogOp::Purge { source, at })?;
            let mut counts = done.split(' ').filter_map(|count| count.parse().ok());
            let mut count = || counts.next().unwrap_or_default();
            Purged {
                items: count(),
                stories: count(),
                kept: count(),
            }
        }
        None => {
            refuse_alone(store)?;
            store.purge(id, at)?
        }
    };
    if purged.items == 0 && !is_known {
        bail!("nothing is known of a source `{id}`");
    }
    info!(
        source.id = %id,
        items = purged.items,
        stories = purged.stories,
        "{id}: purged, by an admin's word"
    );
    Ok(json!({"items": purged.items, "stories": purged.stories, "kept": purged.kept}))
}

/// Answers a request about what is in the store; `None` if it is about the daemon. Used by the control
/// socket, and by commands where no daemon runs.
///
/// # Errors
///
/// If the request makes no sense, or the store refuses.
pub fn answer_of_store(
    (store, cluster): (&Store, Option<&Cluster>),
    config: Option<&Config>,
    request: &Request,
) -> anyhow::Result<Option<Vec<Value>>> {
    Ok(Some(match request {
        Request::Purge { source: id } => vec![purge((store, cluster), config, &source(id)?)?],
        Request::Takedown {
            story,
            reason,
            undo,
        } => vec![take_down((store, cluster), story, reason, *undo)?],
        Request::Takedowns => {
            let all = store.takedowns().into_iter();
            let line = |(story, takedown): (StoryId, Takedown)| {
                let Takedown { at, reason } = takedown;
                let title = store
                    .story_or_down(story)?
                    .map(|story| story.canonical.title);
                Ok(json!({
                    "story": story.to_string(),
                    "at": at.to_string(),
                    "title": title,
                    "reason": reason,
                }))
            };
            all.map(line).collect::<anyhow::Result<_>>()?
        }
        _ => return Ok(None),
    }))
}

/// Lists what a file would change.
pub(super) fn plan_of(store: &Store, config: &Config, file: &Path) -> anyhow::Result<Vec<Value>> {
    let mut next = Config::load(file).map_err(|problems| anyhow::Error::msg(problems.summary()))?;
    // What rests goes on resting.
    for (id, source) in &config.sources {
        let after = next.sources.get_mut(id).filter(|_| source.paused.is_some());
        if let Some(after) = after {
            Arc::make_mut(after).paused = source.paused;
        }
    }
    Ok(plan(config, &next, store, clock::now())?)
}

/// Takes a story down, or undoes that; the answer names it.
fn take_down(
    (store, cluster): (&Store, Option<&Cluster>),
    word: &str,
    reason: &str,
    undo: bool,
) -> anyhow::Result<Value> {
    let reason: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
    let mut answers = Vec::new();
    for id in named(store, word)? {
        let takedown = (!undo).then(|| Takedown {
            at: clock::now(),
            reason: reason.clone(),
        });
        let story = match cluster {
            Some(cluster) => {
                let takedown = takedown.map(|takedown| (takedown.at, takedown.reason));
                let story = by_log(
                    cluster,
                    LogOp::TakeDown {
                        story: id,
                        takedown,
                    },
                )?
                .parse()?;
                let found = store.story_or_down(story)?;
                found.with_context(|| format!("there is no story {story}"))?
            }
            None => {
                refuse_alone(store)?;
                store.take_down(id, takedown)?
            }
        };
        let title = &story.canonical.title;
        match undo {
            true => warn!(story = %story.id, "put back: `{title}`, by an admin's word"),
            false => warn!(story = %story.id, reason, "taken down: `{title}`, by an admin's word"),
        }
        let copies = story.sightings.iter().map(|seen| {
            let url = seen.url.as_ref().map(ToString::to_string);
            json!({"source": seen.source.as_str(), "title": seen.title, "url": url})
        });
        answers.push(json!({
            "story": story.id.to_string(),
            "title": title,
            "down": !undo,
            "copies": copies.collect::<Vec<_>>(),
        }));
    }
    Ok(json!({"stories": answers}))
}

/// Finds the stories that a word names: an id, an address that ends in one, the address of a copy.
fn named(store: &Store, word: &str) -> anyhow::Result<Vec<StoryId>> {
    let end = word
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    if let Ok(id) = end.parse::<StoryId>() {
        return Ok(vec![id]);
    }
    let url = WebUrl::parse(word).with_context(|| {
        format!(
            "`{word}` is neither the id of a story, as in /story/0123…, nor the address of a copy"
        )
    })?;
    let found = store.stories_at(&url)?;
    if found.is_empty() {
        bail!("no story has a copy at {url}");
    }
    Ok(found)
}
