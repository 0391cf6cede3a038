//! Keeper of the index: puts into it what changed in the store.
//!
//! The last commit of the index says how often each volume of the store had been written by then.
//! Where that is still so there is nothing to do; a volume that was written since is compared
//! with the index story by story. So nothing is missed, whatever happened in between: a crash, a
//! restore, weeks without search. While both are open the store names what changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::error::SearchError;
use super::index::{OpenIndex, SearchIndex, SearchState};
use super::schema::VERSION;
use super::work::{Comparison, Held, Progress, STORIES_AT_ONCE, Work, note};
use crate::model::StoryId;
use crate::store::{Period, Store, StoryChanges};

/// Memory of the writer before a segment goes to the disk, in bytes.
const WRITER_BYTES: usize = 24 << 20;

/// Share of deleted documents from which on a segment is written anew.
const MAX_DELETED: f32 = 0.3;

/// Keeper of one index.
pub(super) struct Keeper {
    index: Arc<SearchIndex>,
    store: Arc<Store>,
    stop: CancellationToken,
    /// Writer and what is in the index; `None` before the first round, and after an error.
    work: Option<Work>,
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
                StoryChanges::Named(stories) => {
                    self.put_named(&stories.into_iter().collect::<Vec<_>>(), writes)?
                }
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

fn by_name(writes: &BTreeMap<Period, u64>) -> BTreeMap<String, u64> {
    let writes = writes.iter();
    writes
        .map(|(period, count)| (period.to_string(), *count))
        .collect()
}

/// Hashes which stories are taken down; the same in every run.
fn down(store: &Store) -> u64 {
    let mut hasher = DefaultHasher::new();
    for story in store.takedowns().keys() {
        story.as_bytes().hash(&mut hasher);
    }
    hasher.finish()
}
