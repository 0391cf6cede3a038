//! Questions and corrections of an admin about stories, in words: `explain A B`,
//! `split STORY ITEM`, `join A B`.

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::clustering::{by_log, refuse_alone};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::ingest::dedupe::similarity::Tally;
use crate::model::{Item, LogOp, SourceId, StoryId};
use crate::store::{Correction, Explanation, Store};

/// Does what `words` say; the answer is one JSON object. Ids may be given as addresses that
/// end in them.
///
/// # Errors
///
/// If the words make no sense, an id is unknown, or the store refuses.
pub fn correct(
    (store, cluster): (&Store, Option<&Cluster>),
    config: Option<&Config>,
    words: &str,
    now: Timestamp,
) -> anyhow::Result<Value> {
    if words.trim() == "rechoose" {
        let config = config.context("feeds.toml, which has the priorities, cannot be read")?;
        if let Some(cluster) = cluster {
            let all = config.sources.iter();
            let priorities = all
                .map(|(id, source)| (id.clone(), source.priority))
                .collect();
            let n_shown = by_log(
                cluster,
                LogOp::Rechoose {
                    priorities,
                    at: now,
                },
            )?;
            return Ok(json!({"stories": n_shown.parse::<u64>()?}));
        }
        refuse_alone(store)?;
        let priority = |id: &SourceId| Some(config.sources.get(id)?.priority);
        return Ok(json!({"stories": store.rechoose(&priority, now)?}));
    }
    let mut words = words.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let (one, other) = match (words.next(), words.next(), words.next()) {
        (Some(one), Some(other), None) => (id(one)?, id(other)?),
        _ => bail!("give two ids"),
    };
    match verb {
        "explain" => {
            let explanation = store.explain(one.first_item(), other.first_item())?;
            let mut explanation = explanation.context("one of the two is not in the store")?;
            let items = [&explanation.one.0, &explanation.other.0];
            let windows = items.into_iter().filter_map(|item| window(config?, item));
            // Either may have come later.
            explanation.window = windows.max().unwrap_or(explanation.window);
            Ok(explained(&explanation))
        }
        "split" => {
            let (story, item) = (one, other.first_item());
            let split = Correction::Split { story, item };
            Ok(json!({"story": corrected((store, cluster), split, now)?}))
        }
        "join" => {
            let (into, from) = (one, other);
            let join = Correction::Join { into, from };
            Ok(json!({"story": corrected((store, cluster), join, now)?}))
        }
        _ => bail!("ask for explain, split, join or rechoose"),
    }
}

/// Corrects this store, or those of all nodes; returns the id of the story.
fn corrected(
    (store, cluster): (&Store, Option<&Cluster>),
    correction: Correction,
    at: Timestamp,
) -> anyhow::Result<String> {
    let Some(cluster) = cluster else {
        refuse_alone(store)?;
        return Ok(store.correct(correction, at)?.to_string());
    };
    by_log(
        cluster,
        match correction {
            Correction::Split { story, item } => LogOp::Split { story, item, at },
            Correction::Join { into, from } => LogOp::Join { into, from, at },
        },
    )
}

/// Returns the time that copies may stand apart in the channel of an item.
fn window(config: &Config, item: &Item) -> Option<SignedDuration> {
    let channel = config.channels.get(&item.source.channel())?;
    SignedDuration::try_from(channel.dedupe_window).ok()
}

fn id(text: &str) -> anyhow::Result<StoryId> {
    let id = text.rsplit('/').next().unwrap_or_default();
    id.parse()
        .with_context(|| format!("`{text}` is no id: 32 digits from 0 to f, as in /story/0123…"))
}

fn explained(found: &Explanation) -> Value {
    let figures = &found.verdict.figures;
    let percent = |part: f32| f64::from((part * 1000.0).round()) / 10.0;
    json!({
        "one_story": found.is_one_story(),
        "why": found.why(),
        "items": [copy(&found.one), copy(&found.other)],
        "figures": {
            "hours_apart": (found.apart.as_secs_f64() / 360.0).round() / 10.0,
            "same_address": found.is_same_address,
            "same_headline": found.is_same_headline,
            "shared_bands": found.shared_bands,
            "headlines_alike_percent": percent(figures.title),
            "tokens": [figures.short, figures.long],
            "shorter_text_in_longer_percent": percent(figures.containment),
            "longer_text_in_shorter_percent": percent(figures.coverage),
            "pairs_of_words_in_longer_percent": percent(figures.overlap),
            "numbers": tally(figures.numbers),
            "named_in_shorter_only": figures.strange,
            "places": tally(figures.places),
            "names": tally(figures.names),
            "texts": found.verdict.why,
            "corrected": found.corrected,
        },
    })
}

fn copy((item, story): &(Item, StoryId)) -> Value {
    json!({
        "item": item.id.to_string(),
        "story": story.to_string(),
        "source": item.source.as_str(),
        "title": item.title,
        "url": item.url.as_ref().map(ToString::to_string),
        "at": item.sort_key.to_string(),
    })
}

fn tally(tally: Tally) -> Value {
    json!({"same": tally.same, "contradicting": tally.apart})
}
