//! Rendered documents, kept until what they show changes.
//!
//! A document is rendered once per change, however many readers ask for it at
//! the same time, on a thread that may block, a few at a time. While the store
//! cannot be read, the last good document is served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::task;
use tracing::error;

use super::document::Document;
use super::error::AppError;
use crate::clock;
use crate::config::Config;
use crate::model::{ChannelId, StoryId};
use crate::publish::Format;
use crate::store::StoreError;

/// Bytes of documents kept.
const MAX_WEIGHT: usize = 64 << 20;

/// Documents kept.
const MAX_DOCUMENTS: usize = 4096;

/// Documents rendered at the same time.
const MAX_RENDERING: usize = 4;

/// Names a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Front,
    Listing(ChannelId),
    Feed(ChannelId, Format),
    Story(StoryId),
    Opml,
}

/// What a document was made from. The same edition gives the same bytes.
#[derive(Clone, Debug)]
pub(super) struct Edition {
    /// Compared by address, which stays taken while this is kept.
    config: Weak<Config>,
    generation: u64,
}

/// Rendered documents.
#[derive(Debug)]
pub(super) struct Shelf {
    places: Mutex<Places>,
    rendering: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Places {
    by_name: HashMap<Name, Place>,
    weight: usize,
    /// Moves on with every use.
    clock: u64,
}

#[derive(Debug)]
struct Place {
    kept: Arc<Turn<Option<Kept>>>,
    weight: usize,
    used: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    edition: Edition,
    document: Arc<Document>,
}

impl Edition {
    pub(super) fn new(config: &Arc<Config>, generation: u64) -> Edition {
        Edition {
            config: Arc::downgrade(config),
            generation,
        }
    }
}

impl PartialEq for Edition {
    fn eq(&self, other: &Edition) -> bool {
        self.config.ptr_eq(&other.config) && self.generation == other.generation
    }
}

impl Default for Shelf {
    fn default() -> Shelf {
        Shelf {
            places: Mutex::default(),
            rendering: Arc::new(Semaphore::new(MAX_RENDERING)),
        }
    }
}

impl Shelf {
    /// The document of this name and edition, rendered if it is not there.
    ///
    /// `render` says `None` where there is nothing of that name.
    pub(super) async fn take<F>(
        &self,
        name: Name,
        edition: Edition,
        render: F,
    ) -> Result<Arc<Document>, AppError>
    where
        F: FnOnce() -> Result<Option<Document>, StoreError> + Send + 'static,
    {
        let place = self.place(&name);
        let mut kept = place.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.edition == edition) {
            return Ok(Arc::clone(&kept.document));
        }
        let last = kept.as_ref().map(|kept| Arc::clone(&kept.document));
        match (self.render(render).await, last) {
            (Ok(Some(document)), last) => {
                let document = Arc::new(follow(document, last.as_deref()));
                *kept = Some(Kept {
                    edition,
                    document: Arc::clone(&document),
                });
                self.weigh(&name, document.weight());
                Ok(document)
            }
            (Ok(None), _) => {
                self.clear(&name);
                Err(AppError::NotFound)
            }
            (Err(_), Some(last)) => Ok(last),
            (Err(error), None) => {
                self.clear(&name);
                Err(error)
            }
        }
    }

    /// Runs `work` on a thread that may block, when it is its turn.
    pub(super) async fn render<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.rendering).acquire_owned().await;
        let done = task::spawn_blocking(move || {
            // Held by the work, not by the request, which may be given up.
            let _turn = turn;
            work()
        });
        match done.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(trouble)) => {
                error!(error = %trouble, "cannot read the store for a reader");
                Err(AppError::Unavailable)
            }
            Err(trouble) => {
                error!(error = %trouble, "rendering a document failed");
                Err(AppError::Failed)
            }
        }
    }

    fn place(&self, name: &Name) -> Arc<Turn<Option<Kept>>> {
        let mut places = self.lock();
        places.clock += 1;
        let used = places.clock;
        if let Some(place) = places.by_name.get_mut(name) {
            place.used = used;
            return Arc::clone(&place.kept);
        }
        places.make_room();
        let kept = Arc::new(Turn::new(None));
        let place = Place {
            kept: Arc::clone(&kept),
            weight: 0,
            used,
        };
        places.by_name.insert(name.clone(), place);
        kept
    }

    fn weigh(&self, name: &Name, weight: usize) {
        let mut places = self.lock();
        let Some(place) = places.by_name.get_mut(name) else {
            return;
        };
        let before = std::mem::replace(&mut place.weight, weight);
        places.weight = places.weight - before + weight;
        places.make_room();
    }

    fn clear(&self, name: &Name) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        // Nothing in here is left half-done by a panic.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    /// Takes out what nobody asked for longest, until the rest is little enough.
    fn make_room(&mut self) {
        while self.weight > MAX_WEIGHT || self.by_name.len() >= MAX_DOCUMENTS {
            let oldest = self.by_name.iter().min_by_key(|(_, place)| place.used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            self.remove(&name);
        }
    }

    fn remove(&mut self, name: &Name) {
        if let Some(place) = self.by_name.remove(name) {
            self.weight -= place.weight;
        }
    }
}

/// `next` with a date that fits the one before it: the same while the bytes are
/// the same, and a later one if the bytes changed while the store did not, as
/// they do when the configuration changes.
fn follow(mut next: Document, last: Option<&Document>) -> Document {
    if let Some(last) = last {
        if last.plain.etag == next.plain.etag {
            next.modified = last.modified;
        } else if next.modified <= last.modified {
            next.modified = last.modified.max(Some(clock::now()));
        }
    }
    next
}
