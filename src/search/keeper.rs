//! Keeper of the index: puts into it what changed in the store.
//!
//! The last commit of the index says how often each volume of the store had been written by then.
//! Where that is still so there is nothing to do; a volume that was written since is compared
//! with the index story by story. So nothing is missed, whatever happened in between: a crash, a
//! restore, weeks without search. While both are open the store names what changed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, IndexWriter, TERMINATED, Term};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::document::document;
use super::error::SearchError;
use super::index::{OpenIndex, SearchIndex, SearchState};
use super::schema::{HEAD, STORY_VERSION, TAIL, VERSION, joined, key};
use crate::model::StoryId;
use crate::store::{Period, Store, StoryChanges};

/// Memory of the writer before a segment goes to the disk, in bytes.
const WRITER_BYTES: usize = 24 << 20;

/// Stories that are read from the store at once.
const STORIES_AT_ONCE: usize = 256;

/// Stories after which the index is committed while it is built, so that they can be found.
const STORIES_PER_COMMIT: u64 = 50_000;

/// Stories to be put in from which on the index counts as being built.
const MANY_STORIES: u64 = 2_000;

/// Share of deleted documents from which on a segment is written anew.
const MAX_DELETED: f32 = 0.3;

/// Note with a commit of the index: how much of the store is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    /// Version of the schema.
    schema: u32,
    /// Count of writes of each volume, by its name.
    volumes: BTreeMap<String, u64>,
    /// Hash of which stories are taken down.
    down: u64,
}

/// Keeper of one index.
pub(super) struct Keeper {
    index: Arc<SearchIndex>,
    store: Arc<Store>,
    stop: CancellationToken,
    /// Writer and what is in the index; `None` before the first round, and after an error.
    work: Option<Work>,
}

/// Index that is written.
struct Work {
    open: OpenIndex,
    writer: IndexWriter,
    held: Held,
    /// Stories put in since the last commit.
    n_waiting: u64,
}

/// Builds the index of `store` anew, calling `tell` with how many stories are in it, of how many.
///
/// # Errors
///
/// Those of the store and of the disk.
pub fn rebuild(
    index: &Arc<SearchIndex>,
    store: &Arc<Store>,
    tell: &dyn Fn(u64, u64),
) -> Result<(), SearchError> {
    let mut keeper = Keeper::new(
        Arc::clone(index),
        Arc::clone(store),
        CancellationToken::new(),
    );
    index.throw_away()?;
    keeper.round_telling(tell)?;
    keeper.finish()
}

impl Keeper {
    pub(super) fn new(
        index: Arc<SearchIndex>,
        store: Arc<Store>,
        stop: CancellationToken,
    ) -> Keeper {
        Keeper {
            index,
            store,
            stop,
            work: None,
        }
    }

    /// Brings the index up to the store.
    ///
    /// # Errors
    ///
    /// Those of the store and of the disk; the next round begins with what is on the disk.
    pub(super) fn round(&mut self) -> Result<(), SearchError> {
        self.round_telling(&|_, _| {})
    }

    fn round_telling(&mut self, tell: &dyn Fn(u64, u64)) -> Result<(), SearchError> {
        // tantivy trusts what it maps; a damaged file may make it panic.
        let done = catch_unwind(AssertUnwindSafe(|| self.attempt(tell)));
        let done = done.unwrap_or_else(|_| Err(SearchError::Index("it is damaged".to_owned())));
        if let Err(why) = &done {
            self.work = None;
            if matches!(why, SearchError::Index(_)) {
                self.index.suspect();
            }
            if !matches!(why, SearchError::Stopped) {
                self.index.set(SearchState::Failed(why.to_string()));
            }
        }
        done
    }

    fn attempt(&mut self, tell: &dyn Fn(u64, u64)) -> Result<(), SearchError> {
        if self.index.take_rebuild() {
            self.work = None;
            self.index.throw_away()?;
        }
        if self.index.take_suspect() {
            self.work = None;
            self.judge()?;
        }
        if self.work.is_none() {
            self.work = Some(self.begin()?);
            // Whatever was named to an earlier round.
            drop(self.store.take_changes());
            self.compare_all(tell)?;
        } else {
            let (changes, writes) = self.store.take_changes();
            match changes {
                StoryChanges::Named(stories) => self.put_named(&stories.into_iter().collect::<Vec<_>>(), writes)?,
                StoryChanges::Unknown => self.compare_all(tell)?,
            }
        }
        self.index.set(SearchState::Ready);
        Ok(())
    }

    /// Opens the index to be written; one that is of no use is thrown away first.
    fn begin(&self) -> Result<Work, SearchError> {
        let opened = self.index.open().and_then(|open| {
            let held = held(&open)?;
            Ok((open, held))
        });
        let (open, held) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                warn!("the search index is built anew: {why}");
                self.index.throw_away()?;
                (self.index.open()?, Held::default())
            }
        };
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = open.index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(MAX_DELETED);
        writer.set_merge_policy(Box::new(policy));
        Ok(Work {
            open,
            writer,
            held: Held {
                schema: VERSION,
                ..held
            },
            n_waiting: 0,
        })
    }

    /// Looks at the files of an index that could not be read, and throws a damaged one away.
    fn judge(&self) -> Result<(), SearchError> {
        let checked = catch_unwind(AssertUnwindSafe(|| {
            let open = self.index.open()?;
            Ok::<_, SearchError>(open.index.validate_checksum()?)
        }));
        let why = match checked {
            Ok(Ok(damaged)) if damaged.is_empty() => return Ok(()),
            Ok(Ok(damaged)) => format!("{} of its files are damaged", damaged.len()),
            Ok(Err(why)) => why.to_string(),
            Err(_) => "it cannot be read".to_owned(),
        };
        warn!("the search index is built anew: {why}");
        self.index.throw_away()
    }

    /// Replaces the stories that the store named.
    fn put_named(
        &mut self,
        stories: &[StoryId],
        writes: Option<BTreeMap<Period, u64>>,
    ) -> Result<(), SearchError> {
        if stories.is_empty() {
            return Ok(());
        }
        let store = Arc::clone(&self.store);
        let work = self.work.as_mut().ok_or(SearchError::NotReady)?;
        let mut by_volume: BTreeMap<Period, Vec<StoryId>> = BTreeMap::new();
        for story in stories {
            work.remove(*story);
            if let Some(period) = store.volume_of(*story)? {
                by_volume.entry(period).or_default().push(*story);
            }
        }
        for (period, stories) in by_volume {
            for some in stories.chunks(STORIES_AT_ONCE) {
                work.put(&store, period, some)?;
            }
        }
        if let Some(writes) = writes {
            work.held.volumes = by_name(&writes);
        }
        work.held.down = down(&store);
        work.commit()
    }

    /// Compares every volume that was written since with the index.
    fn compare_all(&mut self, tell: &dyn Fn(u64, u64)) -> Result<(), SearchError> {
        let store = Arc::clone(&self.store);
        let writes = store.volume_writes()?;
        let down = down(&store);
        let work = self.work.as_mut().ok_or(SearchError::NotReady)?;
        let names = by_name(&writes);
        let gone: Vec<String> = work.held.volumes.keys().cloned().collect();
        for name in gone.iter().filter(|name| !names.contains_key(*name)) {
            work.remove_volume(name);
            work.held.volumes.remove(name);
        }
        let is_new = |held: &Held, name: &String, count: &u64| {
            held.down != down || held.volumes.get(name) != Some(count)
        };
        let mut progress = Progress::of(&store, tell)?;
        let n_volumes = writes.len();
        // Newest first: what is asked for most.
        for (period, count) in writes.iter().rev() {
            let name = period.to_string();
            if !is_new(&work.held, &name, count) {
                continue;
            }
            let added = Comparison {
                store: &store,
                index: &self.index,
                stop: &self.stop,
                period: *period,
            };
            added.run(work, &mut progress)?;
            work.held.volumes.insert(name, *count);
            if progress.is_long {
                work.commit()?;
            }
        }
        work.held.down = down;
        if work.n_waiting > 0 || work.open.index.load_metas()?.payload != Some(note(&work.held)) {
            work.commit()?;
        }
        if progress.is_long {
            info!(
                stories = progress.done,
                volumes = n_volumes,
                "the search index is up to date"
            );
        }
        Ok(())
    }

    /// Waits for what the index still writes.
    pub(super) fn finish(self) -> Result<(), SearchError> {
        match self.work {
            Some(work) => Ok(work.writer.wait_merging_threads()?),
            None => Ok(()),
        }
    }
}

/// How far the building of an index is.
struct Progress<'a> {
    done: u64,
    total: u64,
    /// Whether there is so much to do that readers are told.
    is_long: bool,
    tell: &'a dyn Fn(u64, u64),
}

impl<'a> Progress<'a> {
    fn of(store: &Store, tell: &'a dyn Fn(u64, u64)) -> Result<Progress<'a>, SearchError> {
        Ok(Progress {
            done: 0,
            total: store.counts()?.stories,
            is_long: false,
            tell,
        })
    }

    /// Counts stories that need nothing done.
    fn pass(&mut self, n_stories: u64) {
        self.done += n_stories;
    }

    fn step(&mut self, index: &SearchIndex, n_stories: u64) {
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
struct Comparison<'a> {
    store: &'a Store,
    index: &'a SearchIndex,
    stop: &'a CancellationToken,
    period: Period,
}

impl Comparison<'_> {
    fn run(&self, work: &mut Work, progress: &mut Progress<'_>) -> Result<(), SearchError> {
        let mut indexed = work.indexed(&self.period.to_string())?;
        let mut fresh: Vec<StoryId> = Vec::new();
        let mut n_same = 0;
        self.store.story_versions(self.period, |story, version| {
            match indexed.remove(&story) {
                Some(held) if held == version => n_same += 1,
                held => {
                    if held.is_some() {
                        indexed.insert(story, 0);
                    }
                    fresh.push(story);
                }
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
    fn remove(&mut self, story: StoryId) {
        let key = Term::from_field_u64(self.open.fields.key, key(story));
        self.writer.delete_term(key);
        self.n_waiting += 1;
    }

    /// Removes all stories of a volume.
    fn remove_volume(&mut self, name: &str) {
        let volume = Term::from_field_text(self.open.fields.volume, name);
        self.writer.delete_term(volume);
        self.n_waiting += 1;
    }

    /// Puts stories of one volume in.
    fn put(
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
    fn commit(&mut self) -> Result<(), SearchError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&note(&self.held));
        commit.commit()?;
        self.n_waiting = 0;
        self.open.reader.reload()?;
        Ok(())
    }

    /// Reads which stories of a volume the index has, and their versions.
    fn indexed(&self, volume: &str) -> Result<HashMap<StoryId, u64>, SearchError> {
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

/// Reads what an index holds, by its last commit.
fn held(open: &OpenIndex) -> Result<Held, SearchError> {
    let Some(payload) = open.index.load_metas()?.payload else {
        return Ok(Held::default());
    };
    let held: Option<Held> = serde_json::from_str(&payload).ok();
    match held.filter(|held| held.schema == VERSION) {
        Some(held) => Ok(held),
        None => Err(SearchError::Index("it is of another release".to_owned())),
    }
}

/// Writes the note with a commit.
fn note(held: &Held) -> String {
    serde_json::to_string(held).expect("names and numbers are JSON")
}

fn by_name(writes: &BTreeMap<Period, u64>) -> BTreeMap<String, u64> {
    let writes = writes.iter();
    writes.map(|(period, count)| (period.to_string(), *count)).collect()
}

/// Hashes which stories are taken down; the same in every run.
fn down(store: &Store) -> u64 {
    let mut hasher = DefaultHasher::new();
    for story in store.takedowns().keys() {
        story.as_bytes().hash(&mut hasher);
    }
    hasher.finish()
}
