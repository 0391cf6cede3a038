//! Render cache: rendered documents, kept until what they show changes.
//!
//! A document is rendered once per change, however many readers ask for it at the same time, and
//! packed once in each coding that one of them wants, on a thread that may block, a few at a time.
//! While the store cannot be read, the last good document is served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::task;
use tracing::error;

use super::response::document::{Effort, RenderedDocument};
use super::response::error::AppError;
pub(super) use super::response::key::{DocumentKey, Version};
use super::response::negotiate::Coding;
use crate::clock;
use crate::metrics::Metrics;
use crate::store::{Store, StoreError};
use crate::sync;

/// Upper limit of the weight of all cached documents, in bytes of body, in all codings.
const MAX_WEIGHT: usize = 64 << 20;

/// Upper limit of cached documents.
const MAX_DOCUMENTS: usize = 4096;

/// Upper limit of renderings at the same time, whether their documents are cached or not.
const MAX_RENDERING: usize = 4;

/// Render cache, least recently used out first: at most 64 MiB and 4 096 documents.
#[doc(alias = "render cache")]
#[doc(alias = "page cache")]
#[derive(Debug)]
pub(super) struct RenderCache {
    places: Mutex<Places>,
    rendering: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    /// Keeper of the dates that readers were given; `None` where no restart is survived.
    store: Option<Arc<Store>>,
}

/// Slots by key, with their total weight in bytes.
#[derive(Debug, Default)]
struct Places {
    by_name: HashMap<DocumentKey, CacheSlot>,
    weight: usize,
    /// Logical time, +1 with every use.
    clock: u64,
}

/// Slot of one document. Its lock is held while it is rendered, so that others wait for that.
#[derive(Debug)]
struct CacheSlot {
    kept: Arc<Turn<Option<CachedDocument>>>,
    weight: usize,
    used: u64,
}

/// Cached document, and the version it was rendered from.
#[derive(Clone, Debug)]
struct CachedDocument {
    version: Version,
    document: Arc<RenderedDocument>,
}

impl Default for RenderCache {
    fn default() -> RenderCache {
        RenderCache {
            places: Mutex::default(),
            rendering: Arc::new(Semaphore::new(MAX_RENDERING)),
            metrics: Arc::default(),
            store: None,
        }
    }
}

impl RenderCache {
    /// Makes the cache count its renderings.
    pub(super) fn measured(self, metrics: Arc<Metrics>) -> RenderCache {
        RenderCache { metrics, ..self }
    }

    /// Makes a cache whose documents are never dated before what readers were given already, as
    /// `store` remembers it.
    pub(super) fn new(store: Arc<Store>) -> RenderCache {
        RenderCache {
            store: Some(store),
            ..RenderCache::default()
        }
    }

    /// Returns the cached document `name` if it has this `version`, else renders and caches
    /// it; packed in `coding`, if that is given and would be smaller.
    ///
    /// Concurrent calls for one name render once: the others wait on the slot's lock. If
    /// rendering fails, the previous version is served, but of a report.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] if `render` returns `Ok(None)`. With nothing cached:
    /// [`AppError::Unavailable`] if the store cannot be read, [`AppError::Failed`] if
    /// rendering panics.
    pub(super) async fn get_or_render<F>(
        &self,
        name: DocumentKey,
        (version, coding): (Version, Option<Coding>),
        render: F,
    ) -> Result<Arc<RenderedDocument>, AppError>
    where
        F: FnOnce() -> Result<Option<RenderedDocument>, StoreError> + Send + 'static,
    {
        let (place, effort) = (self.place(&name), name.effort());
        let mut kept = place.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.version == version) {
            let document = Arc::clone(&kept.document);
            if let Some(coding) = coding.filter(|coding| !document.is_settled(*coding)) {
                let plain = Arc::clone(&document);
                // It can be sent as it is, too.
                let packing = move || {
                    plain.pack_in(coding, effort);
                    Ok(())
                };
                let _ = self.render(packing).await;
                self.weigh(&name, document.weight());
            }
            return Ok(document);
        }
        let last = kept.as_ref().map(|kept| Arc::clone(&kept.document));
        let before = last.clone();
        let store = self.store.clone();
        let render = move || {
            let made = render()?;
            let made = made.map(|made| complete(made, before.as_deref(), store.as_deref()));
            Ok(made.map(|made| made.pack(coding.as_slice(), effort)))
        };
        match (self.render(render).await, last) {
            (Ok(Some(document)), _) => {
                let document = Arc::new(document);
                *kept = Some(CachedDocument {
                    version,
                    document: Arc::clone(&document),
                });
                self.weigh(&name, document.weight());
                Ok(document)
            }
            (Ok(None), _) => {
                self.clear(&name);
                Err(AppError::NotFound)
            }
            (Err(_), Some(last)) if !name.is_report() => Ok(last),
            (Err(error), _) => {
                self.clear(&name);
                Err(error)
            }
        }
    }

    /// Whether the document `name` is cached in this `version`; one that was served because it could
    /// not be rendered anew is of an earlier one.
    pub(super) async fn holds(&self, name: &DocumentKey, version: &Version) -> bool {
        let place = self.lock().touch(name).map(|place| Arc::clone(&place.kept));
        match place {
            Some(place) => (place.lock().await.as_ref()).is_some_and(|it| it.version == *version),
            None => false,
        }
    }

    /// Notes that a document was used that was found without the cache.
    pub(super) fn touch(&self, name: &DocumentKey) {
        self.lock().touch(name);
    }

    /// Renders a document that is not to be cached, packed in `coding` only.
    ///
    /// # Errors
    ///
    /// As [`RenderCache::get_or_render`].
    pub(super) async fn render_once<F>(
        &self,
        coding: Option<Coding>,
        render: F,
    ) -> Result<RenderedDocument, AppError>
    where
        F: FnOnce() -> Result<Option<RenderedDocument>, StoreError> + Send + 'static,
    {
        let store = self.store.as_ref();
        let floor = store.and_then(|store| store.served(clock::now()));
        let render = move || {
            let made = render()?;
            Ok(made.map(|made| {
                made.follow(None, floor, clock::now())
                    .pack(coding.as_slice(), Effort::Once)
            }))
        };
        self.render(render).await?.ok_or(AppError::NotFound)
    }

    /// Runs `work` on a blocking thread, at most 4 at a time; the next ones wait. Nothing is
    /// cached.
    ///
    /// # Errors
    ///
    /// [`AppError::Unavailable`] if `work` fails, [`AppError::Failed`] if it panics; the
    /// cause is logged here.
    pub(super) async fn render<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.rendering).acquire_owned().await;
        let begun = Instant::now();
        let done = task::spawn_blocking(move || {
            // Held by the work, not by the request, which may be given up.
            let _turn = turn;
            work()
        });
        let done = done.await;
        self.metrics.rendering(begun.elapsed());
        match done {
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

    /// Returns the slot of a name, a new one if need be, and marks it as used.
    fn place(&self, name: &DocumentKey) -> Arc<Turn<Option<CachedDocument>>> {
        let mut places = self.lock();
        if let Some(place) = places.touch(name) {
            return Arc::clone(&place.kept);
        }
        places.make_room();
        let kept = Arc::new(Turn::new(None));
        let place = CacheSlot {
            kept: Arc::clone(&kept),
            weight: 0,
            used: places.clock,
        };
        places.by_name.insert(name.clone(), place);
        kept
    }

    /// Records the weight of a name's document, and makes room for it.
    fn weigh(&self, name: &DocumentKey, weight: usize) {
        let mut places = self.lock();
        let Some(place) = places.by_name.get_mut(name) else {
            return;
        };
        let before = std::mem::replace(&mut place.weight, weight);
        places.weight = places.weight - before + weight;
        places.make_room();
    }

    fn clear(&self, name: &DocumentKey) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        // Nothing in here is left half-done by a panic.
        sync::lock(&self.places)
    }
}

impl Places {
    /// Marks the slot of a name as used, if there is one.
    fn touch(&mut self, name: &DocumentKey) -> Option<&CacheSlot> {
        self.clock += 1;
        let place = self.by_name.get_mut(name)?;
        place.used = self.clock;
        Some(place)
    }

    /// Removes the slots unused longest, until weight and number are below their limits.
    fn make_room(&mut self) {
        while self.weight > MAX_WEIGHT || self.by_name.len() >= MAX_DOCUMENTS {
            let oldest = self.by_name.iter().min_by_key(|(_, place)| place.used);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return;
            };
            self.remove(&name);
        }
    }

    fn remove(&mut self, name: &DocumentKey) {
        if let Some(place) = self.by_name.remove(name) {
            self.weight -= place.weight;
        }
    }
}

/// Gives a document that is to be cached its date. One that the store does not have is kept
/// there.
fn complete(
    made: RenderedDocument,
    last: Option<&RenderedDocument>,
    store: Option<&Store>,
) -> RenderedDocument {
    let own = made.modified;
    let now = clock::now();
    let floor = store.and_then(|store| store.served(now));
    let document = made.follow(last, floor, now);
    if let (Some(store), Some(given)) =
        (store, document.modified.filter(|_| document.modified > own))
    {
        store.note_served(given, now);
    }
    document
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::StoryId;
    use crate::publish::Format;

    fn document(text: &str) -> RenderedDocument {
        RenderedDocument::new("text/plain", text.into(), None)
    }

    async fn take(
        shelf: &RenderCache,
        generation: u64,
        render: impl FnOnce() -> Result<Option<RenderedDocument>, StoreError> + Send + 'static,
    ) -> Result<Arc<RenderedDocument>, AppError> {
        let wanted = (Version::gone(generation), Some(Coding::Gzip));
        let name = DocumentKey::Opml(Format::Rss);
        shelf.get_or_render(name, wanted, render).await
    }

    #[tokio::test]
    async fn a_document_is_rendered_once_per_change() {
        let shelf = RenderCache::default();
        let n_rendered = Arc::new(AtomicUsize::new(0));
        let ask = |generation| {
            let n_rendered = Arc::clone(&n_rendered);
            take(&shelf, generation, move || {
                n_rendered.fetch_add(1, Ordering::SeqCst);
                Ok(Some(document("x")))
            })
        };
        let answers = futures_util::future::join_all((0..100).map(|_| ask(1))).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(n_rendered.load(Ordering::SeqCst), 1);
        ask(2).await.unwrap();
        assert_eq!(n_rendered.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_last_good_document_is_served_when_rendering_fails() {
        let shelf = RenderCache::default();
        take(&shelf, 1, || Ok(Some(document("good"))))
            .await
            .unwrap();
        let kept = take(&shelf, 2, || panic!("a mistake of ours"))
            .await
            .unwrap();
        assert_eq!(&kept.plain.bytes[..], b"good");
        let mended = take(&shelf, 2, || Ok(Some(document("new")))).await.unwrap();
        assert_eq!(&mended.plain.bytes[..], b"new");
    }

    #[tokio::test]
    async fn what_is_not_there_leaves_nothing_behind() {
        let shelf = RenderCache::default();
        assert_eq!(
            take(&shelf, 1, || Ok(None)).await.unwrap_err(),
            AppError::NotFound
        );
        let failed = take(&shelf, 1, || panic!("a mistake of ours")).await;
        assert_eq!(failed.unwrap_err(), AppError::Failed);
        assert!(!shelf.holds(&DocumentKey::Sitemap, &Version::gone(1)).await);
        assert!(shelf.lock().by_name.is_empty());
    }

    #[test]
    fn the_shelf_has_an_end() {
        let shelf = RenderCache::default();
        let story = |n: u8| DocumentKey::Story(StoryId::from_bytes([n; 16]));
        for n in 0..20 {
            shelf.place(&story(n));
            shelf.weigh(&story(n), MAX_WEIGHT / 8);
        }
        let places = shelf.lock();
        assert_eq!(places.weight, MAX_WEIGHT);
        assert_eq!(places.by_name.len(), 8);
        assert!(places.by_name.contains_key(&story(19)));
    }
}
