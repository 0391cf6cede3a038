//! How well copies are told from stories that only look like them.
//!
//! All articles, their edited copies and their decoys go through one store, so
//! that whatever joins what it should not is counted.

mod articles;
mod decoys;
mod dice;
mod edits;
mod pools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use articles::{Article, article};
use decoys::Decoy;
use dice::Dice;
use edits::Edit;

use crate::config::{Channel, Source};
use crate::ingest::keys::{self, Addresses};
use crate::ingest::plan;
use crate::model::{ChannelId, Commit, Item, ItemId, SourceId, SourceState, Upsert, WebUrl};
use crate::source::Reader;
use crate::store::Store;
use crate::text::html;

/// How much to measure.
#[derive(Args, Debug)]
pub(in crate::cli) struct Bench {
    /// Articles to make up
    #[arg(long, default_value_t = 300)]
    articles: u64,
    /// A folder with `expect.jsonl` of article pages, whose texts are used too
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How one kind of edit or decoy did.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    pairs: usize,
    joined: usize,
}

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> anyhow::Result<ExitCode> {
    let mut originals: Vec<Article> = (0..bench.articles).map(article).collect();
    if let Some(corpus) = &bench.corpus {
        originals.extend(read(corpus)?);
    }
    let mut set = Set::default();
    let mut dice = Dice::new(7);
    for (nth, original) in originals.iter().enumerate() {
        set.family(nth, original, &mut dice);
    }
    let (rows, took, n_false) = set.measure()?;
    report(bench, &rows, n_false, took, originals.len());
    Ok(ExitCode::SUCCESS)
}

/// Items with what they should join.
#[derive(Default)]
struct Set {
    /// The article, the source that prints it, the family of copies it belongs to,
    /// and its kind.
    entries: Vec<(Article, String, usize, Option<&'static str>)>,
    n_families: usize,
    keeps_half: BTreeMap<&'static str, bool>,
}

impl Set {
    fn family(&mut self, nth: usize, original: &Article, dice: &mut Dice) {
        let family = self.n_families;
        self.n_families += 1;
        let region = nth % 10;
        self.entries
            .push((original.clone(), format!("r{region}/origin"), family, None));
        for (copy, edit) in Edit::ALL.iter().enumerate() {
            let edited = edit.apply(original, dice);
            self.keeps_half.insert(edit.name(), edit.keeps_half());
            let source = format!("r{region}/copy-{copy}");
            self.entries
                .push((edited, source, family, Some(edit.name())));
        }
        for (at, decoy) in Decoy::ALL.iter().enumerate() {
            let (one, other) = decoy.pair(nth as u64, original, dice);
            for (half, article) in [one, other].into_iter().enumerate() {
                let is_original = article == *original;
                let own = if is_original { family } else { self.n_families };
                self.n_families += usize::from(!is_original);
                let source = format!("r{region}/decoy-{at}-{half}");
                self.entries
                    .push((article, source, own, Some(decoy.name())));
            }
        }
    }

    /// Feeds it to a store, all within a day; the rows by kind, the time that
    /// joining took, and how many items joined a story of another family.
    fn measure(&self) -> anyhow::Result<(BTreeMap<&'static str, Row>, Duration, usize)> {
        let dir = std::env::temp_dir().join(format!("gazetted-story-bench-{}", std::process::id()));
        let start: Timestamp = "2026-11-05T00:00:00Z".parse()?;
        let store = Store::open(&dir, start)?;
        let mut upserts = Vec::with_capacity(self.entries.len());
        for (nth, (article, source, _, _)) in self.entries.iter().enumerate() {
            let at =
                start + SignedDuration::from_secs(nth as i64 * 80_000 / self.entries.len() as i64);
            upserts.push(upsert(nth, article, source, at)?);
        }
        let started = Instant::now();
        for some in upserts.chunks(50) {
            let commits: Vec<Commit> = some.iter().map(commit).collect();
            store.apply(&commits)?;
        }
        let took = started.elapsed();
        let rows = self.rows(&store, &upserts);
        drop(store);
        std::fs::remove_dir_all(&dir)
            .with_context(|| format!("cannot remove {}", dir.display()))?;
        let (rows, n_false) = rows?;
        Ok((rows, took, n_false))
    }

    fn rows(
        &self,
        store: &Store,
        upserts: &[Upsert],
    ) -> anyhow::Result<(BTreeMap<&'static str, Row>, usize)> {
        let mut stories: BTreeMap<ItemId, usize> = BTreeMap::new();
        let mut cursor = None;
        let mut n_stories = 0;
        loop {
            let page = store.page(&ChannelId::root(), cursor, 500)?;
            let Some(last) = page.last() else { break };
            cursor = Some(crate::store::Cursor {
                sort_key: last.canonical.sort_key,
                story: last.id,
            });
            for story in &page {
                let copies = story.sightings.iter();
                stories.extend(copies.map(|seen| (seen.item, n_stories)));
                n_stories += 1;
            }
        }
        // The family that a story belongs to is that of its first item.
        let mut families: BTreeMap<usize, usize> = BTreeMap::new();
        let mut rows: BTreeMap<&'static str, Row> = BTreeMap::new();
        let mut homes: BTreeMap<usize, usize> = BTreeMap::new();
        let mut n_false = 0;
        for ((_, _, family, kind), upsert) in self.entries.iter().zip(upserts) {
            let Some(story) = stories.get(&upsert.item.id) else {
                continue;
            };
            let owner = *families.entry(*story).or_insert(*family);
            let home = *homes.entry(*family).or_insert(*story);
            let is_false = owner != *family;
            n_false += usize::from(is_false);
            let Some(kind) = kind else { continue };
            let row = rows.entry(kind).or_default();
            row.pairs += 1;
            row.joined += match self.keeps_half.contains_key(kind) {
                true => usize::from(home == *story),
                false => usize::from(is_false),
            };
        }
        Ok((rows, n_false))
    }
}

fn commit(upsert: &Upsert) -> Commit {
    Commit {
        source: upsert.item.source.clone(),
        at: upsert.item.first_seen,
        upserts: vec![upsert.clone()],
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    }
}

/// An item as a poll would make it.
fn upsert(nth: usize, article: &Article, source: &str, at: Timestamp) -> anyhow::Result<Upsert> {
    let id: SourceId = source.parse()?;
    let host = source.replace('/', ".");
    let url = WebUrl::parse(&format!("https://{host}.example/{nth}.html"));
    let url = url.context("a made-up address")?;
    let source = Source::new(id.clone(), url.clone(), Reader::Feed);
    let item = Item {
        id: ItemId::of(&id, &nth.to_string()),
        source: id.clone(),
        guid: None,
        url: Some(url),
        title: article.title.clone(),
        language: Some(article.language.to_owned()),
        authors: Vec::new(),
        origin: None,
        published: Some(at),
        updated: None,
        first_seen: at,
        sort_key: at,
        summary: None,
        content: Some(html::from_text(&article.text())),
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        fingerprint: nth as u64,
    };
    let channel = Channel::new(id.channel(), article.language);
    Ok(Upsert {
        join: keys::joining(&item, &Addresses::default(), None, &source, &channel),
        rank: plan::rank(&source, &item),
        routes: Vec::new(),
        item,
    })
}

/// Articles of a corpus of pages that are long enough to be cut.
fn read(corpus: &Path) -> anyhow::Result<Vec<Article>> {
    let path = corpus.join("expect.jsonl");
    let lines = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut articles = Vec::new();
    for line in lines.lines() {
        let page: Value = serde_json::from_str(line)?;
        let text = page["text"].as_str().unwrap_or_default();
        let paragraphs: Vec<String> = text
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| line.chars().count() > 15)
            .collect();
        let language = match page["lang"].as_str() {
            Some("zh") => "zh",
            Some("ja") => "ja",
            Some("de") => "de",
            _ => "en",
        };
        let is_filler = text.contains("Lorem ipsum");
        if paragraphs.len() >= 3 && text.chars().count() > 300 && !is_filler {
            let title = page["title"].as_str().unwrap_or("—").to_owned();
            articles.push(Article {
                language,
                title,
                paragraphs,
            });
        }
    }
    Ok(articles)
}

fn report(
    bench: &Bench,
    rows: &BTreeMap<&'static str, Row>,
    n_false: usize,
    took: Duration,
    n_originals: usize,
) {
    let edits: Vec<&Edit> = Edit::ALL.iter().collect();
    let row = |name: &str| rows.get(name).copied().unwrap_or_default();
    let joined: usize = edits.iter().map(|edit| row(edit.name()).joined).sum();
    let halves = edits.iter().filter(|edit| edit.keeps_half());
    let (kept, all) = halves.fold((0, 0), |(kept, all), edit| {
        let row = row(edit.name());
        (kept + row.joined, all + row.pairs)
    });
    let part = |some: usize, of: usize| some as f64 / of.max(1) as f64;
    let precision = part(joined, joined + n_false);
    let n_items: usize = rows.values().map(|row| row.pairs).sum::<usize>() + n_originals;
    let micros = took.as_secs_f64() * 1e6 / n_items.max(1) as f64;
    if bench.json {
        let kinds: BTreeMap<&str, Value> = rows
            .iter()
            .map(|(name, row)| (*name, json!({"items": row.pairs, "joined": row.joined})))
            .collect();
        println!(
            "{}",
            json!({"articles": n_originals, "kinds": kinds, "precision": precision,
                "recall_half": part(kept, all), "false": n_false, "write_us_per_item": micros})
        );
        return;
    }
    println!("{n_originals} articles, {n_items} items, stored and joined in {micros:.0} µs each\n");
    println!("{:<30}{:>8}{:>8}{:>9}", "edit", "items", "joined", "recall");
    for edit in Edit::ALL {
        let row = row(edit.name());
        let recall = part(row.joined, row.pairs);
        println!(
            "{:<30}{:>8}{:>8}{:>9.4}",
            edit.name(),
            row.pairs,
            row.joined,
            recall
        );
    }
    println!("\n{:<30}{:>8}{:>8}", "looks like it", "items", "wrong");
    for decoy in Decoy::ALL {
        let row = row(decoy.name());
        println!("{:<30}{:>8}{:>8}", decoy.name(), row.pairs, row.joined);
    }
    println!("\nprecision {precision:.4} ({n_false} items in a story that is not theirs)");
    println!(
        "recall of edits that keep half of the text {:.4}",
        part(kept, all)
    );
}
