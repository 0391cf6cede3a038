//! Revisions as bytes: what items said before.

use serde::{Deserialize, Serialize};

use crate::model::{Revision, SafeHtml};
use crate::store::codec::scalar::{WireTime, vouched};

/// Revision in postcard order; part of the on-disk format. Field names are keys of `export`.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct WireRevision<'a> {
    /// Time of the commit that replaced this text.
    until: WireTime,
    title: &'a str,
    #[serde(borrow)]
    summary: Option<&'a str>,
    content: Option<&'a str>,
}

impl<'a> WireRevision<'a> {
    /// Borrows a revision for encoding.
    pub(in crate::store) fn of(revision: &'a Revision) -> WireRevision<'a> {
        WireRevision {
            until: WireTime::of(revision.until),
            title: &revision.title,
            summary: revision.summary.as_ref().map(SafeHtml::as_str),
            content: revision.content.as_ref().map(SafeHtml::as_str),
        }
    }

    /// Reads a revision; `None` if its time is none.
    pub(in crate::store) fn read(self) -> Option<Revision> {
        Some(Revision {
            until: self.until.read()?,
            title: self.title.to_owned(),
            summary: self.summary.map(vouched),
            content: self.content.map(vouched),
        })
    }
}
