//! Related stories of what is shown: an index of the newest stories of each region, made once per
//! change of the region, and the terms of stories, taken once per change of the story.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::ingest::dedupe::related::{RelatedIndex, StoryTerms};
use crate::model::{ChannelId, Related, Story, StoryId};
use crate::store::{Store, StoreError};
use crate::sync;

/// Newest stories of a channel among which related and hot ones and those with pictures are
/// looked for.
pub(super) const RECENT_STORIES: usize = 200;

/// Regions whose index is kept: an index takes some 300 KiB. Of more, those that are asked for in
/// turn are made anew each time.
const MAX_REGIONS: usize = 40;

/// Stories whose terms are kept in each of two generations, a KiB each.
const MAX_TERMS: usize = 4096;

/// Indexes and terms that are kept.
#[derive(Debug, Default)]
pub(super) struct RelatedPool {
    regions: Mutex<HashMap<ChannelId, Arc<RegionIndex>>>,
    terms: Mutex<Lately<StoryTerms>>,
}

/// Index of the newest stories of a region at one generation of it.
#[derive(Debug)]
struct RegionIndex {
    generation: u64,
    index: RelatedIndex,
}

/// Something of each story that was asked for lately: when there are enough young ones, they become
/// the old ones, and those are dropped.
#[derive(Debug)]
struct Lately<T> {
    young: HashMap<StoryId, Arc<T>>,
    old: HashMap<StoryId, Arc<T>>,
}

impl<T> Default for Lately<T> {
    fn default() -> Lately<T> {
        Lately {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl RelatedPool {
    /// Returns the stories nearest to one, out of the newest 200 of its region, at most `most`: those
    /// that are related to it come first.
    pub(super) fn nearest(
        &self,
        store: &Store,
        story: &Story,
        most: usize,
    ) -> Result<Vec<Related>, StoreError> {
        let region = region(story);
        let generation = store.generation(&region);
        let known = sync::lock(&self.regions).get(&region).map(Arc::clone);
        let current = known.filter(|known| known.generation == generation);
        let current = match current {
            Some(current) => current,
            None => {
                let recent = store.page(&region, None, RECENT_STORIES)?;
                let index = RelatedIndex::of(recent.iter().map(|story| self.terms(story)));
                self.keep(region, RegionIndex { generation, index })
            }
        };
        Ok(current.index.nearest(&self.terms(story), most))
    }

    /// Sets the related stories of each story, out of them all and the newest 200 of their region;
    /// the region of the first serves for all.
    pub(super) fn relate(
        &self,
        store: &Store,
        stories: &mut [Arc<Story>],
    ) -> Result<(), StoreError> {
        let Some(first) = stories.first() else {
            return Ok(());
        };
        let recent = store.page(&region(first), None, RECENT_STORIES)?;
        let all = recent.iter().chain(stories.iter());
        let index = RelatedIndex::of(all.map(|story| self.terms(story)));
        for story in stories {
            let related = index.related(&self.terms(story));
            if !related.is_empty() {
                Arc::make_mut(story).related = related;
            }
        }
        Ok(())
    }

    /// Returns the terms of a story as it is now.
    fn terms(&self, story: &Story) -> Arc<StoryTerms> {
        let known = sync::lock(&self.terms).get(story.id);
        if let Some(known) = known.filter(|known| known.are_of(story)) {
            return known;
        }
        let terms = Arc::new(StoryTerms::of(story));
        sync::lock(&self.terms).put(story.id, Arc::clone(&terms));
        terms
    }

    fn keep(&self, region: ChannelId, made: RegionIndex) -> Arc<RegionIndex> {
        let made = Arc::new(made);
        let mut regions = sync::lock(&self.regions);
        if regions.len() >= MAX_REGIONS && !regions.contains_key(&region) {
            regions.clear();
        }
        regions.insert(region, Arc::clone(&made));
        made
    }
}

impl<T> Lately<T> {
    fn get(&mut self, id: StoryId) -> Option<Arc<T>> {
        if let Some(kept) = self.young.get(&id) {
            return Some(Arc::clone(kept));
        }
        let kept = self.old.remove(&id)?;
        self.put(id, Arc::clone(&kept));
        Some(kept)
    }

    fn put(&mut self, id: StoryId, kept: Arc<T>) {
        if self.young.len() >= MAX_TERMS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, kept);
    }
}

/// Returns the region of a story: the uppermost channel of its canonical source, below the
/// root.
fn region(story: &Story) -> ChannelId {
    let mut lineage: Vec<ChannelId> = story.canonical.source.channel().lineage().collect();
    lineage.pop();
    lineage.pop().unwrap_or_else(ChannelId::root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_stories_that_nobody_asks_for_go() {
        let mut lately = Lately::default();
        let id = |n: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            StoryId::from_bytes(bytes)
        };
        for n in 0..3 * MAX_TERMS {
            lately.put(id(n), Arc::new(n));
            assert_eq!(lately.get(id(0)).as_deref(), Some(&0), "after {n}");
        }
        assert_eq!(lately.get(id(1)), None);
        assert!(lately.young.len() + lately.old.len() <= 2 * MAX_TERMS);
    }
}
