//! Index that is written, and one volume of the store compared with it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, IndexWriter, TERMINATED, Term};
use tokio_util::sync::CancellationToken;

use super::document::document;
use super::error::SearchError;
use super::index::{OpenIndex, SearchIndex, SearchState};
use super::schema::{HEAD, STORY_VERSION, TAIL, joined, key};
use crate::model::StoryId;
use crate::store::{Period, Store};

/// Stories that are read from the store at once.
pub(super) const STORIES_AT_ONCE: usize = 256;

/// Stories after which the index is committed while it is built, so that they can be found.
const STORIES_PER_COMMIT: u64 = 50_000;

/// Stories to be put in from which on the index counts as being built.
const MANY_STORIES: u64 = 2_000;

/// Note with a commit of the index: how much of the store is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Version of the schema.
    pub(super) schema: u32,
    /// Count of writes of each volume, by its name.
    pub(super) volumes: BTreeMap<String, u64>,
    /// Hash of which stories are taken down.
    pub(super) down: u64,
}

/// Index that is written.
pub(super) struct Work {
    pub(super) open: OpenIndex,
    pub(super) writer: IndexWriter,
    pub(super) held: Held,
    /// Stories put in since the last commit.
    pub(super) n_waiting: u64,
}

/// Progress of the building of an index.
pub(super) struct Progress<'a> {
    pub(super) done: u64,
    pub(super) total: u64,
    /// Whether there is so much to do that readers are told.
    pub(super) is_long: bool,
    pub(super) tell: &'a dyn Fn(u64, u64),
}

impl<'a> Progress<'a> {
    pub(super) fn of(
        store: &Store,
        tell: &'a dyn Fn(u64, u64),
    ) -> Result<Progress<'a>, SearchError> {
        Ok(Progress {
            done: 0,
            total: store.counts()?.stories,
            is_long: false,
            tell,
        })
    }

    /// Counts stories that need nothing done.
    pub(super) fn pass(&mut self, n_stories: u64) {
        self.done += n_stories;
    }

    pub(super) fn step(&mut self, index: &SearchIndex, n_stories: u64) {
        self.done += n_stories;
        (self.tell)(self.done, self.total.max(self.done));
        if self.is_long {
            index.set(SearchState::Building {
                done: self.done,
                total: self.total.max(self.done),
            });
        }
    }
}

/// Comparison of one volume with the index.
pub(super) struct Comparison<'a> {
    pub(super) store: &'a Store,
    pub(super) index: &'a SearchIndex,
    pub(super) stop: &'a CancellationToken,
    pub(super) period: Period,
}

impl Comparison<'_> {
    pub(super) fn run(
        &self,
        work: &mut Work,
        progress: &mut Progress<'_>,
    ) -> Result<(), SearchError> {
        let mut indexed = work.indexed(&self.period.to_string())?;
        let mut fresh: Vec<StoryId> = Vec::new();
        let mut n_same = 0;
        self.store
            .story_versions(self.period, |story, version| match indexed.remove(&story) {
                Some(held) if held == version => n_same += 1,
                held => {
                    if held.is_some() {
                        indexed.insert(story, 0);
                    }
                    fresh.push(story);
                }
            })?;
        for story in indexed.keys() {
            work.remove(*story);
        }
        progress.pass(n_same);
        progress.is_long |= fresh.len() as u64 >= MANY_STORIES;
        for some in fresh.chunks(STORIES_AT_ONCE) {
            if self.stop.is_cancelled() {
                return Err(SearchError::Stopped);
            }
            work.put(self.store, self.period, some)?;
            progress.step(self.index, some.len() as u64);
            if work.n_waiting >= STORIES_PER_COMMIT {
                work.commit()?;
            }
        }
        Ok(())
    }
}

impl Work {
    /// Removes a story.
    pub(super) fn remove(&mut self, story: StoryId) {
        let key = Term::from_field_u64(self.open.fields.key, key(story));
        self.writer.delete_term(key);
        self.n_waiting += 1;
    }

    /// Removes all stories of a volume.
    pub(super) fn remove_volume(&mut self, name: &str) {
        let volume = Term::from_field_text(self.open.fields.volume, name);
        self.writer.delete_term(volume);
        self.n_waiting += 1;
    }

    /// Puts stories of one volume in.
    pub(super) fn put(
        &mut self,
        store: &Store,
        period: Period,
        stories: &[StoryId],
    ) -> Result<(), SearchError> {
        for (story, version) in store.versioned_stories(period, stories)? {
            let document = document(&self.open.fields, &story, period, version);
            self.writer.add_document(document)?;
            self.n_waiting += 1;
        }
        Ok(())
    }

    /// Commits, and lets readers see it.
    pub(super) fn commit(&mut self) -> Result<(), SearchError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&note(&self.held));
        commit.commit()?;
        self.n_waiting = 0;
        self.open.reader.reload()?;
        Ok(())
    }

    /// Reads which stories of a volume the index has, and their versions.
    pub(super) fn indexed(&self, volume: &str) -> Result<HashMap<StoryId, u64>, SearchError> {
        let term = Term::from_field_text(self.open.fields.volume, volume);
        let mut found = HashMap::new();
        for segment in self.open.reader.searcher().segment_readers() {
            let terms = segment.inverted_index(self.open.fields.volume)?;
            let Some(mut places) = terms.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            let fast = segment.fast_fields();
            let (head, tail) = (fast.u64(HEAD)?, fast.u64(TAIL)?);
            let version = fast.u64(STORY_VERSION)?;
            while places.doc() != TERMINATED {
                let doc = places.doc();
                let id = head.first(doc).zip(tail.first(doc));
                if let Some(((head, tail), version)) = id.zip(version.first(doc))
                    && !segment.is_deleted(doc)
                {
                    found.insert(joined(head, tail), version);
                }
                places.advance();
            }
        }
        Ok(found)
    }
}

/// Writes the note with a commit.
pub(super) fn note(held: &Held) -> String {
    serde_json::to_string(held).expect("names and numbers are JSON")
}
