//! Identity of entries: ids that the next poll finds again.
//!
//! ```text
//!   drafts
//!     | hashes       guid, link, title, date, text of each
//!     | key          names of a new entry; the same twice counts once
//!     | matcher      matches with the seen set, whatever they are called today
//!     v
//!   entries with their ids
//! ```
//!
//! The id of an entry is computed once, when it is new, from the best key of its source:
//! guid, link, title and date, text. From then on it keeps it, as long as anything in the
//! seen set ([`SeenEntries`]) tells that it is the same entry: publishers give new guids to old
//! entries, all at once or on every poll, give one guid to all of them, move to another
//! address, correct headlines.

mod hashes;
mod key;
mod matcher;
mod seen;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use super::item::content_hash;
use crate::config::Source;
use crate::model::{Draft, ItemId, SeenEntries, SeenEntry};
use hashes::{EntryHashes, differ};
use key::Shared;
use matcher::Comparison;

pub(super) use hashes::MAX_REVISION_SECONDS;
pub use seen::{Flood, HeldFlood, has_seen, n_released, next as next_roll};

/// Entries of a document with their ids, and statistics of its guids.
#[derive(Clone, Debug, Default)]
pub struct Identified {
    /// Entries in document order; one that stands twice is there once.
    pub entries: Vec<IdentifiedEntry>,
    /// Statistics of guids, for the next seen set.
    pub guids: Guids,
}

/// Identified entry.
#[derive(Clone, Debug)]
pub struct IdentifiedEntry {
    /// Id of its item.
    pub id: ItemId,
    /// Draft as read.
    pub draft: Draft,
    /// Id of its item, if the item of its id turns out to be old news under its name.
    pub again: Option<ItemId>,
    /// Ids that it had under the former names of its source, if it is new to the seen set.
    pub former: Vec<ItemId>,
    /// Index in the document, from the top.
    pub index: usize,
    /// Hashes to know it by at the next poll.
    pub known: SeenEntry,
    /// Hashes it was known by until now; `None` if it is new to the seen set.
    pub was: Option<SeenEntry>,
    /// Content hash of the draft; another one means that a reader would notice a change.
    pub fingerprint: u64,
}

/// Statistics of the guids of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guids {
    /// Known entries that still have theirs.
    pub n_kept: usize,
    /// Known entries that have another one now.
    pub n_changed: usize,
    /// Hashes of guids found on several entries, ascending, without those known as such.
    pub shared: Vec<u64>,
}

/// Gives the drafts of one document their ids, by the seen set `roll` of the source.
#[must_use]
pub fn identify(source: &Source, roll: &SeenEntries, drafts: Vec<Draft>) -> Identified {
    let all: Vec<EntryHashes> = drafts
        .iter()
        .map(|draft| EntryHashes::of(draft, source))
        .collect();
    let shared = Shared::of(&all, roll);
    let named = collapse(source, roll, &shared, drafts, all);
    let all: Vec<EntryHashes> = named.iter().map(|one| one.marks.clone()).collect();
    let mut comparison = Comparison::new(roll, &all, &shared, source.trust_guid == Some(true));
    let names = named.iter();
    let names: Vec<ItemId> = names
        .map(|one| ItemId::of(&source.id, &one.names[0]))
        .collect();
    let found = comparison.run(&names).to_vec();
    let ids = ids(source, roll, &named, &found);

    let mut guids = Guids::default();
    guids.shared.extend(&shared.guids);
    guids.shared.extend(&comparison.contradicted);
    guids.shared.retain(|guid| !roll.shared.contains(guid));
    guids.shared.sort_unstable();
    guids.shared.dedup();

    let mut entries = Vec::with_capacity(named.len());
    for ((one, found), id) in named.into_iter().zip(found).zip(ids) {
        let was = found.map(|at| roll.known[at]);
        if let Some(was) = &was {
            guids.n_changed += usize::from(differ(was.guid, one.marks.guid));
            guids.n_kept += usize::from(was.guid.is_some() && was.guid == one.marks.guid);
        }
        let marks = one.marks;
        let again = marks.date.map(|date| key::again(&one.names[0], date));
        entries.push(IdentifiedEntry {
            id,
            again: again.map(|name| ItemId::of(&source.id, &name)),
            former: match was {
                Some(_) => Vec::new(),
                None => source
                    .was
                    .iter()
                    .map(|id| ItemId::of(id, &one.names[0]))
                    .collect(),
            },
            fingerprint: content_hash::with_text(&one.draft, marks.text, &source.strip_params),
            draft: one.draft,
            index: one.index,
            known: SeenEntry {
                item: id,
                guid: marks.guid,
                link: marks.link,
                title: marks.title,
                date: marks.date,
                text: marks.text,
                edits: was.map_or(0, |was| was.edits),
            },
            was,
        });
    }
    Identified { entries, guids }
}

/// Draft with its index, hashes and possible names.
struct Named {
    draft: Draft,
    index: usize,
    marks: EntryHashes,
    /// Names, the best one first, never empty.
    names: Vec<String>,
}

/// Merges drafts of the same name, which are the same entry; the longer one counts, at the
/// place of the first.
fn collapse(
    source: &Source,
    roll: &SeenEntries,
    shared: &Shared,
    drafts: Vec<Draft>,
    all: Vec<EntryHashes>,
) -> Vec<Named> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(drafts.len());
    let mut named: Vec<Named> = Vec::with_capacity(drafts.len());
    for (index, (draft, marks)) in drafts.into_iter().zip(all).enumerate() {
        let names = key::identities(&draft, &marks, shared, source, roll);
        let one = Named {
            draft,
            index,
            marks,
            names,
        };
        match places.get(&one.names[0]) {
            None => {
                places.insert(one.names[0].clone(), named.len());
                named.push(one);
            }
            Some(at) if length(&one.draft) > length(&named[*at].draft) => {
                let index = named[*at].index;
                named[*at] = Named { index, ..one };
            }
            Some(_) => {}
        }
    }
    named
}

/// Measures a draft to compare it with others of its name: bytes of title, bytes of text,
/// title. The same whatever the order of a document.
fn length(draft: &Draft) -> (usize, usize, Option<&str>) {
    let title = draft.title.as_deref();
    let bodies = draft.content.iter().map(|content| content.value.len());
    let text = draft.summary.as_deref().map_or(0, str::len) + bodies.sum::<usize>();
    (title.map_or(0, str::len), text, title)
}

/// Chooses the ids: known entries keep theirs, new ones get the first of their names that
/// nobody has.
fn ids(
    source: &Source,
    roll: &SeenEntries,
    named: &[Named],
    found: &[Option<usize>],
) -> Vec<ItemId> {
    let mut given: HashSet<ItemId> = found
        .iter()
        .flatten()
        .map(|at| roll.known[*at].item)
        .collect();
    let is_open: HashSet<ItemId> = roll
        .known
        .iter()
        .map(|known| known.item)
        .filter(|item| !given.contains(item))
        .collect();
    named
        .iter()
        .zip(found)
        .map(|(one, found)| {
            if let Some(at) = found {
                return roll.known[*at].item;
            }
            let ids = one.names.iter().map(|name| ItemId::of(&source.id, name));
            // An id of an entry that is on the roll, and that this one is not.
            let free = ids
                .clone()
                .find(|id| !given.contains(id) && !is_open.contains(id));
            let any = ids.clone().find(|id| !given.contains(id));
            let last = || {
                let all = one.names.join("\n");
                ItemId::of(&source.id, &format!("{all}\nplace:{}", one.index))
            };
            let id = free.or(any).unwrap_or_else(last);
            given.insert(id);
            id
        })
        .collect()
}
