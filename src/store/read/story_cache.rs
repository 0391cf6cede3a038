//! Stories that were read lately, so that channels which share them, and pages
//! that are rendered again, do not unpack them again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::model::{SafeHtml, Story, StoryId};
use crate::store::cache::{CacheWeight, GenerationalCache};
use crate::sync;

/// Bytes of stories in each generation, roughly.
const GENERATION_BYTES: usize = 4 << 20;

/// Bytes that each copy of a story takes besides the text, roughly.
const COPY_OVERHEAD_BYTES: usize = 1500;

/// Stories by id.
type Stories = GenerationalCache<StoryId, Story, GENERATION_BYTES>;

/// Cache of stories that were read lately; readers fill it, the writer drops what changes.
#[derive(Default)]
pub(in crate::store) struct StoryCache {
    /// Stories, in two generations.
    halves: Mutex<Stories>,
    /// Count of changes, so that nothing old is put in after one.
    epoch: AtomicU64,
}

impl StoryCache {
    /// Returns the epoch, to be taken before a story is read, for [`StoryCache::keep`].
    pub(in crate::store) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Returns a cached story.
    pub(in crate::store) fn get(&self, id: StoryId) -> Option<Arc<Story>> {
        self.lock().get(id)
    }

    /// Caches a story, unless something changed since `epoch`; returns it.
    pub(in crate::store) fn keep(&self, epoch: u64, story: Story) -> Arc<Story> {
        let story = Arc::new(story);
        let mut halves = self.lock();
        if self.epoch() == epoch {
            halves.put(story.id, Arc::clone(&story));
        }
        story
    }

    /// Drops stories that have changed.
    pub(in crate::store) fn forget(&self, ids: impl Iterator<Item = StoryId>) {
        let mut halves = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for id in ids {
            halves.forget(id);
        }
    }

    /// Drops all stories.
    pub(in crate::store) fn clear(&self) {
        let mut halves = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        *halves = Stories::default();
    }

    fn lock(&self) -> MutexGuard<'_, Stories> {
        sync::lock(&self.halves)
    }
}

impl CacheWeight for Story {
    fn weight(&self) -> usize {
        let item = &self.canonical;
        let html = [&item.summary, &item.content];
        let html = html.into_iter().flatten().map(SafeHtml::as_str);
        COPY_OVERHEAD_BYTES * (1 + self.sightings.len()) + html.map(str::len).sum::<usize>()
    }
}
