//! What items said before, as bytes.

use serde::{Deserialize, Serialize};

use crate::model::{Revision, SafeHtml};
use crate::store::codec::scalar::{WireTime, vouched};

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
