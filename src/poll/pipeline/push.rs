//! Push of a hub, from the document to the commit.
//!
//! The way is that of a poll, without its first and its last stage: nothing is fetched but article
//! pages, and what is remembered of the source – validators, health, next poll – stays as it is. What
//! is missing from a push has not been removed.

use super::context::{Poll, PollContext, Stop};
use super::parse::ParsedSource;
use crate::config::Source;
use crate::model::{Commit, Document, SourceState, Topic};
use crate::source::hub;
use crate::store::StoreError;

use std::sync::Arc;

use jiff::Timestamp;

/// Result of a push.
#[derive(Debug)]
pub(in crate::poll) enum Push {
    /// Something to write, possibly nothing new.
    Taken {
        /// Items and seen set, without a state.
        commit: Box<Commit>,
        /// Whether all of it could be used; if not, a poll has to bring the rest.
        is_whole: bool,
    },
    /// Not what the hub is there for, with the reason; the source itself has to be asked.
    Doubtful(String),
}

impl Poll {
    /// Makes the reading of a push. Article pages that were pending before it are the business of polls.
    pub(in crate::poll) fn of_push(
        context: PollContext,
        source: Arc<Source>,
        before: SourceState,
        now: Timestamp,
    ) -> Poll {
        let unread = Vec::new();
        Poll::new(context, source, SourceState { unread, ..before }, now)
    }

    /// Reads a document that was pushed for `topic` as one of the source, whatever it says it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub(in crate::poll) async fn push(
        &self,
        topic: &Topic,
        document: Document,
    ) -> Result<Push, StoreError> {
        match self.push_stages(topic, document).await {
            Ok(push) => Ok(push),
            Err(Stop::Failed(failure)) => Ok(Push::Doubtful(failure.message)),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    /// Runs the stages of a poll from `parse` on, all but the last.
    async fn push_stages(&self, topic: &Topic, document: Document) -> Result<Push, Stop> {
        let document = self.parse_document(document).await?;
        let own = hub::own_topic(&document.about, &self.source.url);
        let is_other = |own: &Topic| !topic.is(own.as_str()) && !own.is(self.source.url.as_str());
        if let Some(other) = own.filter(is_other) {
            let why = format!("it is {} and not {}", other.as_str(), topic.as_str());
            return Ok(Push::Doubtful(why));
        }
        let classified = self.classify(ParsedSource::pushed(document)).await?;
        let mut selection = self.select(classified);
        let pending = self.fetch_articles(&mut selection.entries).await;
        selection.entries.retain(|entry| !entry.is_pending);
        let new = selection
            .entries
            .iter()
            .filter(|entry| entry.stored.is_none());
        self.note_pushed(new.count());
        let summary = std::mem::take(&mut selection.summary);
        let upserts = self.build(selection).await;
        Ok(Push::Taken {
            is_whole: pending.is_empty() && summary.is_settled(),
            commit: Box::new(Commit {
                upserts,
                roll: summary.seen,
                robots: self.robots_log.take(),
                ..Commit::new(self.source.id.clone(), self.now)
            }),
        })
    }
}
