//! What a hub pushed, from the document to the commit.
//!
//! The way is that of a poll, without its beginning and its end: nothing is
//! fetched but article pages, and what is remembered of the source – validators,
//! health, when to poll – stays as it is. What is missing from a push has not
//! been removed.

use std::sync::Arc;

use jiff::Timestamp;

use super::parse::ParsedSource;
use super::{PollContext, PollProduct, ResponseMeta};
use crate::config::Source;
use crate::ingest::outcome::Outcome;
use crate::model::{Commit, Document, SourceState, Topic};
use crate::source::hub;
use crate::store::StoreError;
use crate::text::fingerprint;

/// What came of a push.
#[derive(Debug)]
pub(in crate::poll) enum Push {
    /// Something to write, possibly nothing new. Where `is_whole` does not hold,
    /// a poll has to bring the rest.
    Taken {
        /// What to write.
        commit: Box<Commit>,
        /// Whether all of it could be used.
        is_whole: bool,
    },
    /// Not what the hub is there for; the source itself has to be asked.
    Doubtful(String),
}

impl PollContext {
    /// Reads a pushed document as one of `source`, whatever it says it is.
    pub(in crate::poll) async fn push(
        &self,
        source: &Arc<Source>,
        topic: &Topic,
        before: &SourceState,
        document: Document,
        now: Timestamp,
    ) -> Result<Push, StoreError> {
        let body_hash = fingerprint::hash_bytes(&document.body);
        let reading = match self.read(source, document, now).await {
            Ok(reading) => reading,
            Err(error) => return Ok(Push::Doubtful(error.to_string())),
        };
        let mut alone = ParsedSource::alone(reading);
        alone.is_part = true;
        let harvest = self.harvest(source, before, alone, body_hash, now).await?;
        let own = hub::own_topic(&harvest.reading.about, &source.url);
        let is_other = |own: &Topic| !topic.is(own.as_str()) && !own.is(source.url.as_str());
        if let Some(other) = own.filter(is_other) {
            let why = format!("it is {} and not {}", other.as_str(), topic.as_str());
            return Ok(Push::Doubtful(why));
        }
        // Article pages that are still to be read are the business of polls.
        let before = SourceState {
            unread: Vec::new(),
            ..before.clone()
        };
        let PollProduct {
            outcome,
            mut upserts,
            sifted,
        } = self
            .gather(source, &before, harvest, ResponseMeta::default(), now)
            .await?;
        let unread = match outcome {
            Outcome::Read(findings) => findings.unread,
            Outcome::Unchanged { .. } | Outcome::Failed { .. } => Vec::new(),
        };
        upserts.retain(|upsert| !unread.iter().any(|unread| unread.item == upsert.item.id));
        Ok(Push::Taken {
            is_whole: unread.is_empty() && sifted.is_settled(),
            commit: Box::new(Commit {
                source: source.id.clone(),
                at: now,
                upserts,
                state: None,
                subscription: None,
                roll: sifted.roll,
                robots: self.take_notes(),
            }),
        })
    }
}
