//! Shortcuts: feeds that are asked for by their plain address, found without the router's arguments,
//! the handler's and the lock of their slot in the render cache.
//!
//! A shortcut holds as long as the version of its document does, and as long as the render cache keeps
//! that; now and then one goes the whole way, so that the cache learns that it is used.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, RwLock, Weak};

use super::response::document::RenderedDocument;
use super::response::key::Version;
use crate::model::ChannelId;
use crate::sync;

/// Upper limit of shortcuts; at that number all are forgotten, and those that are used come back.
const MAX_SHORTCUTS: usize = 1024;

/// Number of requests of which one goes the whole way.
const SHORTCUTS_PER_VISIT: u32 = 256;

/// Shortcuts by path, with its leading slash.
#[derive(Debug, Default)]
pub(super) struct Shortcuts {
    by_path: RwLock<HashMap<Box<str>, Shortcut>>,
}

/// Document at one path.
#[derive(Debug)]
struct Shortcut {
    /// Channel whose generation the version is of.
    channel: ChannelId,
    version: Version,
    document: Weak<RenderedDocument>,
    n_taken: AtomicU32,
}

impl Shortcuts {
    /// Remembers the document at a path: it is of `channel` and `version`.
    pub(super) fn note(
        &self,
        path: String,
        (channel, version): (&ChannelId, Version),
        document: &Arc<RenderedDocument>,
    ) {
        let shortcut = Shortcut {
            channel: channel.clone(),
            version,
            document: Arc::downgrade(document),
            n_taken: AtomicU32::new(1),
        };
        let mut by_path = sync::write(&self.by_path);
        if by_path.len() >= MAX_SHORTCUTS && !by_path.contains_key(path.as_str()) {
            by_path.clear();
        }
        by_path.insert(path.into(), shortcut);
    }

    /// Returns the document at a path, if that has still the version that `version` tells of its
    /// channel.
    pub(super) fn find(
        &self,
        path: &str,
        version: impl FnOnce(&ChannelId) -> Version,
    ) -> Option<Arc<RenderedDocument>> {
        let by_path = sync::read(&self.by_path);
        let shortcut = by_path.get(path)?;
        let n_taken = shortcut.n_taken.fetch_add(1, Ordering::Relaxed);
        let is_held = n_taken % SHORTCUTS_PER_VISIT != 0;
        let is_current = is_held && shortcut.version == version(&shortcut.channel);
        shortcut.document.upgrade().filter(|_| is_current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_holds_as_long_as_its_version_and_its_document() {
        let shortcuts = Shortcuts::default();
        let channel: ChannelId = "a".parse().unwrap();
        let document = Arc::new(RenderedDocument::new("text/plain", Vec::new(), None));
        let note = |generation| {
            let version = Version::gone(generation);
            shortcuts.note("/a.rss".to_owned(), (&channel, version), &document);
        };
        let find = |path: &str, generation| {
            let found = shortcuts.find(path, |_| Version::gone(generation));
            found.is_some()
        };
        note(1);
        assert!(find("/a.rss", 1));
        assert!(!find("/b.rss", 1) && !find("/a.rss", 2));
        note(2);
        assert!(find("/a.rss", 2));
        let n_found = (0..1024).filter(|_| find("/a.rss", 2)).count();
        assert_eq!(n_found, 1020, "one of 256 goes the whole way");
        drop(document);
        assert!(!find("/a.rss", 2));
    }
}
