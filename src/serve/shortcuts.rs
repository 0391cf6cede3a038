//! Shortcuts: feeds that are asked for by their plain address, found without the router's arguments,
//! the handler's and the lock of their slot in the render cache.
//!
//! A shortcut holds as long as its document does: until the channel or the configuration changes, or
//! the render cache needs the room. Whether it does is told without a lock, and the heads of its
//! responses are kept with it, as they go over the wire.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};

use tokio::sync::watch;

use super::response::body_file::{BodyFile, BodyFiles, MIN_BYTES};
use super::response::document::RenderedDocument;
use super::response::negotiate::Coding;
use super::response::ready::ReadyHead;
use crate::config::Config;
use crate::model::ChannelId;
use crate::publish::Format;
use crate::store::Generation;
use crate::sync;

/// Upper limit of shortcuts; at that number all are forgotten, and those that are used come back.
const MAX_SHORTCUTS: usize = 1024;

/// Number of requests of which one is told to the render cache, so that it keeps what is used.
const REQUESTS_PER_VISIT: u32 = 256;

/// Number of requests after which bodies get files to be sent from.
const MIN_REQUESTS_FOR_FILES: u32 = 64;

/// Bodies of a document: as it is and in all codings.
const N_BODIES: usize = 1 + Coding::ALL.len();

/// Heads of a document's responses: 200 and 304, each as it is and in all codings.
const N_HEADS: usize = 2 * N_BODIES;

/// Shortcuts by path, with its leading slash.
#[derive(Debug, Default)]
pub(super) struct Shortcuts {
    by_path: RwLock<HashMap<Box<str>, Arc<Shortcut>>>,
    files: Arc<BodyFiles>,
}

/// Feed at its plain address.
#[derive(Debug)]
pub(super) struct Shortcut {
    /// Path with its leading slash.
    pub(super) path: Box<str>,
    pub(super) feed: (ChannelId, Format),
    age: DocumentAge,
    document: Weak<RenderedDocument>,
    /// Heads that somebody was sent.
    heads: [OnceLock<ReadyHead>; N_HEADS],
    /// Bodies in files, of those that many ask for.
    bodies: Mutex<[Option<Arc<BodyFile>>; N_BODIES]>,
    files: Arc<BodyFiles>,
    n_taken: AtomicU32,
}

/// Knowledge by which a document is known to be current.
#[derive(Debug)]
pub(super) struct DocumentAge {
    /// Number of the generation that the document shows.
    pub(super) number: u64,
    /// Generation of its channel.
    pub(super) generation: Generation,
    /// Receiver that has seen the configuration of the document, and none after it.
    pub(super) config: watch::Receiver<Arc<Config>>,
}

impl Shortcuts {
    /// Remembers the document of a feed at its path.
    pub(super) fn note(
        &self,
        path: String,
        feed: (ChannelId, Format),
        (age, document): (DocumentAge, &Arc<RenderedDocument>),
    ) {
        let known = self.find(&path).and_then(|known| known.document());
        if known.is_some_and(|known| Arc::ptr_eq(&known, document)) {
            return;
        }
        let path: Box<str> = path.into();
        let shortcut = Shortcut {
            path: path.clone(),
            feed,
            age,
            document: Arc::downgrade(document),
            heads: Default::default(),
            bodies: Mutex::default(),
            files: Arc::clone(&self.files),
            n_taken: AtomicU32::new(1),
        };
        let mut by_path = sync::write(&self.by_path);
        // Connections may hold on to what is gone.
        for gone in by_path.values().filter(|one| one.document().is_none()) {
            *sync::lock(&gone.bodies) = Default::default();
        }
        if by_path.len() >= MAX_SHORTCUTS && !by_path.contains_key(&path) {
            by_path.clear();
        }
        by_path.insert(path, Arc::new(shortcut));
    }

    /// Returns the shortcut at a path, whether it holds or not.
    pub(super) fn find(&self, path: &str) -> Option<Arc<Shortcut>> {
        sync::read(&self.by_path).get(path).cloned()
    }
}

impl Shortcut {
    /// Returns the document, if it is current and still there.
    pub(super) fn document(&self) -> Option<Arc<RenderedDocument>> {
        let document = self.document.upgrade();
        document.filter(|_| self.is_current())
    }

    /// Whether the channel and the configuration are those that the document shows.
    pub(super) fn is_current(&self) -> bool {
        let age = &self.age;
        age.generation.number() == age.number && age.config.has_changed().is_ok_and(|is| !is)
    }

    /// Counts a use; returns whether it is one that the render cache should hear of.
    pub(super) fn is_visit(&self) -> bool {
        let n_taken = self.n_taken.fetch_add(1, Ordering::Relaxed);
        n_taken.is_multiple_of(REQUESTS_PER_VISIT)
    }

    /// Returns the file from which the body in a coding is to be sent, if many ask for the document and
    /// there is room for one.
    pub(super) fn file(&self, coding: Option<Coding>, body: &[u8]) -> Option<Arc<BodyFile>> {
        let n_taken = self.n_taken.load(Ordering::Relaxed);
        if n_taken < MIN_REQUESTS_FOR_FILES || body.len() < MIN_BYTES {
            return None;
        }
        let place = &mut sync::lock(&self.bodies)[variant(coding)];
        if place.is_none() && n_taken.is_multiple_of(MIN_REQUESTS_FOR_FILES) {
            *place = BodyFiles::keep(&self.files, body).map(Arc::new);
        }
        place.clone()
    }

    /// Returns the head of the response in a coding, to who holds that (304) or not (200); made by
    /// `make` the first time. `None` if that makes none that is good for more than this moment.
    pub(super) fn head(
        &self,
        (coding, is_held): (Option<Coding>, bool),
        make: impl FnOnce() -> Option<ReadyHead>,
    ) -> Option<&ReadyHead> {
        let nth = 2 * variant(coding) + usize::from(is_held);
        let head = &self.heads[nth];
        if head.get().is_none() {
            // Another one that was made meanwhile is the same.
            let _ = head.set(make()?);
        }
        head.get()
    }
}

/// Returns the number of the variant of a document in a coding.
fn variant(coding: Option<Coding>) -> usize {
    coding.map_or(0, |coding| 1 + coding as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_shortcut_holds_as_long_as_its_generation_its_configuration_and_its_document() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let store = Store::open(folder.path(), now).unwrap();
        let text = "[[source]]\nid = \"a/s\"\nurl = \"https://a.example/rss\"\n";
        let anew = || Arc::new(Config::parse("feeds.toml", text).unwrap());
        let (sender, config) = watch::channel(anew());
        let shortcuts = Shortcuts::default();
        let channel: ChannelId = "a".parse().unwrap();
        let document = Arc::new(RenderedDocument::new("text/plain", Vec::new(), None));
        let generation = store.watched_generation(&channel);
        let note = |document: &Arc<RenderedDocument>, number| {
            let mut config = config.clone();
            config.mark_unchanged();
            let age = DocumentAge {
                number,
                generation: generation.clone(),
                config,
            };
            let feed = (channel.clone(), Format::Rss);
            shortcuts.note("/a.rss".to_owned(), feed, (age, document));
        };
        let holds = || shortcuts.find("/a.rss").unwrap().document().is_some();
        note(&document, generation.number() + 1);
        assert!(!holds(), "it was made of another generation");
        note(&document, generation.number());
        assert!(holds() && shortcuts.find("/b.rss").is_none());
        let shortcut = shortcuts.find("/a.rss").unwrap();
        assert_eq!((0..1024).filter(|_| shortcut.is_visit()).count(), 4);
        sender.send_replace(anew());
        assert!(!holds());
        note(&document, generation.number());
        assert!(holds());
        drop(document);
        assert!(!holds());
    }
}
