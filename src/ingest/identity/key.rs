//! Identity keys: names for an entry that nobody knows yet, the first key that holds.

use std::collections::{HashMap, HashSet};

use super::hashes;
use super::hashes::{EntryHashes, differ};
use crate::config::{IdentityKey, Source};
use crate::ingest::item::content_hash;
use crate::model::{Draft, SeenEntries};
use crate::text::fingerprint;

/// Guid churn from which on new entries are not named by their guid any more: documents in
/// which most guids changed, less those in which most did not (see `SeenEntries::guid_churn`).
const MAX_GUID_CHURN: u8 = 2;

/// Hashes of guids and links that do not tell the entries of a document apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    /// Guids of several entries.
    pub(super) guids: HashSet<u64>,
    /// Links of several entries that have no better guid.
    pub(super) links: HashSet<u64>,
}

impl Shared {
    /// Finds the guids and links that stand on several entries of a document, now or (guids)
    /// before.
    ///
    /// A guid does if it stands beside different links or, where there are no links,
    /// different titles (some publishers repeat one guid for all); a link does if it stands
    /// beside different titles and dates (a live page).
    pub(super) fn of(all: &[EntryHashes], roll: &SeenEntries) -> Shared {
        let mut guids: HashSet<u64> = roll.shared.iter().copied().collect();
        let mut first: HashMap<u64, &EntryHashes> = HashMap::new();
        for this in all {
            let Some(guid) = this.guid else { continue };
            let other = *first.entry(guid).or_insert(this);
            let is_other = match this.link {
                Some(_) => this.link != other.link,
                None => this.title != other.title,
            };
            if is_other || is_other_news(this, other) {
                guids.insert(guid);
            }
        }
        let mut links = HashSet::new();
        let mut first: HashMap<u64, &EntryHashes> = HashMap::new();
        let is_nameless =
            |marks: &&EntryHashes| marks.guid.is_none_or(|guid| guids.contains(&guid));
        for this in all.iter().filter(is_nameless) {
            let Some(link) = this.link else { continue };
            let other = *first.entry(link).or_insert(this);
            let is_other = other.title != this.title && other.date != this.date;
            if is_other || is_other_news(this, other) {
                links.insert(link);
            }
        }
        Shared { guids, links }
    }
}

/// Whether two entries of one document say different things: both have a title and a
/// text, and neither is the other's. One that is listed twice, before and after it
/// was changed, has a date of its own each time.
fn is_other_news(this: &EntryHashes, other: &EntryHashes) -> bool {
    let is_edited = this.date.is_some() && this.date == other.date;
    differ(this.title, other.title) && differ(this.text, other.text) && !is_edited
}

/// Lists the names that a draft may have, the best one first; never empty. Keys are tried in
/// the order of `source.identity`, then in the usual one.
pub(super) fn identities(
    draft: &Draft,
    marks: &EntryHashes,
    shared: &Shared,
    source: &Source,
    roll: &SeenEntries,
) -> Vec<String> {
    let is_trusted = source.trust_guid == Some(true) || roll.guid_churn < MAX_GUID_CHURN;
    let has_guid = marks.guid.is_some_and(|guid| !shared.guids.contains(&guid)) && is_trusted;
    let has_link = marks.link.is_some();
    let usable = |rung: &IdentityKey| match rung {
        IdentityKey::Guid => has_guid,
        IdentityKey::Link => has_link,
        IdentityKey::TitleDate => draft.title.is_some(),
        IdentityKey::Content => true,
    };
    // Where all that was asked for is missing, anything else is better than nothing.
    let ladder = source.identity.iter().chain(&IdentityKey::ALL);
    let rungs: Vec<IdentityKey> = ladder.copied().filter(usable).collect();
    let mut names: Vec<String> = Vec::new();
    for rung in rungs {
        let name = name(draft, marks, shared, source, rung);
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    if let (Some(date), Some(first)) = (marks.date, names.first()) {
        names.push(again(first, date));
    }
    names
}

/// Names an entry that comes again under the name of an old one.
pub(super) fn again(name: &str, date: i64) -> String {
    format!("{name}\ndate:{date}")
}

/// Writes the name of a draft by one key, as in `guid:…` or `title:…`. Hashed into item ids:
/// no byte may change.
fn name(
    draft: &Draft,
    marks: &EntryHashes,
    shared: &Shared,
    source: &Source,
    rung: IdentityKey,
) -> Option<String> {
    let title = draft.title.as_deref().map(fingerprint::fold);
    match rung {
        IdentityKey::Guid => Some(format!("guid:{}", hashes::guid(draft)?)),
        IdentityKey::Link => {
            let link = draft.link.as_ref()?;
            let link = format!("link:{}", content_hash::address(link, &source.strip_params));
            let is_shared = marks.link.is_some_and(|link| shared.links.contains(&link));
            Some(match is_shared {
                true => format!("{link}\ntitle:{}", title.unwrap_or_default()),
                false => link,
            })
        }
        IdentityKey::TitleDate => Some(format!("title:{}\ndate:{:?}", title?, marks.date)),
        IdentityKey::Content => {
            let files = draft.enclosures.iter().map(|file| file.url.as_str());
            let files: Vec<&str> = files.collect();
            let text = marks.text.unwrap_or_default();
            Some(format!("text:{text:016x}\nfiles:{files:?}"))
        }
    }
}
