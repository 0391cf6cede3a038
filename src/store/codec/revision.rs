//! What items said before: at most the last few texts of each.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::ItemRecord;
use super::scalar::{WireTime, vouched};
use crate::model::{Item, ItemId, Revision, SafeHtml};
use crate::store::read::StoryReader;
use crate::store::{Store, StoreError};

/// The most revisions of one item; the oldest go first.
pub(in crate::store) const MAX_REVISIONS: usize = 10;

impl Store {
    /// What an item said before its substance changed, oldest first; the last
    /// ten of these are kept.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn revisions(&self, item: ItemId) -> Result<Vec<Revision>, StoreError> {
        match self.ledger.get()?.entry(item, &self.damage)? {
            Some(entry) => StoryReader::new(self).revisions(item, entry.period()),
            None => Ok(Vec::new()),
        }
    }
}

/// The revisions of `item`, which takes the place of `before` at `at`.
///
/// A commit that is older than what we hold is applied for the second time and
/// revises nothing.
pub(in crate::store) fn after(
    before: Option<&ItemRecord>,
    item: &Item,
    at: Timestamp,
) -> Vec<Revision> {
    let Some(before) = before else {
        return Vec::new();
    };
    let mut revisions = before.revisions.clone();
    let is_replay = revisions.last().is_some_and(|last| last.until >= at);
    if before.item.fingerprint == item.fingerprint || is_replay {
        return revisions;
    }
    revisions.push(Revision {
        until: at,
        title: before.item.title.clone(),
        summary: before.item.summary.clone(),
        content: before.item.content.clone(),
    });
    let n_old = revisions.len().saturating_sub(MAX_REVISIONS);
    revisions.drain(..n_old);
    revisions
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireRevision<'a> {
    until: WireTime,
    title: &'a str,
    #[serde(borrow)]
    summary: Option<&'a str>,
    content: Option<&'a str>,
}

impl<'a> WireRevision<'a> {
    pub(in crate::store) fn of(revision: &'a Revision) -> WireRevision<'a> {
        WireRevision {
            until: WireTime::of(revision.until),
            title: &revision.title,
            summary: revision.summary.as_ref().map(SafeHtml::as_str),
            content: revision.content.as_ref().map(SafeHtml::as_str),
        }
    }

    pub(in crate::store) fn read(self) -> Option<Revision> {
        Some(Revision {
            until: self.until.read()?,
            title: self.title.to_owned(),
            summary: self.summary.map(vouched),
            content: self.content.map(vouched),
        })
    }
}
