//! Articles with what they should join, and what they do join.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};

use super::articles::Article;
use super::decoys::DECOYS;
use super::dice::Dice;
use super::edits::EDITS;
use crate::config::{Channel, Dedupe, Source};
use crate::ingest::keys::{self, Addresses};
use crate::ingest::{near, plan};
use crate::model::{ChannelId, Commit, Item, ItemId, Notes, SourceId, SourceState, Upsert, WebUrl};
use crate::source::Reader;
use crate::store::{Cursor, Store};
use crate::text::html;

/// Articles in a region; its sources carry them all.
const REGIONS: u64 = 10;

/// Commits that are stored together.
const TOGETHER: usize = 50;

/// Items with what they should join.
#[derive(Default)]
pub(super) struct Set {
    entries: Vec<Entry>,
    n_families: usize,
}

struct Entry {
    article: Article,
    source: String,
    /// Those of one family are copies of one article.
    family: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Original,
    Edit(usize),
    Decoy(usize),
}

/// How one kind of edit or decoy did.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) items: usize,
    /// That joined the story of their original.
    pub(super) joined: usize,
    /// That are in a story which another article began.
    pub(super) wrong: usize,
    /// What went wrong, for people.
    pub(super) mistakes: Vec<String>,
}

/// What came of a set.
pub(super) struct Measured {
    /// As in [`EDITS`].
    pub(super) edits: Vec<Row>,
    /// As in [`DECOYS`].
    pub(super) decoys: Vec<Row>,
    pub(super) n_articles: usize,
    pub(super) n_items: usize,
    /// Of storing and joining one item, in µs of the wall clock.
    pub(super) micros: f64,
}

impl Set {
    /// Adds an article, its copies and its decoys.
    pub(super) fn family(&mut self, nth: u64, original: &Article, dice: &mut Dice) {
        let region = nth % REGIONS;
        let family = self.n_families;
        self.n_families += 1;
        let mut push = |article, name: &str, family, kind| {
            let source = format!("r{region}/{name}");
            self.entries.push(Entry {
                article,
                source,
                family,
                kind,
            });
        };
        push(original.clone(), "origin", family, Kind::Original);
        for (at, edit) in EDITS.iter().enumerate() {
            if let Some(edited) = edit.apply(original, dice) {
                push(edited, &format!("edit-{at}"), family, Kind::Edit(at));
            }
        }
        for (at, (_, make)) in DECOYS.iter().enumerate() {
            for (half, decoy) in make(nth, original, dice).into_iter().enumerate() {
                let name = format!("decoy-{at}-{half}");
                push(decoy, &name, self.n_families, Kind::Decoy(at));
                self.n_families += 1;
            }
        }
    }

    /// Feeds it to a store, all within a day.
    pub(super) fn measure(&self, dedupe: Dedupe) -> anyhow::Result<Measured> {
        let dir = tempfile_dir();
        let start: Timestamp = "2026-11-05T00:00:00Z".parse()?;
        let store = Store::open(&dir, start)?;
        let mut upserts = Vec::with_capacity(self.entries.len());
        for (nth, entry) in self.entries.iter().enumerate() {
            let seconds = nth as i64 * 80_000 / self.entries.len() as i64;
            let at = start + SignedDuration::from_secs(seconds);
            upserts.push(upsert(nth, entry, dedupe, at)?);
        }
        let started = std::time::Instant::now();
        for some in upserts.chunks(TOGETHER) {
            let commits: Vec<Commit> = some.iter().map(commit).collect();
            store.apply(&commits)?;
        }
        let micros = started.elapsed().as_secs_f64() * 1e6 / self.entries.len().max(1) as f64;
        let measured = homes(&store).map(|homes| self.count(&homes, &upserts, micros));
        drop(store);
        std::fs::remove_dir_all(&dir)
            .with_context(|| format!("cannot remove {}", dir.display()))?;
        measured
    }

    fn count(&self, homes: &BTreeMap<ItemId, ItemId>, upserts: &[Upsert], micros: f64) -> Measured {
        let nth_of: BTreeMap<ItemId, usize> = upserts
            .iter()
            .enumerate()
            .map(|(nth, upsert)| (upsert.item.id, nth))
            .collect();
        let mut measured = Measured {
            edits: vec![Row::default(); EDITS.len()],
            decoys: vec![Row::default(); DECOYS.len()],
            n_articles: 0,
            n_items: self.entries.len(),
            micros,
        };
        let mut original = 0;
        for (nth, entry) in self.entries.iter().enumerate() {
            // The story that an item is in belongs to the family that began it.
            let began = homes.get(&upserts[nth].item.id).map(|id| nth_of[id]);
            let began = began.unwrap_or(nth);
            let row = match entry.kind {
                Kind::Original => {
                    original = nth;
                    measured.n_articles += 1;
                    continue;
                }
                Kind::Edit(at) => &mut measured.edits[at],
                Kind::Decoy(at) => &mut measured.decoys[at],
            };
            row.items += 1;
            let is_wrong = self.entries[began].family != entry.family;
            let is_joined =
                homes.get(&upserts[original].item.id) == homes.get(&upserts[nth].item.id);
            row.joined += usize::from(is_joined && !is_wrong);
            row.wrong += usize::from(is_wrong);
            let is_edit = matches!(entry.kind, Kind::Edit(_));
            if is_wrong || is_edit && !is_joined {
                let other = if is_wrong { began } else { original };
                row.mistakes.push(describe(&upserts[other], &upserts[nth]));
            }
        }
        measured
    }
}

fn describe(one: &Upsert, other: &Upsert) -> String {
    let (a, b) = (near::gist(&one.item, true), near::gist(&other.item, true));
    let verdict = near::judge(&a, &b, one.join.is_loose);
    let shared = a.bands.iter().filter(|band| b.bands.contains(band)).count();
    format!(
        "    {} | {}\n      {}; shares {shared} bands; {:?}",
        one.item.title, other.item.title, verdict.why, verdict.figures
    )
}

fn tempfile_dir() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("gazetted-story-bench-{}", std::process::id()))
}

/// The copy that the story of each item began with.
fn homes(store: &Store) -> anyhow::Result<BTreeMap<ItemId, ItemId>> {
    let mut homes = BTreeMap::new();
    let mut cursor = None;
    loop {
        let page = store.page(&ChannelId::root(), cursor, 500)?;
        let Some(last) = page.last() else {
            return Ok(homes);
        };
        cursor = Some(Cursor {
            sort_key: last.canonical.sort_key,
            story: last.id,
        });
        for story in &page {
            let first = ItemId::from_bytes(*story.id.as_bytes());
            homes.extend(story.sightings.iter().map(|seen| (seen.item, first)));
        }
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
fn upsert(nth: usize, entry: &Entry, dedupe: Dedupe, at: Timestamp) -> anyhow::Result<Upsert> {
    let id: SourceId = entry.source.parse()?;
    let host = entry.source.replace('/', ".");
    let url = WebUrl::parse(&format!("https://{host}.example/{nth}.html"));
    let url = url.context("a made-up address")?;
    let source = Source::new(id.clone(), url.clone(), Reader::Feed);
    let article = &entry.article;
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
        notes: Notes::default(),
        fingerprint: nth as u64,
    };
    let mut channel = Channel::new(id.channel(), article.language);
    channel.dedupe = dedupe;
    Ok(Upsert {
        join: keys::joining(&item, &Addresses::default(), None, &source, &channel),
        rank: plan::rank(&source, &item),
        routes: Vec::new(),
        item,
    })
}
