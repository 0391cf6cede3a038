//! Articles with what they should join, and what they do join.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::articles::Article;
use super::decoys::DECOYS;
use super::dice::Dice;
use super::edits::{EDITS, Leaves};
use super::{names, orders, series};
use gazetted::config::{Channel, Dedupe, Source};
use gazetted::ingest::dedupe::keys;
use gazetted::ingest::dedupe::keys::LinkUses;
use gazetted::ingest::dedupe::similarity;
use gazetted::ingest::outcome;
use gazetted::model::{
    ChannelId, Commit, Item, ItemId, Notes, SourceId, SourceState, Upsert, WebUrl,
};
use gazetted::source::Reader;
use gazetted::store::{Cursor, Store};
use gazetted::text::html;

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
    /// A page of a series, that differs from its sister in this.
    Page(names::Kind),
    /// A copy of such a page.
    PageCopy,
}

/// How one kind of edit or decoy did, in all orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) items: usize,
    /// That are in the story of their original.
    pub(super) joined: usize,
    /// That are in a story most of which is another article's.
    pub(super) wrong: usize,
    /// What went wrong, for people.
    pub(super) mistakes: Vec<String>,
}

/// What came of a set.
#[derive(Default)]
pub(super) struct Measured {
    /// As in [`EDITS`].
    pub(super) edits: Vec<Row>,
    /// As in [`DECOYS`].
    pub(super) decoys: Vec<Row>,
    /// As in [`KINDS`].
    pub(super) pages: Vec<Row>,
    /// Copies of pages of series.
    pub(super) copies: Row,
    pub(super) n_articles: usize,
    /// Copies that are not in the largest story of their article, by kind.
    pub(super) strays: BTreeMap<&'static str, usize>,
    /// What these are, and stories of several articles, for people.
    pub(super) apart: Vec<String>,
    pub(super) n_items: usize,
    /// Pairs of items in one story, and those that are copies of one article.
    pub(super) joined: (usize, usize),
    /// Of the pairs of copies that keep half, joined ones and all.
    pub(super) halves: (usize, usize),
    /// Stories of several copies that came out whole, and all.
    pub(super) whole: (usize, usize),
    /// How far the joined pairs of two orders agree.
    pub(super) overlap: f64,
    /// Of storing and joining one item, in µs of the wall clock.
    pub(super) micros: f64,
}

impl Set {
    /// Adds an article, its copies and its decoys.
    pub(super) fn family(&mut self, nth: u64, original: &Article, dice: &mut Dice) {
        let region = nth % REGIONS;
        let family = self.next_family();
        self.push(region, "origin", original.clone(), family, Kind::Original);
        for (at, edit) in EDITS.iter().enumerate() {
            let Some(edited) = edit.apply(original, dice) else {
                continue;
            };
            // Two papers in five have somebody who prints the same.
            if dice.is(40) {
                let name = format!("also-{at}");
                self.push(region, &name, edited.clone(), family, Kind::Edit(at));
            }
            self.push(
                region,
                &format!("edit-{at}"),
                edited,
                family,
                Kind::Edit(at),
            );
        }
        for (at, (_, make)) in DECOYS.iter().enumerate() {
            for (half, decoy) in make(nth, original, dice).into_iter().enumerate() {
                let family = self.next_family();
                self.push(
                    region,
                    &format!("decoy-{at}-{half}"),
                    decoy,
                    family,
                    Kind::Decoy(at),
                );
            }
        }
        self.series(region, nth, dice);
    }

    /// Adds two pages of a series, and a copy of each.
    fn series(&mut self, region: u64, nth: u64, dice: &mut Dice) {
        let (kind, pages) = series::pair(nth, dice);
        for (half, page) in pages.into_iter().enumerate() {
            let family = self.next_family();
            let copy = series::copy(&page, dice);
            self.push(
                region,
                &format!("page-{half}"),
                page,
                family,
                Kind::Page(kind),
            );
            self.push(
                region,
                &format!("page-copy-{half}"),
                copy,
                family,
                Kind::PageCopy,
            );
        }
    }

    /// Adds an article of which nothing else is a copy.
    pub(super) fn stranger(&mut self, source: &str, article: Article) {
        let family = self.next_family();
        self.push(0, source, article, family, Kind::Original);
    }

    /// Counts the items.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Feeds it to a store, and says of each joined pair what it is.
    pub(super) fn joined(&self, dedupe: Dedupe) -> Vec<String> {
        let order: Vec<usize> = (0..self.entries.len()).collect();
        let (upserts, stories) = self.store(dedupe, &order, &mut Measured::default());
        let pairs = orders::pairs(&stories);
        let said = pairs
            .iter()
            .map(|(a, b)| describe(&upserts[*a], &upserts[*b]));
        said.collect()
    }

    fn next_family(&mut self) -> usize {
        self.n_families += 1;
        self.n_families
    }

    fn push(&mut self, region: u64, name: &str, article: Article, family: usize, kind: Kind) {
        self.entries.push(Entry {
            article,
            source: format!("r{region}/{name}"),
            family,
            kind,
        });
    }

    /// Feeds it to a store in each order, all within a day.
    pub(super) fn measure(&self, dedupe: Dedupe, n_orders: u64, seed: u64) -> Measured {
        let mut measured = Measured {
            edits: vec![Row::default(); EDITS.len()],
            decoys: vec![Row::default(); DECOYS.len()],
            pages: vec![Row::default(); names::KINDS.len()],
            n_items: self.entries.len(),
            ..Measured::default()
        };
        let is_early =
            |at: usize| matches!(self.entries[at].kind, Kind::Edit(edit) if EDITS[edit].is_early());
        let mut joined = Vec::new();
        for nth in 0..n_orders {
            let order = orders::order(nth, seed, self.entries.len(), is_early);
            let (upserts, stories) = self.store(dedupe, &order, &mut measured);
            self.count(&upserts, &stories, &mut measured);
            let pairs = orders::pairs(&stories);
            self.count_pairs(&pairs, &mut measured);
            self.count_apart(&upserts, &stories, &mut measured);
            joined.push(pairs);
        }
        measured.micros /= n_orders.max(1) as f64;
        measured.overlap = orders::overlap(&joined);
        measured
    }

    /// Notes which copies are not in the largest story of their article, and which stories
    /// have copies of several articles.
    fn count_apart(&self, upserts: &[Upsert], stories: &[usize], measured: &mut Measured) {
        let families: Vec<usize> = self.entries.iter().map(|entry| entry.family).collect();
        for (at, home) in orders::strays(stories, &families) {
            let kind = self.kind_of(at);
            *measured.strays.entry(kind).or_default() += 1;
            let said = describe(&upserts[home], &upserts[at]);
            measured.apart.push(format!("{kind} is apart:\n{said}"));
        }
        let mut members: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (at, story) in stories.iter().enumerate() {
            let of_story = members.entry(*story).or_default();
            of_story.entry(families[at]).or_insert(at);
        }
        for of_story in members.values().filter(|of_story| of_story.len() > 1) {
            let mut firsts = of_story.values();
            let Some(first) = firsts.next() else { continue };
            for other in firsts {
                let (one, two) = (self.kind_of(*first), self.kind_of(*other));
                let said = describe(&upserts[*first], &upserts[*other]);
                measured
                    .apart
                    .push(format!("{one} and {two} are one:\n{said}"));
            }
        }
    }

    fn kind_of(&self, at: usize) -> &'static str {
        match self.entries[at].kind {
            Kind::Original => "original",
            Kind::Edit(at) => EDITS[at].name,
            Kind::Decoy(at) => DECOYS[at].0,
            Kind::Page(_) => "page of a series",
            Kind::PageCopy => "copy of a page of a series",
        }
    }

    /// The items as they were stored, and the story of each, by number.
    fn store(
        &self,
        dedupe: Dedupe,
        order: &[usize],
        measured: &mut Measured,
    ) -> (Vec<Upsert>, Vec<usize>) {
        let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let start: Timestamp = "2026-11-05T00:00:00Z".parse().unwrap();
        let store = Store::open(dir.path(), start).unwrap();
        let mut upserts: Vec<Option<Upsert>> = vec![None; order.len()];
        for (nth, at) in order.iter().enumerate() {
            let seconds = nth as i64 * 80_000 / order.len() as i64;
            let seen = start + SignedDuration::from_secs(seconds);
            upserts[*at] = Some(upsert(*at, &self.entries[*at], dedupe, seen));
        }
        let upserts: Vec<Upsert> = upserts.into_iter().flatten().collect();
        let started = std::time::Instant::now();
        for some in order.chunks(TOGETHER) {
            let commits: Vec<Commit> = some.iter().map(|at| commit(&upserts[*at])).collect();
            store.apply(&commits).unwrap();
        }
        measured.micros += started.elapsed().as_secs_f64() * 1e6 / order.len().max(1) as f64;
        let homes = homes(&store);
        let nth_of: BTreeMap<ItemId, usize> = upserts
            .iter()
            .enumerate()
            .map(|(nth, upsert)| (upsert.item.id, nth))
            .collect();
        let story = |upsert: &Upsert| {
            let home = homes.get(&upsert.item.id);
            nth_of[home.unwrap_or(&upsert.item.id)]
        };
        let stories = upserts.iter().map(story).collect();
        (upserts, stories)
    }

    fn count(&self, upserts: &[Upsert], stories: &[usize], measured: &mut Measured) {
        let mut of_family: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (entry, story) in self.entries.iter().zip(stories) {
            *of_family.entry((*story, entry.family)).or_default() += 1;
        }
        // The family that has most of a story; of several the one that began it.
        let mut owners: BTreeMap<usize, (usize, bool, usize)> = BTreeMap::new();
        for ((story, family), count) in &of_family {
            let share = (*count, self.entries[*story].family == *family, *family);
            let owner = owners.entry(*story).or_insert(share);
            *owner = share.max(*owner);
        }
        let mut original = 0;
        for (nth, entry) in self.entries.iter().enumerate() {
            let row = match entry.kind {
                Kind::Original => {
                    original = nth;
                    measured.n_articles += 1;
                    continue;
                }
                Kind::Page(kind) => {
                    original = nth;
                    let at = names::KINDS.iter().position(|(known, _)| *known == kind);
                    &mut measured.pages[at.unwrap()]
                }
                Kind::PageCopy => &mut measured.copies,
                Kind::Edit(at) => &mut measured.edits[at],
                Kind::Decoy(at) => &mut measured.decoys[at],
            };
            row.items += 1;
            let is_wrong = owners[&stories[nth]].2 != entry.family;
            let is_joined = stories[original] == stories[nth];
            row.joined += usize::from(is_joined);
            row.wrong += usize::from(is_wrong);
            let is_copy = matches!(entry.kind, Kind::Edit(_) | Kind::PageCopy);
            if is_wrong || is_copy && !is_joined {
                let other = if is_wrong { stories[nth] } else { original };
                let other = match other == nth {
                    true => (0..stories.len()).find(|at| *at != nth && stories[*at] == nth),
                    false => Some(other),
                };
                row.mistakes
                    .push(describe(&upserts[other.unwrap_or(nth)], &upserts[nth]));
            }
        }
    }

    fn count_pairs(&self, pairs: &BTreeSet<(usize, usize)>, measured: &mut Measured) {
        let is_right = |(one, other): &&(usize, usize)| {
            self.entries[*one].family == self.entries[*other].family
        };
        measured.joined.0 += pairs.len();
        measured.joined.1 += pairs.iter().filter(is_right).count();
        let keeps_half = |kind: Kind| match kind {
            Kind::Edit(at) => EDITS[at].leaves == Leaves::Half,
            Kind::Original | Kind::Page(_) | Kind::PageCopy => true,
            Kind::Decoy(_) => false,
        };
        let families = (0..self.entries.len()).collect::<Vec<_>>();
        for family in families.chunk_by(|a, b| self.entries[*a].family == self.entries[*b].family) {
            let halves: Vec<usize> = family
                .iter()
                .copied()
                .filter(|at| keeps_half(self.entries[*at].kind))
                .collect();
            let mut found = 0;
            for (nth, one) in halves.iter().enumerate() {
                let others = halves[nth + 1..].iter();
                found += others
                    .filter(|other| pairs.contains(&(*one, **other)))
                    .count();
            }
            let all = halves.len() * halves.len().saturating_sub(1) / 2;
            measured.halves.0 += found;
            measured.halves.1 += all;
            measured.whole.1 += usize::from(all > 0);
            measured.whole.0 += usize::from(all > 0 && found == all);
        }
    }
}

fn describe(one: &Upsert, other: &Upsert) -> String {
    let (a, b) = (
        similarity::gist(&one.item, true),
        similarity::gist(&other.item, true),
    );
    let verdict = similarity::judge(&a, &b, one.join.joins_same_event);
    let shared = a
        .sketch
        .iter()
        .filter(|band| b.sketch.contains(band))
        .count();
    format!(
        "    {} {} | {} {}\n      {}; shares {shared} bands; {:?}",
        one.item.source,
        one.item.title,
        other.item.source,
        other.item.title,
        verdict.why,
        verdict.figures
    )
}

/// The copy that the story of each item began with.
fn homes(store: &Store) -> BTreeMap<ItemId, ItemId> {
    let mut homes = BTreeMap::new();
    let mut cursor = None;
    loop {
        let page = store.page(&ChannelId::root(), cursor, 500).unwrap();
        let Some(last) = page.last() else {
            return homes;
        };
        cursor = Some(Cursor {
            sort_key: last.canonical.sort_key,
            story: last.id,
        });
        for story in &page {
            let first = story.id.first_item();
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
fn upsert(nth: usize, entry: &Entry, dedupe: Dedupe, at: Timestamp) -> Upsert {
    let id: SourceId = entry.source.parse().unwrap();
    let host = entry.source.replace('/', ".");
    let url = WebUrl::parse(&format!("https://{host}.example/{nth}.html"));
    let url = url.unwrap();
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
    Upsert {
        join: keys::joining(&item, &LinkUses::default(), None, &source, &channel),
        rank: outcome::rank(&source, &item),
        routes: Vec::new(),
        item,
    }
}
