//! Revisions: at most the last few texts of each item.

use jiff::Timestamp;

use crate::model::{Item, Revision};
use crate::store::codec::item::ItemRecord;

/// Most revisions of one item; the oldest go first.
pub(in crate::store) const MAX_REVISIONS: usize = 10;

/// Returns the revisions of `item`, which replaces `before` at `at`: one more if the substance changed.
///
/// A commit that is older than the last revision is applied for the second time, and adds none.
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
