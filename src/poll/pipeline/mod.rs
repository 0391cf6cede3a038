//! One poll, from the request to the commit, as named stages.
//!
//! ```text
//!   due source
//!     | fetch      FetchedDocument | Unchanged    network    conditional request, robots.txt, pacing
//!     | parse      ParsedSource                   CPU, net   charset, gate, entries; further list pages
//!     | classify   ClassifiedEntries              CPU, disk  rewrite, identify, look up, flood
//!     | select     Selection                      pure       drift, filters, new or edited entries
//!     | articles   Selection, with articles       network    article pages of the selected entries
//!     | build      Vec<Upsert>                    CPU        items with sort key and blocking keys
//!     | conclude   Polled                         pure       next state of the source, commit
//!     v
//!   task: CommitQueue::write, one log line
//! ```
//!
//! A stage that cannot go on returns [`Stop`]. Every poll ends in a commit, a failed one too: that is
//! how a failure is remembered and the next poll put off. A push of a hub (`push`) takes the same way
//! from `parse` on.

mod articles;
mod build;
mod classify;
mod conclude;
pub(super) mod context;
mod failure;
mod fetch;
mod parse;
pub(super) mod push;
mod report;
mod select;
pub(super) mod task;

pub(super) use context::{Poll, PollContext};

use crate::store::StoreError;
use conclude::{PollProduct, Polled};
use context::Stop;
use fetch::Fetch;

impl Poll {
    /// Polls the source once.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read; every trouble of the source is a [`Polled`] instead.
    async fn run(&self) -> Result<Polled, StoreError> {
        match self.stages().await {
            Ok(product) => Ok(self.conclude(product)),
            Err(Stop::Failed(failure)) => Ok(self.conclude(PollProduct::failed(failure))),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    /// Runs the stages in order, up to the last but one.
    async fn stages(&self) -> Result<PollProduct, Stop> {
        let fetched = match self.fetch().await? {
            Fetch::Unchanged(meta) => return Ok(PollProduct::unchanged(meta)),
            Fetch::Document(fetched) => fetched,
        };
        let (parsed, meta) = self.parse(*fetched).await?;
        let classified = self.classify(parsed).await?;
        let mut selection = self.select(classified);
        let pending = self.fetch_articles(&mut selection.entries).await;
        let outcome = self.read_outcome(&selection, meta, pending);
        let summary = std::mem::take(&mut selection.summary);
        let upserts = self.build(selection).await;
        Ok(PollProduct {
            outcome,
            upserts,
            summary,
        })
    }
}
