//! Stories that were read lately, so that channels which share them, and pages
//! that are rendered again, do not unpack them again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{SafeHtml, Story, StoryId};

/// Bytes of stories in each half, about.
const HALF: usize = 4 << 20;

/// What a story takes besides its text, about.
const OVERHEAD: usize = 1500;

/// Stories that were read lately. When one half is full the other is dropped, so
/// that what nobody asks for goes in the end.
#[derive(Default)]
pub(super) struct Recent {
    halves: Mutex<Halves>,
    /// Moves on with every change, so that nothing old is put in after it.
    epoch: AtomicU64,
}

#[derive(Default)]
struct Halves {
    young: HashMap<StoryId, Arc<Story>>,
    old: HashMap<StoryId, Arc<Story>>,
    weight: usize,
}

impl Recent {
    /// What to show to [`Recent::keep`]: taken before the story is read.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn get(&self, id: StoryId) -> Option<Arc<Story>> {
        let mut halves = self.lock();
        if let Some(story) = halves.young.get(&id) {
            return Some(Arc::clone(story));
        }
        let story = halves.old.remove(&id)?;
        halves.put(Arc::clone(&story));
        Some(story)
    }

    pub(super) fn keep(&self, epoch: u64, story: Story) -> Arc<Story> {
        let story = Arc::new(story);
        let mut halves = self.lock();
        if self.epoch() == epoch {
            halves.put(Arc::clone(&story));
        }
        story
    }

    /// Forgets stories that have changed.
    pub(super) fn forget(&self, ids: impl Iterator<Item = StoryId>) {
        let mut halves = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for id in ids {
            halves.young.remove(&id);
            halves.old.remove(&id);
        }
    }

    /// Forgets them all.
    pub(super) fn clear(&self) {
        let mut halves = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        *halves = Halves::default();
    }

    fn lock(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Halves {
    fn put(&mut self, story: Arc<Story>) {
        if self.weight > HALF {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight(&story);
        self.young.insert(story.id, story);
    }
}

fn weight(story: &Story) -> usize {
    let item = &story.canonical;
    let html = [&item.summary, &item.content];
    let html = html.into_iter().flatten().map(SafeHtml::as_str);
    OVERHEAD * (1 + story.sightings.len()) + html.map(str::len).sum::<usize>()
}
