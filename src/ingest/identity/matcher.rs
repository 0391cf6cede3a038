//! Matching of a document's entries with known ones.
//!
//! One kind of evidence after the other, the strongest first. A guid, link or title that
//! stands on several entries, in the document or in what we know, is no evidence. Nothing
//! depends on the order of a document.

use std::collections::HashMap;
use std::hash::Hash;

use super::hashes;
use super::hashes::{EntryHashes, differ, is_again};
use super::key::Shared;
use crate::model::{ItemId, SeenEntries, SeenEntry};

/// Unmatched entries from which on a move of the publisher is looked for: most of them have a
/// title that we know, so all that names them was changed at once.
const MIN_MOVED_ENTRIES: usize = 5;

/// Document compared with the seen set.
pub(super) struct Comparison<'a> {
    known: &'a [SeenEntry],
    all: &'a [EntryHashes],
    shared: &'a Shared,
    /// Whether the admin vouches for the guids (`trust_guid = true`).
    is_guid_sure: bool,
    /// Index of the known entry that each entry is; `None` for new ones.
    found: Vec<Option<usize>>,
    /// Whether each known entry was matched already.
    is_taken: Vec<bool>,
    /// Guids that turned out to stand on different entries.
    pub(super) contradicted: Vec<u64>,
}

impl<'a> Comparison<'a> {
    /// Prepares the comparison; `is_guid_sure` if the admin vouches for the guids.
    pub(super) fn new(
        roll: &'a SeenEntries,
        all: &'a [EntryHashes],
        shared: &'a Shared,
        is_guid_sure: bool,
    ) -> Comparison<'a> {
        Comparison {
            known: &roll.known,
            all,
            shared,
            is_guid_sure,
            found: vec![None; all.len()],
            is_taken: vec![false; roll.known.len()],
            contradicted: Vec::new(),
        }
    }

    /// Matches the entries, and returns for each the index of the known one that it is;
    /// `names` are the ids that they would have if they were new.
    pub(super) fn run(&mut self, names: &[ItemId]) -> &[Option<usize>] {
        // Whatever it is called: what says exactly the same is the same.
        self.by(
            |marks| Some(marks.parts()),
            |known| Some(hashes::parts(known)),
            |_, _| true,
        );
        self.by_guid();
        let is_sure = self.is_guid_sure;
        let is_other =
            move |marks: &EntryHashes, known: &SeenEntry| is_sure && differ(marks.guid, known.guid);
        self.by(
            |marks| marks.link,
            |known| known.link,
            |marks, known| {
                !is_other(marks, known) && is_same_page(marks, known) && !is_again(marks, known)
            },
        );
        self.by(
            EntryHashes::title_and_date,
            hashes::title_and_date,
            |marks, known| {
                let is_strong = marks.is_heavy || marks.is_exact || marks.text == known.text;
                !is_other(marks, known) && is_strong
            },
        );
        self.by(
            EntryHashes::title_and_text,
            hashes::title_and_text,
            |marks, known| !is_other(marks, known) && !marks.is_dated_otherwise(known),
        );
        self.by_name(names);
        if !is_sure {
            self.by_move();
        }
        &self.found
    }

    /// Matches entries that would get, if they were new, the id that a known one got when it
    /// was.
    fn by_name(&mut self, names: &[ItemId]) {
        let places = self.known.iter().enumerate();
        let places: HashMap<ItemId, usize> = places.map(|(at, known)| (known.item, at)).collect();
        let mut pairs = Vec::new();
        for (entry, name) in names.iter().enumerate() {
            let Some(known) = places.get(name) else {
                continue;
            };
            let marks = &self.all[entry];
            let is_open = self.found[entry].is_none() && !self.is_taken[*known];
            let is_contradicted = marks
                .guid
                .is_some_and(|guid| self.contradicted.contains(&guid));
            let known_marks = &self.known[*known];
            let is_renamed = differ(marks.guid, known_marks.guid);
            let is_other =
                is_renamed && says_other(marks, known_marks) || is_again(marks, known_marks);
            if is_open && !is_contradicted && !is_other {
                pairs.push((entry, *known));
            }
        }
        self.take(pairs);
    }

    /// Matches by guid; another page with another headline of another day contradicts it,
    /// unless the guids are vouched for.
    fn by_guid(&mut self) {
        let is_sure = self.is_guid_sure;
        let mut contradicted = Vec::new();
        let shared = self.shared;
        self.by(
            |marks| marks.guid.filter(|guid| !shared.guids.contains(guid)),
            |known| known.guid,
            |marks, known| {
                // Another page with another headline of another day.
                let is_other = differ(marks.link, known.link)
                    && differ(marks.title, known.title)
                    && marks.is_dated_otherwise(known);
                if is_other && !is_sure {
                    contradicted.extend(marks.guid);
                }
                (!is_other || is_sure) && !is_again(marks, known)
            },
        );
        self.contradicted = contradicted;
    }

    /// Matches by title alone after a move: new guids, new addresses, the same headlines on
    /// four fifths of the unmatched entries.
    fn by_move(&mut self) {
        let n_open = self.found.iter().filter(|found| found.is_none()).count();
        let is_same = |marks: &EntryHashes, known: &SeenEntry| {
            !marks.is_dated_otherwise(known) || marks.text.is_some() && marks.text == known.text
        };
        let pairs = self.pairs(|marks| marks.title, |known| known.title, is_same);
        if n_open >= MIN_MOVED_ENTRIES && pairs.len() * 5 >= n_open * 4 {
            self.take(pairs);
        }
    }

    /// Matches entries and known ones that share a hash with each other only, and that
    /// `is_same` accepts.
    fn by<K: Eq + Hash>(
        &mut self,
        mark: impl Fn(&EntryHashes) -> Option<K>,
        known: impl Fn(&SeenEntry) -> Option<K>,
        is_same: impl FnMut(&EntryHashes, &SeenEntry) -> bool,
    ) {
        let pairs = self.pairs(mark, known, is_same);
        self.take(pairs);
    }

    fn take(&mut self, pairs: Vec<(usize, usize)>) {
        for (entry, known) in pairs {
            self.found[entry] = Some(known);
            self.is_taken[known] = true;
        }
    }

    /// Lists pairs of entries and known ones, both unmatched, that share a hash with each
    /// other only.
    fn pairs<K: Eq + Hash>(
        &self,
        mark: impl Fn(&EntryHashes) -> Option<K>,
        known: impl Fn(&SeenEntry) -> Option<K>,
        mut is_same: impl FnMut(&EntryHashes, &SeenEntry) -> bool,
    ) -> Vec<(usize, usize)> {
        let here = unique(self.all.iter().map(mark));
        let there = unique(self.known.iter().map(known));
        let mut pairs = Vec::new();
        for (value, entry) in here {
            let (Some(entry), Some(Some(known))) = (entry, there.get(&value)) else {
                continue;
            };
            let is_open = self.found[entry].is_none() && !self.is_taken[*known];
            if is_open && is_same(&self.all[entry], &self.known[*known]) {
                pairs.push((entry, *known));
            }
        }
        pairs
    }
}

/// Whether an entry with the address of a known one is that one: not if it has another guid
/// and says something else.
fn is_same_page(marks: &EntryHashes, known: &SeenEntry) -> bool {
    let is_renamed = differ(marks.guid, known.guid);
    let is_undated = marks.date.is_none() || known.date.is_none();
    let is_elsewhere = marks.is_dated_otherwise(known) || is_undated && marks.is_home;
    !(is_renamed && says_other(marks, known) && is_elsewhere)
}

/// Whether neither the title nor the text is the same.
fn says_other(marks: &EntryHashes, known: &SeenEntry) -> bool {
    marks.title != known.title && (marks.text.is_none() || marks.text != known.text)
}

/// Maps each value to its index; `None` if it stands in several places.
fn unique<K: Eq + Hash>(values: impl Iterator<Item = Option<K>>) -> HashMap<K, Option<usize>> {
    let mut places: HashMap<K, Option<usize>> = HashMap::new();
    for (at, value) in values.enumerate() {
        if let Some(value) = value {
            places
                .entry(value)
                .and_modify(|place| *place = None)
                .or_insert(Some(at));
        }
    }
    places
}
